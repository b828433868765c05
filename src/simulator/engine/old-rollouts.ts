import { denied } from '../api/answers.ts';
import type { Api } from '../api/api.ts';
import { clean, isMap, type Json, type JsonMap, listAt, mapAt, mapOf, numberAt, textAt, withAt } from '../api/json.ts';
import type { Change } from '../api/store.ts';
import { annotationOf, asMap, type Thing } from '../api/things.ts';
import type { Kinds } from '../world.ts';
import { nextIndex } from './status.ts';
import type { Rollout, Step } from './types.ts';

/**
 * Rollouts of v1alpha1, for a cluster that serves no other version. They are stored as people write them. The engine's model
 * reads and writes them through this file, and is otherwise the same.
 */
export const oldKind = 'OldRollout';

/** The API as the engine uses it: its Rollouts are the old ones. */
export function withOldRollouts(api: Api<Kinds>): Api<Kinds> {
  const plain: Api = api as Api;
  const stored = (kind: string) => (kind === 'Rollout' ? oldKind : kind);
  const seen = (kind: string, thing: Thing): Thing => (kind === 'Rollout' ? modern(thing) : thing);
  const engineApi: Api = {
    ...plain,
    get(kind, namespace, name) {
      const found = plain.get(stored(kind), namespace, name);
      return found === undefined ? undefined : seen(kind, found);
    },
    list: (kind, namespace) => plain.list(stored(kind), namespace).map((thing) => seen(kind, thing)),
    update(kind, object, options) {
      if (kind !== 'Rollout') return plain.update(kind, object, options);
      const live = plain.get(oldKind, textAt(object, 'metadata', 'namespace'), textAt(object, 'metadata', 'name'));
      const next = { ...live, metadata: mapAt(object, 'metadata'), status: oldStatus(mapAt(object, 'status')) };
      return modern(plain.update(oldKind, next, options));
    },
    patch: (kind, namespace, name, patch, options) =>
      seen(kind, plain.patch(stored(kind), namespace, name, patch, options)),
    remove: (kind, namespace, name, options) => plain.remove(stored(kind), namespace, name, options),
  };
  // As in createApi: the writes of the engine and its webhook ensure the types.
  return engineApi as Api<Kinds>;
}

/** A change as the engine's controllers see it. */
export function asSeen(change: Change): Change {
  if (change.kind !== oldKind) return change;
  const old = change.old === undefined ? undefined : modern(change.old);
  return { ...change, kind: 'Rollout', object: modern(change.object), old };
}

const known = new WeakMap<Thing, Rollout>();

/** An old Rollout in the shape that the model knows. Of the same object it is the same, so that it can be cached by. */
export function modern(thing: Thing): Rollout {
  const found = known.get(thing) ?? made(thing);
  known.set(thing, found);
  return found;
}

/** A manifest of the old version as the new one says it. */
export function newRollout(old: JsonMap): JsonMap {
  const metadata = mapAt(old, 'metadata');
  const spec = withAt(
    mapOf(clean(newSpec(mapAt(old, 'spec'), textAt(metadata, 'annotations', STYLE)))),
    ['objectRef'],
    undefined,
  );
  const kept = withAt(metadata, ['annotations', STYLE], undefined);
  return { apiVersion: 'rollouts.kruise.io/v1beta1', kind: 'Rollout', metadata: kept, spec };
}

/** Annotation that has the style in that version. */
const STYLE = 'rollouts.kruise.io/rolling-style';

function made(thing: Thing): Rollout {
  const spec = newSpec(mapAt(asMap(thing), 'spec'), annotationOf(thing, STYLE));
  return {
    ...thing,
    spec,
    status: modernStatus(mapAt(asMap(thing), 'status'), spec.strategy.canary?.steps.length ?? 0),
  };
}

function newSpec(spec: JsonMap, style: string) {
  const { canary, ...strategy } = mapAt(spec, 'strategy');
  const { apiVersion, kind, name } = mapAt(spec, 'objectRef', 'workloadRef');
  const steps = listAt(canary, 'steps').map(stepOf);
  const block = { ...mapAt({ canary: canary ?? {} }, 'canary'), steps };
  const extra = kind === 'Deployment' && style.toLowerCase() !== 'partition';
  return {
    ...spec,
    workloadRef: { apiVersion: text(apiVersion), kind: text(kind), name: text(name) },
    strategy: { ...strategy, ...(isMap(canary) ? { canary: { ...block, enableExtraWorkloadForCanary: extra } } : {}) },
  };
}

/** Without replicas the weight is the percentage of pods too. */
function stepOf(given: Json): Step {
  const { weight, ...step } = mapAt({ given }, 'given');
  if (typeof weight !== 'number') return step;
  return { replicas: `${weight}%`, ...step, traffic: `${weight}%` };
}

/** That version has no next step, and no copies of the progress beside it. */
function oldStatus({ currentStepIndex: _index, currentStepState: _state, ...status }: JsonMap): JsonMap {
  return isMap(status['canaryStatus']) ? withAt(status, ['canaryStatus', 'nextStepIndex'], undefined) : status;
}

function modernStatus(status: JsonMap, steps: number): JsonMap {
  const { canaryStatus } = status;
  if (!isMap(canaryStatus)) return status;
  const nextStepIndex = nextIndex(numberAt(canaryStatus, 'currentStepIndex'), steps);
  return { ...status, canaryStatus: { ...canaryStatus, nextStepIndex } };
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** What only the webhook of that version denies. Throws the denial. */
export function validateOldRollout(thing: Thing): void {
  const canary = mapAt(asMap(thing), 'spec', 'strategy', 'canary');
  if (listAt(canary, 'trafficRoutings').length === 0) return;
  const weights = listAt(canary, 'steps').map((step) => mapAt({ step }, 'step')['weight']);
  for (const [index, weight] of weights.entries()) {
    const before = weights[index - 1];
    if (typeof weight !== 'number' || typeof before !== 'number' || weight >= before) continue;
    throw denied('Spec.Strategy.Canary.Steps.Weight: Invalid value: Steps.Weight must be a non decreasing sequence');
  }
}
