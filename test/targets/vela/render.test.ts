import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { StepgateError } from '../../../src/release/error.ts';
import { at, type JsonObject } from '../../../src/release/json.ts';
import type { KubeObject } from '../../../src/release/ports.ts';
import { targets } from '../../../src/targets/index.ts';
import { velaApplication } from '../../../src/targets/vela/index.ts';
import { commit, deployment, ingress, object, routed, service, step } from '../delivery-fixture.ts';
import { application, ofApplication } from './fixture.ts';

const { render, renderYaml } = velaApplication;
const shop = ofApplication('partition 1 50% 100%');
const config = object('v1', 'ConfigMap', 'shop', { data: { a: 'b' } });
const rendered = (app = application(), of = shop, attempt = 1) => render(of, commit, [app], attempt);
const trait = (of = shop) => at(rendered(application(), of).carrier, 'spec', 'components', 0, 'traits', 0);

test('a delivery has the target that it names', () => {
  expect(targets.of(shop)).toBe(velaApplication);
  expect(targets.of({})).toBe(targets.usual);
});

describe('the Application', () => {
  test('has the trait, and the id in its labels and in its publishVersion', () => {
    const scaler = { type: 'scaler', properties: { replicas: 3 } };
    const app = application({ traits: [scaler] }, {}, { labels: { team: 'web' }, annotations: { note: 'n' } });
    const { carrier, release } = rendered(app);
    expect(release.id).toMatch(/^0123456789-[0-9a-f]{8}$/);
    expect(carrier).toEqual({
      apiVersion: 'core.oam.dev/v1beta1',
      kind: 'Application',
      metadata: {
        name: 'site',
        namespace: 'shop',
        labels: {
          team: 'web',
          'rollouts.kruise.io/rollout-id': release.id,
          'kruise-rollout.oam.dev/webhook': 'true',
        },
        annotations: {
          note: 'n',
          'stepgate.dev/delivery': 'shop@prod',
          'app.oam.dev/publishVersion': expect.stringMatching(new RegExp(`^${release.id}\\.[0-9a-f]{8}$`)),
        },
      },
      spec: {
        components: [
          {
            name: 'shop',
            type: 'webservice',
            properties: { image: 'shop:2' },
            traits: [
              scaler,
              {
                type: 'kruise-rollout',
                properties: {
                  canary: { steps: [{ replicas: 1 }, { replicas: '50%' }, { replicas: '100%' }] },
                  releaseMode: 'batch',
                },
              },
            ],
          },
        ],
      },
    });
  });

  test('of another attempt has another publishVersion, so that its workflow runs again', () => {
    const versions = [1, 2].map((attempt) =>
      at(rendered(application(), shop, attempt).carrier, 'metadata', 'annotations', 'app.oam.dev/publishVersion'),
    );
    expect(versions[1]).toContain('-2.');
    expect(new Set(versions).size).toBe(2);
  });

  test('leaves other components as they are, and gets a new id only for its own', () => {
    const other = { name: 'worker', type: 'worker', properties: { image: 'w:1' } };
    const changed = { ...other, properties: { image: 'w:2' } };
    const [first, second] = [other, changed].map((one) => rendered(application({}, {}, {}, one)));
    expect(at(first?.carrier, 'spec', 'components', 1)).toEqual(other);
    expect(first?.release.digest).toBe(second?.release.digest);
    expect(rendered(application({ properties: { image: 'shop:3' } })).release.digest).not.toBe(first?.release.digest);
  });

  test("has none of the engine's own labels and annotations from the source", () => {
    const keys = { 'rollouts.kruise.io/rolling-style': 'partition' };
    const { carrier } = rendered(application({}, {}, { labels: keys, annotations: keys }));
    expect(JSON.stringify(carrier)).not.toContain('rolling-style');
  });

  test('is the only thing that is printed of the workload, between what it reads and its routes', () => {
    const parts = render(shop, commit, [ingress, service, application(), config], 1);
    const documents = parseAllDocuments(renderYaml(parts)).map((one) => one.toJS() as JsonObject);
    expect(documents.map((one) => one['kind'])).toEqual(['ConfigMap', 'Application', 'Service', 'Ingress']);
    expect(documents[1]).toEqual(parts.carrier);
  });
});

