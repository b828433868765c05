import type { RunRef } from './actor.ts';
import type { Code } from './codes.ts';
import type { Release } from './delivery.ts';

/** Who did something, when, and in which run. `run` is null only in what record 1 kept. */
interface Act {
  readonly by: string;
  readonly at: string;
  readonly run: RunRef | null;
}

/** A release that was asked for. `template` is the SHA-256 of the pod template as the server stores it (defaults in). */
export interface AskedFor extends Release, Act {
  readonly template: string;
  /** The commit whose plan it goes by, today's until its template is written; null in what record 1 kept. */
  readonly policy: string | null;
  /** The digest of that plan. */
  readonly plan: string | null;
}

export interface Delivered extends Release {
  readonly at: string;
  /** SHA-256 of the pod template as the server stored it; null in what record 1 kept. */
  readonly template: string | null;
  /** The engine's own name for that template (for a Deployment its pod-template-hash). */
  readonly revision: string | null;
}

/** Somebody's word that a release may leave a step. `forced` skips readiness, soak and schedule, never a hold. */
export interface Approval extends Act {
  readonly release: string;
  /** From 1; 0 is the start, and the number of steps and one the end. */
  readonly step: number;
  readonly forced: boolean;
  /** The digest of the plan that it was given for: under another one it does not count. */
  readonly plan: string | null;
}

/** A refusal until it is lifted: of a version by its digest, or of the delivery as a whole where that is null. */
export interface Hold extends Act {
  readonly digest: string | null;
  /** The release that was held, for messages and for `resume --release`. */
  readonly release: string | null;
  readonly reason: string;
  /**
   * Only where another release was asked for before the revert of this version was on the branch: commits on top of it stay
   * refused. `to` is the commit whose content a revert restores.
   */
  readonly unreverted?: { readonly commit: string; readonly to: string };
}

/** A rollback: cluster and Git are one operation, and this says how far it has come. */
export interface Rollback extends Act {
  readonly from: Release;
  /** `to.id` is the new id under which stable goes out again. */
  readonly to: Release & Pick<Delivered, 'template' | 'revision'>;
  readonly reason: string;
  readonly cluster: 'todo' | 'done';
  /** What stable reads beside its template, and who owns its fields: needs stable to be rendered. */
  readonly beside: 'todo' | 'done';
  /**
   * `none`: the reverts are not ours to make. `ahead`: a person let newer commits stand on top of the bad one, and there is
   * nothing left to do.
   */
  readonly git: 'todo' | 'done' | 'none' | 'ahead';
  /** What the revert takes out of Git: `from`, and what earlier rollbacks left while their Git half was open. */
  readonly bad: readonly Release[];
  /** The revert commit once it was made. */
  readonly revert: string | null;
  /** Other deliveries may change with the revert (`--also`). */
  readonly also: boolean;
  /** Why Git's half, or what is beside, has not happened yet, in words; null where nothing went wrong. */
  readonly trouble: string | null;
  /** The same as a code. */
  readonly troubleCode: Code | null;
  /** `rollback --undo`: Git is to name the bad version again. */
  readonly undo: (Act & { readonly reason: string }) | null;
}

/** One run that acted on the delivery. */
export interface RunEntry extends Act {
  readonly command: string;
  /** What it was about: a release, with the step where there is one. */
  readonly about: string;
}

export interface ReleaseRecord {
  readonly version: 2;
  /** What was last asked for; live only once the workload's label says so. */
  readonly release: AskedFor | null;
  /** What was live and not delivered yet when `release` was asked for: it may still come to its end first. */
  readonly before: AskedFor | null;
  /** Releases that were delivered whole, newest first: the first is stable. */
  readonly history: readonly Delivered[];
  /** Approvals of `release`; those of others are dropped when it changes. */
  readonly approvals: readonly Approval[];
  readonly holds: readonly Hold[];
  readonly rollback: Rollback | null;
  /** Runs that acted, newest first. */
  readonly runs: readonly RunEntry[];
  /** Ids that went out and stand nowhere else in the record: none is given to another release. Newest first. */
  readonly spent: readonly string[];
}

