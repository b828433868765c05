import { beforeAll, describe, expect, test } from 'vitest';
import { grantsIn } from '../support/roles.ts';
import { ask, type Door, type Sent } from './connection.ts';
import { cluster, conditionOf, kubectl, pods, type Rollout, read, tally, waitFor } from './fixture.ts';
import { type Account, accounts, grant, opened, permissions } from './permissions-fixture.ts';
import type { Shop } from './shop.ts';

/** The admission policy that `stepgate permissions` prints, on a real API server with the real engine. */

describe('the admission policy', () => {
  let it: Shop;
  let known: Readonly<Record<'ci' | 'promoter' | 'planner' | 'intruder', Account>>;

  beforeAll(async () => {
    it = await opened();
    const [ci, promoter, planner, intruder] = await accounts(it.namespace, ['ci', 'promoter', 'planner', 'intruder']);
    if (!ci || !promoter || !planner || !intruder) throw new Error('an account is missing');
    known = { ci, promoter, planner, intruder };
    const yaml = await permissions(
      it,
      ...['--identity', `deploy,tick,rollback=${ci.identity}`],
      ...['--identity', `promote,hold=${promoter.identity}`],
      ...['--identity', `plan=${planner.identity}`],
    );
    await kubectl(['apply', '-f', '-'], { input: yaml });
    // What the intruder may do by its role alone.
    const grants = grantsIn(yaml);
    await grant(it.namespace, intruder, [
      ...(grants.get('promote') ?? []),
      ...(grants.get('hold') ?? []).map((one) => ({ ...one, name: null })),
    ]);
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
    const rollout = {
      apiVersion: 'rollouts.kruise.io/v1beta1',
      kind: 'Rollout',
      metadata: { name: 'forged', annotations: { [record]: '{"version":2}' } },
      spec: {
        workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'other' },
        strategy: { canary: { steps: [{ replicas: 1, pause: {} }] } },
      },
    };
    const made = (metadata: object) =>
      answer(known.intruder, `${path()}?dryRun=All`, { method: 'POST', body: { ...rollout, metadata } });
    expect((await made(rollout.metadata)).message).toContain('only named identities change');
    expect((await made({ name: 'shop' })).message).toContain('only named identities change');
    // What is nobody's of stepgate is none of its business.
    expect(await made({ name: 'forged' })).toEqual({ code: 200, message: '' });
  });

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
});
