import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  delivered,
  engineAt,
  expectBack,
  expectHeld,
  expectReverted,
  expectServes,
  reasonOf,
  running,
  said,
  wedge,
  workload,
} from './drill.ts';
import { apply, cluster, embedded, patch, pods, waitFor } from './fixture.ts';
import { ingress, service } from './routes.ts';
import { images, liveId, outcome, podNames, recordOf, served, waiting, walk } from './scenes.ts';
import { type Shop, shop } from './shop.ts';

/** A StatefulSet in partition style, from its first deploy to the ways back. */
const kind = 'StatefulSet';
const policies = ['OrderedReady', 'Parallel'] as const;

const routed = {
  steps: [
    '{ name: one, replicas: 20%, traffic: 20% }',
    '{ name: half, replicas: 40%, traffic: 40% }',
    '{ name: all, replicas: 100% }',
  ],
  config: '    traffic: { service: shop, grace: 3s, ingress: { name: shop } }',
  files: { 'deploy/service.yaml': service, 'deploy/ingress.yaml': ingress },
};

describe.concurrent('a StatefulSet goes out', () => {
  test('behind routes no other version begins at a later step: the engine would move it to the pods of that step', async () => {
    await using it = await waiting({ kind, ...routed });
    await it.stepgate('promote', '--step', '1');
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 2]);
    await it.release('app:v3');
    const refused = await it.stepgate('deploy');
    expect([refused.code, refused.delivery.error?.code, refused.writes]).toEqual([4, 'SUPERSEDE_REFUSED', []]);
    // What it is kept from: the same version, written by hand.
    await patch(it.namespace, it.resource, 'shop', [
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'app:v3' },
    ]);
    await waitFor(() => it.seen.most('app:v3') === 2, { what: 'two pods of v3, where its first step says one' });
  });

  test.for(policies)('%s: deployed, promoted step by step by status, delivered', async (pods) => {
    await using it = await waiting({ kind, pods });
    expect(await images(it)).toEqual({ 'app:v1': 4, 'app:v2': 1 });
    expect(await podNames(it)).toEqual(['shop-0', 'shop-1', 'shop-2', 'shop-3', 'shop-4']);
    const one = await it.stepgate('promote', '--step', '1');
    expect([one.code, one.delivery.error], one.stderr).toEqual([0, null]);
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 2]);
    expect(await images(it)).toEqual({ 'app:v1': 2, 'app:v2': 3 });
    expect(it.seen.most('app:v2')).toBe(3);
    await walk(it, 2, 2);
    await expectServes(it, 'app:v2');
    const status = await it.stepgate('status');
    expect([status.delivery.state, status.delivery.stable?.id]).toEqual(['done', await liveId(it)]);
    // And once more, over what the first release has left.
    await it.release('app:v3');
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect(await images(it)).toEqual({ 'app:v2': 4, 'app:v3': 1 });
  });

  test('promoted by plan, with the pauses back at the end', async () => {
    await using it = await waiting({ kind });
    for (const step of [1, 2]) {
      const promoted = await it.stepgate('promote', '--method', 'plan', '--step', String(step));
      expect([promoted.code, promoted.delivery.error], promoted.stderr).toEqual([0, null]);
      expect(promoted.writes.filter((line) => line.includes('status'))).toEqual([]);
      await it.stepgate('deploy');
    }
    expect((await it.stepgate('status')).delivery.reason).toBe('DELIVERED');
    await expectServes(it, 'app:v2');
  });

  test('jumps forward and back: pods that were moved stay', async () => {
    const steps = ['one, replicas: 20%', 'two, replicas: 40%', 'three, replicas: 60%', 'all, replicas: 100%'].map(
      (step) => `{ name: ${step} }`,
    );
    await using it = await waiting({ kind, pods: 'Parallel', steps });
    expect((await it.stepgate('promote', '--to', 'three')).code).toBe(0);
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 3]);
    expect(await images(it)).toEqual({ 'app:v1': 2, 'app:v2': 3 });
    expect((await recordOf(it)).approvals.map(({ step }) => step)).toEqual([1, 2]);
    expect((await it.stepgate('promote', '--to', 'one')).code).toBe(0);
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect(await images(it)).toEqual({ 'app:v1': 2, 'app:v2': 3 });
    await walk(it, 1, 3);
  });

  test('a second version supersedes the one that waits', async () => {
    await using it = await waiting({ kind });
    await it.release('app:v3');
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect(await images(it)).toEqual({ 'app:v1': 4, 'app:v3': 1 });
    await walk(it, 1, 2);
    await expectServes(it, 'app:v3');
  });

  test('a commit that changes no template releases nothing', async () => {
    await using it = await served({ kind });
    const before = await liveId(it);
    await it.repo.commit({ 'notes.md': 'nothing of the shop' }, 'notes');
    await it.repo.push('main');
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'done', 'FIRST_DEPLOY', undefined]);
    expect(await liveId(it)).toBe(before);
  });

  test.for(['canary', 'blueGreen'] as const)('%s is refused: only partition has steps for it', async (style) => {
    await using it = await shop({ kind, style });
    const { code, report, writes } = await it.stepgate('deploy');
    expect([code, report.error?.family ?? report.deliveries[0]?.error?.family, writes]).toEqual([2, 'input', []]);
  });

  test.skipIf(embedded)('with the rights of the README', async () => {
    await using it = await shop({ kind, kubeconfig: cluster.users.deployer.kubeconfig });
    await grant(it, 'deployer', deployerRights);
    const first = await it.stepgate('deploy');
    expect(outcome(first), first.stderr).toEqual([0, 'done', 'FIRST_DEPLOY', undefined]);
    const stable = await it.repo.head();
    const bad = await it.release('app:v2');
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    await expectBack(it, await it.stepgate('rollback'), { stable, bad });
    await it.repo.git('reset', '--hard', '--quiet', 'origin/main');
    const worse = await it.release('app:broken');
    await it.stepgate('deploy', '--at', worse);
    await expectBroughtBack(it, await it.stepgate('rollback'), stable);
  });
});

