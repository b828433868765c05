import { expect, test } from 'vitest';
import { deployment as manifest } from '../../action/workspace.ts';
import { configOf } from './configs.ts';
import { check, deployment, livingComment } from './seen.ts';
import { openScene } from './stage.ts';

const steps = ['{ name: one, replicas: 20%, leaveWhen: [{ soak: 10m }] }', '{ name: all, replicas: 100% }'];
const back = '    rollback: { on: [stuck], stuckAfter: 15m }\n';

test.concurrent('a step that fails is taken back by the schedule with its revert; held until a person lifts it', async () => {
  await using here = await openScene({ config: configOf(steps, back) });
  const { ada, bob, repo, clock } = here;
  // The run of this merge is lost, so the schedule releases it.
  const pull = here.proposes(bob, 'app:broken');
  const bad = bob.merges(pull);
  expect((await here.scheduled()).outputs).toMatchObject({ commit: bad, changed: 'true' });
  clock.pass('20m');
  expect(here.serving).toEqual({ 'app:v1': 4 });

  const taken = await here.scheduled();
  const why = expect.stringContaining('rolled back by the policy: ');
  expect(taken).toMatchObject({ code: 1, outputs: { state: 'rolledBack', reason: 'ROLLED_BACK', message: why } });
  expect(here.serving).toEqual({ 'app:v1': 5 });
  expect(repo.read('deploy/shop.yaml')).toBe(manifest('app:v1'));
  expect(repo.messages()[0]).toContain('Stepgate-By: the policy');
  const release = /<!-- stepgate:section release shop (\S+) rests /u.exec(livingComment(pull) ?? '')?.[1] ?? '';
  expect(livingComment(pull)).toContain('rolled back by the policy: ');
  expect(livingComment(pull)).toContain(`**The release has ended**: \`${release}\` is rolled back`);
  expect(livingComment(pull)).not.toContain('ada');
  expect(check(repo, bad)).toBe('completed failure: rolled back');
  expect(deployment(repo, bad).at(-1)).toBe('failure: rolled back');

  // A revert of the revert: the version is held, and its run does not start it.
  clock.pass('10m');
  ada.pushes(repo, { files: { 'deploy/shop.yaml': manifest('app:broken') }, message: 'Once more' });
  expect(await here.play('release.yml', repo.event('push'))).toMatchObject({ code: 1, outputs: { reason: 'HELD' } });
  expect(here.serving).toEqual({ 'app:v1': 5 });

  bob.dispatches(repo, 'rollback.yml', {
    inputs: { command: 'resume', delivery: 'shop', release, to: '', reason: '' },
  });
  expect(await here.play('rollback.yml', repo.event('workflow_dispatch'))).toMatchObject({ code: 0 });
  clock.pass('10m');
  expect((await here.scheduled()).outputs).toMatchObject({ changed: 'true', commit: repo.tip() });
}, 240_000);
