import type { RunRef } from './actor.ts';
import type { Code } from './codes.ts';
import type { Release, RevertWay } from './delivery.ts';
import type { Watch } from './policy-watch.ts';

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
  /** What is not as stable has it, although the rollback went over it; left out where nothing is. */
  readonly left?: readonly LeftObject[];
  /** How the revert reaches Git, where `--git` says it; otherwise the policy does. */
  readonly way?: RevertWay;
  /** Why `git` or `beside` is not done yet, as text; null when nothing failed. */
  readonly trouble: string | null;
  /** The reason code of `trouble`. */
  readonly troubleCode: Code | null;
  /** Set by `rollback --undo` until the version is restored in Git. */
  readonly undo: (Act & { readonly reason: string }) | null;
}

/** An object that a rollback has left other than stable has it. */
export interface LeftObject {
  /** Such as `ConfigMap shop`. */
  readonly object: string;
  readonly why: string;
  /** Whether somebody has to look at it. A ConfigMap that nothing reads any more does no harm. */
  readonly matters: boolean;
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

/** The rollback whose pods are not back yet; null when there is none. */
export function rollbackUnderWay({ rollback }: Pick<ReleaseRecord, 'rollback'>): Rollback | null {
  return rollback?.cluster === 'todo' ? rollback : null;
}

/** The rollback whose pods are back but whose other parts are not done; null when there is none. */
export function openRollback({ rollback }: ReleaseRecord): Rollback | null {
  if (rollback?.cluster !== 'done') return null;
  return rollback.git === 'todo' || rollback.beside === 'todo' || rollback.undo !== null ? rollback : null;
}

/** Every id in the record, to choose an unused one. */
export function knownIds(record: ReleaseRecord): readonly string[] {
  return [...namedIds(record), ...record.spent];
}

/** Every id in the record that is not spent. */
export function namedIds({ release, before, rollback, history }: ReleaseRecord): readonly string[] {
  return idsOf([release, before, ...releasesOf(rollback), ...history]);
}

/** The ids of releases, and the ids of the settings changes that they have taken on. */
export function idsOf(releases: readonly (Pick<Release, 'id' | 'settings'> | null)[]): readonly string[] {
  return releases.flatMap((one) =>
    one === null ? [] : one.settings === undefined ? [one.id] : [one.id, one.settings],
  );
}

/** The releases that a rollback names. */
export function releasesOf(rollback: Rollback | null): readonly Release[] {
  return rollback === null ? [] : [...rollback.bad, rollback.from, rollback.to];
}
