import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { at, stringAt } from '../../src/release/json.ts';
import type { ObjectRef } from '../../src/release/ports.ts';
import { type Call, createFaults } from '../../src/simulator/faults.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';
import { ask, configMap, maps, refused, served } from './fixture.ts';
import { atStepPaused, rollouts } from './paused.ts';

const signal = AbortSignal.timeout(60_000);
const mine = { manager: 'stepgate', force: false, dryRun: false, signal };
const ref: ObjectRef = { kind: maps, namespace: 'shop', name: 'one' };
const patching = { manager: 'stepgate', subresource: null, dryRun: false, signal } as const;
const call: Call = {
  verb: 'patch',
  kind: 'Rollout',
  namespace: 'shop',
  name: 'shop',
  subresource: 'status',
  dryRun: false,
  manager: 'stepgate-promote',
};

describe('the table of faults', () => {
  test('gives each fault to the calls that match, in the order asked for, so often and no oftener', () => {
    const faults = createFaults();
    const first = faults.next({ match: { verb: 'patch', kind: 'Rollout' }, fault: { is: 'conflict' }, times: 2 });
    faults.next({ match: { name: 'shop' }, fault: { is: 'broken' } });
    const other: Call = { ...call, kind: 'Deployment' };
    expect([faults.take({ ...other, name: 'blog' }), first.met]).toEqual([null, 0]);
    expect([faults.take(call)?.is, faults.take(other)?.is, faults.take(call)?.is]).toEqual([
      'conflict',
      'broken',
      'conflict',
    ]);
    expect([faults.take(call), first.met]).toEqual([null, 2]);
  });

  test('keeps a fault for calls that it can happen to', () => {
    const faults = createFaults();
    faults.next({ fault: { is: 'overwritten' } });
    faults.next({ fault: { is: 'gone' } });
    faults.next({ fault: { is: 'conflict' } });
    expect(faults.take({ ...call, verb: 'get', subresource: null })).toBeNull();
    expect(faults.take({ ...call, verb: 'watch', subresource: null })).toEqual({ is: 'gone' });
    expect(faults.take({ ...call, dryRun: true })).toEqual({ is: 'conflict' });
    expect(faults.take(call)).toEqual({ is: 'overwritten' });
  });

  test('draws from a policy what nobody planned, and takes back what is cancelled', () => {
    const faults = createFaults();
    const planned = faults.next({ fault: { is: 'broken' } });
    faults.draw(({ verb }) => (verb === 'patch' ? { is: 'busy', retryAfter: 1 } : { is: 'conflict' }));
    planned.cancel();
    expect(faults.take(call)).toEqual({ is: 'busy', retryAfter: 1 });
    // A drawn fault that means nothing to the call is none.
    expect(faults.take({ ...call, verb: 'list' })).toBeNull();
  });
});

