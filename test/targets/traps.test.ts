import { describe, expect, test } from 'vitest';
import { codes } from '../../src/release/codes.ts';
import type { Delivery } from '../../src/release/delivery.ts';
import type { Finding, Severity, Surroundings } from '../../src/release/finding.ts';
import type { JsonObject } from '../../src/release/json.ts';
import { type Engine, nothingSeen, type Observation, type WorkloadView } from '../../src/release/observation.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import { livePlanOf, render } from '../../src/targets/kruise/render.ts';
import { type TrapCode, traps } from '../../src/targets/kruise/traps.ts';
import {
  autoscaler,
  commit,
  delivery,
  deployment,
  ingress,
  object,
  podTemplate,
  routed,
  service,
  step,
} from './delivery-fixture.ts';

/** A case; what is left out is an idle delivery of five pods with which nothing is wrong. */
interface Case {
  readonly plan?: string;
  readonly delivery?: Partial<Delivery>;
  /** Spec and metadata of the workload's manifest. */
  readonly spec?: JsonObject;
  readonly source?: readonly KubeObject[];
  readonly live?: Partial<WorkloadView> | null;
  /** The live workload as an object. */
  readonly object?: KubeObject;
  readonly engine?: Engine;
  /** The plan of the live Rollout, and its pods of the new version. */
  readonly livePlan?: string;
  readonly moved?: number;
  readonly lists?: Surroundings['lists'];
  readonly around?: Partial<Surroundings>;
}

const idle: Engine = { at: 'idle', outcome: 'succeeded', id: 'r1' };
const waiting: Engine = {
  at: 'waiting',
  id: 'r2',
  step: 2,
  asks: true,
  timed: false,
  since: null,
  blocked: null,
};

function findings(of: Case): readonly Finding[] {
  const plan = of.plan ?? 'partition 1 50% 100%';
  const wanted = delivery(plan, of.delivery);
  const rendered = render(wanted, commit, [deployment(of.spec), ...(of.source ?? [])], 1);
  const liveRollout = render(delivery(of.livePlan ?? plan, of.delivery), commit, [deployment()], 1).rollout;
  const observation: Observation = {
    ...nothingSeen(new Date(0)),
    engine: of.engine ?? idle,
    rollout: { record: null, delivery: 'shop@prod', steps: livePlanOf(liveRollout) },
    workload: of.live === null ? null : { ...view, ...of.live },
    pods: { stable: { ready: 5, total: 5 }, canary: { ready: of.moved ?? 0, total: of.moved ?? 0 } },
  };
  const around: Surroundings = {
    lists: {
      Service: [service],
      Ingress: [ingress],
      HTTPRoute: [],
      HorizontalPodAutoscaler: [],
      Rollout: [liveRollout],
      ...of.lists,
    },
    looked: {},
    workload: of.object ?? deployment(),
    changedConfig: [],
    ...of.around,
  };
  return traps(wanted, rendered, observation, around);
}

const view: WorkloadView = {
  id: 'r1',
  replicas: 5,
  gated: false,
  paused: false,
  watched: true,
  whole: true,
  wedged: false,
  settled: true,
  changedAt: new Date(0),
  template: '',
  made: null,
  taken: false,
  seen: true,
  strategy: 'RollingUpdate',
};

