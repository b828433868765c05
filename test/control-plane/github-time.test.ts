import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { deployment as manifest } from '../action/workspace.ts';
import { answers, check, deployment, livingComment, promotions } from '../github/scenarios/seen.ts';
import { openAcme } from './acme.ts';

/** What time, and a GitHub that does not answer, do to a release on the real engine. Durations are short: its clock is the real one. */

const all = '{ name: all, replicas: 100% }';

test.concurrent('a freeze over a weekend: gates that open meanwhile move nothing, and the first run after its end goes on', async () => {
  await using here = await openAcme({ steps: ['{ name: one, replicas: 20%, leaveWhen: [{ soak: 5s }] }', all] });
  const { ada, bob, repo } = here;
  const pull = here.proposes(ada, 'app:v2');
  const commit = ada.merges(pull);
  expect((await here.play('release.yml', repo.event('push'))).outputs).toMatchObject({ state: 'waiting', step: '1' });

  // The weekend: long enough for a run on a busy machine.
  bob.dispatches(repo, 'freeze.yml', {
    inputs: { command: 'freeze', name: 'weekend', delivery: '', reason: 'stocktaking', end: '50s' },
  });
  expect(await here.play('freeze.yml', repo.event('workflow_dispatch'))).toMatchObject({ code: 0 });
  const [, until = ''] = /^until: (\S+)$/mu.exec(repo.read('.stepgate/freezes/weekend.yaml') ?? '') ?? [];
  await sleep(5_000);
  const frozen = await here.scheduled();
  expect(frozen).toMatchObject({
    code: 0,
    outputs: { state: 'waiting', step: '1', reason: 'FROZEN', changed: 'false' },
  });
  expect(frozen.outputs['message']).toContain('frozen by bob');
  expect(frozen.outputs['message']).not.toContain('soak');
  expect(livingComment(pull)).toContain('stocktaking');
  expect(check(repo, commit)).toMatch(/^completed neutral: waiting/);
  await here.serves({ 'app:v1': 4, 'app:v2': 1 });

  await sleep(Date.parse(until) + 1_000 - Date.now());
  expect((await here.scheduled()).outputs).toMatchObject({ changed: 'true', step: '2' });
  await here.delivers();
  await here.serves({ 'app:v2': 5 });
  expect(livingComment(pull)).not.toContain('stocktaking');
  expect(deployment(repo, commit).at(-1)).toBe('success: done');
});

test.concurrent('an approval and a merge wait for the end of a freeze, a rollback passes it, and a thaw lets the next version go', async () => {
  const rest = 'approvals: { anybody: {} }\n';
  const steps = ['{ name: one, replicas: 20%, leaveWhen: [{ approval: anybody }] }', all];
  await using here = await openAcme({ steps, rest });
  const { ada, bob, cid, repo } = here;
  ada.merges(here.proposes(ada, 'app:v2'));
  const deployed = await here.play('release.yml', repo.event('push'));
  const release = deployed.outputs['release-id'] ?? '';
  const freezes = async (inputs: Readonly<Record<string, string>>) => {
    bob.dispatches(repo, 'freeze.yml', {
      inputs: { name: 'incident', delivery: 'shop', reason: '', end: '', ...inputs },
    });
    return await here.play('freeze.yml', repo.event('workflow_dispatch'));
  };
  expect(await freezes({ command: 'freeze', reason: 'incident 4711' })).toMatchObject({ code: 0 });

  cid.dispatches(repo, 'release.yml', { inputs: { delivery: 'shop', release, step: 'one' } });
  const promoted = await here.play('release.yml', repo.event('workflow_dispatch'));
  expect(promoted).toMatchObject({ code: 0, outputs: { state: 'waiting', step: '1', reason: 'FROZEN' } });
  const frozen = await here.scheduled();
  expect(frozen).toMatchObject({
    code: 0,
    outputs: { state: 'waiting', step: '1', reason: 'FROZEN', changed: 'false' },
  });
  await here.serves({ 'app:v1': 4, 'app:v2': 1 });

  cid.dispatches(repo, 'rollback.yml', {
    inputs: { command: 'rollback', delivery: 'shop', release: 'live', to: '', reason: 'slow answers' },
  });
  const back = await here.play('rollback.yml', repo.event('workflow_dispatch'));
  expect(back).toMatchObject({ code: 0, outputs: { state: 'rolledBack' } });
  await here.serves({ 'app:v1': 5 });
  expect(repo.read('deploy/shop.yaml')).toBe(manifest('app:v1'));
  expect(repo.read('.stepgate/freezes/incident.yaml')).toContain('incident 4711');

  const commit = ada.merges(here.proposes(ada, 'app:v3'));
  const merged = await here.play('release.yml', repo.event('push'));
  expect(merged).toMatchObject({ code: 0, outputs: { state: 'waiting', reason: 'FROZEN', commit } });
  await here.serves({ 'app:v1': 5 });
  expect(await freezes({ command: 'thaw', delivery: '' })).toMatchObject({ code: 0 });
  expect(repo.read('.stepgate/freezes/incident.yaml')).toBeNull();
  expect((await here.scheduled()).outputs).toMatchObject({ changed: 'true', commit });
  await here.serves({ 'app:v1': 4, 'app:v3': 1 });
});

