import type { RunRef } from './actor.ts';
import type { Code } from './codes.ts';
import type { Release, RevertWay } from './delivery.ts';
import type { Watch } from './policy-watch.ts';
import { contentId, sameContent } from './whole.ts';

/** Who acted, when, and in which run. `run` is null only in entries of record 1. */
interface Act {
  readonly by: string;
  readonly at: string;
  readonly run: RunRef | null;
}

/**
 * A requested release. `template` is the SHA-256 of the template as the server stores it, with defaults: of the pod template, or of
 * what a carrier has in its place.
 */
export interface AskedFor extends Release, Act {
  readonly template: string;
  /** SHA-256 of the pod template that a controller made of its carrier; left out until it has, and without a carrier. */
  readonly made?: string;
  /** The policy commit of its plan; today's until its template is written. Null in entries of record 1. */
  readonly policy: string | null;
  /** The digest of that plan. */
  readonly plan: string | null;
  /** When it took on that plan, where that was later than `at`. */
  readonly planAt?: string;
  /**
   * Present while it is a settings change that is not written yet: the id of the live release, whose pods it leaves as they are.
   * Once it is written, that release is in the record again, with the commit and the content of the change.
   */
  readonly over?: string;
  /** Why it passes the schedules and freezes of the start, where somebody said so who may approve the start. */
  readonly urgent?: string;
}

export interface Delivered extends Release {
  readonly at: string;
  /** SHA-256 of the pod template as the server stored it; null in entries of record 1. */
  readonly template: string | null;
  /** The engine's own name for that template (for a Deployment its pod-template-hash). */
  readonly revision: string | null;
}

/** A person's approval that a release may leave a step. `forced` also skips readiness and the step's gates that are forceable. */
export interface Approval extends Act {
  readonly release: string;
  /** From 1; 0 is the start, and the number of steps plus one the end. */
  readonly step: number;
  readonly forced: boolean;
  /** The digest of the approved plan: under another plan the approval does not count. */
  readonly plan: string | null;
  /** Left out for `stepgate promote`. `environment`: the person reviewed the environment of the job that ran it. */
  readonly way?: 'environment';
  /** The number of the person's account at the forge, where it is known. */
  readonly account?: number;
}

/** A refusal until it is lifted: of the version with this digest, or of the whole delivery when the digest is null. */
export interface Hold extends Act {
  readonly digest: string | null;
  /** Present where only settings are refused: then it holds what has this content, and not every release with these pods. */
  readonly whole?: string;
  /** The release that was held, for messages and for `resume --release`. */
  readonly release: string | null;
  readonly reason: string;
  /**
   * Present when another release was requested before the revert of this version was on the branch. Commits that contain
   * the version stay refused. `to` is the commit whose content a revert restores.
   */
  readonly unreverted?: { readonly commit: string; readonly to: string };
  /**
   * Present when stepgate holds the delivery in place of a rollback by the policy. `breaker`: the cluster had too many of them.
   * `past`: a commit of the release bars the policy from taking it back.
   */
  readonly bars?: 'breaker' | 'past';
}

/** A rollback of cluster and Git as one operation, and its progress. */
export interface Rollback extends Act {
  readonly from: Release;
  /** `to.id` is the new id under which stable is released again. */
  readonly to: Release & Pick<Delivered, 'template' | 'revision'>;
  readonly reason: string;
  readonly cluster: 'todo' | 'done';
  /** The objects that stable reads, and the owners of its fields. To restore these, stable has to be rendered. */
  readonly beside: 'todo' | 'done';
  /**
   * `none`: stepgate makes no revert. `ahead`: a person accepted newer commits on top of the bad release, so no revert is
   * needed.
   */
  readonly git: 'todo' | 'done' | 'none' | 'ahead';
  /** The releases that the revert undoes: `from`, and those of earlier rollbacks whose revert was not done. */
  readonly bad: readonly Release[];
  /** A release that was requested over `from` and never reached the workload. Its settings may be in the cluster already. */
  readonly dropped?: Release;
  /** The revert commit; null until it is made. */
  readonly revert: string | null;
  /** Whether the revert may change other deliveries (`--also`). */
  readonly also: boolean;
  /** Present when a person rolled back past a commit that says not to (`--past`). */
  readonly past?: true;
  /** How the revert reaches Git, where `--git` says it; otherwise the policy does. */
  readonly way?: RevertWay;
  /** Why `git` or `beside` is not done yet, as text; null when nothing failed. */
  readonly trouble: string | null;
  /** The reason code of `trouble`. */
  readonly troubleCode: Code | null;
  /** Set by `rollback --undo` until the version is restored in Git. */
  readonly undo: (Act & { readonly reason: string }) | null;
}

/** A pull request that stepgate opened for the revert of a release, or to restore a release whose rollback was lifted. */
export interface ProposedRevert {
  readonly is: 'revert' | 'undo';
  /** Id of the release that was rolled back. */
  readonly release: string;
  readonly number: number;
  readonly url: string;
}

