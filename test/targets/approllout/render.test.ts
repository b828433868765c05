import { describe, expect, test } from 'vitest';
import { StepgateError } from '../../../src/release/error.ts';
import { at, type JsonObject, objectAt } from '../../../src/release/json.ts';
import type { KubeObject } from '../../../src/release/ports.ts';
import { velaAppRollout } from '../../../src/targets/approllout/index.ts';
import { commit, deployment, object, service } from '../delivery-fixture.ts';
import { application, ofAppRollout } from './fixture.ts';

const { render, renderYaml } = velaAppRollout;
const of = ofAppRollout('partition 1 50% 100%');
const rendered = (app = application(), delivery = of, ...more: readonly KubeObject[]) =>
  render(delivery, commit, [app, ...more], 1);

function problems(...manifests: readonly KubeObject[]): readonly string[] {
  try {
    render(of, commit, manifests, 1);
  } catch (error) {
    if (!(error instanceof StepgateError)) throw error;
    return error.problems.map(({ code, message }) => `${code} ${message}`);
  }
  return [];
}

describe('the AppRollout', () => {
  test('has explicit batches, the size, one component and the first step that is decided about', () => {
    const { rollout } = rendered();
    expect(rollout).toEqual({
      apiVersion: 'core.oam.dev/v1beta1',
      kind: 'AppRollout',
      metadata: {
        name: 'shop',
        namespace: 'shop',
        annotations: {
          'stepgate.dev/delivery': 'shop@prod',
          'stepgate.dev/steps': '1, 50%, 100%',
          'stepgate.dev/workload': 'CloneSet',
        },
      },
      spec: {
        componentList: ['shop'],
        rolloutPlan: {
          targetSize: 5,
          rolloutBatches: [{ replicas: 1 }, { replicas: 2 }, { replicas: 2 }],
          batchPartition: 0,
        },
      },
    });
  });

  test('has no partition where nobody decides about a step', () => {
    const steps = of.steps.map((step) => ({ ...step, leaveWhen: [] }));
    expect(
      at(rendered(application(), { ...of, steps }).rollout, 'spec', 'rolloutPlan', 'batchPartition'),
    ).toBeUndefined();
  });
});

test('the Application makes a revision and no workload, and carries the release', () => {
  const app = application({}, {}, { labels: { team: 'a' }, annotations: { note: 'b' } });
  const { carrier, release, rollout } = rendered(app);
  expect(objectAt(carrier, 'metadata')).toEqual({
    name: 'site',
    namespace: 'shop',
    labels: { team: 'a', 'stepgate.dev/release': release.id },
    annotations: { note: 'b', 'stepgate.dev/delivery': 'shop@prod', 'app.oam.dev/rollout-template': 'true' },
  });
  expect(at(carrier ?? undefined, 'spec')).toEqual(app['spec']);
  // The AppRollout gets it when it is aimed.
  expect(at(rollout, 'metadata', 'labels')).toBeUndefined();
});

test('the digest is that of the component, and nothing beside it', () => {
  const digest = (app: KubeObject) => rendered(app).release.digest;
  const one = digest(application());
  expect(digest(application({}, {}, { labels: { team: 'a' } }, { name: 'worker', type: 'worker' }))).toBe(one);
  expect(digest(application({ properties: { image: 'shop:3', replicas: 5 } }))).not.toBe(one);
});

test.each([
  ['replicas of its properties', { properties: { replicas: 7 } }],
  ['a trait scaler', { traits: [{ type: 'scaler', properties: { replicas: 7 } }] }],
  [
    'its object',
    { type: 'raw', properties: { apiVersion: 'apps.kruise.io/v1alpha1', kind: 'CloneSet', spec: { replicas: 7 } } },
  ],
] satisfies [string, JsonObject][])('the size is that of %s', (_, component) => {
  const { rollout, workload } = rendered(application(component));
  expect([at(rollout, 'spec', 'rolloutPlan', 'targetSize'), at(workload, 'spec', 'replicas')]).toEqual([7, 7]);
});

test('of a component that brings its object the pods are known', () => {
  const template = { metadata: { labels: { app: 'shop' } }, spec: { containers: [{ name: 'shop', image: 'shop:2' }] } };
  const properties = { apiVersion: 'apps.kruise.io/v1alpha1', kind: 'CloneSet', spec: { replicas: 5, template } };
  expect(at(rendered(application({ type: 'raw', properties })).workload, 'spec', 'template')).toEqual(template);
  expect(at(rendered().workload, 'spec', 'template')).toBeUndefined();
});

test('what is beside the Application is sorted as everywhere, and equal renderings give equal bytes', () => {
  const config = object('v1', 'ConfigMap', 'shop');
  const one = rendered(application(), of, service, config);
  expect([one.before.length, one.idleOnly.length]).toEqual([1, 1]);
  expect(renderYaml(rendered(application(), of, config, service))).toBe(renderYaml(one));
  expect(renderYaml(one)).toContain('# Only the cluster knows two names');
});

const plan = (rolloutPlan: JsonObject, spec: JsonObject = {}) =>
  object('core.oam.dev/v1beta1', 'AppRollout', 'shop', { spec: { rolloutPlan, ...spec } });

