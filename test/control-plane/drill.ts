import { expect } from 'vitest';
import { apply, type Rollout as BaseRollout, kubectl, type List, patch, pods, read, waitFor } from './fixture.ts';
import type { Ended, Shop } from './shop.ts';

/** What the drills look at of a workload, of whatever kind. */
export type Workload = {
  readonly metadata: {
    readonly name: string;
    readonly generation: number;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields: readonly { readonly manager: string }[];
  };
  readonly spec: {
    readonly paused?: boolean;
    readonly minReadySeconds?: number;
    readonly progressDeadlineSeconds?: number;
    readonly strategy?: { readonly type: string; readonly rollingUpdate?: unknown };
    readonly updateStrategy?: {
      readonly type: string;
      readonly partition?: number | string;
      readonly rollingUpdate?: { readonly partition?: number };
    };
    readonly template: {
      readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
      readonly spec: { readonly containers: readonly { readonly image: string; readonly env?: unknown }[] };
    };
  };
};
export type Rollout = BaseRollout & {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
};

export function workload({ namespace, resource }: Pick<Shop, 'namespace' | 'resource'>): Promise<Workload> {
  return read<Workload>(namespace, resource, 'shop');
}

export function rollout({ namespace }: Pick<Shop, 'namespace'>): Promise<Rollout> {
  return read<Rollout>(namespace, 'rollouts', 'shop');
}

/** How many pods run each image, as in `app:v1 5`; ones that are not ready are told apart: `app:v2 1 (0 ready)`. */
export async function running({ namespace }: Pick<Shop, 'namespace'>): Promise<readonly string[]> {
  const counts = new Map<string, { all: number; ready: number }>();
  for (const pod of await pods(namespace)) {
    const image = pod.spec.containers[0]?.image ?? '';
    const count = counts.get(image) ?? { all: 0, ready: 0 };
    count.all += 1;
    if (pod.status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True')) count.ready += 1;
    counts.set(image, count);
  }
  return [...counts]
    .map(([image, { all, ready }]) => `${image} ${all}${ready === all ? '' : ` (${ready} ready)`}`)
    .sort();
}

/** A shop that has delivered app:v1 and pushed it. */
export async function delivered(it: Shop): Promise<{ readonly stable: string }> {
  const first = await it.stepgate('deploy');
  expect([first.code, first.delivery.reason]).toEqual([0, 'FIRST_DEPLOY']);
  return { stable: await it.repo.head() };
}

/** The engine's marks on a workload, without `watched`, which stays while there is a Rollout. */
const marks = [
  'rollouts.kruise.io/in-progressing',
  'batchrelease.rollouts.kruise.io/control-info',
  'rollouts.kruise.io/deployment-strategy',
  'rollouts.kruise.io/deployment-extra-status',
  'rollouts.kruise.io/original-deployment-strategy',
  'rollouts.kruise.io/controlled-by-advanced-deployment-controller',
];

/**
 * Only this version serves, whole, and nothing of a release or of a rollback is left on the workload. `open`: but for the
 * fields that the patch of a rollback owns until stable can be rendered.
 */
export async function expectServes(
  it: Shop,
  image: string,
  { replicas = 5, open = false }: { readonly replicas?: number; readonly open?: boolean } = {},
): Promise<void> {
  expect(await running(it)).toEqual([`${image} ${replicas}`]);
  const { metadata, spec } = await workload(it);
  expect({
    image: spec.template.spec.containers[0]?.image,
    paused: spec.paused ?? false,
    minReady: spec.minReadySeconds ?? 0,
    deadline: spec.progressDeadlineSeconds,
    strategy: (spec.strategy ?? spec.updateStrategy)?.type,
    partition: spec.updateStrategy?.partition ?? spec.updateStrategy?.rollingUpdate?.partition ?? 0,
    marks: marks.filter((mark) => mark in { ...metadata.annotations, ...metadata.labels }),
    ours: open ? 0 : metadata.managedFields.filter((one) => one.manager === 'stepgate-rollback').length,
  }).toEqual({
    image,
    paused: false,
    minReady: 0,
    // The others have no deadline, and are held by their partition.
    deadline: it.resource === 'deployments' ? 600 : undefined,
    strategy: it.resource.startsWith('clonesets') ? 'ReCreate' : 'RollingUpdate',
    partition: 0,
    marks: [],
    ours: 0,
  });
  const all = await read<List<Workload>>(it.namespace, it.resource);
  expect(all.items.map((one) => one.metadata.name)).toEqual(['shop']);
  expect((await rollout(it)).status?.phase).toBe('Healthy');
}

/** The branch is one new commit on top of `onto`, with trailers, and has stable's file again. */
export async function expectReverted(
  it: Shop,
  { onto, stable, bad }: { readonly onto: string; readonly stable: string; readonly bad: string },
): Promise<string> {
  const tip = await it.remote.tip('main');
  if (tip === null) throw new Error('the remote has no main');
  await it.repo.git('fetch', '--quiet', 'origin');
  expect(await it.repo.git('rev-list', '--parents', '-n', '1', tip)).toBe(`${tip} ${onto}`);
  expect(await it.repo.git('diff', '--stat', stable, tip, '--', 'deploy')).toBe('');
  const trailers = await it.repo.git('log', '-1', '--format=%(trailers:only,unfold)', tip);
  expect(trailers).toContain(`Stepgate-Delivery: ${it.delivery}\n`);
  expect(trailers).toMatch(new RegExp(`^Stepgate-Rolled-Back: ${bad.slice(0, 10)}-[0-9a-f]{8}(-\\d+)? ${bad}$`, 'm'));
  expect(trailers).toMatch(new RegExp(`^Stepgate-Restored: ${stable.slice(0, 10)}-[0-9a-f]{8}-\\d+ ${stable}$`, 'm'));
  return tip;
}

/** The bad release is held: deploying it again is refused, and nothing is written. */
export async function expectHeld(it: Shop, bad: string): Promise<void> {
  const again = await it.stepgate('deploy', '--at', bad);
  expect([again.code, again.delivery.error?.code, again.writes]).toEqual([4, 'HELD', []]);
}

/** All three at once, and what the command said about it. */
export async function expectBack(
  it: Shop,
  ended: Ended,
  {
    stable,
    bad,
    onto = bad,
    size = 5,
  }: { readonly stable: string; readonly bad: string; readonly onto?: string; readonly size?: number },
): Promise<void> {
  const { code, delivery } = ended;
  expect({ code, state: delivery.state, reason: delivery.reason, error: delivery.error }).toEqual({
    code: 0,
    state: 'rolledBack',
    reason: 'ROLLED_BACK',
    error: null,
  });
  expect([delivery.stable?.commit, delivery.release?.commit]).toEqual([stable, stable]);
  expect(delivery.hold).not.toBeNull();
  await expectServes(it, 'app:v1', { replicas: size });
  await expectReverted(it, { onto, stable, bad });
  await expectHeld(it, bad);
}

/** Resolves once a command's log has the text. */
export function said(child: ReturnType<Shop['start']>['child'], text: string): Promise<void> {
  let log = '';
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes(text)) resolve();
    });
    child.once('close', (code) => reject(new Error(`ended with ${code} and never said '${text}':\n${log}`)));
  });
}

