import type { RunRef } from './actor.ts';
import type { Delivery, Release, RevertWay } from './delivery.ts';
import { refusal } from './error.ts';
import { parseReleaseId, releaseId } from './identity.ts';
import {
  type Delivered,
  knownIds,
  type ReleaseRecord,
  type Rollback,
  releaseWith,
  rollbackUnderWay,
} from './record.ts';
import { shortened } from './record-after.ts';
import { contentFields, contentId, contentWords, isNamed, sameContent } from './whole.ts';

/** A request for a rollback. */
export interface RollbackRequest {
  /** Id of the release to roll back; null for the live one. */
  readonly release: string | null;
  /** Id of the delivered release to go back to; null for the previous one. */
  readonly to: string | null;
  readonly reason: string;
  readonly also: boolean;
  /** How the revert reaches Git; null for the way that the policy says. */
  readonly way: RevertWay | null;
  readonly by: string;
  readonly at: string;
  readonly run: RunRef;
}

/** The state of the delivery when the request is judged. */
export interface RollbackScene {
  /** The id on the workload when the request was made, and now; null when it has none. */
  readonly liveThen: string | null;
  readonly liveNow: string | null;
  /** Whether the pods belong to `liveNow`. A carrier may have the id before its controller has made anything of it. */
  readonly isMade: boolean;
  /** `unknown`: no policy could be read. */
  readonly git: 'branch' | 'none' | 'unknown';
}

/** The outcome of a request. `same`: the same rollback was requested before; it continues, and nothing new begins. */
export type RollbackAnswer =
  | { readonly is: 'new'; readonly rollback: Rollback }
  | { readonly is: 'same'; readonly rollback: Rollback };

/**
 * Judges a request for a rollback. Pure. Throws a refusal when another release is live than was meant (RELEASE_CHANGED),
 * or when there is nothing to go back to. A request with `to` replaces a rollback that is under way, or whose revert in
 * Git is not done.
 */
export function requestedRollback(
  record: ReleaseRecord,
  request: RollbackRequest,
  scene: RollbackScene,
): RollbackAnswer {
  const { release, rollback } = record;
  if (release === null) throw refusal('NO_RELEASE', 'stepgate has not released this delivery yet', 'deploy first');
  const { liveThen, liveNow } = scene;
  const named = request.release !== null && isNamed(release, request.release) ? release.id : request.release;
  const meant = named ?? liveThen;
  const underWay = rollbackUnderWay(record);
  // The live release is the target of a rollback, and nothing was released since.
  const rested = rollback !== null && underWay === null && release.id === rollback.to.id ? rollback : null;
  const before = underWay ?? rested;
  if (before !== null && (isOf(before, request.release ?? meant) || request.release === null)) {
    const to = request.to === null ? null : goal(record, request.to, before.from);
    if (to === null || sameVersion(to, before.to)) return { is: 'same', rollback: before };
    const from = underWay === null ? plain(release) : underWay.from;
    const open = before.git === 'todo' ? before.bad : [];
    const bad = [from, ...open.filter((one) => one.id !== from.id)];
    const dropped = underWay?.dropped ?? null;
    return { is: 'new', rollback: made(record, request, scene, { from, to, bad, dropped }) };
  }
  if (request.release === null ? liveThen !== liveNow : ![liveNow, release.id].includes(named)) {
    throw refusal(
      'RELEASE_CHANGED',
      `${liveWords(release, liveNow)} is live, not ${meant ?? 'nothing'}: nothing was written`,
      'run stepgate status, then roll back the release it shows with --release ID',
    );
  }
  const from = releaseWith(record, meant) ?? release;
  const to = request.to === null ? earlier(record, from) : goal(record, request.to, from);
  if (to === undefined) {
    const live = record.history.find((one) => one.id === liveNow);
    if (request.release !== null || live === undefined || release.id === liveNow) throw nothingBefore(record);
    // The live release has no earlier one. The rollback then takes back the requested release, which may be partly written.
    const asked = plain(release);
    return {
      is: 'new',
      rollback: made(record, request, scene, { from: asked, to: live, bad: [asked], dropped: null }),
    };
  }
  const dropped = from.id === release.id ? null : plain(release);
  return { is: 'new', rollback: made(record, request, scene, { from: plain(from), to, bad: [plain(from)], dropped }) };
}

