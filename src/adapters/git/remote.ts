import { environmentError, inputError } from '../../release/error.ts';
import type { Clone } from './clone.ts';
import { branchName, quoted } from './names.ts';
import { failed, gitWords, type Ran, type Run, text } from './run.ts';

export interface DefaultBranch {
  readonly remote: string;
  readonly branch: string;
  readonly ref: string;
}

/**
 * The default branch of `origin`, or of the only remote. `ref` is spelled in full (`refs/remotes/origin/main`), because a tag
 * named `origin/main` would win over the short form. The ref may not be in the clone yet: fetch the branch then.
 */
export async function defaultBranch(clone: Clone): Promise<DefaultBranch | null> {
  const { run } = clone;
  const [remotes, every] = await Promise.all([clone.remotes(), branchesBelow(run, 'refs/remotes/')]);
  const remote = remotes.includes('origin') ? 'origin' : remotes[0];
  if (remote === undefined || (remote !== 'origin' && remotes.length > 1)) return null;
  const prefix = `refs/remotes/${remote}/`;
  const tracked = new Map(
    [...every].flatMap(([name, target]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), target]] : [])),
  );
  const named = (branch: string) => ({ remote, branch, ref: `${prefix}${branch}` });

  const recorded = tracked.get('HEAD');
  if (recorded?.startsWith(prefix)) return named(recorded.slice(prefix.length));

  const asked = await run(['ls-remote', '--symref', '--', remote, 'HEAD']);
  const told = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(asked.out.toString())?.[1];
  if (asked.exit === 0 && told !== undefined) return named(branchName(told));

  const usual = ['main', 'master'].find((branch) => tracked.has(branch));
  if (usual !== undefined) return named(usual);
  if (asked.exit !== 0) throw failed(asked, `ask ${quoted(remote)} for its default branch`);
  return null;
}

/** The refs below a prefix, each with the ref it points to where it is symbolic. */
async function branchesBelow(run: Run, prefix: string): Promise<ReadonlyMap<string, string>> {
  const ran = await run(['for-each-ref', '--format=%(refname) %(symref)', '--end-of-options', prefix]);
  const lines = text(ran, 'list the remote-tracking branches')
    .split('\n')
    .filter((line) => line !== '');
  return new Map(
    lines.map((line) => {
      const [name = '', target = ''] = line.split(' ');
      return [name, target] as const;
    }),
  );
}

/** Only remotes that the repository's config names: never a URL, nor anything else that git would take for one. */
async function knownRemote(clone: Clone, remote: string): Promise<string> {
  if (!remote.startsWith('-') && (await clone.hasRemote(remote))) return remote;
  const names = await clone.remotes();
  throw inputError('USAGE', `the repository has no remote ${quoted(remote)}`, {
    hint: names.length === 0 ? 'it has none at all' : `it has ${names.join(', ')}`,
  });
}

export async function fetch(clone: Clone, remote: string, branch: string): Promise<void> {
  await fetchBranch(clone, remote, branch, []);
}

async function fetchBranch(clone: Clone, remote: string, branch: string, depth: readonly string[]): Promise<void> {
  const wanted = branchName(branch);
  const name = await knownRemote(clone, remote);
  const ran = await clone.run([
    'fetch',
    '--no-tags',
    '--no-recurse-submodules',
    '--no-write-fetch-head',
    ...depth,
    '--',
    name,
    `+refs/heads/${wanted}:refs/remotes/${name}/${wanted}`,
  ]);
  if (ran.exit !== 0) throw failed(ran, `fetch ${quoted(wanted)} from ${quoted(name)}`);
}

/** Fetches the history that a shallow clone lacks. False where there is no remote to fetch it from. */
export async function ensureHistory(clone: Clone): Promise<boolean> {
  if (!(await clone.isShallow())) return true;
  const from = await defaultBranch(clone);
  if (from === null) return false;
  await fetchBranch(clone, from.remote, from.branch, ['--unshallow']);
  return !(await clone.isShallow());
}

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
