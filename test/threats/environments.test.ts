import { expect, test } from 'vitest';
import { environments } from '../acts/files.ts';
import { shopWith } from '../acts/shop.ts';
import { memoryForge } from '../support/forge.ts';

/** One commit waits at its first step in both environments, as a release of the same id. */
async function waitingInBoth() {
  const steps = '[{ name: one, replicas: 1, leaveWhen: [{ approval: sre }] }, { name: all, replicas: 100% }]';
  const files = environments(['staging: { plan: p }', 'prod: { plan: p }']);
  const policy = String(files['stepgate.yaml'])
    .replace(/steps: .*/, `steps: ${steps}`)
    .concat('approvals: { sre: { by: [comment, command] } }\n');
  const shop = await shopWith(['v1@staging', 'v1@prod'], { files: { ...files, 'stepgate.yaml': policy } });
  const world = memoryForge(shop.now, shop.origin);
  shop.forge = world;
  world.person('ada', 'write');
  const pull = world.merged([shop.push('v2')]);
  const ada = shop.person('ada');
  for (const name of ['staging', 'prod']) await ada(`deploy --delivery shop@${name}`);
  return { shop, world, pull, ada };
}

test('threat 25: the wrong environment: a name without its environment is none, for a command and for a comment', async () => {
  const { shop, world, pull, ada } = await waitingInBoth();
  using _ = shop;
  const before = ['staging', 'prod'].map((name) => shop.cluster.api.get('Rollout', name, 'shop'));
  for (const line of ['promote', 'hold', 'rollback', 'resume', 'deploy'])
    expect([line, (await ada(line)).code, (await ada(`${line} --delivery shop`)).code]).toEqual([
      ...[line, 'DELIVERY_REQUIRED', 'DELIVERY_UNKNOWN'],
    ]);
  world.say('ada', pull, '/stepgate hold shop');
  await ada('answer', { pullRequest: pull });
  expect(world.bodies(pull).at(-1)).toContain('DELIVERY_UNKNOWN');
  expect(['staging', 'prod'].map((name) => shop.cluster.api.get('Rollout', name, 'shop'))).toEqual(before);
});

test('threat 25: the wrong environment: what is approved in one opens nothing in the other, whose release has the same id', async () => {
  const { shop, world, pull, ada } = await waitingInBoth();
  using _ = shop;
  const id = (name: string) =>
    shop.cluster.api.get('Deployment', name, 'shop')?.metadata.labels?.['rollouts.kruise.io/rollout-id'];
  expect(id('staging')).toBe(id('prod'));
  world.say('ada', pull, `/stepgate promote shop@staging ${id('staging')} one`);
  await ada('tick');
  await shop.wait('1m');
  await ada('tick');
  expect([shop.pods('staging'), shop.pods('prod')]).toEqual(['v2:4', 'v1:3 v2:1']);
});
