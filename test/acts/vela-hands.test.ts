import { describe, expect, test } from 'vitest';
import { RECORD_ANNOTATION } from '../../src/release/record-fields.ts';
import { formatRecord } from '../../src/release/record-text.ts';
import { at, type JsonMap, listAt, mapOf, textAt } from '../../src/simulator/api/json.ts';
import { config } from './files.ts';
import { openShop, type Shop } from './shop.ts';

/** Hands on the Application of a release, and on what KubeVela has made of it: each of these was found by the storm. */

const source = 'deploy/shop.yaml';

const application = (version: string): string =>
  `apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: { name: site }
spec:
  components:
    - { name: shop, type: webservice, properties: { image: "app:${version}", replicas: 5 } }
`;

const plan = (more: readonly string[] = []) => config({ more: ['target: vela-application', ...more] });

function opened(): Shop {
  return openShop({
    kubevela: true,
    rollouts: 'v1beta1',
    files: { 'stepgate.yaml': plan(), [source]: application('v1') },
  });
}

function push(shop: Shop, version: string): void {
  shop.origin.commit({ [source]: application(version) }, { branch: 'main', subject: version });
}

const live = ({ cluster }: Shop): JsonMap => mapOf(at(cluster.api.get('Application', 'shop', 'site')));

function edit(shop: Shop, body: JsonMap): void {
  shop.cluster.api.patch('Application', 'shop', 'site', body, { manager: 'kubectl', type: 'merge' });
}

/** Takes the label away by which KubeVela knows that it may write the Rollout, or remove it. */
const unowned = (shop: Shop) => shop.patch('Rollout', { metadata: { labels: { 'app.oam.dev/name': null } } });

const published = (name: string) => ({ metadata: { annotations: { 'app.oam.dev/publishVersion': name } } });

/** The component as the source has it, with no trait. */
const bare = (version: string) => ({
  spec: { components: [{ name: 'shop', type: 'webservice', properties: { image: `app:${version}`, replicas: 5 } }] },
});

const image = (version: string) => ({
  spec: { template: { spec: { containers: [{ name: 'shop', image: `app:${version}` }] } } },
});

/** v2 waits at its first step. */
async function midway(shop: Shop): Promise<ReturnType<Shop['person']>> {
  const ada = shop.person('ada');
  await ada('deploy');
  push(shop, 'v2');
  await ada('deploy');
  return ada;
}

/** Somebody edits the Application a millisecond after the next write, when KubeVela has not looked at it yet. */
function editSoon(shop: Shop, body: () => JsonMap): void {
  shop.cluster.world.timeline.after(1, () => edit(shop, body()));
}

function editBeforeKubeVelaLooks(shop: Shop): void {
  const [component] = listAt(live(shop), 'spec', 'components');
  const hands = { ...mapOf(component), properties: { image: 'app:v9', replicas: 5 } };
  editSoon(shop, () => ({ spec: { components: [hands] } }));
}

describe('the image that KubeVela has made', () => {
  test('takes no approval once somebody has changed it', async () => {
    using shop = opened();
    const ada = await midway(shop);
    shop.patch('Deployment', image('v9'));
    await shop.wait('60s');
    expect(await ada(`promote --release ${shop.id()} --step one`)).toMatchObject({ exit: 4, code: 'FOREIGN_RELEASE' });
    expect(shop.record().approvals).toEqual([]);
  });

  test('is not taken for what KubeVela made, where a deploy was killed before it noted that', async () => {
    using shop = opened();
    const ada = shop.person('ada');
    await ada('deploy');
    push(shop, 'v2');
    await ada('deploy', { dies: 3 });
    await shop.wait('30s');
    shop.patch('Deployment', image('v9'));
    await shop.wait('60s');
    expect(await ada('tick')).toMatchObject({ code: 'FOREIGN_RELEASE' });
    expect(await ada('deploy')).toMatchObject({ code: 'GATE_SHUT' });
    expect(shop.pods()).toBe('v1:4 v2:1');
  });
});

describe('a rollback that is under way', () => {
  test('puts the image back that somebody has changed in what KubeVela made, and ends', async () => {
    using shop = opened();
    const ada = await midway(shop);
    const meanwhile = async () => {
      shop.cluster.world.timeline.after(1_300, () => shop.patch('Deployment', image('v9')));
    };
    const back = await ada('rollback --reason slow', { at: 2, meanwhile });
    await shop.wait('5m');
    await ada('tick --until done');
    expect([back.code, shop.pods(), (await ada('status')).code]).toEqual(['ROLLED_BACK', 'v1:5', 'ROLLED_BACK']);
  });
});

