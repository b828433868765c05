import { describe, expect, test } from 'vitest';
import { manifests } from './command-lines.ts';
import { config } from './files.ts';
import { type Shop, shopWith } from './shop.ts';

const steps = ['{ name: one, replicas: 1, leaveWhen: [approval] }', '{ name: all, replicas: 100% }'];
const open = () => shopWith(['v1'], { files: { 'stepgate.yaml': config({ steps }) } });

/** What a run says: code, the command to type, and the pods there are. */
async function looked(shop: Shop, line = 'status') {
  const { exit, code, delivery } = await shop.person('ci')(line);
  return [exit, code, delivery?.todo, shop.pods()];
}

/** v2 waits at its first step, and somebody deletes the Deployment. */
async function deleted(): Promise<Shop> {
  const shop = await open();
  shop.push('v2');
  await shop.person('ci')('deploy');
  shop.cluster.api.remove('Deployment', 'shop', 'shop');
  await shop.wait('30s');
  return shop;
}

describe('a workload that was deleted in mid-release', () => {
  test('is not created with a version that nobody approved, which no gate would hold back', async () => {
    using shop = await deleted();
    const force = `stepgate promote --delivery shop --release ${shop.record().release?.id} --step start --force`;
    expect(await looked(shop)).toEqual([1, 'WORKLOAD_MISSING', force, '']);
    expect(await looked(shop, 'tick')).toEqual([1, 'WORKLOAD_MISSING', force, '']);
  });

  test('is created when a person forces the start', async () => {
    using shop = await deleted();
    await shop.person('ada')(`promote --release ${shop.record().release?.id} --step start --force`);
    expect(await looked(shop, 'tick --until done')).toEqual([0, 'DELIVERED', null, 'v2:4']);
  });

  test('and created with stable by hand may find its step waiting with no pod in it: rolled back, the next one goes on', async () => {
    using shop = await deleted();
    const text = shop.origin.at(shop.record().history[0]?.commit ?? '').files['deploy/shop.yaml'];
    for (const object of manifests([{ text: String(text) }])) {
      shop.cluster.api.apply('Deployment', 'shop', 'shop', object as never, {
        manager: 'stepgate',
        force: true,
        dryRun: false,
      });
    }
    await shop.wait('30s');
    expect(shop.pods()).toBe('v1:4');
    await shop.person('ci')('tick --until wait --timeout 2m');
    await shop.wait('2m');
    expect(await looked(shop)).toEqual([1, 'BLOCKED', 'stepgate rollback --delivery shop', 'v1:4']);
    const back = await shop.person('ci')('rollback --reason blocked');
    expect([back.state, shop.live(), shop.pods()]).toEqual(['rolledBack', 'v1', 'v1:4']);
    shop.push('v3');
    expect((await looked(shop, 'deploy')).slice(0, 2)).toEqual([0, 'GATE_SHUT']);
    expect(shop.pods()).toBe('v1:3 v3:1');
  });

  test('and created by somebody else is told as ungated, and never recorded as delivered', async () => {
    using shop = await open();
    shop.push('v2');
    await shop.person('ci')('deploy');
    const { metadata, spec } = JSON.parse(JSON.stringify(shop.cluster.api.get('Deployment', 'shop', 'shop')));
    shop.cluster.api.remove('Deployment', 'shop', 'shop');
    await shop.wait('30s');
    const { labels } = metadata;
    const { replicas, selector, template } = spec;
    const object = { metadata: { name: 'shop', namespace: 'shop', labels }, spec: { replicas, selector, template } };
    shop.cluster.api.create('Deployment', object as never, { manager: 'kubectl' });
    await shop.wait('30s');
    expect(await looked(shop, 'tick')).toEqual([1, 'UNGATED', 'stepgate rollback --delivery shop', 'v2:4']);
    expect(shop.record().history.map(({ id }) => id)).not.toContain(shop.id());
  });

  test('leaves a batch object that blocks the next release, until it is deleted', async () => {
    using shop = await deleted();
    await shop.person('ada')(`promote --release ${shop.record().release?.id} --step start --force`);
    await shop.person('ci')('tick --until done');
    shop.push('v3');
    await shop.person('ci')('deploy --timeout 1m');
    await shop.wait('1m');
    const run =
      "kubectl wait --for=jsonpath='{.status.phase}'=Completed --timeout=5s batchreleases.rollouts.kruise.io/shop --namespace shop && kubectl delete batchreleases.rollouts.kruise.io shop --namespace shop && kubectl annotate rollouts.rollouts.kruise.io shop --namespace shop --overwrite stepgate.dev/look-again=$(date +%s)";
    expect(await looked(shop)).toEqual([1, 'BLOCKED', run, 'v2:4']);
    expect(await looked(shop, 'rollback --reason slow --timeout 1m')).toEqual([1, 'BLOCKED', run, 'v2:4']);
    shop.cluster.api.remove('BatchRelease', 'shop', 'shop');
    await shop.wait('5s');
    shop.patch('Rollout', { metadata: { annotations: { 'stepgate.dev/look-again': '1' } } });
    await shop.wait('30s');
    const back = await shop.person('ci')('tick --until done');
    expect([back.state, shop.live(), shop.pods()]).toEqual(['rolledBack', 'v2', 'v2:4']);
  });
});

