import type { Delivery } from '../../src/release/delivery.ts';
import { at, isMap, type Json, textAt as text } from '../../src/simulator/api/json.ts';
import { isGoing, type Thing } from '../../src/simulator/api/things.ts';
import { isShut } from './workloads.ts';

/**
 * What the observer reads in the cluster's objects. Nothing here is stepgate's own reading: a law that shared it would
 * share its mistakes.
 */

/** Where the engine stands, in its own words. */
export interface Point {
  readonly phase: string;
  readonly reason: string;
  readonly id: string;
  readonly step: number;
  readonly next: number;
  readonly state: string;
  readonly message: string;
}

export function pointOf(rollout: unknown): Point {
  const status = at(rollout, 'status');
  if (!isMap(status)) return readPoint(status);
  const found = points.get(status) ?? readPoint(status);
  points.set(status, found);
  return found;
}

/** Stored parts are never changed, and looked at after every change of anything. */
const points = new WeakMap<object, Point>();

function readPoint(status: Json | undefined): Point {
  const sub = at(status, 'canaryStatus') ?? at(status, 'blueGreenStatus');
  const conditions = at(status, 'conditions');
  const progressing = Array.isArray(conditions)
    ? conditions.find((one: unknown) => text(one, 'type') === 'Progressing')
    : undefined;
  return {
    phase: text(status, 'phase'),
    reason: text(progressing, 'reason'),
    id: text(sub, 'observedRolloutID'),
    step: number(at(sub, 'currentStepIndex')),
    next: number(at(sub, 'nextStepIndex')),
    state: text(sub, 'currentStepState'),
    message: text(status, 'message'),
  };
}

/** All of a point that an approval rests on. */
export function pointWords({ id, step, state, message }: Point): string {
  return `${id}/${step} ${state}: ${message}`;
}

/** Whether the engine rests at a step and asks for a confirmation. */
export function rests(point: Point): boolean {
  return point.phase === 'Progressing' && point.reason === 'InRolling' && point.state === 'StepPaused';
}

/** The plan in a Rollout, a line a step: replicas, traffic, and what its pause says. */
export interface PlanStep {
  readonly replicas: number | string;
  readonly traffic: string;
  /** Seconds; null waits for a confirmation. */
  readonly pause: number | null;
}

export function planIn(rollout: unknown): readonly PlanStep[] {
  const strategy = at(rollout, 'spec', 'strategy');
  const steps = at(strategy, 'canary', 'steps') ?? at(strategy, 'blueGreen', 'steps');
  if (!Array.isArray(steps)) return [];
  const found = plans.get(steps) ?? readPlan(steps);
  plans.set(steps, found);
  return found;
}

const plans = new WeakMap<object, readonly PlanStep[]>();

function readPlan(steps: readonly unknown[]): readonly PlanStep[] {
  return steps.map((step) => {
    const replicas = at(step, 'replicas');
    const pause = at(step, 'pause', 'duration');
    return {
      replicas: typeof replicas === 'number' || typeof replicas === 'string' ? replicas : 0,
      traffic: text(step, 'traffic'),
      pause: typeof pause === 'number' ? pause : null,
    };
  });
}

/** A plan in a line, pauses aside. */
export function planWords(rollout: unknown): string {
  return wordsOf(planIn(rollout));
}

export function wordsOf(plan: readonly PlanStep[]): string {
  return plan.map(({ replicas, traffic }) => `${replicas}${traffic === '' ? '' : `/${traffic}`}`).join(' ');
}

/** A policy's plan in the same line. */
export function policyWords({ steps }: Pick<Delivery, 'steps'>): string {
  return steps
    .map(({ replicas: { unit, value }, traffic }) => {
      const size = unit === 'percent' ? `${value}%` : `${value}`;
      return traffic === null ? size : `${size}/${traffic}%`;
    })
    .join(' ');
}

/** Whether a Rollout has other steps than a policy; pauses aside. */
export function planDiffers({ steps }: Pick<Delivery, 'steps'>, rollout: unknown): boolean {
  const plan = planIn(rollout);
  return (
    plan.length !== steps.length ||
    steps.some(
      ({ replicas: { unit, value } }, index) => plan[index]?.replicas !== (unit === 'percent' ? `${value}%` : value),
    )
  );
}

export function isBlueGreen(rollout: unknown): boolean {
  return at(rollout, 'spec', 'strategy', 'blueGreen') !== undefined;
}

/** Pods of a step, as the engine counts them: percentages round up (docs/engine.md#pods). */
export function podsOf({ replicas }: PlanStep, size: number): number {
  if (typeof replicas === 'number') return Math.min(replicas, size);
  return Math.min(size, Math.ceil((Number.parseInt(replicas, 10) * size) / 100));
}

