import { readFileSync } from 'node:fs';
import { getOctokit } from '@actions/github';
import { describe, expect, test } from 'vitest';
import { startGitHub } from './github.ts';

const at = { owner: 'acme', repo: 'shop' };

describe('the job that an event starts', () => {
  test('knows what GitHub tells it, and its token ends with it', async () => {
    const now = new Date('2026-11-30T12:00:00Z');
    await using hub = await startGitHub({ now: () => now });
    const [ada, bob] = [hub.person('ada'), hub.person('bob')];
    const repo = hub.repository('acme/shop', { collaborators: { ada: 'write', bob: 'write' } });
    const sha = ada.pushes(repo, { files: { a: '1' }, message: 'Version 2\n\nmore' });
    const job = hub.runFor(repo.event('push'), { permissions: { actions: 'read' }, with: { command: 'deploy' } });
    expect(job.env).toMatchObject({
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTOR: 'ada',
      GITHUB_ACTOR_ID: String(ada.account.id),
      GITHUB_API_URL: hub.url,
      GITHUB_EVENT_NAME: 'push',
      GITHUB_GRAPHQL_URL: `${hub.url}/graphql`,
      GITHUB_REF: 'refs/heads/main',
      GITHUB_REPOSITORY: 'acme/shop',
      GITHUB_REPOSITORY_ID: String(repo.state.id),
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_RUN_ID: String(job.run.id),
      GITHUB_SERVER_URL: hub.url,
      GITHUB_SHA: sha,
      GITHUB_TRIGGERING_ACTOR: 'ada',
      GITHUB_WORKFLOW: 'deploy',
      GITHUB_WORKFLOW_REF: 'acme/shop/.github/workflows/deploy.yml@refs/heads/main',
      INPUT_COMMAND: 'deploy',
      'INPUT_GITHUB-TOKEN': job.token,
    });
    expect(job.env['GITHUB_TOKEN']).toBeUndefined();
    expect(JSON.parse(readFileSync(job.env['GITHUB_EVENT_PATH'] ?? '', 'utf8'))).toMatchObject({
      after: sha,
      repository: { full_name: 'acme/shop', default_branch: 'main' },
      sender: { login: 'ada', type: 'User' },
    });
    const read = () =>
      getOctokit(job.token, { baseUrl: hub.url }).rest.actions.getWorkflowRun({ ...at, run_id: job.run.id });
    expect((await read()).data).toMatchObject({ display_title: 'Version 2', event: 'push', actor: { login: 'ada' } });

    hub.ends(job, 'failure');
    await expect(read()).rejects.toThrow('Bad credentials');
    const again = hub.runAgain(job, bob);
    expect(again.env).toMatchObject({
      GITHUB_RUN_ID: String(job.run.id),
      GITHUB_RUN_ATTEMPT: '2',
      GITHUB_ACTOR: 'ada',
      GITHUB_TRIGGERING_ACTOR: 'bob',
    });
    const { rest } = getOctokit(again.token, { baseUrl: hub.url });
    const first = await rest.actions.getWorkflowRunAttempt({ ...at, run_id: job.run.id, attempt_number: 1 });
    expect(first.data).toMatchObject({ conclusion: 'failure', triggering_actor: { login: 'ada' } });
  });

  test('each event has its own code, and its own branch for the run', async () => {
    await using hub = await startGitHub();
    const [ada, bob] = [hub.person('ada'), hub.person('bob')];
    const workflow = '.github/workflows/tick.yml';
    const files = { a: '0', [workflow]: 'on: workflow_dispatch' };
    const repo = hub.repository('acme/shop', { collaborators: { ada: 'write', bob: 'write' }, files });
    const pr = repo.openPullRequest({ by: ada, files: { a: '1' }, branch: 'topic' });
    const { sha: head } = pr.pull.head;
    const review = bob.approves(pr);
    ada.comments(pr, '/stepgate promote');
    ada.dispatches(repo, 'tick.yml', { inputs: { step: '1' } });
    ada.sendsDispatch(repo, 'alert', { level: 3 });
    const tip = repo.tip() ?? '';
    const trial = repo.state.bare.tip('refs/pull/1/merge');
    const place = (name: Parameters<typeof repo.event>[0]) => {
      const { context, run } = hub.runFor(repo.event(name), { workflow });
      return [context['ref'], context['sha'], run.headBranch, run.headSha];
    };
    expect(trial).toMatch(/^[0-9a-f]{40}$/);
    expect(place('pull_request')).toEqual(['refs/pull/1/merge', trial, 'topic', head]);
    expect(place('pull_request_review')).toEqual(['refs/pull/1/merge', trial, 'topic', head]);
    expect(place('issue_comment')).toEqual(['refs/heads/main', tip, 'main', tip]);
    expect(place('workflow_dispatch')).toEqual(['refs/heads/main', tip, 'main', tip]);
    expect(place('repository_dispatch')).toEqual(['refs/heads/main', tip, 'main', tip]);
    expect(repo.event('issue_comment').payload).toMatchObject({
      action: 'created',
      issue: { number: 1, pull_request: {} },
      comment: { body: '/stepgate promote', user: { login: 'ada' } },
    });
    expect(repo.event('pull_request_review').payload).toMatchObject({
      review: { id: review.id, state: 'approved', commit_id: head },
    });
    expect(repo.event('workflow_dispatch').payload).toMatchObject({ inputs: { step: '1' }, workflow });
    expect(repo.event('repository_dispatch').payload).toMatchObject({ action: 'alert', client_payload: { level: 3 } });
    bob.merges(pr);
    expect(place('pull_request')).toEqual(['refs/heads/main', repo.tip(), 'topic', head]);
    expect(repo.event('pull_request', 'closed').payload).toMatchObject({ pull_request: { merged: true } });
  });

  test('from a fork it only reads', async () => {
    await using hub = await startGitHub();
    const mallory = hub.person('mallory');
    const repo = hub.repository('acme/shop');
    const pr = repo.openPullRequest({ by: mallory, files: { a: '1' }, from: repo.fork(mallory) });
    const job = hub.runFor(repo.event('pull_request'), { permissions: { 'pull-requests': 'write' } });
    const { rest } = getOctokit(job.token, { baseUrl: hub.url });
    const { data } = await rest.pulls.get({ ...at, pull_number: pr.number });
    expect(data.head.repo?.full_name).toBe('mallory/shop');
    await expect(rest.issues.createComment({ ...at, issue_number: pr.number, body: 'x' })).rejects.toMatchObject({
      status: 403,
    });
    expect(() => mallory.merges(pr)).toThrow('mallory would have to have the role write');
  });
});

