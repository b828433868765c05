import { expect, test } from 'vitest';
import { deployment } from '../action/workspace.ts';
import { answers, check, livingComment, promotions } from '../github/scenarios/seen.ts';
import { openAcme } from './acme.ts';
import { waitFor } from './fixture.ts';

/** What test/github/scenarios plays in virtual time, on the real engine: the built Action, git over HTTP, GitHub's API. */

const steps = [
  '{ name: one, replicas: 20%, leaveWhen: [{ approval: sre }] }',
  '{ name: most, replicas: 60%, leaveWhen: [{ approval: merge }] }',
  '{ name: all, replicas: 100% }',
];
const rest = `    rollback: { on: [stuck, unready], stuckAfter: 90s }
approvals:
  sre: { by: [comment], from: [acme/sre], count: 2 }
  merge: { by: [merge], from: [bob, cid] }
`;

test('a merge, two comments of a team, a promotion by merge, a bad release that is taken back with its revert', async () => {
  await using here = await openAcme({ steps, rest, app: true, stands: false });
  const { ada, bob, cid, mallory, repo } = here;
  ada.pushes(repo, { files: { 'README.md': 'the first deploy\n' } });
  expect((await here.play('release.yml', repo.event('push'))).outputs).toMatchObject({ reason: 'FIRST_DEPLOY' });
  await here.serves({ 'app:v1': 5 });

  const pull = here.proposes(ada, 'app:v2');
  const commit = ada.merges(pull);
  const deployed = await here.play('release.yml', repo.event('push'));
  const release = deployed.outputs['release-id'] ?? '';
  expect(deployed).toMatchObject({ code: 0, outputs: { state: 'waiting', step: '1', commit } });
  expect(check(repo, commit)).toMatch(/^completed neutral: waiting at step 1\/3 one for an approval/);
  await here.serves({ 'app:v1': 4, 'app:v2': 1 });

  for (const who of [mallory, bob, cid]) {
    who.comments(pull, `/stepgate promote shop ${release} one`);
    await here.play('comments.yml', repo.event('issue_comment', 'created'));
  }
  expect(answers(pull)).toEqual([
    expect.stringContaining('mallory may not write'),
    expect.stringContaining('waits for 1 more: approved by bob (comment)'),
    expect.stringContaining('shop'),
  ]);
  await here.pausesAt(2);

  // The second step waits for the merge of its promotion pull request.
  expect((await here.scheduled()).outputs).toMatchObject({ state: 'waiting', step: '2' });
  const [promotion] = promotions(repo);
  if (promotion === undefined) throw new Error('no promotion pull request was opened');
  expect(livingComment(pull)).toContain(`/pull/${promotion.number}`);
  cid.merges(promotion);
  await here.play('promotions.yml', repo.event('push'));
  await here.serves({ 'app:v2': 5 });
  await here.delivers();
  expect(check(repo, commit)).toBe('completed success: done');

  // A version that never gets ready is taken back by the policy, and its revert is pushed.
  const bad = here.proposes(ada, 'app:broken');
  ada.merges(bad);
  await here.play('release.yml', repo.event('push'), { inputs: { timeout: '20s' } });
  await waitFor(async () => ['rolledBack', 'reverting'].includes((await here.scheduled()).outputs['state'] ?? ''), {
    what: 'the rollback',
    every: 2_000,
  });
  await here.serves({ 'app:v2': 5 });
  await here.scheduled();
  expect(repo.read('deploy/shop.yaml')).toBe(deployment('app:v2'));
  expect(livingComment(bad)).toContain('rolled back');
}, 600_000);