describe('the trait', () => {
  test('has no releaseMode in canary style', () => {
    expect(trait(ofApplication('canary 1 100%'))).toEqual({
      type: 'kruise-rollout',
      properties: { canary: { steps: [{ replicas: 1 }, { replicas: '100%' }] } },
    });
  });

  test("has the engine's own timer as a duration", () => {
    const timed = step('50%', { leaveWhen: [{ kind: 'soak', name: 'soak', seconds: 90 }], timer: 'engine' });
    const of = { ...shop, steps: [timed, step('100%')] };
    expect(at(trait(of), 'properties', 'canary', 'steps')).toEqual([
      { replicas: '50%', duration: 90 },
      { replicas: '100%' },
    ]);
  });

  test.each([
    ['an Ingress', {}, [{ type: 'ingress', service: 'shop', gracePeriodSeconds: 3, ingressName: 'shop' }]],
    [
      'a route and a grace period',
      { ingress: null, gateway: { route: 'web' }, graceSeconds: 7 },
      [{ type: 'gateway', service: 'shop', gracePeriodSeconds: 7, gatewayHTTPRouteName: 'web' }],
    ],
  ])('says %s', (_, more, wanted) => {
    const of = ofApplication('canary 20%/20 100%/100', { traffic: { ...routed.traffic, ...more } });
    expect(at(trait(of), 'properties', 'canary')).toEqual({
      steps: [
        { replicas: '20%', weight: 20 },
        { replicas: '100%', weight: 100 },
      ],
      trafficRoutings: wanted,
    });
  });
});

describe('the workload that is expected', () => {
  const sized = (component: JsonObject) => at(rendered(application(component)).workload, 'spec', 'replicas');

  test('has the size of its trait scaler, else of its properties, else none', () => {
    const properties = { image: 'shop:2', replicas: 4 };
    const traits = [{ type: 'scaler', properties: { replicas: 6 } }];
    expect([sized({ properties, traits }), sized({ properties }), sized({})]).toEqual([6, 4, undefined]);
  });

  test('is the first object of a component that brings its objects', () => {
    const { workload, release } = rendered(
      application({ type: 'k8s-objects', properties: { objects: [deployment(), service] } }),
    );
    expect(workload).toEqual({
      ...deployment(),
      metadata: { name: 'shop', namespace: 'shop', labels: { 'rollouts.kruise.io/rollout-id': release.id } },
    });
  });
});

