import { getOctokit } from '@actions/github';
import { describe, expect, test } from 'vitest';
import { startGitHub } from './github.ts';

const at = { owner: 'acme', repo: 'shop' };

/** A request without a client, for what a client hides. */
async function get(url: string, token: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(url, { headers: { authorization: `Bearer ${token}`, ...headers } });
}

describe('headers', () => {
  test('what has not changed is a 304 that costs nothing', async () => {
    const now = new Date('2026-11-30T12:00:00Z');
    await using hub = await startGitHub({ now: () => now });
    const ada = hub.person('ada');
    const repo = hub.repository('acme/shop', { collaborators: { ada: 'write' } });
    const url = `${hub.url}/repos/acme/shop/pulls`;
    const first = await get(url, ada.token);
    const etag = first.headers.get('etag') ?? '';
    expect(first.headers.get('date')).toBe('Mon, 30 Nov 2026 12:00:00 GMT');
    expect(first.headers.get('x-ratelimit-remaining')).toBe('4999');
    expect(first.headers.get('x-ratelimit-reset')).toBe(String(now.getTime() / 1000 + 3600));
    const again = await get(url, ada.token, { 'if-none-match': etag });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect(again.headers.get('x-ratelimit-remaining')).toBe('4999');
    repo.openPullRequest({ by: ada, files: { a: 'b' } });
    expect((await get(url, ada.token, { 'if-none-match': etag })).status).toBe(200);
  });

  test('a long list has pages, and a client finds them', async () => {
    await using hub = await startGitHub();
    const ada = hub.person('ada');
    const repo = hub.repository('acme/shop', { collaborators: { ada: 'write' } });
    const issue = ada.opensIssue(repo, 'talk');
    for (let at = 1; at <= 5; at += 1) ada.comments(issue, `number ${at}`);
    const url = `${hub.url}/api/v3/repos/acme/shop/issues/1/comments`;
    const middle = await get(`${url}?per_page=2&page=2`, ada.token);
    const link = (page: number, rel: string) => `<${url}?per_page=2&page=${page}>; rel="${rel}"`;
    const expected = [link(1, 'prev'), link(1, 'first'), link(3, 'next'), link(3, 'last')];
    expect(middle.headers.get('link')).toBe(expected.join(', '));
    const client = getOctokit(ada.token, { baseUrl: `${hub.url}/api/v3` });
    const all = await client.paginate(client.rest.issues.listComments, { ...at, issue_number: 1, per_page: 2 });
    expect(all.map(({ body }) => body)).toEqual([1, 2, 3, 4, 5].map((n) => `number ${n}`));
  });
});

