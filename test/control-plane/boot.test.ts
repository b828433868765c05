import { describe, expect, test } from 'vitest';
import {
  apply,
  cluster,
  conditionOf,
  kubectl,
  namespace,
  type Pod,
  pods,
  type Rollout,
  read,
  tally,
  waitFor,
} from './fixture.ts';
import { type Recording, record } from './recorder.ts';

const stable = 'registry.test/shop:v1';
const fresh = 'registry.test/shop:v2';

describe.concurrent('the control plane', () => {
  test('takes a partition release through its three steps', async () => {
    const ns = await namespace('boot');
    await apply(ns, rollout(['20%', '60%', '100%']), deployment({ image: stable, id: 'first' }));
    await waitFor(async () => (await look(ns)).status?.phase === 'Healthy', { what: 'the first Healthy' });
    await waitFor(async () => tally(await pods(ns), stable).ready === 5, { what: 'five ready pods' });

    await using recording = record<Pod>(cluster, ns, 'pods');
    await apply(ns, deployment({ image: fresh, id: 'second' }));
    for (const [step, replicas] of [
      [1, 1],
      [2, 3],
    ] as const) {
      await waitFor(async () => confirmable(await look(ns), step), { what: `the pause at step ${step}` });
      const running = await pods(ns);
      expect(tally(running, fresh)).toEqual({ all: replicas, ready: replicas });
      expect(tally(running, stable)).toEqual({ all: 5 - replicas, ready: 5 - replicas });
      expect(namesSeen(recording, fresh).size).toBeLessThanOrEqual(replicas);
      await approve(ns, step);
    }
    // A last step of literally 100% passes by itself.
    const end = await waitFor(async () => finished(await look(ns)), { what: 'Healthy and Succeeded' });
    expect(end.status?.canaryStatus?.observedRolloutID).toBe('second');
    expect(tally(await pods(ns), fresh)).toEqual({ all: 5, ready: 5 });
    await waitFor(() => namesSeen(recording, fresh).size === 5, { what: 'the recording to name five new pods' });
  });

  test('leaves a broken image in ImagePullBackOff and makes a slow one ready after a while', async () => {
    const ns = await namespace('images');
    await apply(
      ns,
      deployment({ name: 'broken', image: 'registry.test/broken:v1' }),
      deployment({ name: 'slow', image: 'registry.test/slow:v1' }),
    );
    const waiting = async (name: string) => (await pods(ns, `app=${name}`)).map(waitingReason);
    await waitFor(async () => (await waiting('slow')).every((reason) => reason === 'ContainerCreating'), {
      what: 'slow pods being created',
    });
    const started = Date.now();
    await waitFor(async () => tally(await pods(ns), 'registry.test/slow:v1').ready === 5, { what: 'slow pods' });
    expect(Date.now() - started).toBeGreaterThan(4_000);

    expect(await waiting('broken')).toEqual(Array(5).fill('ImagePullBackOff'));
    expect(tally(await pods(ns), 'registry.test/broken:v1')).toEqual({ all: 5, ready: 0 });
  });

  test('gives its users no right but what a test binds', async () => {
    const ns = await namespace('rbac');
    const asReader = { kubeconfig: cluster.users.reader.kubeconfig };
    await expect(kubectl(['get', 'pods', '-n', ns], asReader)).rejects.toThrow(
      'User "reader" cannot list resource "pods"',
    );
    await kubectl(['create', 'rolebinding', 'reader', '--clusterrole=view', '--user=reader', '-n', ns]);
    await waitFor(async () => (await kubectl(['get', 'pods', '-n', ns], asReader)) === '', {
      what: 'the role to count',
    });
  });
});

function look(ns: string): Promise<Rollout> {
  return read<Rollout>(ns, 'rollouts', 'shop');
}

/** An approval sent before the message asks for it may be overwritten by the engine's next write. */
function confirmable({ status }: Rollout, step: number): boolean {
  const { currentStepIndex, currentStepState } = status?.canaryStatus ?? {};
  const asked = status?.message?.includes('manually confirm') === true;
  return currentStepIndex === step && currentStepState === 'StepPaused' && asked;
}

function approve(ns: string, step: number): Promise<string> {
  const at = '/status/canaryStatus';
  const patch = [
    { op: 'test', path: `${at}/currentStepIndex`, value: step },
    { op: 'test', path: `${at}/currentStepState`, value: 'StepPaused' },
    { op: 'replace', path: `${at}/currentStepState`, value: 'StepReady' },
  ];
  const target = ['rollouts.v1beta1.rollouts.kruise.io', 'shop', '-n', ns];
  return kubectl(['patch', ...target, '--subresource=status', '--type=json', '-p', JSON.stringify(patch)]);
}

function finished(seen: Rollout): Rollout | false {
  const succeeded = conditionOf(seen, 'Succeeded')?.status === 'True';
  return seen.status?.phase === 'Healthy' && succeeded && seen;
}

/** All pods there ever were with the image, the short-lived too. */
function namesSeen({ seen }: Recording<Pod>, image: string): Set<string> {
  const ofImage = seen.filter(({ object }) => object.spec.containers[0]?.image === image);
  return new Set(ofImage.map(({ object }) => object.metadata.name));
}

function waitingReason({ status }: Pod): string | undefined {
  return status.containerStatuses?.[0]?.state.waiting?.reason;
}

function rollout(replicas: readonly string[]) {
  return {
    apiVersion: 'rollouts.kruise.io/v1beta1',
    kind: 'Rollout',
    metadata: { name: 'shop' },
    spec: {
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' },
      strategy: { canary: { steps: replicas.map((each) => ({ replicas: each, pause: {} })) } },
    },
  };
}

function deployment({ name = 'shop', image, id }: { name?: string; image: string; id?: string }) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, ...(id === undefined ? {} : { labels: { 'rollouts.kruise.io/rollout-id': id } }) },
    spec: {
      replicas: 5,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image }] } },
    },
  };
}
