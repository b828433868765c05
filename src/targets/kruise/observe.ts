import { createHash } from 'node:crypto';
import type { Delivery } from '../../release/delivery.ts';
import { at, canonical, type Json, type JsonObject, numberAt, objectAt, stringAt } from '../../release/json.ts';
import { isBeingDeleted } from '../../release/kinds.ts';
import { earliest, latest } from '../../release/moments.ts';
import type { Engine, Observation, Snapshot, WorkloadView } from '../../release/observation.ts';
import type { KubeObject } from '../../release/ports.ts';
import { RECORD_ANNOTATION } from '../../release/record-fields.ts';
import { scaledAmount } from './amounts.ts';
import { batchesOf } from './batches.ts';
import { blockedBy } from './blocked.ts';
import { restartsOf, runningOf } from './containers.ts';
import { isOfOldEngine } from './dialect/index.ts';
import { DELIVERY_ANNOTATION, GATED_ANNOTATION, ID_KEY, TAKEN_ANNOTATION, WATCHED_LABEL } from './keys.ts';
import { blockingPod, count, nameOf, readyAt, troubleOf } from './pods.ts';
import { livePlanOf } from './render.ts';
import { nodesOf, shortagesOf, unplacedOf } from './shortage.ts';
import { conditionIn, dateIn } from './status.ts';
import { workloadKind } from './workloads/index.ts';
import type { WorkloadStatus } from './workloads/kind.ts';

/** The field of the status that has the steps of this style (docs/engine.md#status). */
export function subStatusOf(rollout: KubeObject): 'canaryStatus' | 'blueGreenStatus' {
  return at(rollout, 'spec', 'strategy', 'blueGreen') === undefined ? 'canaryStatus' : 'blueGreenStatus';
}

/** SHA-256 of a workload's pod template as the server stores it. */
export function podTemplateHash(workload: KubeObject): string {
  const template = objectAt(workload, 'spec', 'template');
  const known = hashes.get(template);
  if (known !== undefined) return known;
  const hash = createHash('sha256').update(canonical(template)).digest('hex');
  hashes.set(template, hash);
  return hash;
}

/** Known hashes. Templates are hashed after every event, and objects from the cluster never change. */
const hashes = new WeakMap<JsonObject, string>();

/** Reads a snapshot into the observation that decisions are made on. Only this file knows the engine's status. */
export function observe(delivery: Delivery, snapshot: Snapshot): Observation {
  const { rollout, workload, takenAt } = snapshot;
  const kind = workloadKind(delivery);
  const status = workload === null ? null : kind.status(workload);
  const view = workload === null || status === null ? null : viewWorkload(workload, status, rollout);
  const hash = rollout === null ? null : stringAt(rollout, 'status', subStatusOf(rollout), 'podTemplateHash');
  const pods = snapshot.pods.filter((pod) => !isBeingDeleted(pod));
  const [released, others] = parted(
    pods,
    (pod) => hash !== null && hash !== '' && stringAt(pod, 'metadata', 'labels', kind.revisions.podLabel) === hash,
  );
  const engine =
    rollout === null
      ? ({ at: 'absent' } as const)
      : readEngine({ delivery, rollout, object: workload, view, newPods: released.length, takenAt });
  // While the engine is idle, no pod counts as new.
  const [canary, stable] = engine.at === 'idle' ? [[], pods] : [released, others];
  const judged = engine.at === 'idle' ? stable : canary;
  const steps = rollout === null ? [] : livePlanOf(rollout);
  const ofNew = [...canary.flatMap((pod) => troubleOf(pod, 'canary')), ...(status?.trouble ?? [])];
  return {
    takenAt,
    engine,
    rollout:
      rollout === null
        ? null
        : {
            record: stringAt(rollout, 'metadata', 'annotations', RECORD_ANNOTATION),
            delivery: stringAt(rollout, 'metadata', 'annotations', DELIVERY_ANNOTATION),
            steps,
          },
    carrier: null,
    workload: view,
    servingRevision: revisionOf(kind.revisions.podLabel, pods),
    pods: { stable: count(stable), canary: count(canary) },
    versions: {
      new: judged.map(nameOf),
      old: engine.at === 'idle' ? [] : stable.map(nameOf),
      newSince: earliest(judged.map((pod) => dateIn(objectAt(pod, 'metadata'), 'creationTimestamp'))),
    },
    trouble: [
      ...canary.flatMap((pod) => troubleOf(pod, 'canary')),
      ...stable.flatMap((pod) => troubleOf(pod, 'stable')),
      ...(status?.trouble ?? []),
    ],
    shortages: shortagesOf({ canary, stable, trouble: ofNew, around: snapshot.around }),
    unplaced: unplacedOf(canary, takenAt),
    nodes: nodesOf(canary),
    batches: batchesOf({
      delivery,
      engine,
      steps,
      replicas: status?.replicas ?? 0,
      canary,
      others: stable,
      stable: rollout === null ? null : stringAt(rollout, 'status', subStatusOf(rollout), 'stableRevision'),
    }),
    restarts: engine.at === 'idle' ? [] : restartsOf(canary),
    blocking: workload === null ? [] : (kind.blocking?.(workload, pods) ?? []).map(blockingPod),
    mayBeUnready: toleratedOf(delivery, canary.length),
    begunAt:
      rollout === null ? null : dateIn(conditionIn(objectAt(rollout, 'status'), 'Progressing'), 'lastTransitionTime'),
    readySince: latest(judged.map(readyAt)),
    running: runningOf(judged, takenAt),
  };
}

