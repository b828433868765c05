import { asError, environmentError, refusal, retold, type StepgateError } from '../release/error.ts';
import { type Account, type Forge, ForgeError, isForge, type PullRequest } from '../release/forge.ts';
import type { ProposedRevert } from '../release/record.ts';
import { revertBranch, revertBranches } from '../release/revert.ts';
import { fetchTip, obtain, tipOf } from './commits.ts';
import { asked, mayWrite } from './forge.ts';
import { branchOf, type RemoteBranch } from './load.ts';
import { closePull } from './revert-close.ts';
import type { Revertable } from './revert-effects.ts';

/** A commit that was made locally on the tip of the policy's branch, and how people are told about it. */
export interface Wanted {
  readonly is: ProposedRevert['is'];
  /** Id of the release that it reverts or restores. */
  readonly release: string;
  readonly commit: string;
  readonly onto: string;
  /** The error when the tip is that of the last fetch, because the remote did not answer. */
  readonly stale: StepgateError | null;
  /** The commit whose content it has, and what else the log says about it. */
  readonly restores: string;
  readonly more: string;
  readonly message: string;
  /** The text of its pull request. Markdown. */
  readonly body: string;
}

/** A commit on its way to the policy's branch by pull request. */
interface Proposal extends Wanted {
  readonly forge: Forge;
  readonly into: RemoteBranch;
  readonly branch: string;
  /** The files that it changes. */
  readonly files: readonly string[];
}

/**
 * Keeps the one pull request of a commit: opens it, makes it again when it no longer brings exactly this content, and merges it
 * where the policy says so. Returns null when the branch has moved, or when it is merged: then the branch is looked at again.
 * A kill between two requests leaves a branch or a pull request that the next run finds. `refused`: why it was not pushed,
 * where that was tried. Throws REVERT_CLOSED when a person who may write has closed it, FORGE_UNREACHABLE or FORGE_REFUSED when the
 * forge does not let it be opened, and `refused` when there is no forge.
 */
export async function propose(
  work: Revertable,
  wanted: Wanted,
  refused: StepgateError | null,
): Promise<ProposedRevert | null> {
  const { context, delivery, policy } = work;
  const into = branchOf(policy);
  const forge = await context.forge();
  if (!isForge(forge)) {
    const hint = 'give the run a token for the forge, or let it be pushed: stepgate rollback --git commit';
    const message = `the commit goes by pull request, and there is no forge because ${forge.missing}`;
    throw refused ?? environmentError('FORGE_UNREACHABLE', message, { hint });
  }
  if (wanted.stale !== null) throw wanted.stale;
  const proposal: Proposal = {
    ...wanted,
    forge,
    into,
    branch: revertBranch(delivery.name, wanted),
    files: await context.repo.changedOn(wanted.commit, wanted.onto),
  };
  try {
    return await asked(async () => {
      const kept = await keep(work, proposal);
      if (kept === null) return null;
      if (delivery.rollback.merge && (await merged(work, forge, kept))) return null;
      return { is: wanted.is, release: wanted.release, number: kept.number, url: kept.url };
    });
  } catch (error) {
    const known = asError(error);
    if (refused === null || known.family !== 'environment') throw error;
    throw retold(known, `${refused.message}; and no pull request could be opened: ${known.message}`, { cause: error });
  }
}

async function keep(work: Revertable, proposal: Proposal): Promise<PullRequest | null> {
  const { context, delivery } = work;
  const { signal, log } = context;
  const { forge, into, branch, message, body } = proposal;
  const all = await forge.pullRequestsFrom(revertBranches(delivery.name), signal);
  const pulls = all.filter(({ head, base }) => head.isOwn && base === into.branch);
  for (const other of pulls)
    if (other.state === 'open' && other.head.branch !== branch)
      await closePull(work, forge, other, 'another rollback has taken its place');
  const newest = pulls.find(({ head }) => head.branch === branch);
  switch (newest?.state) {
    case 'open': {
      if (await brings(work, proposal, newest.head.commit)) {
        if (newest.body !== body) await forge.editPullRequest(newest.number, { body }, signal);
        return newest;
      }
      await closePull(work, forge, newest, 'it no longer brings exactly this content, so another one follows');
      break;
    }
    case 'merged': {
      await fetchTip(work);
      if ((await tipOf(work)) !== proposal.onto) return null;
      // Its content was there, and somebody has removed it again.
      if (newest.mergedAs !== null && (await isOn(work, newest.mergedAs, proposal.onto))) break;
      throw environmentError('GIT_FAILED', `${newest.url} is merged, and ${into.branch} does not have it yet`, {
        hint: `the next tick looks again; if ${into.branch} was rewritten since, commit the wanted content by hand`,
      });
    }
    case 'closed': {
      const by = newest.closed?.by ?? null;
      if (by !== null && (await mayRefuse(forge, by, signal))) {
        throw refusal(
          'REVERT_CLOSED',
          `${by.login} closed ${newest.url}, which ${proposal.is === 'revert' ? 'reverts' : 'restores'} ${proposal.release}, without merging it`,
          'reopen it, or commit the wanted content by hand',
        );
      }
      break;
    }
    case undefined:
      break;
  }
  await makeBranch(work, proposal);
  const title = message.split('\n', 1)[0] ?? '';
  const opened = await forge.openPullRequest({ title, body, head: branch, base: into.branch }, signal);
  log(`${delivery.name}: opened ${opened.url}: ${title}`);
  return opened;
}

