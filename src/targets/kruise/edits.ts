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

/** The step at which the engine goes on after an edit. `ifScaled`: only where the workload is scaled before the engine sees it. */
export interface Landing {
  readonly step: number;
  readonly ifScaled: boolean;
}

/**
 * Where the engine goes on after an edit (E7). It stays at the present step when that step asks for at least as many pods as the
 * engine has asked for. Otherwise it enters the first step that does, without an approval. The engine counts at the size that it
 * finds: a present step that is lowered at any size is not safe, even when it is the same number of pods now.
 */
export function landingOf(midway: Midway): Landing {
  const { wanted, live, step, moved, sizes, pods } = midway;
  const asked = parseAmount(live[step - 1]?.replicas);
  const amountOf = (number: number) => parseAmount(wanted[number - 1]?.replicas);
  const fits = (number: number) => {
    const amount = amountOf(number);
    if (amount === null || asked === null) return true;
    // More pods may appear before the write. So the amount that was asked for counts, and the pods that exist count too.
    return !isFewerAt(sizes, amount, asked) && sizes.every((size) => pods(amount, size) >= Math.min(moved, size));
  };
  const others = wanted.map((_, index) => index + 1).filter((number) => number !== step);
  const other = others.find(fits) ?? others.at(-1) ?? step;
  if (!fits(step)) return { step: other, ifScaled: false };
  const amount = amountOf(step);
  const ifScaled = amount !== null && asked !== null && mayBeFewer(amount, asked);
  return { step: ifScaled ? other : step, ifScaled };
}

/** Whether there is a size of the workload at which an amount is fewer pods than another. */
function mayBeFewer(amount: Amount, than: Amount): boolean {
  if (amount.unit === than.unit) return amount.value < than.value;
  // In a large workload a fixed number is fewer than any share. In a small one any share but 100% is fewer than a fixed number.
  return amount.unit === 'pods' || amount.value < 100;
}

function isFewerAt(sizes: readonly number[], amount: Amount, than: Amount): boolean {
  if (sizes.length === 0) return mayBeFewer(amount, than);
  return sizes.some((size) => scaledAmount(amount, size) < scaledAmount(than, size));
}

/** When the engine's timer ends the present step after an edit of its pause; null when it does not, or is not known. */
export function timedEnd({ wanted, live, step }: Midway, engine: Engine): Date | null {
  const [next, now] = [wanted[step - 1]?.pause ?? null, live[step - 1]?.pause ?? null];
  if (engine.at !== 'waiting' || next === null || next === now || now === 0 || engine.since === null) return null;
  return new Date(engine.since.getTime() + next * 1000);
}
