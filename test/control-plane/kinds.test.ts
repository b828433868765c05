import { describe, expect, test } from 'vitest';
import { clusterNodes } from './cluster.ts';
import { delivered, expectBack, expectServes, running, wedge, workload } from './drill.ts';
import { embedded } from './fixture.ts';
import { images, liveId, outcome, podNames, waiting, walk } from './scenes.ts';
import { type Shop, shop, type WorkloadKind } from './shop.ts';

/** OpenKruise's kinds in partition style, from their first deploy to the ways back. A DaemonSet has a pod on every node. */
const rows = [
  { kind: 'CloneSet', size: 5, half: 3 },
  { kind: 'AdvancedStatefulSet', size: 5, half: 3 },
  { kind: 'AdvancedDaemonSet', size: clusterNodes, half: Math.ceil(clusterNodes * 0.6) },
] as const satisfies readonly { readonly kind: WorkloadKind; readonly size: number; readonly half: number }[];

describe.concurrent.for(rows)('$kind', ({ kind, size, half }) => {
  test('is deployed, promoted step by step, delivered, and released again', async () => {
    await using it = await waiting({ kind });
    expect(await images(it)).toEqual({ 'app:v1': size - 1, 'app:v2': 1 });
    const one = await it.stepgate('promote', '--step', '1');
    expect([one.code, one.delivery.error], one.stderr).toEqual([0, null]);
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 2]);
    expect(await images(it)).toEqual({ 'app:v1': size - half, 'app:v2': half });
    expect(it.seen.most('app:v2')).toBe(half);
    await walk(it, 2, 2);
    await expectServes(it, 'app:v2', { replicas: size });
    const status = await it.stepgate('status');
    expect([status.delivery.state, status.delivery.stable?.id]).toEqual(['done', await liveId(it)]);
    await it.release('app:v3');
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect(await images(it)).toEqual({ 'app:v2': size - 1, 'app:v3': 1 });
  });

  test('is superseded while it waits', async () => {
    await using it = await waiting({ kind });
    await it.release('app:v3');
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect(await images(it)).toEqual({ 'app:v1': size - 1, 'app:v3': 1 });
    await walk(it, 1, 2);
    await expectServes(it, 'app:v3', { replicas: size });
  });

  test('goes back from a step at which it waits', async () => {
    await using it = await shop({ kind });
    const { stable, bad } = await badWaits(it);
    await expectBack(it, await it.stepgate('rollback', '--reason', 'errors'), { stable, bad, size });
  });

  test('goes back from an image that never starts', async () => {
    await using it = await shop({ kind });
    const { stable } = await delivered(it);
    const bad = await it.release('app:broken');
    const stuck = await it.stepgate('deploy');
    expect([stuck.code, stuck.delivery.state, stuck.delivery.reason]).toEqual([1, 'stuck', 'POD_NOT_STARTING']);
    expect(await running(it)).toEqual(['app:broken 1 (0 ready)', `app:v1 ${size - 1}`]);
    await expectBack(it, await it.stepgate('rollback'), { stable, bad, size });
  });

  test('goes back after delivery, by its ControllerRevision', async () => {
    await using it = await shop({ kind });
    const { stable, bad } = await badWaits(it);
    await walk(it, 1, 2);
    const before = (await workload(it)).spec.template;
    await expectBack(it, await it.stepgate('rollback'), { stable, bad, size });
    expect((await workload(it)).spec.template).not.toEqual(before);
  });

  test('takes no other style', async () => {
    await using it = await shop({ kind, style: 'blueGreen' });
    const { code, report, writes } = await it.stepgate('deploy');
    expect([code, report.error?.family ?? report.deliveries[0]?.error?.family, writes]).toEqual([2, 'input', []]);
  });
});

describe.concurrent('beside that', () => {
  test.skipIf(embedded).for(['CloneSet', 'AdvancedStatefulSet'] as const)(
    'a wedged %s is set free by a rollback',
    async (kind) => {
      await using it = await shop({ kind });
      const { stable } = await badWaits(it);
      const { bad } = await wedge(it);
      const status = await it.stepgate('status');
      expect([status.code, status.delivery.state, status.delivery.reason]).toEqual([1, 'stuck', 'WEDGED']);
      await expectBack(it, await it.stepgate('rollback'), { stable, bad });
    },
  );

  test('an AdvancedStatefulSet keeps the names of its pods', async () => {
    await using it = await waiting({ kind: 'AdvancedStatefulSet' });
    expect(await podNames(it)).toEqual(['shop-0', 'shop-1', 'shop-2', 'shop-3', 'shop-4']);
  });
});

/** A bad release that waits at its first step. */
async function badWaits(it: Shop): Promise<{ readonly stable: string; readonly bad: string }> {
  const { stable } = await delivered(it);
  const bad = await it.release('app:v2');
  expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
  return { stable, bad };
}
