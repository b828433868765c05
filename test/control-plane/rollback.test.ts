import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ask, pathOf } from './connection.ts';
import {
  betweenBatches,
  delivered,
  engineAt,
  expectBack,
  expectHeld,
  expectReverted,
  expectServes,
  patchRollout,
  reasonOf,
  running,
  said,
  wedge,
  workload,
} from './drill.ts';
import { apply, cluster, kubectl, pods, waitFor } from './fixture.ts';
import { type Shop, shop } from './shop.ts';

/** One bad release in every place it can be in; after each only the old version serves, Git names it, the bad one is held. */
const styles = ['partition', 'canary', 'blueGreen'] as const;

/** A bad release that waits at its first step. */
async function waiting(it: Shop): Promise<{ readonly stable: string; readonly bad: string }> {
  const { stable } = await delivered(it);
  const bad = await it.release('app:v2');
  const ended = await it.stepgate('deploy');
  expect([ended.code, ended.delivery.state, ended.delivery.reason]).toEqual([0, 'waiting', 'GATE_SHUT']);
  return { stable, bad };
}

async function promoted(it: Shop, step: number): Promise<void> {
  const ended = await it.stepgate('promote', '--step', String(step));
  expect([ended.code, ended.delivery.error]).toEqual([0, null]);
}

test.concurrent.for(styles)('%s: waiting at a step', async (style) => {
  await using it = await shop({ style });
  const { stable, bad } = await waiting(it);
  const preview = await it.stepgate('rollback', '--dry-run');
  expect([preview.code, preview.writes]).toEqual([0, []]);
  expect(preview.delivery.changes.map((one) => one.object)).toEqual(['Deployment shop', 'Git origin/main']);
  await expectBack(it, await it.stepgate('rollback', '--reason', 'errors'), { stable, bad });
});

test.concurrent.for(styles)('%s: upgrading, with an image that never starts', async (style) => {
  await using it = await shop({ style });
  const { stable } = await delivered(it);
  const bad = await it.release('app:broken');
  const stuck = await it.stepgate('deploy');
  expect([stuck.code, stuck.delivery.state, stuck.delivery.reason]).toEqual([1, 'stuck', 'POD_NOT_STARTING']);
  await expectBack(it, await it.stepgate('rollback'), { stable, bad });
});

test.concurrent.for(styles)('%s: initializing, a second after the write', async (style) => {
  await using it = await shop({ style });
  const { stable } = await delivered(it);
  const bad = await it.release('app:v2');
  const run = it.start('deploy');
  await said(run.child, 'write: apply Deployment shop');
  await engineAt(it, 'the engine to prepare the release', (one) => reasonOf(one) === 'Initializing');
  const ended = await it.stepgate('rollback');
  run.child.kill('SIGKILL');
  await expectBack(it, ended, { stable, bad });
});

test.concurrent.for(styles)('%s: paused by somebody', async (style) => {
  await using it = await shop({ style });
  const { stable, bad } = await waiting(it);
  await patchRollout(it, { spec: { strategy: { paused: true } } });
  await engineAt(it, 'the engine to be paused', (one) => reasonOf(one) === 'Paused');
  await expectBack(it, await it.stepgate('rollback'), { stable, bad });
  const paused = await kubectl([
    'get',
    'rollout',
    'shop',
    '-n',
    it.namespace,
    '-o',
    'jsonpath={.spec.strategy.paused}',
  ]);
  expect(paused).not.toBe('true');
});

test.concurrent.for(styles)('%s: finalising', async (style) => {
  await using it = await shop({
    style,
    steps: ['{ name: one, replicas: 20% }', '{ name: all, replicas: 100%, leaveWhen: [] }'],
  });
  const { stable, bad } = await waiting(it);
  // A tick passes the last step by itself where the engine waits there.
  const run = it.start('promote', '--step', '1');
  const end = engineAt(it, 'the engine to close the release', (one) => reasonOf(one) === 'Finalising');
  await run.ended;
  const tick = it.start('tick', '--until', 'done');
  await end;
  tick.child.kill('SIGKILL');
  await expectBack(it, await it.stepgate('rollback'), { stable, bad });
});

test.concurrent.for(styles)('%s: completed, back to the one before', async (style) => {
  await using it = await shop({ style });
  const { stable, bad } = await waiting(it);
  for (const step of style === 'blueGreen' ? [1, 2, 3] : [1, 2]) {
    await promoted(it, step);
    await it.stepgate('deploy');
  }
  const whole = await it.stepgate('status');
  expect([whole.delivery.reason, whole.delivery.stable?.commit]).toEqual(['DELIVERED', bad]);
  await expectBack(it, await it.stepgate('rollback'), { stable, bad });
});

