import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Rehearsal, RehearsedDelivery, Station } from '../../src/rehearse/timeline.ts';
import { rehearsalExit } from '../../src/rehearse/timeline.ts';
import { timelineMermaid, timelineSvg } from '../../src/rehearse/timeline-diagrams.ts';
import { renderRehearsalHtml } from '../../src/rehearse/timeline-html.ts';
import { renderRehearsalJson } from '../../src/rehearse/timeline-json.ts';
import { renderRehearsalMarkdown } from '../../src/rehearse/timeline-markdown.ts';
import { columnsOf, phasesOf } from '../../src/rehearse/timeline-phases.ts';
import { renderTimeline } from '../../src/rehearse/timeline-text.ts';
import { mapStrings } from '../../src/views/neutral.ts';
import { hostile } from '../views/hostile.ts';
import { commandIn, linesOf } from '../views/runner.ts';
import { elementsIn, parseXml, textIn } from '../views/xml.ts';

const at = (time: string) => `2026-11-25T${time}.000Z`;
const pods = { stable: { ready: 3, total: 3 }, canary: { ready: 1, total: 1 } };

function station(
  kind: Station['kind'],
  number: number,
  times: readonly (string | null)[],
  more: Partial<Station> = {},
): Station {
  const [from, waits, left] = times.map((time) => (time === null ? null : at(time)));
  return {
    kind,
    number,
    name: kind,
    replicas: null,
    traffic: null,
    from: from ?? '',
    waits: waits ?? null,
    left: left ?? null,
    pods,
    gates: [],
    ...more,
  };
}

const shop: RehearsedDelivery = {
  name: 'shop@prod',
  release: { id: '0123456789-abcdef01', commit: '0123456789abcdef0123456789abcdef01234567' },
  ending: { is: 'delivered', at: at('11:20:00') },
  stations: [
    station('start', 0, ['10:00:00', '10:00:00', '10:10:00'], {
      gates: [
        {
          name: 'office',
          kind: 'schedule',
          shut: at('10:00:00'),
          opened: at('10:10:00'),
          seen: at('10:10:00'),
          why: 'inside its window',
          missing: [],
        },
      ],
    }),
    station('step', 1, ['10:10:00', '10:10:15', '11:00:00'], {
      name: 'smoke',
      replicas: '1',
      gates: [
        {
          name: 'sre',
          kind: 'approval',
          shut: at('10:20:00'),
          opened: at('10:50:00'),
          seen: at('10:50:00'),
          why: 'approved by anna',
          missing: [],
        },
      ],
    }),
    station('end', 2, ['11:00:00', null, '11:20:00']),
  ],
  people: [{ station: 1, gate: 'sre', from: at('10:20:00'), answered: at('10:50:00'), who: 'anna' }],
  events: [
    { at: at('10:00:00'), what: 'run', text: 'release 0123456789-abcdef01 is requested' },
    { at: at('10:00:00'), what: 'shut', text: `office is shut, until ${at('10:10:00')}: outside its window` },
    { at: at('10:10:15'), what: 'engine', text: 'step 1 smoke is in place: 3 old, 1 new' },
    { at: at('10:50:00'), what: 'person', text: 'anna approves sre' },
    { at: at('11:20:00'), what: 'end', text: 'delivered' },
  ],
  findings: [
    {
      code: 'NO_READINESS_PROBE',
      severity: 'warning',
      message: 'ready means started',
      facts: ['main'],
      wayOut: 'add a probe',
    },
  ],
};

const rehearsal: Rehearsal = {
  version: 1,
  command: 'rehearse',
  scenario: null,
  commit: '0123456789abcdef0123456789abcdef01234567',
  start: at('10:00:00'),
  every: 600,
  answerAfter: 1800,
  readyAfter: 10,
  notes: ['shop@prod: taken to be there already: Service shop'],
  deliveries: [shop],
};

const canvas = { color: false, width: 72, unicode: true, now: new Date(at('10:00:00')), zone: 'Europe/Berlin' };

