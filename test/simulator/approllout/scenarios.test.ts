import { describe, expect, test } from 'vitest';
import { batches, opening, type Scene, scene } from './scenarios.ts';

/** The tables 1 to 12 of the upstream facts, read from the source of v1.1.13; what was measured otherwise is said where it differs. */

const first = '>demo-v1';
const up = 'demo-v1>demo-v2';
const back = 'demo-v2>demo-v1';

function deployed(): Scene {
  const web = scene('v1.1.0', 'dep');
  web.app('app:v1');
  web.roll('>demo-v1 5 [1,4]');
  web.rest();
  return web;
}

/** Paused at batch 1 of three: 3 of 5 pods are new. */
function halfway(): Scene {
  const web = deployed();
  web.app('app:v2');
  web.roll('demo-v1>demo-v2 5 [10%,2,2] 1');
  web.rest();
  return web;
}

describe('a Deployment, new pods first', () => {
  test('1: the first deployment', () => {
    const web = deployed();
    expect(web.since()).toEqual([
      ...opening(first, 5, 'new'),
      ...batches(first, 5, [
        { at: 0, to: 1 },
        { at: 1, to: 5 },
      ]),
    ]);
    expect(web.sizes()).toEqual(['web-v1 5']);
  });

  test('2: an upgrade that stops at batch 1', () => {
    const web = halfway();
    expect(web.since()).toEqual([
      ...opening(up, 5),
      ...batches(
        up,
        5,
        [
          { at: 0, to: 1 },
          { at: 1, to: 3 },
        ],
        { last: false },
      ),
    ]);
    expect(web.sizes()).toEqual(['web-v1 2', 'web-v2 3']);
    const before = web.model.cluster.api.store.version;
    web.rest();
    expect(web.model.cluster.api.store.version).toBe(before);
  });

  test('3: promoted to the end', () => {
    const web = halfway();
    web.roll('demo-v1>demo-v2 5 [10%,2,2]');
    web.rest();
    expect(web.since()).toEqual(batches(up, 5, [{ at: 2, to: 5 }], { from: { up: 3, ready: 3 } }));
    expect(web.sizes()).toEqual(['web-v2 5']);
  });

  test('4: batch by batch, without a stop after the last', () => {
    const web = deployed();
    web.app('app:v2');
    const rests = [0, 1, 2].map((partition) => {
      web.roll(`demo-v1>demo-v2 5 [10%,2,2] ${partition}`);
      web.rest();
      return web.model.state();
    });
    expect(rests).toEqual([
      `rollingInBatches/batchReady #0 T=5 up=1 rdy=1 (${up})`,
      `rollingInBatches/batchReady #1 T=5 up=3 rdy=3 (${up})`,
      `rolloutSucceed/batchReady #2 T=5 up=5 rdy=5 (${up})`,
    ]);
  });

  test('5: held in a batch', () => {
    const web = deployed();
    web.app('app:v2');
    web.roll('demo-v1>demo-v2 5 [1,2,2]');
    web.until('rollingInBatches/batchVerifying #0');
    web.roll('demo-v1>demo-v2 5 [1,2,2]', { paused: true });
    web.rest();
    expect(web.since()).toEqual([]);
    expect([web.condition('BatchPaused'), web.sizes()]).toEqual(['True', ['web-v1 4', 'web-v2 1']]);
    web.roll('demo-v1>demo-v2 5 [1,2,2]', { paused: false });
    web.rest();
    expect([web.model.state(), web.condition('BatchPaused')]).toEqual([
      `rolloutSucceed/batchReady #2 T=5 up=5 rdy=5 (${up})`,
      'True',
    ]);
  });

  test('6: back after a success', () => {
    const web = halfway();
    web.roll('demo-v1>demo-v2 5 [10%,2,2]');
    web.rest();
    web.roll('demo-v2>demo-v1 5 [20%,30%,50%]');
    web.rest();
    expect(web.since()).toEqual([
      ...opening(back, 5),
      ...batches(back, 5, [
        { at: 0, to: 1 },
        { at: 1, to: 3 },
        { at: 2, to: 5 },
      ]),
    ]);
    expect(web.sizes()).toEqual(['web-v1 5']);
  });

  test('7: back in the middle, where the old version has more pods than the first batch asks for', () => {
    const web = halfway();
    web.roll('demo-v2>demo-v1 5 [20%,30%,50%]');
    web.rest();
    expect(web.since()).toEqual([
      ...opening(back, 5, 'midway'),
      ...batches(back, 5, [
        { at: 0, to: 1, ready: 2 },
        { at: 1, to: 3 },
        { at: 2, to: 5 },
      ]),
    ]);
    expect(web.sizes()).toEqual(['web-v1 5']);
  });

  test('7: and without a size, two pods are lost for good', () => {
    const web = halfway();
    web.roll('demo-v2>demo-v1 - [20%,30%,50%]');
    web.rest();
    expect(web.since().slice(2)).toEqual([
      `initializing/batchInitializing #0 T=3 up=0 rdy=0 (${back})`,
      ...batches(back, 3, [
        { at: 0, to: 1 },
        { at: 1, to: 2 },
        { at: 2, to: 3 },
      ]),
    ]);
    expect(web.sizes()).toEqual(['web-v1 3']);
  });

  test('8: an impossible plan is not tried again when it is corrected', () => {
    const web = deployed();
    web.app('app:v2');
    web.roll('demo-v1>demo-v2 5 [3,3]');
    web.rest();
    expect(web.since()).toEqual([
      `verifyingSpec/batchInitializing #0 T=-1 up=0 rdy=0 (${up})`,
      `rolloutFailed/batchInitializing #0 T=5 up=0 rdy=0 (${up})`,
    ]);
    expect(web.condition('RolloutSpecVerifying')).toBe(
      'False the rollout plan batch size mismatch, total batch size = 6, totalReplicas size = 5',
    );
    web.roll('demo-v1>demo-v2 5 [2,3]');
    web.rest();
    expect(web.since()).toEqual([]);
    web.model.send({ op: 'delete', kind: 'AppRollout', name: 'demo', detail: null });
    web.rest();
    web.roll('demo-v1>demo-v2 5 [2,3]');
    web.rest();
    expect(web.model.state()).toBe(`rolloutSucceed/batchReady #1 T=5 up=5 rdy=5 (${up})`);
  });

  test('9: new pods that are never ready hang before the count, and cost one pod more', () => {
    const web = deployed();
    web.app('app:broken');
    web.roll('demo-v1>demo-v2 5 [1,4]');
    web.rest();
    expect(web.model.state()).toBe(`rollingInBatches/batchInRolling #0 T=5 up=0 rdy=0 (${up})`);
    expect(web.condition('RolloutInProgress')).toBe('False the batch 0 is not ready yet with 0 target pods ready');
    expect(web.sizes()).toEqual(['web-v1 5', 'web-v2 1']);
  });

  test('9: old pods first, and they hang with one pod less', () => {
    const web = deployed();
    web.app('app:broken');
    web.roll('demo-v1>demo-v2 5 [1,4]', { rolloutStrategy: 'DecreaseFirst' });
    web.rest();
    expect(web.model.state()).toBe(`rollingInBatches/batchVerifying #0 T=5 up=1 (${up})`);
    expect(web.condition('BatchVerifying')).toMatch(/^False the batch 0 is not ready yet/);
    expect(web.sizes()).toEqual(['web-v1 4', 'web-v2 1']);
  });

  test('10: a partition lowered below a running batch is ignored, and the rollout rests after it', () => {
    const web = deployed();
    web.app('app:v2');
    web.roll('demo-v1>demo-v2 5 [1,2,2]');
    web.until('rollingInBatches/batchInRolling #1');
    web.roll('demo-v1>demo-v2 5 [1,2,2] 0');
    web.rest();
    expect(web.model.state()).toBe(`rollingInBatches/batchReady #1 T=5 up=3 rdy=3 (${up})`);
  });

  test('12: another target midway. Measured otherwise than read: the pods between stay until the end, and then go', () => {
    const web = deployed();
    web.app('app:v2');
    web.roll('demo-v1>demo-v2 5 [1,2,2] 0');
    web.rest();
    web.app('app:v3');
    web.roll('demo-v1>demo-v3 5 [1,2,2] 0');
    web.rest();
    expect(web.since().slice(0, 2)).toEqual([
      'locatingTargetApp/batchInitializing #0 T=-1 up=0 rdy=0 (demo-v1>demo-v3)',
      'verifyingSpec/batchInitializing #0 T=-1 up=0 rdy=0 (demo-v1>demo-v3)',
    ]);
    // The new pod has its size from the start, so nobody waits until it is ready.
    expect(web.model.state()).toBe('rollingInBatches/batchReady #0 T=5 up=1 rdy=0 (demo-v1>demo-v3)');
    expect(web.sizes()).toEqual(['web-v1 4', 'web-v2 1', 'web-v3 1']);
    web.roll('demo-v1>demo-v3 5 [1,2,2]');
    web.rest();
    expect(web.sizes()).toEqual(['web-v3 5']);
  });

  test('12: and where that target does not exist, the old rollout is given up all the same', () => {
    const web = deployed();
    web.app('app:v2');
    web.roll('demo-v1>demo-v2 5 [1,2,2] 0');
    web.rest();
    web.roll('demo-v1>demo-v3 5 [1,2,2] 0');
    web.rest();
    expect(web.since()).toEqual(['locatingTargetApp/batchInitializing #0 T=-1 up=0 rdy=0 (demo-v1>demo-v3)']);
    expect(web.model.rest().conditions.filter((one) => one.includes('False'))).toEqual([
      'BatchReady=False Rollout Spec is modified',
    ]);
  });
});

