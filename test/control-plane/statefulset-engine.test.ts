import { expect, test } from 'vitest';
import { ask, pathOf, type Resource } from './connection.ts';
import { cluster, conditionOf, type List, namespace, patch, pods, type Rollout, read, waitFor } from './fixture.ts';

/**
 * What the engine and Kubernetes do with a StatefulSet, without stepgate: what its row among the workload kinds rests on. The
 * movements are recorded in test/fidelity/recordings (S01 and on).
 */

const gateKey = 'rollouts.kruise.io/in-progressing';
const controlKey = 'batchrelease.rollouts.kruise.io/control-info';
const idKey = 'rollouts.kruise.io/rollout-id';

interface StatefulSet {
  readonly metadata: {
    readonly uid: string;
    readonly generation: number;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields: readonly ManagedFields[];
  };
  readonly spec: {
    readonly paused?: boolean;
    readonly template: object;
    readonly updateStrategy: { readonly type: string; readonly rollingUpdate?: { readonly partition: number } };
  };
  readonly status: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly updatedReplicas?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
    readonly conditions?: unknown;
  };
}

interface ManagedFields {
  readonly manager: string;
  readonly operation: string;
  readonly fieldsV1: { readonly 'f:spec'?: { readonly 'f:updateStrategy'?: object } };
}

interface ControllerRevision {
  readonly metadata: { readonly name: string; readonly ownerReferences?: readonly { readonly uid: string }[] };
  readonly revision: number;
  readonly data: { readonly spec: { readonly template: { readonly $patch: string } } };
}

interface Sent {
  readonly dryRun?: boolean;
  readonly manager?: string;
  readonly force?: boolean;
}

function applied<T>(inNamespace: string, resource: Resource, body: object, sent: Sent = {}): Promise<T> {
  const { dryRun = false, manager = 'stepgate', force = true } = sent;
  const query = `fieldManager=${manager}&force=${force}${dryRun ? '&dryRun=All' : ''}`;
  const contentType = 'application/apply-patch+yaml';
  return ask<T>(cluster, `${pathOf(inNamespace, resource, 'demo')}?${query}`, { method: 'PATCH', contentType, body });
}

function statefulSet(version: number, spec: object = {}) {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'demo', labels: { [idKey]: `r${version}` } },
    spec: {
      replicas: 3,
      serviceName: 'demo',
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: { app: 'demo' } },
      template: {
        metadata: { labels: { app: 'demo' } },
        spec: { terminationGracePeriodSeconds: 5, containers: [{ name: 'main', image: `app:v${version}` }] },
      },
      ...spec,
    },
  };
}

const rollout = {
  apiVersion: 'rollouts.kruise.io/v1beta1',
  kind: 'Rollout',
  metadata: { name: 'demo' },
  spec: {
    workloadRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'demo' },
    strategy: {
      canary: {
        steps: [
          { replicas: 1, pause: {} },
          { replicas: '100%', pause: {} },
        ],
      },
    },
  },
};

function setOf(inNamespace: string): Promise<StatefulSet> {
  return read<StatefulSet>(inNamespace, 'statefulsets', 'demo');
}

function rolloutOf(inNamespace: string): Promise<Rollout> {
  return read<Rollout>(inNamespace, 'rollouts', 'demo');
}

/** A StatefulSet of v1 that the engine knows, at rest. */
async function served(spec: object = {}): Promise<string> {
  const ns = await namespace('sts');
  await applied(ns, 'rollouts', rollout);
  await applied(ns, 'statefulsets', statefulSet(1, spec));
  await atRest(ns, 'r1');
  return ns;
}

/** Idle, with every pod of the present template. */
async function atRest(ns: string, id: string): Promise<void> {
  await waitFor(
    async () => {
      const { status } = await rolloutOf(ns);
      const set = await setOf(ns);
      const idle = status?.phase === 'Healthy' && status.canaryStatus?.observedRolloutID === id;
      return idle && isWhole(set);
    },
    { what: `${id} at rest`, show: async () => [await rolloutOf(ns), await setOf(ns)] },
  );
}

function isWhole({ metadata, status }: StatefulSet): boolean {
  const counts = [status.replicas, status.readyReplicas, status.availableReplicas, status.updatedReplicas];
  return (
    status.observedGeneration === metadata.generation &&
    counts.every((count) => count === 3) &&
    status.currentRevision === status.updateRevision
  );
}

async function paused(ns: string): Promise<void> {
  await waitFor(
    async () => {
      const { status } = await rolloutOf(ns);
      return status?.message?.includes('manually confirm') === true && status.canaryStatus?.currentStepIndex === 1;
    },
    { what: 'step 1', show: () => rolloutOf(ns) },
  );
}

/** Releases a version to every pod. */
async function delivered(ns: string, version: number, spec: object = {}): Promise<void> {
  await applied(ns, 'statefulsets', statefulSet(version, spec));
  await paused(ns);
  await patch(ns, 'rollouts', 'demo/status', { status: { canaryStatus: { currentStepState: 'StepReady' } } });
  await atRest(ns, `r${version}`);
}

