import { describe, expect, test } from 'vitest';
import { at, listAt, mapOf, textAt } from '../../src/simulator/api/json.ts';
import { config } from './files.ts';
import { openShop, type Shop } from './shop.ts';

/** A delivery by an Application is renamed, and given up. KubeVela writes the marks of the Application to what it makes of it. */

const source = 'deploy/shop.yaml';

const application = (version: string): string =>
  `apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: { name: site }
spec:
  components:
    - { name: shop, type: webservice, properties: { image: "app:${version}", replicas: 5 } }
`;

const plan = config({ more: ['target: vela-application'] });
const store = plan.replace('delivery: shop', 'delivery: store');
const other = plan.replaceAll('shop', 'other');

type Rollouts = 'v1alpha1' | 'v1beta1';

function opened(rollouts: Rollouts = 'v1beta1'): Shop {
  return openShop({ kubevela: true, rollouts, files: { 'stepgate.yaml': plan, [source]: application('v1') } });
}

const commit = (shop: Shop, files: Readonly<Record<string, string>>) => shop.origin.commit(files, { branch: 'main' });

/** A shop whose v1 serves, with another policy from then on. */
async function served(policy: string, rollouts?: Rollouts): Promise<Shop> {
  const shop = opened(rollouts);
  expect(await shop.person('ada')('deploy')).toMatchObject({ code: 'FIRST_DEPLOY' });
  commit(shop, { 'stepgate.yaml': policy });
  return shop;
}

/** Whose the Application is, and what is made of it; '' for nobody's. */
const owners = ({ cluster: { api } }: Shop, rollouts: Rollouts = 'v1beta1') =>
  [
    ['Application', 'site'],
    [rollouts === 'v1alpha1' ? 'OldRollout' : 'Rollout', 'shop'],
    ['Deployment', 'shop'],
  ].map(([kind = '', name = '']) =>
    textAt(api.get(kind, 'shop', name), 'metadata', 'annotations', 'stepgate.dev/delivery'),
  );

const pods = ({ cluster: { api } }: Shop) => api.list('Pod', 'shop').map(({ metadata }) => metadata.name);

function edit({ cluster: { api } }: Shop, body: object): void {
  api.patch('Application', 'shop', 'site', mapOf(JSON.parse(JSON.stringify(body))), {
    manager: 'kubectl',
    type: 'merge',
  });
}

/** An edit of the image that nobody has published, so that KubeVela has not rendered it. */
function editImage(shop: Shop): void {
  const [component] = listAt(at(shop.cluster.api.get('Application', 'shop', 'site')), 'spec', 'components');
  edit(shop, { spec: { components: [{ ...mapOf(component), properties: { image: 'app:v9', replicas: 5 } }] } });
}

const adopt = 'adopt --delivery store --owner shop';
const all = (name: string) => [name, name, name];

