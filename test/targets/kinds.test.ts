import { describe, expect, test } from 'vitest';
import { at, type JsonObject, objectAt } from '../../src/release/json.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import { kruise } from '../../src/targets/kruise/index.ts';
import { keptTemplate, stableTemplate } from '../../src/targets/kruise/revisions.ts';
import { commit, delivery, podTemplate } from './delivery-fixture.ts';

/** What every kind says of its objects: a row a kind. */
interface Sample {
  readonly manifest: { readonly apiVersion: string; readonly kind: string };
  /** `spec` where the engine's webhook keeps every pod back. */
  readonly shut: JsonObject;
  readonly repaired: readonly (readonly [op: string, path: string, value?: unknown])[];
  /** `spec` of a manifest with settings of the user's, and what of it is written apart. */
  readonly own: JsonObject;
  readonly settings: JsonObject;
  /** The status of five pods, all of the present template and available. */
  readonly whole: JsonObject;
  /** Fields of that status, each of which alone makes it less. */
  readonly less: JsonObject;
  /** How the engine names the revision `shop-abc`; null where it names none. */
  readonly stable: string | null;
  /** What the kind's controller adds to each container of a template that it keeps. */
  readonly kept?: JsonObject;
  /** Labels of a pod of that revision. */
  readonly podLabels: JsonObject;
}

const counted = { observedGeneration: 2, replicas: 5, updatedReplicas: 5, availableReplicas: 5 };
const taken = 'batchrelease.rollouts.kruise.io/control-info';

const samples: Readonly<Record<string, Sample>> = {
  StatefulSet: {
    manifest: { apiVersion: 'apps/v1', kind: 'StatefulSet' },
    shut: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 32767 } } },
    repaired: [['add', '/spec/updateStrategy/rollingUpdate/partition', 0]],
    own: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } } },
    settings: { updateStrategy: { type: 'RollingUpdate' } },
    whole: counted,
    less: { observedGeneration: 1, updatedReplicas: 4, availableReplicas: 4, replicas: 6 },
    stable: 'shop-abc',
    podLabels: { 'controller-revision-hash': 'shop-abc' },
  },
  AdvancedStatefulSet: {
    manifest: { apiVersion: 'apps.kruise.io/v1beta1', kind: 'StatefulSet' },
    shut: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 32767 } } },
    repaired: [['add', '/spec/updateStrategy/rollingUpdate/partition', 0]],
    own: {
      updateStrategy: { rollingUpdate: { partition: 0, maxUnavailable: 2, podUpdatePolicy: 'InPlaceIfPossible' } },
    },
    settings: { updateStrategy: { rollingUpdate: { maxUnavailable: 2, podUpdatePolicy: 'InPlaceIfPossible' } } },
    whole: counted,
    less: { observedGeneration: 1, updatedReplicas: 4, availableReplicas: 4, replicas: 6 },
    stable: 'shop-abc',
    podLabels: { 'controller-revision-hash': 'shop-abc' },
  },
  AdvancedDaemonSet: {
    manifest: { apiVersion: 'apps.kruise.io/v1alpha1', kind: 'DaemonSet' },
    shut: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 32767 } } },
    repaired: [['add', '/spec/updateStrategy/rollingUpdate/partition', 0]],
    own: { updateStrategy: { rollingUpdate: { paused: false, maxUnavailable: 2 } } },
    settings: { updateStrategy: { rollingUpdate: { maxUnavailable: 2 } } },
    whole: {
      observedGeneration: 2,
      desiredNumberScheduled: 5,
      currentNumberScheduled: 5,
      updatedNumberScheduled: 5,
      numberAvailable: 5,
    },
    less: {
      observedGeneration: 1,
      desiredNumberScheduled: 6,
      currentNumberScheduled: 4,
      updatedNumberScheduled: 4,
      numberAvailable: 4,
    },
    stable: null,
    kept: { resources: {} },
    podLabels: { 'controller-revision-hash': 'abc' },
  },
  CloneSet: {
    manifest: { apiVersion: 'apps.kruise.io/v1alpha1', kind: 'CloneSet' },
    shut: { updateStrategy: { type: 'ReCreate', partition: '100%' } },
    repaired: [['replace', '/spec/updateStrategy/partition', 0]],
    own: { updateStrategy: { type: 'InPlaceIfPossible', partition: '0%', paused: false, maxUnavailable: 1 } },
    settings: { updateStrategy: { type: 'InPlaceIfPossible', maxUnavailable: 1 } },
    whole: counted,
    less: { observedGeneration: 1, updatedReplicas: 4, availableReplicas: 4, replicas: 6 },
    stable: 'abc',
    podLabels: { 'pod-template-hash': 'abc', 'controller-revision-hash': 'shop-abc' },
  },
};