function made(
  record: ReleaseRecord,
  { reason, also, way, by, at, run }: RollbackRequest,
  { git, liveNow, isMade }: RollbackScene,
  {
    from,
    to,
    bad,
    dropped,
  }: {
    readonly from: Release;
    readonly to: Delivered;
    readonly bad: readonly Release[];
    readonly dropped: Release | null;
  },
): Rollback {
  const { at: _at, ...version } = to;
  // When the target's pods serve already, it keeps its id: no release begins, and only the objects beside them go back.
  const serves = isMade && to.id === liveNow && (from.digest === to.digest || from.id !== liveNow);
  // So do they after a rollback that has released these pods again: under another id than the target was delivered with.
  const keeps = isMade && from.id === liveNow && from.digest === to.digest && hasSamePods(record, from, to);
  const id = keeps ? from.id : nextId(record, to, liveNow);
  return {
    from,
    to: serves ? version : { ...version, id },
    by,
    at,
    run,
    reason: shortened(reason),
    cluster: 'todo',
    beside: 'todo',
    git: git === 'none' ? 'none' : 'todo',
    bad,
    ...(dropped === null ? {} : { dropped }),
    revert: null,
    also,
    ...(way === null ? {} : { way }),
    trouble: git === 'none' ? 'there is no remote to push a revert to' : null,
    troubleCode: null,
    undo: null,
  };
}

/** Whether two releases with one digest have the same template on the server. Without a hash of it that is not known. */
function hasSamePods(record: ReleaseRecord, from: Release, to: Delivered): boolean {
  return to.template !== null && releaseWith(record, from.id)?.template === to.template;
}

/** Whether a rollback undoes or restores that release. A request may name either, because both were live around it. */
function isOf({ from, to, bad }: Rollback, id: string | null): boolean {
  return id !== null && [from, to, ...bad].some((one) => isNamed(one, id));
}

function liveWords(release: Release, live: string | null): string {
  if (live === null) return 'nothing';
  return live === release.id ? contentWords(release) : live;
}

function sameVersion(one: Release, other: Release): boolean {
  return one.commit === other.commit && one.digest === other.digest;
}

function plain({ id, commit, digest, ...more }: Release): Release {
  return { id, commit, digest, ...contentFields(more) };
}

/** What a rollback of a release goes back to: stable during a release; after a delivery, the last entry with another content. */
export function earlier({ history }: ReleaseRecord, from: Release): Delivered | undefined {
  const index = history.findIndex((one) => one.id === from.id);
  return history.slice(index + 1).find((one) => !sameContent(one, from));
}

/**
 * The delivered release that an id names. A rollback releases a version again under a new id. An earlier id of the same
 * commit and digest still names it.
 */
function goal(record: ReleaseRecord, id: string, from: Release): Delivered {
  const byContent = record.history.find((one) => contentId(one) === id);
  const found =
    byContent ??
    record.history.find((one) => isVersion(one, id) && !sameVersion(one, from)) ??
    record.history.find((one) => one.id === id);
  if (found !== undefined && !sameVersion(found, from)) return found;
  const known = record.history.filter((one) => !sameVersion(one, from)).map(contentId);
  throw refusal(
    'NOTHING_TO_ROLL_BACK_TO',
    found === undefined ? `release '${id}' was not delivered here` : `${id} is the release to roll back`,
    known.length === 0 ? 'deploy a good commit instead' : `known: ${known.join(', ')}`,
  );
}

/** Whether an id, of any attempt, names this version. */
function isVersion({ commit, digest }: Release, id: string): boolean {
  const parts = parseReleaseId(withoutDetour(id));
  return parts !== null && commit.startsWith(parts.commit) && digest.startsWith(parts.digest);
}

function nothingBefore(record: ReleaseRecord) {
  const known = record.history.map(contentId);
  return refusal(
    'NOTHING_TO_ROLL_BACK_TO',
    'no earlier release is known',
    known.length === 0 ? 'deploy a good commit instead' : `known: ${known.join(', ')}; deploy a good commit instead`,
  );
}

/** An unused id for this commit and digest, so that the engine sees a new release. */
export function nextId(record: ReleaseRecord, { commit, digest }: Omit<Release, 'id'>, live: string | null): string {
  const known = [...knownIds(record), ...(live === null ? [] : [live])].map((id) => parseReleaseId(withoutDetour(id)));
  const attempts = known.flatMap((one) =>
    one !== null && commit.startsWith(one.commit) && digest.startsWith(one.digest) ? [one.attempt] : [],
  );
  return releaseId(commit, digest, Math.max(0, ...attempts) + 1);
}

/** Removes the suffix of `viaStable` from an id. */
function withoutDetour(id: string): string {
  return id.replace(/-via-stable$/, '');
}

/** Throws ROLLBACK_UNDER_WAY while a rollback has not brought the cluster back. `wayOut`: what to do then. */
export function refuseDuringRollback(
  { name }: Pick<Delivery, 'name'>,
  record: Pick<ReleaseRecord, 'rollback'>,
  wayOut: string,
): void {
  const rollback = rollbackUnderWay(record);
  if (rollback === null) return;
  throw refusal('ROLLBACK_UNDER_WAY', `${name}: ${contentId(rollback.from)} is being rolled back`, wayOut);
}