describe('a delivery is renamed', () => {
  test.for(['v1alpha1', 'v1beta1'] as const)('and stays so, whatever KubeVela puts back (%s)', async (rollouts) => {
    using shop = await served(store, rollouts);
    const ada = shop.person('ada');
    const before = pods(shop);
    expect(await ada(adopt)).toMatchObject({ exit: 0, code: 'FIRST_DEPLOY' });
    expect(owners(shop, rollouts)).toEqual(all('store'));
    await shop.wait('20m');
    expect([owners(shop, rollouts), pods(shop)]).toEqual([all('store'), before]);
    expect(shop.record().runs[0]).toMatchObject({ command: 'adopt', about: 'shop', by: 'ada' });
    expect((await ada('tick')).log).not.toContain('write:');
    commit(shop, { [source]: application('v2') });
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect(await ada('rollback --reason slow')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
    await shop.wait('20m');
    expect([owners(shop, rollouts), shop.pods()]).toEqual([all('store'), 'v1:5']);
  });

  test.for([1, 2])('in a run that is killed after %i of its writes: the next one ends it', async (dies) => {
    using shop = await served(store);
    const ada = shop.person('ada');
    await ada(adopt, { dies });
    await shop.wait('10m');
    expect(await ada(adopt)).toMatchObject({ exit: 0, error: null });
    await shop.wait('10m');
    expect([owners(shop), (await ada('status')).code]).toEqual([all('store'), 'FIRST_DEPLOY']);
  });

  test('though the Application alone has the name, as earlier versions left it', async () => {
    using shop = await served(store);
    const ada = shop.person('ada');
    edit(shop, { metadata: { annotations: { 'stepgate.dev/delivery': 'store' } } });
    await shop.wait('10m');
    expect(owners(shop)).toEqual(['store', 'shop', 'shop']);
    expect(await ada(adopt)).toMatchObject({ exit: 0, error: null });
    await shop.wait('10m');
    expect(owners(shop)).toEqual(all('store'));
  });

  test('not in mid-release, and not while an edit would go out with it', async () => {
    using shop = opened();
    const ada = shop.person('ada');
    await ada('deploy');
    commit(shop, { [source]: application('v2') });
    await ada('deploy');
    commit(shop, { 'stepgate.yaml': store });
    const midway = await ada(adopt);
    expect([midway.exit, midway.code, midway.log.includes('write:')]).toEqual([4, 'MID_RELEASE', false]);
    await ada('rollback --delivery shop --reason renamed');
    editImage(shop);
    await shop.wait('1m');
    const edited = await ada(adopt);
    expect([edited.exit, edited.code, edited.log.includes('write:')]).toEqual([4, 'MID_RELEASE', false]);
    expect(edited.error?.message).toContain('differs from what its workload was made of');
    await shop.wait('10m');
    expect([owners(shop), shop.pods()]).toEqual([all('shop'), 'v1:5']);
  });
});

describe('a delivery is given up', () => {
  const retire = 'retire --delivery shop --namespace shop';

  test('and its name does not come back, so that another delivery may have what it had', async () => {
    using shop = await served(other);
    const ada = shop.person('ada');
    const before = pods(shop);
    expect(await ada(retire)).toMatchObject({ exit: 0, code: 'RETIRED' });
    await shop.wait('20m');
    expect([owners(shop), pods(shop)]).toEqual([all(''), before]);
    const live = commit(shop, { 'stepgate.yaml': store });
    const taken = await ada(`deploy --live ${live}`);
    expect(taken).toMatchObject({ exit: 0, error: null });
    await shop.wait('20m');
    expect([owners(shop), pods(shop)]).toEqual([all('store'), before]);
  });

  test('in a run that is killed before its last write: the next one ends it', async () => {
    using shop = await served(other);
    const ada = shop.person('ada');
    await ada(retire, { dies: 2 });
    await shop.wait('10m');
    expect(await ada(retire)).toMatchObject({ exit: 0, code: 'RETIRED' });
    await shop.wait('10m');
    expect(owners(shop)).toEqual(all(''));
  });

  test('not while an edit would go out with it', async () => {
    using shop = await served(other);
    editImage(shop);
    const edited = await shop.person('ada')(retire);
    expect([edited.exit, edited.code, edited.log.includes('write:')]).toEqual([4, 'MID_RELEASE', false]);
    await shop.wait('10m');
    expect([owners(shop), shop.pods()]).toEqual([all('shop'), 'v1:5']);
  });
});

test('an AppRollout is written by stepgate alone: it is renamed and given up as a Rollout is', async () => {
  const files = (policy: string) =>
    policy.replaceAll('kind: Deployment', 'kind: CloneSet').replace('vela-application', 'vela-approllout');
  using shop = openShop({
    kind: 'CloneSet',
    approllout: true,
    files: { 'stepgate.yaml': files(plan), [source]: application('v1').replace('webservice', 'clone') },
  });
  const ada = shop.person('ada');
  const { api } = shop.cluster;
  const name = () => textAt(api.get('AppRollout', 'shop', 'shop'), 'metadata', 'annotations', 'stepgate.dev/delivery');
  expect(await ada('deploy')).toMatchObject({ code: 'FIRST_DEPLOY' });
  const before = pods(shop);
  commit(shop, { 'stepgate.yaml': files(store) });
  expect(await ada(adopt)).toMatchObject({ exit: 0, code: 'FIRST_DEPLOY' });
  await shop.wait('20m');
  expect([name(), (await ada('status')).code]).toEqual(['store', 'FIRST_DEPLOY']);
  commit(shop, { 'stepgate.yaml': files(other) });
  expect(await ada('retire --delivery store --namespace shop')).toMatchObject({ exit: 0, code: 'RETIRED' });
  await shop.wait('20m');
  const live = commit(shop, { 'stepgate.yaml': files(plan) });
  expect(await ada(`deploy --live ${live}`)).toMatchObject({ exit: 0, error: null });
  expect([name(), pods(shop)]).toEqual(['shop', before]);
});
