import { factsOf } from '../flow/act.ts';
import { barsOf } from '../flow/bars.ts';
import { writeRecord } from '../flow/execute.ts';
import { preview } from '../flow/preview.ts';
import { makeRevert } from '../flow/revert.ts';
import { closeUnneeded } from '../flow/revert-close.ts';
import { answerRollback, beginRollback, lifted, type RollbackWish } from '../flow/rollback.ts';
import { drive, type Goal, noExtras } from '../flow/tick.ts';
import { type Observed, observe, type Work, withRun } from '../flow/work.ts';
import { Moved } from '../flow/write.ts';
import { laterChanges, restoredChanges, revertChanges } from '../release/changes/rollback.ts';
import { asError, environmentError, refusal } from '../release/error.ts';
import { lastChange } from '../release/last-change.ts';
import { barWords, NO_ROLLBACK_PAST } from '../release/no-rollback-past.ts';
import { openRollback, type Rollback } from '../release/record.ts';
import type { ChangeReport, DeliveryReport, Report } from '../release/report.ts';
import { contentId, isNamed } from '../release/whole.ts';
import { differOf } from './differ.ts';
import { eachLocated, located } from './located.ts';
import { personOf } from './person.ts';
import { isRepeated, refuseBlindRerun } from './rerun.ts';
import { goal, lookOnce, type Run, reportOf } from './run.ts';

/**
 * Rolls the release back, first in the cluster and then in Git, and holds the bad version. Begins without Git and without a
 * policy.
 */
export async function rollback(run: Run<'rollback'>): Promise<Report> {
  const found = await located(run);
  // The release that was live when the person asked. It stays the same through every retry: no other one was meant.
  const liveThen = new Map<string, string | null>();
  const reports = await eachLocated(run, found, { read: 'alone', tells: true }, (work) => {
    const live = observe(work).observation.workload?.id ?? null;
    const { name } = work.delivery;
    if (!liveThen.has(name)) liveThen.set(name, live);
    const then = liveThen.get(name) ?? null;
    if (run.input.undo) return undo(run, work);
    return run.input['dry-run'] ? previewed(run, work, then) : rollbackOne(run, work, then);
  });
  return reportOf('rollback', reports);
}

async function rollbackOne(run: Run<'rollback'>, work: Work, liveThen: string | null): Promise<DeliveryReport> {
  const observed = observe(work);
  const { record } = observed;
  const following = goal(run, 'done', { retryGit: true, loud: true });
  if (isRepeated(work, record, 'rollback')) {
    work.context.log(`${work.delivery.name}: its rollback was already asked for, and goes on`);
    // A comment may be read again long after its rollback ended. What was released since is not its business.
    const isOver = record.rollback?.cluster !== 'todo' && openRollback(record) === null;
    return followed(work, work.context.run.comment !== undefined && isOver ? lookOnce : following);
  }
  refuseBlindRerun(run, run.input.release);
  const wish = wishOf(run);
  const answer = answerRollback(work, observed, wish, { liveThen });
  if (answer.is === 'new') {
    const allowed = await pastBars(run, work, answer.rollback);
    await beginRollback(work, observed, { ...answer, rollback: allowed }, 'rollback');
    return followed(work, following);
  }
  const known = record.history.slice(1).map(contentId);
  const further = tellSame(work, answer.rollback, known);
  // The rollback was asked for before and is not finished: it goes on, with --also and --git if these are new.
  const { rollback: made } = answer;
  const also = made.also || wish.also;
  const way = wish.way ?? made.way;
  if (also !== made.also || way !== made.way) {
    const next = { ...record, rollback: { ...made, also, ...(way === undefined ? {} : { way }) } };
    const why = also === made.also ? `the revert goes to Git by ${way}` : 'the revert may change other deliveries';
    await writeRecord(work, observed, next, why);
  }
  const report = await followed(work, following);
  return { ...report, todo: report.todo ?? further };
}