/** A version as pods show it: its image, with the line of the template that is not the image, and what a restart by hand left. */
export function versionOf(holder: unknown): string {
  const containers = at(holder, 'spec', 'containers');
  const [container] = Array.isArray(containers) ? (containers as readonly unknown[]) : [];
  const env = at(container, 'env');
  const line = Array.isArray(env) ? text(env[0], 'value') : '';
  const image = `${text(container, 'image')}${line === '' ? '' : `#${line}`}`;
  const restarted = text(holder, 'metadata', 'annotations', 'kubectl.kubernetes.io/restartedAt');
  return restarted === '' ? image : `${image} restarted ${restarted}`;
}

/** The version in a workload's template. */
export function wantedVersion(workload: Thing | undefined): string {
  return versionOf(at(workload, 'spec', 'template'));
}

export function idOf(workload: Thing | undefined): string {
  return text(workload, 'metadata', 'labels', 'rollouts.kruise.io/rollout-id');
}

/** Whether the engine's webhook has shut the workload, and the engine is to open it. */
export function isGated(workload: Thing | undefined): boolean {
  const mark = text(workload, 'metadata', 'annotations', 'rollouts.kruise.io/in-progressing');
  return workload !== undefined && mark !== '' && isShut(workload);
}

export function isReadyPod(pod: Thing): boolean {
  const conditions = at(pod, 'status', 'conditions');
  return (
    !isGoing(pod) &&
    Array.isArray(conditions) &&
    conditions.some((one: unknown) => text(one, 'type') === 'Ready' && text(one, 'status') === 'True')
  );
}

/** Whether every container of a pod runs: one that waits for its image may be in a pod that somebody calls ready. */
export function isRunning(pod: Thing): boolean {
  const containers = at(pod, 'status', 'containerStatuses');
  return Array.isArray(containers) && containers.every((one: unknown) => isMap(at(one, 'state', 'running')));
}

export interface Approval {
  readonly release: string;
  readonly step: number;
  readonly by: string;
  readonly forced: boolean;
  readonly plan: string | null;
}

export interface Hold {
  /** Null for a hold of the whole delivery. */
  readonly digest: string | null;
  /** Where it holds settings alone, and not every release with these pods. */
  readonly whole?: string;
  readonly at: string;
  readonly by: string;
  readonly run?: Carried | null;
}

/** Which comment an entry of the record comes from, where it comes from one. */
interface Carried {
  readonly comment?: { readonly id: number };
}

/** What somebody has done, as the record lists it. */
export interface Act {
  readonly command: string;
  readonly about: string;
  readonly by: string;
  readonly run?: Carried | null;
}

export interface Named {
  readonly id: string;
  readonly commit: string;
  readonly digest: string;
  readonly whole?: string;
  /** The id of the settings change that it has by now. */
  readonly settings?: string;
}

/** The record, read loosely: the observer never needs it to be whole. */
export interface Noted {
  readonly text: string;
  readonly release:
    | (Named & {
        readonly template: string;
        readonly made?: string;
        readonly plan: string | null;
        /** The live release whose pods a settings change leaves as they are. */
        readonly over?: string;
        /** Why it can't wait for schedules and freezes. */
        readonly urgent?: string;
      })
    | null;
  readonly history: readonly Named[];
  readonly approvals: readonly Approval[];
  readonly holds: readonly Hold[];
  readonly runs?: readonly Act[];
  readonly rollback: NotedRollback | null;
}

export interface NotedRollback {
  readonly from: Named;
  readonly to: Named;
  readonly cluster: string;
  readonly beside: string;
  readonly git: string;
  readonly bad: readonly Named[];
  /** Why, in a line for people. */
  readonly reason: string;
  readonly by: string;
  readonly at: string;
  readonly undo: object | null;
}

const nothing: Noted = { text: '', release: null, history: [], approvals: [], holds: [], rollback: null };
let last: Noted = nothing;

export function notedIn(rollout: Thing | undefined): Noted {
  const found = text(rollout, 'metadata', 'annotations', 'stepgate.dev/record');
  if (found === '') return nothing;
  if (found !== last.text) last = { ...(JSON.parse(found) as Noted), text: found };
  return last;
}

/** Whether a write of the record says that a rollback has brought the cluster back. */
export function hasComeBack(is: Pick<Noted, 'rollback'>, was: Pick<Noted, 'rollback'>): boolean {
  return is.rollback?.cluster === 'done' && was.rollback?.cluster === 'todo';
}

/** The name under which a hold is noted; null for one of the delivery. */
export function holdName({ digest, whole }: Pick<Hold, 'digest' | 'whole'>): string | null {
  return digest === null || whole === undefined ? digest : `${digest} ${whole}`;
}

/** Whether a hold is one of this version. */
export function isHoldOf({ digest, whole }: Hold, version: Pick<Named, 'digest' | 'whole'>): boolean {
  return digest === version.digest && (whole === undefined || whole === version.whole);
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
