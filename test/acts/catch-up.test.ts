import { expect, test } from 'vitest';
import { memoryForge } from '../support/forge.ts';
import { config, environments } from './files.ts';
import { shopWith } from './shop.ts';

test('a tick releases what the branch wants only where it is told to', async () => {
  const shop = await shopWith(['v1']);
  using _ = shop;
  shop.push('v2');
  const ci = shop.person('ci');
  expect((await ci('tick')).exit).toBe(0);
  expect(shop.live()).toBe('v1');
  const told = await ci('tick --deploy');
  expect(told.log).toMatch(/main wants \w{10}, which nobody has released/);
  await shop.wait('1m');
  expect([shop.live(), shop.pods()]).toEqual(['v2', 'v1:3 v2:1']);
  // It waits for its approval like any other release, and asking again changes nothing.
  const before = shop.record();
  expect((await ci('tick --deploy')).code).toBe('GATE_SHUT');
  expect([shop.record(), shop.pods()]).toEqual([before, 'v1:3 v2:1']);
});

test('it releases a first version, and none for a commit that changes nothing of the delivery', async () => {
  const shop = await shopWith([]);
  using _ = shop;
  const ci = shop.person('ci');
  await ci('tick --deploy');
  await shop.wait('1m');
  expect(shop.live()).toBe('v1');
  const id = shop.id();
  shop.origin.commit({ 'README.md': 'hello\n' });
  expect((await ci('tick --deploy')).log).not.toContain('wants');
  expect(shop.id()).toBe(id);
});

test('it leaves alone what is held, rolled back, or was released from elsewhere', async () => {
  const shop = await shopWith(['v1']);
  using _ = shop;
  const [ada, ci] = [shop.person('ada'), shop.person('ci')];
  shop.push('v2');
  await ada('hold --reason incident');
  expect(await ci('tick --deploy')).toMatchObject({ exit: 0, delivery: { hold: { by: 'ada' } } });
  expect(shop.record().release?.id).toBe(shop.id());
  await ada('resume');
  await ci('tick --deploy');
  await shop.wait('1m');
  await ada('rollback --reason slow');
  await shop.wait('1m');
  const after = await ci('tick --deploy');
  expect([after.exit, shop.live(), shop.git()]).toEqual([0, 'v1', 'v1']);
  // The same version once more is held.
  shop.push('v2');
  expect(await ci('tick --deploy')).toMatchObject({ exit: 0 });
  expect(shop.live()).toBe('v1');
});

test('a commit that its findings refuse is told, and the release under way goes on', async () => {
  const steps = ['{ name: one, replicas: 1, leaveWhen: [{ soak: 1m }] }', '{ name: all, replicas: 100% }'];
  const shop = await shopWith(['v1'], { files: { 'stepgate.yaml': config({ steps }) } });
  using _ = shop;
  const ci = shop.person('ci');
  shop.push('v2');
  await ci('tick --deploy');
  await shop.wait('2m');
  shop.origin.commit({ 'deploy/shop.yaml': 'kind: Deployment\n' });
  const told = await ci('tick --deploy');
  expect(told.exit).toBeGreaterThan(0);
  await shop.wait('1m');
  expect(shop.pods()).toBe('v2:4');
});

test('an environment that starts by a promotion pull request is released once the one before has it', async () => {
  const files = environments(['staging: { plan: p }', 'prod: { plan: p, after: staging, promotion: pull-request }']);
  const shop = await shopWith(['v1@staging'], { files });
  using _ = shop;
  const forge = memoryForge(shop.now, shop.origin);
  shop.forge = forge;
  forge.person('ada', 'write');
  const ci = shop.person('ci');
  const only = '--delivery shop@prod';
  await ci(`tick ${only}`);
  const id = shop.record('prod').release?.id ?? '';
  const pull = forge.pull(`stepgate/promote/shop@prod/${id}-start`);
  expect((await ci(`tick ${only}`)).delivery?.gates).toMatchObject([
    { kind: 'after', is: 'open' },
    { name: 'promotion', is: 'shut' },
  ]);
  forge.merge('ada', pull.number);
  await ci(`tick ${only}`);
  await shop.wait('2m');
  expect(shop.live('prod')).toBe('v1');
});
