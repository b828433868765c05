import type { Context } from '../flow/context.ts';
import { asked, forgeOf } from '../flow/forge.ts';
import { actorOf } from '../release/actor.ts';
import { type Asked, type Outcome, unanswered } from '../release/comment-answer.ts';
import { StepgateError } from '../release/error.ts';
import { atLeast, type Comment, type Forge, ForgeError, type Reaction } from '../release/forge.ts';
import { errorReport, type Report } from '../release/report.ts';
import { helpLines, renderAnswer } from '../views/comment-answer.ts';
import { actFor, type Done, failed, refused, statusFor } from './comment-acts.ts';
import { placesOf, readThread, reread, type Thread } from './comment-threads.ts';
import { answerVote } from './comment-vote.ts';
import { refusedOn } from './events.ts';
import { cancelled, type Run } from './run.ts';

/** Commands that one run answers. What is left is answered by the next run. */
const AT_MOST = 20;
/** An older comment is not acted on: its author has long looked elsewhere. Milliseconds. */
const OLDEST = 7 * 24 * 60 * 60 * 1000;

/** A command for which the cluster is asked. */
type Command = Exclude<Asked['command'], { is: 'unclear' | 'help' }>;

/**
 * Does what the comments on a pull request ask for, and answers each. An event only wakes it: everything is asked of the forge
 * again. Each act is made once, however many runs read its comment, because the record names the comment.
 */
export async function answer(run: Run<'answer'>): Promise<Report> {
  const { context } = run;
  const forge = await forgeOf(context, 'answer');
  const { numbers, failed: unread } = await placesOf(run);
  const reports = new Map(unread.map((report) => [report.name, report]));
  let error: StepgateError | null = null;
  let changed = false;
  let left = AT_MOST;
  for (const number of numbers) {
    const thread = await readThread(run, forge, number);
    const due = unanswered(thread.comments, thread.answers).filter((one) => isMeant(run, one));
    if (due.length > left) context.log(`#${number}: ${due.length - left} comments are left to the next run`);
    for (const one of due.slice(0, left)) {
      left -= 1;
      const done = await doOnce(run, forge, thread, one);
      // What a cancelled run reports of an act is no answer. The next run finds what was done.
      if (context.signal.aborted) throw cancelled();
      if (done === null) continue;
      for (const report of done.reports) reports.set(report.name, report);
      error ??= done.error;
      try {
        changed = (await reply(run, forge, thread, one, done.outcome)) || changed;
      } catch (thrown) {
        // The other comments are answered all the same.
        if (!(thrown instanceof StepgateError)) throw thrown;
        error ??= thrown;
      }
    }
  }
  const deliveries = [...reports.values()];
  return {
    version: 1,
    command: 'answer',
    changed: changed || deliveries.some((report) => report.changed),
    error: error === null ? null : errorReport(error),
    lastTick: null,
    deliveries,
  };
}

/**
 * Whether this run answers a comment: what is about another delivery than the chosen ones is left to another run, and what is
 * old and nothing that waits is left alone.
 */
function isMeant({ context, input }: Run<'answer'>, { command, comment }: Asked): boolean {
  const { delivery: chosen } = input;
  if (chosen.length > 0 && 'delivery' in command && command.delivery !== null && !chosen.includes(command.delivery))
    return false;
  return isAct(command) || !isOld(context.clock.now(), comment);
}

function isAct({ is }: Asked['command']): boolean {
  return is === 'hold' || is === 'resume' || is === 'rollback';
}

function isOld(now: Date, { at }: Comment): boolean {
  return now.getTime() - at.getTime() > OLDEST;
}

/** Does what a comment asks for; null when it was deleted or answered in the meantime. */
async function doOnce(run: Run<'answer'>, forge: Forge, thread: Thread, one: Asked): Promise<Done | null> {
  const { command, comment } = one;
  if (comment.isEdited) return editedSince();
  switch (command.is) {
    case 'unclear':
      return refused('this is not understood', command.meant);
    case 'help':
      return {
        outcome: { is: 'done', says: 'a comment may begin with', next: null, more: helpLines },
        reports: [],
        error: null,
      };
    case 'status':
    case 'promote':
    case 'hold':
    case 'resume':
    case 'rollback':
      try {
        return await actOn(run, forge, thread, { ...one, command });
      } catch (error) {
        if (!(error instanceof StepgateError) || run.context.signal.aborted) throw error;
        return failed(error);
      }
  }
}

async function actOn(
  run: Run<'answer'>,
  forge: Forge,
  thread: Thread,
  { comment, person, command }: Asked & { readonly command: Command },
): Promise<Done | null> {
  const { context } = run;
  if (isOld(context.clock.now(), comment))
    return refused('this comment is older than 7 days, so nothing is done now: write it again');
  if (!thread.isPullRequest) return refused('only a comment on a pull request does that, and this is an issue');
  await react(context, forge, comment, 'eyes');
  // Right before the act: another run may have answered, and the author may have taken it back or lost the right.
  const { comments, answers } = await reread(run, forge, thread);
  const found = comments.find((one) => one.id === comment.id);
  if (found === undefined || answers.get(comment.id)?.isFinal === true) return null;
  if (found.isEdited || found.body !== comment.body) return editedSince();
  const right = await asked(() => forge.right(person.login, context.signal));
  // The event that woke this run is no matter: a comment is asked for by its author.
  const by = { event: 'issue_comment', repository: '', payload: null };
  if (!atLeast(right, 'write') || refusedOn(by, command.is, { is: person.is, right }) !== null)
    return refused(`${person.login} may not write to ${forge.title}, so nothing is done`);
  switch (command.is) {
    case 'status':
      return statusFor(run, command.delivery);
    case 'promote':
      return answerVote(run, { command, comment });
    case 'hold':
    case 'resume':
    case 'rollback':
      return actFor(asAuthor(run, { comment, person }), command);
  }
}

function editedSince(): Done {
  return refused('this comment was edited, so nothing is done: write a new one');
}

/** The run with the author of a comment as the one who acts. */
function asAuthor(run: Run<'answer'>, { comment, person }: Pick<Asked, 'comment' | 'person'>): Run<'answer'> {
  const { context } = run;
  const { id, at, url } = comment;
  const actor = actorOf(person.login, { event: '', known: 'github' });
  return {
    ...run,
    context: { ...context, actor, run: { ...context.run, comment: { id, at: at.toISOString(), url } } },
  };
}

/** Writes the answer, or changes the one that an earlier run has left open. Returns whether anything was written. */
async function reply(
  { context }: Run<'answer'>,
  forge: Forge,
  { number, answers }: Thread,
  one: Asked,
  outcome: Outcome,
): Promise<boolean> {
  const { signal, log } = context;
  const before = answers.get(one.comment.id);
  const body = renderAnswer(one, outcome);
  if (before?.body === body) return false;
  log(`answer the comment ${one.comment.url}: ${outcome.is}: ${outcome.says}`);
  await asked(async () => {
    if (before === undefined) await forge.comment(number, body, signal);
    else await forge.editComment(before.id, body, signal);
  });
  if (outcome.is !== 'unfinished')
    await react(context, forge, one.comment, outcome.is === 'done' ? 'rocket' : 'confused');
  return true;
}

/** A reaction is only a sign, so the command goes on without it. */
async function react({ log, signal }: Context, forge: Forge, { id, url }: Comment, reaction: Reaction): Promise<void> {
  try {
    await forge.react(id, reaction, signal);
  } catch (error) {
    if (!(error instanceof ForgeError) || signal.aborted) throw error;
    log(`no reaction could be added to ${url}: ${error.message}`);
  }
}
