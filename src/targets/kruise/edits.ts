import { type Amount, formatDuration } from '../../release/delivery.ts';
import type { Engine, LiveStep } from '../../release/observation.ts';
import { parseAmount, scaledAmount } from './amounts.ts';
import { type StepEdit, stepEdits } from './strategy.ts';

/** A plan that replaces another one during a release. Both have as many steps. */
export interface Midway {
  readonly wanted: readonly LiveStep[];
  readonly live: readonly LiveStep[];
  /** The step at which the engine is, from 1. */
  readonly step: number;
  /** Sizes that percentages may follow when the engine sees the edit; empty where none is known. */
  readonly sizes: readonly number[];
  /** Whether an autoscaler may bring any other size before that. */
  readonly scaled: boolean;
  /** Pods of the new version, and how many a step moves. */
  readonly moved: number;
  pods(amount: Amount, size: number): number;
}

/** An edit of one part of one step. */
export interface Edit extends StepEdit {
  /** From 1. */
  readonly step: number;
}

/** The edits between two plans, those of pauses too. A pause of 0 s is an approval of ours, which is put back (E21). */
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
 * The step at which the engine goes on after an edit (E7): the present one, unless it asks for fewer pods than the engine has
 * asked for; then the first of all steps that does not, which it enters without an approval.
 */
export function landsOn(midway: Midway): number {
  const { wanted, live, step, moved, sizes, pods } = midway;
  const batch = parseAmount(live[step - 1]?.replicas);
  const order = [step, ...wanted.map((_, index) => index + 1).filter((number) => number !== step)];
  const fits = (number: number) => {
    const amount = parseAmount(wanted[number - 1]?.replicas);
    if (amount === null) return true;
    // Pods come between the look and the write: what is asked for counts, and what is there already.
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

/** When the engine's own timer ends the present step after an edit of its pause; null where it does not. */
export function timedEnd({ wanted, live, step }: Midway, engine: Engine): Date | null {
  const [next, now] = [wanted[step - 1]?.pause ?? null, live[step - 1]?.pause ?? null];
  if (engine.at !== 'waiting' || next === null || next === now || now === 0 || engine.since === null) return null;
  return new Date(engine.since.getTime() + next * 1000);
}
