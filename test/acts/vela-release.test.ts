import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { listAt } from '../../src/simulator/api/json.ts';
import { config } from './files.ts';
import { openShop, type Shop, type ShopOptions, type Told } from './shop.ts';

/** A release by an Application, with the commands that people type, on the models of KubeVela and of the engine. */

const source = 'deploy/shop.yaml';

interface Content {
  readonly image?: string;
  readonly replicas?: number;
  /** Further components, a line each. */
  readonly more?: readonly string[];
  readonly type?: string;
}

const application = (version: string, { replicas = 5, more = [], type = 'webservice' }: Content = {}): string =>
  `apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: { name: site }
spec:
  components:
    - { name: shop, type: ${type}, properties: { image: "app:${version}", replicas: ${replicas} } }
${more.map((line) => `    - ${line}\n`).join('')}`;

const worker = (version: string) => `{ name: worker, type: worker, properties: { image: "app:${version}" } }`;

const plan = (style: string) =>
  config({ more: ['target: vela-application'] }).replace('strategy: partition', `strategy: ${style}`);

function opened(options: ShopOptions = {}, style = 'partition'): Shop {
  const files = { 'stepgate.yaml': plan(style), [source]: application('v1'), ...options.files };
  return openShop({ kubevela: true, rollouts: 'v1beta1', ...options, files });
}

function push(shop: Shop, version: string, content: Content = {}): string {
  return shop.origin.commit({ [source]: application(version, content) }, { branch: 'main', subject: version });
}

/** What a run wrote, without the reasons. */
const writes = ({ log }: Told): readonly string[] =>
  [...log.matchAll(/^write: ([^:]*)/gm)].map(([, what]) => what ?? '');

async function delivered(shop: Shop, version: string, content: Content = {}): Promise<string> {
  push(shop, version, content);
  const ada = shop.person('ada');
  await ada('deploy');
  await ada(`promote --release ${shop.id()}`);
  expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'DELIVERED' });
  return shop.id();
}

describe.for([
  ['the engine of the addon', 'v1alpha1', 'canary'],
  ['the engine of the addon', 'v1alpha1', 'partition'],
  ['engine v0.6', 'v1beta1', 'canary'],
  ['engine v0.6', 'v1beta1', 'partition'],
] as const)('with %s (%s), %s', ([, rollouts, style]) => {
  test('is deployed, promoted step by step, and delivered', async () => {
    using shop = opened({ rollouts }, style);
    const ada = shop.person('ada');
    const planned = await ada('plan');
    expect(planned.delivery?.changes.map(({ object, what }) => `${what} ${object}`)).toEqual([
      'create Rollout shop',
      'create Application site',
    ]);
    const first = await ada('deploy');
    expect([first.code, shop.pods(), writes(first)]).toEqual([
      'FIRST_DEPLOY',
      'v1:5',
      // The Rollout first, because it has the record.
      [
        'apply Rollout shop',
        'patch Rollout shop',
        'apply Application site',
        'patch Rollout shop',
        'patch Rollout shop',
      ],
    ]);
    push(shop, 'v2');
    expect((await ada('plan')).delivery?.changes).toMatchObject([{ object: 'Application site', what: 'change' }]);
    const begun = await ada('deploy');
    expect(begun).toMatchObject({ exit: 0, code: 'GATE_SHUT', delivery: { step: { index: 1, name: 'one' } } });
    expect([shop.pods(), writes(begun)]).toEqual([
      style === 'canary' ? 'v1:5 v2:1' : 'v1:4 v2:1',
      ['patch Rollout shop', 'apply Application site', 'patch Rollout shop'],
    ]);
    expect(await ada('tick')).toMatchObject({ code: 'GATE_SHUT' });
    expect(await ada(`promote --release ${shop.id()} --step one`)).toMatchObject({ exit: 0 });
    const ended = await ada('deploy');
    expect([ended.exit, ended.code, shop.pods()]).toEqual([0, 'DELIVERED', 'v2:5']);
    expect(writes(await ada('tick'))).toEqual([]);
  });

  test.for(['v2', 'broken'])('a release of %s goes back, Git too', async (version) => {
    using shop = opened({ rollouts }, style);
    const ada = shop.person('ada');
    await ada('deploy');
    push(shop, version);
    await ada('deploy --timeout 40s');
    expect(shop.pods()).toContain(`${version}:1`);
    const back = await ada('rollback --reason slow');
    expect([back.exit, back.code, shop.pods(), shop.git()]).toEqual([0, 'ROLLED_BACK', 'v1:5', 'v1']);
    expect(writes(await ada('tick'))).toEqual([]);
    // What was rolled back stays out.
    const again = await ada('deploy --at HEAD~1');
    expect([again.exit, shop.pods()]).toEqual([4, 'v1:5']);
  });
});

