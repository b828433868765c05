import { describe, expect, test } from 'vitest';
import { stringAt } from '../../src/release/json.ts';
import { config } from './files.ts';
import { openShop, type Shop, type Told } from './shop.ts';

/** A release by an AppRollout, with the commands that people type, on the model of KubeVela v1.1. */

const source = 'deploy/shop.yaml';

interface Content {
  readonly replicas?: number;
  readonly more?: readonly string[];
}

const types = { CloneSet: 'clone', StatefulSet: 'sts' } as const;
type KindName = keyof typeof types;

const application = (version: string, kind: KindName = 'CloneSet', { replicas = 5, more = [] }: Content = {}): string =>
  `apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: { name: site }
spec:
  components:
    - { name: shop, type: ${types[kind]}, properties: { image: "app:${version}", replicas: ${replicas} } }
${more.map((line) => `    - ${line}\n`).join('')}`;

const worker = (version: string) =>
  `{ name: worker, type: worker, properties: { image: "app:${version}", replicas: 1 } }`;

const steps = ['{ name: one, replicas: 1 }', '{ name: half, replicas: 50% }', '{ name: all, replicas: 100% }'];
const plan = (kind: KindName = 'CloneSet', lines = steps, more: readonly string[] = []) =>
  config({ kind, steps: lines, more: ['target: vela-approllout', ...more] });

function opened(kind: KindName = 'CloneSet', lines = steps, more: readonly string[] = []): Shop {
  return openShop({
    kind,
    approllout: true,
    files: { 'stepgate.yaml': plan(kind, lines, more), [source]: application('v1', kind) },
  });
}

const push = (shop: Shop, version: string, kind: KindName = 'CloneSet', content: Content = {}) =>
  shop.origin.commit({ [source]: application(version, kind, content) }, { branch: 'main', subject: version });

const writes = ({ log }: Told): readonly string[] =>
  [...log.matchAll(/^write: ([^:]*)/gm)].map(([, what]) => what ?? '');

const rollout = (shop: Shop) => shop.cluster.api.get('AppRollout', 'shop', 'shop');
const asked = (shop: Shop) =>
  /"id":"([^"]+)"/.exec(stringAt(rollout(shop), 'metadata', 'annotations', 'stepgate.dev/record') ?? '')?.[1] ?? '';
const id = (shop: Shop) => stringAt(rollout(shop), 'metadata', 'labels', 'stepgate.dev/release') ?? '';

async function delivered(shop: Shop, version: string, kind: KindName = 'CloneSet'): Promise<void> {
  push(shop, version, kind);
  const ada = shop.person('ada');
  await ada('deploy');
  await ada(`promote --release ${id(shop)} --step one`);
  await ada('tick');
  await shop.wait('30s');
  await ada(`promote --release ${id(shop)} --step half`);
  await shop.wait('30s');
  expect(await ada('tick')).toMatchObject({ exit: 0, code: 'DELIVERED' });
}

