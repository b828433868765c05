import { expect, test } from 'vitest';
import { runAction } from '../action/runner.ts';
import { deployment } from '../action/workspace.ts';
import type { GitHubEvent } from '../github/events/event.ts';
import { startGitHub } from '../github/github.ts';
import { checkoutWith } from '../github/hub/checkout.ts';
import { answers, check, livingComment, promotions } from '../github/scenarios/seen.ts';
import { cluster, namespace, pods, type Rollout, read, tally, waitFor } from './fixture.ts';

/** What test/github/scenarios plays in virtual time, on the real engine: the built Action, git over HTTP, GitHub's API. */

const permissions = {
  actions: 'read',
  checks: 'write',
  contents: 'write',
  deployments: 'write',
  'pull-requests': 'write',
} as const;

test('a merge, two comments of a team, a promotion by merge, a bad release that is taken back with its revert', async () => {
  const space = await namespace('github');
  await using hub = await startGitHub();
  const [ada, bob, cid, mallory] = ['ada', 'bob', 'cid', 'mallory'].map((name) => hub.person(name));
  if (ada === undefined || bob === undefined || cid === undefined || mallory === undefined) throw new Error('nobody');
  hub.organization('acme', { sre: [bob, cid] });
  const app = hub.app('stepgate', { ...permissions, members: 'read' });
  const repo = hub.repository('acme/shop', {
    private: true,
    collaborators: { ada: 'write', bob: 'write', cid: 'write', mallory: 'read' },
    files: { 'stepgate.yaml': config(space), 'deploy/shop.yaml': deployment('app:v1') },
  });
  const play = async (event: GitHubEvent, given: Record<string, string>) => {
    const job = hub.runFor(event, { permissions });
    await using here = await checkoutWith(repo, job.token, { depth: null });
    return await runAction({
      workspace: here.folder,
      with: { kubeconfig: cluster.kubeconfig, 'github-token': app.token(), ...given },
      env: { HOME: here.folder },
      github: job.context,
      payload: job.payload,
    });
  };
  const proposes = (image: string) =>
    repo.openPullRequest({ by: ada, title: `Release ${image}`, files: { 'deploy/shop.yaml': deployment(image) } });
  const tick = () => play(repo.schedule('*/10 * * * *', ada), { command: 'tick' });
  const ready = async (image: string) => tally(await pods(space), image).ready;

  ada.pushes(repo, { files: { 'README.md': 'the first deploy\n' } });
  expect((await play(repo.event('push'), { command: 'deploy' })).outputs).toMatchObject({ reason: 'FIRST_DEPLOY' });
  await waitFor(async () => (await ready('app:v1')) === 5, { what: 'the first version' });

  const pull = proposes('app:v2');
  const commit = ada.merges(pull);
  const deployed = await play(repo.event('push'), { command: 'deploy' });
  const release = deployed.outputs['release-id'] ?? '';
  expect(deployed).toMatchObject({ code: 0, outputs: { state: 'waiting', step: '1', commit } });
  expect(check(repo, commit)).toMatch(/^completed neutral: waiting at step 1\/3 one for an approval/);
  expect(await ready('app:v2')).toBe(1);

  for (const who of [mallory, bob, cid]) {
    who.comments(pull, `/stepgate promote shop ${release} one`);
    await play(repo.event('issue_comment', 'created'), { command: 'answer' });
  }
  expect(answers(pull)).toEqual([
    expect.stringContaining('mallory may not write'),
    expect.stringContaining('waits for 1 more: approved by bob (comment)'),
    expect.stringContaining('shop'),
  ]);
  await waitFor(async () => (await stateOf(space)) === '2 StepPaused', { what: 'the second step' });

  // The second step waits for the merge of its promotion pull request.
  expect((await tick()).outputs).toMatchObject({ state: 'waiting', step: '2' });
  const [promotion] = promotions(repo);
  if (promotion === undefined) throw new Error('no promotion pull request was opened');
  expect(livingComment(pull)).toContain(`/pull/${promotion.number}`);
  cid.merges(promotion);
  await tick();
  await waitFor(async () => (await ready('app:v2')) === 5, { what: 'the whole release' });
  await waitFor(async () => (await tick()).outputs['state'] === 'done', {
    what: 'the end of the release',
    every: 2_000,
  });
  expect(check(repo, commit)).toBe('completed success: done');

  // A version that never gets ready is taken back by the policy, and its revert is pushed.
  const bad = proposes('app:broken-v3');
  ada.merges(bad);
  await play(repo.event('push'), { command: 'deploy', timeout: '20s' });
  await waitFor(async () => ['rolledBack', 'reverting'].includes((await tick()).outputs['state'] ?? ''), {
    what: 'the rollback',
    every: 2_000,
  });
  await waitFor(async () => (await ready('app:v2')) === 5, { what: 'stable again' });
  await tick();
  expect(repo.read('deploy/shop.yaml')).toBe(deployment('app:v2'));
  expect(livingComment(bad)).toContain('rolled back');
}, 600_000);

async function stateOf(space: string): Promise<string> {
  const { status } = await read<Rollout>(space, 'rollouts', 'shop');
  return `${status?.canaryStatus?.currentStepIndex} ${status?.canaryStatus?.currentStepState}`;
}

function config(space: string): string {
  return `version: 1
deliveries:
  - delivery: shop
    namespace: ${space}
    workload: { kind: Deployment, name: shop }
    source: { files: [deploy/*.yaml] }
    strategy: partition
    steps:
      - { name: one, replicas: 20%, leaveWhen: [{ approval: sre }] }
      - { name: most, replicas: 60%, leaveWhen: [{ approval: merge }] }
      - { name: all, replicas: 100% }
    rollback: { on: [stuck, unready], stuckAfter: 90s }
approvals:
  sre: { by: [comment], from: [acme/sre], count: 2 }
  merge: { by: [merge], from: [bob, cid] }
`;
}