test('a release whose commit changes the steps too goes back, Git too', async () => {
  using shop = opened();
  const ada = shop.person('ada');
  await ada('deploy');
  const steps = plan('partition').replace('replicas: 1', 'replicas: 2');
  shop.origin.commit({ 'stepgate.yaml': steps, [source]: application('v2') }, { branch: 'main', subject: 'v2' });
  expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
  expect(shop.pods()).toBe('v1:3 v2:2');
  const back = await ada('rollback --reason slow');
  expect([back.exit, back.code, shop.pods(), shop.git()]).toEqual([0, 'ROLLED_BACK', 'v1:5', 'v1']);
  // The steps are the policy's, and stay.
  expect(writes(await ada('deploy'))).toEqual([]);
  await shop.wait('10m');
  expect(listAt(shop.cluster.api.get('Rollout', 'shop', 'shop')?.spec, 'strategy', 'canary', 'steps')).toMatchObject([
    { replicas: 2 },
    { replicas: '100%' },
  ]);
});

test('other steps alone are written without a release, and KubeVela keeps them', async () => {
  using shop = opened();
  const ada = shop.person('ada');
  await ada('deploy');
  const before = shop.record().release?.id;
  shop.origin.commit({ 'stepgate.yaml': plan('partition').replace('replicas: 1', 'replicas: 2') }, { branch: 'main' });
  expect(writes(await ada('deploy'))).toEqual(['apply Application site']);
  await shop.wait('10m');
  expect(writes(await ada('deploy'))).toEqual([]);
  expect([shop.record().release?.id, shop.pods()]).toEqual([before, 'v1:5']);
  expect(listAt(shop.cluster.api.get('Rollout', 'shop', 'shop')?.spec, 'strategy', 'canary', 'steps')).toMatchObject([
    { replicas: 2 },
    { replicas: '100%' },
  ]);
});

test('a delivered release goes back to the one before', async () => {
  using shop = opened({}, 'canary');
  const ada = shop.person('ada');
  await ada('deploy');
  await delivered(shop, 'v2');
  const back = await ada('rollback --reason slow');
  expect([back.exit, back.code, shop.pods(), shop.git()]).toEqual([0, 'ROLLED_BACK', 'v1:5', 'v1']);
});

test('a release that waits is superseded by the next', async () => {
  using shop = opened();
  const ada = shop.person('ada');
  await ada('deploy');
  push(shop, 'v2');
  await ada('deploy');
  push(shop, 'v3');
  expect(await ada('deploy')).toMatchObject({ code: 'GATE_SHUT', delivery: { step: { index: 1 } } });
  expect(shop.pods()).toBe('v1:4 v3:1');
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
  test('an image of the workload is not promoted, and the next deploy puts it right step by step', async () => {
    using shop = opened();
    const ada = shop.person('ada');
    await ada('deploy');
    push(shop, 'v2');
    await ada('deploy');
    const id = shop.id();
    const containers = [{ name: 'shop', image: 'app:v9' }];
    shop.patch('Deployment', { spec: { template: { spec: { containers } } } });
    await shop.wait('60s');
    expect(await ada(`promote --release ${id}`)).not.toMatchObject({ code: 'DELIVERED' });
    expect(await ada('tick')).toMatchObject({ code: 'FOREIGN_RELEASE' });
    expect(shop.pods()).toBe('v1:4 v9:1');
    expect(await ada('deploy')).toMatchObject({ code: 'GATE_SHUT' });
    expect([shop.pods(), shop.id()]).toEqual(['v1:4 v2:1', `${id}-2`]);
  });

  test('another content of the Application is not promoted', async () => {
    using shop = opened();
    const ada = shop.person('ada');
    await ada('deploy');
    push(shop, 'v2');
    await ada('deploy');
    const components = [{ name: 'shop', type: 'webservice', properties: { image: 'app:v9', replicas: 5 } }];
    shop.cluster.api.patch(
      'Application',
      'shop',
      'site',
      { spec: { components } },
      { manager: 'kubectl', type: 'merge' },
    );
    await shop.wait('60s');
    expect(await ada(`promote --release ${shop.id()}`)).not.toMatchObject({ code: 'DELIVERED' });
    expect([(await ada('tick')).code, shop.pods()]).toEqual(['FOREIGN_RELEASE', 'v1:4 v2:1']);
  });

  test('a workload that no Application makes is left alone', async () => {
    using shop = openShop({ kubevela: true, rollouts: 'v1beta1' });
    await shop.person('ada')('deploy');
    shop.origin.commit(
      { 'stepgate.yaml': plan('partition'), [source]: application('v2') },
      { branch: 'main', subject: 'to KubeVela' },
    );
    const told = await shop.person('ada')('deploy');
    expect(told).toMatchObject({ exit: 4, code: 'FOREIGN_OBJECT' });
    expect([shop.pods(), writes(told)]).toEqual(['v1:4', []]);
  });
});