describe('faults of one request, by the real adapter', () => {
  test('a conflict is a 409 without managers, and nothing is written', async () => {
    await using it = await served();
    it.server.faults.next({ fault: { is: 'conflict' } });
    const conflict = await refused(it.api.apply(configMap('one', {}), mine));
    expect(conflict).toMatchObject({ status: 409, reason: 'Conflict', conflicts: [] });
    expect(conflict.message).toBe(
      'Operation cannot be fulfilled on configmaps "one": the object has been modified; please apply your changes to the latest version and try again',
    );
    expect(await it.api.get(ref, signal)).toBeNull();
  });

  test('a busy server says when to come back, and the adapter does', async () => {
    await using it = await served({ tuning: { retryAfterCapMs: 30 } });
    const busy = it.server.faults.next({ match: { verb: 'apply' }, fault: { is: 'busy', retryAfter: 7 }, times: 2 });
    await it.api.apply(configMap('one', { a: '1' }), mine);
    expect([busy.met, it.server.requests.apply]).toEqual([2, 3]);

    it.server.faults.next({ match: { verb: 'get' }, fault: { is: 'busy', retryAfter: 7 } });
    const raw = await ask(it.server, { path: '/api/v1/namespaces/shop/configmaps/one' });
    expect([raw.status, raw.headers['retry-after']]).toEqual([429, '7']);
    expect(raw.json).toMatchObject({ reason: 'TooManyRequests', details: { retryAfterSeconds: 7 } });
  });

  test('a broken server is asked again for what was read, and not for what was written', async () => {
    await using it = await served();
    const broken = it.server.faults.next({ match: { kind: 'ConfigMap' }, fault: { is: 'broken' }, times: 2 });
    await it.api.list({ kind: maps, namespace: 'shop' }, signal);
    expect(broken.met).toBe(2);
    it.server.faults.next({ match: { verb: 'apply' }, fault: { is: 'broken' } });
    expect(await refused(it.api.apply(configMap('one', {}), mine))).toMatchObject({ status: 500 });
    expect(await it.api.get(ref, signal)).toBeNull();
  });

  test.each([
    { when: 'before', left: '1' },
    { when: 'after', left: '2' },
  ] as const)('a connection cut $when the write took effect leaves $left', async ({ when, left }) => {
    await using it = await served();
    await it.api.apply(configMap('one', { a: '1' }), mine);
    it.server.faults.next({ match: { verb: 'patch' }, fault: { is: 'cut', when } });
    const patch = it.api.patch(ref, [{ op: 'replace', path: '/data/a', value: '2' }], patching);
    await expect(patch).rejects.toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      message: expect.stringContaining('it is unknown whether the server executed the write'),
    });
    expect(at(await it.api.get(ref, signal), 'data', 'a')).toBe(left);
  });

  test('a slow answer comes late, and what it answers has long happened', async () => {
    await using it = await served({ tuning: { requestMs: 1000 } });
    it.server.faults.next({ match: { verb: 'apply' }, fault: { is: 'slow', ms: 500 } });
    let answered = false;
    const applying = it.api.apply(configMap('one', { a: '1' }), mine).then(() => {
      answered = true;
    });
    await expect.poll(() => it.cluster.api.get('ConfigMap', 'shop', 'one'), { interval: 5 }).toBeDefined();
    expect(answered).toBe(false);
    await applying;

    it.server.faults.next({ match: { verb: 'apply' }, fault: { is: 'slow', ms: 60_000 } });
    await expect(it.api.apply(configMap('one', { a: '2' }), mine)).rejects.toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      message: expect.stringContaining('no answer within 1 s'),
    });
    expect(at(await it.api.get(ref, signal), 'data', 'a')).toBe('2');
  });
});

describe('an approval', () => {
  const approval = [
    { op: 'test', path: '/status/canaryStatus/currentStepState', value: 'StepPaused' },
    { op: 'replace', path: '/status/canaryStatus/currentStepState', value: 'StepReady' },
  ] as const;
  const status = { ...patching, subresource: 'status' } as const;

  test('lets the step go', async () => {
    const timeline = virtualTimeline(Date.UTC(2026, 10, 25));
    await using it = await served({ timeline });
    const shop = atStepPaused(it.cluster, timeline);
    const answered = await it.api.patch(shop, approval, status);
    expect(stringAt(answered, 'status', 'canaryStatus', 'currentStepState')).toBe('StepReady');
    timeline.advance(30_000);
    expect(at(await it.api.get(shop, signal), 'status', 'canaryStatus', 'currentStepIndex')).toBe(2);
  });

  test('is answered 200 and lost where the engine writes over it (E4), and holds when sent again', async () => {
    const timeline = virtualTimeline(Date.UTC(2026, 10, 25));
    await using it = await served({ timeline });
    const shop = atStepPaused(it.cluster, timeline);
    const { resourceVersion } = await it.api.list({ kind: rollouts, namespace: 'shop' }, signal);
    const lost = it.server.faults.next({ match: { kind: 'Rollout' }, fault: { is: 'overwritten' } });
    const answered = await it.api.patch(shop, approval, status);
    expect([lost.met, stringAt(answered, 'status', 'canaryStatus', 'currentStepState')]).toEqual([1, 'StepReady']);
    timeline.advance(30_000);
    const now = await it.api.get(shop, signal);
    expect(at(now, 'status', 'canaryStatus')).toMatchObject({ currentStepIndex: 1, currentStepState: 'StepPaused' });
    // As on the real engine, whoever watches sees the approval and then its loss.
    const states: (string | null)[] = [];
    for await (const event of it.api.watch({ kind: rollouts, namespace: 'shop' }, resourceVersion, signal)) {
      if (event.type !== 'modified') throw new Error(`a Rollout was ${event.type}`);
      states.push(stringAt(event.object, 'status', 'canaryStatus', 'currentStepState'));
      if (states.length === 2) break;
    }
    expect(states).toEqual(['StepReady', 'StepPaused']);

    await it.api.patch(shop, approval, status);
    timeline.advance(30_000);
    expect(at(await it.api.get(shop, signal), 'status', 'canaryStatus', 'currentStepIndex')).toBe(2);
  });
});

