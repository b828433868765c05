import { beforeAll, describe, expect, test } from 'vitest';
import { grantsIn } from '../support/roles.ts';
import { ask, type Door, type Sent } from './connection.ts';
import {
  apply,
  cluster,
  conditionOf,
  kubectl,
  type List,
  pods,
  type Rollout,
  read,
  tally,
  waitFor,
} from './fixture.ts';
import { type Account, accounts, grant, opened, permissions } from './permissions-fixture.ts';
import type { Shop } from './shop.ts';

type Rooted = {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
};

/** The admission policy that `stepgate permissions` prints, on a real API server with the real engine. */

describe('the admission policy', () => {
  let it: Shop;
  let known: Readonly<Record<'ci' | 'promoter' | 'planner' | 'retirer' | 'intruder', Account>>;

  beforeAll(async () => {
    it = await opened();
    const names = ['ci', 'promoter', 'planner', 'retirer', 'intruder'];
    const [ci, promoter, planner, retirer, intruder] = await accounts(it.namespace, names);
    if (!ci || !promoter || !planner || !retirer || !intruder) throw new Error('an account is missing');
    known = { ci, promoter, planner, retirer, intruder };
    const yaml = await permissions(
      it,
      ...['--identity', `deploy,tick,rollback=${ci.identity}`],
      ...['--identity', `promote,hold=${promoter.identity}`],
      ...['--identity', `plan=${planner.identity}`],
      ...['--identity', `retire=${retirer.identity}`],
    );
    await kubectl(['apply', '-f', '-'], { input: yaml });
    // What the intruder may do by its role alone.
    const grants = grantsIn(yaml);
    await grant(it.namespace, intruder, [
      ...(grants.get('promote') ?? []),
      ...(grants.get('hold') ?? []).map((one) => ({ ...one, name: null })),
      ...removing,
      ...batches,
    ]);
    // More than its duties need: the policy goes by those.
    await grant(it.namespace, ci, [...removing, ...batches]);
    const first = await it.as(ci).stepgate('deploy');
    expect(first.code, first.stderr).toBe(0);
    await it.release('app:v2');
    const begun = await it.as(ci).stepgate('deploy');
    expect([begun.code, begun.delivery.step?.name], begun.stderr).toEqual([0, 'one']);
    await waitFor(
      async () => (await patched(known.intruder, '', { spec: { disabled: true } }, '?dryRun=All')).code === 403,
      {
        what: 'the policy to be in force',
      },
    );
  }, 240_000);

  const rollouts = { group: 'rollouts.kruise.io', resource: 'rollouts', namespace: null, name: null };
  const removing = ['create', 'delete', 'deletecollection'].map((verb) => ({ ...rollouts, verb }));
  const batches = ['batchreleases', 'batchreleases/status'].flatMap((resource) =>
    ['patch', 'delete', 'deletecollection'].map((verb) => ({ ...rollouts, resource, verb })),
  );

  const path = (version = 'v1beta1') => `/apis/rollouts.kruise.io/${version}/namespaces/${it.namespace}/rollouts`;

  /** What the API server answers to a merge patch of the Rollout. */
  async function patched(by: Account, part: string, body: object, query = '', version = 'v1beta1') {
    return answer(by, `${path(version)}/shop${part}${query}`, {
      method: 'PATCH',
      contentType: 'application/merge-patch+json',
      body,
    });
  }

  async function answer(by: Account, where: string, sent: Sent): Promise<{ code: number; message: string }> {
    const door: Door = { ...cluster, token: by.token };
    try {
      await ask(door, where, sent);
      return { code: 200, message: '' };
    } catch (error) {
      const text = error instanceof Error ? error.message : '';
      return { code: Number(/: (\d{3}) \{/.exec(text)?.[1]), message: text };
    }
  }

  const record = 'stepgate.dev/record';
  const pausesAt = (duration: number) => ({
    spec: { strategy: { canary: { steps: [{ replicas: 1, pause: { duration } }] } } },
  });
  const other = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'other' };
  const notes = (annotations: object) => ({ metadata: { annotations } });
  const rows: readonly (readonly [string, string, object])[] = [
    ['the record', '', notes({ [record]: '{"version":2}' })],
    ['the record, by removing it', '', notes({ [record]: null })],
    ['the delivery', '', notes({ 'stepgate.dev/delivery': 'other' })],
    ['the pauses', '', pausesAt(0)],
    ['the size of a step', '', { spec: { strategy: { canary: { steps: [{ replicas: '100%', pause: {} }] } } } }],
    ['paused', '', { spec: { strategy: { paused: true } } }],
    ['disabled', '', { spec: { disabled: true } }],
    ['the workload', '', { spec: { workloadRef: other, objectRef: { workloadRef: other } } }],
    ['an annotation of the engine', '', notes({ 'rollouts.kruise.io/rollback-in-batch': 'true' })],
    ['a label of the engine', '', { metadata: { labels: { 'rollouts.kruise.io/rollout-id': 'x' } } }],
    [
      'its owners, so that it is collected as garbage',
      '',
      { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: 'gone' }] } },
    ],
    ['the status', '/status', { status: { canaryStatus: { currentStepState: 'StepReady' } } }],
  ];

  /** A Rollout of a workload that is not there. */
  const rolloutOf = (name: string, metadata: object) => ({
    apiVersion: 'rollouts.kruise.io/v1beta1',
    kind: 'Rollout',
    metadata: { name, ...metadata },
    spec: {
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: `${name}-workload` },
      strategy: { canary: { steps: [{ replicas: 1, pause: {} }] } },
    },
  });

  test.for(rows)('lets nobody with the right to patch change %s', async ([, part, body]) => {
    const before = await read<Rollout>(it.namespace, 'rollouts', 'shop');
    for (const version of ['v1beta1', 'v1alpha1']) {
      const { code, message } = await patched(known.intruder, part, body, '', version);
      expect([code, message]).toEqual([403, expect.stringContaining('only named identities change')]);
    }
    const { spec, metadata } = (await read<Rollout & { spec: unknown }>(it.namespace, 'rollouts', 'shop')) ?? {};
    expect([spec, metadata.generation]).toEqual([
      (before as Rollout & { spec: unknown }).spec,
      before.metadata.generation,
    ]);
    expect(tally(await pods(it.namespace), 'app:v2').all).toBe(1);
  });

  test('nor make a Rollout with a record, or of a name that the policy has', async () => {
    const rollout = rolloutOf('forged', { annotations: { [record]: '{"version":2}' } });
    const made = (metadata: object) =>
      answer(known.intruder, `${path()}?dryRun=All`, { method: 'POST', body: { ...rollout, metadata } });
    expect((await made(rollout.metadata)).message).toContain('only named identities change');
    expect((await made({ name: 'shop' })).message).toContain('only named identities change');
    // What is nobody's of stepgate is none of its business.
    expect(await made({ name: 'forged' })).toEqual({ code: 200, message: '' });
  });

  describe('lets nobody delete a Rollout of a release', () => {
    const uid = async () => (await read<Rooted>(it.namespace, 'rollouts', 'shop')).metadata.uid;
    const refused = { code: 403, message: expect.stringContaining('only named identities delete') };

    test.for(['intruder', 'ci'] as const)('as %s, who has the right to and is not named for it', async (who) => {
      const before = await uid();
      for (const version of ['v1beta1', 'v1alpha1']) {
        const removed = (where: string) => answer(known[who], `${path(version)}${where}`, { method: 'DELETE' });
        expect(await removed('/shop')).toEqual(refused);
        expect(await removed('/shop?dryRun=All')).toEqual(refused);
        // A collection is deleted one by one, without a name in the request.
        expect(await removed('')).toEqual(refused);
      }
      const { metadata } = await read<Rooted>(it.namespace, 'rollouts', 'shop');
      expect([metadata.uid, metadata.deletionTimestamp]).toEqual([before, undefined]);
    });

    test('but one that stepgate has nothing to do with', async () => {
      await apply(it.namespace, rolloutOf('nobodys', {}));
      const gone = await answer(known.intruder, `${path()}/nobodys`, { method: 'DELETE' });
      expect(gone).toEqual({ code: 200, message: '' });
    });

    test('but the garbage collector, once its owner is gone', async () => {
      await apply(it.namespace, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owner' } });
      const owner = await read<Rooted>(it.namespace, 'configmaps', 'owner');
      const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid }];
      const body = rolloutOf('owned', { annotations: { [record]: '{"version":2}' }, ownerReferences });
      expect(await answer(known.ci, path(), { method: 'POST', body })).toEqual({ code: 200, message: '' });
      expect(await answer(known.ci, `${path()}/owned`, { method: 'DELETE' })).toEqual(refused);
      await kubectl(['-n', it.namespace, 'delete', 'configmap', 'owner']);
      await waitFor(async () => (await names()).every((name) => name !== 'owned'), { what: 'the end of the Rollout' });
    });
  });

  test.for(['intruder', 'ci'] as const)('lets nobody write by what the engine moves pods, as %s', async (who) => {
    const { code, message } = {
      code: 403,
      message: expect.stringContaining('only the controllers write batchreleases'),
    };
    const where = path().replace(/rollouts$/, 'batchreleases');
    const contentType = 'application/merge-patch+json';
    const asked = (part: string, sent: Sent) => answer(known[who], `${where}${part}`, sent);
    const further = { spec: { releasePlan: { batchPartition: 8 } } };
    expect([
      await asked('/shop', { method: 'PATCH', contentType, body: further }),
      await asked('/shop/status', { method: 'PATCH', contentType, body: { status: { phase: 'Completed' } } }),
      await asked('/shop', { method: 'DELETE' }),
      await asked('', { method: 'DELETE' }),
    ]).toEqual(Array.from({ length: 4 }, () => ({ code, message })));
    const { metadata } = await read<Rooted>(it.namespace, 'batchreleases', 'shop');
    expect(metadata.deletionTimestamp).toBe(undefined);
    expect(tally(await pods(it.namespace), 'app:v2').all).toBe(1);
  });

  const names = async () => {
    const { items } = await read<List<Rooted>>(it.namespace, 'rollouts');
    return items.map(({ metadata }) => metadata.name);
  };

  test('and lets them change what moves nothing', async () => {
    const harmless = { metadata: { labels: { team: 'shop' }, annotations: { 'example.com/note': 'x' } } };
    expect(await patched(known.intruder, '', harmless)).toEqual({ code: 200, message: '' });
  });

  test.for([['promote'], ['promote', '--method', 'plan'], ['hold'], ['resume']])(
    '%s of somebody who is not named says so, and changes nothing',
    async (args) => {
      const { code, delivery } = await it.as(known.intruder).stepgate(...args);
      if (args[0] === 'resume') expect(code).toBe(0);
      else expect([code, delivery.error?.code, delivery.error?.hint]).toEqual([3, 'CLUSTER_FORBIDDEN', named]);
      expect(tally(await pods(it.namespace), 'app:v2').all).toBe(1);
    },
  );
  const named = 'name this identity with what may move releases: stepgate permissions --identity NAME';

  test('keeps who plans to dry-runs, whatever its role says', async () => {
    await it.release('app:v3');
    const planned = await it.as(known.planner).stepgate('plan');
    expect([planned.code, planned.delivery.error], planned.stderr).toEqual([0, null]);
    expect(planned.delivery.changes.map(({ object, what }) => `${what} ${object}`)).toContain('change Deployment shop');
    const where = `/apis/apps/v1/namespaces/${it.namespace}/deployments/shop`;
    const body = { spec: { replicas: 9 } };
    const contentType = 'application/merge-patch+json';
    const sent = (query: string) => answer(known.planner, `${where}${query}`, { method: 'PATCH', contentType, body });
    expect(await sent('?dryRun=All')).toEqual({ code: 200, message: '' });
    expect((await sent('')).message).toContain('this identity may only send dry-runs');
    expect((await patched(known.planner, '', { spec: { disabled: true } })).code).toBe(403);
    await it.release('app:v2');
  });

  test('lets those who are named move marks', async () => {
    const marks = notes({ 'stepgate.dev/delivery': 'other', 'stepgate.dev/fence': 'x' });
    expect(await patched(known.ci, '', marks, '?dryRun=All')).toEqual({ code: 200, message: '' });
    expect((await patched(known.intruder, '', marks, '?dryRun=All')).code).toBe(403);
  });

  test('lets those who are named go on, and the engine', async () => {
    const held = await it.as(known.promoter).stepgate('hold', '--reason', 'x');
    expect([held.code, held.delivery.state], held.stderr).toEqual([0, 'held']);
    expect((await it.as(known.promoter).stepgate('resume')).code).toBe(0);
    const promoted = await it.as(known.promoter).stepgate('promote', '--step', 'one');
    expect([promoted.code, promoted.delivery.error], promoted.stderr).toEqual([0, null]);
    await waitFor(async () => tally(await pods(it.namespace), 'app:v2').ready === 2, { what: 'the second step' });
    const back = await it.as(known.ci).stepgate('rollback', '--reason', 'x');
    expect([back.code, back.delivery.state], back.stderr).toEqual([0, 'rolledBack']);
    const ended = await read<Rollout>(it.namespace, 'rollouts', 'shop');
    expect(conditionOf(ended, 'Progressing')?.status).toBe('False');
  });

  test('lets who is named for it give a delivery up', async () => {
    await it.repo.git('pull', '-q', '--rebase', 'origin', 'main');
    const policy = await it.repo.git('show', 'HEAD:stepgate.yaml');
    const other = policy.replaceAll(/delivery: shop|name: shop/g, (found) => found.replace('shop', 'other'));
    await it.repo.commit({ 'stepgate.yaml': other }, 'without shop');
    await it.repo.push('main');
    const retire = ['retire', '--delivery', 'shop', '--namespace', it.namespace, '--reason', 'moved'];
    const refused = await it.as(known.ci).stepgate(...retire);
    expect([refused.code, refused.delivery.error?.code, refused.delivery.error?.hint]).toEqual([
      3,
      'CLUSTER_FORBIDDEN',
      named,
    ]);
    const given = await it.as(known.retirer).stepgate(...retire);
    expect([given.code, given.delivery.reason], given.stderr).toEqual([0, 'RETIRED']);
    await waitFor(async () => (await names()).length === 0, { what: 'the end of the Rollout' });
    expect(tally(await pods(it.namespace), 'app:v1').ready).toBe(9);
  });

  test('lets a namespace go with its Rollouts', async () => {
    const body = rolloutOf('shop', { annotations: { [record]: '{"version":2}' } });
    expect((await answer(known.ci, path(), { method: 'POST', body })).code).toBe(200);
    await kubectl(['delete', 'namespace', it.namespace, '--wait=false']);
    const isGone = async () => !(await kubectl(['get', 'namespaces', '-o', 'name'])).includes(it.namespace);
    await waitFor(isGone, { what: 'the end of the namespace', every: 500 });
  });
});