describe('as text', () => {
  test('what would come of it, a picture, and what happens, by the clock of the reader', () => {
    expect(renderTimeline(rehearsal, canvas).join('\n')).toMatchInlineSnapshot(`
      "rehearsal: requested Wed 2026-11-25 11:00:00 Europe/Berlin, tick every
        10m, people approve after 30m, pods are ready after 10s
        shop@prod: taken to be there already: Service shop

      ✔ shop@prod  would be delivered Wed 2026-11-25 12:20:00 Europe/Berlin,
        1h 20m after the request   0123456789-abcdef01
        ◆ waits for anna (sre) from Wed 2026-11-25 11:20:00

        start         ░░░░░░░░░░
        1 smoke                 ▓▓·········◆◆◆◆◆◆◆◆◆◆◆◆··········
        end                                                      ▓▓▓▓▓▓▓▓▓▓▓
                      Wed 11:00                                    Wed 12:20
                      ▓ pods move  ░ waits for a time  ◆ waits for a person
                      · waits for a tick  (not to scale)

        Wed 2026-11-25
        11:00:00  ▸ release 0123456789-abcdef01 is requested
        11:00:00  ◇ office is shut, until Wed 2026-11-25 11:10:00: outside its
                    window
        11:10:15  ● step 1 smoke is in place: 3 old, 1 new
        11:50:00  ✔ anna approves sre
        12:20:00  ■ delivered
        warning NO_READINESS_PROBE
          ready means started
          - main
          → add a probe"
    `);
  });

  test('in ASCII', () => {
    const lines = renderTimeline(rehearsal, { ...canvas, unicode: false });
    expect(lines.join('\n')).toMatch(/^[\n -~]*$/u);
    expect(lines.slice(8, 14)).toMatchInlineSnapshot(`
      [
        "  start         ..........",
        "  1 smoke                 ++---------************----------",
        "  end                                                      +++++++++++",
        "                Wed 11:00                                    Wed 12:20",
        "                + pods move  . waits for a time  * waits for a person",
        "                - waits for a tick  (not to scale)",
      ]
    `);
  });

  test('what never comes says why, and what would do', () => {
    const ending = {
      is: 'never',
      at: at('11:00:00'),
      code: 'POD_NOT_STARTING',
      why: 'x: CrashLoopBackOff',
      todo: 'stepgate rollback',
    } as const;
    const text = renderTimeline({ ...rehearsal, deliveries: [{ ...shop, ending }] }, canvas).join('\n');
    expect(text).toContain('✖ shop@prod  would never finish');
    expect(text).toContain('  POD_NOT_STARTING  x: CrashLoopBackOff');
    expect(text).toContain('  next  stepgate rollback');
  });

  test.each([20, 40, 72, 200])('no line of the picture is wider than %i columns', (width) => {
    for (const line of renderTimeline(rehearsal, { ...canvas, width }).slice(0, 14)) {
      expect([...line].length).toBeLessThanOrEqual(Math.max(width, 30));
    }
  });
});

describe('the picture', () => {
  test('tells what each stretch of time goes into', () => {
    const told = phasesOf(shop).map(({ station: { name }, kind, from, to }) => [name, kind, (to - from) / 1000]);
    expect(told).toEqual([
      ['start', 'time', 600],
      ['smoke', 'moves', 15],
      ['smoke', 'runner', 585],
      ['smoke', 'person', 1800],
      ['smoke', 'runner', 600],
      ['end', 'moves', 1200],
    ]);
  });

  test('has a column for every piece, and all that there are', () => {
    const phase = (seconds: number) => ({
      station: station('end', 1, ['10:00:00', null, null]),
      kind: 'moves' as const,
      from: 0,
      to: seconds * 1000,
    });
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 300 }),
        (lengths, width) => {
          const columns = columnsOf(lengths.map(phase), width);
          expect(Math.min(...columns)).toBeGreaterThanOrEqual(1);
          expect(columns.reduce((sum, one) => sum + one, 0)).toBe(Math.max(width, lengths.length));
        },
      ),
    );
  });

  test('as mermaid', () => {
    expect(timelineMermaid(rehearsal)).toMatchInlineSnapshot(`
      "gantt
        dateFormat YYYY-MM-DDTHH:mm:ss
        axisFormat %a %H:%M
        section start
          waits for a time :done, 2026-11-25T10:00:00, 2026-11-25T10:10:00
        section 1 smoke
          pods move :active, 2026-11-25T10:10:00, 2026-11-25T10:10:15
          waits for a tick :done, 2026-11-25T10:10:15, 2026-11-25T10:20:00
          waits for a person :crit, 2026-11-25T10:20:00, 2026-11-25T10:50:00
          waits for a tick :done, 2026-11-25T10:50:00, 2026-11-25T11:00:00
        section end
          pods move :active, 2026-11-25T11:00:00, 2026-11-25T11:20:00"
    `);
  });

  test('as SVG: a row a station, one rectangle a piece, each with its times', () => {
    const svg = timelineSvg(rehearsal, 'Europe/Berlin');
    expect(
      svg.match(/<rect class="\w+" x="[\d.]+%" y="\d+" width="[\d.]+%" height="\d+" rx="\d+"><title>/gu),
    ).toHaveLength(6);
    expect(svg.match(/<svg class="strip" x="160" /gu)).toHaveLength(3);
    expect(svg).toContain(
      '<title>waits for a person: Wed 2026-11-25 11:20:00 Europe/Berlin to Wed 2026-11-25 11:50:00 Europe/Berlin</title>',
    );
    expect(svg).toContain('>1 smoke</text>');
    expect(svg).toContain('>shop@prod: would be delivered</text>');
    expect(svg).toMatch(/<desc>shop@prod: would be delivered; start: waits for a time: Wed 2026-11-25 11:00:00 /u);
  });
});

