import { forgeEvidence } from '../flow/forge-evidence.ts';
import { drive } from '../flow/tick.ts';
import { refuseTooNew } from '../flow/too-new.ts';
import { observe, type Work } from '../flow/work.ts';
import { needsOf } from '../gates/index.ts';
import type { Outcome } from '../release/comment-answer.ts';
import type { CommentCommand } from '../release/comment-command.ts';
import { conditionsAt, placeWords } from '../release/delivery.ts';
import { refusal } from '../release/error.ts';
import type { Comment } from '../release/forge.ts';
import type { ReleaseRecord } from '../release/record.ts';
import { type DeliveryReport, placeIn } from '../release/report.ts';
import type { ForgeEvidence } from '../release/vote.ts';
import { type Done, done, ended, tried } from './comment-acts.ts';
import { eachDelivery } from './fleet.ts';
import { placeMeant } from './place.ts';
import { chosen, goal, policyOf, type Run, reportOf } from './run.ts';

/** A comment that approves a place of a release. */
export interface Vote {
  readonly command: Extract<CommentCommand, { is: 'promote' }>;
  readonly comment: Pick<Comment, 'url'>;
}

/** A place of a plan. */
interface Place {
  readonly number: number;
  readonly words: string;
}

/**
 * Answers a comment that approves. The comment itself is the approval: the gate looks it up. So this checks whether it can count,
 * does what is due in its delivery, as tick does, and says what the gates say then.
 */
export async function answerVote(run: Run<'answer'>, vote: Vote): Promise<Done> {
  const places = new Map<string, Place>();
  const made = await tried(async () => {
    const source = await policyOf(run, 'fetched');
    const meant = chosen(source.current, { delivery: [vote.command.delivery] }, true);
    const access = { read: 'alone', tells: true, method: run.input.method } as const;
    const reports = await eachDelivery(run, source, meant, access, async (work) => {
      places.set(work.delivery.name, await checkVote(work, vote));
      return drive(work, goal(run, 'act', { advance: true, retryGit: true }));
    });
    return reportOf('tick', reports);
  });
  return ended(made, (report) => standing(report, vote.command.release, places.get(report.name) ?? null));
}

/** The place that a vote is for. Throws why it does not count, before anything is written. */
async function checkVote(work: Work, { command, comment }: Vote): Promise<Place> {
  const observed = observe(work);
  await work.goBy(observed);
  const { delivery } = work;
  const { record } = observed;
  refuseTooNew(record, 'promote', delivery.name);
  refuseOther(record, command);
  const number = placeMeant(delivery, command.step);
  const place = { number, words: placeWords(delivery, number) };
  const needs = needsOf(conditionsAt(delivery, number));
  const takesComments = needs.some((need) => need.is === 'votes' && need.ways.includes('comment'));
  const found = takesComments ? await forgeEvidence(work, record, needs, 'anew') : null;
  if (found === null) {
    throw refusal(
      'PERSON_REFUSED',
      `${delivery.name}: ${place.words} takes no approval by comment`,
      'run stepgate promote, or let an approval be given by comment in stepgate.yaml: by: [comment]',
    );
  }
  refuseUncounted(delivery.name, { command, comment }, found);
  return place;
}

/** Throws why a comment is not among the approvals that were found. What could not be found out is said by the gate. */
function refuseUncounted(
  delivery: string,
  { command, comment }: Vote,
  { uncounted, votes, pullRequest }: ForgeEvidence,
): void {
  const wrong = uncounted.find((one) => one.url === comment.url);
  if (wrong !== undefined) throw refusal('PERSON_REFUSED', `${delivery}: this approval does not count: ${wrong.why}`);
  if (votes.is === 'unknown' || pullRequest === null || votes.value.some((one) => one.url === comment.url)) return;
  throw refusal(
    'OTHER_PULL_REQUEST',
    `${delivery}: comments that approve ${command.release} belong on #${pullRequest.number}`,
    `write it on ${pullRequest.url}`,
  );
}

function refuseOther({ release }: ReleaseRecord, command: Vote['command']): void {
  const { delivery } = command;
  if (release === null) throw refusal('NO_RELEASE', `${delivery}: no release runs`, 'stepgate deploy starts one');
  if (release.id !== command.release) {
    throw refusal(
      'RELEASE_CHANGED',
      `${delivery}: ${release.id} is here, not ${command.release}`,
      'look at it with /stepgate status, then approve what you see',
    );
  }
}

/** What the gates say about a place, or where the release stands when it is not there. */
function standing(report: DeliveryReport, release: string, place: Place | null): Outcome {
  const { name, gates } = report;
  const here = reachedIn(report);
  const now = nowWords(report);
  if (place === null || here === null || report.release?.id !== release) return done(`${name}: ${now}`);
  if (here > place.number) return done(`${name} is past ${place.words}: ${now}`);
  if (here < place.number) return done(`${name}: ${release} is not at ${place.words} yet: ${now}`);
  const shut = gates.filter((one) => one.is === 'shut' || one.is === 'failed');
  const words = shut.map(({ name: gate, why, missing }) => {
    const left = missing.length === 0 ? '' : `, missing: ${missing.join(', ')}`;
    return `${gate}: ${why}${left}`;
  });
  return done(`${name}: ${words.length === 0 ? now : words.join('; ')}`);
}

function nowWords({ state, step, message }: DeliveryReport): string {
  return state === 'rolling' && step !== null ? `its pods move to step ${step.index} (${step.name})` : message;
}

/** How far the release has come: the place at which it waits or moves, or N+2 past the end; null when that is not known. */
function reachedIn(report: DeliveryReport): number | null {
  const isPast = report.state === 'done' || report.state === 'finishing';
  return isPast ? report.steps.length + 2 : placeIn(report);
}