describe.for(['CloneSet', 'StatefulSet'] as const)('a %s', (kind) => {
  test('is deployed, promoted step by step, and delivered', async () => {
    using shop = opened(kind);
    const ada = shop.person('ada');
    const planned = await ada('plan');
    expect(planned.delivery?.changes.map(({ object, what }) => `${what} ${object}`)).toEqual([
      'create AppRollout shop',
      'create Application site',
    ]);
    const first = await ada('deploy');
    expect([first.code, shop.pods(), writes(first)]).toEqual([
      'FIRST_DEPLOY',
      'v1:5',
      [
        'apply Application site',
        'apply AppRollout shop',
        'patch AppRollout shop',
        'patch AppRollout shop',
        'patch AppRollout shop',
        'patch AppRollout shop',
      ],
    ]);
    push(shop, 'v2', kind);
    expect((await ada('plan')).delivery?.changes).toMatchObject([{ object: 'Application site', what: 'change' }]);
    const begun = await ada('deploy');
    expect(begun).toMatchObject({ exit: 0, code: 'GATE_SHUT', delivery: { step: { index: 1, name: 'one' } } });
    expect([shop.pods(), writes(begun)]).toEqual([
      'v1:4 v2:1',
      ['patch AppRollout shop', 'apply Application site', 'patch AppRollout shop', 'patch AppRollout shop'],
    ]);
    expect(await ada('tick')).toMatchObject({ code: 'GATE_SHUT' });
    expect(await ada(`promote --release ${id(shop)} --step one`)).toMatchObject({ exit: 0 });
    await shop.wait('30s');
    expect(shop.pods()).toBe('v1:2 v2:3');
    expect(await ada(`promote --release ${id(shop)} --step half`)).toMatchObject({ exit: 0 });
    const ended = await ada('deploy');
    expect([ended.exit, ended.code, shop.pods()]).toEqual([0, 'DELIVERED', 'v2:5']);
    expect(writes(await ada('tick'))).toEqual([]);
    expect(writes(await ada('deploy'))).toEqual([]);
  });

  test.for(['v2', 'broken'])('a release of %s goes back, Git too', async (version) => {
    using shop = opened(kind);
    const ada = shop.person('ada');
    await ada('deploy');
    push(shop, version, kind);
    await ada('deploy --timeout 40s');
    expect(shop.pods()).toContain(`${version}:1`);
    const back = await ada('rollback --reason slow');
    expect([back.exit, back.code, shop.pods(), shop.git()]).toEqual([0, 'ROLLED_BACK', 'v1:5', 'v1']);
    expect(writes(await ada('tick'))).toEqual([]);
    const again = await ada('deploy --at HEAD~1');
    expect([again.exit, shop.pods()]).toEqual([4, 'v1:5']);
    await delivered(shop, 'v3', kind);
    expect(shop.pods()).toBe('v3:5');
  });

  test('a delivered release goes back to the one before', async () => {
    using shop = opened(kind);
    const ada = shop.person('ada');
    await ada('deploy');
    await delivered(shop, 'v2', kind);
    const back = await ada('rollback --reason slow');
    expect([back.exit, back.code, shop.pods(), shop.git()]).toEqual([0, 'ROLLED_BACK', 'v1:5', 'v1']);
  });

  test('a release that waits is superseded by the next', async () => {
    using shop = opened(kind);
    const ada = shop.person('ada');
    await ada('deploy');
    push(shop, 'v2', kind);
    await ada('deploy');
    push(shop, 'v3', kind);
    expect(await ada('deploy')).toMatchObject({ code: 'GATE_SHUT', delivery: { step: { index: 1 } } });
    expect(shop.pods()).toBe('v1:4 v3:1');
  });
});

test('it goes back without Git, and without a policy that can be read', async () => {
  using shop = opened();
  const ada = shop.person('ada');
  await ada('deploy');
  push(shop, 'v2');
  await ada('deploy');
  shop.origin.commit({ 'stepgate.yaml': 'version: [' }, { branch: 'main', subject: 'a slip' });
  const back = await ada('rollback --delivery shop --reason slow');
  expect([shop.pods(), back.delivery?.rolledBack?.id]).toEqual(['v1:5', expect.stringContaining('-')]);
});

describe('what somebody else changed', () => {
  test('an image of the workload is not promoted', async () => {
    using shop = opened();
    const ada = shop.person('ada');
    await ada('deploy');
    push(shop, 'v2');
    await ada('deploy');
    const release = id(shop);
    shop.patch('CloneSet', { spec: { template: { spec: { containers: [{ name: 'shop', image: 'app:v9' }] } } } });
    await shop.wait('60s');
    expect(await ada(`promote --release ${release} --step one`)).not.toMatchObject({ code: 'DELIVERED' });
    expect(await ada('tick')).toMatchObject({ code: 'FOREIGN_RELEASE' });
    const back = await ada('rollback --reason slow');
    expect([back.code, shop.pods()]).toEqual(['ROLLED_BACK', 'v1:5']);
  });

  test('another content of the Application is not promoted', async () => {
    using shop = opened();
    const ada = shop.person('ada');
    await ada('deploy');
    push(shop, 'v2');
    await ada('deploy');
    const components = [{ name: 'shop', type: 'clone', properties: { image: 'app:v9', replicas: 5 } }];
    shop.cluster.api.patch(
      'Application',
      'shop',
      'site',
      { spec: { components } },
      { manager: 'kubectl', type: 'merge' },
    );
    await shop.wait('60s');
    expect([(await ada('tick')).code, shop.pods()]).toEqual(['FOREIGN_RELEASE', 'v1:4 v2:1']);
  });

  test('the aim of the AppRollout is told, and nothing is promoted', async () => {
    using shop = opened();
    const ada = shop.person('ada');
    await ada('deploy');
    push(shop, 'v2');
    await ada('deploy');
    shop.cluster.api.patch(
      'AppRollout',
      'shop',
      'shop',
      {
        spec: {
          sourceAppRevisionName: 'site-v2',
          targetAppRevisionName: 'site-v1',
          rolloutPlan: { batchPartition: null },
        },
      },
      { manager: 'kubectl', type: 'merge' },
    );
    await shop.wait('1m');
    const told = await ada('tick');
    expect(told).toMatchObject({ exit: 1, code: 'FOREIGN_RELEASE' });
    expect(writes(told)).toEqual([]);
    const release = id(shop);
    expect(await ada('deploy')).toMatchObject({ code: 'GATE_SHUT' });
    expect([id(shop), shop.pods()]).toEqual([`${release}-2`, 'v1:4 v2:1']);
    const back = await ada('rollback --reason slow');
    expect([back.code, shop.pods()]).toEqual(['ROLLED_BACK', 'v1:5']);
  });

  test('a lowered partition ends it, and it goes back', async () => {
    using shop = opened();
    const ada = shop.person('ada');
    await ada('deploy');
    push(shop, 'v2');
    await ada('deploy');
    await ada(`promote --release ${id(shop)} --step one`);
    shop.cluster.api.patch(
      'AppRollout',
      'shop',
      'shop',
      { spec: { rolloutPlan: { batchPartition: 0 } } },
      { manager: 'kubectl', type: 'merge' },
    );
    await shop.wait('60s');
    const told = await ada('tick');
    expect(told).toMatchObject({ code: 'BLOCKED', delivery: { todo: 'stepgate rollback --delivery shop' } });
    const back = await ada('rollback --reason slow');
    expect([back.code, shop.pods()]).toEqual(['ROLLED_BACK', 'v1:5']);
  });

  test('a pause by hand is told, and a rollback goes through it', async () => {
    using shop = opened();
    const ada = shop.person('ada');
    await ada('deploy');
    push(shop, 'v2');
    await ada('deploy');
    shop.cluster.api.patch(
      'AppRollout',
      'shop',
      'shop',
      { spec: { rolloutPlan: { paused: true } } },
      { manager: 'kubectl', type: 'merge' },
    );
    await shop.wait('10s');
    expect(await ada('tick')).toMatchObject({ code: 'PAUSED' });
    const back = await ada('rollback --reason slow');
    expect([back.code, shop.pods()]).toEqual(['ROLLED_BACK', 'v1:5']);
  });
});

