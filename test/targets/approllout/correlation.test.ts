import { describe, expect, test } from 'vitest';
import { type JsonObject, objectAt } from '../../../src/release/json.ts';
import type { Engine } from '../../../src/release/observation.ts';
import type { KubeObject } from '../../../src/release/ports.ts';
import { engineOf } from '../../../src/targets/approllout/engine.ts';
import { pairMark, releaseOf } from '../../../src/targets/approllout/status.ts';
import { words } from './followed.ts';

const hash = 'abc';
const plan = { targetSize: 5, rolloutBatches: [{ replicas: 1 }, { replicas: 4 }], batchPartition: 0 };
const mark = (source: string | null, target: string, targetSize: number | null = 5) =>
  pairMark({ source, target, targetSize }, hash);

interface Written {
  readonly spec?: JsonObject;
  readonly plan?: JsonObject;
  readonly metadata?: JsonObject;
  readonly status?: JsonObject;
}

/** An AppRollout of stepgate for release r2, from v1 to v2. */
function rollout({ spec = {}, plan: more = {}, metadata = {}, status = {} }: Written = {}): KubeObject {
  return {
    apiVersion: 'core.oam.dev/v1beta1',
    kind: 'AppRollout',
    metadata: {
      name: 'shop',
      namespace: 'shop',
      labels: { 'stepgate.dev/release': 'r2' },
      annotations: { 'stepgate.dev/pair': mark('v1', 'v2') },
      ...metadata,
    },
    spec: {
      sourceAppRevisionName: 'v1',
      targetAppRevisionName: 'v2',
      componentList: ['shop'],
      rolloutPlan: { ...plan, ...more },
      ...spec,
    },
    status: {
      rollingState: 'rollingInBatches',
      batchRollingState: 'batchReady',
      currentBatch: 0,
      rolloutTargetSize: 5,
      LastSourceAppRevision: 'v1',
      lastTargetAppRevision: 'v2',
      ...status,
    },
  };
}

const made = (labels: JsonObject): KubeObject => ({
  metadata: {
    labels: { 'app.oam.dev/appRevision': 'v2', 'app.oam.dev/app-revision-hash': hash, ...labels },
  },
});

function engine(
  object: KubeObject,
  more: { newPods?: number; takenAt?: string; workload?: KubeObject | null } = {},
): Engine {
  const { newPods = 1, takenAt = '2026-11-21T01:00:00Z', workload = made({}) } = more;
  return engineOf({
    rollout: object,
    id: releaseOf(object, workload),
    hasWorkload: workload !== null,
    newPods,
    size: 5,
    takenAt: new Date(takenAt),
  });
}

test('a status of this pair and this size is that of the release', () => {
  expect(words(engine(rollout()))).toBe('waiting 1 of r2');
});

const ended = (status: JsonObject): JsonObject => ({ rollingState: 'rolloutSucceed', currentBatch: 1, ...status });

describe('never reported as the end or the gate of the release', () => {
  test.each<[string, Written, string]>([
    ['another target, at its end', { status: ended({ lastTargetAppRevision: 'v0' }) }, 'unseen'],
    ['another source, at its end', { status: ended({ LastSourceAppRevision: 'v0' }) }, 'unseen'],
    ['another size, at its end', { status: ended({ rolloutTargetSize: 4 }) }, 'unseen'],
    ['no size yet, at the end of the one before', { status: ended({ rolloutTargetSize: -1 }) }, 'unseen'],
    ['a failure of another pair', { status: { rollingState: 'rolloutFailed', lastTargetAppRevision: 'v0' } }, 'unseen'],
    ['another target, at a gate', { status: { lastTargetAppRevision: 'v0' } }, 'moving 1'],
    ['another source, at a gate', { status: { LastSourceAppRevision: 'v0' } }, 'moving 1'],
    ['another size, at a gate', { status: { rolloutTargetSize: 4 } }, 'moving 1'],
    [
      'the swapped pair, at a gate',
      { status: { LastSourceAppRevision: 'v2', lastTargetAppRevision: 'v1' } },
      'moving 1',
    ],
    ['nothing at all', { status: { rollingState: '' } }, 'unseen'],
  ])('%s', (_, written, wanted) => {
    expect(words(engine(rollout(written)))).toBe(wanted);
  });
});

test.each<[string, JsonObject, string]>([
  [
    'the very first begin, which names no pair',
    { rollingState: 'verifyingSpec', lastTargetAppRevision: '', LastSourceAppRevision: '', rolloutTargetSize: -1 },
    'starting of r2',
  ],
  ['a begin, whose size is not known', { rollingState: 'verifyingSpec', rolloutTargetSize: -1 }, 'starting of r2'],
  [
    'a failure before the size was verified',
    { rollingState: 'rolloutFailed', rolloutTargetSize: -1 },
    'moving 1 of r2, blocked',
  ],
  ['the closing state', { rollingState: 'finalising', currentBatch: 1 }, 'finishing of r2'],
  ['the end', ended({}), 'idle of r2 (succeeded)'],
  ['a step that may go on', { currentBatch: 0, batchRollingState: 'batchFinalizing' }, 'moving 1 of r2'],
  ['a state of a later version', { rollingState: 'somethingNew' }, 'moving 1 of r2'],
  ['being given up', { rollingState: 'rolloutAbandoning' }, 'moving 1 of r2'],
])('is about the release: %s', (_, status, wanted) => {
  expect(words(engine(rollout({ status })))).toBe(wanted);
});