describe.concurrent('a StatefulSet comes back', () => {
  test.for(policies)('%s: an image that never starts', async (policy) => {
    await using it = await shop({ kind, pods: policy });
    const { stable } = await delivered(it);
    const bad = await it.release('app:broken');
    const stuck = await it.stepgate('deploy');
    expect([stuck.code, stuck.delivery.state, stuck.delivery.reason]).toEqual([1, 'stuck', 'POD_NOT_STARTING']);
    expect(await running(it)).toEqual(['app:broken 1 (0 ready)', 'app:v1 4']);
    await expectBack(it, await it.stepgate('rollback'), { stable, bad });
  });

  test('OrderedReady: an image that never starts, taken back by policy', async () => {
    await using it = await shop({ kind, config: '    rollback: { on: [stuck], stuckAfter: 10s }' });
    const { stable } = await delivered(it);
    const bad = await it.release('app:broken');
    const run = it.start('deploy');
    await said(run.child, 'write: apply StatefulSet shop');
    run.child.kill('SIGKILL');
    const ended = await waitFor(
      async () => {
        const tick = await it.stepgate('tick');
        return tick.delivery.state === 'rolledBack' && tick;
      },
      { what: 'a tick that rolls back', every: 500 },
    );
    expect([ended.code, ended.delivery.error?.code]).toEqual([1, 'ROLLED_BACK']);
    await expectServes(it, 'app:v1');
    await expectReverted(it, { onto: bad, stable, bad });
    await expectHeld(it, bad);
  });

  test.for(policies)('%s: an image that never starts, fixed by the next version', async (policy) => {
    await using it = await shop({ kind, pods: policy });
    await delivered(it);
    await it.release('app:broken');
    expect((await it.stepgate('deploy')).delivery.reason).toBe('POD_NOT_STARTING');
    await it.release('app:v3');
    const fixed = await it.stepgate('deploy');
    expect(outcome(fixed), fixed.stderr).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect(await images(it)).toEqual({ 'app:v1': 4, 'app:v3': 1 });
  });

  test.for([
    { step: 1, pods: 'OrderedReady' },
    { step: 2, pods: 'OrderedReady' },
    { step: 2, pods: 'Parallel' },
  ] as const)('$pods: waiting at step $step', async ({ step, pods: policy }) => {
    await using it = await shop({ kind, pods: policy });
    const { stable, bad } = await badWaits(it);
    if (step === 2) {
      await it.stepgate('promote', '--step', '1');
      expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 2]);
    }
    const preview = await it.stepgate('rollback', '--dry-run');
    expect([preview.code, preview.writes]).toEqual([0, []]);
    expect(preview.delivery.changes.map((one) => one.object)).toEqual(['StatefulSet shop', 'Git origin/main']);
    await expectBack(it, await it.stepgate('rollback', '--reason', 'errors'), { stable, bad });
  });

  test('waiting at a step at which every pod is new: Kubernetes calls the bad revision the current one', async () => {
    await using it = await shop({ kind, steps: ['{ name: one, replicas: 1 }', '{ name: all, replicas: 5 }'] });
    const { stable, bad } = await badWaits(it);
    await it.stepgate('promote', '--step', '1');
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 2]);
    await expectBack(it, await it.stepgate('rollback'), { stable, bad });
  });

  test('initializing, a second after the write', async () => {
    await using it = await shop({ kind });
    const { stable } = await delivered(it);
    const bad = await it.release('app:v2');
    const run = it.start('deploy');
    await said(run.child, 'write: apply StatefulSet shop');
    await engineAt(it, 'the engine to prepare the release', (one) => reasonOf(one) === 'Initializing');
    const ended = await it.stepgate('rollback');
    run.child.kill('SIGKILL');
    await expectBack(it, ended, { stable, bad });
  });

  test('paused by somebody', async () => {
    await using it = await shop({ kind });
    const { stable, bad } = await badWaits(it);
    await patch(it.namespace, 'rollouts', 'shop', { spec: { strategy: { paused: true } } });
    await engineAt(it, 'the engine to be paused', (one) => reasonOf(one) === 'Paused');
    await expectBack(it, await it.stepgate('rollback'), { stable, bad });
  });

  test.for([0, 2500, 4000])('%i ms into a release that superseded another', async (delay) => {
    await using it = await shop({ kind });
    const { stable } = await badWaits(it);
    const bad = await it.release('app:v3');
    const run = it.start('deploy');
    await said(run.child, 'write: apply StatefulSet shop');
    await sleep(delay);
    const ended = await it.stepgate('rollback');
    run.child.kill('SIGKILL');
    await expectBack(it, ended, { stable, bad });
  });

  test.for(policies)('%s: after delivery, by its ControllerRevision', async (policy) => {
    await using it = await shop({ kind, pods: policy });
    const { stable, bad } = await badWaits(it);
    await walk(it, 1, 2);
    await expectBack(it, await it.stepgate('rollback'), { stable, bad });
  });

  test('after delivery, from an empty folder: nothing can be rendered there', async () => {
    await using it = await shop({ kind, called: 'alone' });
    const { stable, bad } = await badWaits(it);
    await walk(it, 1, 2);
    const folder = await mkdtemp(path.join(tmpdir(), 'stepgate-empty-'));
    const names = ['--delivery', it.delivery, '--namespace', it.namespace];
    const ended = await it.as({ folder }).stepgate('rollback', ...names);
    await rm(folder, { recursive: true });
    expect([ended.code, ended.delivery.state, ended.delivery.reason]).toEqual([
      3,
      'rolledBack',
      'ROLLED_BACK_GIT_TODO',
    ]);
    await expectServes(it, 'app:v1', { open: true });
    const tick = await it.stepgate('tick');
    expect([tick.code, tick.delivery.state, tick.delivery.error], tick.stderr).toEqual([0, 'rolledBack', null]);
    await expectServes(it, 'app:v1');
    await expectReverted(it, { onto: bad, stable, bad });
  });

  test('--to: a release further back', async () => {
    await using it = await shop({ kind, steps: ['{ name: all, replicas: 100%, leaveWhen: [] }'] });
    const { stable } = await delivered(it);
    const first = (await it.stepgate('status')).delivery.stable?.id ?? '';
    for (const image of ['app:v2', 'app:v3']) {
      await it.release(image);
      expect((await it.stepgate('deploy', '--until', 'done')).delivery.reason).toBe('DELIVERED');
    }
    const bad = await it.repo.head();
    await expectBack(it, await it.stepgate('rollback', '--to', first), { stable, bad });
  });

  test('with a field of somebody else in the template', async () => {
    await using it = await shop({ kind });
    const { stable, bad } = await badWaits(it);
    // What `kubectl rollout restart` does.
    const template = { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() } } };
    await patch(it.namespace, it.resource, 'shop', { spec: { template } });
    await expectBack(it, await it.stepgate('rollback'), { stable, bad });
    expect((await workload(it)).spec.template.metadata.annotations).toBeUndefined();
  });

  test.skipIf(embedded).for(['tick', 'rollback'] as const)('wedged: known for it, and set free by %s', async (by) => {
    await using it = await shop({ kind });
    const { stable } = await badWaits(it);
    const { bad } = await wedge(it);
    expect((await workload(it)).spec.updateStrategy?.rollingUpdate?.partition).toBe(32767);
    const status = await it.stepgate('status');
    expect([status.code, status.delivery.state, status.delivery.reason]).toEqual([1, 'stuck', 'WEDGED']);
    const ended = await it.stepgate(by);
    if (by === 'rollback') {
      await expectBack(it, ended, { stable, bad });
    } else {
      expect([ended.code, ended.delivery.state, ended.delivery.error?.code]).toEqual([1, 'rolledBack', 'ROLLED_BACK']);
      await expectServes(it, 'app:v1');
      await expectReverted(it, { onto: bad, stable, bad });
    }
    await it.repo.git('reset', '--hard', '--quiet', 'origin/main');
    await it.release('app:v4');
    const next = await it.stepgate('deploy', '--take-over', 'kubectl-patch');
    expect([next.code, next.delivery.state]).toEqual([0, 'waiting']);
    expect(await running(it)).toEqual(['app:v1 4', 'app:v4 1']);
  });
});

