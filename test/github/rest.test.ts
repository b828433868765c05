import { getOctokit } from '@actions/github';
import { expect, test } from 'vitest';
import { startGitHub } from './github.ts';
import { permissions } from './rest/permissions.ts';

const at = { owner: 'acme', repo: 'shop' };

test('a change goes from a pull request to a deployment through the official client', async () => {
  await using hub = await startGitHub();
  const ada = hub.person('ada');
  const bob = hub.person('bob');
  const repo = hub.repository('acme/shop', {
    collaborators: { ada: 'write', bob: 'maintain' },
    files: { 'README.md': 'shop', '.github/workflows/tick.yml': 'on: { workflow_dispatch: }' },
  });
  const pr = repo.openPullRequest({ by: ada, files: { 'deploy/shop.yaml': 'image: shop:v2\n' }, title: 'Version 2' });
  bob.approves(pr);
  const comment = ada.comments(pr, '/stepgate promote shop 0123456789-abcdef01 smoke');
  bob.merges(pr);

  const job = hub.runFor(repo.event('push'), {
    permissions: {
      contents: 'write',
      'pull-requests': 'write',
      issues: 'write',
      checks: 'write',
      deployments: 'write',
      statuses: 'write',
      actions: 'write',
    },
  });
  const { rest } = getOctokit(job.token, { baseUrl: hub.url });
  const sha = repo.tip() ?? '';
  const branch = { ref: 'heads/side', sha };

  await rest.repos.get(at);
  await rest.repos.getBranch({ ...at, branch: 'main' });
  await rest.repos.getBranchRules({ ...at, branch: 'main' });
  await rest.repos.getCollaboratorPermissionLevel({ ...at, username: 'bob' });
  await rest.repos.getCommit({ ...at, ref: 'main' });
  await rest.repos.listCommits(at);
  await rest.repos.compareCommitsWithBasehead({ ...at, basehead: 'main...main' });
  await rest.repos.getContent({ ...at, path: 'deploy/shop.yaml' });
  await rest.repos.getContent({ ...at, path: 'deploy' });
  await rest.repos.listPullRequestsAssociatedWithCommit({ ...at, commit_sha: sha });
  await rest.users.getByUsername({ username: 'ada' });
  await rest.rateLimit.get();

  await rest.pulls.list({ ...at, state: 'all' });
  const got = await rest.pulls.get({ ...at, pull_number: pr.number });
  expect(got.data).toMatchObject({ merged: true, merged_by: { login: 'bob' }, merge_commit_sha: sha, additions: 1 });
  await rest.pulls.listCommits({ ...at, pull_number: pr.number });
  await rest.pulls.listFiles({ ...at, pull_number: pr.number });
  await rest.pulls.listReviews({ ...at, pull_number: pr.number });
  await rest.pulls.update({ ...at, pull_number: pr.number, title: 'Version two' });

  await rest.issues.get({ ...at, issue_number: pr.number });
  await rest.issues.listForRepo({ ...at, state: 'all' });
  const issue = await rest.issues.create({ ...at, title: 'A plain one', labels: ['bug'] });
  await rest.issues.update({ ...at, issue_number: issue.data.number, state: 'closed' });
  await rest.issues.listComments({ ...at, issue_number: pr.number });
  const own = await rest.issues.createComment({ ...at, issue_number: pr.number, body: 'hello' });
  await rest.issues.updateComment({ ...at, comment_id: own.data.id, body: 'hello again' });
  await rest.issues.getComment({ ...at, comment_id: own.data.id });
  await rest.issues.deleteComment({ ...at, comment_id: own.data.id });
  const reaction = await rest.reactions.createForIssueComment({ ...at, comment_id: comment.id, content: 'eyes' });
  await rest.reactions.listForIssueComment({ ...at, comment_id: comment.id });
  await rest.reactions.deleteForIssueComment({ ...at, comment_id: comment.id, reaction_id: reaction.data.id });
  await rest.issues.addLabels({ ...at, issue_number: pr.number, labels: ['released'] });
  await rest.issues.listLabelsOnIssue({ ...at, issue_number: pr.number });
  await rest.issues.removeLabel({ ...at, issue_number: pr.number, name: 'released' });

  const check = await rest.checks.create({ ...at, name: 'stepgate', head_sha: sha, status: 'in_progress' });
  await rest.checks.update({ ...at, check_run_id: check.data.id, conclusion: 'neutral' });
  await rest.checks.get({ ...at, check_run_id: check.data.id });
  await rest.checks.listForRef({ ...at, ref: sha });
  await rest.repos.createCommitStatus({ ...at, sha, state: 'success', context: 'stepgate' });
  await rest.repos.getCombinedStatusForRef({ ...at, ref: sha });
  await rest.repos.listCommitStatusesForRef({ ...at, ref: sha });

  const deployment = await rest.repos.createDeployment({
    ...at,
    ref: sha,
    auto_merge: false,
    required_contexts: [],
    environment: 'prod',
    payload: { key: 'one' },
  });
  if (deployment.status !== 201) throw new Error('no deployment');
  const { id } = deployment.data;
  await rest.repos.createDeploymentStatus({ ...at, deployment_id: id, state: 'success', environment_url: 'http://x' });
  await rest.repos.listDeployments({ ...at, environment: 'prod' });
  await rest.repos.getDeployment({ ...at, deployment_id: id });
  await rest.repos.listDeploymentStatuses({ ...at, deployment_id: id });
  await rest.repos.getEnvironment({ ...at, environment_name: 'prod' });

  await rest.git.createRef({ ...at, ref: 'refs/heads/side', sha });
  await rest.git.getRef({ ...at, ref: 'heads/side' });
  await rest.git.updateRef({ ...at, ...branch });
  await rest.git.listMatchingRefs({ ...at, ref: 'heads/' });
  await rest.git.getCommit({ ...at, commit_sha: sha });
  await rest.git.deleteRef({ ...at, ref: 'heads/side' });

  await rest.actions.getWorkflowRun({ ...at, run_id: job.run.id });
  await rest.actions.getWorkflowRunAttempt({ ...at, run_id: job.run.id, attempt_number: 1 });
  await rest.actions.listWorkflowRunsForRepo({ ...at, event: 'push' });
  await rest.actions.listWorkflowRuns({ ...at, workflow_id: 'deploy.yml' });
  await rest.actions.getReviewsForRun({ ...at, run_id: job.run.id });
  await rest.actions.getPendingDeploymentsForRun({ ...at, run_id: job.run.id });
  await rest.actions.createWorkflowDispatch({ ...at, workflow_id: 'tick.yml', ref: 'main' });
  await rest.repos.createDispatchEvent({ ...at, event_type: 'tick', client_payload: { a: 1 } });
  // Each answer above was checked. What is missing here is asked for below.
  const counts = hub.requests.counts();
  expect(Object.keys(permissions).filter((id) => counts[id] === undefined)).toEqual([
    'actions/get-github-actions-default-workflow-permissions-repository',
    'actions/review-pending-deployments-for-run',
    'pulls/create',
    'pulls/merge',
    'teams/get-membership-for-user-in-org',
    'teams/list-members-in-org',
    'users/get-authenticated',
  ]);
});

