import type { CommentRef, RunRef } from './actor.ts';
import { isCode } from './codes.ts';
import { type Release, revertWays } from './delivery.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { type Watch, watchIn } from './policy-watch.ts';
import {
  type Approval,
  type AskedFor,
  type Delivered,
  emptyRecord,
  type Hold,
  type LeftObject,
  type ProposedRevert,
  type ReleaseRecord,
  type Rollback,
  type RunEntry,
} from './record.ts';
import { shortened } from './record-after.ts';
import { boolean, entry, invalid, isTrue, list, oneOf, orNull, string, stringOrNull } from './record-fields.ts';

/**
 * The level of each act that this version implements. A later version raises an act's level in the record (`needs`) when
 * versions that do not know its new fields must no longer perform that act.
 */
export const CAPABILITY = 1;

/** Maximum size of the annotation in bytes. Kubernetes allows 262144 for all annotations, and a rollback must always fit. */
const LARGEST = 64 * 1024;

/**
 * The text of the annotation. When it is too long, runs are dropped first, then reasons are cut. Holds and the target of a
 * rollback are never dropped.
 */
export function formatRecord(record: ReleaseRecord): string {
  const fits = (text: string) => Buffer.byteLength(text) <= LARGEST;
  let text = JSON.stringify(record);
  if (fits(text)) return text;
  let left: ReleaseRecord = { ...record, runs: record.runs.slice(0, 5), spent: record.spent.slice(0, 20) };
  for (const length of [200, 40, 0]) {
    text = JSON.stringify(left);
    if (fits(text)) return text;
    left = { ...left, holds: left.holds.map((hold) => ({ ...hold, reason: hold.reason.slice(0, length) })) };
  }
  return JSON.stringify({ ...left, holds: left.holds.map((hold) => ({ ...hold, run: null })) });
}

/** The refusal of an act for which the record needs a newer version; null when this version may perform it. */
export function neededFor(record: ReleaseRecord, act: 'promote' | 'deploy'): number | null {
  const needs = (record as ReleaseRecord & { readonly needs?: Json }).needs;
  const needed = isObject(needs) ? needs[act] : undefined;
  return typeof needed === 'number' && needed > CAPABILITY ? needed : null;
}

/**
 * Parses the annotation; a record of version 1 is converted. Unknown fields are kept on their entry. Throws RECORD_INVALID
 * when a field has the wrong type, so that no decision rests on a guess.
 */
export function parseRecord(text: string | null): ReleaseRecord {
  if (text === null) return emptyRecord;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('it is not JSON');
  }
  if (!isObject(value)) throw invalid('it is not an object');
  const { version } = value;
  if (version !== 1 && version !== 2) throw invalid('its version is neither 1 nor 2');
  const needs = value['needs'];
  if (needs !== undefined && !isNeeds(needs)) throw invalid("'needs' is not a number for each act");
  const record = {
    ...value,
    version: 2 as const,
    release: orNull(value, 'release', askedFor),
    before: orNull({ before: null, ...value }, 'before', askedFor),
    history: list(value, 'history').map((one) => delivered(entry(one, 'history'))),
    approvals: list(value, 'approvals').map((one) => approval(entry(one, 'approvals'))),
    holds: list(value, 'holds').map((one) => hold(entry(one, 'holds'), version)),
    rollback: orNull(value, 'rollback', rollback),
    runs: value['runs'] === undefined ? [] : list(value, 'runs').map((one) => runEntry(entry(one, 'runs'))),
    spent: value['spent'] === undefined ? [] : list(value, 'spent').map(spentId),
  };
  // Record 1 does not say for which plan an approval was given.
  const counted = version === 1 ? { ...record, approvals: [] } : record;
  const noted = value['watch'];
  const watched = noted === undefined ? counted : { ...counted, watch: watch(noted) };
  const pull = value['proposed'];
  return pull === undefined ? watched : { ...watched, proposed: proposed(entry(pull, 'proposed')) };
}

