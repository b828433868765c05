import { describe, expect, test } from 'vitest';
import type { Operation } from '../../../src/adapters/github/operations.ts';
import type { Forge } from '../../../src/release/forge.ts';
import { calls } from './calls.ts';
import { type Shop, shop } from './live.ts';
import { never, troubleOf } from './scripted.ts';

/** What a write leaves at GitHub. */
function traces({ repo }: Shop): unknown {
  const { checks, deployments, comments, issues } = repo.state;
  return {
    comments: [...comments.values()].map(({ body, reactions }) => [body, reactions.map(({ content }) => content)]),
    checks: checks.map(({ externalId, status }) => [externalId, status]),
    deployments: deployments.map(({ payload, statuses }) => [payload, statuses.map(({ state }) => state)]),
    branches: [...repo.state.bare.refs('refs/heads/')].length,
    commits: [repo.messages(), repo.messages('ready')],
    pulls: [...issues.values()].map(({ title, state }) => [title, state]),
  };
}

/** The request of each write whose answer is lost. */
const writes = {
  editComment: 'issues/update-comment',
  react: 'reactions/create-for-issue-comment',
  writeCheck: 'checks/create',
  createDeployment: 'repos/create-deployment',
  createBranch: 'git/create-ref',
  deleteBranch: 'git/delete-ref',
  commitFiles: 'graphql',
  openPullRequest: 'pulls/create',
  editPullRequest: 'pulls/update',
  mergePullRequest: 'pulls/merge',
} as const satisfies Partial<Record<Operation, string>>;

const names = Object.keys(writes) as (keyof typeof writes)[];
const readMain = (forge: Forge) => forge.branchHead('main', never);

describe('a write whose answer is lost', () => {
  test.each([
    ['was carried out', { is: 'dropped', after: true }],
    ['was not carried out', { is: 'status', status: 502 }],
  ] as const)('is done once: it %s', async (_, fault) => {
    await using plain = await shop();
    await using at = await shop();
    const [expected, lost] = [calls(plain), calls(at)];
    for (const name of names) {
      await expected[name](plain.forge);
      at.hub.faults.next(fault, { operation: writes[name] });
      const before = at.hub.requests.all.length;
      await lost[name](at.forge);
      const statuses = at.hub.requests.all.slice(before).map(({ status }) => status);
      expect([name, statuses.filter((status) => status === 0 || status === 502).length]).toEqual([name, 1]);
      expect([name, traces(at)]).toEqual([name, traces(plain)]);
    }
  });

  test('a deployment of another key is not taken for the one that was lost', async () => {
    await using at = await shop();
    const wanted = { environment: 'prod', commit: at.first, isProduction: true };
    const before = await at.forge.createDeployment({ ...wanted, key: 'before' }, never);
    at.hub.faults.next({ is: 'status', status: 502 }, { operation: 'repos/create-deployment' });
    const made = await at.forge.createDeployment({ ...wanted, key: 'k' }, never);
    expect([made.key, made.id === before.id]).toEqual(['k', false]);
  });

  test('a commit with the same message is not taken for the one that was lost', async () => {
    await using at = await shop();
    const onto = await at.forge.commitFiles(
      { branch: 'main', onto: at.first, message: 'm', files: new Map([['a', '1']]) },
      never,
    );
    at.hub.faults.next({ is: 'status', status: 502 }, { operation: 'graphql' });
    const files = new Map([['a', '2']]);
    const made = await at.forge.commitFiles({ branch: 'main', onto, message: 'm', files }, never);
    expect([made === onto, at.repo.tip(), at.repo.read('a')]).toEqual([false, made, '2']);
  });

  test('a commit of somebody else on the same one is not taken for the one that was lost', async () => {
    await using at = await shop();
    const theirs = at.ada.pushes(at.repo, { files: { a: '1' }, message: 'theirs' });
    at.hub.faults.next({ is: 'status', status: 502 }, { operation: 'graphql' });
    const ours = { branch: 'main', onto: at.first, message: 'ours', files: new Map([['a', '2']]) };
    expect(await troubleOf(at.forge.commitFiles(ours, never))).toMatchObject({ trouble: 'conflict' });
    expect(at.repo.tip()).toBe(theirs);
  });

  test('a comment is not written again, because nothing says whether it is there', async () => {
    await using at = await shop();
    const call = calls(at).comment;
    at.hub.faults.next({ is: 'dropped', after: true }, { operation: 'issues/create-comment' });
    expect(await troubleOf(call(at.forge))).toMatchObject({ trouble: 'away' });
    expect([...at.repo.state.comments.values()].map(({ body }) => body)).toEqual(['hello', 'x']);
  });

  test('a write that always fails ends', async () => {
    await using at = await shop();
    const call = calls(at).createDeployment;
    at.hub.faults.next({ is: 'status', status: 502 }, { operation: 'repos/create-deployment', times: 99 });
    expect(await troubleOf(call(at.forge))).toMatchObject({ trouble: 'away' });
    expect(at.hub.requests.of('repos/create-deployment')).toHaveLength(3);
    expect(at.repo.state.deployments).toEqual([]);
  });
});

describe('a GitHub that is away', () => {
  test.each(['answers 503', 'refuses connections'] as const)('%s, and comes back', async (how) => {
    await using at = await shop();
    await at.hub.goesAway(how);
    expect(await troubleOf(readMain(at.forge))).toMatchObject({ trouble: 'away' });
    await at.hub.comesBack();
    expect(await readMain(at.forge)).toBe(at.repo.tip());
  });

  test('a limit is waited for, and told', async () => {
    await using at = await shop();
    at.hub.faults.next({ is: 'secondaryLimit', status: 403, retryAfter: 30 });
    expect(await readMain(at.forge)).toBe(at.repo.tip());
    expect([at.clock.slept, at.lines]).toEqual([[30_000], [`${at.forge.title}: waits 30 s, as GitHub asks`]]);
    at.hub.faults.next({ is: 'primaryLimit' });
    const error = await troubleOf(readMain(at.forge));
    expect(error).toMatchObject({ trouble: 'limited', retryAt: new Date('2026-11-27T16:00:00Z') });
  });

  test('what has not changed costs nothing', async () => {
    await using at = await shop();
    for (let time = 0; time < 3; time += 1) expect(await readMain(at.forge)).toBe(at.repo.tip());
    expect(at.hub.requests.of('git/get-ref').map(({ status }) => status)).toEqual([200, 304, 304]);
  });
});
