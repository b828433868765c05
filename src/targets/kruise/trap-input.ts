import type { CodeOf } from '../../release/codes.ts';
import type { Delivery, Step } from '../../release/delivery.ts';
import { formatAmount } from '../../release/delivery.ts';
import type { Finding, Severity, Surroundings } from '../../release/finding.ts';
import { type Json, listAt, numberAt, objectAt, stringAt } from '../../release/json.ts';
import { isUnderWay, type Observation } from '../../release/observation.ts';
import type { Kind, KubeObject } from '../../release/ports.ts';
import type { Rendered } from '../../release/target.ts';
import { plannedPods } from './forecast.ts';

/** All facts that a trap may use. */
export interface TrapInput {
  readonly delivery: Delivery;
  readonly rendered: Rendered;
  readonly observation: Observation;
  readonly around: Surroundings;
}

/** The objects of a kind in the delivery's namespace; null when they could not be read, or were not asked for. */
export function listed({ lists }: Surroundings, { kind }: Kind): readonly KubeObject[] | null {
  return lists[kind] ?? null;
}

/** One trap of the engine: returns its findings for a delivery. */
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
 * The size from which percent steps are counted: the rendered size, else the live one. Null when neither is known, because
 * only an autoscaler sets the size.
 */
export function sizeOf({ observation, rendered }: TrapInput): number | null {
  return numberAt(rendered.workload, 'spec', 'replicas') ?? observation.workload?.replicas ?? null;
}

/** The fact that says where a size comes from. */
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

/** The steps, each with the number of pods that it asks for at a size. */
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

/** Whether a release runs. The engine then refuses an edit, or runs the step again. */
export function isRunning({ observation }: TrapInput): boolean {
  return isUnderWay(observation.engine);
}

/** A number in the source's workload spec, from the rendered object that has it. The live one may be the engine's. */
export function specNumber({ rendered }: TrapInput, field: string): number | null {
  return numberAt(rendered.workload, 'spec', field) ?? numberAt(rendered.settings, 'spec', field);
}

export function templateOf({ rendered }: TrapInput): Json {
  return objectAt(rendered.workload, 'spec', 'template');
}

/** The containers that decide whether a pod is ready. Sidecars that are init containers start earlier and do not count. */
export function containersOf(template: Json): readonly Json[] {
  return listAt(template, 'spec', 'containers');
}

export function nameOf(object: Json): string {
  return stringAt(object, 'name') ?? '?';
}