describe('a CloneSet', () => {
  const cloned = (size = 5) => {
    const web = scene('v1.1.13', 'clone');
    web.app('app:v1');
    web.roll(`>demo-v1 ${size} [${size}]`);
    web.rest();
    return web;
  };

  test('8: an impossible plan leaves it half applied: the new template is there, and it is paused', () => {
    const web = cloned();
    web.app('app:v2');
    web.roll('demo-v1>demo-v2 5 [3,3]');
    web.rest();
    expect(web.model.state()).toBe(`rolloutFailed/batchInitializing #0 T=-1 up=0 rdy=0 (${up})`);
    expect(web.model.rest().workloads).toEqual(['CloneSet/web app:v2 size=5 partition=0 paused updated=0 ready=5']);
  });

  test('9: new pods that are never ready', () => {
    const web = cloned();
    web.app('app:broken');
    web.roll('demo-v1>demo-v2 5 [1,4]');
    web.rest();
    expect(web.model.state()).toBe(`rollingInBatches/batchVerifying #0 T=5 up=1 (${up})`);
    expect(web.condition('BatchVerifying')).toBe('False the batch is not ready yet');
  });

  test('10: scaled in batches, with the partition lowered below the running one', () => {
    const web = scene('v1.1.13', 'clone');
    web.app('app:v1');
    web.roll('>demo-v1 6 [2,2,2]');
    web.until('rollingInBatches/batchInitializing #1');
    web.roll('>demo-v1 6 [2,2,2] 0');
    web.rest();
    expect(web.since()).toEqual([
      `rollingInBatches/batchInRolling #1 T=6 up=2 rdy=2 (${first})`,
      `rollingInBatches/batchVerifying #1 T=6 up=4 (${first})`,
      `rollingInBatches/batchFinalizing #1 T=6 up=4 rdy=4 (${first})`,
      `rolloutFailing/batchInitializing #1 T=6 up=4 rdy=4 (${first})`,
      `rolloutFailed/batchInitializing #1 T=6 up=4 rdy=4 (${first})`,
    ]);
    expect(web.condition('BatchFinalizing')).toBe(
      'False the current batch value in the status is greater than the batch partition',
    );
  });

  test('11: only the size tells a second scale from the first', () => {
    const web = cloned();
    web.roll('>demo-v1 7 [2]');
    web.rest();
    expect(web.since()).toEqual([
      `verifyingSpec/batchInitializing #0 T=-1 up=0 rdy=0 (${first})`,
      `initializing/batchInitializing #0 T=7 up=0 rdy=0 (${first})`,
      ...batches(first, 7, [{ at: 0, to: 7 }]),
    ]);
  });

  test('11: deleted midway, the pods stay as they are', () => {
    const web = cloned();
    web.app('app:v2');
    web.roll('demo-v1>demo-v2 5 [1,2,2] 0');
    web.rest();
    web.model.send({ op: 'delete', kind: 'AppRollout', name: 'demo', detail: null });
    web.rest();
    expect(web.since().slice(-2)).toEqual([`rolloutFailed/batchInitializing #0 T=5 up=1 rdy=1 (${up})`, 'none']);
    expect(web.model.rest().workloads).toEqual(['CloneSet/web app:v2 size=5 partition=4 paused updated=1 ready=5']);
  });
});
