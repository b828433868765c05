import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { DeliveryReport } from '../../src/release/report.ts';
import { planSection, releaseSection, supersededSection } from '../../src/views/comment-section.ts';
import { COMMENT_LIMIT, fitComment } from '../../src/views/fit-comment.ts';
import {
  COMMENT_MARKER,
  parseComment,
  part,
  printComment,
  type Section,
  section,
} from '../../src/views/living-comment.ts';
import { mapStrings } from '../../src/views/neutral.ts';
import { delivery, examples, measured, metrics, now, planned, release, series } from './builder.ts';
import { hostile, lawful } from './hostile.ts';
import { commandIn, linesOf } from './runner.ts';

const url = 'https://github.com/acme/shop/actions/runs/17';
const [plan = delivery({})] = planned.deliveries;
const approval = { step: 'smoke', missing: ['acme/sre'], ways: ['command', 'comment'], pullRequest: null } as const;
const waiting = { ...examples.waiting, approval };
const all: readonly DeliveryReport[] = [...Object.values(examples), waiting, measured];
const sectionOf = (one: DeliveryReport) =>
  releaseSection(one, { now, url }) ?? planSection(one, { now, url, head: 'a' });
const core = (one: Section | null) => one?.parts.find(({ is }) => is === 'core')?.text ?? '';