/** Unready pods that are allowed, rounded up as the engine does. In blueGreen the engine allows none (docs/engine.md#spec). */
function toleratedOf({ settings: { mayBeUnready }, style }: Delivery, pods: number): number {
  return mayBeUnready === undefined || style === 'blueGreen' ? 0 : scaledAmount(mayBeUnready, pods);
}

/**
 * The revision of all pods; null when they have several. The Rollout's status is no source for it: just after a release,
 * stableRevision still names the version before, and after a first deploy it is empty.
 */
function revisionOf(label: string, pods: readonly KubeObject[]): string | null {
  const [one, ...others] = new Set(pods.map((pod) => stringAt(pod, 'metadata', 'labels', label)));
  return others.length === 0 ? (one ?? null) : null;
}

/** Those of which it is true, and the others. */
function parted<T>(all: readonly T[], is: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(is), all.filter((one) => !is(one))];
}

interface Read {
  readonly delivery: Delivery;
  readonly rollout: KubeObject;
  /** The workload and the view of it; both are null when it does not exist. */
  readonly object: KubeObject | null;
  readonly view: WorkloadView | null;
  /** The pods of the revision that the engine releases. */
  readonly newPods: number;
  readonly takenAt: Date;
}

function readEngine(read: Read): Engine {
  const { rollout, view: workload } = read;
  if (isBeingDeleted(rollout)) return { at: 'off', why: 'terminating' };
  const status = objectAt(rollout, 'status');
  const phase = stringAt(status, 'phase') ?? '';
  const sub = objectAt(status, subStatusOf(rollout));
  const id = stringAt(sub, 'observedRolloutID');
  switch (phase) {
    case 'Terminating':
      return { at: 'off', why: 'terminating' };
    case 'Disabling':
      return { at: 'off', why: 'disabling' };
    case 'Disabled':
      return { at: 'off', why: 'disabled' };
    case 'Initial':
      return { at: 'noWorkload' };
    case 'Healthy':
      if (!isSeen(rollout)) return { at: 'unseen' };
      if (workload === null) return { at: 'noWorkload' };
      return { at: 'idle', outcome: outcome(status), id };
    case 'Progressing':
      return inProgress(read, sub);
    default:
      // A new Rollout gets its phase when the engine has observed its workload's status (docs/engine.md#status).
      return workload === null ? { at: 'noWorkload' } : { at: 'unseen' };
  }
}

/** Whether the status is about the present spec. */
function isSeen(rollout: KubeObject): boolean {
  const generation = numberAt(rollout, 'metadata', 'generation') ?? 0;
  return (numberAt(rollout, 'status', 'observedGeneration') ?? 0) >= generation;
}

function outcome(status: Json): 'fresh' | 'succeeded' | 'cancelled' {
  const succeeded = conditionIn(status, 'Succeeded');
  if (succeeded === null) return 'fresh';
  return stringAt(succeeded, 'status') === 'True' ? 'succeeded' : 'cancelled';
}

