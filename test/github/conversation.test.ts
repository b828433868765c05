import { getOctokit } from '@actions/github';
import { expect, test } from 'vitest';
import { startGitHub } from './github.ts';

const at = { owner: 'acme', repo: 'shop' };

/** Who may say, change and label what. */

test('comments are changed by their authors and by those who may write', async () => {
  let now = new Date('2026-11-30T12:00:00Z');
  await using hub = await startGitHub({ now: () => now });
  const [ada, bob, mallory] = [hub.person('ada'), hub.person('bob'), hub.person('mallory')];
  const repo = hub.repository('acme/shop', { collaborators: { ada: 'write', bob: 'triage' } });
  const issue = ada.opensIssue(repo, 'talk');
  const comment = mallory.comments(issue, 'first');
  const as = (token: string) => getOctokit(token, { baseUrl: hub.url }).rest.issues;
  const edit = { ...at, comment_id: comment.id, body: 'second' };
  await expect(as(bob.token).updateComment(edit)).rejects.toThrow('Must have admin rights to Repository.');
  now = new Date('2026-11-30T12:01:00Z');
  const { data } = await as(mallory.token).updateComment(edit);
  expect(data).toMatchObject({
    created_at: '2026-11-30T12:00:00Z',
    updated_at: '2026-11-30T12:01:00Z',
    author_association: 'NONE',
  });
  expect(repo.event('issue_comment', 'edited').payload).toMatchObject({ changes: { body: { from: 'first' } } });
  await as(ada.token).deleteComment({ ...at, comment_id: comment.id });
  await expect(as(ada.token).getComment({ ...at, comment_id: comment.id })).rejects.toMatchObject({ status: 404 });
  expect(repo.event('issue_comment', 'deleted').payload).toMatchObject({ comment: { body: 'second' } });
});

test('an account keeps its number under another login, and a deleted one has no name', async () => {
  await using hub = await startGitHub();
  const [ada, bob] = [hub.person('ada'), hub.person('bob')];
  const repo = hub.repository('acme/shop', { collaborators: { ada: 'write', bob: 'read' } });
  const issue = repo.openPullRequest({ by: ada, files: { a: '1' } });
  const comments = [ada.comments(issue, 'one'), bob.comments(issue, 'two')];
  hub.rename(ada, 'countess');
  const other = hub.person('ada');
  hub.delete(bob);
  const { rest, graphql } = getOctokit(other.token, { baseUrl: hub.url });
  const { data } = await rest.issues.listComments({ ...at, issue_number: issue.number });
  expect(data.map(({ user }) => [user?.login, user?.id])).toEqual([
    ['countess', ada.account.id],
    ['ghost', 10137],
  ]);
  const query =
    '{ repository(owner: "acme", name: "shop") { pullRequest(number: 1) { comments(first: 5) { nodes { databaseId author { login } } } } } }';
  expect(await graphql(query)).toEqual({
    repository: {
      pullRequest: {
        comments: {
          nodes: [
            { databaseId: comments[0]?.id, author: { login: 'countess' } },
            { databaseId: comments[1]?.id, author: null },
          ],
        },
      },
    },
  });
  const role = await rest.repos
    .getCollaboratorPermissionLevel({ ...at, username: 'ada' })
    .catch(({ status }) => status);
  expect(role).toBe(403);
});

test('a comment has an end, and a reaction is given once', async () => {
  await using hub = await startGitHub();
  const ada = hub.person('ada');
  const repo = hub.repository('acme/shop');
  const { rest } = getOctokit(ada.token, { baseUrl: hub.url });
  const issue = { ...at, issue_number: ada.opensIssue(repo, 'talk').number };
  await rest.issues.createComment({ ...issue, body: 'x'.repeat(65_536) });
  await expect(rest.issues.createComment({ ...issue, body: 'x'.repeat(65_537) })).rejects.toMatchObject({
    status: 422,
    response: { data: { errors: [{ message: 'body is too long (maximum is 65536 characters)' }] } },
  });
  const reaction = {
    ...at,
    comment_id: ada.comments(repo.state.issues.get(1) ?? fail(), 'hello').id,
    content: 'eyes',
  } as const;
  expect((await rest.reactions.createForIssueComment(reaction)).status).toBe(201);
  expect((await rest.reactions.createForIssueComment(reaction)).status).toBe(200);
});

test('triage labels, and no less', async () => {
  await using hub = await startGitHub();
  const [tina, mallory] = [hub.person('tina'), hub.person('mallory')];
  const repo = hub.repository('acme/shop', { collaborators: { tina: 'triage' } });
  const issue = mallory.opensIssue(repo, 'talk');
  const label = (token: string) =>
    getOctokit(token, { baseUrl: hub.url }).rest.issues.addLabels({
      ...at,
      issue_number: issue.number,
      labels: ['go'],
    });
  await expect(label(mallory.token)).rejects.toMatchObject({ status: 403 });
  await label(tina.token);
  expect(issue.labels).toMatchObject([{ name: 'go', by: { login: 'tina' } }]);
});

test('pull_requests: write reaches the comments of pull requests only', async () => {
  await using hub = await startGitHub();
  const ada = hub.person('ada');
  const repo = hub.repository('acme/shop', { collaborators: { ada: 'write' } });
  const pr = repo.openPullRequest({ by: ada, files: { a: '1' } });
  const issue = ada.opensIssue(repo, 'talk');
  const job = hub.runFor(repo.event('push'), { permissions: { 'pull-requests': 'write' } });
  const { rest } = getOctokit(job.token, { baseUrl: hub.url });
  await rest.issues.createComment({ ...at, issue_number: pr.number, body: 'x' });
  await expect(rest.issues.createComment({ ...at, issue_number: issue.number, body: 'x' })).rejects.toMatchObject({
    status: 403,
    response: { headers: { 'x-accepted-github-permissions': 'issues=write; pull_requests=write' } },
  });
});

test('a job opens pull requests only where the repository lets it', async () => {
  await using hub = await startGitHub();
  const ada = hub.person('ada');
  const repo = hub.repository('acme/shop', { collaborators: { ada: 'write' } });
  ada.pushes(repo, { branch: 'side', files: { a: '1' } });
  const permissions = { 'pull-requests': 'write' } as const;
  const job = hub.runFor(repo.event('push'), { permissions });
  const open = (token: string) =>
    getOctokit(token, { baseUrl: hub.url }).rest.pulls.create({ ...at, title: 'x', head: 'side', base: 'main' });
  await expect(open(job.token)).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining('GitHub Actions is not permitted to create or approve pull requests.'),
  });
  const app = hub.app('stepgate', permissions);
  expect((await open(app.token())).data.user.login).toBe('stepgate[bot]');
  await expect(open(app.token())).rejects.toMatchObject({
    status: 422,
    response: { data: { errors: [{ message: 'A pull request already exists for acme:side.' }] } },
  });
});

function fail(): never {
  throw new Error('there is no such issue');
}
