import { GitHubError, notAccessible } from '../../state/github-error.ts';
import type { Issue } from '../../state/issues.ts';
import { grantsIn } from '../../state/tokens.ts';
import type { Call } from '../call.ts';

/**
 * A token with `pull_requests` alone reaches the comments and labels of pull requests, not those of plain issues, although
 * the addresses are the same.
 */
export function requireIssueGrant({ token, repository }: Call, issue: Issue): void {
  if (token === null || issue.pull !== null) return;
  if (grantsIn(token, repository).issues === undefined) throw new GitHubError(403, notAccessible);
}
