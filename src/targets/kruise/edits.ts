import { type Amount, formatDuration } from '../../release/delivery.ts';
import type { Engine, LiveStep } from '../../release/observation.ts';
import { parseAmount, scaledAmount } from './amounts.ts';
import { type StepEdit, stepEdits } from './strategy.ts';

/** A plan that replaces another during a release. Both have the same number of steps. */
export interface Midway {
  readonly wanted: readonly LiveStep[];
  readonly live: readonly LiveStep[];
  /** The engine's present step, from 1. */
  readonly step: number;
  /** The sizes from which the engine may count percentages when it sees the edit; empty when no size is known. */
  readonly sizes: readonly number[];
  /** Whether an autoscaler may change the size before that. */
  readonly scaled: boolean;
  /** `moved`: the pods of the new version. `pods`: the number of new pods that a step asks for at a size. */
  readonly moved: number;
  pods(amount: Amount, size: number): number;
}

/** An edit of one part of one step. */
export interface Edit extends StepEdit {
  /** From 1. */
  readonly step: number;
}

/** The edits between two plans, including pauses. A live pause of 0 s is an approval by stepgate, and no edit (E21). */
export function editsOf(wanted: readonly LiveStep[], live: readonly LiveStep[]): readonly Edit[] {
  return wanted.flatMap((step, index) => {
    const found = live[index];
    if (found === undefined) return [];
    const pause = step.pause === found.pause || found.pause === 0 ? [] : [pauseEdit(step.pause, found.pause)];
    return [...stepEdits(step, found), ...pause].map((edit) => ({ ...edit, step: index + 1 }));
  });
}

const PAUSE = 'pause';

function pauseEdit(wanted: number | null, found: number | null): StepEdit {
  const text = (seconds: number | null) => (seconds === null ? null : formatDuration(seconds));
  return { part: PAUSE, wanted: text(wanted), found: text(found) };
}

export function isPause({ part }: Edit): boolean {
  return part === PAUSE;
}

/**
 * The step at which the engine goes on after an edit (E7). It stays at the present step when that step asks for at least as
 * many pods as the engine has asked for. Otherwise it enters the first step that does, without an approval.
 */
export function landsOn(midway: Midway): number {
  const { wanted, live, step, moved, sizes, pods } = midway;
  const batch = parseAmount(live[step - 1]?.replicas);
  const order = [step, ...wanted.map((_, index) => index + 1).filter((number) => number !== step)];
  const fits = (number: number) => {
    const amount = parseAmount(wanted[number - 1]?.replicas);
    if (amount === null) return true;
    // More pods may appear before the write. So the amount that was asked for counts, and the pods that exist count too.
    return !isFewer(amount, batch, midway) && sizes.every((size) => pods(amount, size) >= Math.min(moved, size));
  };
  return order.find(fits) ?? order.at(-1) ?? step;
}

function isFewer(amount: Amount, than: Amount | null, { sizes, scaled }: Midway): boolean {
  if (than === null) return false;
  const sameUnit = amount.unit === than.unit;
  if (sizes.length === 0 || (scaled && sameUnit)) return !sameUnit || amount.value < than.value;
  return sizes.some((size) => scaledAmount(amount, size) < scaledAmount(than, size));
}

/** When the engine's timer ends the present step after an edit of its pause; null when it does not, or is not known. */
export function timedEnd({ wanted, live, step }: Midway, engine: Engine): Date | null {
  const [next, now] = [wanted[step - 1]?.pause ?? null, live[step - 1]?.pause ?? null];
  if (engine.at !== 'waiting' || next === null || next === now || now === 0 || engine.since === null) return null;
  return new Date(engine.since.getTime() + next * 1000);
}
