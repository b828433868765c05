import { freezeFolder, isFreezeFile, type Known, readFreeze } from '../policy/freeze.ts';
import { freezeLabel, freezeOfIssue } from '../policy/freeze-issue.ts';
import { type Forge, ForgeError, isForge } from '../release/forge.ts';
import type { Freeze } from '../release/freeze.ts';
import type { Repo } from '../release/ports.ts';
import type { Context } from './context.ts';

/** The freezes in the files of a commit. `known`: the deliveries that they may name. */
export async function freezesAt(
  repo: Pick<Repo, 'files' | 'read'>,
  commit: string,
  known: Known,
): Promise<readonly Freeze[]> {
  const paths = (await repo.files(commit, freezeFolder)).filter(isFreezeFile);
  return Promise.all(
    paths.map(async (file) => readFreeze({ file, text: (await repo.read(commit, file)) ?? '' }, known)),
  );
}

/** The paths without those of freezes. */
export function withoutFreezes(paths: readonly string[]): readonly string[] {
  return paths.filter((path) => !isFreezeFile(path));
}

/** The freezes in issues, for a policy that has such. Without a forge every delivery counts as frozen. */
export async function freezesByIssue({ forge, signal }: Context, known: Known): Promise<readonly Freeze[]> {
  const found = await forge();
  if (isForge(found)) return freezesAtForge(found, known, signal);
  return [unread('the forge', new ForgeError('missing', found.missing))];
}

/**
 * The freezes in the open issues that have the label. A forge that gives no answer counts as a freeze of every delivery, which
 * says why: nobody can tell whether there is one.
 */
export async function freezesAtForge(
  forge: Pick<Forge, 'title' | 'issuesLabelled'>,
  known: Known,
  signal: AbortSignal,
): Promise<readonly Freeze[]> {
  try {
    const issues = await forge.issuesLabelled(freezeLabel, signal);
    return issues.map((issue) => freezeOfIssue(issue, known));
  } catch (error) {
    if (signal.aborted || !(error instanceof ForgeError)) throw error;
    return [unread(forge.title, error)];
  }
}

function unread(title: string, { message, needs, retryAt }: ForgeError): Freeze {
  const grant = needs === null ? '' : `; grant ${needs}`;
  const again = retryAt === null ? '' : `; it answers again at ${retryAt.toISOString()}`;
  return {
    name: 'issues',
    from: { is: 'forge', title },
    deliveries: [],
    environments: [],
    by: title,
    reason: 'no answer',
    begins: null,
    ends: null,
    unreadable: `the issues with the label ${freezeLabel}: ${message}${grant}${again}`,
  };
}
