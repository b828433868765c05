import { expect, test } from 'vitest';
import { deployment as manifest } from '../../action/workspace.ts';
import type { MergeMethod } from '../state/merging.ts';
import { configOf } from './configs.ts';
import { check, deployment, livingComment, promotions } from './seen.ts';
import { openScene, type Scene } from './stage.ts';

const steps = [
  '{ name: one, replicas: 20%, leaveWhen: [{ approval: sre }] }',
  '{ name: most, replicas: 60%, leaveWhen: [{ approval: sre }] }',
  '{ name: all, replicas: 100% }',
];

/** A shop whose branch takes changes only through its merge queue. */
async function openQueue(approvals: string, queueMerges: MergeMethod): Promise<Scene> {
  const config = configOf(steps, `approvals: { sre: { by: [merge], ${approvals} } }\n`);
  const here = await openScene({ config, app: true });
  here.repo.protect('main', { queue: true });
  here.repo.settings.queueMerges = queueMerges;
  return here;
}

/** The newest push to the branch. The queue also pushes and deletes the branches of its groups. */
function pushOf({ repo }: Scene) {
  const found = repo.events.findLast(({ name, ref }) => name === 'push' && ref === 'refs/heads/main');
  if (found === undefined) throw new Error('nothing was pushed to main');
  return found;
}

/** The newest promotion pull request. */
function newest({ repo }: Scene) {
  const found = promotions(repo).at(-1);
  if (found === undefined) throw new Error('no promotion pull request was opened');
  return found;
}

const atOne = { 'app:v1': 4, 'app:v2': 1 };

test.concurrent('a promotion through the merge queue counts for whoever queued it, and one that left the queue counts for nobody', async () => {
  await using here = await openQueue('from: [bob, cid]', 'squash');
  const { ada, bob, cid, repo, clock } = here;
  const pull = here.proposes(ada, 'app:v2');
  ada.enqueues(pull);
  repo.lands(pull);
  const deployed = await here.play('release.yml', pushOf(here));
  expect(deployed).toMatchObject({ code: 0, outputs: { state: 'waiting', step: '1', commit: repo.tip() } });
  const release = deployed.outputs['release-id'] ?? '';
  const first = newest(here);

  // In the queue it is not merged, and out of the queue it never will be.
  bob.enqueues(first);
  clock.pass('10m');
  expect((await here.scheduled()).outputs).toMatchObject({ state: 'waiting', step: '1' });
  bob.dequeues(first);
  clock.pass('10m');
  expect((await here.scheduled()).outputs).toMatchObject({ state: 'waiting', step: '1' });
  cid.enqueues(first);
  repo.queueChecks(first, 'failure');
  clock.pass('10m');
  expect((await here.scheduled()).outputs).toMatchObject({ state: 'waiting', step: '1' });
  expect(promotions(repo)).toMatchObject([{ number: first.number, state: 'open', pull: { merged: null } }]);
  expect(here.serving).toEqual(atOne);

  // The queue's bot merges it for ada, who is not named: another one is opened.
  bob.enqueues(first);
  bob.dequeues(first);
  ada.enqueues(first);
  repo.lands(first);
  expect(first.pull.merged?.by.login).toBe('github-merge-queue[bot]');
  clock.pass('1m');
  const forAda = await here.play('promotions.yml', pushOf(here));
  expect(forAda.outputs).toMatchObject({ state: 'waiting', step: '1' });
  expect(forAda.log.join('\n')).toContain('its merge approves nothing');
  expect(here.serving).toEqual(atOne);
  const second = newest(here);
  expect(second).toMatchObject({ state: 'open', title: `Promote shop: let ${release} leave step 1 (one)` });
  expect(second.number).toBeGreaterThan(first.number);

  bob.enqueues(second);
  repo.lands(second);
  clock.pass('1m');
  // The branch has the file already, so the push changes no file, and only the schedule sees the merge.
  await expect(here.play('promotions.yml', pushOf(here))).rejects.toThrow('does not run on');
  const forBob = await here.scheduled();
  expect(forBob.outputs).toMatchObject({ state: 'rolling', step: '2' });
  expect(forBob.log.join('\n')).not.toContain('github-merge-queue');
  clock.pass('10m');
  expect(here.serving).toEqual({ 'app:v1': 2, 'app:v2': 3 });
  // The merge of a promotion is no release.
  expect((await here.play('release.yml', pushOf(here))).outputs).toMatchObject({ 'release-id': release, step: '2' });
}, 240_000);

