import { environmentError, inputError } from '../../release/error.ts';
import type { Clone } from './clone.ts';
import type { DefaultBranch } from './default-branch.ts';
import { has } from './history.ts';
import { branchName, isBranchName, quoted } from './names.ts';
import { failed, gitWords, type Ran } from './run.ts';

/** A fetch of exactly what its refspecs name: no tags beside it, nothing removed, whatever the configuration says. */
export const quietFetch = [
  'fetch',
  '--no-tags',
  '--no-prune',
  '--no-prune-tags',
  '--no-recurse-submodules',
  '--no-write-fetch-head',
] as const;

/** Only remotes that the repository's config names: never a URL, nor anything else that git would take for one. */
export async function knownRemote(clone: Clone, remote: string): Promise<string> {
  if (!remote.startsWith('-') && (await clone.hasRemote(remote))) return remote;
  const names = await clone.remotes();
  throw inputError('USAGE', `the repository has no remote ${quoted(remote)}`, {
    hint: names.length === 0 ? 'it has none at all' : `it has ${names.join(', ')}`,
  });
}

/** The branch of a remote that a ref names, by the remotes that the repository's config names; null for any other ref. */
export async function remoteBranch(
  clone: Clone,
  ref: string,
): Promise<{ readonly remote: string; readonly branch: string } | null> {
  const path = ref.replace(/^refs\/remotes\//, '');
  if (path.startsWith('refs/')) return null;
  // A remote's name may have slashes too: the longest that fits is meant.
  const fitting = (await clone.remotes()).filter((name) => path.startsWith(`${name}/`));
  const [remote] = fitting.toSorted((left, right) => right.length - left.length);
  if (remote === undefined) return null;
  const branch = path.slice(remote.length + 1);
  return isBranchName(branch) ? { remote, branch } : null;
}

/** Fetches a branch of the remote. Throws GIT_FAILED. */
export async function fetch(clone: Clone, remote: string, branch: string): Promise<void> {
  await fetchBranch(clone, remote, branch, []);
}

async function fetchBranch(clone: Clone, remote: string, branch: string, depth: readonly string[]): Promise<void> {
  const wanted = branchName(branch);
  const name = await knownRemote(clone, remote);
  const ran = await clone.run([
    ...quietFetch,
    ...depth,
    '--',
    name,
    `+refs/heads/${wanted}:refs/remotes/${name}/${wanted}`,
  ]);
  if (ran.exit !== 0) throw failed(ran, `fetch ${quoted(wanted)} from ${quoted(name)}`);
}

/** What a server answers that is there and does not give out this commit. The last is JGit's (Gerrit). */
const refused = /not our ref|unadvertised object|want [0-9a-f]{40} not valid/;

/**
 * Fetches a commit by its id unless the clone has it; whether the clone has it then. Throws GIT_FAILED where the remote does
 * not answer.
 */
export async function fetchCommit(clone: Clone, remote: string, commit: string): Promise<boolean> {
  const { run } = clone;
  const name = await knownRemote(clone, remote);
  if (await has(run, commit)) return true;
  // A whole clone gets all ancestors with it and stays whole. A shallow one would be sent everything below its cut: it
  // gets the commit alone, which cuts off nothing it has, and ensureHistory brings the ancestors of both.
  const depth = (await clone.isShallow()) ? ['--depth=1'] : [];
  const ran = await run([...quietFetch, ...depth, '--', name, commit]);
  if (ran.exit === 0) return has(run, commit);
  if (refused.test(ran.err)) return false;
  throw failed(ran, `fetch commit ${commit} from ${quoted(name)}`);
}

/**
 * Fetches the history that a shallow clone lacks. False where no remote is known to have it. GIT_FAILED where the remote
 * does not answer.
 */
export async function ensureHistory(clone: Clone, main: () => Promise<DefaultBranch | null>): Promise<boolean> {
  if (!(await clone.isShallow())) return true;
  const from = await main();
  if (from === null) return false;
  await fetchBranch(clone, from.remote, from.branch, ['--unshallow']);
  return !(await clone.isShallow());
}

/** Pushes a commit to a branch of the remote, without force. Throws GIT_PUSH_FAILED. */
export async function push(clone: Clone, remote: string, commit: string, branch: string): Promise<void> {
  const target = branchName(branch);
  const name = await knownRemote(clone, remote);
  const ran = await clone.run([
    'push',
    '--porcelain',
    '--no-follow-tags',
    '--recurse-submodules=no',
    '--',
    name,
    `${commit}:refs/heads/${target}`,
  ]);
  if (ran.exit === 0) return;
  const { why, hint } = refusalOf(ran);
  throw environmentError(
    'GIT_PUSH_FAILED',
    `${commit} could not be pushed to ${quoted(target)} of ${quoted(name)}: ${why}`,
    {
      hint,
    },
  );
}

/** Why a push failed, by what only git's words tell apart. */
function refusalOf(ran: Ran): { readonly why: string; readonly hint: string } {
  const said = gitWords(ran);
  const answer = /^!\t\S*\t\[([^\]]+)\](?: \((.*)\))?/m.exec(ran.out.toString());
  const [, kind = '', reason = ''] = answer ?? [];
  if (kind === 'rejected') {
    return {
      why: `rejected, the branch has moved on (${reason})`,
      hint: 'run again: the revert is then made on the new tip',
    };
  }
  if (kind === 'remote rejected') {
    return {
      why: `refused by a rule of the server (${reason}): ${said}`,
      hint: 'let the identity push to this branch, or have the revert as a pull request',
    };
  }
  if (/authentication failed|could not read username|permission (to .* )?denied|\b40[13]\b|access denied/i.test(said)) {
    return { why: `not permitted: ${said}`, hint: 'the identity needs write access: contents: write for GITHUB_TOKEN' };
  }
  return { why: `unreachable: ${said}`, hint: 'the next run pushes it' };
}
