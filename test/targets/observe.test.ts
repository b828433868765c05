import { describe, expect, test } from 'vitest';
import { type Json, type JsonObject, objectAt } from '../../src/release/json.ts';
import type { Engine, Observation } from '../../src/release/observation.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import { kruise } from '../../src/targets/kruise/index.ts';
import { delivery } from '../release/situation.ts';

/** Statuses as the recordings of the real engine have them; each row says which. */
const now = new Date('2026-11-21T10:00:00Z');
const asks = 'Rollout is in step(1/3), and you need manually confirm to enter the next step';

interface Given {
  readonly phase?: string;
  readonly reason?: string;
  readonly succeeded?: 'True' | 'False';
  readonly state?: string;
  readonly step?: number;
  readonly message?: string;
  readonly id?: string;
  readonly generation?: number;
  readonly observed?: number;
  readonly deleting?: boolean;
}

function rollout(given: Given, style: 'canary' | 'blueGreen' = 'canary'): KubeObject {
  const {
    phase,
    reason,
    succeeded,
    state = '',
    step = 1,
    message = '',
    id = 'r2',
    generation = 1,
    observed = 1,
  } = given;
  const lastTransitionTime = '2026-11-21T09:50:00Z';
  const condition = (type: string, status: string, why: string) => ({ type, status, reason: why, lastTransitionTime });
  const sub: JsonObject = {
    observedRolloutID: id,
    currentStepIndex: step,
    currentStepState: state,
    podTemplateHash: 'new',
    observedWorkloadGeneration: 2,
    lastUpdateTime: '2026-11-21T09:59:00Z',
  };
  return {
    apiVersion: 'rollouts.kruise.io/v1beta1',
    kind: 'Rollout',
    metadata: {
      name: 'shop',
      generation,
      resourceVersion: '7',
      ...(given.deleting ? { deletionTimestamp: '2026-11-21T09:59:59Z' } : {}),
    },
    spec: { strategy: { [style]: { steps: [{ replicas: '20%', pause: {} }] } } },
    status: {
      ...(phase === undefined ? {} : { phase }),
      observedGeneration: observed,
      message,
      [`${style}Status`]: sub,
      conditions: [
        ...(reason === undefined ? [] : [condition('Progressing', reason === 'Completed' ? 'False' : 'True', reason)]),
        ...(succeeded === undefined ? [] : [condition('Succeeded', succeeded, '')]),
      ],
    },
  };
}

function workload(
  id = 'r2',
  more: { spec?: JsonObject; annotations?: JsonObject; status?: JsonObject; labels?: JsonObject } = {},
): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'shop',
      uid: 'u1',
      generation: 2,
      resourceVersion: '9',
      labels: { 'rollouts.kruise.io/rollout-id': id, 'rollouts.kruise.io/workload-type': 'deployment', ...more.labels },
      annotations: more.annotations ?? {},
    },
    spec: { replicas: 5, template: { spec: { containers: [{ name: 'main', image: 'app:v2' }] } }, ...more.spec },
    status: { observedGeneration: 2, replicas: 5, updatedReplicas: 5, availableReplicas: 5, ...more.status },
  };
}

function pod(name: string, hash: string, status: Json): KubeObject {
  return {
    kind: 'Pod',
    metadata: { name, labels: { 'pod-template-hash': hash }, creationTimestamp: '2026-11-21T09:58:00Z' },
    status,
  };
}