/** v2 waits at its first step, and somebody writes v9 under an id of their own. */
async function byHand(): Promise<Shop> {
  const shop = await open();
  shop.push('v2');
  await shop.person('ci')('deploy');
  const containers = [{ name: 'main', image: 'app:v9' }];
  shop.patch('Deployment', {
    metadata: { labels: { 'rollouts.kruise.io/rollout-id': 'by-hand' } },
    spec: { template: { spec: { containers } } },
  });
  await shop.wait('30s');
  return shop;
}

describe('a release whose place is taken', () => {
  test('by a newer one ends its run as superseded', async () => {
    using shop = await open();
    shop.push('v2');
    const [ann, bob] = [shop.person('ann'), shop.person('bob')];
    const [first] = await shop.together(
      () => ann('deploy --until done --timeout 20m'),
      async () => {
        await shop.wait('2m');
        shop.push('v3');
        return await bob('deploy');
      },
    );
    expect([first?.exit, first?.state, first?.code]).toEqual([0, 'superseded', 'SUPERSEDED']);
    expect(first?.delivery?.message).toMatch(/^\S+ was superseded before it was delivered: bob requested \S+ at /);
  });

  test('by one that somebody applied by hand is rolled back to stable', async () => {
    using shop = await byHand();
    const back = await shop.person('ada')('rollback --reason strange');
    expect([back.exit, back.state, shop.live(), shop.pods()]).toEqual([0, 'rolledBack', 'v1', 'v1:4']);
  });

  test('by one that somebody applied by hand is not fought over: a deploy replaces it', async () => {
    using shop = await byHand();
    expect(await looked(shop, 'tick')).toEqual([
      1,
      'FOREIGN_RELEASE',
      'stepgate rollback --delivery shop',
      'v1:3 v9:1',
    ]);
    expect((await looked(shop, 'deploy --take-over kubectl')).slice(0, 2)).toEqual([0, 'GATE_SHUT']);
    expect(shop.pods()).toBe('v1:3 v2:1');
  });
});

test('a first deploy whose pods do not start has nothing to go back to: fix it and deploy', async () => {
  using shop = await shopWith([], { files: { 'stepgate.yaml': config({ steps }) } });
  shop.push('broken');
  await shop.person('ci')('deploy --timeout 1m');
  const told = await shop.person('ci')('status');
  expect([told.code, told.delivery?.todo]).toEqual(['POD_NOT_STARTING', 'stepgate deploy --delivery shop']);
  expect(told.delivery?.message).toContain('no earlier version to go back to');
});
