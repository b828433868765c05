import { getOctokit } from '@actions/github';
import { expect, test } from 'vitest';
import { startGitHub } from './github.ts';

const at = { owner: 'acme', name: 'shop' };

test('one query tells what a person has to know about a pull request', async () => {
  await using hub = await startGitHub();
  const [ada, bob] = [hub.person('ada'), hub.person('bob')];
  const bot = hub.app('stepgate', { 'pull-requests': 'write', contents: 'read' });
  const repo = hub.repository('acme/shop', { collaborators: { ada: 'write', bob: 'maintain' } });
  const pr = repo.openPullRequest({ by: ada, files: { a: '1' }, title: 'One' });
  const early = bob.approves(pr);
  const edited = ada.comments(pr, 'first');
  ada.edits(edited, 'second');
  bot.bot.comments(pr, 'a report');
  const after = ada.forcePushes(pr, { a: '2' });

  for (const baseUrl of [hub.url, `${hub.url}/api/v3`]) {
    const { graphql } = getOctokit(bot.token(), { baseUrl });
    const answer = await graphql(
      `query ($owner: String!, $name: String!) {
        repository(owner: $owner, name: $name) {
          pullRequest(number: 1) {
            headRefOid headRefName merged mergedBy { login } mergeCommit { oid } author { login __typename }
            comments(first: 10) { nodes { databaseId author { login __typename } body lastEditedAt isMinimized viewerDidAuthor } }
            latestOpinionatedReviews(first: 10, writersOnly: true) { nodes { state author { login } commit { oid } submittedAt } }
            commits(last: 1) { totalCount nodes { commit { oid } } }
            timelineItems(first: 10, itemTypes: [HEAD_REF_FORCE_PUSHED_EVENT]) {
              nodes { __typename ... on HeadRefForcePushedEvent { actor { login } beforeCommit { oid } afterCommit { oid } } }
            }
            mergeQueueEntry { enqueuer { login } }
          }
        }
      }`,
      at,
    );
    expect(answer).toMatchObject({
      repository: {
        pullRequest: {
          headRefOid: after,
          merged: false,
          mergedBy: null,
          author: { login: 'ada', __typename: 'User' },
          comments: {
            nodes: [
              { author: { login: 'ada' }, body: 'second', lastEditedAt: expect.any(String), viewerDidAuthor: false },
              // Over REST its login is 'stepgate[bot]'.
              { author: { login: 'stepgate', __typename: 'Bot' }, lastEditedAt: null, viewerDidAuthor: true },
            ],
          },
          latestOpinionatedReviews: { nodes: [{ state: 'APPROVED', commit: { oid: early.commit } }] },
          commits: { totalCount: 1, nodes: [{ commit: { oid: after } }] },
          timelineItems: {
            nodes: [{ actor: { login: 'ada' }, beforeCommit: { oid: early.commit }, afterCommit: { oid: after } }],
          },
          mergeQueueEntry: null,
        },
      },
    });
  }
});

test('many commits are asked for their pull requests at once', async () => {
  await using hub = await startGitHub();
  const ada = hub.person('ada');
  const repo = hub.repository('acme/shop', { collaborators: { ada: 'write' } });
  const shas = (['merge', 'squash', 'rebase'] as const).map((method) =>
    ada.merges(repo.openPullRequest({ by: ada, files: { [method]: '1' }, title: method }), { method }),
  );
  const direct = ada.pushes(repo, { files: { direct: '1' } });
  const fields = [...shas, direct].map(
    (sha, index) =>
      `c${index}: object(oid: "${sha}") { ... on Commit { associatedPullRequests(first: 5) { nodes { title } } } }`,
  );
  const { graphql } = getOctokit(ada.token, { baseUrl: hub.url });
  const answer = await graphql(`query { repository(owner: "acme", name: "shop") { ${fields.join(' ')} } }`);
  const titled = (...titles: readonly string[]) => ({
    associatedPullRequests: { nodes: titles.map((title) => ({ title })) },
  });
  expect(answer).toEqual({
    repository: { c0: titled('merge'), c1: titled('squash'), c2: titled('rebase'), c3: titled() },
  });
});

const COMMIT = `mutation ($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid signature { isValid wasSignedByGitHub } } }
}`;

test('a commit on a branch is signed, and made only where the branch still is where it was seen', async () => {
  await using hub = await startGitHub();
  const ada = hub.person('ada');
  const repo = hub.repository('acme/shop', { collaborators: { ada: 'write' } });
  repo.protect('main', { signatures: true });
  const job = hub.runFor(repo.schedule('0 * * * *', ada), { permissions: { contents: 'write' } });
  const { graphql } = getOctokit(job.token, { baseUrl: hub.url });
  const input = {
    branch: { repositoryNameWithOwner: 'acme/shop', branchName: 'main' },
    expectedHeadOid: repo.tip(),
    message: { headline: 'Take it back', body: 'Stepgate-Release: x' },
    fileChanges: {
      additions: [{ path: 'a', contents: Buffer.from('old').toString('base64') }],
      deletions: [{ path: 'README.md' }],
    },
  };
  const made = await graphql(COMMIT, { input });
  expect(made).toEqual({
    createCommitOnBranch: { commit: { oid: repo.tip(), signature: { isValid: true, wasSignedByGitHub: true } } },
  });
  expect([repo.read('a'), repo.read('README.md')]).toEqual(['old', null]);
  expect(repo.messages()[0]).toBe('Take it back\n\nStepgate-Release: x');
  expect(repo.event('push').starts).toBe('nothing');

  await expect(graphql(COMMIT, { input })).rejects.toMatchObject({
    errors: [
      { type: 'STALE_DATA', path: ['createCommitOnBranch'], message: expect.stringContaining('Pull and try again') },
    ],
  });
  repo.protect('main', { pullRequest: true });
  await expect(
    graphql(COMMIT, { input: { ...input, expectedHeadOid: repo.tip(), fileChanges: { additions: [] } } }),
  ).rejects.toThrow('A commit has to change at least one file');
  const change = { additions: [{ path: 'b', contents: '' }] };
  await expect(
    graphql(COMMIT, { input: { ...input, expectedHeadOid: repo.tip(), fileChanges: change } }),
  ).rejects.toThrow("protected branch 'main' check failed:\n  Changes must be made through a pull request.");
});