/** Follows a rollback, then closes the pull request of a revert that is not needed any more. */
async function followed(work: Work, following: Goal): Promise<DeliveryReport> {
  const report = await drive(work, following);
  await closeUnneeded(work);
  return report;
}

/**
 * Logs who rolled back, and when: a second person at the same alarm must not go back twice. Returns the command that goes
 * further back; null when no earlier release is known.
 */
function tellSame(
  { context, delivery }: Work,
  { from, to, by, at, cluster }: Rollback,
  [next]: readonly string[],
): string | null {
  const further = next === undefined ? null : `stepgate rollback --delivery ${delivery.name} --to ${next}`;
  const done = cluster === 'done' ? 'was rolled back' : 'is being rolled back';
  const more = further === null ? 'no earlier release is known' : `to go further: ${further}`;
  context.log(
    `${delivery.name}: ${contentId(from)} ${done} to ${contentId(to)} by ${by} at ${at}; nothing new begins; ${more}`,
  );
  return further;
}

/** Lifts a mistaken rollback: its hold goes, and Git names the version again. Throws NOTHING_TO_UNDO, RELEASE_CHANGED. */
async function undo(run: Run<'rollback'>, work: Work): Promise<DeliveryReport> {
  const observed = observe(work);
  const { rollback: made } = observed.record;
  const following = goal(run, 'done', { retryGit: true, loud: true });
  if (isRepeated(work, observed.record, 'rollback --undo')) return followed(work, following);
  if (made === null) {
    throw refusal(
      'NOTHING_TO_UNDO',
      `${work.delivery.name}: there is no rollback to lift`,
      'stepgate resume lifts a hold; stepgate deploy releases a commit',
    );
  }
  const undone = contentId(made.from);
  if (run.input.release !== null && !isNamed(made.from, run.input.release)) {
    throw refusal(
      'RELEASE_CHANGED',
      `${work.delivery.name}: ${undone} was rolled back, not ${run.input.release}`,
      'look at it with stepgate status',
    );
  }
  if (made.undo === null) {
    refuseBlindRerun(run, run.input.release);
    // This lifts a hold, as resume does: only a person may.
    const actor = await personOf(work);
    const { reason } = wishOf(run);
    const next = withRun(work, lifted(work, observed.record, actor, reason), {
      command: 'rollback --undo',
      about: undone,
      actor,
    });
    await writeRecord(work, observed, next, `${actor.name} lifts the rollback of ${undone}: ${reason}`);
  }
  const report = await followed(work, following);
  const todo = `stepgate deploy --delivery ${work.delivery.name}`;
  return report.error === null && openRollback(observe(work).record) === null ? { ...report, todo } : report;
}

/** Shows what a rollback would change in the cluster and in Git. Writes nothing. */
async function previewed(run: Run<'rollback'>, work: Work, liveThen: string | null): Promise<DeliveryReport> {
  const observed = observe(work);
  const answer = answerRollback(work, observed, wishOf(run), { liveThen });
  const made = answer.is === 'new' ? await pastBars(run, work, answer.rollback) : answer.rollback;
  const isDue = answer.is === 'new' || made.cluster === 'todo';
  const changes = [...(await clusterChanges(work, observed, made, isDue)), ...(await gitChanges(work, made))];
  const report = await drive(work, lookOnce, { ...noExtras, changes });
  const last = lastChange(observed.record, observed.observation.workload?.id ?? null);
  return last === null ? report : { ...report, message: `${last}; ${report.message}` };
}

/**
 * The rollback, with a note where it goes past a commit that bars it. Throws ROLLBACK_BARRED without --past. Where Git can't tell,
 * the rollback goes on, and the log says so: the pods must not wait for Git.
 */