async function isOn({ context: { repo } }: Revertable, commit: string, tip: string): Promise<boolean> {
  return (await repo.has(commit)) && (await repo.contains(tip, commit)) === true;
}

/** Whether closing a pull request is a decision: of a person who may write, not of a bot or of this identity. */
async function mayRefuse(forge: Forge, by: Account, signal: AbortSignal): Promise<boolean> {
  if (by.is !== 'person' || by.id === (await forge.viewer(signal)).id) return false;
  return mayWrite(forge, by, signal);
}

/**
 * Whether merging a head into the tip gives exactly the commit that is wanted: it changes the same files to the same content, and the
 * branch has changed none of them since the head left it.
 */
async function brings(work: Revertable, { commit, onto, files }: Proposal, head: string): Promise<boolean> {
  const { repo } = work.context;
  if (!(await obtain(work, head))) {
    throw environmentError('GIT_FAILED', `the remote does not give out ${head.slice(0, 10)}, a head at the forge`, {
      hint: 'the next tick tries again',
    });
  }
  const [theirs, ours] = await Promise.all([repo.changedOn(head, onto), repo.changedOn(onto, head)]);
  const isSame = theirs.length === files.length && theirs.every((path) => files.includes(path));
  return isSame && !ours.some((path) => files.includes(path)) && (await repo.sameAt(commit, head, files));
}

/**
 * Brings the commit on its branch. The forge makes the commit where it can, because it signs it: a branch that asks for signatures
 * takes no pull request with other commits. Otherwise git pushes the commit that was made here.
 */
async function makeBranch(work: Revertable, proposal: Proposal): Promise<void> {
  const { context, delivery } = work;
  const { signal, log, repo } = context;
  const { forge, into, branch, commit } = proposal;
  const there = await forge.branchHead(branch, signal);
  if (there !== null && (await brings(work, proposal, there))) return;
  if (there !== null) await forge.deleteBranch(branch, signal);
  if (await committedByForge(work, proposal)) return;
  log(`write: push ${commit.slice(0, 10)} to ${into.remote}/${branch} for ${delivery.name}`);
  await repo.push(into.remote, commit, branch);
}

async function committedByForge(work: Revertable, proposal: Proposal): Promise<boolean> {
  const { context, delivery } = work;
  const { signal, log, repo } = context;
  const { forge, into, branch, commit, onto, message } = proposal;
  const contents = await Promise.all(
    proposal.files.map(async (file) => [file, await repo.read(commit, file)] as const),
  );
  try {
    log(`write: commit to ${branch} by ${forge.title}, for ${into.branch}`);
    await forge.createBranch(branch, onto, signal);
    const made = await forge.commitFiles({ branch, onto, message, files: new Map(contents) }, signal);
    if (await brings(work, proposal, made)) return true;
    // It takes text only, and no modes.
    log(`${delivery.name}: the commit of the forge has other content, so git pushes it`);
    await forge.deleteBranch(branch, signal);
    return false;
  } catch (error) {
    if (!(error instanceof ForgeError) || (error.trouble !== 'forbidden' && error.trouble !== 'refused')) throw error;
    log(`${delivery.name}: the forge makes no commit, so git pushes it: ${error.message}`);
    return false;
  }
}

/** Merges the pull request. A rule that keeps it from being merged leaves it to people. */
async function merged(
  { context, delivery }: Revertable,
  forge: Forge,
  { number, url, head }: PullRequest,
): Promise<boolean> {
  const { signal, log } = context;
  const left = (why: string) => {
    log(`${delivery.name}: ${url} is left to people: ${why}`);
    return false;
  };
  try {
    if (!(await forge.mergePullRequest(number, head.commit, signal)))
      return left('a rule keeps it from being merged now');
  } catch (error) {
    if (error instanceof ForgeError) return left(error.message);
    throw error;
  }
  log(`${delivery.name}: merged ${url}`);
  return true;
}