describe('the section of a release', () => {
  it('that waits says where it stands, who is missing, and the line to copy', () => {
    expect(core(sectionOf(waiting))).toBe(`### 🟡 shop@&#8203;prod waiting at step 1/3 smoke

waits for the approval of acme/sre to leave step 1 (smoke) (\`GATE_SHUT\`)

◆ **smoke** (waiting) → ○ half → ○ full<br>
**pods** 9 old · 1 new

|  | gate | why | missing | opens |
| --- | --- | --- | --- | --- |
| 🟢 open | ready | 1 of 1 pod is ready since 07:31 UTC |  |  |
| 🟡 shut | sre (approval) | 0 of 1 approval | acme/sre |  |
| 🟡 shut | office (schedule) | outside of Mon-Fri 09:00-16:30 Europe/Berlin |  | Sat 2026-11-21 09:00 UTC |

**To approve smoke** (missing: acme/sre), post this line as a new comment:

\`\`\`text
/stepgate promote shop@prod 0123456789-abcdef01 smoke
\`\`\`

<details><summary>Hold or roll back by a comment</summary>

Keep it where it is:

\`\`\`text
/stepgate hold shop@prod 0123456789-abcdef01
\`\`\`

Take it back:

\`\`\`text
/stepgate rollback shop@prod 0123456789-abcdef01
\`\`\`

</details>`);
  });

  it('has the command where the policy takes no comment', () => {
    const text = core(sectionOf({ ...waiting, approval: { ...approval, ways: ['command'] } }));
    expect(text).toContain(
      '**To approve smoke** (missing: acme/sre), run:\n\n```sh\nstepgate promote --delivery shop@prod',
    );
    expect(text).not.toContain('/stepgate');
  });

  it('links the promotion pull request where the approval is given there', () => {
    const pullRequest = { number: 8, url: 'https://github.com/acme/shop/pull/8' };
    const todo = `merge ${pullRequest.url}`;
    const text = core(sectionOf({ ...waiting, todo, approval: { ...approval, ways: ['merge'], pullRequest } }));
    expect(text).toContain(`**To approve smoke** (missing: acme/sre): merge [pull request 8](${pullRequest.url})`);
  });

  it.each<[string, DeliveryReport, string | null]>([
    ['is delivered', examples.done, '**The release has ended**: it is delivered.'],
    [
      'is rolled back',
      { ...examples.rolledBack, reason: 'ROLLED_BACK', rolledBack: release },
      '**The release has ended**: `0123456789-abcdef01` is rolled back, and `fedcba9876-10fedcba-2` serves.',
    ],
    ['is superseded', examples.superseded, '**The release has ended**: a newer one goes out in its place.'],
    ['is rolled back, and Git is not', { ...examples.rolledBack, rolledBack: release }, null],
    ['waits', waiting, null],
    ['is stuck', examples.stuck, null],
  ])('that %s says whether it has ended', (_, one, ended) => {
    const found = sectionOf(one);
    expect(/\*\*The release has ended\*\*.*/u.exec(core(found))?.[0] ?? null).toBe(ended);
    expect(found.state).toBe(ended === null ? 'open' : 'rests');
    expect(found.of).toBe(release.id);
  });

  it('changes with its facts alone, not with time and run', () => {
    const later = { now: new Date(now.getTime() + 3_600_000), url: `${url}0` };
    for (const one of all) expect(releaseSection(one, later)?.digest).toBe(releaseSection(one, { now, url })?.digest);
    const pods = { ...waiting.pods, canary: { ready: 0, total: 1 } };
    expect(sectionOf({ ...waiting, pods }).digest).not.toBe(sectionOf(waiting).digest);
  });

  describe('that waits for a metric', () => {
    const moved = (): DeliveryReport => {
      const why = '0.031 for pod=shop-x, at most 0.01: out of its range for 3m';
      const [errors, ...others] = metrics;
      const numbers = series([0.03, 0.031], { max: 0.01 });
      return {
        ...measured,
        message: `step 1 waits for errors (${why})`,
        gates: measured.gates.map((gate) => ({ ...gate, why })),
        metrics: errors === undefined ? [] : [{ ...errors, why, numbers, observedAt: now.toISOString() }, ...others],
      };
    };

    it('has the plots, and a line for each metric that is no gate', () => {
      const { parts } = sectionOf(measured);
      expect(parts.map(({ is }) => is)).toEqual(['core', 'plot', 'picture', 'details', 'footer']);
      const plot = parts.find(({ is }) => is === 'plot')?.text ?? '';
      expect(plot.startsWith('**errors**, measured Sat 2026-11-21 07:39 UTC\n\n```text\n   0.043 ┤ ')).toBe(true);
      expect(plot.match(/^```text$/gmu)).toHaveLength(3);
      expect(plot.endsWith('\n\nThe summary of the newest run has newer numbers.')).toBe(true);
      expect(core(sectionOf(measured)).match(/^. \*\*\w+\*\* (?:good|bad|not yet): /gmu)).toEqual([
        '🟢 **orders** good: ',
        '🟡 **failures** not yet: ',
        '🟡 **latency** not yet: ',
      ]);
    });

    it('is not written again because numbers, and the words about them, moved', () => {
      expect(core(sectionOf(moved()))).not.toBe(core(sectionOf(measured)));
      expect(sectionOf(moved()).digest).toBe(sectionOf(measured).digest);
    });

    it('is not written again because of when a gate of a metric would open', () => {
      const until = (next: string): DeliveryReport => ({
        ...measured,
        next,
        gates: measured.gates.map((gate) => ({ ...gate, is: 'shut', until: next })),
      });
      const [one, other] = [sectionOf(until('2026-11-21T07:59:59Z')), sectionOf(until('2026-11-21T08:00:01Z'))];
      expect(core(one)).not.toBe(core(other));
      expect(one.digest).toBe(other.digest);
      expect(one.digest).not.toBe(sectionOf(measured).digest);
    });

    it.each<[string, (one: DeliveryReport) => DeliveryReport]>([
      ['a metric is good now', (one) => ({ ...one, metrics: one.metrics.map((each) => ({ ...each, is: 'good' })) })],
      ['its gate is open now', (one) => ({ ...one, gates: one.gates.map((gate) => ({ ...gate, is: 'open' })) })],
      [
        'it can not be measured any more',
        (one) => ({ ...one, metrics: one.metrics.map((each) => ({ ...each, numbers: null })) }),
      ],
      [
        'it was not measured for another reason',
        (one) => ({
          ...one,
          metrics: one.metrics.map((each) => (each.numbers === null ? { ...each, why: 'forbidden' } : each)),
        }),
      ],
      ['the message says something else', (one) => ({ ...one, message: `${one.message}, and for sre` })],
    ])('is written again when %s', (_, change) => {
      expect(sectionOf(change(measured)).digest).not.toBe(sectionOf(measured).digest);
    });
  });

  it('is not there without a release', () => expect(releaseSection(examples.idle, { now, url })).toBeNull());
});

test('the section of a plan has findings, writes, diffs and forecast, the worst in its title', () => {
  const { parts } = planSection(plan, { now, url, head: 'abcdefabcdef' });
  expect(parts.map(({ is }) => is)).toEqual(['core', 'details', 'diff', 'forecast', 'footer']);
  expect(parts[0]?.text).toMatch(
    /^### 🔴 Plan of shop@&#8203;prod: would write Rollout\/shop, Deployment\/shop, Ingress\/shop\n/u,
  );
  expect(parts[0]?.text).toContain('🔴 **error** `PERCENT_THEN_INTEGER`');
  expect(parts.at(-1)?.text).toBe(`<sub>plan of commit \`abcdefa\` · [run](${url})</sub>`);
});

test('a plan that asked no cluster says nothing about the present', () => {
  const coreOf = (one: DeliveryReport) => planSection(one, { now, url, head: 'abc' }).parts[0]?.text;
  const idle = { ...plan, state: 'idle', message: 'it renders' } as const;
  expect(coreOf({ ...idle, reason: 'DELIVERED' })).toContain('**Now:** idle; it renders');
  expect(coreOf({ ...idle, reason: 'OFFLINE' })).not.toMatch(/Now|idle/u);
});

/** Sections of any shape; the names are different, as in a comment. */
const sections = fc
  .uniqueArray(
    fc.record({
      is: fc.constantFrom('plan' as const, 'release' as const),
      delivery: fc.string({ minLength: 1, maxLength: 20, unit: 'binary' }).map((name) => name.toWellFormed()),
      of: fc.stringMatching(/^[0-9a-f]{10}-[0-9a-f]{8}$/u),
      state: fc.constantFrom('open' as const, 'rests' as const),
      texts: fc.array(
        fc.tuple(
          fc.constantFrom(
            'plot' as const,
            'picture' as const,
            'details' as const,
            'forecast' as const,
            'diff' as const,
          ),
          hostile,
          fc.nat(3_000),
        ),
        { maxLength: 6 },
      ),
      core: hostile,
    }),
    { selector: (one) => one.delivery, maxLength: 6 },
  )
  .map((made) =>
    made.map(({ texts, core: said, ...one }) =>
      section({
        ...one,
        parts: [
          part('core', `core ${said}`),
          ...texts.map(([is, text, more]) => part(is, `${text}${'x'.repeat(more)}`)),
          part('footer', 'by us'),
        ],
      }),
    ),
  );

describe('a living comment', () => {
  it('is parsed to the sections that it was printed from', () => {
    fc.assert(
      fc.property(sections, (given) => {
        expect(parseComment(printComment(given))).toEqual(given);
        expect(parseComment(printComment(given).replaceAll('\n', '\r\n').trimEnd())).toEqual(given);
      }),
      { ...lawful, numRuns: 200 },
    );
  });

  it('keeps to its limit, still parses, and says what it leaves out', () => {
    fc.assert(
      fc.property(sections, fc.integer({ min: 3_000, max: 12_000 }), (given, limit) => {
        const text = fitComment(given, limit);
        expect(text.length).toBeLessThanOrEqual(limit);
        const found = parseComment(text) ?? [];
        const whole = given.filter((one) => found.some(({ digest }) => digest === one.digest));
        expect(found).toHaveLength(whole.length);
        for (const one of found) {
          const before = given.find(({ digest }) => digest === one.digest);
          const missing = (before?.parts.length ?? 0) - one.parts.length;
          expect(Object.values(one.leftOut).reduce((sum, count) => sum + count, 0)).toBe(missing);
        }
        if (given.length > 0 && text !== printComment(given))
          expect(text).toContain('> **Left out here**, because a comment has a limit: ');
        // What was left out once does not make the next run write again.
        if (whole.length === given.length) expect(fitComment(found, limit)).toBe(text);
      }),
      { ...lawful, numRuns: 200 },
    );
  });

  const big = (name: string, state: Section['state']) =>
    section({
      is: 'release',
      delivery: name,
      of: release.id,
      state,
      parts: (['core', 'picture', 'details', 'forecast', 'diff'] as const).map((is) =>
        part(is, `${is} ${'x'.repeat(900)}`),
      ),
    });
  it.each([
    [12_000, []],
    [8_600, ['open diff:1', 'rests diff:1']],
    [7_900, ['open diff:1', 'rests details:1 diff:1']],
    [6_500, ['open forecast:1 diff:1', 'rests details:1 diff:1']],
    [3_600, ['open picture:1 forecast:1 diff:1', 'rests picture:1 details:1 forecast:1 diff:1']],
    [2_900, ['open picture:1 details:1 forecast:1 diff:1', 'rests picture:1 details:1 forecast:1 diff:1']],
  ])('of %i characters leaves out what hurts least', (limit, expected) => {
    const kinds = ['picture', 'details', 'forecast', 'diff'] as const;
    const found = parseComment(fitComment([big('a', 'open'), big('b', 'rests')], limit)) ?? [];
    const out = found.map(({ state, leftOut }) =>
      [state, ...kinds.flatMap((kind) => (leftOut[kind] === undefined ? [] : [`${kind}:${leftOut[kind]}`]))].join(' '),
    );
    expect(out.filter((one) => one.includes(':'))).toEqual(expected);
  });

  it('leaves out its plots after diffs, before anything else', () => {
    const kinds = ['core', 'plot', 'picture', 'details', 'forecast', 'diff'] as const;
    const parts = kinds.map((is) => part(is, `${is} ${'x'.repeat(900)}`));
    const one = section({ is: 'release', delivery: 'a', of: release.id, state: 'rests', parts });
    const out = [5_500, 4_500, 3_600].map((limit) => parseComment(fitComment([one], limit))?.[0]?.leftOut);
    expect(out).toEqual([{ diff: 1 }, { diff: 1, plot: 1 }, { diff: 1, plot: 1, details: 1 }]);
    expect(fitComment([one], 4_500)).toContain('because a comment has a limit: a diff, a plot. The summary');
  });

  it('leaves out whole sections that rest before those that do not, and names them', () => {
    const text = fitComment([big('a', 'rests'), big('b', 'open')], 2_000);
    expect(parseComment(text)?.map((one) => one.delivery)).toEqual(['b']);
    expect(text).toContain('because a comment has a limit: `a`.');
  });

  it('of hundreds of deliveries with a huge diff each stays below the limit', () => {
    const huge = { object: 'Deployment/shop', what: 'change' as const, why: 'x', diff: [`+${'y'.repeat(200_000)}`] };
    const many = Array.from({ length: 300 }, (_, index) =>
      planSection({ ...plan, name: `shop-${index}@prod`, changes: [huge] }, { now, url, head: 'abc' }),
    );
    expect(fitComment(many).length).toBeLessThanOrEqual(COMMENT_LIMIT);
  });

  it.each([
    ['no comment of ours', 'hello', null],
    ['a marker that is not in the first line', `\n${COMMENT_MARKER}\n`, null],
    ['a marker with more on its line', `${COMMENT_MARKER} x`, null],
    ['no section', COMMENT_MARKER, []],
    ['text outside of sections', `${COMMENT_MARKER}\nhello`, []],
    ['a section without an end', printComment([big('a', 'open')]).replace('<!-- stepgate:end -->', ''), []],
    [
      'a section with text before its first part',
      printComment([big('a', 'open')]).replace('part core', 'part other'),
      [],
    ],
    ['a section twice', `${printComment([big('a', 'open')])}${printComment([big('a', 'rests')])}`, ['a']],
  ])('is strict about %s', (_, text, expected) => {
    expect(parseComment(text)?.map((one) => one.delivery) ?? null).toEqual(expected);
  });
});

describe('whatever foreign texts say', () => {
  const enums = [
    'state',
    'reason',
    'code',
    'is',
    'what',
    'severity',
    'family',
    'kind',
    'version',
    'next',
    'until',
    'observedAt',
    'at',
    'ways',
  ];
  const ours = '<!-- stepgate:(?:comment 1|section [^<>]+|part \\w+|end) -->';

  it('there is one marker, and no mention, link, image, HTML or command of theirs', () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom(...all, plan), (bad, one) => {
        const text = `${bad}<!-- stepgate:end -->\n${COMMENT_MARKER}\n@octocat`;
        const poisoned = mapStrings(one, (old, key) => (enums.includes(key) ? old : text));
        const own = poisoned === plan ? planSection(poisoned, { now, url, head: text }) : sectionOf(poisoned);
        const made = [
          own,
          supersededSection({ delivery: text, of: text }, { id: text, pullRequest: { number: 1, url: text } }),
        ];
        const comment = printComment(made.map((each, index) => ({ ...each, delivery: `${index}${each.delivery}` })));
        expect(comment.split(COMMENT_MARKER)).toHaveLength(2);
        expect(parseComment(comment)).toHaveLength(2);
        const said = comment.replaceAll(new RegExp(`^${ours}$`, 'gmu'), '').replaceAll(`[run](${url})`, '');
        expect(said).not.toContain('<!--');
        const prose = said.replace(/^(`{3,})[\s\S]*?^\1$/gmu, '').replace(/`[^`\n]*`/gu, '');
        const page = prose.replace(/&#(\d+);/gu, (_, code: string) => String.fromCodePoint(Number(code)));
        expect(page).not.toMatch(/@[\p{L}\p{N}]|:\/\/|www\./iu);
        expect(prose).not.toMatch(/\]\(|!\[/u);
        const tags = prose.match(/<[^>]*>/gu) ?? [];
        expect(tags.filter((tag) => !/^<\/?(?:details|summary|sub|br)>$/u.test(tag))).toEqual([]);
        for (const line of linesOf(comment)) expect(commandIn(line)).toBeNull();
      }),
      { ...lawful, numRuns: 200 },
    );
  });
});