/** One run that acted on the delivery. */
export interface RunEntry extends Act {
  readonly command: string;
  /** The release it acted on, with the step if there is one. */
  readonly about: string;
}

export interface ReleaseRecord {
  readonly version: 2;
  /** The last requested release. It is live once the workload's label has its id. */
  readonly release: AskedFor | null;
  /** The release that was live and not delivered when `release` was requested. It may still be delivered first. */
  readonly before: AskedFor | null;
  /** Releases that were delivered whole, newest first: the first is stable. */
  readonly history: readonly Delivered[];
  /** Approvals of `release`; they are dropped when another release is requested. */
  readonly approvals: readonly Approval[];
  readonly holds: readonly Hold[];
  readonly rollback: Rollback | null;
  /** Left out once it is closed or merged. It may outlive its rollback, until a run has closed it. */
  readonly proposed?: ProposedRevert;
  /** Runs that acted, newest first. */
  readonly runs: readonly RunEntry[];
  /** Used ids that are nowhere else in the record; they are never used again. Newest first. */
  readonly spent: readonly string[];
  /** Left out where the policy has noted nothing. */
  readonly watch?: Watch;
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
/** Maximum length of a reason, in characters. */
const LONGEST_REASON = 1000;

export function stableOf(record: ReleaseRecord): Delivered | null {
  return record.history[0] ?? null;
}

/** The release with that id: the newest entry, where it has several. Null when the record does not have it. */
export function releaseWith(
  { release, before, history }: ReleaseRecord,
  id: string | null,
): AskedFor | Delivered | null {
  return [release, before, ...history].find((one) => one !== null && one.id === id) ?? null;
}

/** What a hold of a version is compared with. */
export type Version = Pick<Release, 'digest' | 'whole'>;

/** The hold that forbids to start or advance a version: on the delivery, or on the version. */
export function holdOn(record: ReleaseRecord, version: Version): Hold | null {
  return deliveryHold(record) ?? versionHold(record, version);
}

export function deliveryHold(record: ReleaseRecord): Hold | null {
  return record.holds.find((hold) => hold.digest === null) ?? null;
}

export function versionHold(record: ReleaseRecord, version: Version): Hold | null {
  return record.holds.find((hold) => isHeldBy(version, hold)) ?? null;
}

/** Whether a hold is one of this version. */
export function isHeldBy({ digest, whole }: Version, hold: Hold): boolean {
  return hold.digest === digest && (hold.whole === undefined || hold.whole === whole);
}

/** The rollback whose pods are back but whose other parts are not done; null when there is none. */
export function openRollback({ rollback }: ReleaseRecord): Rollback | null {
  if (rollback === null || rollback.cluster !== 'done') return null;
  return rollback.git === 'todo' || rollback.beside === 'todo' || rollback.undo !== null ? rollback : null;
}

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
  const done = record.rollback !== null && record.rollback.cluster === 'done';
  const next = {
    ...(done ? closed(record) : record),
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
  const without = spend({ ...record, rollback: null }, idsOf(rollback));
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
  const noted = spend({ ...unbarred(record), approvals: [], rollback }, [...idsOf(overtaken), record.before]);
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
  }: {
    readonly template: string;
    /** The pod template that a controller made of its carrier; null without one. */
    readonly made: string | null;
    readonly revision: string | null;
    readonly at: string;
    readonly beside: Rollback['beside'];
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
    rollback: { ...rollback, cluster: 'done' as const, beside },
  };
  return spend(next, [record.release, record.before, ...record.history.filter(gone)]);
}

/** The record with a new id for the target of its rollback, because the previous id was used already. */
export function renamed(record: ReleaseRecord, rollback: Rollback, id: string): ReleaseRecord {
  return spend({ ...record, rollback: { ...rollback, to: { ...rollback.to, id } } }, [rollback.to]);
}

function idsOf(rollback: Rollback | null): readonly Release[] {
  return rollback === null ? [] : [...rollback.bad, rollback.from, rollback.to];
}

/** The record with the ids of dropped releases in `spent`, so that no id is used twice. */
function spend(record: ReleaseRecord, gone: readonly (Pick<Release, 'id' | 'settings'> | null)[]): ReleaseRecord {
  const known = new Set(namedIds(record));
  const ids = gone
    .flatMap((one) => (one === null ? [] : one.settings === undefined ? [one.id] : [one.id, one.settings]))
    .filter((id) => !known.has(id));
  const spent = [...new Set([...ids, ...record.spent])].filter((id) => !known.has(id));
  return { ...record, spent: spent.slice(0, KEPT_IDS) };
}

/** Every id in the record, to choose an unused one. */
export function knownIds(record: ReleaseRecord): readonly string[] {
  return [...namedIds(record), ...record.spent];
}

function namedIds({ release, before, rollback, history }: ReleaseRecord): readonly string[] {
  return [release, before, ...idsOf(rollback), ...history].flatMap((one) =>
    one === null ? [] : one.settings === undefined ? [one.id] : [one.id, one.settings],
  );
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