describe('what is no new version', () => {
  test('another component', async () => {
    using shop = opened();
    const ada = shop.person('ada');
    await ada('deploy');
    const release = id(shop);
    push(shop, 'v1', 'CloneSet', { more: [worker('w1')] });
    const told = await ada('deploy');
    const written = ['patch AppRollout shop', 'apply Application site', 'patch AppRollout shop'];
    expect([told.exit, writes(told), id(shop)]).toEqual([0, written, release]);
    await shop.wait('1m');
    expect(writes(await ada('deploy'))).toEqual([]);
    expect((await ada('tick')).code).toBe('DELIVERED');
    await delivered(shop, 'v2');
  });

  test('another size is refused', async () => {
    using shop = opened();
    const ada = shop.person('ada');
    await ada('deploy');
    push(shop, 'v2', 'CloneSet', { replicas: 7 });
    expect(await ada('deploy')).toMatchObject({ exit: 4, findings: expect.arrayContaining(['SIZE_DIFFERS']) });
    expect(shop.pods()).toBe('v1:5');
  });
});

test('a hold before the first deploy has nowhere to be written', async () => {
  using shop = opened();
  const ada = shop.person('ada');
  expect(await ada('hold --reason x')).toMatchObject({ exit: 4, code: 'NO_RELEASE' });
  expect(await ada('deploy')).toMatchObject({ code: 'FIRST_DEPLOY' });
  expect(await ada('hold --reason x')).toMatchObject({ exit: 0 });
  push(shop, 'v2');
  expect(await ada('deploy')).toMatchObject({ code: 'HELD' });
  expect(shop.pods()).toBe('v1:5');
});

test('the first deploy waits for its gates', async () => {
  using shop = opened('CloneSet', steps, ['startWhen: [approval]']);
  const ada = shop.person('ada');
  expect(await ada('deploy')).toMatchObject({ code: 'START_GATE_SHUT' });
  expect(shop.pods()).toBe('');
  // A better commit takes its place before any pod is made.
  push(shop, 'v2');
  expect(await ada('deploy')).toMatchObject({ code: 'START_GATE_SHUT' });
  expect(await ada(`promote --step 0 --release ${asked(shop)}`)).toMatchObject({ exit: 0 });
  expect(await ada('deploy')).toMatchObject({ code: 'FIRST_DEPLOY' });
  expect(shop.pods()).toBe('v2:5');
});

