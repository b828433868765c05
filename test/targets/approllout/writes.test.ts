import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Delivery } from '../../../src/release/delivery.ts';
import { at, objectAt, stringAt } from '../../../src/release/json.ts';
import { Refusal } from '../../../src/simulator/api/answers.ts';
import { goalsOf } from '../../../src/targets/approllout/batches.ts';
import { commits, type Driven, driven } from './driven.ts';
import { ofAppRollout } from './fixture.ts';

/** stepgate's writes on the model of KubeVela: what each of them comes to. */

const kinds = [
  ['CloneSet', 'v1.1.13'],
  ['StatefulSet', 'v1.1.13'],
  ['Deployment', 'v1.1.0'],
] as const;

const of = (kind: string, plan = 'partition 1 50% 100%') => ofAppRollout(plan, { workload: { kind, name: 'shop' } });

/** A release that waits at a step; its id. */
function waiting(shop: Driven, step: 1 | 2 = 1): string {
  const id = shop.started('v2', commits.v2);
  shop.until(`waiting 1 of ${id}; 1 new of 5`);
  if (step === 1) return id;
  shop.approve(1);
  shop.until(`waiting 2 of ${id}; 3 new of 5`);
  return id;
}

const rollout = (shop: Driven) => shop.snapshot().rollout ?? {};
const spec = (shop: Driven) => objectAt(rollout(shop), 'spec');

