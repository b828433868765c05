import { login } from '../release/actor.ts';
import type { Account, Forge, PullRequest } from '../release/forge.ts';
import {
  type Promotion,
  promotionBranches,
  promotionPlaces,
  promotionText,
  promotionTitle,
} from '../release/promotion.ts';
import { mayWrite } from './forge.ts';
import { parentOf, whyNotPromotion } from './forge-votes.ts';
import { branchOf, type RemoteBranch } from './load.ts';
import type { Work } from './work.ts';

/** The pull request that asks for a promotion now; or that a person who may promote closed it, which is a hold. */
export type Kept =
  | { readonly is: 'open'; readonly number: number; readonly url: string; readonly isNew: boolean }
  | { readonly is: 'merged' }
  | { readonly is: 'closed'; readonly by: Account; readonly at: Date; readonly number: number };

/**
 * Closes the open promotion pull requests of a delivery, except that of the place that is asked for now: their release was
 * superseded, rolled back or held, or their step has moved. Only those that this identity opened.
 */
export async function closeOthers(
  { context, delivery }: Work,
  forge: Forge,
  pulls: readonly PullRequest[],
  { wanted, why }: { readonly wanted: Promotion | null; readonly why: string },
): Promise<void> {
  const { signal, log } = context;
  const branch = wanted === null ? null : promotionPlaces(delivery, wanted).branch;
  const open = pulls.filter(({ state, head }) => state === 'open' && head.isOwn && head.branch !== branch);
  if (open.length === 0) return;
  const viewer = await forge.viewer(signal);
  for (const pull of open) {
    if (pull.author?.id !== viewer.id) continue;
    await forge.editPullRequest(pull.number, { state: 'closed' }, signal);
    await forge.deleteBranch(pull.head.branch, signal);
    log(`${delivery.name}: closed ${pull.url}: ${why}`);
  }
}

/**
 * Opens the pull request of a promotion, or brings its text up to date. One that was changed, that is of an earlier plan, or that
 * was closed or merged by somebody who may not promote, or whose merge alone does not open the gate, is opened anew: the step
 * could never be left otherwise. A run that is killed in between leaves a branch, which the next run replaces.
 */
export async function keepOpen(
  work: Work,
  forge: Forge,
  pulls: readonly PullRequest[],
  { wanted, body, mayPromote, isCounted, isUsed }: KeepOptions,
): Promise<Kept> {
  const { context, delivery, policy } = work;
  const { signal, log } = context;
  const { branch, file } = promotionPlaces(delivery, wanted);
  const earlier = pulls.filter(({ head }) => head.isOwn && head.branch === branch);
  const [newest] = earlier;
  if (newest?.state === 'open') {
    const wrong = await whyNotPromotion(work, newest, wanted);
    const viewer = await forge.viewer(signal);
    // Somebody else may have opened it: what counts is its content.
    if (wrong === null || newest.author?.id !== viewer.id) {
      if (newest.author?.id === viewer.id && newest.body !== body)
        await forge.editPullRequest(newest.number, { body }, signal);
      if (wrong !== null) log(`${delivery.name}: ${wrong}, so it approves nothing`);
      return { is: 'open', number: newest.number, url: newest.url, isNew: false };
    }
    log(`${delivery.name}: ${wrong}, so it is closed and opened anew`);
    await forge.comment(newest.number, `This pull request approves nothing: ${wrong}. A new one follows.`, signal);
    await forge.editPullRequest(newest.number, { state: 'closed' }, signal);
  }
  if (newest?.state === 'merged') {
    const wrong = await whyMergeIsNothing(work, forge, newest, { wanted, mayPromote });
    if (wrong === null && !isCounted(newest)) return { is: 'merged' };
    const isNothing =
      wrong === null ? `the merge of #${newest.number} is not enough` : `${wrong}, so its merge approves nothing`;
    log(`${delivery.name}: ${isNothing}, and a new one is opened`);
  }
  if (newest?.state === 'closed' && newest.closed?.by) {
    const { by, at } = newest.closed;
    if (by.is === 'person' && !isUsed(newest.number, at) && (await mayAct(forge, by, mayPromote, signal)))
      return { is: 'closed', by, at, number: newest.number };
  }
  const base = branchOf(policy);
  const tip = await forge.branchHead(base.branch, signal);
  if (tip === null) throw new Error(`the policy's branch is not at ${forge.title}`);
  const text = promotionText(delivery, wanted);
  const onto = await baseWithout(work, { base, tip, file, text, earlier });
  await forge.deleteBranch(branch, signal);
  await forge.createBranch(branch, onto, signal);
  const files = new Map([[file, text]]);
  const title = promotionTitle(delivery, wanted);
  await forge.commitFiles({ branch, onto, message: title, files }, signal);
  const opened = await forge.openPullRequest({ title, body, head: branch, base: base.branch }, signal);
  log(`${delivery.name}: opened ${opened.url}`);
  return { is: 'open', number: opened.number, url: opened.url, isNew: true };
}

export interface KeepOptions {
  readonly wanted: Promotion;
  readonly body: string;
  /** Whether a person (by login) may approve the place. */
  readonly mayPromote: (person: string) => boolean;
  /**
   * Whether the gates, which are shut, have seen the merge of this pull request as an approval: another person has to approve
   * too, or whoever merged it wrote the release.
   */
  readonly isCounted: (pull: PullRequest) => boolean;
  /** Whether the record has a hold for this closing already, which was lifted since. */
  readonly isUsed: (number: number, at: Date) => boolean;
}

/**
 * The commit that a promotion pull request begins at: the tip of the policy's branch. Where an earlier merge, which approved
 * nothing, has brought the file there, the commit before that merge: a pull request needs a change.
 */
async function baseWithout(
  { context: { repo } }: Work,
  {
    base,
    tip,
    file,
    text,
    earlier,
  }: {
    readonly base: RemoteBranch;
    readonly tip: string;
    readonly file: string;
    readonly text: string;
    readonly earlier: readonly PullRequest[];
  },
): Promise<string> {
  const first = earlier.findLast(({ mergedAs }) => mergedAs !== null);
  if (first === undefined || first.mergedAs === null) return tip;
  await repo.fetchCommit(base.remote, tip);
  return (await repo.read(tip, file)) === text ? parentOf(repo, base.remote, first.mergedAs) : tip;
}

/** Why the merge of a promotion pull request approves nothing; null when it does. */
async function whyMergeIsNothing(
  work: Work,
  forge: Forge,
  pull: PullRequest,
  { wanted, mayPromote }: Pick<KeepOptions, 'wanted' | 'mayPromote'>,
): Promise<string | null> {
  const wrong = await whyNotPromotion(work, pull, wanted);
  if (wrong !== null) return wrong;
  const by = pull.mergedBy;
  if (by?.is === 'person' && (await mayAct(forge, by, mayPromote, work.context.signal))) return null;
  return `#${pull.number} was merged by ${by?.login ?? 'nobody'}, who may not promote`;
}

async function mayAct(
  forge: Forge,
  by: Account,
  mayPromote: (person: string) => boolean,
  signal: AbortSignal,
): Promise<boolean> {
  return mayPromote(login(by.login)) && (await mayWrite(forge, by, signal));
}

/** All promotion pull requests of a delivery. */
export async function promotionPulls(
  { context: { signal, turns }, delivery }: Work,
  forge: Forge,
): Promise<readonly PullRequest[]> {
  const question = () => forge.pullRequestsFrom(promotionBranches(delivery.name, null), signal);
  return turns === undefined ? question() : turns.aside(() => turns.quiet().then(question));
}
