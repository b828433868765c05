import { describe, expect, test } from 'vitest';
import { crash } from './crash.ts';
import { config } from './files.ts';
import { type Shop, shopWith } from './shop.ts';

const steps = ['{ name: one, replicas: 1, leaveWhen: [{ noRestarts: 10m }] }', '{ name: all, replicas: 100% }'];

/** v2 waits at its first step, with one pod. */
async function waiting(): Promise<Shop> {
  const shop = await shopWith(['v1'], { files: { 'stepgate.yaml': config({ steps }) } });
  shop.push('v2');
  expect(await shop.person('ci')('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
  return shop;
}

describe('a step that waits for no restarts', () => {
  test('goes on by itself once its containers have run for so long', async () => {
    using shop = await waiting();
    await shop.wait('9m');
    const early = await shop.person('ci')('tick');
    expect([early.code, shop.pods()]).toEqual(['GATE_SHUT', 'v1:3 v2:1']);
    // The pod began to run in the first minute.
    expect(early.delivery?.next).toMatch(/^2026-11-25T10:1\d:/);
    await shop.wait('2m');
    expect(await shop.person('ci')('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
  });

  test('is waited for by a run that may wait', async () => {
    using shop = await waiting();
    expect(await shop.person('ci')('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
  });

  test('counts anew from a restart', async () => {
    using shop = await waiting();
    await shop.wait('6m');
    crash(shop, 'v2', 'again');
    await shop.wait('6m');
    expect([(await shop.person('ci')('tick')).code, shop.pods()]).toEqual(['GATE_SHUT', 'v1:3 v2:1']);
    await shop.wait('5m');
    expect(await shop.person('ci')('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
  });

  test('names the pod that restarted, and the gate still opens by its own rule', async () => {
    using shop = await waiting();
    await shop.wait('6m');
    crash(shop, 'v2', 'again');
    const { delivery } = await shop.person('ci')('status');
    expect(delivery?.message).toMatch(
      /after the step began to wait, shop-\S+ restarted \S+ at 2026-11-25 10:\d\d:\d\d UTC/,
    );
    expect(delivery?.findings.map(({ code }) => code)).toEqual(['PODS_RESTARTED']);
  });

  test('waits as long as the time of a restart is not known', async () => {
    using shop = await waiting();
    crash(shop, 'v2', 'forgotten');
    await shop.wait('1h');
    expect([(await shop.person('ci')('tick')).code, shop.pods()]).toEqual(['GATE_SHUT', 'v1:3 v2:1']);
  });

  test('never goes on in a crash loop, whether its containers run or wait', async () => {
    using shop = await waiting();
    const seen = new Set<string>();
    for (let turn = 0; turn < 4; turn += 1) {
      crash(shop, 'v2', 'backsOff');
      // Longer than the gate asks for, as if a kubelet waited that long.
      await shop.wait('12m');
      seen.add(`waits ${(await shop.person('ci')('tick')).code} ${shop.pods()}`);
      crash(shop, 'v2', 'again');
      await shop.wait('8m');
      seen.add(`runs ${(await shop.person('ci')('tick')).code} ${shop.pods()}`);
    }
    expect([...seen]).toEqual(['waits PODS_NOT_READY v1:3 v2:1', 'runs GATE_SHUT v1:3 v2:1']);
  });

  test('is skipped by who forces it', async () => {
    using shop = await waiting();
    expect(await shop.person('ada')('promote --force')).toMatchObject({ exit: 0 });
    expect(await shop.person('ci')('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
  });
});
