import { createHash } from 'node:crypto';
import { canonical } from '../api/json.ts';
import { namespaceOf, type Thing } from '../api/things.ts';
import type { Kinds, World } from '../world.ts';
import type { Machine } from './machine.ts';
import { foreignController, type Movable } from './owners.ts';
import { goalAfter } from './sums.ts';
import type { RolloutSpec } from './types.ts';

/** Whether a part of a rollout is done; `again`: the next pass tries it again; `fails`: the rollout ends with that message. */
export type Answer = 'done' | 'again' | { readonly fails: string };

/** How the pods of one kind of workload are moved. Each method is a part of one pass. */
export interface Mover {
  verify(): Answer;
  initialize(): Answer;
  /** Moves the pods of the current batch. */
  roll(): Answer;
  /** Whether the pods of the current batch are ready. */
  check(): Answer;
  finishBatch(): Answer;
  /** Gives the workload back. Null when it can't be found. */
  finalize(succeeded: boolean): 'done' | 'again';
}

export interface Turn {
  readonly world: World;
  readonly rollout: Thing;
  readonly spec: RolloutSpec;
  readonly machine: Machine;
}

/** The workload; null when it is not there, which a rollout waits for. */
export function found<Kind extends Movable>(turn: Turn, kind: Kind, name: string): Kinds[Kind] | null {
  const workload = turn.world.api.get(kind, namespaceOf(turn.rollout), name);
  if (workload !== undefined) return workload;
  turn.machine.retry(`${kind} "${name}" not found`);
  return null;
}

/** The identifier of a workload's spec. KubeVela hashes the spec in another way. */
export function identifierOf(workload: { readonly spec: object }): string {
  return createHash('sha256').update(canonical(workload.spec)).digest('hex').slice(0, 16);
}

/** Fails where another controller owns the workload. `what`: the workload in the message. */
export function ownedBySomebody(what: string, workload: Thing): Answer | null {
  const controller = foreignController(workload);
  return controller === null ? null : { fails: `the ${what} has a controller owner ${controller}` };
}

export const sameIdentifier = (identifier: string): Answer => ({
  fails: `there is no difference between the source and target, hash = ${identifier}`,
});

/**
 * The checks at the end of a batch that moves pods in place, or that scales: a partition below the batch, or counts that do
 * not fit, end the rollout. `from`: the size before the rollout, 0 when pods are replaced.
 */
export function batchFits({ spec: { plan }, machine: { status } }: Turn, from: number): Answer {
  const { currentBatch, upgraded, targetSize } = status;
  if (plan.partition !== null && plan.partition < currentBatch) {
    return { fails: 'the current batch value in the status is greater than the batch partition' };
  }
  if (from === targetSize) return 'done';
  const [before, after] = [currentBatch - 1, currentBatch].map((batch) => goalAfter(plan, from, targetSize, batch));
  const [least, most] = [Math.min(before ?? 0, after ?? 0), Math.max(before ?? 0, after ?? 0)];
  if (upgraded < least) {
    return { fails: 'the upgraded replica in the status is less than all the pods in the previous batch' };
  }
  if (upgraded > most) {
    return { fails: 'the upgraded replica in the status is greater than all the pods in the current batch' };
  }
  return 'done';
}
