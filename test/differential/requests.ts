import { at, type Json, type JsonMap, textAt } from '../../src/simulator/api/json.ts';
import type { Action, Plan, Step } from './scenario.ts';
import { idLabel, name, template, tuned, unheld, workload, workloadType } from './workload.ts';

/** One request of a user, in the words of the recordings. */
export interface Request {
  readonly op:
    | 'server-side apply'
    | 'merge patch'
    | 'merge patch of status'
    | 'json patch'
    | 'json patch of status'
    | 'delete';
  readonly kind: string;
  readonly name: string;
  readonly detail?: Json;
}

/** What the user remembers between actions. */
export interface Memory {
  readonly plan: Plan;
  readonly namespace: string;
  readonly steps: readonly Step[];
  readonly replicas: number;
  readonly image: string;
  /** The image that was last everywhere with the Rollout idle. */
  readonly stable: string;
  /** Number of the last release: its id is `r1`, `r2`, ... */
  readonly id: number;
  readonly restarts: number;
}

export function begin(plan: Plan, namespace: string): Memory {
  const { steps, replicas } = plan;
  return { plan, namespace, steps, replicas, image: 'app:v1', stable: 'app:v1', id: 1, restarts: 0 };
}

/** The first deploy, in the order of the recordings: what routes, the Rollout, the workload. */
export function firstRequests(memory: Memory): readonly Request[] {
  const { routed } = memory.plan;
  const routes = routed ? [applied(service(memory)), applied(ingress(memory))] : [];
  // Of another manager than the template's, which must never own the strategy (E6).
  const own = tuned(memory.plan);
  const settings = own === null ? [] : [onWorkload(memory, 'merge patch', { spec: own })];
  return [...routes, applied(rollout(memory)), workloadApplied(memory), ...settings];
}

export interface Turn {
  /** Each is sent when all that the one before has set off is at rest. */
  readonly requests: readonly Request[];
  readonly memory: Memory;
}

/** What an action comes down to; no request where there is nothing to do it to. `live` is the Rollout at rest. */
export function turn(action: Action, memory: Memory, live: Json | undefined): Turn {
  if (live === undefined ? isOfRollout(action) : action.do === 'create') return { memory, requests: [] };
  const { key } = strategyOf(memory.plan);
  switch (action.do) {
    case 'release':
      return workloadTurn({ ...memory, image: action.image, id: memory.id + 1 });
    case 'revert': {
      const next = { ...memory, image: memory.stable, id: memory.id + 1 };
      return action.by === 'apply' ? workloadTurn(next) : { memory: next, requests: [replaced(next)] };
    }
    case 'undo': {
      const next = { ...memory, image: memory.stable };
      return { memory: next, requests: [onWorkload(next, 'json patch', [templateReplaced(next)])] };
    }
    case 'unpause':
      return { memory, requests: [onWorkload(memory, 'merge patch', { spec: unheld(memory.plan) })] };
    case 'drop workload':
      return { memory, requests: [{ op: 'delete', kind: memory.plan.kind, name }] };
    case 'bring workload':
      return workloadTurn(memory);
    case 'drop pod':
      return { memory, requests: [{ op: 'delete', kind: 'Pod', name: `${name}-${action.number}` }] };
    case 'relabel':
      return workloadTurn({ ...memory, id: memory.id + 1 });
    case 'restart': {
      const restarts = memory.restarts + 1;
      const annotations = { 'kubectl.kubernetes.io/restartedAt': `2026-11-25T00:00:${restarts + 10}Z` };
      return {
        memory: { ...memory, restarts },
        requests: [onWorkload(memory, 'merge patch', { spec: { template: { metadata: { annotations } } } })],
      };
    }
    case 'scale':
      return {
        memory: { ...memory, replicas: action.to },
        requests: [onWorkload(memory, 'merge patch', { spec: { replicas: action.to } })],
      };
    case 'create':
      return rolloutTurn(memory);
    case 'edit':
      return rolloutTurn({ ...memory, steps: action.steps });
    case 'delete':
      return { memory, requests: [{ op: 'delete', kind: 'Rollout', name }] };
    case 'pause':
    case 'resume':
      return { memory, requests: [patched({ spec: { strategy: { paused: action.do === 'pause' } } })] };
    case 'disable':
    case 'enable':
      return { memory, requests: [patched({ spec: { disabled: action.do === 'disable' } })] };
    case 'jump':
      return { memory, requests: [patchedStatus({ status: { [`${key}Status`]: { nextStepIndex: action.to } } })] };
    case 'approve':
      return { memory, requests: live === undefined ? [] : approvals(action.by, memory, live) };
  }
}

const ofRollout: readonly Action['do'][] = [
  'edit',
  'delete',
  'pause',
  'resume',
  'disable',
  'enable',
  'approve',
  'jump',
];

function isOfRollout(action: Action): boolean {
  return ofRollout.includes(action.do);
}