describe.each(kinds)('a %s', (kind, version) => {
  const opened = (seed = 1) => driven(of(kind), { version, seed });

  test('is made without pods, and begins when it is aimed', () => {
    const shop = opened();
    const made = shop.write('v1', commits.v1);
    shop.begin(made);
    shop.wait(30);
    expect([shop.line(), shop.see().workload, shop.see().carrier?.waitsForAim]).toEqual([
      'noWorkload; 0 new of 0',
      null,
      true,
    ]);
    shop.aim(made.release.id);
    shop.until(`idle of ${made.release.id} (fresh); 0 new of 5`);
    expect(shop.see().workload).toMatchObject({ id: made.release.id, whole: true, replicas: 5 });
  });

  test.each([1, 2, 3])('goes through its steps, each with the pods that it asks for (%i)', (seed) => {
    const shop = opened(seed);
    shop.deployed('v1', commits.v1);
    const id = waiting(shop, 2);
    shop.wait(60);
    expect(shop.line()).toBe(`waiting 2 of ${id}; 3 new of 5`);
    shop.approve(2);
    shop.until(`idle of ${id} (succeeded); 0 new of 5`);
    shop.wait(20);
    expect(shop.see().workload).toMatchObject({ id, whole: true, settled: true, gated: false, paused: false });
    expect(shop.see().carrier).toMatchObject({ id, isRendered: true, waitsForAim: false });
  });

  test('is not what runs until it is aimed', () => {
    const shop = opened();
    const one = shop.deployed('v1', commits.v1);
    const { release } = shop.write('v2', commits.v2);
    shop.wait(30);
    expect(shop.line()).toBe(`idle of ${one} (fresh); 0 new of 5`);
    expect(shop.see().carrier).toMatchObject({ id: release.id, isRendered: false, waitsForAim: true });
    expect(shop.see().workload?.made).toBeNull();
  });

  test.each([1, 2] as const)('goes back from the middle, at step %i', (step) => {
    const shop = opened();
    shop.deployed('v1', commits.v1);
    waiting(shop, step);
    shop.revert('v1', 'back');
    shop.wait(2);
    expect(shop.see().carrier).toMatchObject({ id: 'back', isRendered: false, waitsForAim: true });
    shop.aim('back', true);
    shop.wait(0.1);
    expect(shop.line()).toMatch(/^(cancelling of back|unseen);/);
    shop.until('idle of back (cancelled); 0 new of 5');
    shop.wait(20);
    expect(shop.see().workload).toMatchObject({ id: 'back', whole: true });
    expect(shop.see().pods.stable).toEqual({ ready: 5, total: 5 });
    expect(spec(shop)).toMatchObject({ sourceAppRevisionName: 'site-v2', targetAppRevisionName: 'site-v1' });
  });

  test('goes back after its end, and on to a version that gets a name of before', () => {
    const shop = opened();
    shop.deployed('v1', commits.v1);
    const id = waiting(shop, 2);
    shop.approve(2);
    shop.until(`idle of ${id} (succeeded); 0 new of 5`);
    shop.wait(20);
    shop.revert('v1', 'back');
    shop.wait(2);
    shop.aim('back', true);
    shop.until('idle of back (cancelled); 0 new of 5');
    shop.wait(20);
    const next = shop.started('v3', commits.v3);
    expect(spec(shop)).toMatchObject({ sourceAppRevisionName: 'site-v1', targetAppRevisionName: 'site-v2' });
    shop.until(`waiting 1 of ${next}; 1 new of 5`);
    expect(stringAt(rollout(shop), 'metadata', 'annotations', 'stepgate.dev/rollback')).toBeNull();
  });

  test('goes back from a version that never becomes ready', () => {
    const shop = opened();
    shop.deployed('v1', commits.v1);
    const id = shop.started('broken', commits.v2);
    shop.wait(30);
    // KubeVela calls a StatefulSet ready by its old pods. The gates of a step count the new ones.
    expect(shop.line()).toMatch(`${kind === 'StatefulSet' ? 'waiting' : 'moving'} 1 of ${id}; 1 new`);
    expect(shop.see().pods.canary).toEqual({ ready: 0, total: 1 });
    const least = shop.fewest('v1', () => {
      shop.revert('v1', 'back');
      shop.wait(2);
      shop.aim('back', true);
      if (kind === 'StatefulSet') {
        // Its controller waits for the broken pod for ever.
        shop.wait(30);
        const [pod] = shop.see().blocking;
        if (pod === undefined) throw new Error('a pod is in the way');
        expect(pod.name).toBe('shop-4');
        shop.send(shop.change({ do: 'removePod', pod, why: 'why' }));
      }
      shop.until('idle of back (cancelled); 0 new of 5');
    });
    // Of a Deployment KubeVela first takes as many good pods away as the bad version asks for: CAPACITY_DIPS.
    expect(least).toBe(4);
    shop.wait(20);
    expect(shop.see().pods.stable).toEqual({ ready: 5, total: 5 });
  });

  test('stands still while it is paused, and goes on', () => {
    const shop = opened();
    shop.deployed('v1', commits.v1);
    const id = waiting(shop);
    shop.patch('AppRollout', 'shop', { spec: { rolloutPlan: { paused: true } } });
    shop.approve(1);
    shop.wait(20);
    expect(shop.line()).toBe(`frozen 1 of ${id}; 1 new of 5`);
    shop.send(shop.change({ do: 'unpauseRollout', why: 'why' }));
    shop.until(`waiting 2 of ${id}; 3 new of 5`);
  });
});

test('the good pods of a Deployment dip by what the bad version asks for', () => {
  const shop = driven(of('Deployment', 'partition 3 100%'), { version: 'v1.1.0' });
  shop.deployed('v1', commits.v1);
  shop.started('broken', commits.v2);
  shop.wait(30);
  const least = shop.fewest('v1', () => {
    shop.revert('v1', 'back');
    shop.wait(2);
    shop.aim('back', true);
    shop.until('idle of back (cancelled); 0 new of 5');
  });
  expect(least).toBe(2);
});

const refused = (act: () => void) => {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return 0;
};

