import { getOctokit } from '@actions/github';
import { expect, test } from 'vitest';
import { startGitHub } from './github.ts';

test('a change goes from a pull request to a deployment through the official client', async () => {
  await using hub = await startGitHub();
  const ada = hub.person('ada');
  const bob = hub.person('bob');
  const repo = hub.repository('acme/shop', { collaborators: { ada: 'write', bob: 'maintain' } });
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
  const at = { owner: 'acme', repo: 'shop' };
  const sha = repo.tip() ?? '';
  const branch = { ref: 'heads/side', sha };

  await rest.repos.get(at);
  await rest.repos.getBranch({ ...at, branch: 'main' });
  await rest.repos.getBranchRules({ ...at, branch: 'main' });
  await rest.repos.getCollaboratorPermissionLevel({ ...at, username: 'bob' });
  await rest.repos.getCommit({ ...at, ref: 'main' });
  await rest.repos.listCommits(at);
  await rest.repos.compareCommitsWithBasehead({ ...at, basehead: `${sha}~...main`.replace('~', '') });
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
  expect(hub.takeViolations()).toEqual([]);
});