export const emptyRecord: ReleaseRecord = {
  version: 2,
  release: null,
  before: null,
  history: [],
  approvals: [],
  holds: [],
  rollback: null,
  runs: [],
  spent: [],
};

const KEPT = 10;
const KEPT_RUNS = 50;
const KEPT_IDS = 50;
/** Of a reason, in characters: what is longer is shortened. */
const LONGEST_REASON = 1000;

export function stableOf(record: ReleaseRecord): Delivered | null {
  return record.history[0] ?? null;
}

/** What forbids to start or to advance a version: a hold of the delivery, or one of the version. */
export function holdOn(record: ReleaseRecord, digest: string): Hold | null {
  return deliveryHold(record) ?? versionHold(record, digest);
}

export function deliveryHold(record: ReleaseRecord): Hold | null {
  return record.holds.find((hold) => hold.digest === null) ?? null;
}

export function versionHold(record: ReleaseRecord, digest: string): Hold | null {
  return record.holds.find((hold) => hold.digest === digest) ?? null;
}

/** A rollback whose pods are back, and which Git, or what stable reads beside its template, has still to follow. */
export function openRollback({ rollback }: ReleaseRecord): Rollback | null {
  if (rollback === null || rollback.cluster !== 'done') return null;
  return rollback.git === 'todo' || rollback.beside === 'todo' || rollback.undo !== null ? rollback : null;
}

/** The record after a release was delivered whole: it is stable now. Harmless to repeat. */
export function delivered(
  record: ReleaseRecord,
  release: AskedFor,
  { at, revision }: { readonly at: string; readonly revision: string | null },
): ReleaseRecord {
  // Approvals of what was asked for meanwhile stay.
  const approvals = record.approvals.filter((approval) => approval.release !== release.id);
  const noted = { ...record, before: null, approvals };
  if (record.history[0]?.id === release.id) return noted;
  // What a newer version noted of the release goes with it.
  const { by: _by, run: _run, policy: _policy, plan: _plan, ...kept } = release;
  const history = [{ ...kept, at, revision }, ...record.history];
  return spend({ ...noted, history: history.slice(0, KEPT) }, history.slice(KEPT));
}

/** The record that keeps in mind what is live, and not delivered yet, before another release is asked for. */
export function keepingLive(record: ReleaseRecord, live: string | null): ReleaseRecord {
  const before = [record.release, record.before].find((one) => one?.id === live) ?? null;
  const kept = { ...record, before: before !== null && record.history[0]?.id === before.id ? null : before };
  return spend(kept, [record.before]);
}

/** The record after asking for a release: approvals of any other are dropped with it. */
export function askedFor(record: ReleaseRecord, release: AskedFor): ReleaseRecord {
  // Another commit names what should run now: a revert that is still to be pushed would take that back too.
  const done = record.rollback !== null && record.rollback.cluster === 'done';
  const next = {
    ...(done ? closed(record) : record),
    release,
    approvals: record.approvals.filter((approval) => approval.release === release.id),
  };
  return spend(next, [record.release]);
}

/**
 * The record without its rollback: the ids that it gave out stay spent. What has no revert on the branch, and is held, is
 * noted with its hold.
 */
export function closed(record: ReleaseRecord): ReleaseRecord {
  const { holds, rollback } = record;
  const without = spend({ ...record, rollback: null }, idsOf(rollback));
  if (rollback === null || rollback.git !== 'todo') return without;
  const { bad, to } = rollback;
  const noted = holds.map((hold) => {
    const version = bad.find((one) => one.digest === hold.digest);
    return version === undefined ? hold : { ...hold, unreverted: { commit: version.commit, to: to.commit } };
  });
  return { ...without, holds: noted };
}

/** Adds an approval unless the same person already gave the same one; a forced one replaces a plain one. */
export function approved(
  record: ReleaseRecord,
  approval: Approval,
  isSame: (one: string, other: string) => boolean = (one, other) => one === other,
): ReleaseRecord {
  const isIt = (one: Approval) =>
    one.release === approval.release &&
    one.step === approval.step &&
    one.plan === approval.plan &&
    isSame(one.by, approval.by);
  const before = record.approvals.find(isIt);
  if (before !== undefined && (before.forced || !approval.forced)) return record;
  return { ...record, approvals: [...record.approvals.filter((one) => !isIt(one)), approval] };
}

