import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/release/decide.ts';
import { covers, type Freeze, freezesOn, isNamed } from '../../src/release/freeze.ts';
import { judgePassed, judgeStart, judgeStep } from '../../src/release/gate.ts';
import { todo } from '../../src/release/todo.ts';
import {
  ago,
  approve,
  brief,
  delivery,
  moving,
  now,
  observation,
  record,
  rollback,
  situation,
  v1,
  v2,
  waiting,
  workload,
} from './situation.ts';

const freeze = (more: Partial<Freeze> = {}): Freeze => ({
  name: 'weekend',
  from: { is: 'file', path: '.stepgate/freezes/weekend.yaml' },
  deliveries: [],
  environments: [],
  by: 'ada',
  reason: 'stocktaking',
  begins: null,
  ends: null,
  unreadable: null,
  ...more,
});
const later = (seconds: number) => ago(-seconds);

test.each([
  ['shop', 'shop', true],
  ['shop', 'shop@prod', false],
  ['shop@*', 'shop@prod', true],
  ['shop@*', 'shop', false],
  ['*', 'anything@x', true],
  ['*@prod', 'shop@prod', true],
  ['*@prod', 'shop@prod-2', false],
  ['s*p@p*d', 'shop@prod', true],
  ['s*o*o*d', 'shop@prod', true],
  ['s*o*o*o*d', 'shop@prod', false],
  ['shop@prod*prod', 'shop@prod', false],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  // Nothing else is special.
  ['sh.p', 'shop', false],
  ['shop+', 'shop', false],
] as const)('%s names %s: %s', (pattern, name, is) => expect(isNamed(pattern, name)).toBe(is));

