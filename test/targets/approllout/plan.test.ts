import { expect, test } from 'vitest';
import { at, type JsonObject, objectAt } from '../../../src/release/json.ts';
import type { KubeObject } from '../../../src/release/ports.ts';
import { velaAppRollout } from '../../../src/targets/approllout/index.ts';
import { commit } from '../delivery-fixture.ts';
import { application, ofAppRollout } from './fixture.ts';

const of = ofAppRollout('partition 1 50% 100%');
const wanted = velaAppRollout.rolloutOf(of);

/** The AppRollout of the plan in the cluster, with other fields of its plan or its spec. */
function live(plan: JsonObject = {}, spec: JsonObject = {}, annotations: JsonObject = {}): KubeObject {
  const { rollout } = velaAppRollout.render(of, commit, [application()], 1);
  const metadata = objectAt(rollout, 'metadata');
  return {
    ...rollout,
    metadata: { ...metadata, annotations: { ...objectAt(metadata, 'annotations'), ...annotations } },
    spec: {
      ...objectAt(rollout, 'spec'),
      sourceAppRevisionName: 'site-v1',
      targetAppRevisionName: 'site-v2',
      ...spec,
      rolloutPlan: { ...objectAt(rollout, 'spec', 'rolloutPlan'), ...plan },
    },
  };
}

test('what was rendered is the plan', () => {
  expect(velaAppRollout.planDifferences(wanted, live())).toEqual([]);
  expect(velaAppRollout.planDifferences(velaAppRollout.rolloutOf(of), wanted)).toEqual([]);
});

test.each<[string, KubeObject, readonly string[]]>([
  ['an approval', live({ batchPartition: 2 }), []],
  ['a pause', live({ paused: true }), []],
  ['the default of the webhook', live({ rolloutStrategy: 'IncreaseFirst' }), []],
  [
    'another notation of the same',
    live({ rolloutBatches: [{ replicas: '20%' }, { replicas: 2 }, { replicas: '100%' }] }),
    [],
  ],
  [
    'another batch',
    live({ rolloutBatches: [{ replicas: 2 }, { replicas: 1 }, { replicas: 2 }] }),
    ['step 1: 2 pods in the cluster, 1 in the policy'],
  ],
  ['fewer batches', live({ rolloutBatches: [{ replicas: 5 }] }), ['1 step in the cluster, 3 steps in the policy']],
  [
    'another strategy',
    live({ rolloutStrategy: 'DecreaseFirst' }),
    ['rolloutStrategy is "DecreaseFirst" in the cluster, none in the policy'],
  ],
  [
    'a hook of a batch',
    live({ rolloutBatches: [{ replicas: 1, maxUnavailable: 1 }, { replicas: 2 }, { replicas: 2 }] }),
    ['maxUnavailable of step 1 is 1 in the cluster, none in the policy'],
  ],
  [
    'another component',
    live({}, { componentList: ['shop', 'cart'] }),
    ['componentList is ["shop","cart"] in the cluster, ["shop"] in the policy'],
  ],
])('%s', (_, rollout, differences) => {
  expect(velaAppRollout.planDifferences(wanted, rollout)).toEqual(differences);
});

test('a plan without a size is told, because KubeVela would lose pods on the way back', () => {
  const { targetSize: _, ...plan } = objectAt(live(), 'spec', 'rolloutPlan');
  const unsized = { ...live(), spec: { ...objectAt(live(), 'spec'), rolloutPlan: plan } };
  expect(velaAppRollout.planDifferences(wanted, unsized)).toEqual([
    'targetSize is none in the cluster: KubeVela takes the size that the source has',
  ]);
});

test('a first deploy and a rollback have batches of their own', () => {
  const all = { rolloutBatches: [{ replicas: 5 }] };
  const { sourceAppRevisionName: _, ...spec } = objectAt(live(all), 'spec');
  expect(velaAppRollout.planDifferences(wanted, { ...live(), spec })).toEqual([]);
  expect(velaAppRollout.planDifferences(wanted, live(all, {}, { 'stepgate.dev/rollback': 'true' }))).toEqual([]);
});

test('a rollout at its end is followed by one with a plan of its own', () => {
  const other = { ...live({ rolloutBatches: [{ replicas: 5 }] }), status: { rollingState: 'rolloutSucceed' } };
  expect(velaAppRollout.planDifferences(wanted, other)).toEqual([]);
});

test('the partition does not count as a pause that is left', () => {
  expect(velaAppRollout.pausesLeft(wanted, live({ batchPartition: 2 }))).toEqual([]);
  expect(at(live(), 'spec', 'rolloutPlan', 'batchPartition')).toBe(0);
});
