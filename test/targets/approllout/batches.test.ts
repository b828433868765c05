import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Amount } from '../../../src/release/delivery.ts';
import { goalAfter, wrongForRollout, wrongForScale } from '../../../src/simulator/approllout/sums.ts';
import type { Plan } from '../../../src/simulator/approllout/types.ts';
import { batchesOf, goalsOf, partitionFrom, reachedAfter, wrongSum } from '../../../src/targets/approllout/batches.ts';
import { parseAmount } from '../../../src/targets/kruise/amounts.ts';
import { step } from '../delivery-fixture.ts';
import { ofAppRollout } from './fixture.ts';

/** `10%, 2, 2`. */
function batchesIn(text: string): readonly Amount[] {
  return text.split(', ').map((one) => parseAmount(one) ?? { unit: 'pods', value: Number.NaN });
}

function planOf(batches: readonly Amount[], targetSize: number | null = null): Plan {
  const replicas = (one: Amount) => (one.unit === 'percent' ? `${one.value}%` : one.value);
  return {
    strategy: 'IncreaseFirst',
    targetSize,
    batches: batches.map((one) => ({ replicas: replicas(one), maxUnavailable: undefined })),
    partition: null,
    paused: false,
  };
}

describe("KubeVela's arithmetic, as its tests and its source have it", () => {
  test.each([
    ['10%, 2, 2', 5, [1, 3, 5]],
    ['1, 50%, 50%', 5, [1, 4, 5]],
    ['20%, 30%, 50%', 5, [1, 3, 5]],
    ['25%, 25%, 25%, 25%', 10, [3, 6, 9, 10]],
    ['33%, 33%, 34%', 10, [4, 8, 10]],
    ['10%, 10%, 80%', 3, [1, 2, 3]],
    ['50%, 50%, 50%', 4, null],
    ['34%, 33%, 33%', 3, null],
    ['20%, 20%, 20%, 20%, 20%', 3, null],
    ['3, 3', 5, null],
    ['2, 2, 0', 5, null],
    // Recorded: c08 and c11.
    ['1, 1, 2', 5, null],
    ['10%, 50%, 100%', 8, [1, 5, 8]],
  ] as const)('%s of %i', (text, size, goals) => {
    const batches = batchesIn(text);
    const plan = planOf(batches);
    const numbers = batches.map((_, index) => index);
    // The model, and the target, which must not share a line of code.
    expect(
      wrongForRollout(plan, size) === null ? numbers.map((index) => goalAfter(plan, 0, size, index)) : null,
    ).toEqual(goals);
    expect(
      wrongSum(batches, size) === null ? numbers.map((index) => reachedAfter(batches, size, index)) : null,
    ).toEqual(goals);
  });

  test.each([
    ['1, 20%, 50%, 2', 2, 12, [3, 5, 10, 12]],
    ['50%, 50%', 3, 10, [7, 10]],
    ['1, 2', 5, 8, [6, 8]],
    ['2, 1', 8, 5, [6, 5]],
    ['1, 1', 5, 5, null],
    ['10%, 10%', 5, 5, [5, 5]],
  ] as const)('%s from %i to %i', (text, from, to, goals) => {
    const plan = planOf(batchesIn(text), to);
    const numbers = plan.batches.map((_, index) => index);
    expect(
      wrongForScale(plan, from, to) === null ? numbers.map((index) => goalAfter(plan, from, to, index)) : null,
    ).toEqual(goals);
  });
});

const amounts = fc.oneof(
  fc.integer({ min: 0, max: 12 }).map((value): Amount => ({ unit: 'pods', value })),
  fc.integer({ min: 0, max: 100 }).map((value): Amount => ({ unit: 'percent', value })),
);
const plans = fc.record({
  amounts: fc.array(amounts, { minLength: 1, maxLength: 6 }),
  size: fc.integer({ min: 1, max: 40 }),
});

test('whatever the plan, its batches come to exactly the pods that its steps ask for, or KubeVela refuses them', () => {
  fc.assert(
    fc.property(plans, ({ amounts: given, size }) => {
      const steps = given.map((replicas) => step('1', { replicas }));
      const goals = goalsOf(steps, size);
      const pods: readonly Amount[] = batchesOf(steps, size).map((value) => ({ unit: 'pods', value }));
      const plan = planOf(pods, size);
      const wrong = wrongForRollout(plan, size);
      expect(wrong === null).toBe(wrongSum(pods, size) === null);
      const reachesAll = goals.at(-1) === size;
      const leavesOne = (goals.at(-2) ?? 0) < size;
      expect(wrong === null).toBe(reachesAll && leavesOne);
      if (wrong === null) expect(pods.map((_, index) => goalAfter(plan, 0, size, index))).toEqual(goals);
    }),
  );
});

test('percentages as batches would not come to the same', () => {
  const steps = ['25%', '50%', '75%', '100%'].map((text) => step(text));
  expect(goalsOf(steps, 10)).toEqual([3, 5, 8, 10]);
  expect(batchesOf(steps, 10)).toEqual([3, 2, 3, 2]);
  expect([0, 1, 2, 3].map((index) => reachedAfter(batchesIn('25%, 25%, 25%, 25%'), 10, index))).toEqual([3, 6, 9, 10]);
});

test.each([
  ['each step is decided about', 'CloneSet', ['1', '2', '100%'], [0, 1, 2]],
  ['a step without conditions is run through', 'CloneSet', ['1-', '2', '100%'], [1, 1, 2]],
  ['nobody decides about anything', 'CloneSet', ['1-', '2-', '100%'], [2, 2, 2]],
  ['a StatefulSet is stopped at each', 'StatefulSet', ['1-', '2-', '100%'], [0, 1, 2]],
] as const)('the partition: %s', (_, kind, texts, wanted) => {
  const steps = texts.map((text) => step(text.replace('-', ''), text.endsWith('-') ? { leaveWhen: [] } : {}));
  const of = ofAppRollout('partition 1', { workload: { kind, name: 'shop' }, steps });
  expect(steps.map((_step, index) => partitionFrom(of, index))).toEqual(wanted);
});
