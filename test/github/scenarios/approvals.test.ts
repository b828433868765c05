import { expect, test } from 'vitest';
import { configOf } from './configs.ts';
import { answers, check, deployment, livingComment } from './seen.ts';
import { openScene } from './stage.ts';

const steps = [
  '{ name: one, replicas: 20%, leaveWhen: [{ approval: sre }] }',
  '{ name: most, replicas: 60%, leaveWhen: [{ approval: anybody }] }',
  '{ name: all, replicas: 100% }',
];

test.concurrent('a merge is deployed; two of a team approve it by comments, a person by a run; the schedule sees its end', async () => {
  const approvals = 'approvals: { anybody: {}, sre: { by: [comment], from: [acme/sre], count: 2 } }\n';
  await using here = await openScene({ config: configOf(steps, approvals), app: true, stands: false });
  const { ada, bob, cid, mallory, repo, hub, clock } = here;
  ada.pushes(repo, { files: { 'README.md': 'the first deploy\n' } });
  expect((await here.play('release.yml', repo.event('push'))).outputs).toMatchObject({ reason: 'FIRST_DEPLOY' });

  const pull = here.proposes(ada, 'app:v2');
  expect(await here.play('plan.yml', repo.event('pull_request', 'opened'))).toMatchObject({ code: 0 });
  expect(livingComment(pull)).toContain('Plan of shop');
  expect(livingComment(pull)).toContain('2 approvals sre by acme/sre, by comment');

  const commit = ada.merges(pull);
  const deployed = await here.play('release.yml', repo.event('push'));
  const release = deployed.outputs['release-id'] ?? '';
  const line = `/stepgate promote shop ${release} one`;
  expect(deployed).toMatchObject({ code: 0, outputs: { state: 'waiting', commit } });
  expect(deployed.annotations.map(({ message }) => message)).toEqual([
    `step 1 waits for 2 approvals; next: comment on ${hub.url}/acme/shop/pull/1: ${line}`,
  ]);
  expect(livingComment(pull)).toContain('### 🟡 shop waiting at step 1/3 one');
  expect(livingComment(pull)).toContain(
    `(missing: acme/sre), post this line as a new comment:\n\n\`\`\`text\n${line}\n`,
  );
  expect(livingComment(pull)).not.toContain('Plan of shop');
  expect(check(repo, commit)).toMatch(/^completed neutral: waiting at step 1\/3 one for an approval/);
  expect(deployment(repo, commit)).toEqual(['in_progress: waiting at step 1/3 one for an approval']);
  expect(here.serving).toEqual({ 'app:v1': 4, 'app:v2': 1 });

  const says = async (who: typeof bob, text: string) => {
    clock.pass('5m');
    who.comments(pull, text);
    return await here.play('comments.yml', repo.event('issue_comment', 'created'));
  };
  expect((await says(mallory, line)).log.join('\n')).toContain('refused: mallory may not write to');
  expect((await says(bob, line)).outputs).toMatchObject({ state: 'waiting', step: '1' });
  expect(livingComment(pull)).toContain('waits for 1 more: approved by bob (comment)');
  expect(here.serving).toEqual({ 'app:v1': 4, 'app:v2': 1 });
  expect((await says(cid, line)).outputs).toMatchObject({ state: 'rolling', step: '2' });
  expect(answers(pull)).toEqual([
    expect.stringContaining('mallory may not write'),
    expect.stringContaining('waits for 1 more: approved by bob (comment), missing: acme/sre'),
    expect.stringContaining('shop is past step 1'),
  ]);
  // What people look at says so at once.
  expect(livingComment(pull)).toContain('### 🔵 shop rolling at step 2/3 most');
  expect(livingComment(pull)).not.toContain('To approve');

  // A person approves the next step by starting release.yml, and the run is looked up at GitHub.
  clock.pass('10m');
  expect(here.serving).toEqual({ 'app:v1': 2, 'app:v2': 3 });
  bob.dispatches(repo, 'release.yml', { inputs: { delivery: 'shop', release, step: 'most' } });
  const promoted = await here.play('release.yml', repo.event('workflow_dispatch'));
  expect(promoted.log.join('\n')).not.toContain('was not looked up');
  expect(promoted.outputs).toMatchObject({ changed: 'true', step: '3' });
  clock.pass('10m');
  expect((await here.scheduled()).outputs).toMatchObject({ state: 'done', reason: 'DELIVERED' });
  expect(here.serving).toEqual({ 'app:v2': 5 });
  expect(livingComment(pull)).toContain('### 🟢 shop done');
  expect(livingComment(pull)).toContain('**The release has ended**: it is delivered.');
  expect(check(repo, commit)).toBe('completed success: done');
  expect(deployment(repo, commit).at(-1)).toBe('success: done');
}, 240_000);