const ready = { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-11-21T09:58:30Z' }] };

function observe(
  of: KubeObject | null,
  on: KubeObject | null,
  pods: readonly KubeObject[] = [],
  style: 'partition' | 'blueGreen' = 'partition',
): Observation {
  return kruise.observe(delivery({ style }), { takenAt: now, rollout: of, workload: on, pods });
}

const told = (engine: Engine) => {
  const step = 'step' in engine ? ` ${engine.step}` : '';
  const more = engine.at === 'waiting' ? `${engine.asks ? ' asks' : ''}${engine.timed ? ' timed' : ''}` : '';
  const why = engine.at === 'idle' ? ` ${engine.outcome}` : engine.at === 'off' ? ` ${engine.why}` : '';
  const leaving = engine.at === 'moving' && engine.leaving ? ' leaving' : '';
  return `${engine.at}${step}${more}${why}${leaving}`;
};

const rows: readonly (readonly [string, Given, string])[] = [
  ['a new Rollout', {}, 'unseen'],
  ['no workload of that name (E15)', { phase: 'Initial', message: 'Workload Not Found' }, 'noWorkload'],
  ['idle after a first deploy (T18)', { phase: 'Healthy', state: 'Completed', step: 3 }, 'idle fresh'],
  [
    'idle after a release (T01)',
    { phase: 'Healthy', reason: 'Completed', succeeded: 'True', state: 'Completed' },
    'idle succeeded',
  ],
  [
    'idle after a rollback, with a stale StepPaused (T18)',
    { phase: 'Healthy', reason: 'Completed', succeeded: 'False', state: 'StepPaused', step: 2 },
    'idle cancelled',
  ],
  ['the plan was written and not looked at yet', { phase: 'Healthy', generation: 2 }, 'unseen'],
  [
    'Initializing, with the sub-status of before (T18)',
    { phase: 'Progressing', reason: 'Initializing', state: 'Completed', step: 3 },
    'starting',
  ],
  ['BeforeStepUpgrade', { phase: 'Progressing', reason: 'InRolling', state: 'BeforeStepUpgrade' }, 'moving 1'],
  ['StepUpgrade', { phase: 'Progressing', reason: 'InRolling', state: 'StepUpgrade' }, 'moving 1'],
  ['StepTrafficRouting', { phase: 'Progressing', reason: 'InRolling', state: 'StepTrafficRouting' }, 'moving 1'],
  [
    'paused, not asking yet (E4)',
    {
      phase: 'Progressing',
      reason: 'InRolling',
      state: 'StepPaused',
      message: 'Rollout is in step(1/3), and upgrade workload to new version',
    },
    'waiting 1',
  ],
  [
    'paused and asking',
    { phase: 'Progressing', reason: 'InRolling', state: 'StepPaused', message: asks },
    'waiting 1 asks',
  ],
  [
    "the engine's own timer (T44)",
    {
      phase: 'Progressing',
      reason: 'InRolling',
      state: 'StepPaused',
      message: 'Rollout is in step(1/3), and wait duration(60 seconds) to enter the next step',
    },
    'waiting 1 timed',
  ],
  [
    'paused and asking, by a plan that was edited since (E7)',
    { phase: 'Progressing', reason: 'InRolling', state: 'StepPaused', message: asks, generation: 2 },
    'waiting 1',
  ],
  [
    'paused and asking, by the edited plan',
    { phase: 'Progressing', reason: 'InRolling', state: 'StepPaused', message: asks, generation: 2, observed: 2 },
    'waiting 1 asks',
  ],
  ['approved', { phase: 'Progressing', reason: 'InRolling', state: 'StepReady', message: asks }, 'moving 1 leaving'],
  [
    'another release than the label says',
    { phase: 'Progressing', reason: 'InRolling', state: 'StepPaused', message: asks, id: 'r1' },
    'moving 1',
  ],
  ['all steps left', { phase: 'Progressing', reason: 'InRolling', state: 'Completed', step: 3 }, 'finishing'],
  ['Finalising', { phase: 'Progressing', reason: 'Finalising', state: 'Completed' }, 'finishing'],
  ['Cancelling (T18)', { phase: 'Progressing', reason: 'Cancelling', state: 'StepPaused', step: 2 }, 'cancelling'],
  [
    'cancelled, one write before Healthy (T18)',
    { phase: 'Progressing', reason: 'Completed', succeeded: 'False' },
    'cancelling',
  ],
  ['strategy.paused (T33)', { phase: 'Progressing', reason: 'Paused', state: 'StepPaused' }, 'frozen 1'],
  ['disabled midway (T25b)', { phase: 'Disabling', reason: 'InRolling' }, 'off disabling'],
  ['disabled', { phase: 'Disabled' }, 'off disabled'],
  [
    'being deleted (T17)',
    { phase: 'Progressing', reason: 'InRolling', state: 'StepPaused', deleting: true },
    'off terminating',
  ],
];

describe('the engine', () => {
  test.for(rows)('%s', ([, given, wanted]) => {
    expect(told(observe(rollout(given), workload()).engine)).toBe(wanted);
  });

  test('there is no Rollout', () => {
    expect(told(observe(null, workload()).engine)).toBe('absent');
  });

  test('blueGreen refuses a third version (T23)', () => {
    const message = 'new version releasing detected in the progress of blue-green release, please rollback first';
    const given = { phase: 'Progressing', reason: 'InRolling', state: 'StepPaused', message };
    expect(told(observe(rollout(given, 'blueGreen'), workload('r3'), [], 'blueGreen').engine)).toBe('refusing 1');
  });
});

describe('the workload', () => {
  const waiting = rollout({ phase: 'Progressing', reason: 'InRolling', state: 'StepPaused', message: asks });
  const view = (of: KubeObject) => observe(waiting, of).workload;

  test('whole only when every pod is new, available and seen', () => {
    expect(view(workload())?.whole).toBe(true);
    for (const status of [
      { observedGeneration: 1 },
      { updatedReplicas: 4 },
      { availableReplicas: 4 },
      { replicas: 6 },
    ]) {
      expect(view(workload('r2', { status }))?.whole, JSON.stringify(status)).toBe(false);
    }
    expect(view(workload('r2', { spec: { paused: true } }))?.whole).toBe(false);
  });

  test('settled does not ask for available pods', () => {
    expect(view(workload('r2', { status: { availableReplicas: 0 } }))).toMatchObject({ settled: true, whole: false });
  });

  test('wedged: paused, not gated, with the marks of the engine (E3pc)', () => {
    const marks = { 'rollouts.kruise.io/deployment-strategy': '{}' };
    expect(view(workload('r2', { spec: { paused: true }, annotations: marks }))?.wedged).toBe(true);
    expect(view(workload('r2', { spec: { paused: true, strategy: { type: 'Recreate' } } }))?.wedged).toBe(true);
    expect(view(workload('r2', { spec: { paused: true } }))?.wedged, 'nobody can tell').toBe(false);
    const gated = { ...marks, 'rollouts.kruise.io/in-progressing': '{"rolloutName":"shop"}' };
    expect(view(workload('r2', { spec: { paused: true }, annotations: gated }))?.wedged).toBe(false);
  });

  test('wedged without marks: the webhook paused it, for nobody owns the pause', () => {
    const written = (manager: string, fields: JsonObject) => [
      { manager, operation: 'Update', fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': fields } },
    ];
    const pausedBy = (manager: string, fields: JsonObject) => {
      const shut = workload('r2', { spec: { paused: true } });
      return view({ ...shut, metadata: { ...objectAt(shut, 'metadata'), managedFields: written(manager, fields) } })
        ?.wedged;
    };
    expect(pausedBy('kubevela', { 'f:template': {} })).toBe(true);
    expect(pausedBy('kruise-rollout', { 'f:paused': {} })).toBe(true);
    expect(pausedBy('kubectl-rollout', { 'f:paused': {} })).toBe(false);
    expect(pausedBy('stepgate', { 'f:paused': {}, 'f:template': {} }), 'as the source says').toBe(false);
  });

  test('the template is another after any change to it, and the same whatever else changes', () => {
    const template = (of: KubeObject) => view(of)?.template;
    expect(template(workload('r3', { spec: { replicas: 9 } }))).toBe(template(workload()));
    expect(
      template(workload('r2', { spec: { template: { metadata: { annotations: { restartedAt: 'x' } } } } })),
    ).not.toBe(template(workload()));
  });
});

describe('pods', () => {
  test('the revision that serves is that of all pods, whatever the status still calls stable', () => {
    const idle = rollout({ phase: 'Healthy', reason: 'Completed', succeeded: 'True' });
    const revision = (...pods: KubeObject[]) => observe(idle, workload(), pods).servingRevision;
    expect(revision(pod('a', 'new', {}), pod('b', 'new', {}))).toBe('new');
    expect(revision(pod('a', 'new', {}), pod('b', 'old', {}))).toBeNull();
    expect(revision()).toBeNull();
  });

  const waiting = rollout({ phase: 'Progressing', reason: 'InRolling', state: 'StepPaused', message: asks });

  test('by version and readiness, without those on their way out', () => {
    const gone = {
      ...pod('gone', 'old', ready),
      metadata: { name: 'gone', labels: { 'pod-template-hash': 'old' }, deletionTimestamp: 'x' },
    };
    const seen = observe(waiting, workload(), [
      pod('a', 'old', ready),
      pod('b', 'new', ready),
      pod('c', 'new', {}),
      gone,
    ]);
    expect(seen.pods).toEqual({ stable: { ready: 1, total: 1 }, canary: { ready: 1, total: 2 } });
    expect(seen.readySince).toEqual(new Date('2026-11-21T09:58:30Z'));
    expect(seen.running).toBeNull();
  });

  test('a step that waits without a new pod is blocked; the status counts none where a template came and went (T51)', () => {
    const blocked = (...pods: KubeObject[]) => {
      const { engine } = observe(waiting, workload(), pods);
      return engine.at === 'waiting' ? engine.blocked?.why : engine.at;
    };
    expect(blocked(pod('a', 'old', ready))).toMatch(/^step 1 waits without having moved a pod: /);
    expect(blocked(pod('a', 'old', ready), pod('b', 'new', ready))).toBeUndefined();
  });

  test('a step without a hash of its pods never moves its traffic, and has a way out', () => {
    const blocked = (hash: string) => {
      const { engine } = observe(withHash(hash), workload(), [pod('a', 'old', ready)]);
      return engine.at === 'moving' ? engine.blocked : null;
    };
    const withHash = (podTemplateHash: string): KubeObject => {
      const routing = rollout({ phase: 'Progressing', reason: 'InRolling', state: 'StepTrafficRouting' });
      const status = objectAt(routing, 'status');
      return {
        ...routing,
        status: { ...status, canaryStatus: { ...objectAt(status, 'canaryStatus'), podTemplateHash } },
      };
    };
    const off = (is: string) =>
      `kubectl patch rollouts.rollouts.kruise.io shop --namespace shop --type=merge -p '{"spec":{"disabled":${is}}}'`;
    const isOff =
      "kubectl wait --for=jsonpath='{.status.phase}'=Disabled --timeout=2m rollouts.rollouts.kruise.io/shop --namespace shop";
    expect(blocked('')?.why).toMatch(
      /^the engine never ends step 1: it knows no hash of the new pods, .*releases stable's own template over stable$/,
    );
    // It brings the live template to every pod.
    expect(blocked('')?.releasesAll).toBe(true);
    expect(blocked('')?.run).toBe(`${off('true')} && ${isOff} && ${off('null')}`);
    expect(blocked('new')).toBeNull();
  });

  test('the release began when Progressing did, whatever became of it since (E8)', () => {
    const begun = new Date('2026-11-21T09:50:00Z');
    const idle = rollout({ phase: 'Healthy', reason: 'Completed', succeeded: 'True' });
    expect([waiting, idle].map((of) => observe(of, workload()).begunAt)).toEqual([begun, begun]);
    expect(observe(rollout({ phase: 'Healthy' }), workload()).begunAt).toBeNull();
  });

  test('idle: all of them are stable, whatever hash the last release left in the status', () => {
    const idle = rollout({ phase: 'Healthy', reason: 'Completed', succeeded: 'False' });
    expect(observe(idle, workload(), [pod('a', 'new', ready), pod('b', 'old', ready)]).pods.canary.total).toBe(0);
  });

  const troubles: readonly (readonly [string, Json, string, boolean])[] = [
    [
      'an image that cannot be pulled',
      { containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff', message: 'no' } } }] },
      'ImagePullBackOff',
      true,
    ],
    [
      'a crash loop',
      { containerStatuses: [{ state: { waiting: { reason: 'CrashLoopBackOff' } } }] },
      'CrashLoopBackOff',
      true,
    ],
    [
      'an init container that crashes',
      { initContainerStatuses: [{ state: { waiting: { reason: 'CrashLoopBackOff' } } }] },
      'CrashLoopBackOff',
      true,
    ],
    [
      'no node for it',
      { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' }] },
      'Unschedulable',
      true,
    ],
    [
      'just starting',
      { containerStatuses: [{ state: { waiting: { reason: 'ContainerCreating' } } }], phase: 'Pending' },
      'Pending',
      false,
    ],
    [
      'its probe fails',
      { conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }] },
      'ContainersNotReady',
      false,
    ],
  ];
  test.for(troubles)('%s', ([, status, reason, hopeless]) => {
    expect(observe(waiting, workload(), [pod('c', 'new', status)]).trouble).toMatchObject([
      { pod: 'c', version: 'canary', reason, hopeless },
    ]);
  });

  test.for<[string, JsonObject, string]>([
    [
      'what waits, and how the last run ended',
      { message: 'back-off 40s' },
      'back-off 40s; the last run ended: OOMKilled, exit code 137',
    ],
    ['how the last run ended alone', {}, 'the last run ended: OOMKilled, exit code 137'],
  ])('a crash is told with %s', ([, more, message]) => {
    const state = { waiting: { reason: 'CrashLoopBackOff', ...more } };
    const lastState = { terminated: { reason: 'OOMKilled', exitCode: 137 } };
    const crashed = pod('c', 'new', { containerStatuses: [{ state, lastState }] });
    expect(observe(waiting, workload(), [crashed]).trouble).toMatchObject([{ message, step: null, release: null }]);
  });

  test('a quota leaves no pod to look at: the workload tells it', () => {
    const conditions = [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' }];
    expect(observe(waiting, workload('r2', { status: { conditions } })).trouble).toMatchObject([
      { reason: 'FailedCreate', hopeless: true },
    ]);
  });
});
