import { beforeAll, describe, expect, test } from 'vitest';
import { apply, conditionOf, kubectl, namespace, pods, type Rollout, read, tally, waitFor } from './fixture.ts';
import { type Application, site, velaRuns } from './vela-fixture.ts';

beforeAll(velaRuns);

const steps = [{ replicas: 1 }, { replicas: '100%' }];

describe.concurrent('KubeVela', () => {
  test.for([
    { releaseMode: 'batch', old: 4 },
    { releaseMode: 'canary', old: 5 },
  ] as const)('takes an Application through two steps: $releaseMode', async ({ releaseMode, old }) => {
    const ns = await namespace('vela');
    await apply(ns, site({ image: 'app:v1', id: 'one', steps, releaseMode }));
    await runs(ns, 'one');
    expect(tally(await pods(ns), 'app:v1')).toEqual({ all: 5, ready: 5 });

    await apply(ns, site({ image: 'app:v2', id: 'two', steps, releaseMode }));
    await waitFor(async () => confirmable(await rollout(ns)), { what: 'the pause at step 1' });
    expect(tally(await pods(ns), 'app:v2')).toEqual({ all: 1, ready: 1 });
    expect(tally(await pods(ns), 'app:v1')).toEqual({ all: old, ready: old });
    const midway = (await application(ns)).status;
    expect([midway?.status, midway?.workflow?.appRevision]).toEqual(['runningWorkflow', 'two']);

    await approve(ns);
    await runs(ns, 'two');
    const end = await rollout(ns);
    expect([end.status?.phase, end.status?.canaryStatus?.observedRolloutID]).toEqual(['Healthy', 'two']);
    expect(conditionOf(end, 'Succeeded')?.status).toBe('True');
    // In canary style the extra pods go a moment after the release.
    await waitFor(async () => tally(await pods(ns), 'app:v2').all === 5, { what: 'five new pods' });
    expect(tally(await pods(ns), 'app:v1').all).toBe(0);
    expect((await application(ns)).status?.latestRevision?.name).toBe('site-v2');
  });

  test('says in the step of its workflow what it cannot evaluate, and writes nothing', async () => {
    const ns = await namespace('vela');
    await apply(ns, site({ image: 'app:v1', id: 'one', steps: [{ replicas: 1, matches: [] }] }));
    await waitFor(async () => stepOf(await application(ns))?.phase === 'failed', { what: 'the failed step' });
    expect(stepOf(await application(ns))?.message).toContain('invalid template of trait kruise-rollout');
    expect(await pods(ns)).toEqual([]);
  });
});

function application(ns: string): Promise<Application> {
  return read<Application>(ns, 'applications', 'site');
}

function rollout(ns: string): Promise<Rollout> {
  return read<Rollout>(ns, 'rollouts', 'shop');
}

function stepOf({ status }: Application) {
  return status?.workflow?.steps?.[0];
}

/** Waits until all of that publishVersion is there and healthy. */
function runs(ns: string, publishVersion: string): Promise<boolean> {
  const is = async () => {
    const { status } = await application(ns);
    return status?.workflow?.appRevision === publishVersion && status.status === 'running';
  };
  return waitFor(is, { what: `${publishVersion} to run`, show: () => application(ns) });
}

/** An approval sent before the message asks for it may be overwritten by the engine's next write. */
function confirmable({ status }: Rollout): boolean {
  const asked = status?.message?.includes('manually confirm') === true;
  return status?.canaryStatus?.currentStepState === 'StepPaused' && asked;
}

async function approve(ns: string): Promise<void> {
  const patch = JSON.stringify({ status: { canaryStatus: { currentStepState: 'StepReady' } } });
  const target = ['rollouts.v1beta1.rollouts.kruise.io', 'shop', '-n', ns];
  await kubectl(['patch', ...target, '--subresource=status', '--type=merge', '-p', patch]);
}
