import { expect, test } from 'vitest';
import { configOf } from './configs.ts';
import { check, deployment, livingComment, promotions } from './seen.ts';
import { openScene } from './stage.ts';

const steps = [
  '{ name: one, replicas: 20%, leaveWhen: [{ approval: sre }] }',
  '{ name: most, replicas: 60%, leaveWhen: [{ approval: sre }] }',
  '{ name: all, replicas: 100% }',
];
const approvals = 'approvals: { sre: { by: [review, merge], from: [bob, cid] } }\n';

test.concurrent('promotion pull requests: one is merged, one is closed, which holds, and one is reviewed', async () => {
  await using here = await openScene({ config: configOf(steps, approvals), app: true });
  const { ada, bob, cid, mallory, repo, hub, clock } = here;
  const pull = here.proposes(ada, 'app:v2');
  const commit = ada.merges(pull);
  const release = (await here.play('release.yml', repo.event('push'))).outputs['release-id'] ?? '';

  const [one] = promotions(repo);
  if (one === undefined) throw new Error('no promotion pull request was opened');
  expect(one).toMatchObject({ state: 'open', title: `Promote shop: let ${release} leave step 1 (one)` });
  expect(one.body).toContain(
    `**Merging this, or an approving review of this approves that \`${release}\` leaves step 1 of shop.** When every gate is open, step 2 (most) brings the new version to 60% of the pods.`,
  );
  expect(livingComment(pull)).toContain(
    `**To approve one** (missing: bob, cid): review or merge [pull request 2](${hub.url}/acme/shop/pull/2)`,
  );
  // A reader's review is none.
  mallory.approves(one);
  clock.pass('10m');
  bob.merges(one);
  expect((await here.play('promotions.yml', repo.event('push'))).outputs).toMatchObject({
    state: 'rolling',
    step: '2',
  });
  clock.pass('10m');
  expect(here.serving).toEqual({ 'app:v1': 2, 'app:v2': 3 });

  await here.scheduled();
  const second = promotions(repo).at(-1) ?? one;
  expect(second).toMatchObject({ number: 3, state: 'open', title: `Promote shop: let ${release} leave step 2 (most)` });
  clock.pass('10m');
  cid.closes(second);
  expect((await here.scheduled()).outputs).toMatchObject({ state: 'held', reason: 'HELD' });
  expect(livingComment(pull)).toContain('> 🟠 **Held** by cid');
  expect(check(repo, commit)).toMatch(/^completed neutral: held at step 2\/3 most/);
  cid.dispatches(repo, 'rollback.yml', {
    inputs: { command: 'resume', delivery: 'shop', release, to: '', reason: '' },
  });
  expect((await here.play('rollback.yml', repo.event('workflow_dispatch'))).outputs).toMatchObject({
    state: 'waiting',
  });
  clock.pass('10m');
  await here.scheduled();
  const third = promotions(repo).at(-1) ?? second;
  expect(third).toMatchObject({ number: 4, state: 'open' });
  cid.approves(third);
  clock.pass('10m');
  expect((await here.scheduled()).outputs).toMatchObject({ state: 'rolling', step: '3' });
  clock.pass('10m');
  expect((await here.scheduled()).outputs).toMatchObject({ reason: 'DELIVERED' });
  expect(here.serving).toEqual({ 'app:v2': 5 });
  expect(promotions(repo).map(({ state }) => state)).toEqual(['closed', 'closed', 'closed']);
  expect(livingComment(pull)).toContain('**The release has ended**: it is delivered.');
  expect(check(repo, commit)).toBe('completed success: done');
  expect(deployment(repo, commit).at(-1)).toBe('success: done');
}, 240_000);
