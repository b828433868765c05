import { describe, expect, test } from 'vitest';
import { isUnderWay } from '../../../src/release/observation.ts';
import { followed, line, type Moment, ofWeb, stateOf, words } from './followed.ts';

/** The engine's states in a recording, each once in a row. */
function states(moments: readonly Moment[]): readonly string[] {
  return moments.map(({ seen }) => words(seen.engine)).filter((one, index, all) => one !== all[index - 1]);
}

const since = (moments: readonly Moment[], t: number) => moments.filter((moment) => moment.t > t);
const between = (moments: readonly Moment[], from: number, to: number) =>
  since(moments, from).filter(({ t }) => t < to);

/** How KubeVela goes through the steps when nobody holds it up. */
const begins = ['unseen', 'starting', 'moving 1'];
const ends = ['finishing', 'idle (succeeded)'];

describe('a CloneSet, step by step', () => {
  const moments = followed('c01-cloneset-batches', ofWeb('CloneSet'));

  test('waits at each step until the partition is raised, and passes the last one', () => {
    expect(states(between(moments, 5, 29))).toEqual([
      ...begins,
      'waiting 1',
      'moving 1, leaving',
      'moving 2',
      'waiting 2',
      'moving 2, leaving',
      'moving 3',
      ...ends,
    ]);
  });

  test('with as many new pods at each step as the step says', () => {
    const waits = moments.filter(({ seen }) => seen.engine.at === 'waiting');
    expect(waits.map(line)).toEqual(['waiting 1; 1 new of 5', 'waiting 2; 3 new of 5']);
    expect(waits.map(({ seen }) => [seen.pods.canary.ready, seen.pods.stable.ready])).toEqual([
      [1, 4],
      [3, 2],
    ]);
  });

  test('a first deploy is no release of steps', () => {
    expect(states(between(moments, 0, 5)).at(-1)).toBe('idle (fresh)');
  });

  test('the end of the rollout before is not reported as the one that was just asked for', () => {
    const [first] = since(moments, 5);
    expect(first === undefined ? '' : `${stateOf(first)} ${line(first)}`).toBe(
      'rolloutSucceed/batchReady unseen; 0 new of 5',
    );
  });

  test('the workload is whole at the end, and was claimed by the AppRollout in between', () => {
    const views = between(moments, 5, 29).map(({ seen }) => seen.workload);
    expect(views.at(-1)).toMatchObject({ whole: true, settled: true, gated: false, paused: false, wedged: false });
    expect(moments.filter(({ seen }) => seen.engine.at === 'waiting').map(({ seen }) => seen.workload)).toMatchObject([
      { whole: false, settled: false, gated: true, taken: true, seen: true, replicas: 5 },
      { whole: false, settled: false, gated: true, taken: true, seen: true, replicas: 5 },
    ]);
  });
});

describe('a StatefulSet', () => {
  const moments = followed('c14-statefulset-batches', ofWeb('StatefulSet'));

  test('of which KubeVela calls a step ready too early is still moving', () => {
    const early = moments.filter(
      ({ seen }) => 'detail' in seen.engine && seen.engine.detail.includes('calls the step'),
    );
    expect(early.map((moment) => `${stateOf(moment)} ${line(moment)}`)).toEqual([
      'rollingInBatches/batchReady moving 2; 2 new of 5',
      'rollingInBatches/batchReady moving 2; 2 new of 4',
    ]);
    expect(moments.filter(({ seen }) => seen.engine.at === 'waiting').map(line)).toEqual([
      'waiting 1; 1 new of 5',
      'waiting 2; 3 new of 5',
    ]);
  });

  test('has a new pod before the first step', () => {
    const leaked = moments.filter(({ seen }) => seen.engine.at === 'starting' && seen.pods.canary.total > 0);
    expect(leaked.map((moment) => `${stateOf(moment)} ${line(moment)}`)).toEqual([
      'verifyingSpec/batchInitializing starting; 1 new of 5',
    ]);
  });
});

