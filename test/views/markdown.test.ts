import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/release/report.ts';
import { renderMarkdown } from '../../src/views/markdown.ts';
import { mapStrings } from '../../src/views/neutral.ts';
import { delivery, diagnosed, examples, measured, now, planned, report } from './builder.ts';
import { hostile, lawful } from './hostile.ts';
import { commandIn, linesOf } from './runner.ts';

/** The Markdown outside of fences and code spans: where structure comes from. */
function outside(markdown: string): string[] {
  const kept: string[] = [];
  let fence: string | null = null;
  for (const line of markdown.split('\n')) {
    const ticks: string | null = /^`{3,}/u.exec(line)?.[0] ?? null;
    if (fence === null && ticks !== null) fence = ticks;
    else if (fence !== null && line === fence) fence = null;
    else if (fence === null) kept.push(line.replace(/`[^`]*`/gu, 'code'));
  }
  expect(fence).toBeNull();
  return kept;
}

describe('a summary', () => {
  it('of a waiting delivery: the news, the command, the picture, the gates', () => {
    expect(renderMarkdown(report(examples.waiting), { now })).toBe(`## 🟡 shop@&#8203;prod waiting at step 1/3 smoke

waits for the approval of acme/sre to leave step 1 (smoke) (\`GATE_SHUT\`)

◆ **smoke** (waiting) → ○ half → ○ full

\`\`\`mermaid
flowchart LR
  s1["smoke<br/>replicas 1<br/>traffic 5%<br/>waiting"]:::waiting
  s2["half<br/>replicas 50%<br/>traffic 50%"]:::ahead
  s3["full<br/>replicas 100%<br/>traffic 100%"]:::ahead
  s1 -.-> s2
  s2 -.-> s3
  classDef waiting fill:#fff8c5,stroke:#bf8700,color:#7d4e00
  classDef ahead fill:#f6f8fa,stroke:#8c959f,color:#57606a
\`\`\`

**pods** 9 old · 1 new<br>
**release** \`0123456789-abcdef01\` of commit \`0123456\`<br>
**stable** \`fedcba9876-10fedcba\` of commit \`fedcba9\`<br>
**next event** Sat 2026-11-21 09:00 UTC (in 1h 20m)

|  | gate | why | missing | opens | seen |
| --- | --- | --- | --- | --- | --- |
| 🟢 open | ready | 1 of 1 pod is ready since 07:31 UTC |  |  | the cluster, 30s ago |
| 🟡 shut | sre (approval) | 0 of 1 approval | acme/sre |  | the record, 30s ago |
| 🟡 shut | office (schedule) | outside of Mon-Fri 09:00-16:30 Europe/Berlin |  | Sat 2026-11-21 09:00 UTC (in 1h 20m) | the clock, 30s ago |

**Next:**

\`\`\`sh
stepgate promote --delivery shop@prod --release 0123456789-abcdef01 --step smoke
\`\`\`
`);
  });

  it('of a delivery with metrics has each in a line, with its plot', () => {
    const text = renderMarkdown(report(measured), { now });
    expect(text.slice(text.indexOf('🔴 **errors**'), text.indexOf('🟢'))).toMatchInlineSnapshot(`
      "🔴 **errors** bad: 0&#46;024, at most 0.01: out of its range for 3m (the metrics of prom, 30s ago)

      \`\`\`text
         0.043 ┤                                ▁▁██▄▄
               │                                ██████▆▆▂▂
      max 0.01 ┤┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄▁▁▂▂████████████┄
             0 ┤▂▂▂▂▂▂▃▃▄▄▃▃▂▂▂▂▃▃▅▅▆▆▇▇▆▆████████████████
                07:29                            07:39 UTC
      8 of 21 out of range
      \`\`\`

      "
    `);
    expect(text).toContain(
      '\n\n🟡 **latency** not yet: prom did not answer within 10s (the metrics of prom, 30s ago)\n\n**Next:**',
    );
  });

  it('says what to do at the forge as text, because no shell runs it', () => {
    const todo = 'comment on https://github.com/acme/shop/pull/7: /stepgate promote shop 0123456789-abcdef01 smoke';
    const text = renderMarkdown(report({ ...examples.waiting, todo }), { now });
    expect(text).toContain(`**Next:**\n\n\`\`\`text\n${todo}\n`);
  });

  it('without a delivery says so', () => {
    expect(renderMarkdown({ ...report(), command: 'answer' }, { now })).toContain(
      '## ⚪ stepgate answer: nothing to say about a delivery',
    );
  });

  it('of several begins with the worst and a table', () => {
    const lines = renderMarkdown(report(delivery({ name: 'cart' }), examples.stuck, examples.waiting), { now }).split(
      '\n',
    );
    expect(lines.slice(0, 7)).toEqual([
      '## 🔴 shop@&#8203;prod stuck at step 2/3 half, and 2 more',
      '',
      '|  | delivery | state | step | pods | release |',
      '| --- | --- | --- | --- | --- | --- |',
      '| 🔴 | shop@&#8203;prod | stuck | 2/3 half | 50 old · 50 new (3 ready) | `0123456789-abcdef01` |',
      '| 🟡 | shop@&#8203;prod | waiting | 1/3 smoke | 9 old · 1 new | `0123456789-abcdef01` |',
      '| ⚪ | cart | idle |  | 10 ready |  |',
    ]);
  });

  it('of a plan shows findings, changes with their diff folded away, and the forecast', () => {
    const markdown = renderMarkdown(planned, { now });
    expect(markdown).toContain(
      '🔴 **error** `PERCENT_THEN_INTEGER`: step 2 (three) asks for 3 pods after a percent step',
    );
    expect(markdown).toContain('| change | Deployment/shop | the pod template differs from the live one |');
    expect(markdown).toContain('<details><summary>Deployment/shop</summary>\n\n```diff\n@@ -12,3 +12,3 @@\n');
    expect(markdown).toContain('| 2 half | 5 | 5 | 13 | 50% | in 30m | soak 30m, schedule office |');
    expect(markdown).toContain('3 more than the size, with requests of cpu 300m and memory 192Mi');
  });

  it('of a run that failed before it could look tells the error', () => {
    const error = {
      family: 'input' as const,
      code: 'CONFIG_NOT_FOUND' as const,
      message: 'there is no stepgate.yaml',
      hint: 'add one',
      at: null,
    };
    expect(renderMarkdown({ ...report(), command: 'plan', error }, { now })).toBe(
      '## 🔴 stepgate plan failed\n\n> 🔴 **input** `CONFIG_NOT_FOUND`: there is no stepgate.yaml\n>\n> **What to do:** add one\n',
    );
  });
});

