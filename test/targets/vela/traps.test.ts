import { expect, test } from 'vitest';
import type { Surroundings } from '../../../src/release/finding.ts';
import type { JsonObject } from '../../../src/release/json.ts';
import { nothingSeen } from '../../../src/release/observation.ts';
import { velaApplication } from '../../../src/targets/vela/index.ts';
import { commit, deployment, ingress, routed } from '../delivery-fixture.ts';
import { application, ofApplication } from './fixture.ts';

const { render, traps } = velaApplication;
const around: Surroundings = { lists: {}, looked: {}, workload: null, changedConfig: [] };
const unseen = nothingSeen(new Date('2026-11-25T10:00:00Z'));

const found = (app = application(), of = ofApplication('partition 1 50% 100%')) =>
  traps(of, render(of, commit, [app], 1), unseen, around).map(({ severity, code }) => `${severity} ${code}`);
const beside = (other: JsonObject) => found(application({}, {}, {}, { name: 'worker', type: 'worker', ...other }));
const later = 'note GATE_SEEN_LATER';
const rollout = (canary: JsonObject) => ({ traits: [{ type: 'kruise-rollout', properties: { canary } }] });

test('an Application alone has only the note that no dry-run shows its gate', () => {
  expect(found()).toEqual([later]);
});

test('a component beside it goes out without steps, unless it has no pods', () => {
  expect(beside({})).toEqual(['warning COMPONENT_UNGATED', later]);
  expect(beside({ type: 'k8s-objects', properties: { objects: [deployment()] } })).toContain(
    'warning COMPONENT_UNGATED',
  );
  expect(beside({ type: 'k8s-objects', properties: { objects: [{ kind: 'ConfigMap' }] } })).toEqual([later]);
});

test('a component beside it with a trait that the addon reads has steps that nobody leaves', () => {
  expect(beside(rollout({ steps: [{ replicas: 1 }], trafficRoutings: [{ type: 'ingress' }] }))).toEqual([
    'warning COMPONENT_UNGATED',
    later,
  ]);
});

test.each([
  ['matches', { steps: [{ replicas: 1, matches: [{ headers: [] }] }] }],
  ['type nginx', { steps: [{ replicas: 1 }], trafficRoutings: [{ type: 'nginx' }] }],
])('a trait with %s would fail the whole Application', (_, canary) => {
  expect(beside(rollout(canary))).toEqual(['error PARAMETER_UNREADABLE', 'warning COMPONENT_UNGATED', later]);
});

test('a workflow decides when the component is written', () => {
  const steps = [{ name: 'ask', type: 'suspend' }];
  expect(found(application({}, { workflow: { steps } }))).toEqual(['warning WORKFLOW_DECIDES', later]);
});

test("the engine's traps of a plan are told too, by the size of the component", () => {
  const app = application({ properties: { image: 'shop:2', replicas: 2 } });
  expect(found(app, ofApplication('partition 50% 60% 100%'))).toContain('warning STEP_MOVES_NOTHING');
  expect(found(app, ofApplication('partition 50% 1 100%'))).toContain('error PERCENT_THEN_INTEGER');
});

test('and those of the pods where the component brings them', () => {
  const template = { metadata: { labels: { app: 'shop' } }, spec: { containers: [{ name: 'shop', image: 'shop:2' }] } };
  const app = application({ type: 'k8s-objects', properties: { objects: [deployment({ template })] } });
  expect(found(app)).toContain('warning NO_READINESS_PROBE');
  expect(found()).not.toContain('warning NO_READINESS_PROBE');
});

test('a Service of pods that only KubeVela knows is not said to miss them', () => {
  const service = {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: { name: 'shop' },
    spec: { selector: { 'app.oam.dev/component': 'shop' } },
  };
  const lists = { Service: [service], Ingress: [ingress] };
  const of = ofApplication('canary 1/10 50%/50 100%/100', routed);
  const codes = (app: JsonObject) =>
    traps(of, render(of, commit, [app], 1), unseen, { ...around, lists }).map(({ code }) => code);
  expect(codes(application())).not.toContain('TRAFFIC_TARGET_MISSING');
  const template = { metadata: { labels: { app: 'shop' } }, spec: { containers: [{ name: 'shop', image: 'shop:2' }] } };
  const objects = [deployment({ template })];
  expect(codes(application({ type: 'k8s-objects', properties: { objects } }))).toContain('TRAFFIC_TARGET_MISSING');
});
