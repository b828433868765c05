import { expect, test } from 'vitest';
import { parseRoot, resolveConfig } from '../../src/policy/schema.ts';
import { clean, mapOf } from '../../src/simulator/api/json.ts';
import { targets } from '../../src/targets/index.ts';
import { manifests } from './command-lines.ts';
import { config, manifest } from './files.ts';
import { openShop, type Shop, shopWith } from './shop.ts';

const application = `apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: { name: site }
spec:
  components:
    - { name: shop, type: webservice, properties: { image: "registry.example/shop:v1" } }
    - { name: worker, type: worker, properties: { image: "registry.example/worker:v1" } }
`;
const files = {
  'stepgate.yaml': config({ more: ['target: vela-application'] }),
  'deploy/shop.yaml': application,
};

async function opened(): Promise<Shop> {
  return shopWith([], { files });
}

test('plan --offline shows the Application, and what would go out without steps', async () => {
  using shop = await opened();
  const told = await shop.person('ada')('plan --offline');
  expect(told).toMatchObject({ exit: 0, code: 'OFFLINE' });
  expect(told.delivery?.changes.map(({ object }) => object)).toEqual(['Application site']);
  expect(told.findings).toEqual(['COMPONENT_UNGATED', 'GATE_SEEN_LATER']);
});

test('a delivery of the other target in the same run is released, where the cluster has no KubeVela', async () => {
  const [head = '', block = ''] = files['stepgate.yaml'].split(/(?<=deliveries:\n)/);
  const cart = config().slice(head.length).replaceAll('shop', 'cart').replace('deploy/', 'cart/');
  const others = { 'cart/cart.yaml': manifest('v1', { name: 'cart' }) };
  using shop = await shopWith([], { files: { ...files, ...others, 'stepgate.yaml': head + cart + block } });
  const told = await shop.person('ada')('deploy --delivery cart --delivery shop');
  expect(told).toMatchObject({ exit: 3, error: { code: 'KIND_MISSING', hint: 'install KubeVela in this cluster' } });
  expect(told.delivery).toMatchObject({ name: 'cart', changed: true, error: null });
});

test('status follows what somebody else applied of what render makes', async () => {
  const alone = (version: string) =>
    [...application.split('\n').slice(0, 6), ''].join('\n').replace('shop:v1" }', `shop:${version}", replicas: 4 }`);
  const text = files['stepgate.yaml'];
  using shop = openShop({ kubevela: true, files: { ...files, 'deploy/shop.yaml': alone('v1') } });
  const [delivery] = resolveConfig(parseRoot({ file: 'stepgate.yaml', text }), []).deliveries;
  if (delivery === undefined) throw new Error('there is one delivery');
  const release = async (version: string) => {
    const changed = { 'deploy/shop.yaml': alone(version) };
    const commit = shop.origin.commit(changed, { branch: 'main', subject: version });
    const { carrier } = targets.of(delivery).render(delivery, commit, manifests([{ text: alone(version) }]), 1);
    const by = { manager: 'kubectl', force: true };
    shop.cluster.api.apply('Application', 'shop', 'site', mapOf(clean(carrier)), by);
    await shop.wait('60s');
  };
  const told = async () => {
    const { delivery: report, exit } = await shop.person('ada')('status');
    const { reason, step, pods, todo } = report ?? {};
    return [exit, reason, step?.name ?? null, `${pods?.stable.ready}+${pods?.canary.ready}`, todo];
  };
  expect(await told()).toEqual([0, 'ABSENT', null, '0+0', 'stepgate deploy --delivery shop']);
  await release('v1');
  expect(await told()).toEqual([0, 'LIVE_COMMIT_UNKNOWN', null, '4+0', 'stepgate deploy --delivery shop']);
  await release('v2');
  expect(await told()).toEqual([0, 'FOREIGN_RELEASE', 'one', '3+1', 'stepgate deploy --delivery shop']);
  // Approved by hand.
  const approved = { status: { canaryStatus: { currentStepState: 'StepReady' } } };
  shop.cluster.api.patch('OldRollout', 'shop', 'shop', approved, {
    manager: 'kubectl',
    type: 'merge',
    subresource: 'status',
  });
  await shop.wait('60s');
  expect(await told()).toEqual([0, 'LIVE_COMMIT_UNKNOWN', null, '4+0', 'stepgate deploy --delivery shop']);
});

test('a target that changes while a command runs ends the command', async () => {
  using shop = await shopWith(['v1'], { files: { 'stepgate.yaml': config() } });
  shop.push('v2');
  await shop.person('ada')('deploy');
  await shop.wait('60s');
  const pods = shop.pods();
  const meanwhile = async () => {
    shop.origin.commit({ 'stepgate.yaml': files['stepgate.yaml'] }, { branch: 'main', subject: 'target' });
    await shop.wait('10s');
  };
  const told = await shop.person('ada')('promote', { meanwhile });
  expect(told).toMatchObject({ code: 'DELIVERY_UNKNOWN' });
  expect(shop.pods()).toBe(pods);
});
