import { getOctokit } from '@actions/github';
import { describe, expect, test } from 'vitest';
import type { Fault } from './faults.ts';
import { startGitHub } from './github.ts';

const at = { owner: 'acme', repo: 'shop' };

async function setUp() {
  let now = new Date('2026-11-30T12:00:00Z');
  const hub = await startGitHub({ now: () => now });
  const ada = hub.person('ada');
  const repo = hub.repository('acme/shop', { collaborators: { ada: 'write' } });
  const issue = ada.opensIssue(repo, 'talk');
  const { rest } = getOctokit(ada.token, { baseUrl: hub.url });
  return {
    hub,
    repo,
    issue,
    rest,
    read: () => rest.repos.get(at),
    comment: () => rest.issues.createComment({ ...at, issue_number: issue.number, body: 'x' }),
    pass: (milliseconds: number) => {
      now = new Date(now.getTime() + milliseconds);
    },
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
}

describe('a fault', () => {
  test.each<[Fault, object]>([
    [
      { is: 'status', status: 500 },
      { status: 500, message: expect.stringContaining('Server Error') },
    ],
    [{ is: 'status', status: 502 }, { status: 502 }],
    [
      { is: 'secondaryLimit', status: 403, retryAfter: 60 },
      {
        status: 403,
        message: expect.stringContaining('You have exceeded a secondary rate limit.'),
        response: { headers: { 'retry-after': '60' } },
      },
    ],
    [{ is: 'secondaryLimit', status: 429, retryAfter: 1 }, { status: 429 }],
    [
      { is: 'dropped', after: false },
      { status: 500, message: expect.stringContaining('other side closed') },
    ],
  ])('%j comes once, and nothing is done', async (fault, error) => {
    await using here = await setUp();
    here.hub.faults.next(fault);
    await expect(here.comment()).rejects.toMatchObject(error);
    expect(here.repo.state.comments.size).toBe(0);
    await here.comment();
    expect(here.repo.state.comments.size).toBe(1);
  });

  test('may come after the work was done, at the n-th request, or for one operation', async () => {
    await using here = await setUp();
    const { faults, requests } = here.hub;
    faults.next({ is: 'dropped', after: true }, { operation: 'issues/create-comment' });
    await here.read();
    await expect(here.comment()).rejects.toThrow('other side closed');
    expect(here.repo.state.comments.size).toBe(1);
    faults.nth(2, { is: 'status', status: 503 });
    await here.read();
    await expect(here.read()).rejects.toMatchObject({ status: 503 });
    await here.read();
    expect(requests.all.map(({ operation, status }) => [operation, status])).toEqual([
      ['repos/get', 200],
      ['issues/create-comment', 0],
      ['repos/get', 200],
      ['repos/get', 503],
      ['repos/get', 200],
    ]);
    expect(requests.counts()).toEqual({ 'repos/get': 4, 'issues/create-comment': 1 });
  });
});

test('a slow answer comes when the test lets it', async () => {
  await using here = await setUp();
  const gate = Promise.withResolvers<void>();
  here.hub.faults.next({ is: 'slow', until: gate.promise }, { operation: 'repos/get' });
  const slow = here.read();
  await here.comment();
  expect(here.hub.requests.of('repos/get')).toEqual([]);
  gate.resolve();
  expect((await slow).status).toBe(200);
});

test('used up, the limit says when it ends, and then it has', async () => {
  await using here = await setUp();
  here.hub.faults.next({ is: 'primaryLimit' });
  const reset = String(new Date('2026-11-30T13:00:00Z').getTime() / 1000);
  const exceeded = {
    status: 403,
    message: expect.stringContaining('API rate limit exceeded for user ID'),
    response: { headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset } },
  };
  await expect(here.read()).rejects.toMatchObject(exceeded);
  await expect(here.read()).rejects.toMatchObject(exceeded);
  expect((await here.rest.rateLimit.get()).data.rate.remaining).toBe(0);
  here.pass(3_600_000);
  expect((await here.read()).headers['x-ratelimit-remaining']).toBe('4999');
});

test('a limit is of an installation and of the jobs of a repository, whatever token they use', async () => {
  await using here = await setUp();
  const { hub, repo } = here;
  const app = hub.app('stepgate', { metadata: 'read' });
  const job = () => hub.runFor(repo.schedule('*/10 * * * *', hub.person(`person-${hub.events.length}`))).token;
  const remaining = async (token: string) => {
    const { headers } = await getOctokit(token, { baseUrl: hub.url }).rest.repos.get(at);
    return headers['x-ratelimit-remaining'];
  };
  expect([await remaining(app.token()), await remaining(app.token())]).toEqual(['4999', '4998']);
  expect([await remaining(job()), await remaining(job())]).toEqual(['999', '998']);
  hub.faults.next({ is: 'primaryLimit' });
  await expect(remaining(app.token())).rejects.toMatchObject({ status: 403 });
  await expect(remaining(app.token())).rejects.toMatchObject({ status: 403 });
  expect(await remaining(job())).toBe('997');
  hub.limitsEnd();
  expect(await remaining(app.token())).toBe('4999');
});

test('away from an operation on is away for everything after it', async () => {
  await using here = await setUp();
  here.hub.faults.awayFrom('issues/create-comment');
  await here.read();
  await expect(here.comment()).rejects.toMatchObject({ status: 503 });
  await expect(here.read()).rejects.toMatchObject({ status: 503 });
  // On the same connection, unlike comesBack.
  here.hub.faults.clear();
  await here.comment();
  expect(here.repo.state.comments.size).toBe(1);
});

test('away is away until it comes back, on the same address', async () => {
  await using here = await setUp();
  await here.hub.goesAway('answers 503');
  await expect(here.read()).rejects.toMatchObject({ status: 503 });
  await here.hub.comesBack();
  await here.read();
  await here.hub.goesAway('refuses connections');
  await expect(here.read()).rejects.toThrow('ECONNREFUSED');
  await here.hub.comesBack();
  await here.read();
});