describe('a Deployment of each revision', () => {
  test('is told by its revision, and its pods by its name', () => {
    const moments = followed('a11-deployment-batches', ofWeb('Deployment'));
    expect(states(since(moments, 45))).toEqual([
      ...begins,
      'waiting 1',
      'moving 1, leaving',
      'moving 2',
      'waiting 2',
      'moving 2, leaving',
      'moving 3',
      ...ends,
    ]);
    expect(moments.filter(({ seen }) => seen.engine.at === 'waiting').map(line)).toEqual([
      'waiting 1; 1 new of 5',
      'waiting 2; 3 new of 5',
    ]);
    expect(moments.at(-1)?.seen.workload).toMatchObject({ replicas: 5, whole: true });
  });

  test('that hangs is given up for the swapped pair, and the good pods fall to three for a moment', () => {
    const moments = followed('a13-deployment-broken', ofWeb('Deployment'));
    expect(states(between(moments, 45, 61))).toEqual([...begins]);
    const back = since(moments, 61);
    expect(states(back)).toEqual(['moving 1', 'starting', 'moving 1', ...ends]);
    expect(back[0]?.seen.engine).toMatchObject({ id: null, detail: 'KubeVela still works on demo-v1>demo-v2' });
    const good = back.filter(({ seen }) => isUnderWay(seen.engine)).map(({ seen }) => seen.pods.canary.ready);
    expect(Math.min(...good)).toBe(3);
    expect(back.at(-1)?.seen.pods.stable).toEqual({ ready: 5, total: 5 });
  });
});

test('a pause is told as such only when KubeVela has seen it', () => {
  const inBatch = followed('c02-cloneset-paused', ofWeb('CloneSet'));
  expect(states(inBatch).filter((state) => state.startsWith('frozen'))).toEqual(['frozen 1']);
  const fromStart = followed('c03-cloneset-paused-from-start', ofWeb('CloneSet'));
  expect(states(between(fromStart, 5, 15))).toEqual(['unseen', 'starting', 'moving 1', 'frozen 1']);
});

test.each([
  [
    'wrong batches',
    'c08-cloneset-bad-plan',
    'the rollout plan batch size mismatch, total batch size = 4, totalReplicas size = 5',
  ],
  [
    'a lowered partition',
    'c15-cloneset-partition-lowered-live-batch',
    'the current batch value in the status is greater than the batch partition',
  ],
])('%s end a rollout for good, and leave a workload that has to be unpaused', (_, id, said) => {
  const failed = followed(id, ofWeb('CloneSet')).filter(({ seen }) => words(seen.engine).endsWith('blocked'));
  expect(failed.map(({ seen }) => seen.engine)).toMatchObject([{ at: 'moving', detail: said, blocked: { run: null } }]);
  expect(failed.map(({ seen }) => seen.workload)).toMatchObject([{ wedged: true, paused: true }]);
});

test('a revision that is not there is waited for, and the rollout begins with it', () => {
  const moments = followed('c10-missing-revision', ofWeb('CloneSet'));
  expect(states(between(moments, 0, 25))).toEqual([...begins, 'finishing', 'idle (fresh)']);
});

test.each(['c06-cloneset-delete', 'c03-cloneset-paused-from-start'])(
  'an AppRollout that is deleted is off: %s',
  (id) => {
    const moments = followed(id, ofWeb('CloneSet'));
    expect(states(moments)).toContain('off');
    expect(states(moments)).toContain('absent');
  },
);

test('with its Application a workload is gone, and the AppRollout stays at its end', () => {
  expect(states(followed('c13-revision-names-and-delete-app', ofWeb('CloneSet'))).at(-1)).toBe('noWorkload');
});

test('another version in the middle is another rollout', () => {
  const moments = followed('c07-cloneset-broken-then-fixed', ofWeb('CloneSet'));
  expect(states(between(moments, 31, 44)).slice(0, 2)).toEqual(['starting', 'moving 1']);
});