test.concurrent.for(styles)('%s: with a field of somebody else in the template', async (style) => {
  await using it = await shop({ style });
  const { stable, bad } = await waiting(it);
  await kubectl(['rollout', 'restart', 'deployment/shop', '-n', it.namespace]).catch(async () => {
    // kubectl refuses to restart what is paused: the same patch by hand.
    const template = { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() } } };
    await kubectl(['patch', 'deployment', 'shop', '-n', it.namespace, '-p', JSON.stringify({ spec: { template } })]);
  });
  await expectBack(it, await it.stepgate('rollback'), { stable, bad });
  expect((await workload(it)).spec.template.metadata.annotations).toBeUndefined();
});

test.concurrent.for([
  ['as the engine prepares the release', 'Initializing'],
  ['before the engine takes its first step', 'InRolling'],
] as const)('with the Service missing %s: told, and finished once it is there', async ([, reason]) => {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'shop' },
    spec: { selector: { app: 'shop' }, ports: [{ port: 80 }] },
  };
  const ingress = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'shop' },
    spec: {
      ingressClassName: 'nginx',
      rules: [
        {
          http: {
            paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'shop', port: { number: 80 } } } }],
          },
        },
      ],
    },
  };
  await using it = await shop({
    style: 'canary',
    steps: ['{ name: one, replicas: 1, traffic: 20% }', '{ name: all, replicas: 100%, traffic: 100% }'],
    config: '    traffic: { service: shop, ingress: { name: shop, class: nginx } }',
  });
  await apply(it.namespace, service, ingress);
  const { stable } = await delivered(it);
  const bad = await it.release('app:v2');
  const run = it.start('deploy');
  await said(run.child, 'write: apply Deployment shop');
  await engineAt(it, `the engine to be ${reason}`, (one) => reasonOf(one) === reason);
  await ask(cluster, pathOf(it.namespace, 'services', 'shop'), { method: 'DELETE' });
  run.child.kill('SIGKILL');

  const told = await it.stepgate('rollback');
  expect([told.code, told.delivery.state, told.delivery.reason]).toEqual([1, 'stuck', 'TRAFFIC_TARGET_MISSING']);
  expect(told.delivery.message).toContain('Service shop');
  expect(await running(it)).toEqual(['app:v1 5']);
  await apply(it.namespace, service);
  await expectBack(it, await it.stepgate('tick'), { stable, bad });
});

/** E32: written before the engine's new batch controller has taken the workload, stable's template wedges it. */
test.concurrent.for([
  { style: 'partition', delay: 0 },
  { style: 'partition', delay: 2500 },
  { style: 'canary', delay: 0 },
  { style: 'canary', delay: 2500 },
] as const)('$style: $delay ms into a release that superseded another', async ({ style, delay }) => {
  await using it = await shop({ style });
  const { stable } = await waiting(it);
  const bad = await it.release('app:v3');
  const run = it.start('deploy');
  await said(run.child, 'write: apply Deployment shop');
  await sleep(delay);
  const ended = await it.stepgate('rollback');
  run.child.kill('SIGKILL');
  await expectBack(it, ended, { stable, bad });
});

test.concurrent.for(['partition', 'canary'] as const)('%s: between two batches nothing is written', async (style) => {
  await using it = await shop({ style });
  const { stable } = await waiting(it);
  const { bad, release } = await betweenBatches(it);
  const { metadata } = await workload(it);
  const early = await it.stepgate('rollback', '--timeout', '5s');
  expect([early.code, early.delivery.state, early.delivery.error?.code]).toEqual([1, 'reverting', 'TIMEOUT']);
  expect(early.delivery.message).toContain('has not taken the workload yet');
  expect((await workload(it)).metadata.generation).toBe(metadata.generation);
  await release();
  await expectBack(it, await it.stepgate('tick'), { stable, bad });
});

