import { expect, test } from 'vitest';
import { configOf } from './configs.ts';
import { check, deployment, livingComment } from './seen.ts';
import { openScene } from './stage.ts';

const steps = ['{ name: one, replicas: 20%, leaveWhen: [{ soak: 10m }] }', '{ name: all, replicas: 100% }'];

test.concurrent('a freeze over the weekend stops a release, and a schedule that comes late goes on with it', async () => {
  // A Friday.
  await using here = await openScene({ config: configOf(steps), start: '2026-06-05T15:00:00Z' });
  const { ada, bob, repo, clock } = here;
  const pull = here.proposes(ada, 'app:v2');
  const commit = ada.merges(pull);
  expect((await here.play('release.yml', repo.event('push'))).outputs).toMatchObject({ state: 'waiting', step: '1' });
  expect(livingComment(pull)).toContain('soak');
  const inputs = { command: 'freeze', name: 'weekend', delivery: '', reason: 'stocktaking', end: '2026-06-08T06:00Z' };
  bob.dispatches(repo, 'freeze.yml', { inputs });
  expect(await here.play('freeze.yml', repo.event('workflow_dispatch'))).toMatchObject({ code: 0 });
  expect(repo.read('.stepgate/freezes/weekend.yaml')).toContain('stocktaking');

  // Saturday: the soak is long over.
  clock.pass('20h');
  const frozen = await here.scheduled();
  expect(frozen).toMatchObject({ code: 0, outputs: { state: 'waiting', step: '1', changed: 'false' } });
  expect(livingComment(pull)).toContain('stocktaking');
  expect(livingComment(pull)).toContain('2026-06-08 06:00 UTC');
  expect(check(repo, commit)).toMatch(/^completed neutral: waiting/);
  expect(here.serving).toEqual({ 'app:v1': 4, 'app:v2': 1 });

  // Monday, hours after the end: GitHub had no machine for the schedule.
  clock.pass('47h');
  const late = await here.scheduled();
  expect(late.outputs).toMatchObject({ changed: 'true', step: '2' });
  // The run before this one was on Saturday.
  expect(late.summary).toContain('the schedule came before at Sat 2026-06-06 11:');
  // Late since the end of the freeze, not since the end of the soak.
  expect(late.log.join('\n')).toMatch(/step 1 was due at 2026-06-08T06:00:00\S+, and this run came 4h\d*m? later/);
  clock.pass('3h');
  expect((await here.scheduled()).outputs).toMatchObject({ reason: 'DELIVERED' });
  expect(here.serving).toEqual({ 'app:v2': 5 });
  expect(livingComment(pull)).toContain('**The release has ended**: it is delivered.');
  expect(livingComment(pull)).not.toContain('stocktaking');
  expect(deployment(repo, commit).at(-1)).toBe('success: done');
}, 240_000);
