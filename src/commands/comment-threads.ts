import { asked } from '../flow/forge.ts';
import { forgeEvidence } from '../flow/forge-evidence.ts';
import { drive } from '../flow/tick.ts';
import { observe } from '../flow/work.ts';
import { type Answer, answersIn } from '../release/comment-answer.ts';
import { inputError } from '../release/error.ts';
import type { Comment, Forge } from '../release/forge.ts';
import { stableOf } from '../release/record.ts';
import type { DeliveryReport } from '../release/report.ts';
import { eachDelivery } from './fleet.ts';
import { chosen, lookOnce, policyOf, type Run } from './run.ts';

/** The comments of a pull request or issue as they were read, and our answers among them. */
export interface Thread {
  readonly number: number;
  readonly isPullRequest: boolean;
  readonly comments: readonly Comment[];
  readonly answers: ReadonlyMap<number, Answer>;
}

/** Where commands are looked for. */
export interface Places {
  readonly numbers: readonly number[];
  /** Deliveries whose pull requests could not be found. */
  readonly failed: readonly DeliveryReport[];
}

/**
 * The pull request that was named, else that of the comment which started the run, else those that take the comments of the
 * releases under way: a run that a schedule started finds a comment whose event was lost.
 */
export async function placesOf(run: Run<'answer'>): Promise<Places> {
  const { context, input } = run;
  const number = input['pull-request'] ?? context.pullRequest;
  if (number !== undefined) return { numbers: [number], failed: [] };
  if (context.run.by === 'github' && context.run.event === 'issue_comment') {
    throw inputError('USAGE', 'the payload of this run does not say which pull request the comment is on', {
      hint: 'name it: pull-request',
    });
  }
  return underWay(run);
}

async function underWay(run: Run<'answer'>): Promise<Places> {
  const { context } = run;
  const source = await policyOf(run);
  const numbers = new Set<number>();
  const deliveries = chosen(source.current, run.input, false);
  const reports = await eachDelivery(run, source, deliveries, { read: 'shared' }, async (work) => {
    const { record } = observe(work);
    if (record.release !== null && record.release.id !== stableOf(record)?.id) {
      // Who wrote a release is known from its pull requests.
      const found = await forgeEvidence(work, record, [{ is: 'authors' }], 'known');
      if (found?.authors.is === 'unknown') context.log(`${work.delivery.name}: ${found.authors.why}`);
      if (found != null && found.pullRequest !== null) numbers.add(found.pullRequest.number);
    }
    return drive(work, lookOnce);
  });
  return { numbers: [...numbers], failed: reports.filter((report) => report.error !== null) };
}

/** Reads a pull request or issue and its comments. */
export function readThread({ context: { signal } }: Run<'answer'>, forge: Forge, number: number): Promise<Thread> {
  return asked(async () => {
    const [found, comments, viewer] = await Promise.all([
      forge.pullRequest(number, signal),
      forge.comments(number, signal),
      forge.viewer(signal),
    ]);
    return { number, isPullRequest: found !== null, comments, answers: answersIn(comments, viewer) };
  });
}

/** Reads the comments again. */
export function reread({ context: { signal } }: Run<'answer'>, forge: Forge, thread: Thread): Promise<Thread> {
  return asked(async () => {
    const [comments, viewer] = await Promise.all([forge.comments(thread.number, signal), forge.viewer(signal)]);
    return { ...thread, comments, answers: answersIn(comments, viewer) };
  });
}
