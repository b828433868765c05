import { type Check, checkOf, failedCheck, ok, type Said, skipped, warning } from '../../release/check.ts';
import { asError, formatPlace } from '../../release/error.ts';
import type { Context } from '../context.ts';
import { openPolicy, type PolicySource } from '../policy.ts';

/** The checks of the clone, its remote and the policy, and the policy where it can be read. */
export interface GitChecks {
  readonly checks: readonly Check[];
  readonly source: PolicySource | null;
  /** HEAD; null where there is no commit. */
  readonly commit: string | null;
}

/** Looks at git, the clone, its remote and the policy. Fetches the policy's branch, which shows whether the remote answers. */
export async function gitChecks(context: Context, policyRef: string | null): Promise<GitChecks> {
  const checks: Check[] = [];
  const add = (name: string, said: Said) => checks.push(checkOf('git', name, said));
  const { repo, work } = context;
  const commit = await tried(
    () => repo.resolve('HEAD'),
    (said) => add(work === undefined ? 'repository' : 'commit', said),
  );
  if (work === undefined) return { checks, source: null, commit: null };

  const facts = await tried(
    () => work.facts(),
    (said) => add('program', said),
  );
  if (facts !== null) {
    add('program', ok(`git ${facts.git}`));
    add('repository', ok(facts.folder));
    add(
      'history',
      facts.shallow
        ? warning(
            'the clone is shallow: rollbacks and the rule which commits may be released need the history',
            'git fetch --unshallow; in a workflow, actions/checkout with fetch-depth: 0',
            'GIT_SHALLOW',
          )
        : ok('complete'),
    );
  }
  const main = await tried(
    async () => ({ found: await repo.defaultBranch() }),
    (said) => add('policy branch', said),
  );
  if (main !== null) add('policy branch', branchSaid(main.found));
  if (main !== null && main.found !== null) {
    const { remote, branch } = main.found;
    const fetched = await tried(
      async () => {
        await repo.fetch(remote, branch);
        return true;
      },
      (said) => add('remote', said),
    );
    if (fetched !== null) add('remote', ok(`${remote} answers`));
  } else add('remote', skipped('there is none, or its branch is not known'));
  const source = await tried(
    () => openPolicy(context, { policyRef, fetched: false }),
    (said) => add(context.config.file, said),
  );
  if (source !== null) {
    const { deliveries, ref, commit } = source.current;
    add(
      context.config.file,
      ok(
        `${deliveries.length === 1 ? 'one delivery' : `${deliveries.length} deliveries`}, in ${ref} (${commit.slice(0, 10)})`,
      ),
    );
  }
  return { checks, source, commit };
}

function branchSaid(main: { readonly remote: string; readonly branch: string } | null): Said {
  if (main !== null) return ok(`${main.remote}/${main.branch}`);
  return warning(
    'the clone has no remote: the policy is read from HEAD, and a rollback can push no revert',
    'git remote add origin ADDRESS, and push',
  );
}

/** The answer; null where there is none, and every problem was told. */
export async function tried<T>(ask: () => Promise<T>, tell: (said: Said) => void): Promise<T | null> {
  try {
    return await ask();
  } catch (thrown) {
    const error = asError(thrown);
    if (error.family === 'bug') throw thrown;
    for (const { message, hint, at, code } of error.problems) {
      const place = at === null ? '' : `${formatPlace(at)}: `;
      tell(failedCheck({ family: error.family, code, message: `${place}${message}`, hint, at }));
    }
    return null;
  }
}