test('a merged pull request is reverted by another one', async () => {
  await using hub = await startGitHub();
  const ada = hub.person('ada');
  const repo = hub.repository('acme/shop', { collaborators: { ada: 'write' }, files: { a: 'good\n', b: '1\n' } });
  const pr = repo.openPullRequest({ by: ada, files: { a: 'bad\n' }, title: 'Bad' });
  const job = hub.runFor(repo.schedule('0 * * * *', ada), {
    permissions: { contents: 'write', 'pull-requests': 'write' },
  });
  const { graphql } = getOctokit(job.token, { baseUrl: hub.url });
  const REVERT = `mutation ($id: ID!) {
    revertPullRequest(input: { pullRequestId: $id }) { revertPullRequest { number title headRefName author { login } } }
  }`;
  await expect(graphql(REVERT, { id: pr.nodeId })).rejects.toThrow('Pull request is not merged');
  ada.merges(pr);
  ada.pushes(repo, { files: { b: '2\n' } });
  await expect(graphql(REVERT, { id: pr.nodeId })).rejects.toThrow(
    'GitHub Actions is not permitted to create or approve pull requests.',
  );
  repo.settings.actionsMayOpenPullRequests = true;
  repo.state.bare.set('refs/heads/revert-1-ada-1', null, repo.tip('revert-1-ada-1'));
  expect(await graphql(REVERT, { id: pr.nodeId })).toEqual({
    revertPullRequest: {
      revertPullRequest: {
        number: 2,
        title: 'Revert "Bad"',
        headRefName: 'revert-1-ada-1',
        author: { login: 'github-actions' },
      },
    },
  });
  expect([repo.read('a', 'revert-1-ada-1'), repo.read('b', 'revert-1-ada-1')]).toEqual(['good\n', '2\n']);
  const opened = repo.event('pull_request', 'opened');
  expect(() => hub.runFor(opened)).toThrow('waits for the approval of a person with write access');
  expect(hub.runFor(opened, { approvedBy: ada }).run.actor.login).toBe('github-actions[bot]');
});

test('comments are added and hidden; a plain issues grant is not enough for a pull request', async () => {
  await using hub = await startGitHub();
  const ada = hub.person('ada');
  const repo = hub.repository('acme/shop', { collaborators: { ada: 'write' } });
  const pr = repo.openPullRequest({ by: ada, files: { a: '1' } });
  const ADD = `mutation ($id: ID!) { addComment(input: { subjectId: $id, body: "hello" }) { commentEdge { node { id } } } }`;
  const HIDE = `mutation ($id: ID!) {
    minimizeComment(input: { subjectId: $id, classifier: OUTDATED }) { minimizedComment { isMinimized minimizedReason } }
  }`;
  const poor = hub.runFor(repo.schedule('0 * * * *', ada), { permissions: { issues: 'write' } });
  const refused = getOctokit(poor.token, { baseUrl: hub.url }).graphql(ADD, { id: pr.nodeId });
  await expect(refused).rejects.toMatchObject({
    errors: [{ type: 'FORBIDDEN', message: 'Resource not accessible by integration' }],
  });
  // REST takes either.
  const { rest } = getOctokit(poor.token, { baseUrl: hub.url });
  const own = await rest.issues.createComment({ owner: 'acme', repo: 'shop', issue_number: pr.number, body: 'hello' });
  const rich = hub.runFor(repo.schedule('0 * * * *', ada), { permissions: { 'pull-requests': 'write' } });
  const { graphql } = getOctokit(rich.token, { baseUrl: hub.url });
  await graphql(ADD, { id: pr.nodeId });
  expect(await graphql(HIDE, { id: own.data.node_id })).toEqual({
    minimizeComment: { minimizedComment: { isMinimized: true, minimizedReason: 'outdated' } },
  });
});

test.each([
  ['{ repository(owner: "acme", name: "shop") { pullRequest(number: 9) { id } } }', /number of 9/, 0],
  ['{ repository(owner: "acme", name: "none") { id } }', /with the name 'acme\/none'/, 0],
  [
    '{ repository(owner: "acme", name: "shop") { pullRequests { nodes { id } } } }',
    /must provide a `first` or `last`/,
    0,
  ],
  ['{ repository(owner: "acme", name: "shop") { pullRequests(first: 101) { nodes { id } } } }', /limit of 100/, 0],
  ['{ repository(owner: "acme", name: "shop") { stars } }', /Cannot query field "stars" on type "Repository"/, 1],
  ['{ repository(', /Syntax Error/, 1],
])('%s is refused', async (query, message, violations) => {
  await using hub = await startGitHub();
  const ada = hub.person('ada');
  hub.repository('acme/shop', { collaborators: { ada: 'write' } });
  const { graphql } = getOctokit(ada.token, { baseUrl: hub.url });
  await expect(graphql(query)).rejects.toThrow(message);
  expect(hub.takeViolations()).toHaveLength(violations);
});