test('what reached every pod without the steps is told at once, and goes back', async () => {
  using shop = opened({ rollouts: 'v1alpha1' }, 'canary');
  const ada = shop.person('ada');
  await ada('deploy');
  await delivered(shop, 'v2');
  push(shop, 'v3');
  // Somebody takes the label away by which the addon's engine gates, right after the Application is written.
  const labels = { 'kruise-rollout.oam.dev/webhook': 'false' };
  const unlabel = () =>
    shop.cluster.api.patch(
      'Application',
      'shop',
      'site',
      { metadata: { labels } },
      { manager: 'kubectl', type: 'merge' },
    );
  const meanwhile = async () => {
    shop.cluster.world.timeline.after(5, unlabel);
  };
  const told = await ada('deploy', { meanwhile, at: 2 });
  expect([told.exit, told.code, told.state, shop.pods()]).toEqual([1, 'UNGATED', 'ungated', 'v3:5']);
  expect(told.delivery?.todo).toBe('stepgate rollback --delivery shop');
  expect(await ada('rollback --reason ungated')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
  expect([shop.pods(), shop.git()]).toEqual(['v2:5', 'v2']);
});

describe('what is no new version', () => {
  test('another component goes out at once, under the live id', async () => {
    using shop = opened();
    const ada = shop.person('ada');
    await ada('deploy');
    const id = shop.id();
    push(shop, 'v1', { more: [worker('w1')] });
    const told = await ada('deploy');
    await shop.wait('30s');
    expect([told.exit, shop.pods(), shop.id(), writes(told)]).toEqual([
      0,
      'v1:5 w1:1',
      id,
      ['patch Rollout shop', 'apply Application site', 'patch Rollout shop'],
    ]);
    expect(writes(await ada('deploy'))).toEqual([]);
  });

  test('the size goes out at once, and is delivered', async () => {
    using shop = opened();
    const ada = shop.person('ada');
    await ada('deploy');
    push(shop, 'v1', { replicas: 7 });
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'DELIVERED' });
    expect([shop.pods(), shop.record().history.length]).toEqual(['v1:7', 2]);
    push(shop, 'v2', { replicas: 7 });
    await ada('deploy');
    await ada('rollback --reason slow');
    expect(shop.pods()).toBe('v1:7');
  });
});

