import { describe, expect, test } from 'vitest';
import { listAt, objectAt } from '../../src/release/json.ts';
import { type Cluster, ClusterError, type KubeObject } from '../../src/release/ports.ts';
import { config, manifest } from './files.ts';
import { openShop, type Shop, shopWith } from './shop.ts';

/** What commands refuse before they write. */

const threeSteps = ['{ name: one, replicas: 1 }', '{ name: half, replicas: 2 }', '{ name: all, replicas: 100% }'];
const files = { 'stepgate.yaml': config({ steps: threeSteps }) };

/** v2 waits at its first step. */
async function halfway(more: Record<string, string> = files): Promise<Shop> {
  const shop = await shopWith(['v1'], { files: more });
  shop.push('v2');
  expect(await shop.person('ci')('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
  return shop;
}

/** The steps that were approved. */
const approvals = (shop: Shop) => shop.record().approvals.map(({ step }) => step);

describe('an approval', () => {
  test('of what nobody has deployed', async () => {
    using shop = openShop({ files });
    const ada = shop.person('ada');
    await ada('hold');
    await ada('resume');
    const { exit, code, error } = await ada('promote');
    expect({ exit, code, message: error?.message }).toEqual({
      exit: 4,
      code: 'NO_RELEASE',
      message: 'shop: no release runs',
    });
  });

  test('of what was delivered', async () => {
    using shop = await shopWith(['v1'], { files });
    const { exit, code, error } = await shop.person('ada')('promote');
    const message = `shop: nothing waits, ${shop.id()} was delivered`;
    expect({ exit, code, message: error?.message }).toEqual({ exit: 4, code: 'NO_RELEASE', message });
    expect(approvals(shop)).toEqual([]);
  });

  test('where the Rollout is disabled', async () => {
    using shop = await halfway();
    shop.patch('Rollout', { spec: { disabled: true } });
    await shop.wait('1m');
    const { exit, code, error } = await shop.person('ada')('promote');
    const message = 'shop: nothing waits for an approval here (off)';
    expect({ exit, code, message: error?.message }).toEqual({ exit: 4, code: 'NO_RELEASE', message });
    expect(approvals(shop)).toEqual([]);
  });

  test('of a release whose pod template somebody has changed', async () => {
    using shop = await halfway();
    const live = shop.cluster.api.get('Deployment', 'shop', 'shop');
    const containers = listAt(live, 'spec', 'template', 'spec', 'containers');
    const changed = JSON.parse(JSON.stringify(containers).replace('app:v2', 'app:v9'));
    shop.patch('Deployment', { spec: { template: { spec: { containers: changed } } } });
    await shop.wait('1m');
    expect(await shop.person('ada')('promote --step 1')).toMatchObject({ exit: 4, code: 'FOREIGN_RELEASE' });
    expect(approvals(shop)).toEqual([]);
  });

  test('of a step that nobody has seen yet names it', async () => {
    using shop = await halfway();
    const ada = shop.person('ada');
    expect(await ada('promote')).toMatchObject({ exit: 0 });
    expect(await ada('promote')).toMatchObject({ exit: 4, code: 'STEP_REQUIRED' });
    expect(approvals(shop)).toEqual([1]);
    expect(await ada('promote --step 2')).toMatchObject({ exit: 0 });
    expect(approvals(shop)).toEqual([1, 2]);
  });

  test('of another release than the one that is there', async () => {
    using shop = await halfway();
    const [before] = shop.record().history;
    const told = await shop.person('ada')(`promote --release ${before?.id}`);
    expect(told).toMatchObject({ exit: 4, code: 'RELEASE_CHANGED' });
    expect(approvals(shop)).toEqual([]);
    const { release } = shop.record();
    expect(await shop.person('ada')(`promote --release ${release?.id}`)).toMatchObject({ exit: 0 });
  });

  test.for([
    [
      'deploys v3',
      'RELEASE_CHANGED',
      [],
      async (shop: Shop) => {
        shop.push('v3');
        await shop.person('bob')('deploy');
        await shop.wait('1m');
      },
    ],
    [
      'approves the step',
      'STEP_CHANGED',
      [1],
      async (shop: Shop) => {
        await shop.person('bob')('promote');
        await shop.wait('1m');
      },
    ],
  ] as const)('by a jump is for what its person saw, although somebody %s meanwhile', async ([, code, wanted, act]) => {
    using shop = await halfway();
    const told = await shop.person('ada')('promote --to all', { meanwhile: () => act(shop) });
    expect(told).toMatchObject({ exit: 4, code });
    expect(approvals(shop)).toEqual(wanted);
  });

  test('where the API server does not tell who somebody is', async () => {
    using shop = await halfway({ 'stepgate.yaml': config({ root: ['people: cluster'] }) });
    const old = (inner: Cluster): Cluster => ({
      ...inner,
      user: () => Promise.reject(new ClusterError(404, 'NotFound', 'the server could not find the requested resource')),
    });
    const ada = shop.person('ada');
    expect(await ada('promote', { through: old })).toMatchObject({ exit: 4, code: 'PERSON_REFUSED' });
    expect(approvals(shop)).toEqual([]);
    expect(await ada('promote')).toMatchObject({ exit: 0 });
  });
});

describe('a jump', () => {
  test('from a step that does not wait', async () => {
    using shop = await halfway();
    const ada = shop.person('ada');
    await ada('promote');
    const { exit, code, error } = await ada('promote --step 2 --to all');
    expect({ exit, code, message: error?.message }).toEqual({
      exit: 4,
      code: 'STEP_CHANGED',
      message: 'shop: a jump is taken only from a step that waits',
    });
    expect(approvals(shop)).toEqual([1]);
  });

  test('over a step that waits for more than people is forced', async () => {
    const soaked = ['{ name: one, replicas: 1 }', '{ name: half, replicas: 2, leaveWhen: [{ soak: 10m }] }'];
    using shop = await halfway({ 'stepgate.yaml': config({ steps: [...soaked, '{ name: all, replicas: 100% }'] }) });
    const ada = shop.person('ada');
    expect(await ada('promote --to all')).toMatchObject({ exit: 4, code: 'GATE_NOT_FORCEABLE' });
    expect([approvals(shop), shop.pods()]).toEqual([[], 'v1:3 v2:1']);
    expect(await ada('promote --to all --force')).toMatchObject({ exit: 0 });
  });

  test('back from a step at which the engine does not ask', async () => {
    using shop = await halfway();
    const ada = shop.person('ada');
    await ada('promote');
    await shop.wait('1m');
    const { exit, code, error } = await ada('promote --to one --timeout 1m', { through: silent });
    expect({ exit, code, message: error?.message }).toEqual({
      exit: 1,
      code: 'TIMEOUT',
      message: 'the time ran out: the engine does not ask at step 2',
    });
    expect(await ada('promote --to one')).toMatchObject({ exit: 0 });
  });
});

/** The cluster, whose engine says nothing in its status. */
function silent(inner: Cluster): Cluster {
  const shown = (object: KubeObject): KubeObject =>
    object['kind'] === 'Rollout' ? { ...object, status: { ...objectAt(object, 'status'), message: '' } } : object;
  return {
    ...inner,
    patch: async (ref, body, options) => shown(await inner.patch(ref, body, options)),
    async list(query, signal) {
      const listed = await inner.list(query, signal);
      return { ...listed, items: listed.items.map(shown) };
    },
    async *watch(query, since, signal) {
      for await (const event of inner.watch(query, since, signal))
        yield event.type === 'reset'
          ? { ...event, items: event.items.map(shown) }
          : { ...event, object: shown(event.object) };
    },
  };
}

describe('of several deliveries', () => {
  const web = [
    '  - delivery: web',
    '    namespace: web',
    '    workload: { kind: Deployment, name: web }',
    '    source: { files: [web/*.yaml] }',
    '    strategy: partition',
    '    steps: [{ name: all, replicas: 100% }]',
    '',
  ].join('\n');
  const two = { 'stepgate.yaml': `${config()}${web}`, 'web/web.yaml': manifest('v1', { name: 'web' }) };

  test.for(['deploy', 'promote', 'rollback', 'rollback --undo', 'hold', 'resume'])(
    '%s takes the one that is named',
    async (line) => {
      using shop = openShop({ files: two });
      const ada = shop.person('ada');
      expect(await ada(line)).toMatchObject({ exit: 2, code: 'DELIVERY_REQUIRED' });
      expect(await ada(`${line} --delivery shopp`)).toMatchObject({ exit: 2, code: 'DELIVERY_UNKNOWN' });
      expect((await ada(`${line} --delivery shop`)).code).not.toMatch(/^DELIVERY_/);
    },
  );

  test.for(['tick', 'status', 'plan'])('%s takes all', async (line) => {
    using shop = openShop({ files: two });
    const ada = shop.person('ada');
    expect((await ada(line)).code).not.toMatch(/^DELIVERY_/);
    expect(await ada(`${line} --delivery shopp`)).toMatchObject({ exit: 2, code: 'DELIVERY_UNKNOWN' });
  });
});

describe('without a policy that can be read', () => {
  /** No Rollouts are listed over all namespaces. */
  const narrow = (inner: Cluster): Cluster => ({
    ...inner,
    list: (query, signal) =>
      query.namespace === null
        ? Promise.reject(new ClusterError(403, 'Forbidden', 'rollouts may not be listed at the cluster scope'))
        : inner.list(query, signal),
  });

  async function unreadable(policy = 'nonsense'): Promise<Shop> {
    const shop = await shopWith(['v1', 'v2']);
    shop.origin.commit({ 'stepgate.yaml': policy });
    return shop;
  }

  const policies = [
    ['a policy that can not be read', 'nonsense'],
    ['a policy that no longer has the delivery', config().replaceAll('shop', 'other')],
  ] as const;

  test.for([
    ['no name', 'hold', 'DELIVERY_REQUIRED', /^the policy can't be read \(.*\): name one delivery$/],
    ['two names', 'hold --delivery shop --delivery web', 'DELIVERY_REQUIRED', /: name one delivery$/],
    [
      'a name that no Rollout has',
      'hold --delivery web',
      'DELIVERY_UNKNOWN',
      /^no Rollout in .* carries the name web$/,
    ],
  ] as const)('a command with %s is refused', async ([, line, code, message]) => {
    using shop = await unreadable();
    const told = await shop.person('ada')(line);
    expect(told).toMatchObject({ exit: 2, code, error: { message: expect.stringMatching(message) } });
    expect(shop.record().holds).toEqual([]);
  });

  test.for(policies)('%s: a name that several Rollouts have needs the namespace', async ([, policy]) => {
    using shop = await unreadable(policy);
    const { status: _, ...rollout } = { ...shop.cluster.api.get('Rollout', 'shop', 'shop') };
    const { annotations = {} } = rollout.metadata ?? {};
    const metadata = { name: 'shop', namespace: 'other', annotations };
    shop.cluster.api.create('Rollout', { ...rollout, metadata }, { manager: 'bob' });
    const ada = shop.person('ada');
    expect(await ada('hold --delivery shop')).toMatchObject({
      exit: 2,
      code: 'DELIVERY_UNKNOWN',
      error: { message: 'several Rollouts carry the name shop' },
    });
    expect(await ada('hold --delivery shop --namespace shop')).toMatchObject({ exit: 0 });
    expect(shop.record().holds).toHaveLength(1);
  });

  test.for(policies)('%s: whoever may not list all Rollouts says where it is', async ([, policy]) => {
    using shop = await unreadable(policy);
    const ada = shop.person('ada');
    const told = await ada('hold --delivery shop', { through: narrow });
    expect(told).toMatchObject({
      exit: 2,
      code: 'DELIVERY_UNKNOWN',
      error: { hint: 'say where it is: --namespace NAME' },
    });
    expect(await ada('hold --delivery shop --namespace shop', { through: narrow })).toMatchObject({ exit: 0 });
  });
});

test('a Rollout beside another one of its workload is refused by name, not with the text of the webhook', async () => {
  using shop = openShop({ files });
  const ada = shop.person('ada');
  const spec = {
    workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' },
    strategy: { canary: { steps: [{ replicas: '100%' }] } },
  };
  shop.cluster.api.create('Rollout', { metadata: { name: 'old', namespace: 'shop' }, spec }, { manager: 'kubectl' });
  for (const command of ['plan', 'deploy']) {
    const { exit, code, findings, error, log } = await ada(command);
    expect({ exit, code, findings }).toEqual({ exit: 4, code: 'FINDINGS', findings: ['SECOND_ROLLOUT'] });
    expect(error?.hint).toContain('delete Rollout/old');
    expect(log).not.toContain('write:');
  }
});

test('what only the server says against a Rollout ends plan and deploy before a write', async () => {
  using shop = openShop({ files });
  const ada = shop.person('ada');
  const says = 'denied by a webhook of the cluster';
  const through = (cluster: Cluster): Cluster => ({
    ...cluster,
    apply: (object, options) =>
      object['kind'] === 'Rollout'
        ? Promise.reject(new ClusterError(422, 'Invalid', says))
        : cluster.apply(object, options),
  });
  for (const command of ['plan', 'deploy']) {
    const { exit, code, error, log } = await ada(command, { through });
    expect({ exit, code, message: error?.message }).toEqual({
      exit: 3,
      code: 'CLUSTER_REJECTED',
      message: `Rollout shop: ${says}`,
    });
    expect(log).not.toContain('write:');
  }
});
