import { describe, expect, test } from 'vitest';
import type { Severity, Surroundings } from '../../src/release/finding.ts';
import type { JsonObject } from '../../src/release/json.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import { kruise } from '../../src/targets/kruise/index.ts';
import { commit, delivery, deployment, object, podTemplate } from './delivery-fixture.ts';

/** A case; what is left out is an idle Deployment of four pods, each with requests of 500m and 1Gi, in an empty namespace. */
interface Case {
  readonly plan?: string;
  readonly spec?: JsonObject;
  readonly container?: JsonObject;
  readonly pod?: JsonObject;
  /** Labels of the new template. */
  readonly labels?: JsonObject;
  readonly quotas?: readonly KubeObject[] | null;
  readonly ranges?: readonly KubeObject[] | null;
  readonly budgets?: readonly KubeObject[] | null;
  readonly nodes?: readonly KubeObject[] | null;
  readonly pods?: readonly KubeObject[] | null;
  /** A first deploy. */
  readonly absent?: boolean;
}

const asks = { resources: { requests: { cpu: '500m', memory: '1Gi' } } };

function workloadOf({ container = asks, pod = {}, spec = {} }: Case, labels: JsonObject): KubeObject {
  const [first] = podTemplate.spec.containers;
  const template = { metadata: { labels }, spec: { ...pod, containers: [{ ...first, ...container }] } };
  return deployment({ replicas: 4, template, ...spec });
}

