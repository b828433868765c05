import { describe, expect, test } from 'vitest';
import { config, manifest } from './files.ts';
import { openShop, type Shop } from './shop.ts';

/** The workload comes from a remote base: what a commit renders is not in Git alone. */
const based = {
  'stepgate.yaml': config({ source: '{ kustomize: deploy }' }),
  'deploy/kustomization.yaml': 'resources: ["https://example.com/base"]',
  'deploy/shop.yaml': null,
};

const note = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: note }\n';

/** v1 was delivered from the base, and v2 is in its first step, or delivered too. */
async function released(v2: 'halfway' | 'delivered'): Promise<Shop> {
  const shop = openShop({ base: manifest('v1') });
  const ada = shop.person('ada');
  shop.origin.commit(based);
  expect(await ada('deploy --until done')).toMatchObject({ code: 'FIRST_DEPLOY' });
  shop.base = manifest('v2');
  shop.origin.commit({ 'deploy/note.yaml': note });
  expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
  if (v2 === 'halfway') return shop;
  await ada('promote');
  expect(await ada('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
  return shop;
}

describe('a source that renders differently twice', () => {
  const readings = (...texts: readonly string[]) => {
    let count = 0;
    return () => texts[count++ % texts.length] ?? '';
  };
  const v1 = manifest('v1');
  test.for([
    ['another image', readings(v1, manifest('v2')), { exit: 2, code: 'SOURCE_UNSTABLE', pods: '' }],
    ['other words for the same', readings(v1, `# why\n${v1}`), { exit: 0, code: 'FIRST_DEPLOY', pods: 'v1:4' }],
    ['the same', readings(v1), { exit: 0, code: 'FIRST_DEPLOY', pods: 'v1:4' }],
  ] as const)('%s', async ([, base, wanted]) => {
    using shop = openShop();
    shop.base = base;
    shop.origin.commit(based);
    const { exit, code } = await shop.person('ada')('deploy --until done');
    expect({ exit, code, pods: shop.pods() }).toEqual(wanted);
  });
});

describe('a commit that no longer renders what was released from it', () => {
  test('is not reverted to in Git, and the pods go back to the revision in the cluster', async () => {
    using shop = await released('halfway');
    const tip = shop.origin.tip();
    const { exit, code } = await shop.person('ada')('rollback --reason slow');
    expect({ exit, code, live: shop.live(), pods: shop.pods() }).toEqual({
      exit: 3,
      code: 'REVERT_NOT_PROVEN',
      live: 'v1',
      pods: 'v1:4',
    });
    expect(shop.origin.tip()).toBe(tip);
    expect(shop.record().rollback).toMatchObject({ git: 'todo', beside: 'todo', troubleCode: 'REVERT_NOT_PROVEN' });
  });

  test('is not taken for stable where the cluster has lost the revision: nothing is written', async () => {
    using shop = await released('delivered');
    for (const { metadata } of shop.cluster.api.list('ReplicaSet', 'shop'))
      if (!shop.cluster.api.list('Pod', 'shop').some((pod) => pod.metadata.name.startsWith(metadata.name)))
        shop.cluster.api.remove('ReplicaSet', 'shop', metadata.name);
    const { exit, code } = await shop.person('ada')('rollback --reason slow');
    expect({ exit, code, live: shop.live(), pods: shop.pods() }).toEqual({
      exit: 4,
      code: 'REVERT_NOT_PROVEN',
      live: 'v2',
      pods: 'v2:4',
    });
  });

  test('goes back in Git once it renders that again', async () => {
    using shop = await released('halfway');
    await shop.person('ada')('rollback --reason slow');
    shop.base = manifest('v1');
    const { exit, code } = await shop.person('ci')('tick');
    expect({ exit, code, live: shop.live() }).toEqual({ exit: 0, code: 'ROLLED_BACK', live: 'v1' });
    expect(shop.record().rollback).toMatchObject({ git: 'done', beside: 'done', trouble: null });
  });
});

test('a revert that renders something else is not pushed: the source reads what lies outside of its paths', async () => {
  using shop = openShop();
  const ada = shop.person('ada');
  shop.base = (files) => files['outside/shop.yaml'] ?? '';
  shop.origin.commit({ ...based, 'outside/shop.yaml': manifest('v1') });
  expect(await ada('deploy --until done')).toMatchObject({ code: 'FIRST_DEPLOY' });
  shop.origin.commit({ 'outside/shop.yaml': manifest('v2'), 'deploy/note.yaml': note });
  expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
  const tip = shop.origin.tip();
  const { exit, code } = await ada('rollback --reason slow');
  expect({ exit, code, live: shop.live(), pods: shop.pods() }).toEqual({
    exit: 3,
    code: 'REVERT_NOT_PROVEN',
    live: 'v1',
    pods: 'v1:4',
  });
  expect(shop.origin.tip()).toBe(tip);
  expect(shop.record().rollback).toMatchObject({ git: 'todo', beside: 'done', revert: null });
});
