import { expect, test } from 'vitest';
import { type Cut, type CuttingProxy, cuttingProxy } from './cutting-proxy.ts';
import { delivered, expectHeld, expectReverted, expectServes, running } from './drill.ts';
import { cluster } from './fixture.ts';
import { type Shop, shop } from './shop.ts';

/**
 * A run is killed right before and right after each of its writes, and `tick` comes by: the end is the one without the
 * kill. Every write is counted at the API server's door; the push to Git stands between the last two.
 */

/** Runs a command that is killed at the cut; whether it got as far as that. */
async function cutOff(it: Shop, proxy: CuttingProxy, cut: Cut, ...args: readonly string[]): Promise<boolean> {
  let killed = false;
  const run = it.as({ kubeconfig: proxy.kubeconfig }).start(...args);
  proxy.cutAt(cut, () => {
    killed = true;
    run.child.kill('SIGKILL');
  });
  await run.ended;
  return killed;
}

/**
 * Kills a command right before its n-th write, and what comes after it right behind that write: the command again where
 * nothing was written yet, else a tick. So every state between two writes is passed, from both sides.
 */
async function cutAround(it: Shop, proxy: CuttingProxy, write: number, ...args: readonly string[]): Promise<void> {
  expect(await cutOff(it, proxy, { at: 'before', write }, ...args)).toBe(true);
  const then = write === 1 ? args : ['tick'];
  expect(await cutOff(it, proxy, { at: 'after', write: 1 }, ...then)).toBe(true);
}

test.concurrent.for([1, 2, 3])('first deploy, killed around write %i', async (write) => {
  await using it = await shop();
  await using proxy = await cuttingProxy(cluster);
  expect(await cutOff(it, proxy, { at: 'before', write }, 'deploy')).toBe(true);
  expect(await cutOff(it, proxy, { at: 'after', write: 1 }, 'deploy')).toBe(true);
  // Before the record there is nothing that a tick could know of: the command again does it.
  const again = await it.stepgate('deploy');
  expect([again.code, again.delivery.state, again.delivery.reason]).toEqual([0, 'done', 'FIRST_DEPLOY']);
  await expectServes(it, 'app:v1');
});

test.concurrent.for([1, 2])('deploy, killed around write %i', async (write) => {
  await using it = await shop();
  await using proxy = await cuttingProxy(cluster);
  await delivered(it);
  const commit = await it.release('app:v2');
  await cutAround(it, proxy, write, 'deploy');
  await it.stepgate('tick');
  const told = await it.stepgate('status');
  expect(told.delivery.release?.commit).toBe(commit);
  const settled = await it.stepgate('deploy');
  expect([settled.code, settled.delivery.state, settled.delivery.step?.index]).toEqual([0, 'waiting', 1]);
  expect(settled.delivery.release?.id).toMatch(/^[0-9a-f]{10}-[0-9a-f]{8}$/);
  expect(await running(it)).toEqual(['app:v1 4', 'app:v2 1']);
});

test.concurrent.for([1, 2])('promote, killed around write %i', async (write) => {
  await using it = await shop();
  await using proxy = await cuttingProxy(cluster);
  await delivered(it);
  await it.release('app:v2');
  await it.stepgate('deploy');
  await cutAround(it, proxy, write, 'promote', '--step', '1');
  await it.stepgate('tick');
  const settled = await it.stepgate('deploy');
  expect([settled.code, settled.delivery.state, settled.delivery.step?.index]).toEqual([0, 'waiting', 2]);
  expect(await running(it)).toEqual(['app:v1 2', 'app:v2 3']);
});

const short = ['{ name: one, replicas: 20% }', '{ name: all, replicas: 100%, leaveWhen: [] }'];

test.concurrent('delivered, killed around the note that it is stable', async () => {
  await using it = await shop({ steps: short });
  await using proxy = await cuttingProxy(cluster);
  await delivered(it);
  const commit = await it.release('app:v2');
  await it.stepgate('deploy');
  await it.stepgate('promote', '--step', '1');
  await cutAround(it, proxy, 1, 'tick', '--until', 'done');
  const ended = await it.stepgate('tick');
  expect([ended.code, ended.delivery.state, ended.delivery.stable?.commit]).toEqual([0, 'done', commit]);
  await expectServes(it, 'app:v2');
});

/** What a rollback writes to the cluster: record, template, manifest, managers, record, (push), record. */
const ROLLBACK_WRITES = 6;

test.concurrent('a rollback makes as many writes as are cut here', async () => {
  await using it = await shop();
  await delivered(it);
  await it.release('app:v2');
  await it.stepgate('deploy');
  const { writes } = await it.stepgate('rollback');
  expect(writes.filter((line) => !line.startsWith('write: push'))).toHaveLength(ROLLBACK_WRITES);
});

test.concurrent.for([1, 2, 3, 4, 5, 6])('rollback, killed around write %i', async (write) => {
  await using it = await shop();
  await using proxy = await cuttingProxy(cluster);
  const { stable } = await delivered(it);
  const bad = await it.release('app:v2');
  await it.stepgate('deploy');
  await cutAround(it, proxy, write, 'rollback');
  await expectFinished(it, { stable, bad });
});

// Record, template, and from there on it walks the steps of its own release.
test.concurrent.for([2, 3])('rollback of what was delivered whole, killed around write %i', async (write) => {
  await using it = await shop({ steps: short });
  await using proxy = await cuttingProxy(cluster);
  const { stable } = await delivered(it);
  const bad = await it.release('app:v2');
  await it.stepgate('deploy');
  await it.stepgate('promote', '--step', '1');
  await it.stepgate('deploy', '--until', 'done');
  await cutAround(it, proxy, write, 'rollback');
  await expectFinished(it, { stable, bad });
});

/** Whatever was left, one tick ends it, and the next finds nothing to do. */
async function expectFinished(it: Shop, { stable, bad }: { readonly stable: string; readonly bad: string }) {
  const ended = await it.stepgate('tick');
  expect([ended.code, ended.delivery.state, ended.delivery.reason]).toEqual([0, 'rolledBack', 'ROLLED_BACK']);
  await expectServes(it, 'app:v1');
  await expectReverted(it, { onto: bad, stable, bad });
  await expectHeld(it, bad);
  const later = await it.stepgate('tick');
  expect([later.code, later.delivery.state, later.writes]).toEqual([0, 'rolledBack', []]);
}