describe('what KubeVela can not make', () => {
  const labels = { app: 'other' };
  const othersWorker = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'worker' },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [] } },
    },
  };
  const broken = {
    more: [
      '{ name: cart, type: webservice, properties: { image: "app:c1" }, traits: [{ type: kruise-rollout, properties: { canary: { steps: [{ matches: [] }] } } }] }',
    ],
  };

  test('is found before the write', async () => {
    using shop = opened();
    const ada = shop.person('ada');
    await ada('deploy');
    push(shop, 'v2', broken);
    expect(await ada('deploy')).toMatchObject({ exit: 4, findings: expect.arrayContaining(['PARAMETER_UNREADABLE']) });
  });

  test('is told in its words, and goes back', async () => {
    using shop = opened();
    const ada = shop.person('ada');
    await ada('deploy');
    push(shop, 'v2');
    // KubeVela can't take over a worker of somebody else's.
    shop.cluster.api.apply('Deployment', 'shop', 'worker', othersWorker, { manager: 'kubectl', force: true });
    push(shop, 'v2', { more: [worker('w1')] });
    const told = await ada('deploy');
    expect(told).toMatchObject({ code: 'NOT_RENDERED', state: 'stuck' });
    expect(told.delivery?.message).toContain('Deployment shop/worker exists but not managed by any application now');
    expect([shop.pods(), told.delivery?.todo]).toEqual(['v1:5', 'stepgate rollback --delivery shop']);
    const back = await ada('rollback --reason wrong');
    expect([back.code, shop.git(), shop.pods()]).toEqual(['ROLLED_BACK', 'v1', 'v1:5']);
  });

  test('a first deploy that can not be made is put right by the next commit', async () => {
    using shop = opened();
    const ada = shop.person('ada');
    shop.cluster.api.apply('Deployment', 'shop', 'worker', othersWorker, { manager: 'kubectl', force: true });
    push(shop, 'v1', { more: [worker('w1')] });
    expect(await ada('deploy')).toMatchObject({ code: 'NOT_RENDERED' });
    push(shop, 'v2');
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'FIRST_DEPLOY' });
    expect(shop.pods()).toBe('v2:5');
  });

  test('a cluster without KubeVela is told, and nothing is written', async () => {
    using shop = openShop({ files: { 'stepgate.yaml': plan('partition'), [source]: application('v1') } });
    const told = await shop.person('ada')('deploy');
    expect(told).toMatchObject({ exit: 3, code: 'KIND_MISSING', error: { hint: 'install KubeVela in this cluster' } });
    expect(writes(told)).toEqual([]);
  });
});

test('a hold before the first deploy stands, and KubeVela takes the Rollout over all the same', async () => {
  using shop = opened();
  const ada = shop.person('ada');
  expect(await ada('hold --reason x')).toMatchObject({ exit: 0 });
  expect(await ada('deploy')).toMatchObject({ code: 'HELD' });
  await ada('resume');
  expect(await ada('deploy')).toMatchObject({ code: 'FIRST_DEPLOY' });
  expect(shop.pods()).toBe('v1:5');
});

test('an Application that runs already is adopted, and nothing restarts', async () => {
  using shop = opened();
  const ada = shop.person('ada');
  const spec = { components: [{ name: 'shop', type: 'webservice', properties: { image: 'app:v1', replicas: 5 } }] };
  const live = { apiVersion: 'core.oam.dev/v1beta1', kind: 'Application', metadata: { name: 'site' }, spec };
  shop.cluster.api.apply('Application', 'shop', 'site', live, { manager: 'kubectl', force: true });
  await shop.wait('60s');
  const pods = shop.cluster.api.list('Pod', 'shop').map(({ metadata }) => metadata.name);
  const adopted = await ada('deploy --take-over kubectl');
  expect(adopted).toMatchObject({ exit: 0 });
  await shop.wait('60s');
  expect(shop.cluster.api.list('Pod', 'shop').map(({ metadata }) => metadata.name)).toEqual(pods);
  push(shop, 'v2');
  expect(await ada('deploy')).toMatchObject({ code: 'GATE_SHUT' });
  expect(shop.pods()).toBe('v1:4 v2:1');
});

test('a new version of an Application without a Rollout goes by the steps, when its live commit is named', async () => {
  using shop = opened();
  const ada = shop.person('ada');
  const live = { apiVersion: 'core.oam.dev/v1beta1', kind: 'Application', metadata: { name: 'site' } };
  const spec = { components: [{ name: 'shop', type: 'webservice', properties: { image: 'app:v1', replicas: 5 } }] };
  shop.cluster.api.apply('Application', 'shop', 'site', { ...live, spec }, { manager: 'kubectl', force: true });
  await shop.wait('60s');
  push(shop, 'v2');
  const take = '--take-over kubectl';
  expect(await ada(`deploy ${take}`)).toMatchObject({ exit: 4, code: 'LIVE_COMMIT_UNKNOWN' });
  expect(await ada(`deploy --live HEAD~1 ${take}`)).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
  expect(shop.pods()).toBe('v1:4 v2:1');
});