describe('as a page', () => {
  const root = parseXml(renderRehearsalHtml(rehearsal, canvas));
  const text = textIn(root).replace(/\s+/g, ' ');

  test('tells who is needed, where the time goes, pods, gates and what happens, by the clock of the reader', () => {
    expect(text).toContain('✔ shop@prod would be delivered');
    expect(text).toContain('Wed 2026-11-25 12:20:00 Europe/Berlin, 1h 20m after the request');
    expect(text).toContain('◆ waits for anna (sre) from Wed 2026-11-25 11:20:00 Europe/Berlin');
    expect(text).toContain('✔ sre at 1 smoke opens Wed 2026-11-25 11:50:00 Europe/Berlin');
    expect(text).toContain('11:10:15 step 1 smoke is in place: 3 old, 1 new');
    expect(text).toContain('What to do: add a probe');
    expect(text).toContain('taken to be there already: Service shop');
  });

  test('draws the same bars as the picture', () => {
    const marks = (of: ReturnType<typeof parseXml>) =>
      elementsIn(of).flatMap(({ name, attributes, children }) =>
        name === 'rect' && children.length > 0
          ? [`${attributes['class']} ${attributes['x']} ${attributes['width']}`]
          : [],
      );
    expect(marks(root)).toHaveLength(6);
    expect(marks(root)).toEqual(marks(parseXml(timelineSvg(rehearsal))));
  });

  test('of several begins with a list that says how each would end', () => {
    const never = {
      ...shop,
      name: 'cart',
      ending: { is: 'never', at: at('11:00:00'), code: 'STUCK', why: 'x: CrashLoopBackOff', todo: 'stepgate rollback' },
    } as const;
    const several = parseXml(renderRehearsalHtml({ ...rehearsal, deliveries: [shop, never] }, canvas));
    const [list] = elementsIn(several).filter(({ name }) => name === 'nav');
    expect(textIn(list ?? several)).toMatch(/✖ cart would never finish\s*x: CrashLoopBackOff/);
    expect(textIn(several)).toContain('Next: stepgate rollback');
  });
});

describe('as JSON', () => {
  test('is the rehearsal, every key of an ending always there', () => {
    const parsed: unknown = JSON.parse(renderRehearsalJson(rehearsal));
    const { ending, ...rest } = shop;
    expect(parsed).toEqual({
      ...rehearsal,
      deliveries: [{ ...rest, ending: { ...ending, code: null, why: null, todo: null } }],
    });
  });

  test('keys are in the documented order, whatever made them', () => {
    const turned = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(turned)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .reverse()
                .map(([key, inner]) => [key, turned(inner)]),
            )
          : value;
    expect(renderRehearsalJson(turned(rehearsal) as Rehearsal)).toBe(renderRehearsalJson(rehearsal));
  });
});