describe('a source that can not be released says why', () => {
  test.each<[string, readonly KubeObject[], string]>([
    ['no Application', [deployment()], 'no Application with a component shop; it renders Deployment/shop'],
    ['another component', [application({ name: 'cart' })], 'it renders Application/site with cart'],
    ['no size', [application({ properties: { image: 'shop:2' } })], 'says no size, and an AppRollout needs one'],
    ['no pod', [application({ properties: { replicas: 0 } })], 'says that it has no pod'],
    [
      'an old API',
      [{ ...application(), apiVersion: 'core.oam.dev/v1alpha2' }],
      'Application/site is core.oam.dev/v1alpha2',
    ],
    ['the component twice', [application({}, {}, {}, { name: 'shop', type: 'clone' })], 'has the component shop twice'],
    [
      'a plan of its own',
      [application({}, { rolloutPlan: {} })],
      'by which KubeVela moves its first component by itself',
    ],
    [
      'a trait of kruise-rollout',
      [application({ traits: [{ type: 'kruise-rollout' }] })],
      'has a trait kruise-rollout',
    ],
    [
      'a trait rollout',
      [application({ traits: [{ type: 'rollout' }] })],
      'has a trait rollout, which moves the pods by itself',
    ],
    [
      'the workload',
      [application(), object('apps.kruise.io/v1alpha1', 'CloneSet', 'shop')],
      'contains CloneSet/shop beside Application/site',
    ],
    [
      'an object of another kind',
      [application({ type: 'raw', properties: deployment() })],
      'is a Deployment of apps/v1, and workload.kind is CloneSet',
    ],
    ['two Applications', [application(), { ...application(), metadata: { name: 'cart' } }], 'writes one Application'],
    [
      'a Rollout of the trait',
      [application(), object('standard.oam.dev/v1alpha1', 'Rollout', 'shop')],
      'contains Rollout/shop of standard.oam.dev/v1alpha1',
    ],
  ])('%s', (_, manifests, wanted) => {
    expect(problems(...manifests).join('\n')).toContain(wanted);
    expect(problems(...manifests)[0]).toMatch(/^SOURCE_INVALID /);
  });

  test('and names each field of its own AppRollout that never did anything', () => {
    const own = plan(
      {
        canaryMetric: [],
        numBatches: 3,
        rolloutBatches: [{ replicas: 1, podList: ['a'], instanceInterval: 5 }, { canaryMetric: [] }],
      },
      { revertOnDelete: true },
    );
    expect(problems(application(), own)).toEqual([
      'SOURCE_INVALID the source contains AppRollout/shop',
      'SOURCE_INVALID AppRollout/shop: spec.revertOnDelete is only logged by KubeVela: deleting the AppRollout leaves the pods as they are, of both versions',
      'SOURCE_INVALID AppRollout/shop: spec.rolloutPlan.canaryMetric is evaluated by no version of KubeVela: a step with a metric would go on all the same',
      "SOURCE_INVALID AppRollout/shop: spec.rolloutPlan.numBatches is turned into batches by KubeVela's webhook alone, and a cluster without it then has no batches",
      'SOURCE_INVALID AppRollout/shop: spec.rolloutPlan.rolloutBatches[0].podList is read by no version of KubeVela: other pods would be replaced',
      'SOURCE_INVALID AppRollout/shop: spec.rolloutPlan.rolloutBatches[0].instanceInterval is read by no version of KubeVela: the pods of a batch are replaced without a pause',
      'SOURCE_INVALID AppRollout/shop: spec.rolloutPlan.rolloutBatches[1].canaryMetric is evaluated by no version of KubeVela: a step with a metric would go on all the same',
      'SOURCE_INVALID AppRollout/shop: spec.rolloutPlan.rolloutBatches[1].replicas is left out for "the rest", and KubeVela reads that as 0 pods and ends the rollout',
    ]);
  });

  test('an AppRollout without such a field is refused alone', () => {
    expect(problems(application(), plan({ rolloutBatches: [{ replicas: 5 }] }))).toHaveLength(1);
  });
});

test('an AppRollout of stepgate tells its delivery, and one of somebody else does not', () => {
  const { rollout } = rendered();
  expect(velaAppRollout.deliveryOf(rollout)).toMatchObject({
    name: 'shop@prod',
    environment: 'prod',
    target: 'vela-approllout',
    workload: { kind: 'CloneSet', name: 'shop' },
    steps: of.steps.map(({ replicas }) => ({ replicas })),
  });
  expect(velaAppRollout.deliveryOf(plan({}))).toBeNull();
  expect(() => velaAppRollout.importOf(plan({}), null)).toThrow("AppRollout/shop can't be imported");
});

test('the Application is found in a source by its component, and a plan of its own by the same', () => {
  const { isIts, mayBecome, hasPlan, title } = velaAppRollout.inSource(of);
  const its = plan({}, { componentList: ['shop'] });
  const all = [application(), application({ name: 'cart' }), deployment(), its, plan({})];
  expect(title).toBe('Application with the component shop');
  expect(all.map((one) => [isIts(one), mayBecome(one), hasPlan(one)])).toEqual([
    [true, true, false],
    [false, false, false],
    [false, false, false],
    [false, false, true],
    [false, false, false],
  ]);
});

test('an annotation of the pods goes into the component', () => {
  const marked = (component: JsonObject) =>
    at(
      velaAppRollout.withPodAnnotation(of, application(component), 'a', 'b') ?? {},
      'spec',
      'components',
      0,
      'properties',
    );
  expect(marked({ properties: { image: 'shop:2', replicas: 5 } })).toEqual({
    image: 'shop:2',
    replicas: 5,
    annotations: { a: 'b' },
  });
  const template = { metadata: { labels: { app: 'shop' } } };
  expect(
    at(marked({ type: 'raw', properties: { kind: 'CloneSet', spec: { template } } }), 'spec', 'template', 'metadata'),
  ).toEqual({ labels: { app: 'shop' }, annotations: { a: 'b' } });
  expect(velaAppRollout.withPodAnnotation(of, deployment(), 'a', 'b')).toBeNull();
});