describe('a source is refused', () => {
  const problems = (...manifests: readonly KubeObject[]) => {
    try {
      render(shop, commit, manifests, 1);
    } catch (error) {
      if (!(error instanceof StepgateError)) throw error;
      return error.problems.map(({ code, message }) => `${code} ${message}`);
    }
    return [];
  };
  const traits = (...all: readonly JsonObject[]) => application({ traits: all });
  const policies = (...all: readonly JsonObject[]) => application({}, { policies: all });
  const topology = (properties: JsonObject) => policies({ name: 'where', type: 'topology', properties });
  const workflow = (...steps: readonly JsonObject[]) => application({}, { workflow: { steps } });

  test.each<[string, readonly KubeObject[], string]>([
    [
      'nothing',
      [],
      'SOURCE_INVALID the source of shop@prod renders no Application with a component shop; it renders nothing',
    ],
    [
      'a workload of its own',
      [deployment()],
      'SOURCE_INVALID the source of shop@prod renders no Application with a component shop; it renders Deployment/shop',
    ],
    [
      'another component',
      [application({ name: 'web' })],
      'SOURCE_INVALID the source of shop@prod renders no Application with a component shop; it renders Application/site with web',
    ],
    [
      'two Applications',
      [application(), { ...application(), metadata: { name: 'other' } }],
      'SOURCE_INVALID the source contains Application/other too, and a release writes one Application',
    ],
    [
      'the workload beside the Application',
      [application(), deployment()],
      'SOURCE_INVALID the source contains Deployment/shop beside Application/site, whose component shop makes an object of that name',
    ],
    [
      'an old version',
      [{ ...application(), apiVersion: 'core.oam.dev/v1alpha2' }],
      'SOURCE_INVALID Application/site is core.oam.dev/v1alpha2',
    ],
    [
      'a component twice',
      [application({}, {}, {}, { name: 'shop', type: 'worker' })],
      'SOURCE_INVALID Application/site has the component shop twice',
    ],
    [
      'a publishVersion',
      [application({}, {}, { annotations: { 'app.oam.dev/publishVersion': 'v1' } })],
      'SOURCE_INVALID Application/site has the annotation app.oam.dev/publishVersion, which stepgate writes anew for each release',
    ],
    [
      'the id as an annotation',
      [application({}, {}, { annotations: { 'rollouts.kruise.io/rollout-id': 'x' } })],
      "ID_ANNOTATION Application/site has the annotation rollouts.kruise.io/rollout-id, which disarms the engine's gate",
    ],
    [
      'the trait',
      [traits({ type: 'kruise-rollout', properties: {} })],
      'SOURCE_INVALID component shop of Application/site has a trait kruise-rollout',
    ],
    [
      'another trait that moves pods',
      [traits({ type: 'rolling-release', properties: {} })],
      'SOURCE_INVALID component shop of Application/site has a trait rolling-release, which moves the pods by itself',
    ],
    [
      'the id by a trait',
      [traits({ type: 'labels', properties: { 'rollouts.kruise.io/rollout-id': 'x' } })],
      'SOURCE_INVALID component shop of Application/site sets rollouts.kruise.io/rollout-id by a trait labels',
    ],
    [
      'objects of another name',
      [application({ type: 'k8s-objects', properties: { objects: [service] } })],
      'SOURCE_INVALID component shop begins with Service/shop, and the Rollout would be about Deployment/shop',
    ],
    [
      'other clusters',
      [topology({ clusters: ['local', 'eu'] })],
      'SOURCE_INVALID policy where of Application/site places it in other clusters or namespaces, whose Rollouts stepgate does not follow',
    ],
    [
      'another namespace',
      [topology({ clusters: ['local'], namespace: 'web' })],
      'SOURCE_INVALID policy where of Application/site places it in other clusters or namespaces, whose Rollouts stepgate does not follow',
    ],
    [
      'an override',
      [policies({ name: 'prod', type: 'override', properties: {} })],
      'SOURCE_INVALID policy prod of Application/site has type override, which changes components in a way that stepgate does not read',
    ],
    [
      'canary-deploy',
      [workflow({ type: 'step-group', subSteps: [{ name: 'rollout-20', type: 'canary-deploy' }] })],
      'SOURCE_INVALID workflow step rollout-20 of Application/site is canary-deploy, which makes a Rollout of its own',
    ],
    [
      'a workflow elsewhere',
      [application({}, { workflow: { ref: 'common' } })],
      'SOURCE_INVALID Application/site has its workflow in another object, which stepgate does not read',
    ],
    [
      'a policy elsewhere',
      [workflow({ name: 'go', type: 'deploy', properties: { policies: ['prod'] } })],
      'SOURCE_INVALID workflow step go of Application/site uses the policy prod, which is in another object',
    ],
  ])('with %s', (_, manifests, wanted) => {
    expect(problems(...manifests)).toEqual([wanted]);
  });

  test("but not for KubeVela's own cluster, which is where the Application is", () => {
    expect(problems(topology({ clusters: ['local'] }))).toEqual([]);
  });

  test('with every problem at once', () => {
    const two = traits({ type: 'kruise-rollout' }, { type: 'rollout' });
    expect(problems(two)).toHaveLength(2);
  });
});