test('another plan', async () => {
  using shop = opened();
  const ada = shop.person('ada');
  await ada('deploy');
  const two = plan('CloneSet', ['{ name: one, replicas: 2 }', ...steps.slice(1)]);
  shop.origin.commit({ 'stepgate.yaml': two }, { branch: 'main', subject: 'two at first' });
  push(shop, 'v2');
  const told = await ada('deploy');
  expect([told.code, shop.pods()]).toEqual(['GATE_SHUT', 'v1:3 v2:2']);
  const three = plan('CloneSet', ['{ name: one, replicas: 3 }', ...steps.slice(2)]);
  shop.origin.commit({ 'stepgate.yaml': three }, { branch: 'main', subject: 'three at first' });
  const taken = await ada('deploy --at HEAD~1');
  expect(taken).toMatchObject({ exit: 4, code: 'PLAN_DIFFERS' });
  expect([writes(taken), shop.pods()]).toEqual([[], 'v1:3 v2:2']);
});

test.for([1, 2, 3, 4, 5, 6])('a first deploy that is killed at write %i ends as if it had not been', async (dies) => {
  using shop = opened();
  const ada = shop.person('ada');
  await ada('deploy', { dies });
  await shop.wait('5m');
  expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'FIRST_DEPLOY' });
  push(shop, 'v2');
  expect(await ada('deploy')).toMatchObject({ code: 'GATE_SHUT' });
});

test.for([1, 2, 3, 4])('a deploy that is killed at write %i is ended by a tick', async (dies) => {
  using shop = opened();
  const ada = shop.person('ada');
  await ada('deploy');
  push(shop, 'v2');
  await ada('deploy', { dies });
  await shop.wait('5m');
  expect(await ada(dies === 1 ? 'deploy' : 'tick')).toMatchObject({ exit: 0 });
  await shop.wait('1m');
  expect(await ada('tick')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
  expect(shop.pods()).toBe('v1:4 v2:1');
});

test.for([1, 2, 3, 4, 5, 6, 7, 8])('a rollback that is killed at write %i is ended by a tick', async (dies) => {
  using shop = opened();
  const ada = shop.person('ada');
  await ada('deploy');
  push(shop, 'v2');
  await ada('deploy');
  await ada('rollback --reason slow', { dies });
  await shop.wait('5m');
  await ada(dies === 1 ? 'rollback --reason slow' : 'tick');
  const now = await ada('status');
  expect([now.code, shop.pods(), shop.git()]).toEqual(['ROLLED_BACK', 'v1:5', 'v1']);
});

test('a jump', async () => {
  using shop = opened();
  const ada = shop.person('ada');
  await ada('deploy');
  push(shop, 'v2');
  await ada('deploy');
  expect(await ada(`promote --release ${id(shop)} --step one --to half`)).toMatchObject({ exit: 0 });
  await shop.wait('1m');
  expect(shop.pods()).toBe('v1:2 v2:3');
  expect(await ada('tick')).toMatchObject({ code: 'GATE_SHUT', delivery: { step: { name: 'half' } } });
});

test('an AppRollout by hand at its end is adopted', async () => {
  using shop = opened();
  const ada = shop.person('ada');
  const by = { manager: 'kubectl', force: true };
  const live = {
    apiVersion: 'core.oam.dev/v1beta1',
    kind: 'Application',
    metadata: { name: 'site', annotations: { 'app.oam.dev/rollout-template': 'true' } },
    spec: { components: [{ name: 'shop', type: 'clone', properties: { image: 'app:v1', replicas: 5 } }] },
  };
  shop.cluster.api.apply('Application', 'shop', 'site', live, by);
  await shop.wait('5s');
  const spec = {
    targetAppRevisionName: 'site-v1',
    componentList: ['shop'],
    rolloutPlan: { targetSize: 5, rolloutBatches: [{ replicas: 5 }] },
  };
  shop.cluster.api.apply(
    'AppRollout',
    'shop',
    'shop',
    { apiVersion: 'core.oam.dev/v1beta1', kind: 'AppRollout', metadata: { name: 'shop' }, spec },
    by,
  );
  await shop.wait('60s');
  expect(shop.pods()).toBe('v1:5');
  const pods = shop.cluster.api.list('Pod', 'shop').map(({ metadata }) => metadata.name);
  const adopted = await ada('deploy --take-over kubectl');
  expect(writes(adopted)).toEqual([
    'apply AppRollout shop',
    'patch AppRollout shop',
    'apply Application site',
    'patch AppRollout shop',
  ]);
  await shop.wait('60s');
  expect(shop.cluster.api.list('Pod', 'shop').map(({ metadata }) => metadata.name)).toEqual(pods);
  push(shop, 'v2');
  expect(await ada('deploy --take-over kubectl')).toMatchObject({ code: 'GATE_SHUT' });
  expect(shop.pods()).toBe('v1:4 v2:1');
});