test.each<[string, Written, string]>([
  ['a raised partition', { plan: { batchPartition: 1 } }, 'moving 1 of r2, leaving'],
  ['no partition', { spec: { rolloutPlan: { ...plan, batchPartition: null } } }, 'moving 1 of r2, leaving'],
  ['paused, and not seen yet', { plan: { paused: true } }, 'moving 1 of r2'],
  [
    'paused and seen',
    { plan: { paused: true }, status: { conditions: [{ type: 'BatchPaused', status: 'True' }] } },
    'frozen 1 of r2',
  ],
  [
    'no longer paused, with the condition that stays',
    { status: { conditions: [{ type: 'BatchPaused', status: 'True' }] } },
    'waiting 1 of r2',
  ],
  ['being deleted', { metadata: { deletionTimestamp: '2026-11-21T01:00:00Z' } }, 'off'],
  [
    'a rollback',
    { metadata: { annotations: { 'stepgate.dev/rollback': 'true' } }, status: ended({}) },
    'idle (cancelled)',
  ],
])('%s', (_, written, wanted) => {
  expect(words(engine(rollout(written)))).toBe(wanted);
});

test('a step that KubeVela calls ready with too few new pods still moves', () => {
  expect(words(engine(rollout(), { newPods: 0 }))).toBe('moving 1 of r2');
});

test('at its end without a workload there is none', () => {
  expect(words(engine(rollout({ status: ended({}) }), { workload: null }))).toBe('noWorkload');
});

test('a begin that takes a minute is blocked, and not before', () => {
  const managedFields = [
    { manager: 'kubevela', time: '2026-11-21T01:00:00Z' },
    { manager: 'stepgate', time: '2026-11-21T00:59:00Z' },
  ];
  const waiting = rollout({
    metadata: {
      labels: { 'stepgate.dev/release': 'r2' },
      annotations: { 'stepgate.dev/pair': mark('v1', 'v2') },
      managedFields,
    },
    status: { rollingState: 'locatingTargetApp', rolloutTargetSize: -1 },
  });
  expect(words(engine(waiting, { takenAt: '2026-11-21T01:00:59Z' }))).toBe('starting of r2');
  const late = engine(waiting, { takenAt: '2026-11-21T01:01:00Z' });
  expect(words(late)).toBe('moving 1 of r2, blocked');
  expect(late.at === 'moving' ? late.blocked?.why : '').toContain('a revision is missing (v2 and v1)');
});

const labels = (more: JsonObject = {}) => ({ labels: { 'stepgate.dev/release': 'r2' }, annotations: {}, ...more });

describe('the release of an AppRollout', () => {
  test.each<[string, Written, KubeObject | null, string | null]>([
    ['is that of its label', {}, made({}), 'r2'],
    ['before there is a workload too', {}, null, 'r2'],
    ['while the workload is still of another revision', {}, made({ 'app.oam.dev/appRevision': 'v1' }), 'r2'],
    ['is unknown when somebody points it elsewhere', { spec: { targetAppRevisionName: 'v3' } }, made({}), null],
    ['is unknown when somebody changes the source', { spec: { sourceAppRevisionName: 'v0' } }, made({}), null],
    ['is unknown when somebody changes the size', { plan: { targetSize: 6 } }, made({}), null],
    [
      'is unknown when the revision of that name has another content',
      {},
      made({ 'app.oam.dev/app-revision-hash': 'other' }),
      null,
    ],
    ['is still known when the partition is raised', { plan: { batchPartition: 1 } }, made({}), 'r2'],
    [
      'is that of the workload when it is not stepgate’s',
      { metadata: labels() },
      made({ 'stepgate.dev/release': 'r7' }),
      'r7',
    ],
    [
      'is not that of a workload of another revision',
      { metadata: labels() },
      made({ 'stepgate.dev/release': 'r7', 'app.oam.dev/appRevision': 'v1' }),
      null,
    ],
    ['is unknown without a workload when it is not stepgate’s', { metadata: labels() }, null, null],
  ])('%s', (_, written, workload, wanted) => {
    expect(releaseOf(rollout(written), workload)).toBe(wanted);
  });
});

test('the marks of two pairs, sizes or contents differ', () => {
  const all = [mark('v1', 'v2'), mark('v2', 'v1'), mark(null, 'v2'), mark('v1', 'v2', 6), mark('v1', 'v2', null)];
  expect(new Set([...all, pairMark({ source: 'v1', target: 'v2', targetSize: 5 }, 'def')]).size).toBe(6);
  expect(objectAt(rollout(), 'metadata', 'annotations')).toEqual({ 'stepgate.dev/pair': all[0] });
});