/** By a bare status patch, by one that tests what it approves, or by the plan, whose pause is put back afterwards (E21). */
function approvals(by: 'merge' | 'guarded' | 'plan', memory: Memory, live: Json): readonly Request[] {
  const { key } = strategyOf(memory.plan);
  const sub = at(live, 'status', `${key}Status`);
  if (sub === undefined) return [];
  const ready = 'StepReady';
  if (by === 'merge') return [patchedStatus({ status: { [`${key}Status`]: { currentStepState: ready } } })];
  const index = at(sub, 'currentStepIndex');
  const tests = [
    { op: 'test', path: `/status/${key}Status/observedRolloutID`, value: textAt(sub, 'observedRolloutID') },
    { op: 'test', path: `/status/${key}Status/currentStepIndex`, value: index ?? 0 },
    { op: 'test', path: `/status/${key}Status/currentStepState`, value: 'StepPaused' },
  ];
  if (by === 'guarded') {
    const approve = { op: 'replace', path: `/status/${key}Status/currentStepState`, value: ready };
    return [{ op: 'json patch of status', kind: 'Rollout', name, detail: [...tests, approve] }];
  }
  const pause = `/spec/strategy/${key}/steps/${Number(index) - 1}/pause`;
  const before = at(live, 'spec', 'strategy', key, 'steps', Number(index) - 1, 'pause');
  if (before === undefined || textAt(sub, 'currentStepState') !== 'StepPaused') return [];
  const write = (value: Json) => ({ op: 'json patch', kind: 'Rollout', name, detail: value }) as const;
  return [
    write([...tests, { op: 'replace', path: pause, value: { duration: 0 } }]),
    write([{ op: 'replace', path: pause, value: before }]),
  ];
}

function workloadTurn(memory: Memory): Turn {
  return { memory, requests: [workloadApplied(memory)] };
}

function rolloutTurn(memory: Memory): Turn {
  return { memory, requests: [applied(rollout(memory))] };
}

/** The template replaced as a whole, with the new id in the same request (E22). */
function replaced(memory: Memory): Request {
  return onWorkload(memory, 'json patch', [
    templateReplaced(memory),
    { op: 'replace', path: `/metadata/labels/${idLabel.replace('/', '~1')}`, value: `r${memory.id}` },
  ]);
}

function templateReplaced(memory: Memory): JsonMap {
  return { op: 'replace', path: '/spec/template', value: template(memory.image) };
}

function onWorkload({ plan }: Memory, op: 'merge patch' | 'json patch', detail: Json): Request {
  return { op, kind: plan.kind, name, detail };
}

function patched(detail: Json): Request {
  return { op: 'merge patch', kind: 'Rollout', name, detail };
}

function patchedStatus(detail: Json): Request {
  return { op: 'merge patch of status', kind: 'Rollout', name, detail };
}

function workloadApplied(memory: Memory): Request {
  // The model's name of the kind, which is not the object's where OpenKruise has one of that name too.
  return { ...applied(workload(memory)), kind: memory.plan.kind };
}

function applied(object: JsonMap): Request {
  return { op: 'server-side apply', kind: textAt(object, 'kind'), name, detail: object };
}

function strategyOf({ style }: Plan): { readonly key: 'canary' | 'blueGreen'; readonly more: JsonMap } {
  switch (style) {
    case 'partition':
      return { key: 'canary', more: {} };
    case 'canary':
      return { key: 'canary', more: { enableExtraWorkloadForCanary: true } };
    case 'blueGreen':
      return { key: 'blueGreen', more: {} };
  }
}

function rollout({ plan, namespace, steps }: Memory): JsonMap {
  const { key, more } = strategyOf(plan);
  const { extras } = plan;
  const mark = { annotations: { 'release.example/new': 'yes' }, labels: { track: 'new' } };
  const besides = {
    ...(extras.threshold === undefined
      ? {}
      : { failureThreshold: extras.threshold.endsWith('%') ? extras.threshold : Number(extras.threshold) }),
    ...(extras.oneService === true ? { disableGenerateCanaryService: true } : {}),
    ...(extras.marked === true ? { patchPodTemplateMetadata: mark } : {}),
  };
  const routings = plan.routed
    ? { trafficRoutings: [{ service: name, ingress: { classType: 'nginx', name } }] }
    : undefined;
  return {
    apiVersion: 'rollouts.kruise.io/v1beta1',
    kind: 'Rollout',
    metadata: {
      name,
      namespace,
      ...(extras.inBatches === true ? { annotations: { 'rollouts.kruise.io/rollback-in-batch': 'true' } } : {}),
    },
    spec: {
      workloadRef: { ...workloadType(plan.kind), name },
      strategy: { [key]: { steps: steps.map(stepOf), ...routings, ...more, ...besides } },
    },
  };
}

function stepOf({ replicas, traffic, header, pause }: Step): JsonMap {
  return {
    replicas,
    pause: pause === null ? {} : { duration: pause },
    ...(traffic === undefined ? {} : { traffic }),
    ...(header === undefined ? {} : { matches: [{ headers: [{ type: 'Exact', name: 'x-user', value: header }] }] }),
  };
}

function service({ namespace }: Memory): JsonMap {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
  };
}

function ingress({ namespace }: Memory): JsonMap {
  const backend = { service: { name, port: { number: 80 } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, annotations: { 'kubernetes.io/ingress.class': 'nginx' }, namespace },
    spec: { rules: [{ host: 'demo.example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
  };
}