describe('the limit', () => {
  const long: Report = report(
    ...Array.from({ length: 40 }, (_, at) => delivery({ ...examples.stuck, name: `shop-${at}@prod` })),
  );

  it.each([500, 2_000, 20_000])('of %i bytes is kept on the boundary of a block, with a note', (limit) => {
    const markdown = renderMarkdown(long, { now, limit });
    expect(Buffer.byteLength(markdown)).toBeLessThanOrEqual(limit);
    expect(markdown).toMatch(
      /> \*\*\d+ more parts left out\*\*: the summary would be too long\. The log has the whole report\.\n$/u,
    );
    outside(markdown);
  });

  it('is 1024 KiB where none is given', () => {
    const huge = delivery({ ...examples.waiting, message: 'x'.repeat(2 * 1024 * 1024) });
    expect(Buffer.byteLength(renderMarkdown(report(huge, delivery({})), { now }))).toBeLessThanOrEqual(1024 * 1024);
  });
});

describe('whatever foreign texts say', () => {
  const all = [
    ...Object.values(examples).map((one) => report(one)),
    planned,
    diagnosed,
    report(measured),
    report(...Object.values(examples)),
  ];
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
  ];

  it('the structure is ours: same headings, tables, tags; no links, mentions or commands', () => {
    const shape = (line: string) => [
      /^#+ /u.exec(line)?.[0] ?? '',
      line.startsWith('|') ? line.split('|').length : 0,
      (line.match(/<[^>]*>/gu) ?? []).join(''),
      /^(?:[->]|\d+\.)/u.exec(line)?.[0] ?? '',
    ];
    fc.assert(
      fc.property(hostile, fc.nat(all.length - 1), (bad, which) => {
        const one = all[which] ?? planned;
        const poison = (text: string) => mapStrings(one, (old, key) => (enums.includes(key) ? old : text));
        const markdown = renderMarkdown(poison(bad), { now });
        const lines = outside(markdown);
        expect(lines.map(shape)).toEqual(outside(renderMarkdown(poison('x'), { now })).map(shape));
        for (const line of lines) {
          const page = line.replace(/&#(\d+);/gu, (_, code: string) => String.fromCodePoint(Number(code)));
          expect(page).not.toMatch(/@[\p{L}\p{N}]|(?<!^#*)#[\p{L}\p{N}]|:\/\/|www\./iu);
          expect(line).not.toMatch(/\]\(|!\[|^\[/u);
        }
        for (const line of linesOf(markdown)) expect(commandIn(line)).toBeNull();
      }),
      { ...lawful, numRuns: 300 },
    );
  });
});
