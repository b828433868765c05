import { describe, expect, test } from 'vitest';
import { formatAmount } from '../../src/release/delivery.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import { kruise } from '../../src/targets/kruise/index.ts';
import { ingress, service, workload } from '../acts/shapes.ts';

const { proposer } = kruise;
const scaler = (minReplicas: number): KubeObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'shop' },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' }, minReplicas, maxReplicas: 9 },
});
const route: KubeObject = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'shop' },
  spec: { rules: [{ backendRefs: [{ name: 'shop', port: 80 }] }] },
};

/** A proposal in one line: strategy, start, steps, traffic. */
function words(object: KubeObject, beside: readonly KubeObject[] = []): string {
  const { style, startWhen, steps, traffic } = proposer.propose(object, proposer.belonging(object, beside));
  const gates = (all: readonly { readonly kind: string }[]) => all.map(({ kind }) => kind).join('+');
  const each = steps.map(({ replicas, traffic: share, leaveWhen }) =>
    [
      formatAmount(replicas),
      ...(share === null ? [] : [`${share}%`]),
      ...(leaveWhen.length === 0 ? [] : [gates(leaveWhen)]),
    ].join(' '),
  );
  const routed = traffic === null ? [] : [`by ${traffic.ingress?.class ?? 'none'} ${traffic.gateway?.route ?? 'none'}`];
  return [style, ...(startWhen.length === 0 ? [] : [`start ${gates(startWhen)}`]), ...each, ...routed].join(', ');
}

const web = [service(), ingress()];

describe('the first plan for a workload', () => {
  const rows: readonly [title: string, object: KubeObject, beside: readonly KubeObject[], plan: string][] = [
    ['of some pods', workload({ replicas: 3 }), [], 'partition, 1 approval, 50% soak, 100%'],
    ['of two pods', workload({ replicas: 2 }), [], 'partition, 1 soak+approval, 100%'],
    ['of one pod', workload({ replicas: 1 }), [], 'partition, start approval, 100%'],
    ['of one pod with a route', workload({ replicas: 1 }), web, 'canary, 1 5% soak+approval, 100% 100%, by nginx none'],
    ['with a route', workload(), web, 'canary, 1 5% approval, 50% 50% soak, 100% 100%, by nginx none'],
    [
      'with a route of the Gateway API',
      workload(),
      [service(), route],
      'canary, 1 5% approval, 50% 50% soak, 100% 100%, by none shop',
    ],
    [
      'with an Ingress that names no class',
      workload(),
      [service(), ingress('shop', undefined, null)],
      'canary, 1 5% approval, 50% 50% soak, 100% 100%, by nginx none',
    ],
    [
      'with an Ingress of another class',
      workload(),
      [service(), ingress('shop', undefined, 'traefik')],
      'partition, 1 approval, 50% soak, 100%',
    ],
    [
      'with an Ingress of something else',
      workload(),
      [service(), ingress('cart')],
      'partition, 1 approval, 50% soak, 100%',
    ],
    ['with a Service alone', workload(), [service()], 'partition, 1 approval, 50% soak, 100%'],
    ['that is scaled', workload(), [scaler(2)], 'partition, 10% approval, 50% soak, 100%'],
    ['of a set, with a route', workload({ kind: 'StatefulSet' }), web, 'partition, 1 approval, 50% soak, 100%'],
  ];
  test.each(rows)('%s', (_title, object, beside, plan) => {
    expect(words(object, beside)).toBe(plan);
  });
});

describe('the role of an object', () => {
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'x' },
    spec: { template: { spec: { containers: [{ image: 'a' }] } } },
  };
  const rows: readonly [object: KubeObject, role: string][] = [
    [workload(), 'workload'],
    [workload({ kind: 'StatefulSet' }), 'workload'],
    [workload({ kind: 'DaemonSet' }), 'runs pods'],
    [{ ...workload(), apiVersion: 'apps/v1beta1' }, 'runs pods'],
    [job, 'runs pods'],
    [{ apiVersion: 'rollouts.kruise.io/v1alpha1', kind: 'Rollout', metadata: { name: 'x' } }, 'plan'],
    [service(), 'other'],
  ];
  test.each(rows)('%j is %s', (object, role) => {
    expect(proposer.roleOf(object).is).toBe(role);
  });
});