const owned = (manager: string, fields: readonly string[], operation = 'Apply') => ({
  manager,
  operation,
  fieldsV1: { 'f:spec': Object.fromEntries(fields.map((field) => [`f:${field}`, {}])) },
});
const managed = (...managedFields: readonly JsonObject[]) => deployment({}, { managedFields });
const template = (spec: JsonObject, metadata: JsonObject = podTemplate.metadata): JsonObject => ({
  template: { metadata, spec: { ...podTemplate.spec, ...spec } },
});
const probed = (probes: JsonObject) => template({ containers: [{ name: 'shop', image: 'shop:1', ...probes }] });
const restarted = { labels: { app: 'shop' }, annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-11-21' } };
const gateway = {
  traffic: {
    service: 'shop',
    graceSeconds: null,
    ingress: null,
    gateway: { route: 'web' },
    custom: null,
    routing: null,
    canaryService: true,
  },
};
const route = (backend: string) =>
  object('gateway.networking.k8s.io/v1beta1', 'HTTPRoute', 'web', {
    spec: { rules: [{ backendRefs: [{ name: backend }] }] },
  });
const noProvider = {
  service: null,
  graceSeconds: null,
  canaryService: true,
  ingress: null,
  gateway: null,
  custom: null,
  routing: null,
};
/** The live Rollout of the plain case with annotations more, as a manager has applied them. */
function rolloutWith(annotations: JsonObject, manager = 'kubectl'): KubeObject {
  const { rollout } = render(delivery('partition 1 50% 100%'), commit, [deployment()], 1);
  const fields = Object.fromEntries(Object.keys(annotations).map((key) => [`f:${key}`, {}]));
  const managedFields = [{ manager, operation: 'Apply', fieldsV1: { 'f:metadata': { 'f:annotations': fields } } }];
  return { ...rollout, metadata: { name: 'shop', namespace: 'shop', annotations, managedFields } };
}
const reads = template({ volumes: [{ name: 'c', projected: { sources: [{ configMap: { name: 'shop' } }] } }] });
const taken = [step('50%'), step('5', { leaveWhen: [] })];

/** For each trap: a case that springs it, one that comes near and doesn't, and why not. */
const table: readonly (readonly [TrapCode, Severity, string, Case, string, Case])[] = [
  [
    'PERCENT_THEN_INTEGER',
    'error',
    'T15c',
    { plan: 'partition 20% 3 100%' },
    'an integer first',
    { plan: 'partition 1 20% 100%' },
  ],
  [
    'PERCENT_THEN_INTEGER',
    'error',
    'at the end',
    { plan: 'partition 1 50% 5' },
    'canary style',
    { plan: 'canary 1 50% 5' },
  ],
  [
    'STEP_GOES_DOWN',
    'error',
    'percentages',
    { plan: 'partition 50% 20% 100%' },
    'equal',
    { plan: 'canary 50%/5 50%/9 100%' },
  ],
  ['STEP_GOES_DOWN', 'error', 'pods', { plan: 'partition 3 2' }, 'up', { plan: 'partition 2 3' }],
  [
    'STEP_GOES_DOWN',
    'warning',
    '3 of 5, then 20 %',
    { plan: 'canary 3 20% 100%' },
    'of 20',
    { plan: 'canary 3 20% 100%', spec: { replicas: 20 } },
  ],
  [
    'STEP_MOVES_NOTHING',
    'warning',
    '10 % of 5 after 1',
    { plan: 'partition 1 10% 100%' },
    'of 20',
    { plan: 'partition 1 10% 100%', spec: { replicas: 20 } },
  ],
  [
    'STEP_MOVES_NOTHING',
    'warning',
    'twice the same',
    { plan: 'blueGreen 100% 100%' },
    'other traffic (T21)',
    { plan: 'blueGreen 100%/0 100%/50', delivery: routed },
  ],
  [
    'STEP_MOVES_NOTHING',
    'warning',
    '99 % twice',
    { plan: 'partition 90% 99% 100%' },
    'the last passes by itself',
    { plan: 'partition 100% 100%' },
  ],
  [
    'STEP_IS_EVERYTHING',
    'warning',
    'one pod',
    { plan: 'partition 50% 100%', spec: { replicas: 1 } },
    'two',
    { plan: 'partition 50% 100%', spec: { replicas: 2 } },
  ],
  ['STEP_IS_EVERYTHING', 'warning', 'pods', { plan: 'partition 5 9' }, 'the last', { plan: 'partition 1 5' }],
  [
    'STEP_IS_EVERYTHING',
    'error',
    'routed from its first step',
    { plan: 'partition 50%/20 100%', delivery: routed, spec: { replicas: 1 } },
    'of two pods',
    { plan: 'partition 50%/20 100%', delivery: routed, spec: { replicas: 2 } },
  ],
  [
    'STEP_IS_EVERYTHING',
    'warning',
    'one step of 100 %',
    { plan: 'canary 100%' },
    'it waits in blueGreen',
    { plan: 'blueGreen 100%' },
  ],
  ['LAST_STEP_BELOW_ALL', 'warning', 'T47', { plan: 'partition 20% 60%' }, '100 %', { plan: 'partition 20% 100%' }],
  ['LAST_STEP_BELOW_ALL', 'warning', '3 of 5', { plan: 'canary 1 3' }, '5 of 5', { plan: 'canary 1 5' }],
  [
    'LAST_STEP_WAITS',
    'note',
    'T47b',
    { plan: 'partition 1 3 5' },
    'nothing to wait for',
    { delivery: { steps: taken } },
  ],
  ['LAST_STEP_WAITS', 'note', 'T21', { plan: 'blueGreen 50% 100%' }, 'T47c', { plan: 'canary 20% 100%' }],
  [
    'TRAFFIC_OVER_LIMIT',
    'error',
    '60 %',
    { plan: 'partition 20%/20 60%/60', delivery: routed },
    '50 %',
    { plan: 'partition 50%/50 100%', delivery: routed },
  ],
  [
    'TRAFFIC_OVER_LIMIT',
    'error',
    'matches',
    { plan: 'partition 60%/match', delivery: routed },
    'pods (T43)',
    { plan: 'partition 1/match 5/60', delivery: routed },
  ],
  [
    'TRAFFIC_OVER_LIMIT',
    'error',
    '100 %',
    { plan: 'partition 100%/100', delivery: routed },
    'canary style',
    { plan: 'canary 100%/100', delivery: routed },
  ],
  [
    'TRAFFIC_TARGET_MISSING',
    'error',
    'no Service (T49)',
    { delivery: routed, lists: { Service: [] } },
    'it comes with the source',
    { delivery: routed, lists: { Service: [] }, source: [service] },
  ],
  [
    'TRAFFIC_TARGET_MISSING',
    'error',
    'no Ingress',
    { delivery: routed, lists: { Ingress: [] } },
    'not allowed to look',
    { delivery: routed, lists: { Ingress: null, Service: null } },
  ],
  [
    'TRAFFIC_TARGET_MISSING',
    'error',
    'no route',
    { delivery: gateway },
    'there',
    { delivery: gateway, lists: { HTTPRoute: [route('shop')] } },
  ],
  [
    'TRAFFIC_TARGET_MISSING',
    'error',
    'a route elsewhere',
    { delivery: gateway, lists: { HTTPRoute: [route('web')] } },
    'none routed',
    { plan: 'partition 1 50%' },
  ],
  [
    'TRAFFIC_TARGET_MISSING',
    'error',
    'steps with traffic and no way',
    { plan: 'canary 1/5' },
    'a way',
    { plan: 'canary 1/5', delivery: routed },
  ],
  [
    'TRAFFIC_TARGET_MISSING',
    'error',
    'a Service of other pods',
    {
      delivery: routed,
      lists: { Service: [object('v1', 'Service', 'shop', { spec: { selector: { app: 'web' } } })] },
    },
    'pinned to a revision in mid-release',
    {
      delivery: routed,
      engine: waiting,
      lists: {
        Service: [object('v1', 'Service', 'shop', { spec: { selector: { app: 'shop', 'pod-template-hash': 'x' } } })],
      },
    },
  ],
  [
    'TRAFFIC_TARGET_MISSING',
    'error',
    "the source's Service is not written in mid-release",
    { delivery: routed, engine: waiting, lists: { Service: [] }, source: [service] },
    'an Ingress that leads there',
    { delivery: routed },
  ],
  [
    'RECREATE_STRATEGY',
    'error',
    'in the manifest',
    { spec: { strategy: { type: 'Recreate' } } },
    'RollingUpdate',
    { spec: { strategy: { type: 'RollingUpdate' } } },
  ],
  [
    'RECREATE_STRATEGY',
    'error',
    'live',
    { live: { strategy: 'Recreate' } },
    "the engine's own in mid-release",
    { engine: waiting, live: { strategy: 'Recreate', gated: true, paused: true } },
  ],
  [
    'RECREATE_STRATEGY',
    'error',
    'in blueGreen',
    { plan: 'blueGreen 100%', spec: { strategy: { type: 'Recreate' } } },
    'live, and the manifest mends it',
    { live: { strategy: 'Recreate' }, spec: { strategy: { type: 'RollingUpdate' } } },
  ],
  [
    'RECREATE_STRATEGY',
    'error',
    'in canary style',
    { plan: 'canary 1 100%', spec: { strategy: { type: 'Recreate' } } },
    'wedged (E3)',
    { live: { strategy: 'Recreate', paused: true, wedged: true } },
  ],
  [
    'OWNED_FIELDS',
    'note',
    'a strategy in the manifest',
    { spec: { strategy: { type: 'RollingUpdate' } } },
    'minReadySeconds outside blueGreen',
    { spec: { minReadySeconds: 5 } },
  ],
  [
    'OWNED_FIELDS',
    'note',
    'minReadySeconds in blueGreen',
    { plan: 'blueGreen 100%', spec: { minReadySeconds: 5 } },
    'none',
    { plan: 'blueGreen 100%' },
  ],
  [
    'OWNED_FIELDS',
    'warning',
    'another tool applies it',
    { object: managed(owned('argocd', ['strategy', 'replicas'])) },
    'a tool that owns no such field',
    { object: managed(owned('argocd', ['replicas'])) },
  ],
  [
    'OWNED_FIELDS',
    'warning',
    'paused',
    { object: managed(owned('flux', ['paused'])) },
    'the engine itself',
    {
      engine: waiting,
      object: managed(owned('kruise-rollout', ['strategy'], 'Update'), owned('stepgate-settings', ['strategy'])),
    },
  ],
  [
    'OWNED_FIELDS',
    'error',
    'we would drop it in mid-release (E6b)',
    { engine: waiting, object: managed(owned('stepgate', ['strategy'])) },
    'while idle',
    { object: managed(owned('stepgate', ['strategy'])) },
  ],
  [
    'ID_ANNOTATION',
    'error',
    'E8b',
    { object: deployment({}, { annotations: { 'rollouts.kruise.io/rollout-id': 'a1' } }) },
    'the label',
    { object: deployment({}, { labels: { 'rollouts.kruise.io/rollout-id': 'a1' } }) },
  ],
  [
    'REPLICAS_ZERO',
    'error',
    'live',
    { spec: { replicas: 3 }, live: { replicas: 0 } },
    'one',
    { spec: { replicas: 3 }, live: { replicas: 1 } },
  ],
  [
    'REPLICAS_ZERO',
    'error',
    'asked for',
    { spec: { replicas: 0 } },
    'an autoscaler sizes it',
    { source: [autoscaler()] },
  ],
  [
    'REPLICAS_ZERO',
    'warning',
    'from the first',
    { spec: { replicas: 0 }, live: null, engine: { at: 'absent' } },
    'with pods',
    { live: null, engine: { at: 'absent' } },
  ],
  [
    'HPA_PRESENT',
    'note',
    'percentages',
    { plan: 'partition 20% 100%', lists: { HorizontalPodAutoscaler: [autoscaler()] } },
    'of another workload',
    { plan: 'partition 20% 100%', lists: { HorizontalPodAutoscaler: [autoscaler('web')] } },
  ],
  [
    'HPA_PRESENT',
    'note',
    'T40',
    { plan: 'blueGreen 100%', source: [autoscaler()] },
    'none',
    { plan: 'blueGreen 100%' },
  ],
  [
    'HPA_PRESENT',
    'warning',
    'pods in partition style (T15b)',
    { lists: { HorizontalPodAutoscaler: [autoscaler()] } },
    'unreadable',
    { lists: { HorizontalPodAutoscaler: null } },
  ],
  [
    'HPA_PRESENT',
    'warning',
    'left off',
    { plan: 'blueGreen 100%', lists: { HorizontalPodAutoscaler: [autoscaler('shop-DisableByRollout')] } },
    'off for another',
    { lists: { HorizontalPodAutoscaler: [autoscaler('web-DisableByRollout')] } },
  ],
  [
    'HPA_OWNS_REPLICAS',
    'warning',
    'the manifest sets them',
    { lists: { HorizontalPodAutoscaler: [autoscaler()] } },
    'no autoscaler',
    { spec: { replicas: 3 } },
  ],
  [
    'HPA_OWNS_REPLICAS',
    'error',
    'nobody else owns them',
    { source: [autoscaler()], object: managed(owned('stepgate', ['replicas'])) },
    'the autoscaler has scaled',
    {
      source: [autoscaler()],
      object: managed(owned('stepgate', ['replicas']), owned('kube-controller-manager', ['replicas'], 'Update')),
    },
  ],
  [
    'SECOND_ROLLOUT',
    'error',
    'T31',
    {
      lists: {
        Rollout: [
          object('rollouts.kruise.io/v1beta1', 'Rollout', 'old', {
            spec: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' } },
          }),
        ],
      },
    },
    'of another workload',
    {
      lists: {
        Rollout: [
          object('rollouts.kruise.io/v1beta1', 'Rollout', 'web', {
            spec: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
          }),
        ],
      },
    },
  ],
  ['NOT_GATED_YET', 'error', 'disabled', { engine: { at: 'off', why: 'disabled' } }, 'on', {}],
  [
    'NOT_GATED_YET',
    'error',
    'being deleted',
    { engine: { at: 'off', why: 'terminating' } },
    'in mid-release',
    { engine: waiting },
  ],
  [
    'NOT_GATED_YET',
    'warning',
    'the label is gone',
    { live: { watched: false } },
    'the first deploy',
    { live: null, engine: { at: 'absent' } },
  ],
  [
    'NOT_GATED_YET',
    'note',
    'no Rollout yet',
    { live: { watched: false }, engine: { at: 'absent' } },
    'there already',
    { live: { watched: true }, engine: { at: 'unseen' } },
  ],
  [
    'PLAN_CHANGED_MIDWAY',
    'error',
    'T20, fewer steps',
    { engine: waiting, livePlan: 'partition 1 50% 80% 100%' },
    'while idle',
    { livePlan: 'partition 1 50% 80% 100%' },
  ],
  [
    'PLAN_CHANGED_MIDWAY',
    'error',
    'another style',
    { engine: waiting, livePlan: 'canary 1 50% 100%' },
    'the same',
    { engine: waiting },
  ],
  [
    'PLAN_CHANGED_MIDWAY',
    'error',
    'another TrafficRouting (T46)',
    {
      engine: waiting,
      delivery: { traffic: { ...noProvider, routing: 'a' } },
      lists: { Rollout: [rolloutWith({ 'rollouts.kruise.io/trafficrouting': 'b' })] },
    },
    "somebody else's, which an apply leaves alone",
    { engine: waiting, lists: { Rollout: [rolloutWith({ 'rollouts.kruise.io/trafficrouting': 'b' })] } },
  ],
  [
    'PLAN_CHANGED_MIDWAY',
    'error',
    'a TrafficRouting that stepgate wrote, and the plan has no more',
    { engine: waiting, lists: { Rollout: [rolloutWith({ 'rollouts.kruise.io/trafficrouting': 'b' }, 'stepgate')] } },
    'another tool wrote it',
    { engine: waiting, lists: { Rollout: [rolloutWith({ 'rollouts.kruise.io/trafficrouting': 'b' }, 'argo')] } },
  ],
  [
    'PLAN_CHANGED_MIDWAY',
    'error',
    'E7, the current step lowered',
    { engine: waiting, moved: 3, plan: 'partition 1 20% 100%', livePlan: 'partition 1 50% 100%' },
    'not the Rollout of this delivery',
    { engine: waiting, lists: { Rollout: [] } },
  ],
  [
    'PLAN_CHANGED_MIDWAY',
    'error',
    'E7, the current step lowered, of which no pod has come yet',
    { engine: waiting, moved: 0, plan: 'partition 1 20% 100%', livePlan: 'partition 1 21% 100%' },
    'the Rollout is off',
    { engine: { at: 'off', why: 'disabled' }, plan: 'partition 1 20% 100%', livePlan: 'partition 1 21% 100%' },
  ],
  [
    'PLAN_CHANGED_MIDWAY',
    'error',
    'E7, the current step lowered to a number of pods',
    { engine: waiting, moved: 0, plan: 'partition 1 2 100%', livePlan: 'partition 1 50% 100%' },
    'the same plan',
    { engine: waiting, moved: 0 },
  ],
  [
    'PLAN_CHANGED_MIDWAY',
    'warning',
    'E7, the current step raised',
    { engine: waiting, moved: 3, plan: 'partition 1 60% 100%', livePlan: 'partition 1 50% 100%' },
    'the same plan',
    { engine: waiting, moved: 3 },
  ],
  [
    'PLAN_CHANGED_MIDWAY',
    'warning',
    'E7, a later step',
    { engine: waiting, moved: 3, livePlan: 'partition 1 50% 90%' },
    'the Rollout is off',
    { engine: { at: 'off', why: 'disabled' }, livePlan: 'partition 1' },
  ],
  [
    'PLAN_CHANGED_MIDWAY',
    'error',
    'other routes',
    {
      engine: waiting,
      delivery: routed,
      lists: { Rollout: [render(delivery('partition 1 50% 100%'), commit, [deployment()], 1).rollout] },
    },
    'the same routes',
    { engine: waiting, delivery: routed },
  ],
  [
    'PLAN_CHANGED_MIDWAY',
    'error',
    'another kind of workload',
    {
      engine: waiting,
      lists: {
        Rollout: [
          render(
            delivery('partition 1 50% 100%', { workload: { kind: 'StatefulSet', name: 'shop' } }),
            commit,
            [{ ...deployment(), kind: 'StatefulSet' }],
            1,
          ).rollout,
        ],
      },
    },
    'the same kind',
    { engine: waiting },
  ],
  [
    'PLAN_CHANGED_MIDWAY',
    'error',
    'fewer steps while the Rollout is being deleted',
    { engine: { at: 'off', why: 'terminating' }, livePlan: 'partition 1 50% 80% 100%' },
    'other steps meanwhile',
    { engine: { at: 'off', why: 'terminating' }, livePlan: 'partition 1 60% 100%' },
  ],
  [
    'CONFIG_NOT_VERSIONED',
    'warning',
    'mounted',
    { spec: reads, around: { changedConfig: ['ConfigMap/shop'] } },
    'read by nobody',
    { around: { changedConfig: ['ConfigMap/shop'] } },
  ],
  [
    'CONFIG_NOT_VERSIONED',
    'warning',
    'live pods read it',
    {
      object: deployment(template({ volumes: [{ secret: { secretName: 's' } }] })),
      around: { changedConfig: ['Secret/s'] },
    },
    'another Secret',
    {
      object: deployment(template({ volumes: [{ secret: { secretName: 's' } }] })),
      around: { changedConfig: ['ConfigMap/s'] },
    },
  ],
  [
    'CONFIG_NOT_VERSIONED',
    'warning',
    'environment',
    {
      spec: probed({ readinessProbe: {}, envFrom: [{ secretRef: { name: 's' } }] }),
      around: { changedConfig: ['Secret/s'] },
    },
    'unchanged',
    { spec: probed({ readinessProbe: {}, env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 's' } } }] }) },
  ],
  [
    'RESTARTED_AT',
    'warning',
    'E22, E34',
    { object: deployment(template({}, restarted)) },
    'the manifest has it too',
    { spec: template({}, restarted), object: deployment(template({}, restarted)) },
  ],
  [
    'DEADLINE_TOO_SHORT',
    'warning',
    'a slow start',
    { spec: probed({ startupProbe: { periodSeconds: 10, failureThreshold: 90 }, readinessProbe: {} }) },
    'a longer deadline',
    {
      spec: {
        progressDeadlineSeconds: 1200,
        ...probed({ startupProbe: { periodSeconds: 10, failureThreshold: 90 }, readinessProbe: {} }),
      },
    },
  ],
  [
    'DEADLINE_TOO_SHORT',
    'warning',
    'minReadySeconds',
    { plan: 'blueGreen 100%', spec: { minReadySeconds: 60, progressDeadlineSeconds: 60 } },
    "the engine's own live (E6bl)",
    { plan: 'blueGreen 100%', engine: waiting, object: deployment({ minReadySeconds: 2_147_483_646 }) },
  ],
  [
    'DEADLINE_TOO_SHORT',
    'warning',
    'stuckAfter',
    {
      spec: probed({ readinessProbe: { initialDelaySeconds: 90 } }),
      delivery: { rollback: { on: ['stuck'], stuckAfterSeconds: 60, git: 'commit' } },
    },
    'no such policy',
    {
      spec: probed({ readinessProbe: { initialDelaySeconds: 90 } }),
      delivery: { rollback: { on: [], stuckAfterSeconds: 60, git: 'commit' } },
    },
  ],
  ['NO_READINESS_PROBE', 'warning', 'none', { spec: probed({}) }, 'one', { spec: probed({ readinessProbe: {} }) }],
  [
    'NO_READINESS_PROBE',
    'note',
    'one of two',
    { spec: template({ containers: [{ name: 'a', readinessProbe: {} }, { name: 'b' }] }) },
    'a readiness gate',
    { spec: template({ containers: [{ name: 'a' }], readinessGates: [{ conditionType: 'x' }] }) },
  ],
  [
    'BLUE_GREEN_DOUBLES',
    'note',
    'blueGreen',
    { plan: 'blueGreen 50% 100%' },
    'canary style',
    { plan: 'canary 50% 100%' },
  ],
];