describe('an approval, an aim and a pause change nothing when', () => {
  test.each<[string, (shop: Driven) => void]>([
    ['the pair was edited', (shop) => shop.patch('AppRollout', 'shop', { spec: { targetAppRevisionName: 'site-v1' } })],
    ['the size was edited', (shop) => shop.patch('AppRollout', 'shop', { spec: { rolloutPlan: { targetSize: 4 } } })],
    ['another run has approved', (shop) => shop.approve(1)],
    ['another run has aimed it', (shop) => shop.started('v3', commits.v3)],
  ])('%s', (_, meddle) => {
    const shop = driven(of('CloneSet'));
    shop.deployed('v1', commits.v1);
    waiting(shop);
    const changes = [
      shop.change({ do: 'advance', release: 'r', step: 1, why: 'why' }),
      shop.change({ do: 'aim', release: 'r', back: false, why: 'why' }),
      shop.change({ do: 'unpauseRollout', why: 'why' }),
    ];
    meddle(shop);
    expect(changes.map((change) => refused(() => shop.send(change)))).toEqual([422, 422, 422]);
  });

  test('KubeVela has moved on', () => {
    const shop = driven(of('CloneSet', 'partition 1 2 50% 100%'));
    shop.deployed('v1', commits.v1);
    const id = waiting(shop);
    const late = shop.change({ do: 'advance', release: 'r', step: 1, why: 'why' });
    // Somebody approves beside stepgate, and KubeVela works on the next step.
    shop.approve(1);
    shop.until(`waiting 2 of ${id}; 2 new of 5`);
    expect(refused(() => shop.send(late))).toBe(422);
  });
});

test('an approval tests the state in which KubeVela waits', () => {
  const shop = driven(of('CloneSet'));
  shop.deployed('v1', commits.v1);
  waiting(shop);
  const change = shop.change({ do: 'advance', release: 'r', step: 1, why: 'why' });
  const tested =
    change.do === 'patch' ? change.body.filter(({ op, path }) => op === 'test' && path.startsWith('/status')) : [];
  expect(tested.map((one) => ('value' in one ? [one.path, one.value] : []))).toEqual([
    ['/status/rollingState', 'rollingInBatches'],
    ['/status/batchRollingState', 'batchReady'],
    ['/status/currentBatch', 0],
    ['/status/rolloutTargetSize', 5],
    ['/status/lastTargetAppRevision', 'site-v2'],
    ['/status/LastSourceAppRevision', 'site-v1'],
  ]);
});

test('a jump runs the batches in between', () => {
  const shop = driven(of('CloneSet', 'partition 1 2 60% 100%'));
  shop.deployed('v1', commits.v1);
  const id = waiting(shop);
  shop.send(shop.change({ do: 'advance', release: id, step: 1, why: 'why' }, 3));
  shop.until(`waiting 3 of ${id}; 3 new of 5`);
});

test('a step that nobody decides about is passed by itself', () => {
  const base = of('CloneSet', 'partition 1 2 100%');
  const steps = base.steps.map((step, index) => (index === 0 ? { ...step, leaveWhen: [] } : step));
  const shop = driven({ ...base, steps });
  shop.deployed('v1', commits.v1);
  const id = shop.started('v2', commits.v2);
  shop.until(`waiting 2 of ${id}; 2 new of 5`);
});

const plans = fc.record({
  size: fc.integer({ min: 3, max: 9 }),
  steps: fc.uniqueArray(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 3 }),
  seed: fc.integer({ min: 1, max: 1000 }),
});

test('whatever the plan, each wait has exactly the pods that its step asks for', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(plans, ({ size, steps, seed }) => {
      const percents = [...steps].sort((left, right) => left - right).map((value) => `${value}%`);
      const delivery: Delivery = of('CloneSet', `partition ${percents.join(' ')} 100%`);
      const goals = goalsOf(delivery.steps, size);
      // KubeVela refuses a last batch without a pod (BATCHES_IMPOSSIBLE).
      fc.pre((goals.at(-2) ?? 0) < size);
      const shop = driven(delivery, { seed, replicas: size });
      shop.deployed('v1', commits.v1);
      const id = shop.started('v2', commits.v2);
      for (const [index, goal] of goals.slice(0, -1).entries()) {
        shop.until(`waiting ${index + 1} of ${id}; ${goal} new of ${size}`);
        shop.approve(index + 1);
      }
      shop.until(`idle of ${id} (succeeded); 0 new of ${size}`);
      expect(shop.see().workload?.whole).toBe(true);
      expect(at(spec(shop), 'rolloutPlan', 'targetSize')).toBe(size);
    }),
    { numRuns: 15 },
  );
});