test('a pattern names what a regular expression of it names', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '@'), maxLength: 8 });
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '@'), maxLength: 8 });
  fc.assert(
    fc.property(text, name, (pattern, one) => {
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
      expect(isNamed(pattern, one)).toBe(expression.test(one));
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['nothing is named: all', {}, 'shop@prod', 'prod', true],
  ['its name', { deliveries: ['cart', 'shop@*'] }, 'shop@prod', 'prod', true],
  ['another name', { deliveries: ['cart'] }, 'shop@prod', 'prod', false],
  ['its environment', { environments: ['prod*'] }, 'shop@prod-eu', 'prod-eu', true],
  ['another environment', { environments: ['prod'] }, 'shop@staging', 'staging', false],
  ['an environment, and it has none', { environments: ['*'] }, 'shop', null, false],
  ['its name in another environment', { deliveries: ['shop@*'], environments: ['prod'] }, 'shop@dev', 'dev', false],
  ['another name, and it can not be read', { deliveries: ['cart'], unreadable: 'x' }, 'shop', null, true],
] as const)('covers: %s', (_, more, name, environment, is) =>
  expect(covers(freeze(more), { name, environment })).toBe(is),
);

describe('in force by both clocks', () => {
  const clocks = (cluster: number, runner: number) => ({ now: later(cluster), runnerNow: later(runner) });

  test.each([
    ['without times', {}, [0, 0], 'until it is lifted'],
    ['before its begin', { begins: later(10) }, [0, 0], 'no'],
    ['one clock is at its begin', { begins: later(10) }, [0, 10], 'until it is lifted'],
    ['the other is', { begins: later(10) }, [10, 0], 'until it is lifted'],
    ['before its end', { ends: later(10) }, [0, 0], 10],
    ['at its end', { ends: later(10) }, [10, 10], 'no'],
    ['only the cluster is at its end', { ends: later(10) }, [10, 0], 20],
    ['only the runner is', { ends: later(10) }, [0, 10], 10],
    ['between', { begins: ago(5), ends: later(10) }, [0, 3], 10],
  ] as const)('%s', (_, more, [cluster, runner], expected) => {
    const [found] = freezesOn(delivery(), [freeze(more)], clocks(cluster, runner));
    const said = found === undefined ? 'no' : (found.until ?? 'until it is lifted');
    expect(said).toEqual(typeof expected === 'number' ? later(expected) : expected);
  });

  test('it is never over before both clocks are past its end, and is over once they are', () => {
    const second = fc.integer({ min: -100, max: 100 });
    fc.assert(
      fc.property(second, second, second, (cluster, runner, end) => {
        const [found] = freezesOn(delivery(), [freeze({ ends: later(end) })], clocks(cluster, runner));
        expect(found === undefined).toBe(cluster >= end && runner >= end);
        if (found?.until == null) return;
        // At the time that it tells, both clocks having gone on alike, it is over, and a second earlier it is not.
        const left = (found.until.getTime() - later(cluster).getTime()) / 1000;
        const at = (more: number) =>
          freezesOn(delivery(), [freeze({ ends: later(end) })], clocks(cluster + more, runner + more)).length;
        expect([at(left), at(left - 1)]).toEqual([0, 1]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('decides', () => {
  const evidence = (...freezes: readonly Freeze[]) => ({
    evidence: { now, after: [], forge: null, asked: [], freezes },
  });
  const at1 = observation(waiting(v2.id, 1), workload(v2));
  const approved = record(v2, { approvals: [approve(v2, 1)] });
  const forced = record(v2, { approvals: [approve(v2, 1, true)] });
  const start = observation({ at: 'idle', id: v1.id, outcome: 'succeeded' }, workload(v1));

  test.each([
    ['an approved step', approved, at1, freeze(), 'gate waiting FROZEN'],
    ['a forced one', forced, at1, freeze(), 'gate waiting FROZEN'],
    ['one that waits for its approval too', record(v2), at1, freeze(), 'gate waiting FROZEN'],
    ['when it is over', approved, at1, freeze({ ends: ago(1) }), 'advance'],
    ['when it is of another delivery', approved, at1, freeze({ deliveries: ['cart'] }), 'advance'],
    [
      'when it is of another delivery and unreadable',
      approved,
      at1,
      freeze({ unreadable: 'x' }),
      'gate waiting FROZEN',
    ],
    ['a start', record(v2), start, freeze(), 'gate waiting FROZEN'],
    ['a start when it is over', record(v2), start, freeze({ ends: ago(1) }), 'start'],
    [
      'a rollback under way',
      record(v2, { rollback: rollback(v2, v1) }),
      observation(waiting(v2.id, 1), workload(v2)),
      freeze(),
      'revertWorkload',
    ],
    [
      'a step that moves',
      record(v2),
      observation(moving(v2.id, 1), workload(v2)),
      freeze(),
      'engine rolling UPGRADING',
    ],
  ] as const)('%s', (_, of, seen, one, expected) => {
    expect(brief(decide(situation(of, seen, evidence(one))))).toBe(expected);
  });

  test('a pod that blocks a step that moves is not removed', () => {
    const blocking = [{ name: 'shop-0', uid: 'u', since: ago(60) }];
    const stuck = observation(moving(v2.id, 1), workload(v2), { blocking });
    expect(brief(decide(situation(record(v2), stuck, evidence())))).toBe('removePod');
    expect(brief(decide(situation(record(v2), stuck, evidence(freeze()))))).toBe('engine rolling UPGRADING');
  });

  test('its verdict is at the start and at each step, once, and no force skips it', () => {
    const of = situation(forced, at1, evidence(freeze({ ends: later(60) })));
    const kinds = (verdicts: readonly { readonly kind: string }[]) =>
      verdicts.filter(({ kind }) => kind === 'freeze').length;
    expect([kinds(judgeStart(of)), kinds(judgeStep(of, 1)), kinds(judgePassed(of, { from: 1, to: 3 }))]).toEqual([
      1, 1, 0,
    ]);
    expect(judgeStep(of, 1).find(({ kind }) => kind === 'freeze')).toMatchObject({
      is: 'shut',
      until: later(60),
      why: 'frozen by ada until 2026-11-21 10:01 UTC: stocktaking',
    });
  });

  test.each([
    ['an approval is missing too', record(v2), {}, /^stepgate promote /],
    ['only a person ends it', approved, {}, /^stepgate thaw --name weekend$/],
    ['time ends it', approved, { ends: later(60) }, /^stepgate tick /],
    ['its name is no word', approved, { name: "a'$(b)" }, /^stepgate thaw --name 'a'\\''\$\(b\)'$/],
    ['an issue', approved, { from: { is: 'issue', number: 7, url: 'u' } as const }, /^stepgate tick /],
  ] as const)('what to run next: %s', (_, of, more, expected) => {
    const its = situation(of, at1, evidence(freeze(more)));
    const wait = decide(its);
    expect(wait.do === 'wait' ? todo(its, wait) : wait.do).toMatch(expected);
  });
});