/** A bad release that waits at its first step. */
async function badWaits(it: Shop): Promise<{ readonly stable: string; readonly bad: string }> {
  const { stable } = await delivered(it);
  const bad = await it.release('app:v2');
  expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
  return { stable, bad };
}

async function expectBroughtBack(it: Shop, ended: Awaited<ReturnType<Shop['stepgate']>>, stable: string) {
  expect([ended.code, ended.delivery.state, ended.delivery.error], ended.stderr).toEqual([0, 'rolledBack', null]);
  expect(ended.delivery.stable?.commit).toBe(stable);
  expect(await running(it)).toEqual(['app:v1 5']);
  expect((await pods(it.namespace)).length).toBe(5);
}

/** The README's deployer, for a StatefulSet: its templates are kept in ControllerRevisions. */
const deployerRights = [
  { apiGroups: ['rollouts.kruise.io'], resources: ['rollouts'], verbs: ['get', 'list', 'watch', 'create', 'patch'] },
  { apiGroups: ['rollouts.kruise.io'], resources: ['rollouts/status'], verbs: ['patch'] },
  { apiGroups: ['apps'], resources: ['statefulsets'], verbs: ['get', 'list', 'watch', 'create', 'patch'] },
  { apiGroups: ['apps'], resources: ['controllerrevisions'], verbs: ['list'] },
  // Kubernetes waits for a broken pod for ever where the pods come one after the other: it has to be deleted.
  { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch', 'delete'] },
];

async function grant({ namespace }: Pick<Shop, 'namespace'>, user: string, rules: readonly object[]): Promise<void> {
  const name = `stepgate-${user}`;
  const api = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name } };
  const apiGroup = 'rbac.authorization.k8s.io';
  await apply(
    namespace,
    { ...api, kind: 'Role', rules },
    {
      ...api,
      kind: 'RoleBinding',
      roleRef: { apiGroup, kind: 'Role', name },
      subjects: [{ kind: 'User', name: user, apiGroup }],
    },
  );
}