async function pastBars({ input }: Run<'rollback'>, work: Work, rollback: Rollback): Promise<Rollback> {
  const { context, delivery } = work;
  const bars = await barsOf(work, { past: rollback.to.commit, release: rollback.from.commit });
  if (bars.is === 'unknown') {
    context.log(
      `${delivery.name}: whether a commit has the trailer ${NO_ROLLBACK_PAST} can't be known, so it is not looked at: ${bars.why}`,
    );
    return input.past ? { ...rollback, past: true } : rollback;
  }
  if (bars.bars.length === 0) return rollback;
  if (!input.past) {
    throw refusal(
      'ROLLBACK_BARRED',
      `${delivery.name}: ${contentId(rollback.from)} is not to be rolled back past ${barWords(bars.bars)}: nothing was written`,
      `if it has to go back all the same: stepgate rollback --past --delivery ${delivery.name}`,
    );
  }
  context.log(`${delivery.name}: the rollback goes past ${barWords(bars.bars)}, by --past`);
  return { ...rollback, past: true };
}

async function clusterChanges(
  work: Work,
  observed: Observed,
  made: Rollback,
  isDue: boolean,
): Promise<readonly ChangeReport[]> {
  const { kind, name } = work.delivery.workload;
  const { from, to } = made;
  const why = `from ${contentId(from)} back to ${contentId(to)} (commit ${to.commit.slice(0, 10)}); ${from.digest.slice(0, 8)} is held`;
  const tell = (what: ChangeReport['what'], more = '') => [
    { object: `${kind} ${name}`, what, why: `${why}${more}`, diff: null },
  ];
  if (!isDue) return tell('none');
  try {
    const facts = factsOf(work, observed);
    const serves = observed.record.history.some(({ id }) => id === made.to.id);
    const parts = serves
      ? [restoredChanges(facts, made)]
      : [revertChanges(facts, made, why), laterChanges(facts, made)];
    const told: ChangeReport[] = [];
    for (const changes of parts) told.push(...(await preview(work, changes, differOf(work))));
    return told;
  } catch (error) {
    const known = error instanceof Moved ? environmentError('CLUSTER_CONFLICT', error.message) : asError(error);
    if (known.family === 'bug' || work.context.signal.aborted) throw error;
    return tell('change', `; the server was not asked what differs: ${known.message}`);
  }
}

async function gitChanges(work: Work, made: Rollback): Promise<readonly ChangeReport[]> {
  const { branch, missing } = work.policy;
  const left = (object: string, why: string): readonly ChangeReport[] => [{ object, what: 'leave', why, diff: null }];
  if (missing !== null) return left('Git', `the revert waits for a tick: ${missing.message}`);
  if (branch === null) return left('Git', 'there is no remote to push a revert to');
  const object = `Git ${branch.remote}/${branch.branch}`;
  try {
    const { commit, undone, others, siblings } = await makeRevert(work, made);
    const list = undone.map((one) => `- ${one.commit.slice(0, 10)} ${one.subject}`);
    const too = [...others, ...siblings.map((one) => one.name)];
    const needs = others.length > 0 ? ': --also is needed' : '';
    const alsoChanged = too.length === 0 ? '' : `; it would change ${too.join(', ')} too${needs}`;
    const by = (made.way ?? work.delivery.rollback.git) === 'pull-request' ? ' in a pull request' : '';
    const why =
      commit === null
        ? 'Git names that content already'
        : `one commit${by} that restores its paths, undoing ${undone.length}${alsoChanged}`;
    return [{ object, what: commit === null ? 'none' : 'change', why, diff: list }];
  } catch (error) {
    const known = asError(error);
    if (known.family === 'bug' || work.context.signal.aborted) throw error;
    // The pods would go back all the same, so this is a line of the preview and no error.
    return left(object, known.message);
  }
}

function wishOf({ input }: Run<'rollback'>): RollbackWish {
  const { release, to, reason, also, git: way } = input;
  return {
    release: release === 'live' ? null : release,
    to,
    reason: reason === '' ? 'no reason given' : reason,
    also,
    way,
  };
}
