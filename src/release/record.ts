import { type Code, isCode } from './codes.ts';
import type { Release } from './delivery.ts';
import { refusal } from './error.ts';
import { isObject, type Json, type JsonObject, listAt, numberAt, objectAt, stringAt } from './json.ts';

/** The one annotation on the Rollout in which stepgate keeps what neither the engine nor Git knows. */
export const RECORD_ANNOTATION = 'stepgate.dev/record';

/** A release that was asked for. `template` is the SHA-256 of the pod template as the server stores it (defaults in). */
export interface AskedFor extends Release {
  readonly template: string;
  readonly by: string;
  readonly at: string;
}

export interface Delivered extends Release {
  readonly at: string;
}

/** Somebody's word that a release may leave a step. `forced` skips readiness, soak and schedule, never a hold. */
export interface Approval {
  readonly release: string;
  /** From 1. */
  readonly step: number;
  readonly by: string;
  readonly at: string;
  readonly forced: boolean;
}

export interface Hold {
  readonly digest: string;
  readonly by: string;
  readonly at: string;
  readonly reason: string;
}

/** A rollback: cluster and Git are one operation, and this says how far it has come. */
export interface Rollback {
  readonly from: Release;
  /** `to.id` is the new id under which stable goes out again. */
  readonly to: Release;
  readonly by: string;
  readonly at: string;
  readonly reason: string;
  readonly cluster: 'todo' | 'done';
  /** `none`: Git already names what is wanted, or the reverts are not ours to make. */
  readonly git: 'todo' | 'done' | 'none';
  /** The revert commit once it was made. */
  readonly revert: string | null;
  /** Other deliveries may change with the revert (`--also`). */
  readonly also: boolean;
  /** Why the Git half has not happened yet, in words; null where nothing went wrong. */
  readonly trouble: string | null;
  /** The same as a code. */
  readonly troubleCode?: Code | null;
}

export interface ReleaseRecord {
  readonly version: 1;
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
}

export const emptyRecord: ReleaseRecord = {
  version: 1,
  release: null,
  before: null,
  history: [],
  approvals: [],
  holds: [],
  rollback: null,
};

const KEPT = 10;

export function stableOf(record: ReleaseRecord): Delivered | null {
  return record.history[0] ?? null;
}

export function holdOn(record: ReleaseRecord, digest: string): Hold | null {
  return record.holds.find((hold) => hold.digest === digest) ?? null;
}

/** The record after a release was delivered whole: it is stable now. Harmless to repeat. */
export function delivered(record: ReleaseRecord, release: Release, at: string): ReleaseRecord {
  // Approvals of what was asked for meanwhile stay.
  const approvals = record.approvals.filter((approval) => approval.release !== release.id);
  const noted = { ...record, before: null, approvals };
  if (record.history[0]?.id === release.id) return noted;
  const { id, commit, digest } = release;
  return { ...noted, history: [{ id, commit, digest, at }, ...record.history].slice(0, KEPT) };
}

/** The record that keeps in mind what is live, and not delivered yet, before another release is asked for. */
export function keepingLive(record: ReleaseRecord, live: string | null): ReleaseRecord {
  const before = [record.release, record.before].find((one) => one?.id === live) ?? null;
  return { ...record, before: before !== null && record.history[0]?.id === before.id ? null : before };
}

/** The record after asking for a release: approvals of any other are dropped with it. */
export function askedFor(record: ReleaseRecord, release: AskedFor): ReleaseRecord {
  // Another commit names what should run now: a revert that is still to be pushed would take that back too.
  const done = record.rollback !== null && record.rollback.cluster === 'done';
  return {
    ...record,
    release,
    approvals: record.approvals.filter((approval) => approval.release === release.id),
    rollback: done ? null : record.rollback,
  };
}

/** Adds an approval unless the same person already gave the same one; a forced one replaces a plain one. */
export function approved(record: ReleaseRecord, approval: Approval): ReleaseRecord {
  const others = record.approvals.filter(
    (one) => !(one.release === approval.release && one.step === approval.step && one.by === approval.by),
  );
  const before = record.approvals.find(
    (one) => one.release === approval.release && one.step === approval.step && one.by === approval.by,
  );
  if (before !== undefined && (before.forced || !approval.forced)) return record;
  return { ...record, approvals: [...others, approval] };
}