describe('faults of a watch, by the real adapter', () => {
  async function follow(prepare: (it: Awaited<ReturnType<typeof served>>) => void): Promise<readonly string[]> {
    await using it = await served();
    await it.api.apply(configMap('one', { a: '0' }), mine);
    const { resourceVersion } = await it.api.list({ kind: maps, namespace: 'shop' }, signal);
    prepare(it);
    const stop = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const event of it.api.watch({ kind: maps, namespace: 'shop' }, resourceVersion, stop.signal)) {
        const objects = event.type === 'reset' ? event.items : [event.object];
        seen.push([event.type, ...objects.map((object) => stringAt(object, 'data', 'a'))].join(' '));
        if (seen.at(-1)?.endsWith(' 4') === true) stop.abort();
      }
    })();
    for (const a of ['1', '2', '3']) {
      await it.api.apply(configMap('one', { a }), mine);
      await sleep(20);
    }
    await it.api.apply(configMap('one', { a: '4' }), mine);
    await watching;
    return seen;
  }
  const all = ['modified 1', 'modified 2', 'modified 3', 'modified 4'];

  test('a dropped watch is resumed without loss', async () => {
    const seen = await follow(({ server }) => {
      server.faults.next({ match: { verb: 'watch' }, fault: { is: 'drop', after: 1 } });
      server.faults.next({ match: { verb: 'watch' }, fault: { is: 'drop', after: 0 } });
      server.faults.next({ match: { verb: 'watch' }, fault: { is: 'drop', after: 2 } });
    });
    expect(seen).toEqual(all);
  });

  test('so is one that is dropped by hand, and one that is turned away at first', async () => {
    const seen = await follow(({ server, cluster }) => {
      server.faults.next({ match: { verb: 'watch' }, fault: { is: 'busy', retryAfter: 1 } });
      server.faults.next({ match: { verb: 'watch' }, fault: { is: 'cut', when: 'before' } });
      const unlisten = cluster.api.store.listen(() => {
        for (const watch of server.watches) watch.drop();
        if (server.watches.length > 0) unlisten();
      });
    });
    expect(seen).toEqual(all);
  });

  test('a watch whose version is forgotten begins anew with a list', async () => {
    const seen = await follow(({ server }) => server.faults.next({ match: { verb: 'watch' }, fault: { is: 'gone' } }));
    expect(seen[0]).toMatch(/^reset [01]$/);
    expect(seen.at(-1)).toBe('modified 4');
    expect(seen.filter((line) => line.startsWith('reset'))).toHaveLength(1);
  });

  test('bookmarks carry a quiet watch over what the server forgets', async () => {
    await using it = await served({ bookmarkMs: 20 });
    await it.api.apply(configMap('one', { a: '0' }), mine);
    const { resourceVersion } = await it.api.list({ kind: maps, namespace: 'shop' }, signal);
    const events = it.api.watch({ kind: maps, namespace: 'shop' }, resourceVersion, signal)[Symbol.asyncIterator]();
    const first = events.next();
    await expect.poll(() => it.server.watches.length).toBe(1);
    // Changes of other kinds, which this watch does not see; then everything up to now is forgotten.
    it.cluster.api.create('Secret', { metadata: { name: 'one', namespace: 'shop' } }, { manager: 'tests' });
    await sleep(100);
    it.cluster.api.store.compact();
    for (const watch of it.server.watches) watch.drop();
    await expect.poll(() => it.server.requests.watch).toBe(2);
    await it.api.apply(configMap('one', { a: '1' }), mine);
    expect(await first).toMatchObject({ value: { type: 'modified' } });
    await events.return?.();
  });
});

test('disposing ends every connection, and the client hears of it', async () => {
  const it = await served({ tuning: { watchPatienceMs: 50 } });
  const watching = it.api.watch({ kind: maps, namespace: 'shop' }, '1', signal)[Symbol.asyncIterator]();
  const next = watching.next();
  await expect.poll(() => it.server.watches.length).toBe(1);
  it.server.faults.next({ match: { verb: 'get' }, fault: { is: 'slow', ms: 60_000 } });
  const slow = it.api.get(ref, signal);
  await expect.poll(() => it.server.requests.get).toBe(1);
  const both = Promise.allSettled([next, slow]);
  await it.server[Symbol.asyncDispose]();
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(ask(it.server, { path: '/api/v1' })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await it[Symbol.asyncDispose]();
});