describe('as Markdown', () => {
  test('the news, a chart, and what happens', () => {
    expect(renderRehearsalMarkdown(rehearsal)).toMatchInlineSnapshot(`
      "Rehearsal: requested 2026-11-25T10:00:00.000Z, tick every 10m, people approve after 30m, pods are ready after 10s

      - shop@&#8203;prod: taken to be there already: Service shop

      \`\`\`mermaid
      gantt
        dateFormat YYYY-MM-DDTHH:mm:ss
        axisFormat %a %H:%M
        section start
          waits for a time :done, 2026-11-25T10:00:00, 2026-11-25T10:10:00
        section 1 smoke
          pods move :active, 2026-11-25T10:10:00, 2026-11-25T10:10:15
          waits for a tick :done, 2026-11-25T10:10:15, 2026-11-25T10:20:00
          waits for a person :crit, 2026-11-25T10:20:00, 2026-11-25T10:50:00
          waits for a tick :done, 2026-11-25T10:50:00, 2026-11-25T11:00:00
        section end
          pods move :active, 2026-11-25T11:00:00, 2026-11-25T11:20:00
      \`\`\`

      ## 🟢 shop@&#8203;prod would be delivered 1h 20m after the request

      - waits for **anna** (sre) from 2026-11-25T10:20:00

      | UTC | |
      | --- | --- |
      | 2026-11-25T10:00:00 | release 0123456789-abcdef01 is requested |
      | 2026-11-25T10:00:00 | office is shut, until 2026-11-25T10:10:00.000Z: outside its window |
      | 2026-11-25T10:10:15 | step 1 smoke is in place: 3 old, 1 new |
      | 2026-11-25T10:50:00 | anna approves sre |
      | 2026-11-25T11:20:00 | delivered |
      "
    `);
  });
});

describe('the exit code', () => {
  const rows = [
    ['delivered', { is: 'delivered', at: '' }, 0, 0],
    ['rolled back by policy', { is: 'rolledBack', at: '', code: 'ROLLED_BACK', why: '' }, 0, 11],
    ['refused', { is: 'refused', at: '', code: 'FINDINGS', why: '', todo: null }, 4, 4],
    ['never', { is: 'never', at: '', code: 'STUCK', why: '', todo: null }, 1, 1],
    ['a defect', { is: 'never', at: '', code: 'BUG', why: '', todo: null }, 70, 70],
  ] as const;
  test.each(rows)('of what would be %s', (_, ending, plain, detailed) => {
    const ended = { ...rehearsal, deliveries: [shop, { ...shop, ending }] };
    expect([rehearsalExit(ended, false), rehearsalExit(ended, true)]).toEqual([plain, detailed]);
  });
});

describe('hostile names', () => {
  /** Every text of the rehearsal but the moments and the words of our own. */
  const spoiled = (evil: string) =>
    mapStrings(rehearsal, (text, key) =>
      ['name', 'text', 'why', 'who', 'gate', 'message', 'wayOut'].includes(key) ? `${evil}${text}` : text,
    );

  test('are no commands to the runner, move no cursor, and stay inside of their place', () => {
    fc.assert(
      fc.property(hostile, (evil) => {
        const bad = { ...spoiled(evil), notes: [evil], scenario: evil };
        const printed = [
          renderTimeline(bad, canvas).join('\n'),
          renderRehearsalJson(bad),
          renderRehearsalMarkdown(bad),
          timelineMermaid(bad),
          timelineSvg(bad),
          renderRehearsalHtml(bad, canvas),
        ];
        parseXml(timelineSvg(bad));
        const elements = elementsIn(parseXml(renderRehearsalHtml(bad, canvas)));
        expect(elements.filter(({ name }) => name === 'script')).toEqual([]);
        for (const { attributes } of elements) expect(attributes['href'] ?? '#').toMatch(/^#/);
        for (const text of printed) {
          for (const line of linesOf(text)) expect(commandIn(line)).toBeNull();
          expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/u);
        }
        expect(timelineSvg(bad).match(/<(?!\/?(?:svg|title|desc|style|rect|text)\b)/gu)).toBeNull();
        expect(timelineMermaid(bad).split('\n')).toHaveLength(timelineMermaid(rehearsal).split('\n').length);
      }),
      { numRuns: 100 },
    );
  });
});
