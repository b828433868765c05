import { expect, test } from 'vitest';
import { configOf } from './configs.ts';
import { check, livingComment } from './seen.ts';
import { openScene } from './stage.ts';

const steps = [
  '{ name: one, replicas: 20%, leaveWhen: [{ approval: sre }] }',
  '{ name: most, replicas: 60%, leaveWhen: [{ approval: sre }] }',
  '{ name: all, replicas: 100% }',
];

/** A release by cid waits at its first step for a reviewer of the environment. */
async function openWaiting(approvals: string) {
  const here = await openScene({
    config: configOf(steps, `approvals: { sre: { by: [environment], ${approvals} } }\n`),
  });
  const { ada, bob, cid, mallory, repo, clock } = here;
  repo.environment('promotion', { reviewers: [ada, bob, cid, mallory] });
  const pull = here.proposes(cid, 'app:v2');
  const commit = ada.merges(pull);
  const release = (await here.play('release.yml', repo.event('push'))).outputs['release-id'] ?? '';
  /** A run that ada starts for a step, and what happens while it waits for its environment. */
  const promotes = async (step: string, how: Parameters<typeof here.play>[2]) => {
    clock.pass('10m');
    ada.dispatches(repo, 'environment.yml', { inputs: { delivery: 'shop', release, step } });
    return await here.play('environment.yml', repo.event('workflow_dispatch'), how);
  };
  const atOne = { 'app:v1': 4, 'app:v2': 1 };
  return { ...here, here, pull, commit, release, promotes, atOne };
}

test.concurrent('a reviewer of the environment lets a run go on, which approves the step that its name says; a re-run adds nothing', async () => {
  await using scene = await openWaiting('from: [bob, cid], notAuthor: true');
  const { here, ada, bob, pull, commit, release, promotes, repo, clock } = scene;
  expect(livingComment(pull)).toContain(
    `**To approve one** (missing: bob, cid): start the workflow with the protected environment for shop ${release} one`,
  );

  // Whoever started the run has approved nothing: the job begins when a reviewer lets it.
  await expect(promotes('one', {})).rejects.toThrow('its run is waiting');
  expect(here.serving).toEqual(scene.atOne);
  const moved = await promotes('one', { reviewed: (run, environment) => bob.letsPass(run, environment) });
  expect(moved).toMatchObject({ code: 0, outputs: { state: 'rolling', step: '2' } });
  clock.pass('10m');
  expect(here.serving).toEqual({ 'app:v1': 2, 'app:v2': 3 });

  // The next step takes another run: this one was about the first.
  const repeated = await here.again(ada, { reviewed: (run, environment) => bob.letsPass(run, environment) });
  expect(repeated).toMatchObject({ code: 0, outputs: { state: 'waiting', step: '2' } });
  expect(repeated.log.join('\n')).toContain('this run has already given its approval');
  expect(here.serving).toEqual({ 'app:v1': 2, 'app:v2': 3 });
  const late = await promotes('one', { reviewed: (run, environment) => bob.letsPass(run, environment) });
  expect(late).toMatchObject({ code: 1, outputs: { reason: 'STEP_CHANGED' } });
  expect(here.serving).toEqual({ 'app:v1': 2, 'app:v2': 3 });

  await promotes('most', { reviewed: (run, environment) => bob.letsPass(run, environment) });
  clock.pass('10m');
  expect((await here.scheduled()).outputs).toMatchObject({ reason: 'DELIVERED' });
  expect(here.serving).toEqual({ 'app:v2': 5 });
  expect(check(repo, commit)).toBe('completed success: done');
}, 240_000);

test.concurrent('who may not approve by an environment, and a run that says something else, move nothing and are told why', async () => {
  await using scene = await openWaiting('from: [bob, cid, mallory], notAuthor: true');
  const { here, ada, bob, cid, mallory, release, promotes, atOne } = scene;
  const stays = { code: 0, outputs: { state: 'waiting', step: '1', reason: 'GATE_SHUT' } };

  const reader = await promotes('one', { reviewed: (run, environment) => mallory.letsPass(run, environment) });
  expect(reader).toMatchObject(stays);
  expect(reader.log.join('\n')).toContain(
    'mallory let this run go on, which does not count: mallory may not write in this repository',
  );

  const unnamed = await promotes('one', { reviewed: (run, environment) => ada.letsPass(run, environment) });
  expect(unnamed).toMatchObject(stays);
  expect(unnamed.log.join('\n')).toContain('ada is not named in sre: this approval does not count there');

  const author = await promotes('one', { reviewed: (run, environment) => cid.letsPass(run, environment) });
  expect(author).toMatchObject(stays);
  expect(author.summary).toContain('cid wrote it, so does not count');

  const other = await promotes('one', {
    reviewed: (run, environment) => bob.letsPass(run, environment),
    runName: `promote shop ${release} most`,
  });
  expect(other).toMatchObject(stays);
  expect(other.log.join('\n')).toContain(
    `reviewers of the environment of this run do not count, because its name 'promote shop ${release} most' lacks one of shop, ${release} and one`,
  );

  const ahead = await promotes('most', { reviewed: (run, environment) => bob.letsPass(run, environment) });
  expect(ahead).toMatchObject({ code: 1, outputs: { reason: 'STEP_CHANGED' } });
  expect(ahead.outputs['message']).toContain(`${release} is at step 1, not most`);

  // A run that was rejected never begins, and stays rejected by the same person when it is started again.
  await expect(promotes('one', { reviewed: (run, environment) => bob.stops(run, environment) })).rejects.toThrow(
    'its run is completed',
  );
  const again = await here.again(ada, { reviewed: (run, environment) => bob.letsPass(run, environment) });
  expect(again).toMatchObject(stays);
  expect(again.log.join('\n')).toContain('bob has also rejected it: start a new run');
  expect(here.serving).toEqual(atOne);

  const right = await promotes('one', { reviewed: (run, environment) => bob.letsPass(run, environment) });
  expect(right.outputs).toMatchObject({ state: 'rolling', step: '2' });
}, 240_000);
