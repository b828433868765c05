import { isAncestor, log } from '../git/history.ts';
import type { Account, Actor } from './accounts.ts';
import type { Repository } from './repository.ts';

/** The requirements of a branch, from a classic branch protection or a ruleset. Their messages and API differ. */
export interface Protection {
  readonly by: 'protection' | 'ruleset';
  readonly id: number;
  readonly branch: string;
  readonly pullRequest: boolean;
  /** The number of approving reviews by people with write access. */
  readonly reviews: number;
  readonly dismissStale: boolean;
  readonly signatures: boolean;
  /** The only accounts that may push or merge; null for all with write access. */
  readonly pushers: readonly Account[] | null;
  /** Required statuses or check runs, by name. */
  readonly checks: readonly string[];
  readonly queue: boolean;
  /** Accounts that the requirements do not apply to. */
  readonly bypass: readonly Account[];
}

export interface RefChange {
  readonly ref: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly by: Actor;
}

const ABOUT =
  'https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches';

export function protectionOf(repository: Repository, ref: string): Protection | null {
  return repository.protections.get(ref.replace(/^refs\/heads\//, '')) ?? null;
}

/** GitHub's reasons against a direct change of a ref; empty when it is allowed. */
export function refusals(repository: Repository, { ref, before, after, by }: RefChange): readonly string[] {
  const rule = ref.startsWith('refs/heads/') ? protectionOf(repository, ref) : null;
  if (rule === null || rule.bypass.includes(by.account)) return [];
  if (after === null) return ['Cannot delete this branch'];
  const { store } = repository.bare;
  const why: string[] = [];
  if (before !== null && !isAncestor(store, before, after)) why.push('Cannot force-push to this branch');
  if (rule.signatures && log(store, after, before).some(({ id }) => !repository.verified.has(id))) {
    why.push('Commits must have verified signatures.');
  }
  if (rule.queue) why.push('Changes must be made through the merge queue');
  if (rule.pullRequest || rule.reviews > 0) why.push('Changes must be made through a pull request.');
  if (rule.checks.length === 1) why.push(`Required status check "${rule.checks[0]}" is expected.`);
  if (rule.checks.length > 1)
    why.push(`${rule.checks.length} of ${rule.checks.length} required status checks are expected.`);
  if (!mayPush(rule, by.account)) {
    why.push(`You're not authorized to push to this branch. Visit ${ABOUT} for more information.`);
  }
  return why;
}

export function mayPush({ pushers }: Protection, account: Account): boolean {
  return pushers === null || pushers.includes(account);
}

/** The lines that `git push` prints after `remote: `. */
export function remoteLines(
  repository: Repository,
  ref: string,
  url: string,
  why: readonly string[],
): readonly string[] {
  const rule = protectionOf(repository, ref);
  const reasons = why.flatMap((reason) => ['', `- ${reason}`]);
  if (rule?.by !== 'ruleset') return [`error: GH006: Protected branch update failed for ${ref}.`, ...reasons, ''];
  const page = `${url}/${repository.fullName}/rules?ref=${encodeURIComponent(ref)}`;
  return [
    `error: GH013: Repository rule violations found for ${ref}.`,
    `Review all repository rules at ${page}`,
    ...reasons,
    '',
  ];
}

/** The reason that `git push` prints in parentheses. */
export function declined(repository: Repository, ref: string): string {
  return protectionOf(repository, ref)?.by === 'ruleset'
    ? 'push declined due to repository rule violations'
    : 'protected branch hook declined';
}

/** The message of the API for the same refusal. */
export function apiMessage(repository: Repository, ref: string, why: readonly string[]): string {
  return protectionOf(repository, ref)?.by === 'ruleset'
    ? `Repository rule violations found\n\n${why.join('\n\n')}\n\n`
    : why.join(' ');
}
