import { environmentError } from '../../release/error.ts';
import type { Clone } from './clone.ts';
import type { EventBranch } from './event.ts';
import { isBranchName, quoted } from './names.ts';
import { gitWords, text } from './ran.ts';
import type { Run } from './run.ts';

export interface DefaultBranch {
  readonly remote: string;
  readonly branch: string;
  readonly ref: string;
}

/** The remote `origin`, else the only remote. Null without a remote. Throws GIT_FAILED for several remotes without `origin`. */
export async function policyRemote(clone: Clone): Promise<string | null> {
  const remotes = await clone.remotes();
  if (remotes.includes('origin')) return 'origin';
  const [first, second] = remotes;
  if (first === undefined) return null;
  if (second === undefined) return first;
  throw environmentError(
    'GIT_FAILED',
    `the remote of the policy is not clear: there are ${remotes.map(quoted).join(', ')}, and none is origin`,
    {
      hint: 'name its branch with --policy-ref REMOTE/BRANCH, or call the remote origin: git remote rename NAME origin',
    },
  );
}

/**
 * The default branch of `origin`, or of the only remote: from the clone, else from the event, else from the remote. `ref`
 * is the full name (`refs/remotes/origin/main`), because git would read `origin/main` as a tag of that name. The clone may
 * lack the ref; the branch then has to be fetched. The name main, or being the only branch in the clone, proves nothing.
 * Throws GIT_FAILED when no source names the branch.
 */
export async function defaultBranch(clone: Clone, event: EventBranch): Promise<DefaultBranch | null> {
  const { run } = clone;
  const remote = await policyRemote(clone);
  if (remote === null) return null;
  const prefix = `refs/remotes/${remote}/`;
  const named = (branch: string) => ({ remote, branch, ref: `${prefix}${branch}` });

  const recorded = await target(run, `${prefix}HEAD`);
  if (recorded?.startsWith(prefix)) return named(recorded.slice(prefix.length));

  const told = remote === 'origin' ? await event(async () => urlOf(run, remote)) : null;
  if (told !== null) return named(told);

  const asked = await run(['ls-remote', '--symref', '--', remote, 'HEAD'], { quick: true });
  const answer = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(asked.out.toString())?.[1];
  if (asked.exit === 0 && answer !== undefined && isBranchName(answer)) return named(answer);

  const why = asked.exit === 0 ? 'it names none' : gitWords(asked);
  throw environmentError('GIT_FAILED', `git could not ask ${quoted(remote)} for its default branch: ${why}`, {
    hint: `name the policy's branch with --policy-ref ${remote}/BRANCH, or record it: git remote set-head ${remote} BRANCH`,
  });
}

/** The target of a symbolic ref; null when there is no such ref. */
async function target(run: Run, name: string): Promise<string | null> {
  const ran = await run(['for-each-ref', '--format=%(symref)', '--end-of-options', name]);
  const [found = ''] = text(ran, `look up ${name}`).split('\n');
  return found === '' ? null : found;
}

/** The URL of a remote, with insteadOf of the configuration applied. */
async function urlOf(run: Run, remote: string): Promise<string> {
  return text(await run(['remote', 'get-url', remote]), `tell the URL of ${quoted(remote)}`).replace(/\n$/, '');
}
