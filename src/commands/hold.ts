import { factsOf } from '../flow/act.ts';
import { execute, writeRecord } from '../flow/execute.ts';
import { closeUnneeded } from '../flow/revert-close.ts';
import { drive } from '../flow/tick.ts';
import { actBy, type Observed, observe, serverTime, type Work, withRun } from '../flow/work.ts';
import { ensureChanges } from '../release/changes/deploy.ts';
import type { Release } from '../release/delivery.ts';
import { refusal } from '../release/error.ts';
import { type Hold, isHeldBy, type ReleaseRecord } from '../release/record.ts';
import { held } from '../release/record-after.ts';
import type { DeliveryReport, Report } from '../release/report.ts';
import { contentId, sameContent } from '../release/whole.ts';
import { eachLocated, located } from './located.ts';
import { personOf } from './person.ts';
import { isRepeated, refuseBlindRerun } from './rerun.ts';
import { lookOnce, type Run, reportOf } from './run.ts';

/**
 * Stops a delivery, or with `--release` one version: nothing of it starts or advances until it is resumed. A hold of the
 * delivery is refused only when the Rollout belongs to another delivery.
 */
export async function hold(run: Run<'hold'>): Promise<Report> {
  const found = await located(run);
  const reports = await eachLocated(run, found, { read: 'alone', tells: true }, async (work) => {
    const { release: id } = run.input;
    const first = observe(work);
    if (first.rollout === null) await execute(work, ensureChanges(factsOf(work, first), null));
    const observed = observe(work);
    if (isRepeated(work, observed.record, 'hold')) return reported(work);
    const reason = run.input.reason === '' ? 'no reason given' : run.input.reason;
    const version = id === null ? null : versionMeant(work, observed, id);
    const { name } = work.context.actor;
    const about = version?.id ?? 'the delivery';
    const next = held(observed.record, {
      ...actBy(work),
      digest: version?.digest ?? null,
      ...(version?.whole === undefined ? {} : { whole: version.whole }),
      release: version?.id ?? null,
      reason,
    });
    const noted = withRun(work, next, { command: 'hold', about });
    await writeRecord(work, observed, noted, `${name} holds ${about}: ${reason.slice(0, 200)}`);
    return reported(work);
  });
  return reportOf('hold', reports);
}

/**
 * Lifts the holds of a delivery that were there when it was asked for, which is when this run began or when the comment was
 * written that asks for it; or with `--release` every hold of that version. It starts and advances nothing.
 */
export async function resume(run: Run<'resume'>): Promise<Report> {
  const found = await located(run);
  const begun = new Map<string, Date>();
  const reports = await eachLocated(run, found, { read: 'alone', tells: true }, async (work) => {
    const { delivery } = work;
    const began = begun.get(delivery.name) ?? askedAt(work);
    begun.set(delivery.name, began);
    const observed = observe(work);
    const { record } = observed;
    if (observed.rollout === null || isRepeated(work, record, 'resume')) return reported(work);
    const person = await personOf(work);
    const { release: id } = run.input;
    if (id === null) refuseBlindRerun(run, id);
    const version = id === null ? null : versionMeant(work, observed, id);
    const next = version === null ? resumed(work, record, began) : letThrough(record, version);
    if (next === record) {
      const others = record.holds.map((one) => one.release).filter((one) => one !== null);
      const more = others.length === 0 ? '' : `; versions are held: resume --release ${others.join(', ')}`;
      work.context.log(`${delivery.name}: nothing to lift${more}`);
    } else {
      const about = version?.id ?? 'the delivery';
      const noted = withRun(work, next, { command: 'resume', about, actor: person });
      await writeRecord(work, observed, noted, `${person.name} lifts the hold of ${about}`);
    }
    await closeUnneeded(work);
    return reported(work);
  });
  return reportOf('resume', reports);
}

/**
 * Reports where the delivery stands. An earlier rollback whose revert is not pushed yet is in the report, and is no failure
 * of this command.
 */
