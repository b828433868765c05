import { clean, mapOf, numberAt, textAt } from '../api/json.ts';
import { stamp } from '../api/marks.ts';
import { asMap, isGoing, keyOf, labelOf, namespaceOf, type Thing } from '../api/things.ts';
import { type Controller, type Outcome, PassFailed } from '../controllers.ts';
import type { World } from '../world.ts';
import { cloneSetMover } from './cloneset.ts';
import { deploymentMover } from './deployment.ts';
import { type Machine, machineOf, reset } from './machine.ts';
import { APP_LABEL, componentsIn, isOfComponent, type Made, REVISION_LABEL, rolledWorkload } from './manifest.ts';
import type { Mover, Turn } from './mover.ts';
import { handedBack, type Movable, manager, movables, patchWorkload, steppedBack, templated } from './owners.ts';
import { passPlan } from './plan.ts';
import { scaleMover } from './scale.ts';
import { statefulSetMover } from './statefulset.ts';
import {
  FINALIZER,
  isTerminal,
  printStatus,
  type RolloutSpec,
  readStatus,
  type Status,
  specOf,
  type VelaVersion,
} from './types.ts';

/** When an AppRollout is looked at again. Its own writes wake it too, the workload's changes do not. Milliseconds. */
const EVERY = 5000;
const AFTER_LOCATING = 3000;

/** KubeVela's controller of AppRollouts, v1.1 (docs/approllout.md): one step of its state machine a pass. */
export function appRolloutController(world: World, version: VelaVersion): Controller {
  return {
    name: 'approllouts',
    wakes: ({ kind, type, object }) => (kind === 'AppRollout' && type !== 'DELETED' ? [keyOf(object)] : []),
    look(namespace, name) {
      const rollout = world.api.get('AppRollout', namespace, name);
      return rollout === undefined ? {} : pass(world, rollout, version);
    },
  };
}

function pass(world: World, rollout: Thing, version: VelaVersion): Outcome {
  const { finalizers = [] } = rollout.metadata;
  const status = readStatus(rollout);
  if (!isGoing(rollout) && !finalizers.includes(FINALIZER)) {
    return setFinalizers(world, rollout, [...finalizers, FINALIZER]);
  }
  if (isGoing(rollout) && isTerminal(status)) {
    const others = finalizers.filter((one) => one !== FINALIZER);
    return setFinalizers(world, rollout, others);
  }
  const machine = machineOf(status, stamp(world.timeline.now()));
  if (isGoing(rollout)) machine.move('deleted');
  const finish = () => writeStatus(world, rollout, status);
  try {
    const again = reconcile({ world, rollout, spec: specOf(rollout), machine }, version);
    return again === null ? { finish } : { finish, again };
  } catch (error) {
    // A revision or a workload that is not there is tried again for ever, and no condition says so.
    if (error instanceof PassFailed) return { finish, failed: true };
    throw error;
  }
}

function setFinalizers({ api }: World, rollout: Thing, finalizers: readonly string[]): Outcome {
  api.update('AppRollout', { ...asMap(rollout), metadata: { ...rollout.metadata, finalizers } }, { manager });
  return {};
}

function writeStatus({ api }: World, rollout: Thing, status: Status): void {
  const live = api.get('AppRollout', namespaceOf(rollout), rollout.metadata.name);
  if (live?.metadata.uid !== rollout.metadata.uid) return;
  const metadata = { ...live.metadata, resourceVersion: '' };
  const next = { ...asMap(live), metadata, status: printStatus(status) };
  api.update('AppRollout', next, { manager, subresource: 'status' });
}

/** The revisions that a pass works on. While an earlier rollout is given up, those of that one. */
interface Revisions {
  readonly source: string;
  readonly target: string;
}

/** Milliseconds until the next pass; null at the end. Throws PassFailed. */
function reconcile(turn: Turn, version: VelaVersion): number | null {
  const { world, rollout, spec, machine } = turn;
  const { status } = machine;
  if (status.rollingState === '') reset(status);
  if (isTerminal(status) && isSame(spec, status)) return null;
  const names = revisionsFor(spec, machine);
  const revision = (name: string): Thing => {
    const found = world.api.get('ApplicationRevision', namespaceOf(rollout), name);
    if (found === undefined) throw new PassFailed(`applicationrevisions "${name}" not found`);
    return found;
  };
  const targetRevision = revision(names.target);
  const component = spec.component || soleComponent(targetRevision);
  const made = (of: Thing) => rolledWorkload(of, component, version, (kind, name) => sizeOf(turn, kind, name));
  const target = made(targetRevision);
  const source = names.source === '' ? null : made(revision(names.source));
  if (status.rollingState === 'locatingTargetApp') {
    locate(turn, { source, target, revision: targetRevision });
    return AFTER_LOCATING;
  }
  for (const one of source === null ? [target] : [source, target]) workload(turn, one);
  const mover = moverOf(turn, { source, target }, version);
  if (mover === null) machine.fail(`the workload kind \`${target.kind}\` is not supported`);
  else passPlan(spec.plan, machine, mover);
  // An earlier rollout may have been given up in this very pass; then the status is about the new pair already.
  if (status.rollingState !== 'rolloutAbandoning') note(status, spec);
  if (status.rollingState === 'rolloutSucceed')
    succeeded(turn, target, targetRevision, { component, collects: source !== null });
  return isTerminal(status) ? null : EVERY;
}

