import type { Delivery } from '../../release/delivery.ts';
import { at, listAt, numberAt, objectAt, stringAt } from '../../release/json.ts';
import type { Snapshot, WorkloadView } from '../../release/observation.ts';
import type { KubeObject } from '../../release/ports.ts';
import { podTemplateHash } from '../kruise/observe.ts';
import { nameOf } from '../kruise/pods.ts';
import { workloadKind } from '../kruise/workloads/index.ts';
import { REVISION_LABEL } from './keys.ts';
import { isTerminal, type Spec, type Status } from './status.ts';

/** The workloads of a pair of revisions. One that is changed in place is both. Null for what is not there. */
export interface Workloads {
  readonly source: KubeObject | null;
  readonly target: KubeObject | null;
}

/**
 * A CloneSet and a StatefulSet have the name of their component, and are changed in place. Each revision of a Deployment has one of
 * its own, which are told apart by the revision in their labels.
 */
export function workloadsOf(
  { workload }: Pick<Delivery, 'workload'>,
  snapshot: Snapshot,
  spec: Spec | null,
): Workloads {
  if (workload.kind !== 'Deployment') return { source: snapshot.workload, target: snapshot.workload };
  const all = [...(snapshot.beside ?? []), ...(snapshot.workload === null ? [] : [snapshot.workload])];
  const of = (revision: string | null | undefined) =>
    all.find((one) => revision && stringAt(one, 'metadata', 'labels', REVISION_LABEL) === revision) ?? null;
  return { source: of(spec?.source), target: of(spec?.target) };
}

/** Whether an AppRollout controls a workload: from its initialization to its end. */
export function isClaimed(workload: KubeObject): boolean {
  return listAt(workload, 'metadata', 'ownerReferences').some(
    (owner) => stringAt(owner, 'kind') === 'AppRollout' && at(owner, 'controller') === true,
  );
}

/** Whether no pod of a workload gets another template: as KubeVela writes it first, and leaves it where a rollout was given up. */
export function isPaused(workload: KubeObject): boolean {
  return at(workload, 'spec', 'paused') === true || at(workload, 'spec', 'updateStrategy', 'paused') === true;
}

/** Whether a workload's controller has seen its last change. Before, its counts and its revision are of an older template. */
export function isSeen(workload: KubeObject): boolean {
  const generation = numberAt(workload, 'metadata', 'generation') ?? 0;
  return (numberAt(workload, 'status', 'observedGeneration') ?? 0) >= generation;
}

/**
 * Tells the pods of the target's template. There are none while the workload still has another one, and until the controller of one
 * that is changed in place has seen the new one.
 */
export function podsOfTarget(
  { workload }: Pick<Delivery, 'workload'>,
  target: KubeObject | null,
  spec: Spec | null,
): (pod: KubeObject) => boolean {
  if (target === null || spec === null || revisionOf(target) !== spec.target) return () => false;
  const { podLabel } = workloadKind({ workload }).revisions;
  const labelOf = (pod: KubeObject) => stringAt(pod, 'metadata', 'labels', podLabel);
  if (workload.kind === 'Deployment') {
    // The pods of both Deployments have the same labels but for this hash; their names begin with that of the Deployment.
    const name = stringAt(target, 'metadata', 'name') ?? '';
    return (pod) => nameOf(pod).startsWith(`${name}-${labelOf(pod) ?? '?'}-`);
  }
  if (!isSeen(target)) return () => false;
  const revision = stringAt(target, 'status', 'updateRevision') ?? '';
  // A CloneSet labels its pods with the hash at the end of the name.
  const hash = workload.kind === 'CloneSet' ? revision.slice(revision.lastIndexOf('-') + 1) : revision;
  return (pod) => hash !== '' && labelOf(pod) === hash;
}

interface Viewed {
  readonly workloads: Workloads;
  /** The spec and status of the AppRollout; null when there is none. */
  readonly rollout: { readonly spec: Spec; readonly status: Status; readonly isAbout: boolean } | null;
  /** The release that was written last. */
  readonly id: string | null;
  /** SHA-256 of the component in the live Application; null when that was not read. */
  readonly component: string | null;
  /** SHA-256 of the pod template that was made of that component; null until it was. */
  readonly made: string | null;
}

/** The workload of the target; null when there is none. */
export function viewOf(delivery: Pick<Delivery, 'workload'>, viewed: Viewed): WorkloadView | null {
  const { workloads, rollout, id, component, made } = viewed;
  const live = workloads.target ?? workloads.source;
  if (live === null) return null;
  const { settled, available, changedAt, strategy } = workloadKind(delivery).status(live);
  const own = numberAt(live, 'spec', 'replicas') ?? 1;
  const replicas = delivery.workload.kind === 'Deployment' ? (rollout?.spec.targetSize ?? own) : own;
  const paused = isPaused(live);
  const claimed = isClaimed(live);
  const ended = rollout === null || (rollout.isAbout && isTerminal(rollout.status));
  return {
    id,
    replicas,
    gated: claimed,
    paused,
    // KubeVela acts on the AppRollout alone, whatever a workload is labelled with.
    watched: true,
    whole: settled && own === replicas && available === replicas,
    settled: settled && own === replicas,
    // Left paused by a rollout that failed or was deleted: its pods stay as they are.
    wedged: paused && !claimed && ended,
    changedAt,
    get template() {
      return component ?? podTemplateHash(live);
    },
    made,
    // KubeVela takes another pair of revisions at any time.
    taken: true,
    seen: true,
    strategy,
  };
}

function revisionOf(workload: KubeObject): string | null {
  return stringAt(objectAt(workload, 'metadata', 'labels'), REVISION_LABEL);
}