test.concurrent.for([
  { style: 'partition', by: 'tick' },
  { style: 'partition', by: 'rollback' },
  { style: 'canary', by: 'tick' },
] as const)('$style: a wedged workload is known for one, and $by sets it free', async ({ style, by }) => {
  await using it = await shop({ style });
  const { stable } = await waiting(it);
  const { bad } = await wedge(it);
  expect((await workload(it)).spec.paused).toBe(true);
  const status = await it.stepgate('status');
  expect([status.code, status.delivery.state, status.delivery.reason]).toEqual([1, 'stuck', 'WEDGED']);
  const ended = await it.stepgate(by);
  if (by === 'tick') {
    expect([ended.code, ended.delivery.state, ended.delivery.error?.code]).toEqual([1, 'rolledBack', 'ROLLED_BACK']);
    await expectServes(it, 'app:v1');
    await expectReverted(it, { onto: bad, stable, bad });
  } else {
    await expectBack(it, ended, { stable, bad });
  }
  // And it is a workload like any other again: the next release is gated, and delivered.
  await it.repo.git('reset', '--hard', '--quiet', 'origin/main');
  await it.release('app:v4');
  const next = await it.stepgate('deploy', '--take-over', 'kubectl-patch');
  expect([next.code, next.delivery.state]).toEqual([0, 'waiting']);
  expect(await running(it)).toEqual(style === 'canary' ? ['app:v1 5', 'app:v4 1'] : ['app:v1 4', 'app:v4 1']);
});

test.concurrent('--to: a release further back', async () => {
  await using it = await shop({ steps: ['{ name: all, replicas: 100%, leaveWhen: [] }'] });
  const { stable } = await delivered(it);
  const first = (await it.stepgate('status')).delivery.stable?.id ?? '';
  for (const image of ['app:v2', 'app:v3']) {
    await it.release(image);
    const ended = await it.stepgate('deploy', '--until', 'done');
    expect([ended.code, ended.delivery.reason]).toEqual([0, 'DELIVERED']);
  }
  const bad = await it.repo.head();
  const unknown = await it.stepgate('rollback', '--to', 'nothing');
  expect([unknown.code, unknown.delivery.error?.code, unknown.writes]).toEqual([4, 'NOTHING_TO_ROLL_BACK_TO', []]);
  await expectBack(it, await it.stepgate('rollback', '--to', first), { stable, bad });
});

test.concurrent('blueGreen, --to in mid-release: over the stable version of the engine, which takes no other', async () => {
  await using it = await shop({
    style: 'blueGreen',
    steps: ['{ name: half, replicas: 50% }', '{ name: all, replicas: 100%, leaveWhen: [] }'],
  });
  const { stable } = await delivered(it);
  const first = (await it.stepgate('status')).delivery.stable?.id ?? '';
  await it.release('app:v2');
  await it.stepgate('deploy');
  await promoted(it, 1);
  const ended = await it.stepgate('deploy', '--until', 'done');
  expect([ended.code, ended.delivery.reason]).toEqual([0, 'DELIVERED']);
  const bad = await it.release('app:v3');
  expect((await it.stepgate('deploy')).delivery.state).toBe('waiting');
  await expectBack(it, await it.stepgate('rollback', '--to', first), { stable, bad });
});

test.concurrent('nothing to go back to: refused, nothing written', async () => {
  await using it = await shop();
  const none = await it.stepgate('rollback');
  expect([none.code, none.delivery.error?.code, none.writes]).toEqual([4, 'NO_RELEASE', []]);
  await delivered(it);
  const first = await it.stepgate('rollback');
  expect([first.code, first.delivery.error?.code, first.writes]).toEqual([4, 'NOTHING_TO_ROLL_BACK_TO', []]);
});

test.concurrent('by policy: a step that does not become ready', async () => {
  await using it = await shop({ config: '    rollback: { on: [stuck], stuckAfter: 10s }' });
  const { stable } = await delivered(it);
  const bad = await it.release('app:broken');
  const run = it.start('deploy');
  await said(run.child, 'write: apply Deployment shop');
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
  // Told once: what is back and held is no failure of the ticks after it.
  const later = await it.stepgate('tick');
  expect([later.code, later.delivery.state, later.writes]).toEqual([0, 'rolledBack', []]);
});

test.concurrent('by policy: a pod that stops being ready while its step waits', async () => {
  await using it = await shop({ config: '    rollback: { on: [unready], stuckAfter: 20s }' });
  const { stable, bad } = await waiting(it);
  const pod = (await pods(it.namespace)).find((one) => one.spec.containers[0]?.image === 'app:v2');
  const now = `${new Date().toISOString().slice(0, 19)}Z`;
  const conditions = ['Ready', 'ContainersReady'].map((type) => ({
    type,
    status: 'False',
    reason: 'Probe',
    lastTransitionTime: now,
  }));
  const patch = JSON.stringify({ status: { conditions } });
  await kubectl(['patch', 'pod', pod?.metadata.name ?? '', '-n', it.namespace, '--subresource=status', '-p', patch]);
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
});
