import { at, listAt, numberAt, stringAt } from '../../release/json.ts';
import type { RepositorySettings } from '../../release/repository-settings.ts';
import { path } from './answer.ts';
import type { Client } from './client.ts';
import { textIn, yesOrNoIn } from './foreign.ts';

/** Rules for which a commit is refused until something has passed on it. */
const passing = ['required_status_checks', 'workflows', 'code_scanning', 'required_deployments'];

/** Settings of the repository. They are only read. */
export function settings(client: Client): RepositorySettings {
  const { owner, name } = client.place;
  const base = path`/repos/${owner}/${name}`;
  return {
    async branchRules(branch, signal) {
      const url = `${base}${path`/branches/${branch}`}`;
      const { status, data } = await client.rest('branchRules', { method: 'GET', url, accept: [404] }, signal);
      if (status === 404) return null;
      const of = { method: 'GET', url: `${base}${path`/rules/branches/${branch}`}`, query: { per_page: 100 } } as const;
      const rules = listAt({ rules: (await client.rest('branchRules', of, signal)).data }, 'rules');
      const types = rules.map((rule) => stringAt(rule, 'type'));
      const asks = (...some: readonly string[]) => types.some((type) => type !== null && some.includes(type));
      const pulls = rules.filter((rule) => stringAt(rule, 'type') === 'pull_request');
      // GitHub also calls a branch protected for its rulesets. Those are told by name; a branch protection is not.
      const isProtected =
        yesOrNoIn(data, 'protected') && (at(data, 'protection', 'enabled') === true || rules.length === 0);
      return {
        isProtected,
        reviews: pulls.length === 0 ? null : Math.max(...pulls.map(reviewsOf)),
        ownersReview: pulls.some((rule) => at(rule, 'parameters', 'require_code_owner_review') === true),
        signatures: asks('required_signatures'),
        queue: asks('merge_queue'),
        checks: asks(...passing),
        isClosed: asks('update'),
      };
    },

    async environment(environment, signal) {
      const url = `${base}${path`/environments/${environment}`}`;
      const { status, data } = await client.rest('environment', { method: 'GET', url, accept: [404] }, signal);
      if (status === 404) return null;
      const rules = listAt(data, 'protection_rules').filter((rule) => stringAt(rule, 'type') === 'required_reviewers');
      const reviewers = rules.flatMap((rule) => listAt(rule, 'reviewers'));
      const named = (type: string, key: string) =>
        reviewers.flatMap((one) => (stringAt(one, 'type') === type ? [textIn(one, 'reviewer', key)] : []));
      return {
        people: named('User', 'login'),
        teams: named('Team', 'slug'),
        preventsSelfReview: rules.some((rule) => at(rule, 'prevent_self_review') === true),
      };
    },

    async workflowRights(signal) {
      const url = `${base}/actions/permissions/workflow`;
      const { data } = await client.rest('workflowRights', { method: 'GET', url }, signal);
      return {
        mayOpenPullRequests: yesOrNoIn(data, 'can_approve_pull_request_reviews'),
        byDefault: textIn(data, 'default_workflow_permissions') === 'write' ? 'write' : 'read',
      };
    },
  };
}

/** The approving reviews that a rule asks for: of anybody, or of the reviewers that it names for some files. */
function reviewsOf(rule: unknown): number {
  const named = listAt(rule, 'parameters', 'required_reviewers').map((one) => numberAt(one, 'minimum_approvals') ?? 0);
  return Math.max(numberAt(rule, 'parameters', 'required_approving_review_count') ?? 0, ...named);
}
