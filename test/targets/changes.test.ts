import { expect, test } from 'vitest';
import type { Change, ChangeFacts, OneWrite } from '../../src/release/change.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import { emptyRecord } from '../../src/release/record.ts';
import { kruise } from '../../src/targets/kruise/index.ts';
import { delivery } from './delivery-fixture.ts';

const facts: ChangeFacts = {
  delivery: delivery('partition 1 50% 100%'),
  rollout: {
    metadata: { generation: 3, annotations: { 'stepgate.dev/record': '{}' } },
    spec: { strategy: { canary: { steps: [{ pause: { duration: 0 } }] } } },
    status: { message: 'asks', canaryStatus: { observedRolloutID: 'r', currentStepIndex: 1, podTemplateHash: 'h' } },
  },
  written: null,
  method: 'status',
  jumpTo: null,
};
const advance = { do: 'advance', release: 'r', step: 1, why: 'open' } as const;

/** The object, and every place of it that is changed. */
function brief(change: Change): string {
  if (change.do === 'apply') throw new Error('an apply');
  if (change.do === 'remove') return `delete ${change.ref.kind.kind} ${change.ref.name} ${change.uid}`;
  const { ref, subresource, body, manager } = change;
  const places = body.filter(({ op }) => op !== 'test').map(({ op, path }) => `${op} ${path}`);
  return `${ref.kind.kind}${subresource === null ? '' : `/${subresource}`} ${manager}: ${places.join(', ')}`;
}

test.for<[OneWrite, Partial<ChangeFacts>, string]>([
  [advance, {}, 'Rollout/status stepgate-promote: replace /status/canaryStatus/currentStepState'],
  [advance, { method: 'plan' }, 'Rollout stepgate-promote: replace /spec/strategy/canary/steps/0/pause'],
  [advance, { jumpTo: 3 }, 'Rollout/status stepgate-promote: replace /status/canaryStatus/nextStepIndex'],
  // A jump is by status, whatever the method.
  [
    advance,
    { jumpTo: 3, method: 'plan' },
    'Rollout/status stepgate-promote: replace /status/canaryStatus/nextStepIndex',
  ],
  [
    { do: 'restorePauses', steps: [1], why: '' },
    {},
    'Rollout stepgate-promote: replace /spec/strategy/canary/steps/0/pause',
  ],
  [{ do: 'unpauseRollout', why: '' }, {}, 'Rollout stepgate-rollback: replace /spec/strategy/paused'],
  [{ do: 'removePod', pod: { name: 'shop-3', uid: 'u3', since: null }, why: '' }, {}, 'delete Pod shop-3 u3'],
])('%j with %j', ([decision, more, expected]) => {
  expect(brief(kruise.change(decision, { ...facts, ...more }))).toBe(expected);
});

test('every patch tests what was decided on', () => {
  const tested = (change: Change) => (change.do === 'patch' ? change.body.filter(({ op }) => op === 'test') : []);
  const guards = tested(kruise.change(advance, facts)).map(({ path }) => path);
  expect(guards).toContain('/status/canaryStatus/observedRolloutID');
  expect(guards).toContain('/metadata/generation');
});

test('a record about what is live is bound to the release that the engine has come to', () => {
  const paths = (rollout: KubeObject, live?: boolean) =>
    kruise.patches.record(rollout, emptyRecord, live).flatMap(({ op, path }) => (op === 'test' ? [path] : []));
  const { rollout } = facts;
  expect(paths(rollout)).toEqual(['/metadata/uid', '/metadata/annotations/stepgate.dev~1record']);
  expect(paths(rollout, true)).toEqual([...paths(rollout), '/status/canaryStatus/observedRolloutID']);
  expect(paths({ ...rollout, status: {} }, true), 'the engine has come to none').toEqual(paths(rollout));
});

test('the repair of a workload is bound to the version that was looked at', () => {
  const workload: KubeObject = { metadata: { uid: 'u', resourceVersion: '7' }, spec: { paused: true } };
  expect(kruise.patches.repair(facts.delivery, workload)).toEqual([
    { op: 'test', path: '/metadata/uid', value: 'u' },
    { op: 'test', path: '/metadata/resourceVersion', value: '7' },
    { op: 'replace', path: '/spec/strategy', value: { type: 'RollingUpdate' } },
    { op: 'remove', path: '/spec/paused' },
  ]);
});