function inProgress({ delivery, rollout, object, view: workload, newPods, takenAt }: Read, sub: Json): Engine {
  const status = objectAt(rollout, 'status');
  const message = stringAt(status, 'message') ?? '';
  const id = stringAt(sub, 'observedRolloutID');
  const step = numberAt(sub, 'currentStepIndex') ?? 0;
  const state = stringAt(sub, 'currentStepState') ?? '';
  const since = dateIn(sub, 'lastUpdateTime');
  switch (stringAt(conditionIn(status, 'Progressing'), 'reason')) {
    case 'InRolling': {
      if (delivery.style === 'blueGreen' && message.includes('please rollback first'))
        return { at: 'refusing', id, step };
      const detail = stringAt(sub, 'message') ?? message;
      const blocked =
        object === null || workload === null
          ? null
          : blockedBy({ delivery, rollout, workload: object, view: workload, sub, newPods, takenAt });
      // The webhook has gated a template that the engine has not seen yet. The status is about the template before it.
      if (workload !== null && workload.id !== id)
        return {
          at: 'moving',
          id,
          step,
          leaving: false,
          since: null,
          detail: 'the engine has not seen the newest template yet',
          blocked: null,
        };
      if (state === 'Completed') return { at: 'finishing', id };
      if (state !== 'StepPaused')
        return {
          at: 'moving',
          id,
          step,
          leaving: state === 'StepReady',
          since,
          detail: stateWords(state, detail),
          blocked,
        };
      // The next step is -1 after the last step, else the step after this one. Any other number is a jump that is pending.
      const next = numberAt(sub, 'nextStepIndex') ?? step + 1;
      if (next >= 1 && next !== step + 1)
        return {
          at: 'moving',
          id,
          step,
          leaving: true,
          since,
          detail: `the engine is about to jump to step ${next}`,
          blocked: null,
        };
      // The message is about the plan that the engine has seen. A plan that it has not seen yet may run the step again, and then
      // an approval is overwritten (E7, E4).
      const says = (words: string) => isSeen(rollout) && message.includes(words);
      return { at: 'waiting', id, step, asks: says('manually confirm'), timed: says('wait duration'), since, blocked };
    }
    case 'Paused':
      return { at: 'frozen', id, step, since };
    case 'Finalising':
      return { at: 'finishing', id };
    case 'Cancelling':
      return { at: 'cancelling', id };
    case 'Completed':
      return outcome(status) === 'cancelled' ? { at: 'cancelling', id } : { at: 'finishing', id };
    default:
      return { at: 'starting', id };
  }
}

function stateWords(state: string, detail: string): string {
  switch (state) {
    case 'StepTrafficRouting':
      return 'the engine is routing traffic';
    case 'StepReady':
      return 'the engine is leaving the step';
    default:
      return detail;
  }
}

function viewWorkload(workload: KubeObject, status: WorkloadStatus, rollout: KubeObject | null): WorkloadView {
  const generation = numberAt(workload, 'metadata', 'generation') ?? 0;
  const own = objectAt(workload, 'metadata', 'labels');
  const notes = objectAt(workload, 'metadata', 'annotations');
  const gated = stringAt(notes, GATED_ANNOTATION) !== null;
  const id = stringAt(own, ID_KEY);
  const { replicas, settled, paused } = status;
  const sub = rollout === null ? {} : objectAt(rollout, 'status', subStatusOf(rollout));
  const cancelled = rollout !== null && outcome(objectAt(rollout, 'status')) === 'cancelled';
  return {
    id,
    replicas,
    gated,
    paused,
    watched: stringAt(own, WATCHED_LABEL) !== null || (rollout !== null && isOfOldEngine(rollout)),
    whole: settled && status.available === replicas,
    settled,
    // When a release was cancelled before the engine's batch controller started, the shut workload is its only mark.
    wedged: paused && !gated && (status.marked || cancelled),
    changedAt: status.changedAt,
    get template() {
      return podTemplateHash(workload);
    },
    made: null,
    taken: stringAt(notes, TAKEN_ANNOTATION) !== null,
    seen: numberAt(sub, 'observedWorkloadGeneration') === generation && stringAt(sub, 'observedRolloutID') === id,
    strategy: status.strategy,
  };
}
