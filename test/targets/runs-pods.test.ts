import { expect, test } from 'vitest';
import { podsChange } from '../../src/release/beside-workloads.ts';
import type { JsonObject } from '../../src/release/json.ts';
import { runsPods } from '../../src/targets/kruise/runs-pods.ts';

const pod = (image = 'app:v1'): JsonObject => ({ containers: [{ name: 'main', image }] });
const template = (image?: string): JsonObject => ({ metadata: { labels: { app: 'x' } }, spec: pod(image) });
const object = (title: string, spec: JsonObject): JsonObject => {
  const [apiVersion = '', kind = ''] = title.split(' ');
  return { apiVersion, kind, metadata: { name: 'worker', labels: { app: 'x' } }, spec };
};

test.for<[string, (image: string) => JsonObject, 'always' | 'once']>([
  ['apps/v1 Deployment', (image) => ({ replicas: 2, template: template(image) }), 'always'],
  ['apps/v1 StatefulSet', (image) => ({ template: template(image) }), 'always'],
  ['apps/v1 DaemonSet', (image) => ({ template: template(image) }), 'always'],
  ['apps/v1 ReplicaSet', (image) => ({ template: template(image) }), 'always'],
  ['v1 ReplicationController', (image) => ({ template: template(image) }), 'always'],
  ['v1 Pod', (image) => pod(image), 'always'],
  ['apps.kruise.io/v1alpha1 CloneSet', (image) => ({ template: template(image) }), 'always'],
  ['apps.kruise.io/v1beta1 StatefulSet', (image) => ({ template: template(image) }), 'always'],
  ['apps.kruise.io/v1alpha1 SidecarSet', (image) => ({ selector: {}, ...pod(image) }), 'always'],
  [
    'apps.kruise.io/v1alpha1 UnitedDeployment',
    (image) => ({ template: { deploymentTemplate: { spec: { template: template(image) } } } }),
    'always',
  ],
  ['argoproj.io/v1alpha1 Rollout', (image) => ({ template: template(image) }), 'always'],
  ['serving.knative.dev/v1 Service', (image) => ({ template: { spec: pod(image) } }), 'always'],
  ['core.oam.dev/v1beta1 Application', (image) => ({ components: [{ properties: { image } }] }), 'always'],
  ['batch/v1 Job', (image) => ({ template: template(image) }), 'once'],
  ['batch/v1 CronJob', (image) => ({ jobTemplate: { spec: { template: template(image) } } }), 'once'],
  ['keda.sh/v1alpha1 ScaledJob', (image) => ({ jobTargetRef: { template: template(image) } }), 'once'],
])('%s runs pods, and another image is another template', ([title, spec, runs]) => {
  const live = object(title, spec('app:v1'));
  expect(runsPods(live)).toMatchObject({ title: `${title.split(' ')[1]}/worker`, runs });
  const change = (spec: JsonObject) => podsChange(runsPods, { live, answer: object(title, spec) });
  expect([change(spec('app:v2')), change(spec('app:v1'))]).toEqual(['template', 'none']);
  expect(podsChange(runsPods, { live: null, answer: live })).toBe('create');
});

test('another size is no other template', () => {
  const [live, answer] = [2, 3].map((replicas) => object('apps/v1 Deployment', { replicas, template: template() }));
  expect(podsChange(runsPods, { live: live ?? null, answer: answer ?? {} })).toBe('none');
});

test.for([
  ['v1 ConfigMap', {}],
  ['v1 Service', { ports: [{ port: 80 }], selector: { app: 'x' } }],
  ['autoscaling/v2 HorizontalPodAutoscaler', { maxReplicas: 3 }],
  ['networking.k8s.io/v1 NetworkPolicy', { podSelector: {} }],
  ['example.com/v1 Database', { replicas: 3, image: 'db:1' }],
] as const)('%s runs none', ([title, spec]) => expect(runsPods(object(title, spec))).toBe(null));

test.for([
  ['apps.kruise.io/v1beta1 StatefulSet', ['StatefulSet/worker', 'AdvancedStatefulSet/worker']],
  ['apps/v1 ReplicaSet', ['ReplicaSet/worker']],
] as const)('%s is named as %s', ([title, names]) => {
  expect([...new Set(runsPods(object(title, { template: template() }))?.names)]).toEqual(names);
});
