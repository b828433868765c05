import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/release/json.ts';
import type { KubeObject } from '../../../src/release/ports.ts';
import { carrierOf } from '../../../src/targets/approllout/carrier.ts';
import { pairMark, specOf } from '../../../src/targets/approllout/status.ts';
import { podsOfTarget, workloadsOf } from '../../../src/targets/approllout/workload.ts';
import { application } from './fixture.ts';

const spec = specOf({ spec: { sourceAppRevisionName: 'site-v1', targetAppRevisionName: 'site-v2' } });

function workload(name: string, labels: JsonObject = {}, observedGeneration = 2): KubeObject {
  return {
    metadata: { name, generation: 2, labels: { 'app.oam.dev/appRevision': 'site-v2', ...labels } },
    status: { observedGeneration, updateRevision: 'shop-abc' },
  };
}

const pod = (name: string, labels: JsonObject): KubeObject => ({ metadata: { name, labels } });

describe('the pods of the target', () => {
  const byHash = (hash: string) => pod('shop-x', { 'controller-revision-hash': hash, 'pod-template-hash': hash });

  test.each<[string, string, KubeObject, KubeObject, boolean]>([
    ['a CloneSet labels them with the hash', 'CloneSet', workload('shop'), byHash('abc'), true],
    ['another hash is another version', 'CloneSet', workload('shop'), byHash('def'), false],
    ['a StatefulSet labels them with the whole name', 'StatefulSet', workload('shop'), byHash('shop-abc'), true],
    ['of a template that was not seen yet there are none', 'CloneSet', workload('shop', {}, 1), byHash('abc'), false],
    [
      'nor of a workload that still has the source',
      'CloneSet',
      workload('shop', { 'app.oam.dev/appRevision': 'site-v1' }),
      byHash('abc'),
      false,
    ],
    [
      'those of a Deployment have its name',
      'Deployment',
      workload('shop-v2'),
      pod('shop-v2-77-x', { 'pod-template-hash': '77' }),
      true,
    ],
    [
      'and those of the other have the other name',
      'Deployment',
      workload('shop-v2'),
      pod('shop-v1-77-x', { 'pod-template-hash': '77' }),
      false,
    ],
    [
      'a longer name is another one',
      'Deployment',
      workload('shop-v2'),
      pod('shop-v2-v1-77-x', { 'pod-template-hash': '77' }),
      false,
    ],
  ])('%s', (_, kind, target, one, wanted) => {
    expect(podsOfTarget({ workload: { kind, name: 'shop' } }, target, spec)(one)).toBe(wanted);
  });
});

test('each revision of a Deployment has its own, told by its label', () => {
  const [old, fresh] = [workload('shop-v1', { 'app.oam.dev/appRevision': 'site-v1' }), workload('shop-v2')];
  const snapshot = { takenAt: new Date(0), rollout: null, workload: null, pods: [], beside: [fresh, old] };
  const found = workloadsOf({ workload: { kind: 'Deployment', name: 'shop' } }, snapshot, spec);
  expect([found.source, found.target]).toEqual([old, fresh]);
  expect(workloadsOf({ workload: { kind: 'Deployment', name: 'shop' } }, snapshot, null)).toEqual({
    source: null,
    target: null,
  });
});

const latestRevision = { name: 'site-v2', revision: 2, revisionHash: 'abc' };
const made = (hash: string) => workload('shop', { 'app.oam.dev/app-revision-hash': hash });

function live(status: JsonObject = {}): KubeObject {
  const app = application({}, {}, { generation: 3, labels: { 'stepgate.dev/release': 'r2' } });
  return { ...app, status: { observedGeneration: 3, latestRevision, ...status } };
}

/** An AppRollout that stepgate has aimed at that revision, for a release. */
function aimed(release: string, target = 'site-v2', hash = 'abc'): KubeObject {
  const pair = { source: 'site-v1', target, targetSize: 5 };
  return {
    metadata: {
      labels: { 'stepgate.dev/release': release },
      annotations: { 'stepgate.dev/delivery': 'shop', 'stepgate.dev/pair': pairMark(pair, hash) },
    },
    spec: { sourceAppRevisionName: 'site-v1', targetAppRevisionName: target, rolloutPlan: { targetSize: 5 } },
    status: { rollingState: 'locatingTargetApp' },
  };
}

describe('the Application', () => {
  const failed = { type: 'Revision', status: 'False', message: 'no definition' };
  test.each<[string, KubeObject, KubeObject | null, KubeObject | null, string]>([
    ['is made when the workload is of its newest revision', live(), aimed('r2'), made('abc'), 'made'],
    ['is not made by a revision of the same name and other content', live(), aimed('r2'), made('def'), 'waits'],
    ['has to be aimed at', live(), aimed('r1', 'site-v1', 'def'), made('def'), 'aim'],
    ['has to be aimed at for its own release', live(), aimed('r1'), made('def'), 'aim'],
    ['is aimed at once for each release', live(), aimed('r2', 'site-v1', 'def'), null, 'waits'],
    [
      'stays made when it is changed beside the component',
      live(),
      aimed('r2', 'site-v1', 'def'),
      workload('shop', { 'app.oam.dev/appRevision': 'site-v1', 'app.oam.dev/app-revision-hash': 'def' }),
      'made',
    ],
    [
      'has no revision before KubeVela has seen it',
      live({ observedGeneration: 2 }),
      aimed('r1', 'site-v1'),
      null,
      'waits',
    ],
    [
      'has none when KubeVela can not make it',
      live({ conditions: [failed] }),
      aimed('r1', 'site-v1'),
      null,
      'waits: no definition',
    ],
    ['needs an AppRollout', live(), null, null, 'waits'],
  ])('%s', (_, app, rollout, of, wanted) => {
    const { isRendered, waitsForAim, trouble, id } = carrierOf(app, { rollout, workload: of });
    const said = trouble === null ? '' : `: ${trouble}`;
    expect(`${isRendered ? 'made' : waitsForAim ? 'aim' : 'waits'}${said}`).toBe(wanted);
    expect(id).toBe('r2');
  });
});
