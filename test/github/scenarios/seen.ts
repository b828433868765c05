import type { Repo } from '../hub/repo.ts';
import { commentsOf, type Issue } from '../state/issues.ts';
import { type PullRequest, pullsOf } from '../state/pulls.ts';

/** What people see at GitHub of a release. */

/** The comment that follows the release of a pull request; null when there is none. Throws for a second one. */
export function livingComment(pull: Issue): string | null {
  const found = commentsOf(pull).filter(({ body }) => body.startsWith('<!-- stepgate:comment '));
  if (found.length > 1) throw new Error(`#${pull.number} has ${found.length} comments of that kind`);
  return found[0]?.body ?? null;
}

/** The answers to comments, oldest first, without their markers. */
export function answers(pull: Issue): readonly string[] {
  return commentsOf(pull).flatMap(({ body }) => {
    const [, text] = /^<!-- stepgate:answer \d+ -->\n([\s\S]*)$/u.exec(body) ?? [];
    return text === undefined ? [] : [text.trim()];
  });
}

/** The check on a commit, as `completed success: done`; null when there is none. Throws for a second one. */
export function check({ state: { checks } }: Repo, commit: string): string | null {
  const found = checks.filter(({ headSha, name }) => headSha === commit && name === 'stepgate / shop');
  if (found.length > 1) throw new Error(`${commit} has ${found.length} checks`);
  const [one] = found;
  return one === undefined ? null : `${one.status} ${one.conclusion ?? '-'}: ${one.output.title ?? ''}`;
}

/** The statuses of the deployment of a commit, oldest first, as `success: done`. Throws for a second deployment. */
export function deployment({ state: { deployments } }: Repo, commit: string): readonly string[] {
  const found = deployments.filter(({ sha, environment }) => sha === commit && environment === 'shop');
  if (found.length > 1) throw new Error(`${commit} has ${found.length} deployments`);
  return (found[0]?.statuses ?? []).map(({ state, description }) => `${state}: ${description}`);
}

/** The promotion pull requests, oldest first. */
export function promotions({ state }: Repo): readonly PullRequest[] {
  return pullsOf(state).filter(({ pull }) => pull.head.branch.startsWith('stepgate/promote/'));
}
