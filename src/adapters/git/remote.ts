import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isBelow } from '../../config/repository-path.ts';
import { environmentError, inputError } from '../../release/error.ts';
import { PushRefused } from '../../release/ports.ts';
import type { Clone } from './clone.ts';
import type { DefaultBranch } from './default-branch.ts';
import { has } from './history.ts';
import { branchName, isBranchName, quoted } from './names.ts';
import { failed, gitWords, type Ran, text } from './ran.ts';

/** A fetch of exactly the named refspecs: no further tags, no pruning, with any configuration. */
export const quietFetch = [
  'fetch',
  '--no-tags',
  '--no-prune',
  '--no-prune-tags',
  '--no-recurse-submodules',
  '--no-write-fetch-head',
] as const;

/** The name, when the repository's config has a remote of that name. Else throws USAGE: git would read it as a URL. */
export async function knownRemote(clone: Clone, remote: string): Promise<string> {
  if (!remote.startsWith('-') && (await clone.hasRemote(remote))) return remote;
  const names = await clone.remotes();
  throw inputError('USAGE', `the repository has no remote ${quoted(remote)}`, {
    hint: names.length === 0 ? 'it has no remotes' : `it has ${names.join(', ')}`,
  });
}

/** The branch of a configured remote that a ref names; null for any other ref. */
export async function remoteBranch(
  clone: Clone,
  ref: string,
): Promise<{ readonly remote: string; readonly branch: string } | null> {
  const path = ref.replace(/^refs\/remotes\//, '');
  if (path.startsWith('refs/')) return null;
  // The name of a remote may contain slashes: the longest match counts.
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

/** Answers of servers that refuse to send this commit. The last one is from JGit (Gerrit). */
const refused = /not our ref|unadvertised object|want [0-9a-f]{40} not valid/;

/**
 * Fetches a commit by its id unless the clone has it. Returns whether the clone has it now. Throws GIT_FAILED when the
 * remote does not answer.
 */
export async function fetchCommit(clone: Clone, remote: string, commit: string): Promise<boolean> {
  const { run } = clone;
  const name = await knownRemote(clone, remote);
  if (await has(run, commit)) return true;
  // A complete clone also fetches all ancestors and stays complete. A shallow clone would get everything that it lacks, so
  // it fetches only the commit, and ensureHistory fetches the ancestors.
  const depth = (await clone.isShallow()) ? ['--depth=1'] : [];
  const ran = await run([...quietFetch, ...depth, '--', name, commit]);
  if (ran.exit === 0) return has(run, commit);
  if (refused.test(ran.err)) return false;
  throw failed(ran, `fetch commit ${commit} from ${quoted(name)}`);
}

/**
 * Fetches the history that a shallow clone lacks. Returns false when there is no remote to fetch it from. Throws GIT_FAILED
 * when the remote does not answer.
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
  await refuseOwnFolder(clone, name);
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
  const { why, hint, isRefused } = refusalOf(ran);
  throw environmentError(
    'GIT_PUSH_FAILED',
    `${commit} could not be pushed to ${quoted(target)} of ${quoted(name)}: ${why}`,
    isRefused ? { hint, cause: new PushRefused(why) } : { hint },
  );
}

/**
 * Throws GIT_FAILED when the remote is a folder inside the work tree. git runs the hooks of a local remote on push, and anybody may
 * commit a folder that is a repository with hooks.
 */
async function refuseOwnFolder({ run, root }: Clone, name: string): Promise<void> {
  const urls = text(await run(['remote', 'get-url', '--push', '--all', name]), `tell the URL of ${quoted(name)}`);
  const tops = [root, await realpath(root)];
  for (const url of urls.split('\n').filter((line) => line !== '')) {
    // A URL, or ssh's short form host:path.
    if (/^(?!file:)[a-z][a-z0-9+.-]*:/i.test(url) || /^[^/]*:/.test(url.replace(/^file:/i, ''))) continue;
    const place = resolve(root, url.replace(/^file:\/\//i, ''));
    const real = await realpath(place).catch(() => place);
    if (![place, real].some((one) => tops.some((top) => one === top || isBelow(one, top)))) continue;
    throw environmentError('GIT_FAILED', `the remote ${quoted(name)} is a folder of this repository, ${quoted(url)}`, {
      hint: `give it the address of a server: git remote set-url ${name} ADDRESS`,
    });
  }
}

/** Why a push failed. Only git's messages distinguish the reasons. */
function refusalOf(ran: Ran): { readonly why: string; readonly hint: string; readonly isRefused: boolean } {
  const said = gitWords(ran);
  const answer = /^!\t\S*\t\[([^\]]+)\](?: \((.*)\))?/m.exec(ran.out.toString());
  const [, kind = '', reason = ''] = answer ?? [];
  if (kind === 'rejected') {
    return {
      why: `rejected, because the branch has newer commits (${reason})`,
      hint: 'run again: the commit is then made on the new tip',
      isRefused: false,
    };
  }
  if (kind === 'remote rejected') {
    return {
      why: `refused by a rule of the server (${reason}): ${said}`,
      hint: 'allow this identity to push to the branch, or bring the change there with a pull request',
      isRefused: true,
    };
  }
  if (/authentication failed|could not read username|permission (to .* )?denied|\b40[13]\b|access denied/i.test(said)) {
    const hint = 'the identity needs write access: contents: write for GITHUB_TOKEN';
    return { why: `not permitted: ${said}`, hint, isRefused: true };
  }
  return { why: `unreachable: ${said}`, hint: 'the next run pushes it', isRefused: false };
}