function codes(its: Case): readonly string[] {
  const wanted = delivery(its.plan ?? 'partition 1 100%');
  const stable = { app: 'shop' };
  const live = its.absent === true ? null : workloadOf(its, stable);
  const rendered = kruise.render(wanted, commit, [workloadOf(its, its.labels ?? stable)], 1);
  const pods = live === null ? [] : [1, 2, 3, 4].map((number) => podOf(`shop-${number}`));
  const observation = kruise.observe(wanted, { takenAt: new Date(0), rollout: null, workload: live, pods });
  const around: Surroundings = {
    lists: {
      ResourceQuota: its.quotas === undefined ? [] : its.quotas,
      LimitRange: its.ranges === undefined ? [] : its.ranges,
      PodDisruptionBudget: its.budgets === undefined ? [] : its.budgets,
    },
    everywhere: { Node: its.nodes ?? null, Pod: its.pods === undefined ? [] : its.pods },
    looked: {},
    workload: live,
    changedConfig: [],
  };
  return kruise.traps(wanted, rendered, observation, around).map(({ code, severity, message, facts, wayOut }) => {
    expect(`${message} ${facts.join(' ')} ${wayOut}`).not.toMatch(/undefined|null|NaN|\[object/);
    return `${severity} ${code}`;
  });
}

function podOf(name: string, spec: JsonObject = {}, status: JsonObject = {}): KubeObject {
  const metadata = { name, labels: { app: 'shop', 'pod-template-hash': 'a' } };
  return { ...object('v1', 'Pod', name), metadata, spec, status };
}

const quota = (hard: JsonObject, used: JsonObject, spec: JsonObject = {}) =>
  object('v1', 'ResourceQuota', 'team', { spec: { hard, ...spec }, status: { hard, used } });
const range = (item: JsonObject, type = 'Container') =>
  object('v1', 'LimitRange', 'team', { spec: { limits: [{ type, ...item }] } });
const budget = (spec: JsonObject, status: JsonObject = {}) =>
  object('policy/v1', 'PodDisruptionBudget', 'shop', {
    spec: { selector: { matchLabels: { app: 'shop' } }, ...spec },
    status,
  });
const node = (name: string, allocatable: JsonObject, more: JsonObject = {}): KubeObject => ({
  ...object('v1', 'Node', name, { spec: {}, ...more }),
  status: { allocatable: { pods: '110', ...allocatable }, conditions: [{ type: 'Ready', status: 'True' }] },
});
const uses = (name: string, cpu: string, phase = 'Running') =>
  podOf('other', { nodeName: name, containers: [{ resources: { requests: { cpu } } }] }, { phase });
const big = { cpu: '4', memory: '16Gi' };
const blue = 'blueGreen 50% 100%';
const bare = { container: { resources: {} } };

/** For each trap: a case that springs it, one that comes near and does not, and why not. */
const table: readonly (readonly [string, Severity, string, Case, string, Case])[] = [
  [
    'QUOTA_TOO_SMALL',
    'error',
    'four more pods of blueGreen, room for three',
    { plan: blue, quotas: [quota({ pods: '10' }, { pods: '7' })] },
    'room for four',
    { plan: blue, quotas: [quota({ pods: '10' }, { pods: '6' })] },
  ],
  [
    'QUOTA_TOO_SMALL',
    'error',
    'requests of the extra Deployment',
    { plan: 'canary 50%', quotas: [quota({ 'requests.memory': '8Gi' }, { 'requests.memory': '6.5Gi' })] },
    'of which there is just enough at rest and while the stable pods are replaced',
    { plan: 'canary 50%', quotas: [quota({ 'requests.memory': '8Gi' }, { 'requests.memory': '5Gi' })] },
  ],
  [
    'QUOTA_TOO_SMALL',
    'warning',
    'one more pod for a moment',
    { quotas: [quota({ 'requests.cpu': '2' }, { 'requests.cpu': '2' })] },
    'the cluster may not be read',
    { quotas: null },
  ],
  [
    'QUOTA_TOO_SMALL',
    'error',
    'a first deploy',
    { absent: true, quotas: [quota({ pods: '3' }, { pods: '0' })] },
    'for pods of another priority',
    {
      absent: true,
      quotas: [
        quota(
          { pods: '3' },
          { pods: '0' },
          {
            scopeSelector: {
              matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }],
            },
          },
        ),
      ],
    },
  ],
  [
    'QUOTA_TOO_SMALL',
    'error',
    'containers that say no limit',
    { quotas: [quota({ 'limits.cpu': '20' }, { 'limits.cpu': '0' })] },
    'a LimitRange says it for them',
    {
      quotas: [quota({ 'limits.cpu': '20' }, { 'limits.cpu': '0' })],
      ranges: [range({ default: { cpu: '1' } })],
    },
  ],
  [
    'QUOTA_TOO_SMALL',
    'error',
    'a request from a LimitRange',
    {
      ...bare,
      plan: blue,
      quotas: [quota({ 'requests.cpu': '5' }, { 'requests.cpu': '4' })],
      ranges: [range({ defaultRequest: { cpu: '1' } })],
    },
    'that of pods which end',
    {
      ...bare,
      plan: blue,
      quotas: [quota({ 'requests.cpu': '5' }, { 'requests.cpu': '4' }, { scopes: ['Terminating'] })],
      ranges: [range({ defaultRequest: { cpu: '1' } })],
    },
  ],
  [
    'QUOTA_TOO_SMALL',
    'error',
    'of pods without requests',
    { ...bare, plan: blue, quotas: [quota({ pods: '5' }, { pods: '4' }, { scopes: ['BestEffort'] })] },
    'these have some',
    { plan: blue, quotas: [quota({ pods: '5' }, { pods: '4' }, { scopes: ['BestEffort'] })] },
  ],
  [
    'NODES_TOO_FULL',
    'warning',
    'room for three of four',
    { plan: blue, nodes: [node('a', big), node('b', big)], pods: [uses('a', '3'), uses('b', '3.2')] },
    'for four',
    { plan: blue, nodes: [node('a', big), node('b', big)], pods: [uses('a', '3'), uses('b', '3')] },
  ],
  [
    'NODES_TOO_FULL',
    'warning',
    'a cordoned node',
    { plan: blue, nodes: [node('a', big, { spec: { unschedulable: true } })] },
    'a pod that has ended',
    { plan: blue, nodes: [node('a', big)], pods: [uses('a', '4', 'Succeeded')] },
  ],
  [
    'NODES_TOO_FULL',
    'warning',
    'a taint',
    {
      plan: blue,
      nodes: [node('a', big, { spec: { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] } })],
    },
    'that is tolerated',
    {
      plan: blue,
      pod: { tolerations: [{ key: 'gpu', operator: 'Exists' }] },
      nodes: [node('a', big, { spec: { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] } })],
    },
  ],
  [
    'NODES_TOO_FULL',
    'warning',
    'labels that no node has',
    { plan: blue, pod: { nodeSelector: { zone: 'x' } }, nodes: [node('a', big)] },
    'pods may not be listed',
    { plan: blue, pod: { nodeSelector: { zone: 'x' } }, nodes: [node('a', big)], pods: null },
  ],
  [
    'NODES_TOO_FULL',
    'warning',
    'as many pods as a node takes',
    { ...bare, plan: blue, nodes: [node('a', { pods: '3' })] },
    'nothing grows',
    { plan: 'partition 4', spec: { replicas: 3 }, nodes: [node('a', { pods: '0' })] },
  ],
  [
    'LIMIT_RANGE_REFUSES',
    'error',
    'more than the maximum',
    { container: { resources: { limits: { cpu: '2' } } }, ranges: [range({ max: { cpu: '1' } })] },
    'the maximum',
    { container: { resources: { limits: { cpu: '1' } } }, ranges: [range({ max: { cpu: '1' } })] },
  ],
  [
    'LIMIT_RANGE_REFUSES',
    'error',
    'less than the minimum',
    { ranges: [range({ min: { memory: '2Gi' } })] },
    'no request, which becomes the minimum',
    { ...bare, ranges: [range({ min: { memory: '2Gi' } })] },
  ],
  [
    'LIMIT_RANGE_REFUSES',
    'error',
    'all containers together',
    { ranges: [range({ max: { cpu: '1' } }, 'Pod')] },
    'the limit of claims',
    { ranges: [range({ max: { storage: '1Gi' } }, 'PersistentVolumeClaim')] },
  ],
  [
    'LIMIT_RANGE_REFUSES',
    'error',
    'the ratio',
    {
      container: { resources: { requests: { cpu: '100m' }, limits: { cpu: '1' } } },
      ranges: [range({ maxLimitRequestRatio: { cpu: '4' } })],
    },
    'that is kept',
    {
      container: { resources: { requests: { cpu: '250m' }, limits: { cpu: '1' } } },
      ranges: [range({ maxLimitRequestRatio: { cpu: '4' } })],
    },
  ],
  [
    'LIMIT_RANGE_REFUSES',
    'error',
    'a request above the default limit',
    { container: { resources: { requests: { cpu: '2' } } }, ranges: [range({ max: { cpu: '1' } })] },
    'may not be read',
    { container: { resources: { requests: { cpu: '2' } } }, ranges: null },
  ],
  [
    'PDB_NEVER_MET',
    'warning',
    'more pods than there are',
    { budgets: [budget({ minAvailable: 5 })] },
    'all of them',
    { budgets: [budget({ minAvailable: 4 })] },
  ],
  [
    'PDB_NEVER_MET',
    'warning',
    'a label of the old version alone',
    {
      labels: { app: 'shop', version: 'v2' },
      plan: 'partition 1 50% 100%',
      budgets: [
        budget({
          minAvailable: '75%',
          selector: { matchExpressions: [{ key: 'version', operator: 'NotIn', values: ['v2'] }] },
        }),
      ],
    },
    'a label of both',
    { labels: { app: 'shop', version: 'v2' }, budgets: [budget({ minAvailable: '75%' })] },
  ],
  [
    'PDB_NEVER_MET',
    'warning',
    'of the new version alone, before it has enough pods',
    {
      labels: { app: 'shop', version: 'v2' },
      budgets: [budget({ maxUnavailable: 1, selector: { matchLabels: { version: 'v2' } } })],
    },
    'the extra Deployment counts by its own size',
    {
      labels: { app: 'shop', version: 'v2' },
      plan: 'canary 1 100%',
      budgets: [budget({ maxUnavailable: 1, selector: { matchLabels: { version: 'v2' } } })],
    },
  ],
  [
    'PDB_NEVER_MET',
    'warning',
    'every pod of the namespace, which are these',
    { budgets: [budget({ minAvailable: 9, selector: {} }, { expectedPods: 4 })] },
    'with those of others',
    { budgets: [budget({ minAvailable: 9, selector: {} }, { expectedPods: 12 })] },
  ],
];

describe.each(table)('%s (%s)', (code, severity, springs, spring, spares, spare) => {
  test(`springs: ${springs}`, () => {
    expect(codes(spring)).toContain(`${severity} ${code}`);
  });

  test(`spares: ${spares}`, () => {
    expect(codes(spare).filter((one) => one.endsWith(code))).toEqual([]);
  });
});
