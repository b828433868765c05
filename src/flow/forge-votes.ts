import { planDigest } from '../policy/plan-digest.ts';
import { login, personKey } from '../release/actor.ts';
import { readCommand } from '../release/comment-command.ts';
import { type Delivery, placeNamed } from '../release/delivery.ts';
import { type Account, atLeast, type Comment, type PullRequest } from '../release/forge.ts';
import {
  type Promotion,
  placeOfBranch,
  promotionBranches,
  promotionPlaces,
  promotionText,
} from '../release/promotion.ts';
import type { AskedFor } from '../release/record.ts';
import { type Asked, type ForgeEvidence, known, type Uncounted, unknown, type Vote } from '../release/vote.ts';
import type { Asker, Pulls } from './forge-answers.ts';
import type { Work } from './work.ts';

/** The approvals that were found in some way, and those that do not count. */
export interface Found extends Pick<ForgeEvidence, 'uncounted' | 'promotions'> {
  readonly votes: readonly Vote[];
}

export const noVotes: Found = { votes: [], uncounted: [], promotions: [] };

/** What is looked for: approvals of a release by people whom a condition names. */
interface Looked {
  readonly release: AskedFor;
  readonly isNamed: (person: string) => boolean;
}

/** An approval that somebody seems to have given, and what is wrong with it whoever it was; null for nothing. */
interface Candidate extends Omit<Vote, 'by' | 'account'> {
  readonly by: Account | null;
  readonly wrong: string | null;
}

/** The approvals by comment on the newest pull request of the release. */
export async function votesByComment(
  { delivery }: Work,
  asker: Asker,
  { pulls, ...looked }: Looked & { readonly pulls: Asked<Pulls> },
): Promise<Asked<Found>> {
  if (pulls.is === 'unknown') return pulls;
  const [newest] = pulls.value.merged;
  if (newest === undefined) return unknown('the release came by no pull request, so there is none to comment on');
  const comments = await asker.comments(newest.number);
  if (comments.is === 'unknown') return comments;
  return counted(
    asker,
    comments.value.flatMap((comment) => approvalIn(comment, delivery, looked.release) ?? []),
    looked,
  );
}

/** The approval of this release that a comment means. */
function approvalIn(
  { author, body, isEdited, at, url }: Comment,
  delivery: Delivery,
  release: AskedFor,
): Candidate | null {
  const found = readCommand(body);
  if (found?.is !== 'promote' || found.delivery !== delivery.name || found.release !== release.id) return null;
  const step = placeNamed(delivery, found.step);
  if (step === null) return null;
  const wrong = isEdited ? 'the comment was edited: write a new one' : ofAnotherPlan(at, delivery, release);
  return { way: 'comment', by: author, step, at, url, wrong };
}

/** Since when a release may be approved. The forge tells whole seconds. A plan that is taken on later starts the approvals anew. */
function askedSince({ at, planAt }: AskedFor): Date {
  return new Date(Math.floor(Date.parse(planAt ?? at) / 1000) * 1000);
}

/** Why a comment is not about the plan in force; null when it is. It names no plan, so only its time tells which one was seen. */
function ofAnotherPlan(at: Date, delivery: Delivery, release: AskedFor): string | null {
  if (at < askedSince(release)) return 'it is older than the plan of this release: write a new one';
  return release.plan === null || release.plan === planDigest(delivery)
    ? null
    : 'the plan has changed since this release was asked for: run stepgate deploy, which takes the new plan on, then write a new one';
}