test.concurrent('a schedule that comes late goes on with what is due, says how late it is, and shortens no gate', async () => {
  const steps = [
    '{ name: one, replicas: 20%, leaveWhen: [{ soak: 5s }] }',
    '{ name: most, replicas: 60%, leaveWhen: [{ soak: 60s }] }',
    all,
  ];
  await using here = await openAcme({ steps });
  const { ada, repo } = here;
  ada.merges(here.proposes(ada, 'app:v2'));
  expect((await here.play('release.yml', repo.event('push'))).outputs).toMatchObject({ state: 'waiting', step: '1' });
  // The engine finished the step before the deploy ended: after the soak of 5 s, the step is due for a minute.
  await sleep(5_000 + 61_000);
  const late = await here.scheduled();
  expect(late.outputs).toMatchObject({ changed: 'true', step: '2' });
  expect(late.log.join('\n')).toMatch(/shop: step 1 was due at \S+, and this run came 1m later/);
  await here.pausesAt(2);
  const next = await here.scheduled();
  expect(next).toMatchObject({ code: 0, outputs: { state: 'waiting', step: '2', changed: 'false' } });
  expect(next.outputs['message']).toContain('soak');
  expect(next.log.join('\n')).not.toContain('was due at');
  await here.serves({ 'app:v1': 2, 'app:v2': 3 });
});