async function revisionsOf(ns: string): Promise<readonly ControllerRevision[]> {
  const { items } = await read<List<ControllerRevision>>(ns, 'controllerrevisions');
  return [...items].sort((a, b) => a.revision - b.revision);
}

/** Managers by operation that own something of the update strategy. */
function ownersOfStrategy({ metadata }: StatefulSet): readonly string[] {
  return metadata.managedFields
    .filter(({ fieldsV1 }) => fieldsV1['f:spec']?.['f:updateStrategy'] !== undefined)
    .map(({ manager, operation }) => `${manager} ${operation}`);
}

const gateOf = ({ metadata, spec }: StatefulSet) => ({
  gated: metadata.annotations?.[gateKey] ?? null,
  partition: spec.updateStrategy.rollingUpdate?.partition ?? null,
  paused: spec.paused ?? null,
});

test.concurrent('the gate is an annotation and a partition that no pod has, and a dry run shows both', async () => {
  const ns = await served();
  const before = await setOf(ns);
  expect(gateOf(before)).toEqual({ gated: null, partition: 0, paused: null });
  const shut = { gated: '{"rolloutName":"demo"}', partition: 32767, paused: null };
  const shown = await applied<StatefulSet>(ns, 'statefulsets', statefulSet(2), { dryRun: true });
  expect(gateOf(shown)).toEqual(shut);
  // What the webhook sets is nobody's.
  expect(ownersOfStrategy(shown)).toEqual([]);
  expect(await setOf(ns)).toEqual(before);
  // The id alone releases nothing.
  const sameTemplate = statefulSet(1);
  const renamed = { ...sameTemplate, metadata: { ...sameTemplate.metadata, labels: { [idKey]: 'r9' } } };
  const relabelled = await applied<StatefulSet>(ns, 'statefulsets', renamed, { dryRun: true });
  expect(gateOf(relabelled)).toEqual({ gated: null, partition: 0, paused: null });

  expect(gateOf(await applied<StatefulSet>(ns, 'statefulsets', statefulSet(2)))).toEqual(shut);
  await paused(ns);
  const taken = await setOf(ns);
  expect(gateOf(taken)).toEqual({ ...shut, partition: 2 });
  expect(taken.metadata.annotations?.[controlKey]).toBeDefined();
  expect(ownersOfStrategy(taken)).toEqual(['kruise-rollout Update']);
  // The same manifest again changes nothing; a further template shuts the gate again, and moves no pod that was moved.
  expect(gateOf(await applied<StatefulSet>(ns, 'statefulsets', statefulSet(2), { force: false }))).toEqual({
    ...shut,
    partition: 2,
  });
  expect(gateOf(await applied<StatefulSet>(ns, 'statefulsets', statefulSet(3), { dryRun: true }))).toEqual(shut);
});

test.concurrent('what is not gated: OnDelete, and a set without pods', async () => {
  const ns = await served();
  const open = { gated: null, partition: null, paused: null };
  const onDelete = (version: number) => statefulSet(version, { updateStrategy: { type: 'OnDelete' } });
  // The partition that Kubernetes has filled in is nobody's, so an apply cannot take it away.
  const refused = applied(ns, 'statefulsets', onDelete(1), { dryRun: true });
  await expect(refused).rejects.toThrow(/: 422 .*only allowed for updateStrategy 'RollingUpdate'/);
  const updateStrategy = [{ op: 'replace', path: '/spec/updateStrategy', value: { type: 'OnDelete' } }];
  await patch(ns, 'statefulsets', 'demo', updateStrategy);
  expect(gateOf(await applied<StatefulSet>(ns, 'statefulsets', onDelete(2), { dryRun: true }))).toEqual(open);
  const none = await served();
  await applied(none, 'statefulsets', statefulSet(1, { replicas: 0 }));
  const empty = await applied<StatefulSet>(none, 'statefulsets', statefulSet(2, { replicas: 0 }), { dryRun: true });
  expect(gateOf(empty)).toEqual({ ...open, partition: 0 });
});

test.concurrent('what cannot be changed is refused', async () => {
  const ns = await served();
  const other = applied(ns, 'statefulsets', statefulSet(2, { serviceName: 'other' }), { dryRun: true });
  await expect(other).rejects.toThrow(
    /: 422 .*StatefulSet.apps .*demo.* is invalid: spec: Forbidden: updates to statefulset spec for fields other than/,
  );
  const policy = statefulSet(2, { podManagementPolicy: 'OrderedReady' });
  await expect(applied(ns, 'statefulsets', policy, { dryRun: true })).rejects.toThrow(/: 422 .*Forbidden/);
});

