import { expect, test } from 'vitest';
import { mapAt } from '../../src/simulator/api/json.ts';
import { asMap } from '../../src/simulator/api/things.ts';
import { config } from './files.ts';
import { outcome, type Shop, shopWith } from './shop.ts';

/** What a plan tells the engine beside its steps, on the model of the engine. */

const half = ['{ name: half, replicas: 50% }', '{ name: most, replicas: 75% }', '{ name: all, replicas: 100% }'];
const pods = (shop: Shop) => shop.cluster.api.list('Pod', 'shop').map((pod) => asMap(pod));

test('the extra pods have the labels of canaryPods, and the pods that follow do not', async () => {
  const more = ['canaryPods: { labels: { lane: canary }, annotations: { note: first } }'];
  const files = { 'stepgate.yaml': config({ style: 'canary', more }) };
  using shop = await shopWith(['v1'], { files });
  const ada = shop.person('ada');
  shop.push('v2');
  await ada('deploy');
  const extra = pods(shop).filter((pod) => mapAt(pod, 'metadata', 'labels')['lane'] === 'canary');
  expect([shop.pods(), extra.length, mapAt(extra[0] ?? {}, 'metadata', 'annotations')['note']]).toEqual([
    'v1:4 v2:1',
    1,
    'first',
  ]);
  await ada('promote');
  expect(await ada('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
  // The extra pods are on their way out when the release is through.
  await shop.wait('1m');
  expect(pods(shop).filter((pod) => 'lane' in mapAt(pod, 'metadata', 'labels'))).toEqual([]);
});

test.for(['StatefulSet', 'CloneSet'] as const)(
  'a %s goes back through the steps, and nobody is asked',
  async (kind) => {
    const files = { 'stepgate.yaml': config({ kind, steps: half, more: ['rollbackInSteps: true'] }) };
    using shop = await shopWith(['v1'], { kind, files });
    const ada = shop.person('ada');
    shop.push('v2');
    await ada('deploy');
    expect(shop.pods()).toBe('v1:2 v2:2');
    const told = await ada('rollback');
    expect(outcome(shop, told)).toEqual({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1', holds: 1 });
    expect(shop.pods()).toBe('v1:4');
    // Step after step, each when its pods are ready.
    const steps = [...told.log.matchAll(/status: step (\d) of/g)].map(([, step]) => step);
    expect(steps).toEqual(['1', '2']);
  },
);

test.for([
  ['mayBeUnready: 50%', 'v2:4'],
  ['startWhen: []', 'v1:4 v2:2'],
] as const)('a step in which one of two new pods is unready, under %s: %s', async ([line, expected]) => {
  const steps = ['{ name: half, replicas: 50% }', '{ name: all, replicas: 100% }'];
  const files = { 'stepgate.yaml': config({ style: 'canary', steps, more: [line] }) };
  using shop = await shopWith(['v1'], { files });
  shop.push('v2');
  const ada = shop.person('ada');
  await ada('deploy');
  expect(shop.pods()).toBe('v1:4 v2:2');
  oneDown(shop);
  await ada('promote --step half --timeout 2m');
  await ada('tick --until done --timeout 5m');
  expect(shop.pods()).toBe(expected);
});

/** One pod of v2 is no longer ready, and stays so. */
function oneDown(shop: Shop): void {
  const found = shop.cluster.api.list('Pod', 'shop').find((pod) => JSON.stringify(pod.spec).includes('app:v2'));
  if (found === undefined) throw new Error('there is no pod of v2');
  const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-11-25T10:05:00Z' }];
  const status = { ...found.status, conditions };
  shop.cluster.api.update('Pod', { ...found, status }, { manager: 'kubelet', subresource: 'status' });
}

test('without the setting a StatefulSet goes back all at once', async () => {
  using shop = await shopWith(['v1'], {
    kind: 'StatefulSet',
    files: { 'stepgate.yaml': config({ kind: 'StatefulSet', steps: half }) },
  });
  const ada = shop.person('ada');
  shop.push('v2');
  await ada('deploy');
  const told = await ada('rollback');
  expect([told.code, shop.pods(), /status: step/.test(told.log)]).toEqual(['ROLLED_BACK', 'v1:4', false]);
});
