import type { Outcome } from '../release/comment-answer.ts';
import type { CommentCommand } from '../release/comment-command.ts';
import { formatCommand } from '../release/comment-command.ts';
import { asError, type StepgateError } from '../release/error.ts';
import type { DeliveryReport, ErrorReport, Report } from '../release/report.ts';
import { oneLine } from '../views/neutral.ts';
import { hold, resume } from './hold.ts';
import { rollback } from './rollback.ts';
import type { Run } from './run.ts';
import { status } from './status.ts';

/** A command that is done by a command of the command line. */
type Act = Extract<CommentCommand, { is: 'hold' | 'resume' | 'rollback' }>;

/** What became of a command, and what the run reports of it. */
export interface Done {
  readonly outcome: Outcome;
  readonly reports: readonly DeliveryReport[];
  /** Why the run fails, where no delivery's report says it. */
  readonly error: StepgateError | null;
}

/** Does what a comment asks for as its author: the context of the run has the author as its actor. */
export async function actFor(run: Run<'answer'>, command: Act): Promise<Done> {
  const base = { ...run.input, delivery: [command.delivery], release: command.release, namespace: null };
  const name = command.delivery;
  switch (command.is) {
    case 'hold': {
      const input = { ...base, reason: oneLine(command.reason) };
      return ended(await tried(() => hold({ ...run, input })), (report) =>
        // Somebody may have lifted it before this run answers.
        command.release === null && report.hold === null
          ? done(`${name} was held, and is not any more`)
          : done(
              `${command.release === null ? name : `${command.release} of ${name}`} is held`,
              formatCommand({ is: 'resume', delivery: name, release: command.release }),
            ),
      );
    }
    case 'resume':
      return ended(await tried(() => resume({ ...run, input: base })), ({ hold: left, message }) =>
        done(left === null ? `${name} is not held: ${message}` : `${name} is still held by ${left.by}: ${left.reason}`),
      );
    case 'rollback': {
      const more = { to: null, undo: false, git: null, also: false, past: false, 'dry-run': false };
      const input = { ...base, ...more, reason: oneLine(command.reason) };
      return ended(await tried(() => rollback({ ...run, input })), ({ state, reason: code, message }) =>
        state === 'stuck' || state === 'failed' || state === 'ungated'
          ? { is: 'unfinished', says: `${code}: ${message}` }
          : done(`${name}: ${message}`),
      );
    }
  }
}

/** Says where the deliveries stand. */
export async function statusFor(run: Run<'answer'>, delivery: string | null): Promise<Done> {
  const { input } = run;
  const asked = { ...input, delivery: delivery === null ? input.delivery : [delivery], watch: false, logs: false };
  const made = await tried(() => status({ ...run, input: asked }));
  if ('error' in made) return failed(made.error);
  const more = made.report.deliveries.map((one) => [one.name, whereItStands(one)] as const);
  return { outcome: { is: 'done', says: 'where the deliveries stand', next: null, more }, reports: [], error: null };
}

function whereItStands({ message, release, step }: DeliveryReport): string {
  const place = step === null ? '' : ` at step ${step.index} of ${step.of} (${step.name})`;
  return `${release === null ? '' : `${release.id}${place}: `}${message}`;
}

export function done(says: string, next: string | null = null): Outcome {
  return { is: 'done', says, next, more: [] };
}

/** A refusal. The answer says it, and it is no failure of the run that answers. */
export function refused(says: string, next: string | null = null): Done {
  return { outcome: { is: 'refused', says, next, more: [] }, reports: [], error: null };
}

/** What became of a command that failed before it reached its delivery. */
export function failed(error: StepgateError): Done {
  return { outcome: outcomeOf(error), reports: [], error: isForAuthor(error) ? null : error };
}

/** What became of a command, by the report of its delivery; `words` says it where the delivery has no error. */
export function ended(made: Made, words: (report: DeliveryReport) => Outcome): Done {
  if ('error' in made) return failed(made.error);
  const { deliveries } = made.report;
  const [report] = deliveries;
  if (report === undefined) throw new Error('a command that names its delivery reports on it');
  const { error } = report;
  if (error === null) return { outcome: words(report), reports: deliveries, error: null };
  return { outcome: outcomeOf(error), reports: isForAuthor(error) ? [] : deliveries, error: null };
}

/** The error of a command as its outcome. What the environment was the cause of may have passed when a later run tries again. */
function outcomeOf({ family, code, message, hint }: ErrorReport): Outcome {
  const says = `${code}: ${message}`;
  if (family !== 'refused' && family !== 'input') return { is: 'unfinished', says };
  return { is: 'refused', says: hint === null ? says : `${says} (${hint})`, next: null, more: [] };
}

/** Whether an error is about what the comment says. The run that answers it has not failed then. */
function isForAuthor({ family, code }: Pick<ErrorReport, 'family' | 'code'>): boolean {
  return family === 'refused' || code === 'DELIVERY_UNKNOWN' || code === 'STEP_UNKNOWN';
}

export type Made = { readonly report: Report } | { readonly error: StepgateError };

/** Runs a command. Its error is for whoever asked; the next command of the run may go all the same. */
export async function tried(body: () => Promise<Report>): Promise<Made> {
  try {
    return { report: await body() };
  } catch (error) {
    return { error: asError(error) };
  }
}