test("what a job does with its own token starts nothing, but for the dispatches; an App's token starts workflows", async () => {
  await using hub = await startGitHub();
  const ada = hub.person('ada');
  const files = { a: '0', '.github/workflows/tick.yml': 'on: workflow_dispatch' };
  const repo = hub.repository('acme/shop', { collaborators: { ada: 'write' }, files });
  const pr = repo.openPullRequest({ by: ada, files: { a: '1' } });
  const permissions = { 'pull-requests': 'write', contents: 'write', actions: 'write' } as const;
  const job = hub.runFor(repo.event('push'), { permissions });
  const app = hub.app('stepgate', permissions);
  const acts = async (token: string) => {
    const { rest } = getOctokit(token, { baseUrl: hub.url });
    await rest.issues.createComment({ ...at, issue_number: pr.number, body: 'x' });
    await rest.actions.createWorkflowDispatch({ ...at, workflow_id: 'tick.yml', ref: 'main' });
    await rest.repos.createDispatchEvent({ ...at, event_type: 'tick' });
    return repo.events.slice(-3).map(({ name, starts }) => [name, starts]);
  };
  const both = ['workflow_dispatch', 'repository_dispatch'].map((name) => [name, 'workflows']);
  expect(await acts(job.token)).toEqual([['issue_comment', 'nothing'], ...both]);
  expect(await acts(app.token())).toEqual([['issue_comment', 'workflows'], ...both]);
});

test('a run that was asked for by its dispatch is the run that follows, and tells when it ends', async () => {
  await using hub = await startGitHub();
  const ada = hub.person('ada');
  const files = { '.github/workflows/tick.yml': 'on: workflow_dispatch', '.github/workflows/push.yml': 'on: push' };
  const repo = hub.repository('acme/shop', { collaborators: { ada: 'write' }, files });
  const { rest } = getOctokit(ada.token, { baseUrl: hub.url });
  const dispatch = { ...at, ref: 'main', return_run_details: true };
  const { data }: { data: unknown } = await rest.actions.createWorkflowDispatch({
    ...dispatch,
    workflow_id: 'tick.yml',
  });
  const job = hub.runFor(repo.event('workflow_dispatch'), { runName: 'promote shop x 1' });
  expect(data).toMatchObject({ workflow_run_id: job.run.id });
  expect(job.run.title).toBe('promote shop x 1');
  hub.ends(job);
  expect(repo.event('workflow_run', 'completed').payload).toMatchObject({
    workflow_run: { id: job.run.id, event: 'workflow_dispatch', head_branch: 'main', conclusion: 'success' },
  });
  const missing = rest.actions.createWorkflowDispatch({ ...dispatch, workflow_id: 'none.yml' });
  await expect(missing).rejects.toMatchObject({ status: 404 });
  const untriggered = rest.actions.createWorkflowDispatch({ ...dispatch, workflow_id: 'push.yml' });
  await expect(untriggered).rejects.toThrow("Workflow does not have 'workflow_dispatch' trigger");
});
