import type { Delivery } from './delivery.ts';

/** A stop of deliveries for some time: none of their releases starts or leaves a step. Rollbacks pass. */
export interface Freeze {
  readonly name: string;
  readonly from: FreezeSource;
  /** Names of deliveries, `*` is any text; empty is every delivery. */
  readonly deliveries: readonly string[];
  /** Names of environments, `*` is any text; empty is every environment, and deliveries without one. */
  readonly environments: readonly string[];
  readonly by: string;
  readonly reason: string;
  /** Null when it began at once. */
  readonly begins: Date | null;
  /** Null when it ends only when somebody lifts it. */
  readonly ends: Date | null;
  /** Why it can't be read, with its place; null when it was read. What can't be read covers every delivery. */
  readonly unreadable: string | null;
}

/** Where a freeze is. `forge`: the issues of the forge could not be read. */
export type FreezeSource =
  | { readonly is: 'file'; readonly path: string }
  | { readonly is: 'issue'; readonly number: number; readonly url: string }
  | { readonly is: 'forge'; readonly title: string };

/** The two clocks by which a freeze is judged. */
export interface Clocks {
  /** The cluster's. */
  readonly now: Date;
  /** The runner's; the same as the cluster's when left out. */
  readonly runnerNow?: Date;
}

/** A freeze that is in force, and until when by the cluster's clock; null when only a person ends it. */
export interface InForce {
  readonly freeze: Freeze;
  readonly until: Date | null;
}

/** The freezes of a delivery that are in force. */
export function freezesOn(
  { name, environment }: Pick<Delivery, 'name' | 'environment'>,
  freezes: readonly Freeze[],
  clocks: Clocks,
): readonly InForce[] {
  return freezes.flatMap((freeze) => (covers(freeze, { name, environment }) ? inForce(freeze, clocks) : []));
}

/** Whether a freeze is meant for a delivery. One that can't be read is meant for all. */
export function covers(
  { deliveries, environments, unreadable }: Freeze,
  { name, environment }: Pick<Delivery, 'name' | 'environment'>,
): boolean {
  if (unreadable !== null) return true;
  if (environments.length > 0 && (environment === null || !environments.some((one) => isNamed(one, environment))))
    return false;
  return deliveries.length === 0 || deliveries.some((one) => isNamed(one, name));
}

/** Whether a pattern is a name; `*` is any text. */
export function isNamed(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return first === name;
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > name.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}

/** A freeze begins when one clock says so, and is over only when both say so. */
function inForce(freeze: Freeze, { now, runnerNow = now }: Clocks): readonly InForce[] {
  const [early, late] = now < runnerNow ? [now, runnerNow] : [runnerNow, now];
  const { begins, ends } = freeze;
  if (begins !== null && late < begins) return [];
  if (ends === null) return [{ freeze, until: null }];
  if (early >= ends) return [];
  // The runner's clock may keep it in force for longer: the difference is added.
  const behind = Math.max(0, now.getTime() - runnerNow.getTime());
  return [{ freeze, until: new Date(ends.getTime() + behind) }];
}

/** The first moment from a time on at which none of the freezes of a delivery that have an end is in force. */
export function unfrozenFrom(
  delivery: Pick<Delivery, 'name' | 'environment'>,
  freezes: readonly Freeze[],
  from: Date,
): Date {
  const inOrder = freezes
    .filter((freeze) => covers(freeze, delivery))
    .toSorted((one, other) => (one.begins?.getTime() ?? 0) - (other.begins?.getTime() ?? 0));
  return inOrder.reduce((free, { begins, ends }) => {
    const isIn = ends !== null && (begins === null || begins <= free) && free < ends;
    return isIn ? ends : free;
  }, from);
}

/** Who froze, until when and why, as text: `frozen by ada until 2026-11-30 06:00 UTC: stocktaking`. */
export function freezeWords({ freeze: { by, reason, unreadable }, until }: InForce): string {
  const end = until === null ? '' : ` until ${until.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return unreadable === null
    ? `frozen by ${by}${end}: ${reason}`
    : `frozen${end}, because a freeze can't be read: ${unreadable}`;
}

/** What lifts a freeze, as text. */
export function liftWords({ name, from }: Freeze): string {
  switch (from.is) {
    case 'file':
      return `stepgate thaw --name ${asWord(name)}`;
    case 'issue':
      return `close issue #${from.number}`;
    case 'forge':
      return `make the issues of ${from.title} readable`;
  }
}

/** A name as one word of a shell: the name of a file may have anything in it, and people copy the command. */
function asWord(name: string): string {
  return /^[\w./-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}

/** Where a freeze is, as text. */
export function sourceWords({ from }: Freeze): string {
  switch (from.is) {
    case 'file':
      return from.path;
    case 'issue':
      return from.url;
    case 'forge':
      return `the issues of ${from.title}`;
  }
}