test.concurrent('limits in the middle of a run, and then a GitHub that is away: nothing is lost, and nothing is done twice', async () => {
  const rest = 'approvals: { sre: { by: [comment], from: [bob] } }\n';
  const steps = ['{ name: one, replicas: 20%, leaveWhen: [{ approval: sre }] }', all];
  await using here = await openAcme({ steps, rest });
  const { ada, bob, repo, hub } = here;
  const pull = here.proposes(ada, 'app:v2');
  const commit = ada.merges(pull);
  // The secondary limit is waited for. The primary one lasts for an hour, so the rest of the report is left to another run.
  hub.faults.next({ is: 'secondaryLimit', status: 403, retryAfter: 3 }, { operation: 'issues/create-comment' });
  hub.faults.next({ is: 'primaryLimit' }, { operation: 'checks/create' });
  const deployed = await here.play('release.yml', repo.event('push'));
  const release = deployed.outputs['release-id'] ?? '';
  expect(deployed).toMatchObject({ code: 0, outputs: { state: 'waiting', step: '1' } });
  expect(deployed.log.join('\n')).toContain('waits 3 s, as GitHub asks');
  expect(deployed.log.join('\n')).toContain('GitHub limits requests until');
  expect(livingComment(pull)).toContain('waiting at step 1/2 one');
  expect([check(repo, commit), deployment(repo, commit)]).toEqual([null, []]);

  const comments = () => here.play('comments.yml', repo.schedule('*/30 * * * *', ada));
  bob.comments(pull, `/stepgate promote shop ${release} one`);
  const limited = await here.play('comments.yml', repo.event('issue_comment', 'created'));
  expect(limited).toMatchObject({ code: 1, outputs: { reason: 'FORGE_UNREACHABLE' } });
  expect(limited.outputs['message']).toContain('GitHub limits requests until');
  await here.serves({ 'app:v1': 4, 'app:v2': 1 });
  expect(answers(pull)).toEqual([]);

  // The next hour. GitHub goes away after the comments were read, and stays so for a run of each schedule.
  hub.limitsEnd();
  hub.faults.awayFrom('issues/create-comment');
  const cut = await comments();
  expect(cut).toMatchObject({ code: 1, outputs: { reason: 'FORGE_UNREACHABLE', step: '2', changed: 'true' } });
  const away = await here.scheduled();
  // On a slow machine every pod is new by then, and the run notes in the cluster that the release is delivered.
  expect(away).toMatchObject({ code: 1, outputs: { reason: 'GIT_FAILED' } });
  await here.serves({ 'app:v2': 5 });
  expect(answers(pull)).toEqual([]);
  await hub.comesBack();
  expect(await comments()).toMatchObject({ code: 0 });
  expect(answers(pull)).toEqual([expect.stringContaining('shop is past step 1')]);
  await here.delivers();
  expect(answers(pull)).toHaveLength(1);
  expect(livingComment(pull)).toContain('### 🟢 shop done');
  expect(check(repo, commit)).toBe('completed success: done');
  expect(deployment(repo, commit).at(-1)).toBe('success: done');
});

test.concurrent('a promotion pull request that is merged while GitHub limits requests counts later, for its own step', async () => {
  const steps = [
    '{ name: one, replicas: 20%, leaveWhen: [{ approval: merge }] }',
    '{ name: most, replicas: 60%, leaveWhen: [{ approval: merge }] }',
    all,
  ];
  await using here = await openAcme({ steps, rest: 'approvals: { merge: { by: [merge], from: [bob] } }\n', app: true });
  const { ada, bob, repo, hub } = here;
  ada.merges(here.proposes(ada, 'app:v2'));
  expect((await here.play('release.yml', repo.event('push'))).outputs).toMatchObject({ state: 'waiting', step: '1' });
  const [one] = promotions(repo);
  if (one === undefined) throw new Error('no promotion pull request was opened');

  hub.faults.next({ is: 'primaryLimit' });
  bob.merges(one);
  for (const limited of [await here.play('promotions.yml', repo.event('push')), await here.scheduled()]) {
    expect(limited).toMatchObject({ code: 0, outputs: { state: 'waiting', step: '1', changed: 'false' } });
    expect(limited.outputs['message']).toContain('GitHub limits requests until');
  }
  await here.serves({ 'app:v1': 4, 'app:v2': 1 });
  expect(promotions(repo)).toHaveLength(1);

  hub.limitsEnd();
  expect((await here.scheduled()).outputs).toMatchObject({ changed: 'true', step: '2' });
  await here.pausesAt(2);
  // The merge approved the first step alone: the second has a pull request of its own.
  for (let run = 0; run < 2; run += 1) {
    expect((await here.scheduled()).outputs).toMatchObject({ state: 'waiting', step: '2' });
  }
  expect(promotions(repo).map(({ state, title }) => [state, title])).toEqual([
    ['closed', expect.stringContaining('step 1 (one)')],
    ['open', expect.stringContaining('step 2 (most)')],
  ]);
  await here.serves({ 'app:v1': 2, 'app:v2': 3 });
});