describe.each(table)('%s (%s)', (code, severity, springs, spring, spares, spare) => {
  test(`springs: ${springs}`, () => {
    const found = findings(spring).filter((one) => one.code === code);
    expect(found.map((one) => one.severity)).toContain(severity);
    for (const one of found) {
      expect(one.facts.length).toBeGreaterThan(0);
      expect(one.wayOut).not.toBe('');
      expect(one.message).not.toMatch(/undefined|null|\[object/);
    }
  });

  test(`spares: ${spares}`, () => {
    const found = findings(spare).filter((one) => one.code === code && one.severity === severity);
    expect(found.map((one) => one.message)).toEqual([]);
  });
});

const readinessGate = template({ containers: [{ name: 'a' }], readinessGates: [{ conditionType: 'x' }] });
const unsized: Case = { live: null, engine: { at: 'absent' }, source: [autoscaler()] };

test.each<[TrapCode, string, Case]>([
  ['STEP_MOVES_NOTHING', 'no pods', { plan: 'partition 1 10% 100%', spec: { replicas: 0 } }],
  ['STEP_MOVES_NOTHING', 'a size that only the autoscaler knows', { plan: 'partition 1 1', ...unsized }],
  ['STEP_IS_EVERYTHING', 'no pods', { spec: { replicas: 0 } }],
  ['STEP_IS_EVERYTHING', 'a size that only the autoscaler knows', unsized],
  ['STEP_GOES_DOWN', 'a size that only the autoscaler knows', { plan: 'canary 3 20% 100%', ...unsized }],
  ['LAST_STEP_BELOW_ALL', 'a size that only the autoscaler knows', { plan: 'canary 3', ...unsized }],
  ['PLAN_CHANGED_MIDWAY', 'the same plan while a release runs', { engine: waiting, moved: 3 }],
  ['HPA_OWNS_REPLICAS', 'we never owned them', { source: [autoscaler()] }],
  ['NO_READINESS_PROBE', 'a readiness gate says when it is ready', { spec: readinessGate }],
])('%s at no severity: %s', (code, _, spare) => {
  expect(findings(spare).filter((one) => one.code === code)).toEqual([]);
});

test('the README example at five pods has nothing to say', () => {
  expect(findings({}).map((one) => one.code)).toEqual([]);
});

test('errors come first, notes last', () => {
  const found = findings({ plan: 'blueGreen 50% 20%', spec: { strategy: { type: 'RollingUpdate' } } });
  expect(found.map((one) => one.severity)).toEqual(['error', 'warning', 'note', 'note']);
});

test('the table covers every finding of the list of codes', () => {
  const all = Object.keys(codes);
  const listed = all.slice(all.indexOf('PERCENT_THEN_INTEGER'), all.indexOf('BLUE_GREEN_DOUBLES') + 1);
  expect([...new Set(table.map(([code]) => code))].sort()).toEqual(listed.sort());
});
