import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { apply, kubectl, type List, type Pod, patch, pods, read, waitFor } from './fixture.ts';
import { fileOf, images, outcome, paused, recordOf, served, waiting, walk } from './scenes.ts';
import type { Ended, Shop, ShopOptions } from './shop.ts';

/** What the config says of a plan beside its steps and its traffic, and a size that changes in mid-release, on the real engine. */

type Strategy = {
  readonly steps: readonly { readonly pause: { readonly duration?: number } }[];
  readonly failureThreshold?: number | string;
  readonly patchPodTemplateMetadata?: unknown;
};
type Marked = {
  readonly metadata: Pod['metadata'] & { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: Pod['spec'];
};

describe.concurrent('settings of a plan', () => {
  test('timer: engine: the engine leaves the step after its pause, and no run of stepgate is needed', async () => {
    await using it = await served({
      steps: [
        '{ name: one, replicas: 20%, leaveWhen: [{ soak: 20s }], timer: engine }',
        '{ name: most, replicas: 60% }',
        '{ name: all, replicas: 100% }',
      ],
    });
    const { steps } = await strategyOf(it);
    expect(steps.map(({ pause }) => pause.duration)).toEqual([20, undefined, undefined]);
    await it.release('app:v2');
    const plan = await it.stepgate('plan');
    expect(plan.delivery.forecast[0]?.waitsFor).toEqual(["soak 20s on the engine's timer"]);
    const { child, ended } = it.start('deploy');
    const timed = await waitFor(
      async () => {
        const status = await it.stepgate('status');
        return status.delivery.message.includes('timer') && status;
      },
      { what: 'the pause', every: 500 },
    );
    child.kill('SIGKILL');
    await ended;
    expect(outcome(timed)).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect(timed.delivery.message).toBe("the engine's own timer ends step 1");
    expect(await images(it)).toEqual({ 'app:v1': 4, 'app:v2': 1 });
    await paused(it, 2);
    expect((await recordOf(it)).approvals).toEqual([]);
    expect(outcome(await it.stepgate('status'))).toEqual([0, 'waiting', 'GATE_SHUT', 2]);
    expect(await images(it)).toEqual({ 'app:v1': 2, 'app:v2': 3 });
    await walk(it, 2, 2);
    expect(await images(it)).toEqual({ 'app:v2': 5 });
  });

  test('canaryPods: the extra pods alone have the labels and annotations, until they go', async () => {
    await using it = await waiting({
      style: 'canary',
      config: '    canaryPods: { labels: { lane: canary }, annotations: { example.com/lane: "1" } }',
    });
    expect((await strategyOf(it)).patchPodTemplateMetadata).toEqual({
      labels: { lane: 'canary' },
      annotations: { 'example.com/lane': '1' },
    });
    expect(await lanes(it)).toEqual({ 'app:v1 - -': 5, 'app:v2 canary 1': 1 });
    const { delivery } = await it.stepgate('status');
    expect(delivery.pods).toEqual({ stable: { ready: 5, total: 5 }, canary: { ready: 1, total: 1 } });
    // The engine gives these pods no labels of a step.
    expect(delivery.batches).toMatchObject([
      { step: 1, total: 0, wanted: 1 },
      { step: null, ready: 1, total: 1 },
    ]);
    await walk(it, 1, 2);
    expect(await lanes(it)).toEqual({ 'app:v2 - -': 5 });
  });

  test('mayBeUnready: a step ends with so many new pods unready, and the release with none', async () => {
    await using it = await released({
      steps: ['{ name: two, replicas: 40% }', '{ name: most, replicas: 60% }', '{ name: all, replicas: 100% }'],
      config: '    mayBeUnready: 40%',
    });
    expect((await strategyOf(it)).failureThreshold).toBe('40%');
    const [pod] = await pods(it.namespace, 'rollouts.kruise.io/rollout-batch-id=1');
    const setReady = (status: 'True' | 'False') =>
      patch(it.namespace, 'pods', `${pod?.metadata.name}/status`, {
        status: {
          conditions: [
            ...(pod?.status.conditions ?? []).filter(({ type }) => !['Ready', 'ContainersReady'].includes(type)),
            { type: 'Ready', status },
            { type: 'ContainersReady', status },
          ],
        },
      });
    await setReady('False');
    const { delivery } = await it.stepgate('status');
    const [gate] = delivery.gates;
    expect([gate?.kind, gate?.is, gate?.why]).toEqual(['ready', 'open', '1 of 2 new pods ready, and 1 may be unready']);
    await promoteTo(it, 2);
    const most = await it.stepgate('deploy');
    expect([...outcome(most), most.delivery.pods.canary]).toEqual([
      0,
      'waiting',
      'GATE_SHUT',
      2,
      { ready: 2, total: 3 },
    ]);
    await promoted(it, 2);
    const finishing = await waitFor(
      async () => {
        const status = await it.stepgate('status');
        return status.delivery.reason === 'PODS_NOT_READY' && status;
      },
      { what: 'the last pods', every: 500 },
    );
    expect([finishing.delivery.state, finishing.delivery.pods.stable]).toEqual(['finishing', { ready: 4, total: 5 }]);
    await setReady('True');
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'done', 'DELIVERED', undefined]);
  });

  test('scaled by hand in mid-release: the pods of the step follow, and a deploy does not undo it', async () => {
    await using it = await waiting();
    await kubectl(['scale', 'deployment', 'shop', '-n', it.namespace, '--replicas=10']);
    await come(it, { 'app:v1': 8, 'app:v2': 2 });
    const status = await it.stepgate('status');
    expect(outcome(status)).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect(status.delivery.steps.map(({ pods }) => pods?.canary)).toEqual([2, 6, 10]);
    for (const command of ['plan', 'deploy']) {
      const refused = await it.stepgate(command);
      expect([refused.code, refused.delivery.error?.code, refused.writes]).toEqual([3, 'CLUSTER_CONFLICT', []]);
      expect(refused.delivery.error?.message).toContain('another manager owns .spec.replicas (kubectl)');
    }
    await promoteTo(it, 2);
    expect(await images(it)).toEqual({ 'app:v1': 4, 'app:v2': 6 });
    // Whoever has scaled is overruled by name alone.
    const over = await it.stepgate('deploy', '--take-over', 'kubectl');
    expect([...outcome(over), over.writes]).toEqual([
      0,
      'waiting',
      'GATE_SHUT',
      2,
      ['write: apply Deployment shop: differs outside the template'],
    ]);
    await come(it, { 'app:v1': 2, 'app:v2': 3 });
    await walk(it, 2, 2);
    expect(await images(it)).toEqual({ 'app:v2': 5 });
  });

  test('an autoscaler changes the size of a release in partition style, and the steps follow', async () => {
    await using it = await served();
    await apply(it.namespace, autoscaler);
    await it.release('app:v2');
    const fixed = await it.stepgate('plan');
    expect([fixed.code, codes(fixed)]).toEqual([0, ['HPA_OWNS_REPLICAS warning', 'HPA_PRESENT note']]);

    const sized = (await fileOf(it, 'deploy/shop.yaml')).replace(/^ {2}replicas: 5\n/m, '');
    await it.repo.commit({ 'deploy/shop.yaml': sized }, 'leave the size to the autoscaler');
    await it.repo.push('main');
    // Nobody else owns the size yet: given up, it would be one pod.
    const early = await it.stepgate('deploy');
    expect([early.code, early.delivery.error?.code, early.writes]).toEqual([4, 'FINDINGS', []]);
    expect(codes(early)).toEqual(['HPA_OWNS_REPLICAS error', 'HPA_PRESENT note']);

    await keepAtLeast(it, 6);
    await come(it, { 'app:v1': 6 });
    const plan = await it.stepgate('plan');
    expect([plan.code, codes(plan)]).toEqual([0, ['HPA_PRESENT note']]);
    expect(plan.delivery.forecast.map(({ canaryPods }) => canaryPods)).toEqual([2, 4, 6]);
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect(await images(it)).toEqual({ 'app:v1': 4, 'app:v2': 2 });

    await keepAtLeast(it, 10);
    // The step asks for two of ten; old and new grow in proportion, and none is taken back.
    await come(it, { 'app:v1': 7, 'app:v2': 3 });
    expect(outcome(await it.stepgate('status'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    await walk(it, 1, 2);
    expect(await images(it)).toEqual({ 'app:v2': 10 });
  });
});

/** No metrics are served here: what it does is to keep its least number of pods. */
const autoscaler = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'shop' },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' },
    minReplicas: 5,
    maxReplicas: 20,
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } }],
  },
};

