import { expect, test } from 'vitest';
import { embeddedCluster } from '../../src/adapters/embedded.ts';
import { at, stringAt } from '../../src/release/json.ts';
import { createCluster } from '../../src/simulator/cluster.ts';
import { conduct } from '../../src/simulator/conductor.ts';
import { createFaults } from '../../src/simulator/faults.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';
import { faulty } from '../support/faulty.ts';
import { configMap, maps, refused } from './fixture.ts';
import { atStepPaused, rollouts } from './paused.ts';

/** The same faults without HTTP: over the port in this process, on virtual time. */

const { signal } = new AbortController();
const mine = { manager: 'stepgate', force: false, dryRun: false, signal };
const patching = { manager: 'stepgate', subresource: null, dryRun: false, signal } as const;
const ref = { kind: maps, namespace: 'shop', name: 'one' };

function port() {
  const timeline = virtualTimeline(0);
  const cluster = createCluster({ timeline });
  const { clock, run, touch } = conduct(timeline);
  const faults = createFaults();
  const inner = embeddedCluster({ api: cluster.api, timeline, noticed: touch });
  return { api: faulty(inner, { api: cluster.api, faults, clock }), cluster, faults, run, timeline };
}

test('a conflict is a 409, a broken server is asked again for reads alone', async () => {
  const { api, faults, run, timeline } = port();
  faults.next({ fault: { is: 'conflict' } });
  expect(await refused(run(() => api.apply(configMap('one', {}), mine)))).toMatchObject({ status: 409, conflicts: [] });
  faults.next({ fault: { is: 'broken' }, times: 2 });
  expect(await run(() => api.get(ref, signal))).toBeNull();
  // Tried again after 0.2 s and 0.4 s more.
  expect(timeline.now()).toBe(600);
  faults.next({ fault: { is: 'broken' } });
  expect(await refused(run(() => api.apply(configMap('one', {}), mine)))).toMatchObject({ status: 500 });
});

test('a busy server is left alone for as long as it asks', async () => {
  const { api, faults, run, timeline } = port();
  faults.next({ fault: { is: 'busy', retryAfter: 7 } });
  await run(() => api.apply(configMap('one', { a: '1' }), mine));
  expect(timeline.now()).toBe(7000);
  faults.next({ fault: { is: 'busy', retryAfter: 1 }, times: 4 });
  expect(await refused(run(() => api.get(ref, signal)))).toMatchObject({ status: 429 });
});

test.each([
  { when: 'before', left: '1' },
  { when: 'after', left: '2' },
] as const)('cut $when the effect: $left is left, and nobody is told', async ({ when, left }) => {
  const { api, faults, run } = port();
  await run(() => api.apply(configMap('one', { a: '1' }), mine));
  faults.next({ fault: { is: 'cut', when } });
  const patch = run(() => api.patch(ref, [{ op: 'replace', path: '/data/a', value: '2' }], patching));
  await expect(patch).rejects.toMatchObject({
    code: 'CLUSTER_UNREACHABLE',
    message: expect.stringContaining('it is unknown whether the server executed the write'),
  });
  expect(at(await run(() => api.get(ref, signal)), 'data', 'a')).toBe(left);
});

test('a slow answer takes virtual time', async () => {
  const { api, faults, run, timeline } = port();
  faults.next({ fault: { is: 'slow', ms: 90_000 } });
  await run(() => api.get(ref, signal));
  expect(timeline.now()).toBe(90_000);
});

test('an approval is answered 200 and lost (E4), and holds when sent again', async () => {
  const { api, cluster, faults, timeline } = port();
  const shop = atStepPaused(cluster, timeline);
  const approve = () =>
    api.patch(
      shop,
      [
        { op: 'test', path: '/status/canaryStatus/currentStepState', value: 'StepPaused' },
        { op: 'replace', path: '/status/canaryStatus/currentStepState', value: 'StepReady' },
      ],
      { ...patching, subresource: 'status' },
    );
  const step = () => at(cluster.api.get(rollouts.kind, 'shop', 'shop'), 'status', 'canaryStatus', 'currentStepIndex');
  faults.next({ match: { kind: 'Rollout', subresource: 'status' }, fault: { is: 'overwritten' } });
  expect(stringAt(await approve(), 'status', 'canaryStatus', 'currentStepState')).toBe('StepReady');
  timeline.advance(30_000);
  expect(step()).toBe(1);
  await approve();
  timeline.advance(30_000);
  expect(step()).toBe(2);
});

test('a dropped watch loses nothing, a forgotten version begins anew', async () => {
  const { api, faults, run, timeline } = port();
  await run(() => api.apply(configMap('one', { a: '0' }), mine));
  const { resourceVersion } = await run(() => api.list({ kind: maps, namespace: 'shop' }, signal));
  for (const fault of [
    { is: 'drop', after: 1 },
    { is: 'drop', after: 0 },
    { is: 'broken' },
    { is: 'drop', after: 1 },
    { is: 'gone' },
  ] as const) {
    faults.next({ match: { verb: 'watch' }, fault });
  }
  for (const a of [1, 2, 3, 4]) timeline.after(1000 * a, () => void api.apply(configMap('one', { a: `${a}` }), mine));
  const stop = new AbortController();
  const seen: string[] = [];
  await run(async () => {
    for await (const event of api.watch({ kind: maps, namespace: 'shop' }, resourceVersion, stop.signal)) {
      const objects = event.type === 'reset' ? event.items : [event.object];
      seen.push([event.type, ...objects.map((object) => stringAt(object, 'data', 'a'))].join(' '));
      if (seen.at(-1)?.endsWith(' 4') === true) stop.abort();
    }
  });
  expect(seen).toEqual(['modified 1', 'modified 2', 'reset 2', 'modified 3', 'modified 4']);
});
