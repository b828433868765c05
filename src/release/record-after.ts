import type { Release } from './delivery.ts';
import {
  type Approval,
  type AskedFor,
  type Hold,
  idsOf,
  isHeldBy,
  type LeftObject,
  namedIds,
  type ReleaseRecord,
  type Rollback,
  type RunEntry,
  releasesOf,
  rollbackUnderWay,
} from './record.ts';
import { contentId, sameContent } from './whole.ts';

const KEPT = 10;
const KEPT_RUNS = 50;
const KEPT_IDS = 50;
/** So many objects that a rollback has left are noted. */
const KEPT_LEFT = 20;
/** Maximum length of a reason, in characters. */
const LONGEST_REASON = 1000;

/** The record after a release was delivered whole: the release is stable now. Safe to repeat. */
export function delivered(
  record: ReleaseRecord,
  release: AskedFor,
  { at, revision }: { readonly at: string; readonly revision: string | null },
): ReleaseRecord {
  // Approvals of a release that was requested in the meantime stay.
  const approvals = record.approvals.filter((approval) => approval.release !== release.id);
  const noted = { ...record, before: null, approvals };
  const [stable] = record.history;
  if (stable !== undefined && stable.id === release.id && stable.commit === release.commit) return noted;
  // Fields of the release that a newer version of stepgate wrote are kept.
  const {
    by: _by,
    run: _run,
    policy: _policy,
    plan: _plan,
    planAt: _planAt,
    made: _made,
    over: _over,
    urgent: _urgent,
    ...kept
  } = release;
  const history = [{ ...kept, at, revision }, ...record.history];
  return spend({ ...noted, history: history.slice(0, KEPT) }, history.slice(KEPT));
}

/**
 * The record after the settings change that it asks for was written: the live release has its content, and where that release was
 * delivered, a rollback finds what it had before. Safe to repeat.
 */
export function settled(record: ReleaseRecord, at: string): ReleaseRecord {
  const { release, history } = record;
  if (release?.over === undefined) return record;
  const { over, ...change } = release;
  const live = { ...change, id: over, settings: release.id };
  const [stable] = history;
  if (stable?.id !== over) return spend({ ...record, release: live }, [release]);
  const { commit, digest, whole, settings } = live;
  const { whole: _whole, ...same } = stable;
  const entry = { ...same, commit, digest, ...(whole === undefined ? {} : { whole }), settings, at };
  const entries = [entry, ...history];
  return spend({ ...record, release: live, history: entries.slice(0, KEPT) }, [release, ...entries.slice(KEPT)]);
}

/**
 * The record before another release is requested: keeps the live release that is not delivered yet. The id of a live release
 * that stepgate did not start is spent, so that the requested one may replace it.
 */
export function keepingLive(record: ReleaseRecord, live: string | null): ReleaseRecord {
  const before = [record.release, record.before].find((one) => one?.id === live) ?? null;
  const kept = { ...record, before: before !== null && record.history[0]?.id === before.id ? null : before };
  return spend(kept, [record.before, ...(live === null ? [] : [{ id: live }])]);
}

/** The record after a release was requested; approvals of other releases are dropped. */
export function askedFor(record: ReleaseRecord, release: AskedFor): ReleaseRecord {
  // The new commit is what should run now. A revert that is still to be pushed would undo it too.
  const next = {
    ...(rollbackUnderWay(record) === null ? closed(record) : record),
    release,
    approvals: record.approvals.filter((approval) => approval.release === release.id),
  };
  return spend(next, [record.release]);
}

/**
 * The record without its rollback; its ids stay spent. A held version whose revert is not on the branch is marked
 * `unreverted`.
 */
export function closed(record: ReleaseRecord): ReleaseRecord {
  const { holds, rollback } = record;
  const without = spend({ ...record, rollback: null }, releasesOf(rollback));
  if (rollback === null || rollback.git !== 'todo') return without;
  const { bad, to } = rollback;
  const noted = holds.map((hold) => {
    const version = bad.find((one) => isHeldBy(one, hold));
    return version === undefined ? hold : { ...hold, unreverted: { commit: version.commit, to: to.commit } };
  });
  return { ...without, holds: noted };
}

/** Adds an approval, unless the same person has given the same one. A forced approval replaces a plain one. */
export function approved(
  record: ReleaseRecord,
  approval: Approval,
  isSame: (one: string, other: string) => boolean = (one, other) => one === other,
): ReleaseRecord {
  const isIt = (one: Approval) =>
    one.release === approval.release &&
    one.step === approval.step &&
    one.plan === approval.plan &&
    one.way === approval.way &&
    isSame(one.by, approval.by);
  const before = record.approvals.find(isIt);
  if (before !== undefined && (before.forced || !approval.forced)) return record;
  return { ...record, approvals: [...record.approvals.filter((one) => !isIt(one)), approval] };
}