describe('what is refused', () => {
  test('a private repository is not there for others, and a bad token is told', async () => {
    await using hub = await startGitHub();
    const [ada, mallory] = [hub.person('ada'), hub.person('mallory')];
    hub.repository('acme/shop', { private: true, collaborators: { ada: 'read' } });
    const url = `${hub.url}/repos/acme/shop`;
    expect((await get(url, ada.token)).status).toBe(200);
    const hidden = await get(url, mallory.token);
    expect([hidden.status, await hidden.json()]).toMatchObject([404, { message: 'Not Found', status: '404' }]);
    const bad = await get(url, 'ghs_nobody');
    expect([bad.status, await bad.json()]).toMatchObject([401, { message: 'Bad credentials' }]);
  });

  test.each([
    ['mallory', 'read', 'read'],
    ['tina', 'read', 'triage'],
    ['will', 'write', 'write'],
    ['mia', 'write', 'maintain'],
    ['adam', 'admin', 'admin'],
    ['carl', 'write', 'deployer'],
  ])('%s has the permission %s and the role %s', async (login, permission, role_name) => {
    await using hub = await startGitHub();
    for (const name of ['mallory', 'tina', 'will', 'mia', 'adam', 'carl']) hub.person(name);
    const custom = { name: 'deployer', base: 'write' } as const;
    const collaborators = { tina: 'triage', will: 'write', mia: 'maintain', adam: 'admin', carl: custom } as const;
    const repo = hub.repository('acme/shop', { collaborators });
    const job = hub.runFor(repo.schedule('0 * * * *', hub.app('someone').bot));
    const { rest } = getOctokit(job.token, { baseUrl: hub.url });
    const { data } = await rest.repos.getCollaboratorPermissionLevel({ ...at, username: login });
    expect(data).toMatchObject({ permission, role_name, user: { login } });
    await expect(rest.repos.getCollaboratorPermissionLevel({ ...at, username: 'nobody' })).rejects.toThrow(
      'nobody is not a user',
    );
  });

  test('what does not fit the description fails the test that sent it', async () => {
    const hub = await startGitHub();
    const ada = hub.person('ada');
    hub.repository('acme/shop', { collaborators: { ada: 'write' } });
    const { request, graphql } = getOctokit(ada.token, { baseUrl: hub.url });
    const send = async (what: string, fields: object) => request(what, { ...at, ...fields }).catch(() => null);
    await send('POST /repos/{owner}/{repo}/issues', { titel: 'x' });
    await send('POST /repos/{owner}/{repo}/check-runs', {
      name: 'x',
      head_sha: 'x',
      output: { titel: 'x', title: 'x', summary: '' },
    });
    await send('GET /repos/{owner}/{repo}/pulls', { state: 'merged' });
    await send('GET /repos/{owner}/{repo}/pulls', { colour: 'red' });
    await send('GET /repos/{owner}/{repo}/commits', { author: 'ada' });
    await send('GET /repos/{owner}/{repo}/milestones', {});
    await graphql('query ($n: String!) { repository(owner: "acme", name: $n) { id } }', { n: 1 }).catch(() => null);
    const violations = [
      "request to issues/create: body: there is no field 'titel'",
      `request to issues/create: body: must have required property 'title' ({"missingProperty":"title"})`,
      "request to checks/create: body/output: there is no field 'titel'",
      `request to pulls/list: parameter 'state': must be equal to one of the allowed values ({"allowedValues":["open","closed","all"]})`,
      "request to pulls/list: there is no query parameter 'colour'",
      "the fake ignores 'author' of repos/list-commits: see rest/handlers",
      'the fake does not serve GET /repos/acme/shop/milestones: see rest/permissions.ts',
      'graphql: Variable "$n" got invalid value 1; String cannot represent a non string value: 1',
    ];
    await expect(hub[Symbol.asyncDispose]()).rejects.toThrow(violations.join('\n'));
  });

  test('teams are for Apps that may read members', async () => {
    await using hub = await startGitHub();
    const [ada, bob] = [hub.person('ada'), hub.person('bob')];
    hub.organization('acme', { sre: [ada] });
    const repo = hub.repository('acme/shop', { collaborators: { ada: 'write', bob: 'write' } });
    const job = hub.runFor(repo.schedule('0 * * * *', ada), { permissions: { contents: 'write' } });
    const team = { org: 'acme', team_slug: 'sre' };
    const own = getOctokit(job.token, { baseUrl: hub.url });
    await expect(own.rest.teams.listMembersInOrg(team)).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining('Resource not accessible by integration'),
      response: { headers: { 'x-accepted-github-permissions': 'members=read' } },
    });
    const { rest } = getOctokit(hub.app('stepgate', { members: 'read' }).token(), { baseUrl: hub.url });
    expect((await rest.teams.listMembersInOrg(team)).data.map(({ login }) => login)).toEqual(['ada']);
    const { data } = await rest.teams.getMembershipForUserInOrg({ ...team, username: 'ada' });
    expect(data).toMatchObject({ state: 'active', role: 'member' });
    await expect(rest.teams.getMembershipForUserInOrg({ ...team, username: bob.login })).rejects.toMatchObject({
      status: 404,
    });
  });
});