test.concurrent('three pull requests that land in one group are one release, of those who wrote and queued what is in it', async () => {
  await using here = await openQueue('from: [ada, bob, cid], notAuthor: true, notMerger: true', 'merge');
  const { ada, bob, cid, repo, clock, hub } = here;
  const dan = hub.person('dan');
  hub.setRole(repo, dan, 'write');
  const image = here.proposes(ada, 'app:v2');
  const settings = repo.openPullRequest({
    by: dan,
    title: 'A config map',
    files: { 'deploy/settings.yaml': configMap },
  });
  const words = repo.openPullRequest({ by: cid, title: 'Words', files: { 'README.md': 'words\n' } });
  ada.enqueues(image);
  bob.enqueues(settings);
  cid.enqueues(words);
  repo.lands(image, settings, words);
  clock.pass('1m');
  const deployed = await here.play('release.yml', pushOf(here));
  const commit = repo.tip() ?? '';
  expect(deployed).toMatchObject({ code: 0, outputs: { state: 'waiting', step: '1', commit, changed: 'true' } });
  // Of the pull requests that changed the delivery, the newest has the comment.
  expect(livingComment(settings)).toContain('waiting at step 1/3 one');
  expect([livingComment(image), livingComment(words)]).toEqual([null, null]);
  expect(check(repo, commit)).toMatch(/^completed neutral/);
  expect(deployment(repo, commit)).toHaveLength(1);

  // bob has queued a part of it. The queue's bot, which merged all of it, is nobody.
  bob.enqueues(newest(here));
  repo.lands(newest(here));
  clock.pass('1m');
  const forBob = await here.play('promotions.yml', pushOf(here));
  expect(forBob.outputs).toMatchObject({ state: 'waiting', step: '1' });
  expect(forBob.summary).toContain('bob merged it, so does not count');
  expect(forBob.log.join('\n')).toContain('is not enough, and a new one is opened');
  expect(here.serving).toEqual(atOne);

  // cid has neither written nor queued a part of it: the words are none.
  const promotion = newest(here);
  expect(promotion.state).toBe('open');
  cid.enqueues(promotion);
  repo.lands(promotion);
  clock.pass('1m');
  expect((await here.scheduled()).outputs).toMatchObject({ state: 'rolling', step: '2' });
  clock.pass('10m');
  expect(here.serving).toEqual({ 'app:v1': 2, 'app:v2': 3 });
}, 240_000);

test.concurrent('of a group with a promotion and the next version, the next version is released, and it waits for its own promotion', async () => {
  await using here = await openQueue('from: [bob]', 'merge');
  const { ada, bob, cid, repo, clock } = here;
  const old = here.proposes(ada, 'app:v2');
  ada.enqueues(old);
  repo.lands(old);
  const before = (await here.play('release.yml', pushOf(here))).outputs['release-id'] ?? '';
  const promotion = newest(here);
  const next = here.proposes(ada, 'app:v3');
  const words = repo.openPullRequest({ by: cid, title: 'Words', files: { 'README.md': 'words\n' } });
  cid.enqueues(words);
  bob.enqueues(promotion);
  ada.enqueues(next);
  repo.lands(words, promotion, next);
  clock.pass('1m');
  // Both workflows start from the one push, and queue.
  const deployed = await here.play('release.yml', pushOf(here));
  const release = deployed.outputs['release-id'] ?? '';
  expect(release).not.toBe(before);
  expect(deployed.outputs).toMatchObject({ commit: repo.tip(), state: 'waiting', step: '1' });
  expect(repo.read('deploy/shop.yaml')).toBe(manifest('app:v3'));
  expect((await here.play('promotions.yml', pushOf(here))).outputs).toMatchObject({ state: 'waiting', step: '1' });
  clock.pass('10m');
  expect((await here.scheduled()).outputs).toMatchObject({ 'release-id': release, state: 'waiting', step: '1' });
  expect(here.serving).toEqual({ 'app:v1': 4, 'app:v3': 1 });
  expect(livingComment(old)).toContain('superseded');
  expect(livingComment(next)).toContain('waiting at step 1/3 one');

  const own = newest(here);
  expect(own).toMatchObject({ state: 'open', title: `Promote shop: let ${release} leave step 1 (one)` });
  // In a group with others, but taken out of the queue before they land.
  const more = repo.openPullRequest({ by: cid, title: 'More words', files: { 'README.md': 'more words\n' } });
  const last = repo.openPullRequest({ by: ada, title: 'Last words', files: { 'LAST.md': 'last words\n' } });
  cid.enqueues(more);
  bob.enqueues(own);
  ada.enqueues(last);
  bob.dequeues(own);
  repo.lands(more, last);
  clock.pass('1m');
  await expect(here.play('promotions.yml', pushOf(here))).rejects.toThrow('does not run on');
  expect((await here.play('release.yml', pushOf(here))).outputs).toMatchObject({
    'release-id': release,
    state: 'waiting',
    step: '1',
  });
  expect(here.serving).toEqual({ 'app:v1': 4, 'app:v3': 1 });

  bob.enqueues(own);
  repo.lands(own);
  clock.pass('1m');
  expect((await here.play('promotions.yml', pushOf(here))).outputs).toMatchObject({ state: 'rolling', step: '2' });
  clock.pass('10m');
  expect(here.serving).toEqual({ 'app:v1': 2, 'app:v3': 3 });
}, 240_000);

const configMap = `apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: shop }
data: { colour: blue }
`;
