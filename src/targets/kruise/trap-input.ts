import type { CodeOf } from '../../release/codes.ts';
import type { Delivery, Step } from '../../release/delivery.ts';
import { formatAmount } from '../../release/delivery.ts';
import type { Finding, Severity, Surroundings } from '../../release/finding.ts';
import { type Json, listAt, numberAt, objectAt, stringAt } from '../../release/json.ts';
import type { Observation } from '../../release/observation.ts';
import type { Kind, KubeObject } from '../../release/ports.ts';
import type { Rendered } from '../../release/target.ts';
import { plannedPods } from './forecast.ts';

/** All that a trap may look at. */
export interface TrapInput {
  readonly delivery: Delivery;
  readonly rendered: Rendered;
  readonly observation: Observation;
  readonly around: Surroundings;
}

/** The objects of a kind in the delivery's namespace; null where they could not be read, or are none of its surroundings. */
export function listed({ lists }: Surroundings, { kind }: Kind): readonly KubeObject[] | null {
  return lists[kind] ?? null;
}

/** One trap of the engine: what of it this delivery walks into. */
export type Trap = (look: TrapInput) => readonly Finding[];

export function finding(
  severity: Severity,
  code: CodeOf<'finding'>,
  message: string,
  facts: readonly string[],
  wayOut: string,
): readonly Finding[] {
  return [{ code, severity, message, facts, wayOut }];
}

export const nothing: readonly Finding[] = [];

/**
 * The size that percent steps follow: what the next write asks for, else the live one; null where neither says it
 * because only an autoscaler knows.
 */
export function sizeOf({ observation, rendered }: TrapInput): number | null {
  return numberAt(rendered.workload, 'spec', 'replicas') ?? observation.workload?.replicas ?? null;
}

/** Where a size comes from: the fact that pod arithmetic rests on. */
export function sizeFact(look: TrapInput, size: number): string {
  const pods = `${size} ${size === 1 ? 'pod' : 'pods'}`;
  const asked = numberAt(look.rendered.workload, 'spec', 'replicas') !== null;
  return `${titleOfWorkload(look)} ${asked ? 'is rendered with' : 'has'} ${pods}`;
}

export function titleOfWorkload({ delivery }: TrapInput): string {
  return `${delivery.workload.kind}/${delivery.workload.name}`;
}

export interface PlannedStep {
  readonly step: Step;
  /** From 1. */
  readonly number: number;
  readonly pods: number;
  /** `step 2 (half, 50%)`. */
  readonly title: string;
}

/** The steps with the pods each asks for at a size. */
export function planned({ delivery }: TrapInput, size: number): readonly PlannedStep[] {
  return delivery.steps.map((step, index) => ({
    step,
    number: index + 1,
    pods: plannedPods(delivery, step.replicas, size),
    title: `step ${index + 1} (${step.name}, ${formatAmount(step.replicas)})`,
  }));
}

/** Each element with the one before it. */
export function pairs<T>(items: readonly T[]): readonly (readonly [T, T])[] {
  return items.slice(1).flatMap((item, index) => {
    const before = items[index];
    return before === undefined ? [] : [[before, item] as const];
  });
}

/** Whether a release runs: the engine then refuses or re-runs what is edited. */
export function isRunning({ observation }: TrapInput): boolean {
  switch (observation.engine.at) {
    case 'absent':
    case 'unseen':
    case 'noWorkload':
    case 'idle':
    case 'off':
      return false;
    case 'starting':
    case 'moving':
    case 'waiting':
    case 'frozen':
    case 'refusing':
    case 'finishing':
    case 'cancelling':
      return true;
  }
}

/** A field of the workload's spec as the source has it, wherever the rendering put it. Live, it may be the engine's. */
export function specNumber({ rendered }: TrapInput, field: string): number | null {
  return numberAt(rendered.workload, 'spec', field) ?? numberAt(rendered.settings, 'spec', field);
}

export function templateOf({ rendered }: TrapInput): Json {
  return objectAt(rendered.workload, 'spec', 'template');
}

/** Containers that make a pod ready or not: sidecars that are init containers start before and are not counted. */
export function containersOf(template: Json): readonly Json[] {
  return listAt(template, 'spec', 'containers');
}

export function nameOf(object: Json): string {
  return stringAt(object, 'name') ?? '?';
}
