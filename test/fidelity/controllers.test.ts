import { expect, test } from 'vitest';
import { conflict } from '../../src/simulator/api/answers.ts';
import type { Change } from '../../src/simulator/api/store.ts';
import { type Delays, type Outcome, runController } from '../../src/simulator/controllers.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';

const metadata = { name: 'b', namespace: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
const object = { apiVersion: 'v1', kind: 'Pod', metadata };
const change: Change = { type: 'MODIFIED', kind: 'Pod', object, old: object, version: 1 };
const delays = (late: boolean): Delays => ({ notice: () => 5, work: () => 10, late: () => late });

test('a pass that the API server refuses is tried again', () => {
  const timeline = virtualTimeline(0);
  const passes: number[] = [];
  const look = (): Outcome => {
    passes.push(timeline.now());
    if (passes.length === 1) throw conflict('pods', 'one');
    return {};
  };
  const running = runController({ name: 'test', wakes: () => ['a/b'], look }, timeline, delays(false));
  running.changed(change);
  timeline.advance(1000);
  expect(passes).toEqual([5, 15]);
  expect(running.idle).toBe(true);
});

test.each([
  [true, 'before'],
  [false, 'after'],
])('where the cache is late (%s), what changes during a pass is decided on by the state %s its write', (late, seen) => {
  const timeline = virtualTimeline(0);
  let stored = 'before';
  const read: string[] = [];
  const look = (): Outcome => {
    read.push(stored);
    return read.length > 1
      ? {}
      : {
          finish: () => {
            stored = 'after';
          },
        };
  };
  const running = runController({ name: 'test', lags: true, wakes: () => ['a/b'], look }, timeline, delays(late));
  running.changed(change);
  timeline.advance(6);
  running.changed(change);
  timeline.advance(1000);
  expect(read).toEqual(['before', seen]);
});
