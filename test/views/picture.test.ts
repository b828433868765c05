import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { State, StepReport } from '../../src/release/report.ts';
import { stepsMermaid } from '../../src/views/diagrams.ts';
import { type Canvas, columns, paint } from '../../src/views/lines.ts';
import { oneLine } from '../../src/views/neutral.ts';
import { podsBar, stepRows } from '../../src/views/picture.ts';
import { steps } from './builder.ts';
import { hostile, lawful } from './hostile.ts';

const canvas = { color: false, width: 80, unicode: true };

/** The rows as a terminal shows them, of names that are one line each, as reports bring them. */
function drawn(plan: readonly StepReport[], state: State, on: Canvas): string[] {
  const clean = plan.map((step) => ({ ...step, name: oneLine(step.name), replicas: oneLine(step.replicas) }));
  const rows = stepRows(clean, state, on);
  return [rows.track, rows.names, rows.replicas, rows.traffic, rows.mark]
    .filter((line) => line !== null)
    .map((line) => paint(line, on.color));
}

describe('steps', () => {
  it('show what is done, where it stands, what is ahead', () => {
    const five = steps('one done, ten done, half waiting, most, all', ['1', '10%', '50%', '90%', '100%']);
    expect(drawn(five, 'waiting', canvas)).toEqual([
      '●━━━━━━━━━━━●━━━━━━━━━━━◆┄┄┄┄┄┄┄┄┄┄┄○┄┄┄┄┄┄┄┄┄┄┄○',
      'one         ten         half        most        all',
      '1           10%         50%         90%         100%',
      '                        ▲ waiting',
    ]);
    expect(drawn(five, 'waiting', { ...canvas, width: 30, unicode: false })).toEqual([
      '[x]---[x]---[*]...[ ]...[ ]',
      'one   ten   half  most  all',
      '1     10%   50%   90%   100%',
      '            ^ waiting',
    ]);
  });

  it('cut long names, and mark the last step from the left', () => {
    const long = steps(
      'everybody-in-berlin done, everybody-in-germany done, everybody waiting',
      ['1', '2', '3'],
      [1, null, 100],
    );
    expect(drawn(long, 'stuck', { ...canvas, width: 30 })).toEqual([
      '●━━━━━━━━━●━━━━━━━━━✖',
      'everybod… everybod… everybody',
      '1         2         3',
      '1%                  100%',
      '                    ▲ stuck',
    ]);
    const edge = steps('a done, b done, c done, d done, e waiting');
    expect(drawn(edge, 'waiting', { ...canvas, width: 30 }).at(-1)).toBe('                waiting ▲');
  });

  it('fit ten in eighty columns', () => {
    const ten = steps('1pod done, 5% done, 10% done, 20% waiting, 30%, 40%, 50%, 60%, 80%, all');
    expect(drawn(ten, 'waiting', canvas).slice(0, 2)).toEqual([
      '●━━━━━━━●━━━━━━━●━━━━━━━◆┄┄┄┄┄┄┄○┄┄┄┄┄┄┄○┄┄┄┄┄┄┄○┄┄┄┄┄┄┄○┄┄┄┄┄┄┄○┄┄┄┄┄┄┄○',
      '1pod    5%      10%     20%     30%     40%     50%     60%     80%     all',
    ]);
  });

  it('keep to the width and show the current step, whatever they are called', () => {
    const is = fc.constantFrom('done' as const, 'moving' as const, 'waiting' as const, 'ahead' as const);
    const step = fc.record({ name: hostile, replicas: hostile, is });
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 20, max: 120 }),
        fc.boolean(),
        (given, width, unicode) => {
          const plan = given.map((one, at) => ({ ...one, index: at + 1, traffic: null, waitsFor: [], pods: null }));
          for (const line of drawn(plan, 'rolling', { color: false, width, unicode })) {
            expect(columns(line)).toBeLessThanOrEqual(width + 8 * Number(/\\/u.test(line)));
          }
        },
      ),
      { ...lawful, numRuns: 300 },
    );
  });
});

describe('pods', () => {
  it.each([
    [8, 8, 1, 2, '████████▓░  8 old · 2 new (1 ready)'],
    [10, 10, 0, 0, '██████████  10 old · 0 new'],
    [0, 0, 10, 10, '▓▓▓▓▓▓▓▓▓▓  0 old · 10 new'],
    [999, 999, 1, 1, '███████████████████▓  999 old · 1 new'],
    [50, 60, 3, 50, '████████░░▓░░░░░░░░░  60 old (50 ready) · 50 new (3 ready)'],
    [0, 0, 0, 0, 'none'],
  ])('%i/%i and %i/%i are %s', (oldReady, old, newReady, fresh, line) => {
    const pods = { stable: { ready: oldReady, total: old }, canary: { ready: newReady, total: fresh } };
    expect(paint(podsBar(pods, true, true), false)).toBe(line);
  });

  it.each([
    [10, 10, '██████████  10 ready'],
    [9, 10, '█████████░  9 of 10 ready'],
  ])('that nobody moves are just pods: %i of %i', (ready, total, line) => {
    expect(paint(podsBar({ stable: { ready, total }, canary: { ready: 0, total: 0 } }, false, true), false)).toBe(line);
  });

  it('make a bar of twenty signs at most', () => {
    const count = fc.nat(2000).chain((total) => fc.nat(total).map((ready) => ({ ready, total })));
    fc.assert(
      fc.property(count, count, (stable, canary) => {
        const [bar = ''] = paint(podsBar({ stable, canary }, true, false), false).split('  ');
        const total = stable.total + canary.total;
        if (total > 0) expect(bar).toHaveLength(Math.min(20, total));
      }),
      lawful,
    );
  });
});

describe('mermaid', () => {
  it('draws the same', () => {
    expect(stepsMermaid(steps('smoke done, half waiting, full', ['1', '50%', '100%'], [5, 50, 100]), 'waiting')).toBe(
      `
flowchart LR
  s1["smoke<br/>replicas 1<br/>traffic 5%"]:::done
  s2["half<br/>replicas 50%<br/>traffic 50%<br/>waiting"]:::waiting
  s3["full<br/>replicas 100%<br/>traffic 100%"]:::ahead
  s1 ==> s2
  s2 -.-> s3
  classDef done fill:#dafbe1,stroke:#1a7f37,color:#116329
  classDef waiting fill:#fff8c5,stroke:#bf8700,color:#7d4e00
  classDef ahead fill:#f6f8fa,stroke:#8c959f,color:#57606a`.trim(),
    );
  });

  it('has fewer than fifty nodes and nothing but labels of a hostile name', () => {
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 80 }), (names) => {
        const plan = names.map((name, at) => ({
          ...steps('x'),
          index: at + 1,
          name,
          replicas: '1',
          traffic: null,
          is: 'ahead' as const,
          waitsFor: [],
          pods: null,
        }));
        const lines = stepsMermaid(plan, 'idle').split('\n');
        const nodes = lines.filter((line) => /^ {2}s\d+\["[^"\n<>`]*(?:<br\/>[^"\n<>`]*)*"\]:::ahead$/u.test(line));
        const others = lines.filter((line) =>
          /^flowchart LR$|^ {2}s\d+ -\.-> s\d+$|^ {2}classDef ahead fill:[#\w,:]+$/u.test(line),
        );
        expect(nodes.length).toBeLessThan(50);
        expect(nodes.length + others.length).toBe(lines.length);
      }),
      { ...lawful, numRuns: 200 },
    );
  });
});