/** The approvals by reviews and merges of the promotion pull requests of the release. */
export async function votesByPromotion(work: Work, asker: Asker, looked: Looked): Promise<Asked<Found>> {
  const { delivery } = work;
  const { release } = looked;
  const pulls = await asker.pullsFrom(promotionBranches(delivery.name, release.id));
  if (pulls.is === 'unknown') return pulls;
  const candidates: Candidate[] = [];
  const promotions: ForgeEvidence['promotions'][number][] = [];
  for (const pull of pulls.value) {
    const place = placeOfBranch(delivery, release.id, pull.head.branch);
    if (place === null || !pull.head.isOwn) continue;
    const wrong = await whyNotPromotion(work, pull, promotionAt(work, release, place));
    if (pull.state === 'open') {
      if (wrong === null) promotions.push({ place, number: pull.number, url: pull.url });
    } else if (pull.state === 'merged' && pull.mergedAt !== null) {
      candidates.push({ way: 'merge', by: pull.mergedBy, step: place, at: pull.mergedAt, url: pull.url, wrong });
    }
    if (pull.state === 'closed') continue;
    const reviews = await asker.reviews(pull.number);
    if (reviews.is === 'unknown') return reviews;
    for (const { author, is, commit, at, url } of reviews.value) {
      if (is !== 'approving') continue;
      const stale = commit === pull.head.commit ? null : 'the review is of another commit: review it again';
      const old =
        at < askedSince(release) ? 'the review is older than the plan of this release: review it again' : null;
      candidates.push({ way: 'review', by: author, step: place, at, url, wrong: wrong ?? stale ?? old });
    }
  }
  const found = await counted(asker, candidates, looked);
  return found.is === 'unknown' ? found : known({ ...found.value, promotions });
}

/** The promotion of a place of the release that is asked for, under the plan in force. */
export function promotionAt({ delivery }: Pick<Work, 'delivery'>, asked: AskedFor, place: number): Promotion {
  const { id, commit } = asked;
  return { delivery: delivery.name, release: id, commit, place, plan: planDigest(delivery), since: askedSince(asked) };
}

/**
 * Why a pull request from a promotion's branch approves nothing; null when it is the promotion. Its head has to have the file
 * as stepgate writes it, and to change nothing else: a force-push, another release and further files are seen here. A pull request that
 * was merged before the release was requested does not count: it approved an earlier release with the same id, whose record was lost.
 */
export async function whyNotPromotion(
  { context, delivery, policy }: Work,
  { head, base, mergedAs, mergedAt, number }: PullRequest,
  promotion: Promotion,
): Promise<string | null> {
  const { repo } = context;
  const { branch } = policy;
  if (mergedAt !== null && mergedAt < promotion.since) return `#${number} was merged before this release was asked for`;
  if (branch === null || base !== branch.branch) return `#${number} is not for the branch of the policy`;
  if (!(await repo.fetchCommit(branch.remote, head.commit))) return `#${number} has a head that the remote lacks`;
  const { file } = promotionPlaces(delivery, promotion);
  if ((await repo.read(head.commit, file)) !== promotionText(delivery, promotion))
    return `#${number} does not have ${file} as stepgate writes it for this release and plan`;
  const onto = mergedAs === null ? policy.commit : await parentOf(repo, branch.remote, mergedAs);
  const others = (await repo.changedOn(head.commit, onto)).filter((path) => path !== file);
  return others.length === 0 ? null : `#${number} changes other files too: ${others.slice(0, 3).join(', ')}`;
}

/** The commit that a merge was made on. */
export async function parentOf(repo: Work['context']['repo'], remote: string, commit: string): Promise<string> {
  await repo.fetchCommit(remote, commit);
  return repo.resolve(`${commit}~1`);
}

/** The candidates that count: of persons who are named and may write. The right is asked for when a vote is counted. */
async function counted(asker: Asker, candidates: readonly Candidate[], { isNamed }: Looked): Promise<Asked<Found>> {
  const votes: Vote[] = [];
  const uncounted: Uncounted[] = [];
  for (const { by, wrong, ...vote } of candidates) {
    if (by === null) continue;
    const why = wrong ?? whyNobody(by, isNamed);
    if (why !== null) {
      uncounted.push({ by: by.login, url: vote.url, why });
      continue;
    }
    const right = await asker.right(by.login);
    if (right.is === 'unknown') return right;
    if (atLeast(right.value, 'write')) votes.push({ ...vote, by: by.login, account: by.id });
    else uncounted.push({ by: by.login, url: vote.url, why: `${by.login} may not write in this repository` });
  }
  return known({ ...noVotes, votes, uncounted });
}

function whyNobody(by: Account, isNamed: (person: string) => boolean): string | null {
  if (by.is === 'bot' || personKey(by.login) === null) return 'a bot approves nothing';
  return isNamed(login(by.login)) ? null : `${by.login} is not named`;
}
