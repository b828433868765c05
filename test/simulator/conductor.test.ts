import { setTimeout as realSleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { conduct, Stalled } from '../../src/simulator/conductor.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';

const start = Date.parse('2026-11-20T16:00:00Z');
const never = new AbortController().signal;

test('a sleep of three days takes no time, and ends at its moment', async () => {
  const { clock, run } = conduct(virtualTimeline(start));
  const woke = await run(async () => {
    await clock.sleep(3 * 86_400_000, never);
    return clock.now().toISOString();
  });
  expect(woke).toBe('2026-11-23T16:00:00.000Z');
});

test('several sleep at once and wake in the order of their moments', async () => {
  const { clock, run } = conduct(virtualTimeline(start));
  const woke: string[] = [];
  const sleeper = (name: string, ms: number) =>
    run(async () => {
      await clock.sleep(ms, never);
      woke.push(`${name} ${clock.now().getTime() - start}`);
    });
  await Promise.all([sleeper('late', 900), sleeper('early', 100), sleeper('middle', 500)]);
  expect(woke).toEqual(['early 100', 'middle 500', 'late 900']);
});

test('time stands while work is in flight', async () => {
  const timeline = virtualTimeline(start);
  const { clock, run, track } = conduct(timeline);
  timeline.after(1, () => {});
  const after = await run(() =>
    track(async () => {
      await realSleep(20);
      return clock.now().getTime() - start;
    }),
  );
  expect(after).toBe(0);
});

test('a sleep ends with the reason of its signal, and leaves no task behind', async () => {
  const timeline = virtualTimeline(start);
  const { clock, run } = conduct(timeline);
  const stop = new AbortController();
  timeline.after(10, () => stop.abort(new Error('enough')));
  await expect(run(() => clock.sleep(1000, stop.signal))).rejects.toThrow('enough');
  expect(timeline.next).toBeNull();
  await expect(run(() => clock.sleep(1, stop.signal))).rejects.toThrow('enough');
});

test('everybody waiting for nothing is told, not waited for', async () => {
  const { run } = conduct(virtualTimeline(start));
  await expect(run(() => new Promise(() => {}))).rejects.toThrow(Stalled);
});
