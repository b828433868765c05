import { refusesPush } from './branch-rules.ts';
import { ok, type Said, warning } from './check.ts';
import type { Delivery } from './delivery.ts';
import { firstOf } from './first-of.ts';
import type { BranchRules, WorkflowRights } from './repository-settings.ts';

/** The switch at GitHub. */
export const OPENING = 'Settings > Actions > General: "Allow GitHub Actions to create and approve pull requests"';

type Proposing = Pick<Delivery, 'name' | 'rollback'>;

/**
 * For what a policy makes stepgate open pull requests; none where it opens none. `rules`: those of the policy branch, null where they
 * can't be read. A revert that is pushed by `auto` takes one only where the branch refuses it.
 */
export function pullRequestsFor(
  deliveries: readonly Proposing[],
  promoting: readonly Proposing[],
  rules: BranchRules | null,
): readonly string[] {
  const isRefused = rules !== null && (refusesPush(rules) === 'yes' || rules.signatures);
  const reverting = deliveries.filter(
    ({ rollback: { git } }) => git === 'pull-request' || (git === 'auto' && isRefused),
  );
  const told = (what: string, some: readonly Proposing[]) =>
    some.length === 0 ? [] : [`${what} of ${firstOf(some.map(({ name }) => name))}`];
  return [...told('the promotions', promoting), ...told('the reverts', reverting)];
}

/** Whether a job can open the pull requests that the policy needs. */
export function workflowRightsSaid(
  { mayOpenPullRequests, byDefault }: WorkflowRights,
  needed: readonly string[],
): Said {
  const what = needed.join(' and ');
  if (!mayOpenPullRequests)
    return warning(
      `a job's own token may not open pull requests, and ${what} need them`,
      `switch it on under ${OPENING}; or give stepgate the token of a GitHub App`,
    );
  const may = byDefault === 'read' ? 'only read' : 'write';
  return ok(`a job's own token may open them, for ${what}; a job that asks for no permissions may ${may}`);
}
