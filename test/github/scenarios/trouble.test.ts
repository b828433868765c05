import { expect, test } from 'vitest';
import { configOf } from './configs.ts';
import { answers, check, livingComment, promotions } from './seen.ts';
import { openScene } from './stage.ts';

const steps = ['{ name: one, replicas: 20%, leaveWhen: [{ approval: sre }] }', '{ name: all, replicas: 100% }'];

test.concurrent('an edited comment approves nothing, and what GitHub could not answer is done by a later run', async () => {
  const approvals = 'approvals: { sre: { by: [comment], from: [bob] } }\n';
  await using here = await openScene({ config: configOf(steps, approvals) });
  const { ada, bob, repo, hub, clock } = here;
  const pull = here.proposes(ada, 'app:v2');
  const commit = ada.merges(pull);
  // A limit in the middle of the report, which is waited for.
  hub.faults.next({ is: 'secondaryLimit', status: 403, retryAfter: 5 }, { operation: 'issues/create-comment' });
  const deployed = await here.play('release.yml', repo.event('push'));
  const release = deployed.outputs['release-id'] ?? '';
  expect(deployed.log.join('\n')).toContain('waits 5 s, as GitHub asks');
  expect(livingComment(pull)).toContain('waiting at step 1/2 one');
  expect(check(repo, commit)).toMatch(/^completed neutral/);

  const line = `/stepgate promote shop ${release} one`;
  const edited = bob.comments(pull, 'looks good');
  clock.pass('1m');
  bob.edits(edited, line);
  await expect(here.play('comments.yml', repo.event('issue_comment', 'edited'))).rejects.toThrow('does not run on');

  bob.comments(pull, line);
  const created = repo.event('issue_comment', 'created');
  await hub.goesAway('answers 503');
  const away = await here.play('comments.yml', created);
  expect(away).toMatchObject({ code: 1, outputs: { reason: 'FORGE_UNREACHABLE' } });
  expect(here.serving).toEqual({ 'app:v1': 4, 'app:v2': 1 });
  await hub.comesBack();
  clock.pass('10m');
  const later = await here.play('comments.yml', repo.schedule('*/30 * * * *', ada));
  expect(later).toMatchObject({ code: 0, outputs: { state: 'rolling', step: '2' } });
  expect(answers(pull)).toEqual([
    expect.stringContaining('this comment was edited, so nothing is done'),
    expect.stringContaining('shop is past step 1'),
  ]);
  clock.pass('10m');
  expect(here.serving).toEqual({ 'app:v2': 5 });
}, 240_000);

test.concurrent('a promotion pull request whose branch was pushed to promotes nothing when it is merged', async () => {
  const approvals = 'approvals: { sre: { by: [merge], from: [bob] } }\n';
  await using here = await openScene({ config: configOf(steps, approvals) });
  const { ada, bob, repo, clock } = here;
  ada.merges(here.proposes(ada, 'app:v2'));
  // The repository does not let workflows open pull requests, which is so by default.
  const without = await here.play('release.yml', repo.event('push'));
  expect(without.annotations).toMatchObject([
    { level: 'notice', message: expect.stringContaining('next: let stepgate open its promotion pull request: ') },
  ]);
  expect(without.summary).toContain('Allow GitHub Actions to create and approve pull requests');
  repo.settings.actionsMayOpenPullRequests = true;
  await here.scheduled();
  const [promotion] = promotions(repo);
  if (promotion === undefined) throw new Error('no promotion pull request was opened');
  // Somebody who may write replaces its content, and it looks as before.
  ada.forcePushes(promotion, { 'deploy/other.yaml': '# nothing to see\n' });
  clock.pass('1m');
  bob.merges(promotion);
  // It has no file of a promotion, so promotions.yml does not run.
  const tick = await here.scheduled();
  expect(tick.outputs).toMatchObject({ state: 'waiting', step: '1' });
  expect(tick.log.join('\n')).toContain('its merge approves nothing');
  expect(here.serving).toEqual({ 'app:v1': 4, 'app:v2': 1 });
  // Nothing is lost: there is another one to merge, and another when somebody merges it who may not promote.
  const newest = () => promotions(repo).at(-1) ?? promotion;
  expect(newest()).toMatchObject({ number: 3, state: 'open' });
  ada.merges(newest());
  clock.pass('1m');
  expect((await here.play('promotions.yml', repo.event('push'))).outputs).toMatchObject({
    state: 'waiting',
    step: '1',
  });
  expect(newest()).toMatchObject({ number: 4, state: 'open' });
  bob.merges(newest());
  clock.pass('1m');
  expect((await here.scheduled()).outputs).toMatchObject({ state: 'rolling', step: '2' });
}, 240_000);