describe('the Application', () => {
  test('under another label alone is the same release: KubeVela renders no label that is edited alone', async () => {
    using shop = opened();
    const ada = await midway(shop);
    const id = shop.id();
    edit(shop, { metadata: { labels: { 'rollouts.kruise.io/rollout-id': 'by-hand' } } });
    await shop.wait('60s');
    expect(await ada(`promote --release ${id} --step one`)).toMatchObject({ exit: 0 });
    expect((await ada('tick --until done')).code).toBe('DELIVERED');
  });

  test('under another label that KubeVela has made the workload with is told, and written again with --take-over', async () => {
    using shop = opened();
    const ada = shop.person('ada');
    await ada('deploy');
    push(shop, 'v2');
    const label = 'rollouts.kruise.io/rollout-id';
    const meanwhile = async () => editSoon(shop, () => ({ metadata: { labels: { [label]: 'by-hand' } } }));
    await ada('deploy', { at: 2, meanwhile });
    await shop.wait('60s');
    const made = () => textAt(shop.cluster.api.get('Deployment', 'shop', 'shop'), 'metadata', 'labels', label);
    expect([made(), shop.pods()]).toEqual(['by-hand', 'v1:4 v2:1']);
    const told = await ada('tick');
    expect([told.exit, told.code, told.delivery?.message]).toEqual([
      3,
      'CLUSTER_CONFLICT',
      expect.stringContaining(label),
    ]);
    const again = await ada('deploy --take-over kubectl');
    await shop.wait('60s');
    expect([again.code, made(), shop.pods()]).toEqual(['GATE_SHUT', shop.id(), 'v1:4 v2:1']);
    expect((await ada('tick')).code).toBe('GATE_SHUT');
    expect(await ada('promote --step one')).toMatchObject({ exit: 0 });
    expect((await ada('tick --until done')).code).toBe('DELIVERED');
  });

  test.for(['deploy --take-over kubectl', 'rollback --reason slow'])(
    'whose steps are gone as KubeVela renders it goes no further before %s',
    async (way) => {
      using shop = opened();
      const ada = shop.person('ada');
      await ada('deploy');
      push(shop, 'v2');
      const meanwhile = async () => editSoon(shop, () => bare('v2'));
      const told = await ada('deploy', { at: 2, meanwhile });
      expect([told.code, told.delivery?.message]).toEqual([
        'FOREIGN_RELEASE',
        expect.stringContaining('the steps out'),
      ]);
      await ada(`promote --release ${shop.id()} --step one`);
      await shop.wait('10m');
      expect([(await ada('tick')).code, shop.pods()]).toEqual(['FOREIGN_RELEASE', 'v1:4 v2:1']);
      await ada(way);
      const end = await ada('tick --until done');
      await shop.wait('10m');
      const [code, kept] = way.startsWith('deploy') ? ['DELIVERED', 2] : ['ROLLED_BACK', 1];
      expect([end.code, shop.record().history.length]).toEqual([code, kept]);
    },
  );

  test('with the next version, which nobody has published, starts nothing before its gates', async () => {
    using shop = opened();
    const ada = shop.person('ada');
    await ada('deploy');
    push(shop, 'v2');
    shop.origin.commit({ 'stepgate.yaml': plan(['startWhen: [approval]']) }, { branch: 'main', subject: 'a gate' });
    expect(await ada('deploy')).toMatchObject({ code: 'START_GATE_SHUT' });
    edit(shop, bare('v2'));
    await shop.wait('60s');
    expect(await ada('deploy --take-over kubectl')).toMatchObject({ code: 'START_GATE_SHUT' });
    await shop.wait('60s');
    expect(shop.pods()).toBe('v1:5');
  });

  test('of before, which KubeVela refuses, is replaced by the release that waits', async () => {
    using shop = opened();
    const ada = await midway(shop);
    const [first] = shop.cluster.api.list('ApplicationRevision', 'shop');
    const { metadata, spec } = mapOf(at(first, 'spec', 'application'));
    edit(shop, { metadata: mapOf(metadata), spec: mapOf(spec) });
    await shop.wait('60s');
    expect(shop.pods()).toBe('v1:4 v2:1');
    expect(await ada('deploy --take-over kubectl')).toMatchObject({ code: 'GATE_SHUT' });
    expect(await ada(`promote --release ${shop.id()} --step one`)).toMatchObject({ exit: 0 });
    expect((await ada('tick --until done')).code).toBe('DELIVERED');
  });

  test('of an earlier release, which KubeVela refuses, is not live: a deploy of that version goes by the steps', async () => {
    using shop = opened();
    const ada = shop.person('ada');
    await ada('deploy');
    push(shop, 'v2');
    await ada('deploy');
    while (shop.record().history.length < 2) {
      await ada(`promote --release ${shop.id()}`);
      await ada('tick --until done');
    }
    push(shop, 'v3');
    await ada('deploy');
    const [first] = shop.cluster.api.list('ApplicationRevision', 'shop');
    const { metadata, spec } = mapOf(at(first, 'spec', 'application'));
    edit(shop, { metadata: mapOf(metadata), spec: mapOf(spec) });
    await shop.wait('60s');
    expect(shop.pods()).toBe('v2:4 v3:1');
    push(shop, 'v1');
    const again = await ada('deploy --take-over kubectl');
    expect([again.code, shop.pods()]).toEqual(['GATE_SHUT', 'v1:1 v2:4']);
  });

  test('without its trait, and with a Rollout that stays, is judged by the workload that is made of it', async () => {
    for (const [version, code] of [
      ['v2', 'GATE_SHUT'],
      ['v9', 'FOREIGN_RELEASE'],
    ] as const) {
      using shop = opened();
      const ada = await midway(shop);
      unowned(shop);
      edit(shop, { ...bare(version), ...published('by-hand') });
      await shop.wait('10m');
      expect((await ada('status')).code).toBe(code);
      expect(await ada('rollback --reason slow')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
      expect(shop.pods()).toBe('v1:5');
    }
  });

  test('without its trait goes back with the steps of the plan, so that the Rollout and its record stay', async () => {
    using shop = opened();
    const ada = await midway(shop);
    edit(shop, bare('v2'));
    expect(await ada('rollback --reason slow')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
    await shop.wait('10m');
    const [component] = listAt(live(shop), 'spec', 'components');
    expect(listAt(component, 'traits').map((trait) => textAt(trait, 'type'))).toEqual(['kruise-rollout']);
    expect([shop.pods(), shop.record().history.length]).toEqual(['v1:5', 1]);
  });

  test('that is edited before KubeVela has looked at a rollback is written and rendered again', async () => {
    using shop = opened();
    const ada = await midway(shop);
    const meanwhile = async () => editBeforeKubeVelaLooks(shop);
    await ada('rollback --reason slow', { at: 2, meanwhile });
    await shop.wait('5m');
    await ada('tick --until done');
    expect([shop.pods(), (await ada('status')).code]).toEqual(['v1:5', 'ROLLED_BACK']);
  });

  test('that is edited before KubeVela has looked at a rollback sends no pod of that edit further', async () => {
    using shop = opened();
    const ada = await midway(shop);
    const meanwhile = async () => editBeforeKubeVelaLooks(shop);
    const back = await ada('rollback --reason slow', { at: 2, meanwhile });
    expect([back.code, shop.pods()]).toEqual(['ROLLED_BACK', 'v1:5']);
    expect(back.log).not.toContain('a rollback skips every gate but readiness');
  });

  test('goes back though the record has another template of what it goes back to', async () => {
    using shop = opened();
    const ada = await midway(shop);
    const { history, ...rest } = shop.record();
    shop.patch('Rollout', {
      metadata: {
        annotations: {
          [RECORD_ANNOTATION]: formatRecord({
            ...rest,
            history: history.map((one) => ({ ...one, template: 'a'.repeat(64) })),
          }),
        },
      },
    });
    expect(await ada('rollback --reason slow')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
    expect(shop.pods()).toBe('v1:5');
  });

  test('whose label is edited right before a rollback is read again', async () => {
    using shop = opened();
    const ada = await midway(shop);
    const meanwhile = async () => edit(shop, { metadata: { labels: { 'rollouts.kruise.io/rollout-id': 'by-hand' } } });
    const back = await ada('rollback --reason slow', { at: 2, meanwhile });
    expect([back.code, shop.pods()]).toEqual(['ROLLED_BACK', 'v1:5']);
    expect(back.log).toContain('decides again: Application site has changed');
  });
});

describe('a Rollout that no longer says whose it is', () => {
  test('says it again with the next release, and its plan stays as it is', async () => {
    using shop = opened();
    const ada = shop.person('ada');
    await ada('deploy');
    unowned(shop);
    push(shop, 'v2');
    const told = await ada('deploy');
    expect([told.code, shop.pods()]).toEqual(['GATE_SHUT', 'v1:4 v2:1']);
    expect(told.log).toContain('its controller writes nothing without these labels');
  });

  test('says it again with a rollback', async () => {
    using shop = opened();
    const ada = await midway(shop);
    unowned(shop);
    expect(await ada('rollback --reason slow')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
    expect(shop.pods()).toBe('v1:5');
  });

  test('says it again as a release starts that has waited for a gate', async () => {
    using shop = opened();
    const ada = shop.person('ada');
    await ada('deploy');
    push(shop, 'v2');
    shop.origin.commit({ 'stepgate.yaml': plan(['startWhen: [approval]']) }, { branch: 'main', subject: 'a gate' });
    expect(await ada('deploy')).toMatchObject({ code: 'START_GATE_SHUT' });
    unowned(shop);
    await shop.wait('60s');
    const id = shop.record().release?.id ?? '';
    await ada(`promote --release ${id} --step start`);
    await shop.wait('60s');
    expect([(await ada('tick')).code, shop.pods()]).toEqual(['GATE_SHUT', 'v1:4 v2:1']);
  });
});
