import { expect, test } from 'vitest';
import { RECORD_ANNOTATION } from '../../src/release/record-fields.ts';
import { config, manifest, twoSteps } from './files.ts';
import { type Shop, shopWith } from './shop.ts';

const blueGreen = { 'stepgate.yaml': config().replace('strategy: partition', 'strategy: blueGreen') };
/** Somebody has removed the record by hand. */
const forgotten = (shop: Shop) => shop.patch('Rollout', { metadata: { annotations: { [RECORD_ANNOTATION]: null } } });
/** v2 goes out to its first step. */
async function halfway(shop: Shop) {
  shop.push('v2');
  expect(await shop.person('ada')('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
}

/** What came before, with which line it is deployed, and why it is refused. Nothing may be written. */
test.for([
  [
    'WOULD_GO_BACK',
    'the commit of v1, with v2 delivered',
    ['v1', 'v2'],
    {},
    (shop) => `deploy --at ${shop.record().history[1]?.commit}`,
  ],
  [
    'LIVE_COMMIT_UNKNOWN',
    'v2, where nothing says what v1 was',
    ['v1'],
    {},
    (shop) => {
      forgotten(shop);
      shop.push('v2');
      return 'deploy';
    },
  ],
  [
    'FOREIGN_RELEASE',
    'v3, while a release runs of which nothing is recorded',
    ['v1'],
    {},
    async (shop) => {
      await halfway(shop);
      forgotten(shop);
      shop.push('v3');
      return 'deploy';
    },
  ],
  [
    'SUPERSEDE_REFUSED',
    'v3, while v2 is on its way in blueGreen',
    ['v1'],
    blueGreen,
    async (shop) => {
      await halfway(shop);
      shop.push('v3');
      return 'deploy';
    },
  ],
  [
    'PLAN_DIFFERS',
    'v3 with another plan, while v2 is on its way',
    ['v1'],
    {},
    async (shop) => {
      await halfway(shop);
      const steps = ['{ name: two, replicas: 2 }', ...twoSteps.slice(1)];
      shop.push('v3', { files: { 'stepgate.yaml': config({ steps }) } });
      return 'deploy';
    },
  ],
  [
    'ROLLBACK_UNDER_WAY',
    'v3, while v2 is being taken back',
    ['v1', 'v2'],
    {},
    async (shop) => {
      await shop
        .person('bob')('rollback --reason slow', { dies: 4 })
        .catch(() => {});
      expect(shop.record().rollback?.cluster).toBe('todo');
      shop.push('v3');
      return 'deploy';
    },
  ],
] as readonly [string, string, readonly string[], Record<string, string>, (shop: Shop) => string | Promise<string>][])(
  '%s: %s',
  async ([wanted, , versions, files, before]) => {
    using shop = await shopWith(versions, { files });
    const line = await before(shop);
    const [record, pods, id] = [shop.record(), shop.pods(), shop.id()];
    const { exit, code, error } = await shop.person('ada')(line);
    expect({ exit, code }, error?.message ?? '').toEqual({ exit: 4, code: wanted });
    expect([shop.record(), shop.pods(), shop.id()]).toEqual([record, pods, id]);
  },
);

test.for([
  ['a number as the value of a variable', manifest('v2').replace('image:', 'env: [{ name: A, value: 1 }], image:'), 2],
  ['a field that no version of the API server has', manifest('v2').replace('image:', 'imagee:'), 2],
] as const)('of a manifest with %s, nothing is written', async ([, text, exit]) => {
  using shop = await shopWith(['v1']);
  shop.push('v2', { files: { 'deploy/shop.yaml': text } });
  const [record, pods, id] = [shop.record(), shop.pods(), shop.id()];
  for (const line of ['plan', 'deploy']) {
    const told = await shop.person('ada')(line);
    expect([line, told.exit, told.code]).toEqual([line, exit, 'MANIFEST_INVALID']);
    expect(told.error?.at).toMatchObject({ line: 12 });
  }
  expect([shop.record(), shop.pods(), shop.id()]).toEqual([record, pods, id]);
});

test('a field that a newer server may have is left to the server, and told', async () => {
  using shop = await shopWith(['v1']);
  const text = manifest('v1').replace('spec:\n', 'spec:\n  somethingNew: 1\n');
  shop.push('v1', { files: { 'deploy/shop.yaml': text } });
  const told = await shop.person('ada')('plan');
  expect(told.error?.code).not.toBe('MANIFEST_INVALID');
  expect(told.delivery?.findings).toContainEqual(
    expect.objectContaining({ code: 'MANIFEST_INVALID', severity: 'warning' }),
  );
  expect(await shop.person('ada')('plan --offline')).toMatchObject({ exit: 2, code: 'MANIFEST_INVALID' });
});