async function reported(work: Work): Promise<DeliveryReport> {
  const report = await drive(work, lookOnce);
  return report.reason === 'ROLLED_BACK_GIT_TODO' ? { ...report, error: null } : report;
}

/** When this act was asked for: when the run began, by the cluster's clock, or before that in a comment. */
function askedAt(work: Work): Date {
  const { comment } = work.context.run;
  const now = serverTime(work);
  if (comment === undefined) return now;
  const written = new Date(comment.at);
  return written < now ? written : now;
}

function resumed({ context }: Work, record: ReleaseRecord, began: Date): ReleaseRecord {
  // Of two comments, the times at which they were written say which came first: one run may read both.
  const timeOf = ({ at, run }: Hold) => (context.run.comment === undefined ? at : (run?.comment?.at ?? at));
  // Times in the record are whole seconds: a hold that may have been there already counts as there.
  const later = (hold: Hold) => new Date(timeOf(hold)) > new Date(began.getTime() + 1000);
  const holds = record.holds.filter((one) => one.digest !== null || later(one));
  return holds.length === record.holds.length ? record : { ...record, holds };
}

/**
 * Lifts every hold of a version, also that of a rollback. Where the revert of that rollback is not pushed yet, it never will
 * be: commits on top of the version may be deployed again, and Git stays ahead of the cluster.
 */
function letThrough(record: ReleaseRecord, version: Meant): ReleaseRecord {
  const holds = record.holds.filter((one) => !isHeldBy(version, one));
  const { rollback } = record;
  const open = rollback !== null && rollback.git === 'todo' && rollback.bad.some((one) => sameContent(one, version));
  if (holds.length === record.holds.length && !open) return record;
  const ahead = open ? { ...rollback, git: 'ahead' as const, trouble: null, troubleCode: null } : rollback;
  return { ...record, holds, rollback: ahead };
}

/** What a hold refuses. `whole` is present when only settings are refused. */
type Meant = Pick<Release, 'id' | 'digest' | 'whole'>;

/** Whether this is a settings change of that id, which waits for its start. */
function isPendingChange(one: Release, id: string | null): boolean {
  return 'over' in one && one.over !== undefined && one.id === id;
}

/**
 * The version that an id or `live` names. Throws RELEASE_CHANGED where the record does not have it, NO_RELEASE where it has
 * none.
 */
function versionMeant({ delivery }: Work, { record, observation }: Observed, id: string): Meant {
  const wanted = id === 'live' ? (observation.workload?.id ?? record.release?.id ?? null) : id;
  const { release, before, history, rollback, holds } = record;
  const known = [
    release,
    before,
    ...history,
    ...(rollback === null ? [] : [rollback.from, rollback.to, ...rollback.bad]),
  ];
  // Holds first: a hold of settings has the digest of a release whose pods are good.
  const hold = holds.find(
    (one) => one.digest !== null && wanted !== null && [one.release, one.digest].includes(wanted),
  );
  if (hold?.digest != null) {
    const { digest, whole } = hold;
    return { id: hold.release ?? digest, digest, ...(whole === undefined ? {} : { whole }) };
  }
  // The id of a settings change names its whole content, not the pods that it shares with the release.
  const settings =
    known.find((one) => one !== null && (one.settings === wanted || isPendingChange(one, wanted))) ?? null;
  if (settings?.whole !== undefined && wanted !== null)
    return { id: wanted, digest: settings.digest, whole: settings.whole };
  const found = known.find((one) => one !== null && one.id === wanted) ?? null;
  if (found !== null) return { id: found.id, digest: found.digest };
  const ids = known.flatMap((one) => (one === null ? [] : [contentId(one)]));
  throw refusal(
    ids.length === 0 ? 'NO_RELEASE' : 'RELEASE_CHANGED',
    `${delivery.name} has no release ${wanted ?? 'at all'}`,
    ids.length === 0 ? 'stepgate deploy starts one' : `known: ${[...new Set(ids)].slice(0, 10).join(', ')}`,
  );
}
