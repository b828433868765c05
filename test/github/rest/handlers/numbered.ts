import { GitHubError, notAccessible } from '../../state/github-error.ts';
import type { Issue } from '../../state/issues.ts';
import { grantsIn } from '../../state/tokens.ts';
import type { Call } from '../call.ts';

/**
 * Comments and labels of issues and of pull requests have the same paths. A token that was granted `pull_requests` alone may not
 * use them for a plain issue.
 */
export function requireIssueGrant({ token, repository }: Call, issue: Issue): void {
  if (token === null || issue.pull !== null) return;
  if (grantsIn(token, repository).issues === undefined) throw new GitHubError(403, notAccessible);
}