test('a person merges and lets a run pass, an administrator reads settings', async () => {
  await using hub = await startGitHub();
  const ada = hub.person('ada');
  const repo = hub.repository('acme/shop', { collaborators: { ada: 'admin' } });
  ada.pushes(repo, { branch: 'side', files: { a: 'b' } });
  const { rest } = getOctokit(ada.token, { baseUrl: hub.url });
  const { data } = await rest.pulls.create({ ...at, title: 'A change', head: 'side', base: 'main' });
  const merged = await rest.pulls.merge({
    ...at,
    pull_number: data.number,
    merge_method: 'squash',
    sha: data.head.sha,
  });
  expect(repo.tip()).toBe(merged.data.sha);
  expect((await rest.users.getAuthenticated()).data.login).toBe('ada');
  const settings = await rest.actions.getGithubActionsDefaultWorkflowPermissionsRepository(at);
  expect(settings.data.can_approve_pull_request_reviews).toBe(false);

  const { id } = repo.environment('prod', { reviewers: [ada] });
  const job = hub.runFor(repo.event('push'));
  expect(hub.waitsFor(job, 'prod')).toBe(true);
  const run = { ...at, run_id: job.run.id };
  expect((await rest.actions.getPendingDeploymentsForRun(run)).data).toMatchObject([
    { environment: { name: 'prod' }, current_user_can_approve: true, reviewers: [{ reviewer: { login: 'ada' } }] },
  ]);
  await rest.actions.reviewPendingDeploymentsForRun({
    ...run,
    environment_ids: [id],
    state: 'approved',
    comment: 'go',
  });
  expect((await rest.actions.getReviewsForRun(run)).data).toMatchObject([
    { state: 'approved', comment: 'go', user: { login: 'ada' }, environments: [{ name: 'prod' }] },
  ]);
});