describe.for(Object.entries(samples))('%s', ([name, sample]) => {
  const its = delivery('partition 1 100%', { workload: { kind: name, name: 'shop' } });
  const labels = { 'rollouts.kruise.io/rollout-id': 'r2', 'rollouts.kruise.io/workload-type': 'x' };
  const live = (
    spec: JsonObject,
    { annotations = {}, status = sample.whole }: { annotations?: JsonObject; status?: JsonObject } = {},
  ): KubeObject => ({
    ...sample.manifest,
    metadata: { name: 'shop', uid: 'u', resourceVersion: '7', generation: 2, labels, annotations },
    spec: { replicas: 5, template: podTemplate, ...spec },
    status,
  });
  const observed = (workload: KubeObject, pods: readonly KubeObject[] = []) =>
    kruise.observe(its, { takenAt: new Date(0), rollout: null, workload, pods });
  const gated = { 'rollouts.kruise.io/in-progressing': '{"rolloutName":"shop"}' };

  test('is gated where a dry-run shows the mark and every pod kept back', () => {
    const shown = (spec: JsonObject, annotations: JsonObject) =>
      kruise.wouldGate(its, live(spec, { annotations }), { rollout: null, workload: null });
    expect([shown(sample.shut, gated), shown({}, gated), shown(sample.shut, {})]).toEqual([true, false, false]);
  });

  test('is wedged where it is shut without the mark, and set free with its template as it is', () => {
    expect(observed(live(sample.shut, { annotations: gated })).workload?.wedged).toBe(false);
    expect(observed(live({})).workload?.wedged).toBe(false);
    const wedged = live(sample.shut, { annotations: { [taken]: '{}' } });
    expect(observed(wedged).workload).toMatchObject({ wedged: true, paused: true, taken: true });
    const writes = kruise.patches.repair(its, wedged).filter(({ op }) => op !== 'test');
    expect(writes).toEqual([
      ...sample.repaired.map(([op, path, value]) => ({ op, path, value })),
      { op: 'remove', path: `/metadata/annotations/${taken.replaceAll('/', '~1')}` },
    ]);
    expect(kruise.refs(its).workload).toMatchObject({ kind: sample.manifest, name: 'shop' });
  });

  test('is whole when every pod is new, available and seen', () => {
    expect(observed(live({})).workload).toMatchObject({ whole: true, settled: true, replicas: 5 });
    for (const [field, value] of Object.entries(sample.less)) {
      const status = { ...sample.whole, [field]: value };
      expect(observed(live({}, { status })).workload?.whole, field).toBe(false);
    }
  });

  test('has the user’s settings written apart, and the engine’s fields by nobody', () => {
    const manifest = { ...sample.manifest, metadata: { name: 'shop' }, spec: { template: podTemplate, ...sample.own } };
    const { workload, settings, rollout } = kruise.render(its, commit, [manifest], 1);
    expect(at(settings, 'spec')).toEqual(sample.settings);
    expect(Object.keys(objectAt(workload, 'spec'))).not.toContain('updateStrategy');
    expect(at(rollout, 'spec', 'workloadRef')).toEqual({ ...sample.manifest, name: 'shop' });
    expect(kruise.deliveryOf(rollout)?.workload).toEqual({ kind: name, name: 'shop' });
  });

  test('keeps earlier templates in ControllerRevisions, by the name that pods and engine have for them', () => {
    const containers = podTemplate.spec.containers.map((one) => ({ ...one, ...sample.kept }));
    const revision = {
      metadata: { name: 'shop-abc', ownerReferences: [{ uid: 'u' }] },
      data: { spec: { template: { ...podTemplate, spec: { containers }, $patch: 'replace' } } },
    };
    const objects = { written: live({}), revisions: [revision] };
    const pod = { metadata: { name: 'shop-0', labels: sample.podLabels } };
    const { servingRevision } = observed(live({}), [pod]);
    expect(keptTemplate(its, objects, { template: null, revision: servingRevision })).toEqual(podTemplate);
    const hash = kruise.templateHash(its, live({}));
    expect(keptTemplate(its, objects, { template: hash, revision: null })).toEqual(podTemplate);
    const rollout = { status: { canaryStatus: { stableRevision: sample.stable ?? '' } } };
    expect(stableTemplate(its, { ...objects, rollout })).toEqual(sample.stable === null ? null : podTemplate);
  });
});

test.for([
  ['StatefulSet', 'canary', 'has no canary style'],
  ['StatefulSet', 'blueGreen', 'denies blueGreen'],
  ['AdvancedStatefulSet', 'canary', 'has no canary style'],
  ['AdvancedStatefulSet', 'blueGreen', 'denies blueGreen'],
  ['AdvancedDaemonSet', 'canary', 'has no canary style'],
  ['AdvancedDaemonSet', 'blueGreen', 'denies blueGreen'],
  ['CloneSet', 'canary', 'has no canary style'],
  ['CloneSet', 'blueGreen', 'may take stable pods away'],
] as const)('%s in %s is refused with the reason', ([kind, style, why]) => {
  expect(kruise.refusesStyle(kind, style)?.says).toContain(why);
  expect(kruise.refusesStyle(kind, style)?.hint).toContain('write strategy: partition');
  expect(kruise.refusesStyle(kind, 'partition')).toBeNull();
});