test('what KubeVela made is imported as an Application, with its steps', async () => {
  using shop = opened();
  const ada = shop.person('ada');
  const traits = [
    { type: 'kruise-rollout', properties: { canary: { steps: [{ replicas: 1 }, { replicas: '100%' }] } } },
  ];
  const properties = { image: 'app:v1', replicas: 5 };
  const spec = { components: [{ name: 'shop', type: 'webservice', properties, traits }] };
  const live = { apiVersion: 'core.oam.dev/v1beta1', kind: 'Application', metadata: { name: 'site' }, spec };
  shop.cluster.api.apply('Application', 'shop', 'site', live, { manager: 'kubectl', force: true });
  await shop.wait('60s');
  shop.origin.commit({ [source]: JSON.stringify(live) }, { branch: 'main', subject: 'as it is' });
  const made = await ada('import --namespace shop');
  expect([made.exit, parse(made.text)]).toMatchObject([
    0,
    { deliveries: [{ target: 'vela-application', strategy: 'canary', source: { files: [source] } }] },
  ]);
  expect(made.log).toContain('error: shop: the source has the trait kruise-rollout too');
  shop.origin.commit({ 'stepgate.yaml': made.text, [source]: application('v1') }, { branch: 'main', subject: 'adopt' });
  expect(await ada('deploy --take-over kubectl')).toMatchObject({ exit: 0, code: 'FIRST_DEPLOY' });
  push(shop, 'v2');
  expect(await ada('deploy --take-over kubectl')).toMatchObject({ code: 'GATE_SHUT' });
  expect(shop.pods()).toBe('v1:5 v2:1');
});

test('another plan is in place before the release begins, and a release under way takes it on', async () => {
  using shop = opened();
  const ada = shop.person('ada');
  await ada('deploy');
  const two = plan('partition').replace('replicas: 1 }', 'replicas: 2 }');
  shop.origin.commit({ 'stepgate.yaml': two }, { branch: 'main', subject: 'two at first' });
  push(shop, 'v2');
  const told = await ada('deploy');
  expect([told.code, shop.pods()]).toEqual(['GATE_SHUT', 'v1:3 v2:2']);
  const three = two.replace('replicas: 2 }', 'replicas: 3 }');
  shop.origin.commit({ 'stepgate.yaml': three }, { branch: 'main', subject: 'three at first' });
  const taken = await ada('deploy --at HEAD~1');
  await shop.wait('1m');
  expect([taken.exit, taken.code, shop.pods()]).toEqual([0, 'GATE_SHUT', 'v1:2 v2:3']);
  expect(writes(taken)).toEqual(['patch Rollout shop', 'apply Application site']);
});

test.for([1, 2, 3, 4, 5])('a first deploy that is killed at write %i ends as if it had not been', async (dies) => {
  using shop = opened();
  const ada = shop.person('ada');
  await ada('deploy', { dies });
  await shop.wait('5m');
  expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'FIRST_DEPLOY' });
  push(shop, 'v2');
  expect(await ada('deploy')).toMatchObject({ code: 'GATE_SHUT' });
});

test.for([1, 2, 3])('a deploy that is killed at write %i is ended by a tick', async (dies) => {
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

test.for([1, 2, 3, 4, 5, 6, 7])('a rollback that is killed at write %i is ended by a tick', async (dies) => {
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

test('many deliveries share their lists, and each finds its own Application', async () => {
  const names = Array.from({ length: 10 }, (_, index) => `shop${index}`);
  const block = plan('partition').split('deliveries:\n')[1] ?? '';
  const sources = (version: string) =>
    Object.fromEntries(
      names.map((name) => [
        `deploy/${name}.yaml`,
        application(version, { replicas: 2 })
          .replace('name: site', `name: site-${name}`)
          .replace('name: shop', `name: ${name}`),
      ]),
    );
  using shop = openShop({
    kubevela: true,
    rollouts: 'v1beta1',
    files: {
      'stepgate.yaml': `version: 1\ndeliveries:\n${names.map((name) => block.replaceAll('shop', name).replace(`namespace: ${name}`, 'namespace: shop').replace('*.yaml', `${name}.yaml`)).join('')}`,
      ...sources('v1'),
    },
  });
  const ada = shop.person('ada');
  const all = names.map((name) => `--delivery ${name}`).join(' ');
  expect(await ada(`deploy ${all}`)).toMatchObject({ exit: 0 });
  expect(shop.pods()).toBe('v1:20');
  shop.origin.commit(sources('v2'), { branch: 'main', subject: 'v2' });
  expect(await ada(`deploy ${all}`)).toMatchObject({ exit: 0 });
  expect(shop.pods()).toBe('v1:10 v2:10');
  const asked: string[] = [];
  expect(await ada('status', { asked })).toMatchObject({ exit: 0 });
  expect(asked.filter((one) => one.includes('applications')).length).toBe(1);
  expect(await ada('tick')).toMatchObject({ exit: 0 });
});
