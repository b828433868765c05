import { describe, expect, test } from 'vitest';
import type { BranchRules } from '../../../src/release/repository-settings.ts';
import type { Protection } from '../../github/state/protection.ts';
import { noRules } from '../../support/forge.ts';
import { json, serve } from '../kubernetes/server.ts';
import { shop } from './live.ts';
import { forgeAt, never, troubleOf } from './scripted.ts';

describe('the rules of a branch', () => {
  test.each<readonly [string, Partial<Omit<Protection, 'bypass' | 'pushers'>>, Partial<BranchRules>]>([
    ['no more than against forced pushes', { by: 'ruleset' }, {}],
    ['a pull request', { by: 'ruleset', pullRequest: true }, { reviews: 0 }],
    ['reviews, and checks', { by: 'ruleset', reviews: 2, checks: ['build'] }, { reviews: 2, checks: true }],
    [
      'signatures, and the merge queue',
      { by: 'ruleset', signatures: true, queue: true },
      { signatures: true, queue: true },
    ],
    ['a branch protection, which is not told', { by: 'protection', reviews: 2 }, { isProtected: true }],
  ])('are told: %s', async (_, rule, told) => {
    await using at = await shop({ contents: 'read' });
    expect(await at.forge.branchRules('main', never)).toEqual(noRules);
    at.repo.protect('main', rule);
    expect(await at.forge.branchRules('main', never)).toEqual({ ...noRules, ...told });
  });

  test('that only some people may change', async () => {
    await using at = await shop({ contents: 'read' });
    at.repo.protect('main', { by: 'ruleset', pushers: [at.bob] });
    expect(await at.forge.branchRules('main', never)).toEqual({ ...noRules, isClosed: true });
  });

  test('of a branch that is not there are none; a slash in its name is no path', async () => {
    await using at = await shop({ contents: 'write' });
    expect(await at.forge.branchRules('release/1', never)).toBeNull();
    await at.forge.createBranch('release/1', at.first, never);
    expect(await at.forge.branchRules('release/1', never)).toEqual(noRules);
  });

  const branch = { name: 'main', protected: true, protection: { enabled: false } };
  const pulls = (parameters: object) => ({ type: 'pull_request', parameters });

  test('of several rulesets hold together, and rules of a kind that is not known are passed over', async () => {
    const rules = [
      pulls({ required_approving_review_count: 1, require_code_owner_review: true }),
      pulls({ required_approving_review_count: 2, require_code_owner_review: false }),
      pulls({ required_approving_review_count: 0, required_reviewers: [{ minimum_approvals: 3 }] }),
      { type: 'code_scanning' },
      { type: 'a_rule_of_next_year' },
    ];
    await using server = await serve([json(200, branch), json(200, rules)]);
    const found = await forgeAt(server.address).forge.branchRules('main', never);
    expect(found).toEqual({ ...noRules, reviews: 3, ownersReview: true, checks: true });
  });

  test('that the plan of the owner does not have', async () => {
    const message = 'Upgrade to GitHub Pro or make this repository public to enable this feature.';
    await using server = await serve([json(200, { ...branch, protected: false }), json(403, { message })]);
    const error = await troubleOf(forgeAt(server.address).forge.branchRules('main', never));
    expect(error).toMatchObject({ trouble: 'refused', needs: null });
    expect(error.message).toContain("the owner's plan does not have it for private repositories");
  });
});

test('what a job may do with its own token is told to an administrator alone', async () => {
  await using at = await shop({ contents: 'read' });
  const admin = at.as(at.hub.app('admin', { administration: 'read' }).token());
  expect(await admin.workflowRights(never)).toEqual({ mayOpenPullRequests: false, byDefault: 'read' });
  at.repo.settings.actionsMayOpenPullRequests = true;
  expect(await admin.workflowRights(never)).toEqual({ mayOpenPullRequests: true, byDefault: 'read' });
  expect(await troubleOf(at.forge.workflowRights(never))).toMatchObject({
    trouble: 'forbidden',
    needs: 'administration: read',
  });
});

describe('who reviews an environment', () => {
  test('is told, and whether they may review what they have started', async () => {
    await using at = await shop({ actions: 'read' });
    expect(await at.forge.environment('prod', never)).toBeNull();
    at.repo.environment('prod');
    expect(await at.forge.environment('prod', never)).toEqual({ people: [], teams: [], preventsSelfReview: false });
    at.repo.environment('a/b #c', { reviewers: [at.ada, at.bob], preventSelfReview: true });
    expect(await at.forge.environment('a/b #c', never)).toEqual({
      people: ['ada', 'bob'],
      teams: [],
      preventsSelfReview: true,
    });
  });

  test('may be a team, beside other rules', async () => {
    const rules = [
      { id: 1, node_id: 'a', type: 'wait_timer', wait_timer: 30 },
      { id: 2, node_id: 'b', type: 'required_reviewers', reviewers: [{ type: 'Team', reviewer: { slug: 'sre' } }] },
      { id: 3, node_id: 'c', type: 'branch_policy' },
    ];
    await using server = await serve([json(200, { id: 1, name: 'prod', protection_rules: rules })]);
    const found = await forgeAt(server.address).forge.environment('prod', never);
    expect(found).toEqual({ people: [], teams: ['sre'], preventsSelfReview: false });
  });
});