test.concurrent('revisions: one name in the status, on the pods and of the ControllerRevision that keeps the template', async () => {
  const ns = await served();
  const one = await setOf(ns);
  const stable = one.status.currentRevision ?? '';
  expect(stable).toMatch(/^demo-[a-z0-9]+$/);
  expect(await hashesOf(ns)).toEqual([stable, stable, stable]);
  await applied(ns, 'statefulsets', statefulSet(2));
  await paused(ns);

  const two = await setOf(ns);
  const fresh = two.status.updateRevision ?? '';
  const { status } = await rolloutOf(ns);
  expect(status?.canaryStatus).toMatchObject({
    stableRevision: stable,
    canaryRevision: fresh,
    podTemplateHash: fresh,
    observedRolloutID: 'r2',
  });
  expect(two.status).toMatchObject({ currentRevision: stable, updateRevision: fresh, updatedReplicas: 1 });
  // Nothing tells whether a StatefulSet gets on: it has no conditions.
  expect(two.status.conditions).toBeUndefined();
  expect(await hashesOf(ns)).toEqual([stable, stable, fresh]);
  const moved = (await pods(ns)).find(({ metadata }) => metadata.name === 'demo-2');
  expect(moved?.metadata.labels).toMatchObject({ [idKey]: 'r2', 'rollouts.kruise.io/rollout-batch-id': '1' });

  const revisions = await revisionsOf(ns);
  expect(revisions.map(({ metadata, revision }) => [metadata.name, revision])).toEqual([
    [stable, 1],
    [fresh, 2],
  ]);
  expect(revisions.map(templateIn)).toEqual([one.spec.template, two.spec.template]);
  expect(revisions.map(({ metadata }) => metadata.ownerReferences?.[0]?.uid)).toEqual([
    one.metadata.uid,
    one.metadata.uid,
  ]);

  await patch(ns, 'rollouts', 'demo/status', { status: { canaryStatus: { currentStepState: 'StepReady' } } });
  await atRest(ns, 'r2');
  // The sub-status still names the version before.
  expect((await rolloutOf(ns)).status?.canaryStatus).toMatchObject({ stableRevision: stable, canaryRevision: fresh });
  expect(gateOf(await setOf(ns))).toEqual({ gated: null, partition: 0, paused: null });

  // The template of v1 once more is the revision of v1, with the highest number.
  const [kept] = (await revisionsOf(ns)).filter(({ metadata }) => metadata.name === stable);
  if (kept === undefined) throw new Error('the revision of v1 is gone');
  await patch(ns, 'statefulsets', 'demo', [
    { op: 'replace', path: '/spec/template', value: templateIn(kept) },
    { op: 'replace', path: '/metadata/labels/rollouts.kruise.io~1rollout-id', value: 'r3' },
  ]);
  await paused(ns);
  expect((await setOf(ns)).status).toMatchObject({ currentRevision: fresh, updateRevision: stable });
  expect((await revisionsOf(ns)).map(({ metadata, revision }) => [metadata.name, revision])).toEqual([
    [fresh, 2],
    [stable, 3],
  ]);
});

test.concurrent('in mid-release, the template of the stable revision is a rollback', async () => {
  const ns = await served();
  const [stable] = await revisionsOf(ns);
  if (stable === undefined) throw new Error('there is no revision');
  await applied(ns, 'statefulsets', statefulSet(2));
  await paused(ns);
  await patch(ns, 'statefulsets', 'demo', [
    { op: 'replace', path: '/spec/template', value: templateIn(stable) },
    { op: 'replace', path: '/metadata/labels/rollouts.kruise.io~1rollout-id', value: 'r3' },
  ]);
  await atRest(ns, 'r3');
  expect(conditionOf(await rolloutOf(ns), 'Succeeded')?.status).toBe('False');
  const set = await setOf(ns);
  expect(gateOf(set)).toEqual({ gated: null, partition: 0, paused: null });
  expect(set.metadata.annotations ?? {}).toEqual({});
  expect(set.metadata.labels).toEqual({ [idKey]: 'r3', 'rollouts.kruise.io/workload-type': 'statefulset' });
});

test.concurrent('a partition of the user is the engine’s once it has released, and gone', async () => {
  const ns = await served({ updateStrategy: { rollingUpdate: { partition: 1 } } });
  await delivered(ns, 2, { updateStrategy: { rollingUpdate: { partition: 1 } } });
  const set = await setOf(ns);
  expect(set.spec.updateStrategy.rollingUpdate?.partition).toBe(0);
  expect(ownersOfStrategy(set)).toContain('kruise-rollout Update');
});

test.concurrent('revisions that no pod has are kept as far as revisionHistoryLimit says', async () => {
  const ns = await served({ revisionHistoryLimit: 0 });
  const stable = (await setOf(ns)).status.currentRevision;
  await delivered(ns, 2, { revisionHistoryLimit: 0 });
  await waitFor(async () => (await revisionsOf(ns)).length === 1, {
    what: 'the end of the revision of v1',
    show: () => revisionsOf(ns),
  });
  expect((await revisionsOf(ns)).map(({ metadata }) => metadata.name)).not.toContain(stable);
});

async function hashesOf(ns: string): Promise<readonly string[]> {
  const all = await pods(ns);
  const byName = [...all].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  return byName.map(({ metadata }) => metadata.labels['controller-revision-hash'] ?? '');
}

function templateIn({ data }: ControllerRevision): object {
  const { $patch, ...template } = data.spec.template;
  expect($patch).toBe('replace');
  return template;
}
