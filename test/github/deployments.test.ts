import { getOctokit } from '@actions/github';
import { describe, expect, test } from 'vitest';
import { startGitHub } from './github.ts';

const at = { owner: 'acme', repo: 'shop' };
const permissions = { deployments: 'write', statuses: 'write', checks: 'write', contents: 'read' } as const;

async function setUp() {
  const hub = await startGitHub();
  const [ada, bob] = [hub.person('ada'), hub.person('bob')];
  const repo = hub.repository('acme/shop', { collaborators: { ada: 'write', bob: 'write' } });
  const job = hub.runFor(repo.schedule('0 * * * *', ada), { permissions });
  const { rest } = getOctokit(job.token, { baseUrl: hub.url });
  return { hub, ada, bob, repo, job, rest, [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose]() };
}

describe('a deployment with its defaults', () => {
  test('of a branch that is behind pushes a merge instead', async () => {
    await using here = await setUp();
    const { ada, repo, rest } = here;
    const side = ada.pushes(repo, { branch: 'side', files: { a: '1' } });
    ada.pushes(repo, { files: { b: '1' } });
    const answer = await rest.repos.createDeployment({ ...at, ref: 'side' });
    expect([answer.status, repo.state.deployments]).toEqual([202, []]);
    expect(repo.tip('side')).not.toBe(side);
    expect([repo.read('a', 'side'), repo.read('b', 'side')]).toEqual(['1', '1']);
  });

  test('wants every status of the commit to be green', async () => {
    await using here = await setUp();
    const { repo, rest } = here;
    const sha = repo.tip() ?? '';
    await rest.repos.createCommitStatus({ ...at, sha, state: 'pending', context: 'ci' });
    await expect(rest.repos.createDeployment({ ...at, ref: sha })).rejects.toMatchObject({ status: 409 });
    await rest.repos.createDeployment({ ...at, ref: sha, required_contexts: [] });
    await rest.repos.createCommitStatus({ ...at, sha, state: 'success', context: 'ci' });
    await rest.repos.createDeployment({ ...at, ref: sha });
    expect(repo.state.deployments).toMatchObject([{ environment: 'production', task: 'deploy' }, { sha }]);
  });
});

test('a success makes older ones inactive, but not those of production', async () => {
  await using here = await setUp();
  const { repo, rest } = here;
  const ref = repo.tip() ?? '';
  const deploy = async (environment: string) => {
    const made = await rest.repos.createDeployment({
      ...at,
      ref,
      auto_merge: false,
      required_contexts: [],
      environment,
    });
    if (made.status !== 201) throw new Error('no deployment');
    await rest.repos.createDeploymentStatus({ ...at, deployment_id: made.data.id, state: 'success' });
  };
  for (const environment of ['staging', 'staging', 'production', 'production']) await deploy(environment);
  expect(repo.state.deployments.map(({ statuses }) => statuses.at(-1)?.state)).toEqual([
    'inactive',
    'success',
    'success',
    'success',
  ]);
});

test('a check is changed by the App that made it alone, and a description has 140 characters', async () => {
  await using here = await setUp();
  const { hub, repo, rest } = here;
  const sha = repo.tip() ?? '';
  const { data } = await rest.checks.create({ ...at, name: 'stepgate', head_sha: sha });
  expect(data).toMatchObject({ status: 'queued', app: { slug: 'github-actions' } });
  const other = getOctokit(hub.app('stepgate', permissions).token(), { baseUrl: hub.url });
  const update = { ...at, check_run_id: data.id, conclusion: 'success' } as const;
  await expect(other.rest.checks.update(update)).rejects.toMatchObject({ status: 403 });
  expect((await rest.checks.update(update)).data).toMatchObject({ status: 'completed', conclusion: 'success' });
  const status = { ...at, sha, state: 'success', context: 'x' } as const;
  await rest.repos.createCommitStatus({ ...status, description: 'x'.repeat(140) });
  await expect(rest.repos.createCommitStatus({ ...status, description: 'x'.repeat(141) })).rejects.toMatchObject({
    status: 422,
  });
});

test("an environment's reviewers let a run pass; others, Apps and, where it says so, the one who started it don't", async () => {
  await using here = await setUp();
  const { hub, ada, bob, repo, rest } = here;
  const { id } = repo.environment('prod', { reviewers: [ada, bob], preventSelfReview: true });
  const job = hub.runFor(repo.schedule('0 * * * *', ada), { runName: 'promote shop x 1' });
  expect([hub.waitsFor(job, 'staging'), hub.waitsFor(job, 'prod')]).toEqual([false, true]);
  const decision = { state: 'approved', comment: '' } as const;
  const answer = { ...at, run_id: job.run.id, environment_ids: [id], ...decision };
  await expect(rest.actions.reviewPendingDeploymentsForRun(answer)).rejects.toMatchObject({ status: 403 });
  expect(() => ada.letsPass(job.run, 'prod')).toThrow('User is not authorized');
  bob.letsPass(job.run, 'prod', 'go');
  expect(job.run).toMatchObject({
    approvals: [{ state: 'approved', by: { login: 'bob' }, comment: 'go' }],
    pending: [],
  });

  const other = hub.runFor(repo.schedule('0 * * * *', ada));
  hub.waitsFor(other, 'prod');
  bob.stops(other.run, 'prod');
  expect(other.run.attempts).toMatchObject([{ status: 'completed', conclusion: 'failure' }]);
});

test('the rules of a ruleset are told to everybody, those of an older protection to nobody', async () => {
  await using here = await setUp();
  const { repo, rest } = here;
  const rules = async () => {
    const { data } = await rest.repos.getBranchRules({ ...at, branch: 'main' });
    return data.map(({ type }) => type);
  };
  repo.protect('main', { reviews: 1, signatures: true, checks: ['plan'], queue: true });
  expect(await rules()).toEqual([]);
  expect((await rest.repos.getBranch({ ...at, branch: 'main' })).data.protected).toBe(true);
  repo.protect('main', { by: 'ruleset', reviews: 1, signatures: true, checks: ['plan'], queue: true });
  expect(await rules()).toEqual([
    'deletion',
    'non_fast_forward',
    'required_signatures',
    'pull_request',
    'required_status_checks',
    'merge_queue',
  ]);
});
