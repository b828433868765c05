import { expect, test } from 'vitest';
import { readInput } from '../../src/commands/input.ts';
import { machineClock, run } from '../../src/wire.ts';
import { bootCluster, type Cluster } from './cluster.ts';
import { conditionOf, type Rollout, waitFor } from './fixture.ts';
import { type Recording, record } from './recorder.ts';
import { type Shop, shop } from './shop.ts';
import { witness } from './witness.ts';

/** In pods: a last step of 100% passes by itself, and ten of ten waits (E13). */
const steps = Array.from({ length: 10 }, (_, index) => `{ replicas: ${index + 1} }`);
const styles = ['partition', 'canary', 'blueGreen'] as const;

/**
 * Half of all approvals that are sent as early as these are overwritten by the engine (E4). On a cluster of its own: the
 * engine's twenty requests a second are all spent here.
 */
test('a hundred promotions, each begun as its step pauses: none is lost, none is made twice', {
  timeout: 900_000,
}, async () => {
  await using own = await bootCluster();
  const delivered = await Promise.all(Array.from({ length: 10 }, (_, index) => deliver(own, index)));
  expect(delivered.map(({ visited }) => visited)).toEqual(delivered.map(() => [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
  expect(delivered.flatMap(({ promoted }) => promoted)).toEqual(Array.from({ length: 100 }, () => ({ error: null })));
});

async function deliver(own: Cluster, index: number) {
  const style = styles[index % styles.length] ?? 'partition';
  await using it = await shop({ style, steps, replicas: 10, on: own });
  const first = await it.stepgate('deploy');
  expect([first.code, first.delivery.reason], first.delivery.message).toEqual([0, 'FIRST_DEPLOY']);
  await using rollouts = record<Rollout>(own, it.namespace, 'rollouts');
  await using seen = await witness(it, own);

  await it.release('app:v2');
  const begun = await it.stepgate('deploy', '--timeout', '1s');
  const id = begun.delivery.release?.id ?? '';
  // The built program where the index is even; without its start-up, and so earlier still, where it is odd.
  const promote = index % 2 === 0 ? promoteByProcess : promoteInProcess;
  const promotions: Promise<{ error: unknown }>[] = [];
  for (let step = 1; step <= steps.length; step += 1) {
    await waitFor(() => waitsOf(rollouts, id).includes(step), {
      what: `step ${step} of ${it.namespace}`,
      every: 5,
      show: async () => rollouts.seen.at(-1),
    });
    expect(seen.most('app:v2')).toBeLessThanOrEqual(step);
    promotions.push(promote(it, own, { step, id }));
  }
  const promoted = await Promise.all(promotions);
  const end = await it.stepgate('tick', '--until', 'done');
  expect([end.code, end.delivery.state, end.delivery.reason]).toEqual([0, 'done', 'DELIVERED']);
  expect(conditionOf(rollouts.seen.at(-1)?.object ?? {}, 'Succeeded')?.status).toBe('True');
  return { visited: visitedOf(rollouts, id), waits: waitsOf(rollouts, id), promoted };
}

type Promotion = { readonly step: number; readonly id: string };

async function promoteByProcess(it: Shop, _own: Cluster, { step, id }: Promotion) {
  const { delivery } = await it.stepgate('promote', '--release', id, '--step', String(step));
  return { error: delivery.error };
}

async function promoteInProcess(it: Shop, own: Cluster, { step, id }: Promotion) {
  const result = await run(
    'promote',
    readInput('promote', { release: [id], step: [String(step)], kubeconfig: [own.kubeconfig], who: ['tester'] }),
    {
      folder: it.repo.folder,
      env: it.repo.env,
      signal: AbortSignal.timeout(600_000),
      clock: machineClock,
      log: () => {},
      mask: () => {},
      maskRead: () => {},
      readers: 'public',
      forge: async () => ({ missing: 'none' }),
      show: () => {},
    },
  );
  if (result.kind !== 'report') throw new Error('promote answers with a report');
  return { error: result.report.deliveries[0]?.error };
}

/** The steps the engine was at, each time it came to one. */
function visitedOf(recording: Recording<Rollout>, id: string): readonly number[] {
  return changes(ofRelease(recording, id).map(({ currentStepIndex = 0 }) => currentStepIndex));
}

/** The steps the engine waited at, each time it began to: a step whose approval was overwritten stands here twice. */
function waitsOf(recording: Recording<Rollout>, id: string): readonly number[] {
  const states = ofRelease(recording, id).map((sub) =>
    sub.currentStepState === 'StepPaused' ? sub.currentStepIndex : 0,
  );
  return changes(states.map((step = 0) => step)).filter((step) => step !== 0);
}

/** What the status said while it spoke of this release. */
function ofRelease({ seen }: Recording<Rollout>, id: string) {
  return seen.flatMap(({ object }) => {
    const sub = object.status?.canaryStatus ?? object.status?.blueGreenStatus;
    const rolling = conditionOf(object, 'Progressing')?.reason === 'InRolling';
    return sub?.observedRolloutID === id && rolling ? [sub] : [];
  });
}

function changes(values: readonly number[]): readonly number[] {
  return values.filter((value, index) => value !== values[index - 1]);
}
