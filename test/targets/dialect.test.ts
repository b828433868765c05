import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Delivery } from '../../src/release/delivery.ts';
import { StepgateError } from '../../src/release/error.ts';
import { at, type JsonObject, objectAt } from '../../src/release/json.ts';
import type { JsonPatch, KubeObject } from '../../src/release/ports.ts';
import { emptyRecord } from '../../src/release/record.ts';
import { isOfOldEngine, olderRollouts } from '../../src/targets/kruise/dialect/index.ts';
import { kruise } from '../../src/targets/kruise/index.ts';
import { delivery, plan, routed, step } from './delivery-fixture.ts';

const { read, write, patch } = olderRollouts;
const style = 'rollouts.kruise.io/rolling-style';
const written = (text: string, more: Partial<Delivery> = {}) => write(kruise.rolloutOf(delivery(text, more)));
const canaryOf = (rollout: KubeObject) => objectAt(rollout, 'spec', 'strategy', 'canary');

describe('a Rollout for a cluster that serves only v1alpha1', () => {
  test.each([
    ['partition 1 50% 100%', 'partition'],
    ['canary 1 50% 100%', 'canary'],
  ])('%s says its style, which by default is another', (text, wanted) => {
    const rollout = written(text);
    expect(rollout).toMatchObject({
      apiVersion: 'rollouts.kruise.io/v1alpha1',
      metadata: { name: 'shop', annotations: { [style]: wanted, 'stepgate.dev/delivery': 'shop@prod' } },
      spec: { objectRef: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' } } },
    });
    expect(objectAt(rollout, 'spec')).not.toHaveProperty('workloadRef');
    expect(canaryOf(rollout)).toEqual({
      steps: [
        { replicas: 1, pause: {} },
        { replicas: '50%', pause: {} },
        { replicas: '100%', pause: {} },
      ],
    });
  });

  test('has traffic as weights, and matches by header', () => {
    expect(canaryOf(written('canary 1/match 50%/20 100%/100', routed))).toEqual({
      steps: [
        { replicas: 1, matches: [{ headers: [{ name: 'x-user', value: 'beta' }] }], pause: {} },
        { replicas: '50%', weight: 20, pause: {} },
        { replicas: '100%', weight: 100, pause: {} },
      ],
      trafficRoutings: [{ service: 'shop', ingress: { classType: 'nginx', name: 'shop' } }],
    });
  });

  test.each(['CloneSet', 'StatefulSet'])('is in partition style for a %s with no style', (kind) => {
    const ref = { apiVersion: 'apps.kruise.io/v1alpha1', kind, name: 'shop' };
    const bare = { spec: { objectRef: { workloadRef: ref }, strategy: { canary: { steps: [{ weight: 20 }] } } } };
    expect(canaryOf(read(bare))).toEqual({ steps: [{ replicas: '20%', traffic: '20%' }] });
    const deployment = { ...ref, kind: 'Deployment' };
    expect(canaryOf(read({ spec: { ...bare.spec, objectRef: { workloadRef: deployment } } }))).toEqual({
      steps: [{ replicas: '20%', traffic: '20%' }],
      enableExtraWorkloadForCanary: true,
    });
  });

  test('keeps its metadata and status as they are', () => {
    const status = { phase: 'Healthy', canaryStatus: { currentStepIndex: 1, currentStepState: 'StepPaused' } };
    const rollout = written('canary 1 100%');
    const metadata = { ...objectAt(rollout, 'metadata'), uid: 'u', resourceVersion: '7' };
    expect(read({ ...rollout, metadata, status })).toMatchObject({
      apiVersion: 'rollouts.kruise.io/v1beta1',
      metadata: { uid: 'u', resourceVersion: '7', annotations: { 'stepgate.dev/delivery': 'shop@prod' } },
      status,
    });
    // The annotation of a TrafficRouting is no second field here, which would differ from every plan.
    const annotations = { 'rollouts.kruise.io/trafficrouting': 'shop' };
    expect(canaryOf(read({ ...rollout, metadata: { annotations } }))).not.toHaveProperty('trafficRoutingRef');
  });
});

const path = { path: { type: 'Exact', value: '/a' } };
const query = { queryParams: [{ name: 'q', value: 'yes' }] };
const custom = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', name: 'shop' };
const { traffic } = routed;

/** The key of the config, what is said, and the delivery. */
const refused: readonly (readonly [key: string, says: string, Delivery])[] = [
  ['strategy', 'strategy is blueGreen', delivery('blueGreen 50% 100%')],
  [
    'steps 1 matches',
    'matches of step 2 have path',
    delivery('canary 1 100%', { ...routed, steps: [step('1'), step('100%', { matches: [path] })] }),
  ],
  [
    'steps 0 matches',
    'matches of step 1 have path and queryParams',
    delivery('canary 1 100%', { ...routed, steps: [step('1', { matches: [path, query] }), step('100%')] }),
  ],
  ['steps 1 traffic', 'traffic of step 2 is 10%, less than', delivery('canary 1/20 50%/10 100%', routed)],
  ['steps 1 traffic', 'traffic of the last step is 100%', delivery('canary 1/20 50%/100', routed)],
  ['steps 1 traffic', 'traffic of the last step is 100%', delivery('canary 1/20 5/100', routed)],
  [
    'traffic',
    'traffic has custom routes',
    delivery('canary 1/20 100%', { traffic: { ...traffic, ingress: null, custom: [custom] } }),
  ],
  [
    'traffic',
    'traffic has canaryService: false',
    delivery('canary 1/20 100%', { traffic: { ...traffic, canaryService: false } }),
  ],
];

describe('a plan that v1alpha1 has no words for', () => {
  test.each(refused)('%s: %s', (key, says, its) => {
    const rollout = kruise.rolloutOf(its);
    expect(() => write(rollout)).toThrow(expect.objectContaining({ code: 'CLUSTER_REJECTED' }));
    expect(() => write(rollout)).toThrow(says);
    const around = { lists: {}, looked: {}, workload: null, changedConfig: [] };
    const found = (olderVersion?: string) =>
      kruise
        .traps(its, rendered(rollout), unseen, { ...around, ...(olderVersion === undefined ? {} : { olderVersion }) })
        .filter(({ code }) => code === 'OLD_API');
    expect(found()).toEqual([]);
    const [error, note, ...more] = found('rollouts.kruise.io/v1alpha1');
    expect([error?.severity, error?.key?.join(' '), note?.severity, more]).toEqual(['error', key, 'note', []]);
    expect(error?.message).toContain(says);
  });

  test('is refused where no rule knows it, because it would not come back', () => {
    const rollout = kruise.rolloutOf(delivery('canary 1 100%'));
    const [spec, canary] = [objectAt(rollout, 'spec'), canaryOf(rollout)];
    const unknown = { ...rollout, spec: { ...spec, strategy: { canary: { ...canary, newField: 1 } } } };
    expect(() => write(unknown)).toThrow('does not survive the translation');
  });
});

describe('an old engine whose hash of the template is not that of Kubernetes', () => {
  const label = 'rollouts.kruise.io/rollout-id';
  /** What serves: its pods have the hash that Kubernetes made, and the status of the Rollout that of the engine. */
  const seen = (text: string, { hash = 'abc', generation = 3, version = 'v1alpha1', kind = 'Deployment' } = {}) => {
    const its = delivery(text, { workload: { kind, name: 'shop' } });
    const fields = [{ manager: 'kruise-rollout', apiVersion: `rollouts.kruise.io/${version}` }];
    const rollout = {
      ...kruise.rolloutOf(its),
      metadata: { name: 'shop', generation: 1, managedFields: fields },
      status: {
        phase: 'Healthy',
        observedGeneration: 1,
        canaryStatus: { canaryRevision: 'engine', observedWorkloadGeneration: generation, observedRolloutID: 'r1' },
      },
    };
    const workload = { metadata: { name: 'shop', generation: 3, labels: { [label]: 'r1' } }, spec: { replicas: 1 } };
    const labels = { 'pod-template-hash': hash, 'controller-revision-hash': hash };
    const pods = [{ metadata: { name: 'shop-1', labels } }];
    const observation = kruise.observe(its, { takenAt: new Date(0), rollout, workload, pods });
    const lists = { Rollout: [rollout] };
    const around = { lists, looked: {}, workload, changedConfig: [], olderVersion: 'rollouts.kruise.io/v1alpha1' };
    return kruise
      .traps(its, rendered(kruise.rolloutOf(its)), observation, around)
      .filter(({ code, severity }) => code === 'OLD_API' && severity === 'error');
  };

  test('can release no Deployment in partition style, because no rollback to what serves would end', () => {
    expect(seen('partition 1 100%')).toMatchObject([
      {
        message: expect.stringContaining('would wait for ever at its first step'),
        facts: expect.arrayContaining(['engine by the engine, abc by Kubernetes']),
        key: ['strategy'],
      },
    ]);
  });

  test.each([
    ['the hashes are the same', seen('partition 1 100%', { hash: 'engine' })],
    ['the style is canary', seen('canary 1 100%')],
    ['the kind has revisions of its own', seen('partition 1 100%', { kind: 'CloneSet' })],
    ['the status is about an earlier template', seen('partition 1 100%', { generation: 2 })],
    ['the engine is new', seen('partition 1 100%', { version: 'v1beta1' })],
  ])('says nothing where %s', (_, found) => {
    expect(found).toEqual([]);
  });
});

const unseen = kruise.observe(delivery('canary 1 100%'), {
  takenAt: new Date(0),
  rollout: null,
  workload: null,
  pods: [],
});

function rendered(rollout: KubeObject) {
  const release = { id: 'r', commit: 'c', digest: 'd' };
  return { rollout, workload: {}, settings: null, carrier: null, before: [], idleOnly: [], release };
}

const anyStep = fc.record({
  replicas: fc.oneof(
    fc.integer({ min: 1, max: 9 }).map(String),
    fc.integer({ min: 1, max: 100 }).map((n) => `${n}%`),
  ),
  route: fc.option(fc.oneof(fc.constant('match'), fc.integer({ min: 1, max: 100 }).map(String)), { nil: null }),
});
const anyPlan = fc.record({
  style: fc.constantFrom('partition', 'canary', 'blueGreen'),
  steps: fc.array(anyStep, { minLength: 1, maxLength: 5 }),
  routed: fc.boolean(),
  unready: fc.boolean(),
});

test('every plan is written whole, so that it reads back as it was, or not at all', () => {
  let whole = 0;
  fc.assert(
    fc.property(anyPlan, (wanted) => {
      const steps = wanted.steps.map(({ replicas, route }) => (route === null ? replicas : `${replicas}/${route}`));
      const its = delivery('canary 1', {
        ...plan([wanted.style, ...steps].join(' ')),
        ...(wanted.routed ? routed : {}),
        ...(wanted.unready ? { settings: { mayBeUnready: { unit: 'percent', value: 20 } } } : {}),
      });
      const rollout = kruise.rolloutOf(its);
      let old: KubeObject;
      try {
        old = write(rollout);
      } catch (error) {
        expect(error).toBeInstanceOf(StepgateError);
        return;
      }
      whole += 1;
      expect(read(old)).toEqual(rollout);
      expect(kruise.planDifferences(rollout, read(old))).toEqual([]);
      expect(at(old, 'metadata', 'annotations', style)).toBe(wanted.style);
    }),
  );
  expect(whole).toBeGreaterThan(10);
});

describe('a patch', () => {
  const live: JsonObject = {
    ...kruise.rolloutOf(delivery('canary 1 100%')),
    status: { message: 'm', canaryStatus: { currentStepIndex: 1, currentStepState: 'StepPaused' } },
  };
  const facts = { delivery: delivery('canary 1 100%'), rollout: live, written: null, jumpTo: null } as const;
  const approved = (method: 'status' | 'plan') => {
    const change = kruise.change({ do: 'advance', release: 'r', step: 1, why: 'why' }, { ...facts, method });
    return change.do === 'patch' ? change.body : [];
  };

  test.each<[string, JsonPatch]>([
    ['an approval by status', approved('status')],
    ['an approval by plan', approved('plan')],
    ['the record', kruise.patches.record(live, emptyRecord)],
  ])('of %s is the same in both versions', (_, body) => {
    expect(body.length).toBeGreaterThan(1);
    expect(patch(body)).toBe(body);
  });

  test.each(['/spec/workloadRef/name', '/spec/strategy/canary/steps/0/traffic', '/status/currentStepIndex', '/spec'])(
    'of %s is a defect',
    (path) => {
      expect(() => patch([{ op: 'test', path, value: 1 }])).toThrow(path);
    },
  );
});

describe('the engine that wrote a Rollout', () => {
  const by = (...entries: readonly (readonly [manager: string, version: string])[]) => ({
    metadata: {
      managedFields: entries.map(([manager, version]) => ({ manager, apiVersion: `rollouts.kruise.io/${version}` })),
    },
  });
  test.each([
    ['is not known before it writes', by(['stepgate', 'v1alpha1']), false],
    ['is old', by(['stepgate', 'v1alpha1'], ['kruise-rollout', 'v1alpha1']), true],
    ['is new', by(['kruise-rollout', 'v1beta1']), false],
    ['was replaced by a new one', by(['kruise-rollout', 'v1alpha1'], ['kruise-rollout', 'v1beta1']), false],
  ])('%s', (_, rollout, old) => {
    expect(isOfOldEngine(rollout)).toBe(old);
  });

  test('need not label the workload when it is old, but has to mark and pause it', () => {
    const its = delivery('canary 1 100%');
    const annotations = { 'rollouts.kruise.io/in-progressing': '{"rolloutName":"shop"}' };
    const answer = (more: JsonObject, paused: boolean) => ({ metadata: { name: 'shop', ...more }, spec: { paused } });
    const [older, newer] = [by(['kruise-rollout', 'v1alpha1']), by(['kruise-rollout', 'v1beta1'])];
    const gates = (more: JsonObject, paused: boolean, rollout: KubeObject | null) =>
      kruise.wouldGate(its, answer(more, paused), { rollout, workload: null });
    expect(gates({ annotations }, true, older)).toBe(true);
    expect([gates({}, true, older), gates({ annotations }, false, older)]).toEqual([false, false]);
    expect([gates({ annotations }, true, newer), gates({ annotations }, true, null)]).toEqual([false, false]);
    const watched = (rollout: KubeObject) =>
      kruise.observe(its, { takenAt: new Date(0), rollout, workload: answer({}, false), pods: [] }).workload?.watched;
    expect([watched(older), watched(newer)]).toEqual([true, false]);
  });
});