/** How many approvals of a record 1 are dropped, for the log. */
export function droppedApprovals(text: string): number {
  const value: unknown = JSON.parse(text);
  return isObject(value) && value['version'] === 1 ? list(value, 'approvals').length : 0;
}

function release(value: JsonObject, what: string): JsonObject & Release {
  const parts = { id: string(value, 'id'), commit: string(value, 'commit'), digest: string(value, 'digest') };
  if (!/^[0-9a-f]{40}$/.test(parts.commit)) throw invalid(`the commit of ${what} is not 40 hex digits`);
  if (!/^[0-9a-f]{64}$/.test(parts.digest)) throw invalid(`the digest of ${what} is not 64 hex digits`);
  return { ...value, ...parts, ...texts(value, 'whole', 'settings') };
}

/** The values of keys that may be left out. */
function texts<const K extends string>(value: JsonObject, ...keys: readonly K[]): { readonly [key in K]?: string } {
  const found: { [key in K]?: string } = {};
  for (const key of keys) if (value[key] !== undefined) found[key] = string(value, key);
  return found;
}

function askedFor(value: JsonObject): AskedFor {
  return {
    ...release(value, 'a release'),
    ...act(value),
    template: string(value, 'template'),
    policy: stringOrNull(value, 'policy'),
    plan: stringOrNull(value, 'plan'),
    ...texts(value, 'planAt', 'made', 'over', 'urgent'),
  };
}

function delivered(value: JsonObject): Delivered {
  return {
    ...release(value, 'the history'),
    at: string(value, 'at'),
    template: stringOrNull(value, 'template'),
    revision: stringOrNull(value, 'revision'),
  };
}

function approval(value: JsonObject): Approval {
  const { step } = value;
  if (typeof step !== 'number' || !Number.isSafeInteger(step) || step < 0) throw invalid('an approval has no step');
  const { way, account } = value;
  // An approval that came in a way that this version does not know must not count as one by command.
  if (way !== undefined && way !== 'environment') throw invalid("the 'way' of an approval is unknown");
  if (account !== undefined && !isAccount(account)) throw invalid("the 'account' of an approval is not a number");
  return {
    ...value,
    ...act(value),
    release: string(value, 'release'),
    step,
    forced: boolean(value, 'forced'),
    plan: stringOrNull(value, 'plan'),
    ...(way === undefined ? {} : { way }),
    ...(account === undefined ? {} : { account }),
  };
}

function isAccount(value: Json): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

function hold(value: JsonObject, version: 1 | 2): Hold {
  // In record 1 every hold is on a version. In record 2 a hold on the delivery has the digest null, which must be explicit.
  if (version === 2 && value['digest'] === undefined) throw invalid("a hold has no 'digest'");
  const digest = version === 1 ? string(value, 'digest') : stringOrNull(value, 'digest');
  return {
    ...value,
    ...act(value),
    digest,
    ...texts(value, 'whole'),
    release: stringOrNull(value, 'release'),
    reason: shortened(string(value, 'reason')),
    ...(value['unreverted'] === undefined
      ? {}
      : { unreverted: unreverted(entry(value['unreverted'], 'holds.unreverted')) }),
    ...(value['bars'] === undefined ? {} : { bars: oneOf(value, 'bars', ['breaker', 'past']) }),
  };
}

function watch(value: Json): Watch {
  const found = watchIn(value);
  if (found === null) throw invalid("'watch' is none");
  return found;
}

function unreverted(value: JsonObject): NonNullable<Hold['unreverted']> {
  const parts = { commit: string(value, 'commit'), to: string(value, 'to') };
  for (const commit of Object.values(parts))
    if (!/^[0-9a-f]{40}$/.test(commit)) throw invalid('a commit of holds.unreverted is not 40 hex digits');
  return { ...value, ...parts };
}