/** Whether a rollout at its end is the one that the spec asks for. */
function isSame({ source, target, plan }: RolloutSpec, status: Status): boolean {
  const samePair = status.lastTarget === target && status.lastSource === source;
  return samePair && (plan.targetSize === null || plan.targetSize === status.targetSize);
}

/** A source that is new beside the same target is no change. */
function isModified({ source, target, plan }: RolloutSpec, status: Status): boolean {
  if (status.rollingState === 'RolloutDeletingState') return false;
  return (
    (status.lastTarget !== '' && status.lastTarget !== target) ||
    (status.lastSource !== '' && status.lastSource !== source) ||
    (plan.targetSize !== null && status.targetSize !== -1 && plan.targetSize !== status.targetSize)
  );
}

function revisionsFor(spec: RolloutSpec, machine: Machine): Revisions {
  const { status } = machine;
  if (!isModified(spec, status)) return spec;
  const earlier = { source: status.lastSource, target: status.lastTarget };
  const ended = isTerminal(status);
  if (ended) note(status, spec);
  machine.move('modified');
  return ended ? spec : earlier;
}

function note(status: Status, { source, target }: RolloutSpec): void {
  status.lastTarget = target;
  status.lastSource = source;
}

function soleComponent(revision: Thing): string {
  const [only, ...others] = componentsIn(revision);
  if (only === undefined || others.length > 0) throw new PassFailed('cannot find a default component');
  return textAt(only, 'name');
}

function sizeOf({ world, rollout }: Turn, kind: string, name: string): number | null {
  const live = world.api.get(kind, namespaceOf(rollout), name);
  return live === undefined ? null : numberAt(asMap(live), 'spec', 'replicas');
}

/** Writes the target's workload with the new template: paused, except for a StatefulSet. */
function locate(
  turn: Turn,
  { source, target, revision }: { readonly source: Made | null; readonly target: Made; readonly revision: Thing },
): void {
  const { world, rollout, machine } = turn;
  if (source !== null) {
    const live = workload(turn, source);
    patchWorkload(world, movable(source), live, { owners: steppedBack(live.metadata.ownerReferences ?? []) });
  }
  const namespace = namespaceOf(rollout);
  const manifest = mapOf(clean(target.manifest));
  const { object } = world.api.apply(target.kind, namespace, target.name, manifest, { manager, force: true });
  patchWorkload(world, movable(target), object, { owners: templated(object.metadata.ownerReferences ?? [], revision) });
  machine.mark('template', 'True', { reason: 'Available' });
  machine.move('located');
}

function workload({ world, rollout }: Turn, { kind, name }: Made): Thing {
  const live = world.api.get(kind, namespaceOf(rollout), name);
  if (live === undefined) throw new PassFailed(`${kind} "${name}" not found`);
  return live;
}

function movable({ kind }: Made): Movable {
  const known = movables.find((one) => one === kind);
  if (known === undefined) throw new PassFailed(`rollout meet a workload we cannot support yet Kind ${kind}`);
  return known;
}

/** Null for a kind that this version does not roll. */
function moverOf(
  turn: Turn,
  { source, target }: { readonly source: Made | null; readonly target: Made },
  version: VelaVersion,
): Mover | null {
  const kind = movable(target);
  // StatefulSets came with v1.1.3.
  if (kind === 'StatefulSet' && version === 'v1.1.0') return null;
  if (source === null) return scaleMover(turn, kind, target.name);
  switch (kind) {
    case 'CloneSet':
      return cloneSetMover(turn, target.name);
    case 'StatefulSet':
      return statefulSetMover(turn, target.name);
    case 'Deployment':
      return deploymentMover(turn, { source: source.name, target: target.name });
  }
}

/** The revision owns its workload again. With a source, the Deployments of every other revision are deleted. */
function succeeded(
  { world, rollout }: Turn,
  target: Made,
  revision: Thing,
  { component, collects }: { readonly component: string; readonly collects: boolean },
): void {
  const namespace = namespaceOf(rollout);
  const live = world.api.get(target.kind, namespace, target.name);
  if (live !== undefined) {
    patchWorkload(world, movable(target), live, { owners: handedBack(live.metadata.ownerReferences ?? []) });
  }
  if (!collects) return;
  const app = labelOf(revision, APP_LABEL);
  for (const one of world.api.list('Deployment', namespace)) {
    if (!isOfComponent(one, app, component) || labelOf(one, REVISION_LABEL) === revision.metadata.name) continue;
    world.api.remove('Deployment', namespace, one.metadata.name);
  }
}