/** The record once a rollback is under way: nothing that was approved counts any more, and what it leaves is held. */
export function rollingBack(record: ReleaseRecord, rollback: Rollback): ReleaseRecord {
  const overtaken = record.rollback;
  const noted = spend({ ...record, approvals: [], rollback }, [...idsOf(overtaken), record.before]);
  const { from, to, by, at, run, reason } = rollback;
  if (from.digest === to.digest) return noted;
  return held(noted, { digest: from.digest, release: from.id, by, at, run, reason: `rolled back: ${reason}` });
}

/**
 * The record once only stable serves again: what was rolled back leaves the history, and stable has the id under which
 * it went out again. Harmless to repeat.
 */
export function clusterBack(
  record: ReleaseRecord,
  rollback: Rollback,
  {
    template,
    revision,
    at,
    beside,
  }: { template: string; revision: string | null; at: string; beside: Rollback['beside'] },
): ReleaseRecord {
  const { to, from, by, run } = rollback;
  const gone = (one: Release) => one.id === from.id || one.id === to.id || one.digest === to.digest;
  const rest = record.history.filter((one) => !gone(one));
  const { template: _template, revision: _revision, ...release } = to;
  const next = {
    ...record,
    release: { ...release, template, by, at, run, policy: null, plan: null },
    history: [{ ...release, template, revision, at }, ...rest].slice(0, KEPT),
    before: null,
    approvals: [],
    rollback: { ...rollback, cluster: 'done' as const, beside },
  };
  return spend(next, [record.release, record.before, ...record.history.filter(gone)]);
}

/** The record whose rollback goes to the same version under another id: the one before has gone out already. */
export function renamed(record: ReleaseRecord, rollback: Rollback, id: string): ReleaseRecord {
  return spend({ ...record, rollback: { ...rollback, to: { ...rollback.to, id } } }, [rollback.to]);
}

function idsOf(rollback: Rollback | null): readonly Release[] {
  return rollback === null ? [] : [...rollback.bad, rollback.from, rollback.to];
}

/** The record that remembers what leaves it: no id goes out twice. */
function spend(record: ReleaseRecord, gone: readonly (Release | null)[]): ReleaseRecord {
  const known = new Set(namedIds(record));
  const ids = gone.flatMap((one) => (one === null || known.has(one.id) ? [] : [one.id]));
  const spent = [...new Set([...ids, ...record.spent])].filter((id) => !known.has(id));
  return { ...record, spent: spent.slice(0, KEPT_IDS) };
}

/** Every id of a release that the record knows, for choosing one that was never used. */
export function knownIds(record: ReleaseRecord): readonly string[] {
  return [...namedIds(record), ...record.spent];
}

function namedIds({ release, before, rollback, history }: ReleaseRecord): readonly string[] {
  return [release, before, ...idsOf(rollback), ...history].flatMap((one) => (one === null ? [] : [one.id]));
}

/** Adds a hold; one of the same version, or of the delivery, is replaced. */
export function held(record: ReleaseRecord, hold: Hold): ReleaseRecord {
  const others = record.holds.filter((one) => one.digest !== hold.digest);
  const before = record.holds.find((one) => one.digest === hold.digest)?.unreverted;
  const left = before === undefined ? {} : { unreverted: before };
  return { ...record, holds: [{ ...left, ...hold, reason: shortened(hold.reason) }, ...others] };
}

/** Notes a run that acted: once per run and command, and the last ones only. */
export function noted(record: ReleaseRecord, entry: RunEntry): ReleaseRecord {
  const others = record.runs.filter((one) => !isSameEntry(one, entry));
  return { ...record, runs: [entry, ...others].slice(0, KEPT_RUNS) };
}

function isSameEntry(one: RunEntry, other: RunEntry): boolean {
  const ids = [one, other].map(({ run }) => (run?.by === 'github' ? run.id : null));
  return ids[0] !== null && ids[0] === ids[1] && one.command === other.command && one.about === other.about;
}

/** A reason as the record keeps it. */
export function shortened(reason: string): string {
  return reason.length <= LONGEST_REASON ? reason : `${reason.slice(0, LONGEST_REASON - 3)}...`;
}