/**
 * The record once only stable serves again: what was rolled back leaves the history, and stable has the id under which
 * it went out again. Harmless to repeat.
 */
export function clusterBack(record: ReleaseRecord, rollback: Rollback, template: string, at: string): ReleaseRecord {
  const { to, from, by } = rollback;
  const rest = record.history.filter((one) => one.id !== from.id && one.id !== to.id && one.digest !== to.digest);
  return {
    ...record,
    release: { ...to, template, by, at },
    history: [{ ...to, at }, ...rest].slice(0, KEPT),
    before: null,
    approvals: [],
    rollback: { ...rollback, cluster: 'done' },
  };
}

/** Every id of a release that the record knows, for choosing one that was never used. */
export function knownIds(record: ReleaseRecord): readonly string[] {
  const { release, rollback, history } = record;
  return [
    ...(release === null ? [] : [release.id]),
    ...(rollback === null ? [] : [rollback.from.id, rollback.to.id]),
    ...history.map((one) => one.id),
  ];
}

export function held(record: ReleaseRecord, hold: Hold): ReleaseRecord {
  return { ...record, holds: [hold, ...record.holds.filter((one) => one.digest !== hold.digest)] };
}

export function formatRecord(record: ReleaseRecord): string {
  return JSON.stringify(record);
}

/** The record from its annotation. Throws RECORD_INVALID where it is not one: nothing is decided on a guess. */
export function parseRecord(text: string | null): ReleaseRecord {
  if (text === null) return emptyRecord;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('it is not JSON');
  }
  if (!isObject(value) || value['version'] !== 1) throw invalid('its version is not 1');
  const rollback = value['rollback'];
  return {
    version: 1,
    release: parseAskedFor(value['release']),
    before: parseAskedFor(value['before']),
    history: listAt(value, 'history').map((one) => ({ ...parseRelease(one), at: text_(one, 'at') })),
    approvals: listAt(value, 'approvals').map((one) => ({
      release: text_(one, 'release'),
      step: numberAt(one, 'step') ?? fail('an approval has no step'),
      by: text_(one, 'by'),
      at: text_(one, 'at'),
      forced: objectAt({ one }, 'one')['forced'] === true,
    })),
    holds: listAt(value, 'holds').map((one) => ({
      digest: text_(one, 'digest'),
      by: text_(one, 'by'),
      at: text_(one, 'at'),
      reason: text_(one, 'reason'),
    })),
    rollback: isObject(rollback) ? parseRollback(rollback) : null,
  };
}

function parseAskedFor(value: Json | undefined): AskedFor | null {
  if (!isObject(value)) return null;
  return {
    ...parseRelease(value),
    template: text_(value, 'template'),
    by: text_(value, 'by'),
    at: text_(value, 'at'),
  };
}

function parseRollback(value: JsonObject): Rollback {
  const cluster = value['cluster'];
  const git = value['git'];
  if (cluster !== 'todo' && cluster !== 'done') throw invalid('rollback.cluster is unknown');
  if (git !== 'todo' && git !== 'done' && git !== 'none') throw invalid('rollback.git is unknown');
  return {
    from: parseRelease(objectAt(value, 'from')),
    to: parseRelease(objectAt(value, 'to')),
    by: text_(value, 'by'),
    at: text_(value, 'at'),
    reason: text_(value, 'reason'),
    cluster,
    git,
    revert: stringAt(value, 'revert'),
    also: value['also'] === true,
    trouble: stringAt(value, 'trouble'),
    troubleCode: isCode(value['troubleCode']) ? value['troubleCode'] : null,
  };
}

function parseRelease(value: Json): Release {
  return { id: text_(value, 'id'), commit: text_(value, 'commit'), digest: text_(value, 'digest') };
}

function text_(value: Json, key: string): string {
  return stringAt(value, key) ?? fail(`'${key}' is missing`);
}

function fail(what: string): never {
  throw invalid(what);
}

function invalid(what: string) {
  return refusal(
    'RECORD_INVALID',
    `the annotation ${RECORD_ANNOTATION} on the Rollout is not stepgate's record: ${what}`,
    'put back what was there, or remove the annotation and deploy with --live REF to say what is live',
  );
}