/** The record when a rollback begins: approvals are dropped, and the release that is rolled back is held. */
export function rollingBack(record: ReleaseRecord, rollback: Rollback): ReleaseRecord {
  const overtaken = record.rollback;
  const noted = spend({ ...unbarred(record), approvals: [], rollback }, [...releasesOf(overtaken), record.before]);
  const { from, to, by, at, run, reason } = rollback;
  const bad = { by, at, run, release: contentId(from), digest: from.digest, reason: `rolled back: ${reason}` };
  if (from.digest !== to.digest) return held(noted, bad);
  return from.whole === undefined || sameContent(from, to) ? noted : held(noted, { ...bad, whole: from.whole });
}

/** The record without what the policy has noted about the release, and without a hold in place of its rollback. */
function unbarred({ watch: _watch, ...record }: ReleaseRecord): ReleaseRecord {
  return { ...record, holds: record.holds.filter(({ bars }) => bars === undefined) };
}

/**
 * The record once only stable serves again: the bad release leaves the history, and stable has its new id. Safe to
 * repeat.
 */
export function clusterBack(
  record: ReleaseRecord,
  rollback: Rollback,
  {
    template,
    made,
    revision,
    at,
    beside,
    left,
  }: {
    readonly template: string;
    /** The pod template that a controller made of its carrier; null without one. */
    readonly made: string | null;
    readonly revision: string | null;
    readonly at: string;
    readonly beside: Rollback['beside'];
    readonly left: readonly LeftObject[];
  },
): ReleaseRecord {
  const { to, from, by, run } = rollback;
  // Of a release that has taken on settings there are several entries with its id.
  const gone = (one: Release) =>
    (one.id === from.id && one.commit === from.commit) ||
    (one.id === to.id && one.commit === to.commit) ||
    sameContent(one, to);
  const rest = record.history.filter((one) => !gone(one));
  const { template: _template, revision: _revision, ...release } = to;
  const next = {
    ...record,
    release: { ...release, template, ...(made === null ? {} : { made }), by, at, run, policy: null, plan: null },
    history: [{ ...release, template, revision, at }, ...rest].slice(0, KEPT),
    before: null,
    approvals: [],
    rollback: withLeft({ ...rollback, cluster: 'done', beside }, left),
  };
  return spend(next, [record.release, record.before, ...record.history.filter(gone)]);
}

/** The rollback with what it has left. */
export function withLeft(rollback: Rollback, left: readonly LeftObject[]): Rollback {
  const { left: _before, ...rest } = rollback;
  return left.length === 0 ? rest : { ...rest, left: left.slice(0, KEPT_LEFT) };
}

/** The record with a new id for the target of its rollback, because the previous id was used already. */
export function renamed(record: ReleaseRecord, rollback: Rollback, id: string): ReleaseRecord {
  return spend({ ...record, rollback: { ...rollback, to: { ...rollback.to, id } } }, [rollback.to]);
}

/** The record with the ids of dropped releases in `spent`, so that no id is used twice. */
function spend(record: ReleaseRecord, gone: readonly (Pick<Release, 'id' | 'settings'> | null)[]): ReleaseRecord {
  const known = new Set(namedIds(record));
  const ids = idsOf(gone).filter((id) => !known.has(id));
  const spent = [...new Set([...ids, ...record.spent])].filter((id) => !known.has(id));
  return { ...record, spent: spent.slice(0, KEPT_IDS) };
}

/** Adds a hold, and replaces one on the same version or on the delivery. */
export function held(record: ReleaseRecord, hold: Hold): ReleaseRecord {
  const isSame = (one: Hold) => one.digest === hold.digest && one.whole === hold.whole;
  const others = record.holds.filter((one) => !isSame(one));
  const before = record.holds.find(isSame)?.unreverted;
  const left = before === undefined ? {} : { unreverted: before };
  return { ...record, holds: [{ ...left, ...hold, reason: shortened(hold.reason) }, ...others] };
}

/** Adds a run that acted, once per run, command and comment; keeps the last 50. */
export function noted(record: ReleaseRecord, entry: RunEntry): ReleaseRecord {
  const others = record.runs.filter((one) => !isSameEntry(one, entry));
  return { ...record, runs: [entry, ...others].slice(0, KEPT_RUNS) };
}

function isSameEntry(one: RunEntry, other: RunEntry): boolean {
  const ids = [one, other].map(({ run }) => (run?.by === 'github' ? run.id : null));
  const isSameRun = ids[0] !== null && ids[0] === ids[1] && one.run?.comment?.id === other.run?.comment?.id;
  return isSameRun && one.command === other.command && one.about === other.about;
}

/** A reason, cut to the maximum length. */
export function shortened(reason: string): string {
  return reason.length <= LONGEST_REASON ? reason : `${reason.slice(0, LONGEST_REASON - 3)}...`;
}
