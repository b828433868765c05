import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/release/json.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import { restartsOf, runningOf } from '../../src/targets/kruise/containers.ts';

const now = new Date('2026-11-21T10:00:00Z');
const at = (minutes: number) => `2026-11-21T09:${String(minutes).padStart(2, '0')}:00Z`;

/** Container statuses as the kubelet writes them. */
const runs = (since: number): JsonObject => ({ restartCount: 0, state: { running: { startedAt: at(since) } } });
const restarted = (ended: number, count = 1): JsonObject => ({
  restartCount: count,
  state: { running: { startedAt: at(ended + 1) } },
  lastState: { terminated: { exitCode: 1, startedAt: at(1), finishedAt: at(ended) } },
});
const backsOff: JsonObject = {
  restartCount: 3,
  state: { waiting: { reason: 'CrashLoopBackOff' } },
  lastState: { terminated: { exitCode: 1, startedAt: at(1), finishedAt: at(2) } },
};
const ended: JsonObject = { restartCount: 0, state: { terminated: { exitCode: 1, finishedAt: at(30) } } };
const forgotten: JsonObject = { restartCount: 2, state: { running: { startedAt: at(5) } } };
const completed: JsonObject = { restartCount: 0, state: { terminated: { exitCode: 0, finishedAt: at(40) } } };

const pod = (containers: readonly JsonObject[], init: readonly JsonObject[] = []): KubeObject => ({
  metadata: { name: 'shop-x', creationTimestamp: at(0) },
  status: { containerStatuses: containers, initContainerStatuses: init },
});

describe('since when containers run, and their restarts', () => {
  test.for<[string, readonly KubeObject[], string | null]>([
    ['no pod', [], null],
    ['a pod of which the kubelet has said nothing', [pod([])], null],
    ['one that has never restarted', [pod([runs(3)])], '09:03 0'],
    ['the youngest of two containers', [pod([runs(3), runs(8)])], '09:08 0'],
    ['the youngest of two pods', [pod([runs(9)]), pod([runs(3)])], '09:09 0'],
    ['a restart counts from the start that followed', [pod([restarted(20)])], '09:21 1'],
    ['the last restart, and all of them', [pod([restarted(20, 4)]), pod([restarted(30, 2), runs(3)])], '09:31 6'],
    ['a restart whose time is not known is now', [pod([forgotten])], '10:00 2'],
    ['a container that waits for its next start', [pod([backsOff])], null],
    ['one of two that waits for its next start', [pod([runs(3)]), pod([runs(3), backsOff])], null],
    ['one that has just ended', [pod([ended])], null],
    [
      'one that is being created',
      [pod([{ restartCount: 0, state: { waiting: { reason: 'ContainerCreating' } } }])],
      null,
    ],
    ['an init container that is done', [pod([runs(45)], [completed])], '09:45 0'],
    ['a sidecar among the init containers that restarted', [pod([runs(3)], [restarted(50)])], '09:51 1'],
    ['one without the time of its start', [pod([{ restartCount: 0, state: { running: {} } }])], '09:00 0'],
  ])('%s', ([, pods, wanted]) => {
    const found = runningOf(pods, now);
    expect(found === null ? null : `${found.since.toISOString().slice(11, 16)} ${found.restarts}`).toBe(wanted);
  });
});

test('restarts are listed, the last one first, with how the run before ended', () => {
  const killed: JsonObject = {
    name: 'main',
    restartCount: 3,
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    lastState: { terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: at(20) } },
  };
  const found = restartsOf([pod([{ ...forgotten, name: 'side' }, runs(3)]), pod([killed])]);
  expect(
    found.map(({ container, count, at: time, reason }) => [container, count, time?.toISOString(), reason]),
  ).toEqual([
    ['main', 3, '2026-11-21T09:20:00.000Z', 'OOMKilled, exit code 137'],
    ['side', 2, undefined, ''],
  ]);
});