/** Waits until the engine's status says so. */
export function engineAt(it: Shop, what: string, is: (rollout: Rollout) => boolean): Promise<true> {
  return waitFor(async () => is(await rollout(it)) && true, { what, every: 50, show: () => rollout(it) });
}

export function reasonOf({ status }: Rollout): string | undefined {
  return status?.conditions?.find((one) => one.type === 'Progressing')?.reason;
}

export async function patchRollout(it: Shop, body: object): Promise<void> {
  await patch(it.namespace, 'rollouts', 'shop', body);
}

/**
 * A version waits at its first step, and another supersedes it: the moment at which stable's template wedges the workload
 * (E32). The old batch controller's object is gone, and a quota keeps the engine from making the new one until `release`.
 */
export async function betweenBatches(it: Shop) {
  await apply(it.namespace, {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'none' },
    spec: { hard: { 'count/batchreleases.rollouts.kruise.io': '0' } },
  });
  const enforced = () => kubectl(['get', 'quota', 'none', '-n', it.namespace, '-o', 'jsonpath={.status.hard}']);
  await waitFor(async () => (await enforced()) !== '', { what: 'the quota to be enforced' });
  const bad = await it.release('app:v3');
  const run = it.start('deploy');
  await said(run.child, `write: apply ${it.kind} shop`);
  await engineAt(it, 'the new release to begin', (one) => {
    const { observedRolloutID = '', currentStepState } = one.status?.canaryStatus ?? {};
    return observedRolloutID.startsWith(bad.slice(0, 10)) && currentStepState === 'StepUpgrade';
  });
  run.child.kill('SIGKILL');
  await run.ended;
  return { bad, release: () => kubectl(['delete', 'quota', 'none', '-n', it.namespace]) };
}

/** Somebody writes stable's image with kubectl at that very moment. */
export async function wedge(it: Shop): Promise<{ readonly bad: string }> {
  const { bad, release } = await betweenBatches(it);
  const image = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'app:v1' }];
  await kubectl(['patch', it.resource, 'shop', '-n', it.namespace, '--type=json', '-p', JSON.stringify(image)]);
  await engineAt(it, 'the engine to be idle', (one) => one.status?.phase === 'Healthy');
  await release();
  return { bad };
}
