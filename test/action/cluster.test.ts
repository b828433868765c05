import { expect, test } from 'vitest';
import { at, stringAt } from '../../src/release/json.ts';
import { type EmbeddedShop, embeddedShop } from './embedded.ts';

/** The built Action against a cluster, as workflow runs one after the other; the engine is the embedded one's. */

const recordOf = ({ rollout }: EmbeddedShop) =>
  JSON.parse(stringAt(rollout, 'metadata', 'annotations', 'stepgate.dev/record') ?? 'null');
const stepOf = ({ rollout }: EmbeddedShop) => [
  at(rollout, 'status', 'canaryStatus', 'currentStepIndex'),
  at(rollout, 'status', 'canaryStatus', 'currentStepState'),
];

test.concurrent('a release goes from the first deploy through every step to its end, one run at a time', async () => {
  await using here = await embeddedShop();
  expect(await here.run({ command: 'deploy' })).toMatchObject({
    code: 0,
    outputs: { state: 'done', reason: 'FIRST_DEPLOY', changed: 'true', 'exit-code': '0' },
    leftBehind: '',
  });
  expect(here.serving).toEqual({ 'app:v1': 5 });
  const first = await here.repo.head();

  const commit = await here.release('app:v2');
  const waiting = await here.run({ command: 'deploy' });
  expect(waiting).toMatchObject({
    code: 0,
    outputs: {
      state: 'waiting',
      reason: 'GATE_SHUT',
      step: '1',
      'step-name': 'one',
      steps: '3',
      commit,
      changed: 'true',
    },
    annotations: [{ level: 'notice', title: 'shop waits', message: expect.stringContaining('stepgate promote') }],
  });
  expect(waiting.summary).toMatch(/^## 🟡 shop waiting at step 1\/3 one\n/);
  expect(here.serving).toEqual({ 'app:v1': 4, 'app:v2': 1 });
  // A job that is to promote gets to know what.
  const told = Object.entries(waiting.outputs).filter(([, value]) => value !== '');
  expect(waiting.passedOn).toEqual(Object.fromEntries(told));
  const release = waiting.passedOn['release-id'] ?? '';

  const wrong = await here.run({ command: 'promote', release, step: '2' });
  expect(wrong).toMatchObject({ code: 1, outputs: { reason: 'STEP_CHANGED', 'exit-code': '4', changed: 'false' } });
  expect(wrong.annotations).toMatchObject([{ level: 'error', message: expect.stringMatching(/^STEP_CHANGED: /) }]);
  expect(wrong.summary).toContain('`STEP_CHANGED`');

  // A tick lets nothing through that nobody approved.
  expect((await here.run({ command: 'tick' })).outputs).toMatchObject({
    state: 'waiting',
    step: '1',
    changed: 'false',
  });
  expect(stepOf(here)).toEqual([1, 'StepPaused']);

  const promote = (step: string) => here.run({ command: 'promote', release, step });
  expect(await promote('1')).toMatchObject({ code: 0, outputs: { changed: 'true' } });
  await here.until('step 2', () => String(stepOf(here)) === '2,StepPaused');
  expect(here.serving).toEqual({ 'app:v1': 2, 'app:v2': 3 });
  expect(await promote('2')).toMatchObject({ code: 0, outputs: { changed: 'true' } });
  expect(recordOf(here).approvals).toMatchObject([
    { release, step: 1, by: 'octocat' },
    { release, step: 2, by: 'octocat' },
  ]);

  // The last step asks for nobody; the run that sees the end makes it the stable release.
  await here.until('the end', () => at(here.rollout, 'status', 'phase') === 'Healthy');
  expect(here.serving).toEqual({ 'app:v2': 5 });
  const last = await here.run({ command: 'tick' });
  expect(last).toMatchObject({ code: 0, outputs: { state: 'done', reason: 'DELIVERED', commit, changed: 'true' } });
  expect(last.summary).toMatch(/^## 🟢 shop done\n/);
  expect(await here.run({ command: 'tick' })).toMatchObject({
    code: 0,
    outputs: { state: 'done', changed: 'false' },
    annotations: [],
  });
  expect(recordOf(here).history.map((one: { commit: string }) => one.commit)).toEqual([commit, first]);
  expect(here.server.strangers).toBe(0);
  // What lets it in is masked, and said nowhere.
  expect(last.masks).toContain(here.server.token);
  expect(JSON.stringify([last.log, last.annotations, last.summary, last.outputs])).not.toContain(here.server.token);
}, 120_000);

test.concurrent('a bad release is taken back in the cluster and in Git, and stays out', async () => {
  await using here = await embeddedShop();
  await here.run({ command: 'deploy' });
  const good = await here.repo.head();
  const bad = await here.release('app:broken');
  const stuck = await here.run({ command: 'deploy', timeout: '8s' });
  expect(stuck).toMatchObject({ code: 1, outputs: { commit: bad, changed: 'true' } });
  await here.until('the first step', () => String(stepOf(here)) === '1,StepUpgrade');
  await here.until('a pod to make way', () => here.serving['app:v1'] === 4);

  const dry = await here.run({ command: 'rollback', 'dry-run': 'true' });
  // It says where the release stands, which is a failure, and changes nothing.
  expect(dry).toMatchObject({ code: 1, outputs: { reason: 'POD_NOT_STARTING', changed: 'false' } });
  expect(await here.remote.tip('main')).toBe(bad);

  const back = await here.run({ command: 'rollback', reason: 'incident 4711' });
  expect(back).toMatchObject({ code: 0, outputs: { state: 'rolledBack', reason: 'ROLLED_BACK', changed: 'true' } });
  expect(back.summary).toContain('rolled back');
  expect(here.serving).toEqual({ 'app:v1': 5 });
  const reverted = await here.remote.tip('main');
  expect([bad, null]).not.toContain(reverted);
  await here.repo.git('fetch', '--quiet', 'origin', 'main');
  expect(await here.repo.git('rev-parse', 'FETCH_HEAD^')).toBe(bad);
  expect(await here.repo.git('diff', '--name-only', good, 'FETCH_HEAD')).toBe('');
  expect(await here.repo.git('log', '-1', '--format=%B', 'FETCH_HEAD')).toContain('incident 4711');

  // The bad template again, by a commit of its own: held, and nothing is written.
  await here.repo.git('reset', '--quiet', '--hard', 'FETCH_HEAD');
  await here.release('app:broken');
  const before = here.rollout?.metadata.resourceVersion;
  const again = await here.run({ command: 'deploy' });
  expect(again).toMatchObject({ code: 1, outputs: { reason: 'HELD', changed: 'false', 'exit-code': '4' } });
  expect(here.rollout?.metadata.resourceVersion).toBe(before);
  expect(here.serving).toEqual({ 'app:v1': 5 });
}, 120_000);

test.concurrent('cancelled while it follows, it says so and leaves the release where it is', async () => {
  await using here = await embeddedShop();
  await here.run({ command: 'deploy' });
  await here.release('app:broken');
  const step = await here.run(
    { command: 'deploy' },
    { cancel: here.until('the first step', () => String(stepOf(here)) === '1,StepUpgrade') },
  );
  expect(step).toMatchObject({
    code: 1,
    signal: null,
    outputs: { reason: 'CANCELLED', 'exit-code': '130', changed: 'true' },
  });
  expect(step.endedAfter).toBeLessThan(5_000);
  expect(step.annotations.map(({ by, message }) => [by, message])).toEqual([
    ['action', expect.stringContaining('CANCELLED: cancelled; the rollout stays as it is')],
    ['runner', 'The operation was canceled.'],
  ]);
  expect(step.summary).toContain('CANCELLED');
  expect(stepOf(here)).toEqual([1, 'StepUpgrade']);
  const status = await here.run({ command: 'status' });
  // Twenty seconds of the cluster are one of ours: by then a pod without an image may count as stuck.
  expect(['rolling', 'stuck']).toContain(status.outputs['state']);
  expect(status.outputs).toMatchObject({ step: '1', changed: 'false' });
}, 120_000);

test.concurrent('an approval that the engine overwrites is sent again; a pull request sends none', async () => {
  await using here = await embeddedShop();
  await here.run({ command: 'deploy' });
  await here.release('app:v2');
  const release = (await here.run({ command: 'deploy' })).outputs['release-id'] ?? '';

  const refused = await here.run({ command: 'promote', release, step: '1' }, { event: 'pull_request' });
  expect(refused).toMatchObject({ code: 1, outputs: { reason: 'EVENT_REFUSED', changed: 'false' } });
  expect(recordOf(here).approvals).toEqual([]);

  const lost = here.server.faults.next({ fault: { is: 'overwritten' } });
  const promoted = await here.run({ command: 'promote', release, step: '1' });
  expect(lost.met).toBe(1);
  expect(promoted).toMatchObject({ code: 0, outputs: { changed: 'true' } });
  await here.until('step 2', () => String(stepOf(here)) === '2,StepPaused');
}, 120_000);