function rollback(value: JsonObject): Rollback {
  const from = release(entry(value['from'], 'rollback.from'), 'rollback.from');
  const to = entry(value['to'], 'rollback.to');
  const code = value['troubleCode'];
  if (code !== undefined && code !== null && typeof code !== 'string') throw invalid('rollback.troubleCode is no text');
  return {
    ...value,
    ...act(value),
    from,
    to: {
      ...release(to, 'rollback.to'),
      template: stringOrNull(to, 'template'),
      revision: stringOrNull(to, 'revision'),
    },
    reason: shortened(string(value, 'reason')),
    cluster: oneOf(value, 'cluster', ['todo', 'done']),
    // In record 1, a rollback was settled only after everything had been restored.
    beside:
      value['beside'] === undefined
        ? value['cluster'] === 'done'
          ? 'done'
          : 'todo'
        : oneOf(value, 'beside', ['todo', 'done']),
    git: oneOf(value, 'git', ['todo', 'done', 'none', 'ahead']),
    bad:
      value['bad'] === undefined
        ? [from]
        : list(value, 'bad').map((one) => release(entry(one, 'rollback.bad'), 'rollback.bad')),
    ...(value['dropped'] === undefined
      ? {}
      : { dropped: release(entry(value['dropped'], 'rollback.dropped'), 'rollback.dropped') }),
    revert: stringOrNull(value, 'revert'),
    also: value['also'] === undefined ? false : boolean(value, 'also'),
    ...(value['left'] === undefined
      ? {}
      : { left: list(value, 'left').map((one) => leftObject(entry(one, 'rollback.left'))) }),
    ...(value['way'] === undefined ? {} : { way: oneOf(value, 'way', revertWays) }),
    ...(value['past'] === undefined ? {} : { past: isTrue(value, 'past') }),
    trouble: stringOrNull(value, 'trouble'),
    // An unknown code of a later version is ignored: it only selects the advice.
    troubleCode: isCode(code) ? code : null,
    undo: orNull({ undo: null, ...value }, 'undo', (one) => ({
      ...one,
      ...act(one),
      reason: shortened(string(one, 'reason')),
    })),
  };
}

function leftObject(value: JsonObject): LeftObject {
  return {
    ...value,
    object: string(value, 'object'),
    why: string(value, 'why'),
    matters: boolean(value, 'matters'),
  };
}

function proposed(value: JsonObject): ProposedRevert {
  const { number } = value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 1)
    throw invalid("'proposed' has no number of a pull request");
  const is = oneOf(value, 'is', ['revert', 'undo']);
  return { ...value, is, release: string(value, 'release'), number, url: string(value, 'url') };
}

function runEntry(value: JsonObject): RunEntry {
  return { ...value, ...act(value), command: string(value, 'command'), about: string(value, 'about') };
}

function act(value: JsonObject): { readonly by: string; readonly at: string; readonly run: RunRef | null } {
  const at = string(value, 'at');
  if (Number.isNaN(Date.parse(at))) throw invalid("'at' is not a time");
  return { by: string(value, 'by'), at, run: orNull({ run: null, ...value }, 'run', runRef) };
}

function runRef({ comment: asked, ...value }: JsonObject): RunRef {
  const by = oneOf(value, 'by', ['github', 'host']);
  const more = asked === undefined ? {} : { comment: commentRef(entry(asked, 'run.comment')) };
  if (by === 'host') return { ...value, by, host: string(value, 'host'), user: string(value, 'user'), ...more };
  const { attempt } = value;
  if (typeof attempt !== 'number' || !Number.isSafeInteger(attempt)) throw invalid('a run has no attempt');
  const [id, event, url] = [string(value, 'id'), string(value, 'event'), string(value, 'url')];
  return { ...value, by, id, attempt, event, url, ...more };
}

function commentRef(value: JsonObject): CommentRef {
  const { id } = value;
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) throw invalid('a comment has no id');
  const at = string(value, 'at');
  if (Number.isNaN(Date.parse(at))) throw invalid("'at' of a comment is not a time");
  return { ...value, id, at, url: string(value, 'url') };
}

function spentId(value: Json): string {
  if (typeof value !== 'string') throw invalid("'spent' has an entry that is no text");
  return value;
}

function isNeeds(value: Json): boolean {
  return isObject(value) && Object.values(value).every((one) => typeof one === 'number');
}