function keepAtLeast(it: Shop, minReplicas: number): Promise<void> {
  return patch(it.namespace, 'horizontalpodautoscalers', 'shop', { spec: { minReplicas } });
}

/** A shop that serves v1, with v2 at its first step, however many pods that has. */
async function released(options: ShopOptions): Promise<Shop> {
  const it = await served(options);
  await it.release('app:v2');
  expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
  return it;
}

async function promoted(it: Shop, step: number): Promise<void> {
  const said = await it.stepgate('promote', '--step', String(step));
  expect([said.code, said.delivery.error], said.stderr).toEqual([0, null]);
}

/** Approves the step before it, and waits until the engine waits at this one. */
async function promoteTo(it: Shop, step: number): Promise<void> {
  await promoted(it, step - 1);
  await paused(it, step);
}

/** Findings of a report. */
function codes({ delivery }: Ended): readonly string[] {
  return delivery.findings.map(({ code, severity }) => `${code} ${severity}`);
}

/** Waits until these are all pods, by image. */
async function come(it: Shop, wanted: Readonly<Record<string, number>>): Promise<void> {
  await waitFor(async () => isDeepStrictEqual(await images(it), wanted), {
    what: JSON.stringify(wanted),
    timeout: 60_000,
    show: () => images(it),
  });
}

async function strategyOf({ namespace }: Pick<Shop, 'namespace'>): Promise<Strategy> {
  const { spec } = await read<{ spec: { strategy: { canary: Strategy } } }>(namespace, 'rollouts', 'shop');
  return spec.strategy.canary;
}

/** Pods by image, label and annotation. */
async function lanes({ namespace }: Pick<Shop, 'namespace'>): Promise<Readonly<Record<string, number>>> {
  const { items } = await read<List<Marked>>(namespace, 'pods');
  const names = items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata, spec }) =>
      [
        spec.containers[0]?.image,
        metadata.labels['lane'] ?? '-',
        metadata.annotations?.['example.com/lane'] ?? '-',
      ].join(' '),
    );
  return Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]));
}
