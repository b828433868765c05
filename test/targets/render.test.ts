import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { StepgateError } from '../../src/release/error.ts';
import { digestOf } from '../../src/release/identity.ts';
import { at, type JsonObject } from '../../src/release/json.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import { render, renderYaml } from '../../src/targets/kruise/render.ts';
import {
  autoscaler,
  commit,
  delivery,
  deployment,
  ingress,
  object,
  podTemplate,
  routed,
  service,
  step,
} from './delivery-fixture.ts';

const shop = delivery('partition 1 50% 100%');
const config = object('v1', 'ConfigMap', 'shop', { data: { on: 'yes', port: '0777' } });
const titles = (objects: readonly KubeObject[]) =>
  objects.map((one) => `${at(one, 'kind')}/${at(one, 'metadata', 'name')}`);

describe('rollout', () => {
  test.each([
    [
      'partition',
      'partition 1 50%',
      {
        canary: {
          steps: [
            { replicas: 1, pause: {} },
            { replicas: '50%', pause: {} },
          ],
        },
      },
    ],
    [
      'canary',
      'canary 100%',
      { canary: { enableExtraWorkloadForCanary: true, steps: [{ replicas: '100%', pause: {} }] } },
    ],
    ['blueGreen', 'blueGreen 50%/0', { blueGreen: { steps: [{ replicas: '50%', traffic: '0%', pause: {} }] } }],
    [
      'matches',
      'canary 1/match',
      {
        canary: {
          enableExtraWorkloadForCanary: true,
          steps: [{ replicas: 1, matches: [{ headers: [{ name: 'x-user', value: 'beta' }] }], pause: {} }],
        },
      },
    ],
  ])('%s', (_, text, strategy) => {
    const { rollout } = render(delivery(text), commit, [deployment()], 1);
    expect(rollout).toEqual({
      apiVersion: 'rollouts.kruise.io/v1beta1',
      kind: 'Rollout',
      metadata: { name: 'shop', namespace: 'shop', annotations: { 'stepgate.dev/delivery': 'shop@prod' } },
      spec: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' }, strategy },
    });
  });

  test.each([
    ['ingress', routed.traffic, { service: 'shop', ingress: { classType: 'nginx', name: 'shop' } }],
    [
      'route and grace',
      {
        service: 'shop',
        graceSeconds: 0,
        ingress: null,
        gateway: { route: 'web' },
        custom: null,
        routing: null,
        canaryService: true,
      },
      { service: 'shop', gracePeriodSeconds: 0, gateway: { httpRouteName: 'web' } },
    ],
    [
      'two at once',
      { ...routed.traffic, gateway: { route: 'web' }, custom: null, routing: null, canaryService: true },
      { service: 'shop', ingress: { classType: 'nginx', name: 'shop' }, gateway: { httpRouteName: 'web' } },
    ],
  ])('traffic: %s', (_, traffic, expected) => {
    const { rollout } = render(delivery('canary 1/5', { traffic }), commit, [deployment()], 1);
    expect(at(rollout, 'spec', 'strategy', 'canary', 'trafficRoutings')).toEqual([expected]);
  });

  test.each([
    [
      'all, by name',
      { set: { b: '2', a: '1' }, add: { c: '3' }, remove: ['d'] },
      {
        set: [
          { name: 'a', value: '1' },
          { name: 'b', value: '2' },
        ],
        add: [{ name: 'c', value: '3' }],
        remove: ['d'],
      },
    ],
    ['one', { set: {}, add: {}, remove: ['d'] }, { remove: ['d'] }],
  ])('headers of requests: %s', (_, requestHeaders, expected) => {
    const steps = [step('1/5', { requestHeaders })];
    const { rollout } = render(delivery('canary 1/5', { ...routed, steps }), commit, [deployment()], 1);
    expect(at(rollout, 'spec', 'strategy', 'canary', 'steps', 0, 'requestHeaderModifier')).toEqual(expected);
  });

  const soak = { kind: 'soak', name: 'soak', seconds: 600 } as const;
  const after = { kind: 'after', name: 'after', delivery: 'shop@staging' } as const;
  test.each([
    ["a lone soak on the engine's timer", { leaveWhen: [soak], timer: 'engine' }, { duration: 600 }],
    ['a lone soak on ours', { leaveWhen: [soak], timer: 'stepgate' }, {}],
    ['a soak in company', { leaveWhen: [soak, after], timer: 'engine' }, {}],
    ['nothing to wait for', { leaveWhen: [], timer: 'stepgate' }, {}],
  ] as const)('pause: %s', (_, more, pause) => {
    const { rollout } = render({ ...shop, steps: [step('1', more)] }, commit, [deployment()], 1);
    expect(at(rollout, 'spec', 'strategy', 'canary', 'steps', 0, 'pause')).toEqual(pause);
  });
});

describe('workload', () => {
  const borrowed = { strategy: { type: 'RollingUpdate' }, minReadySeconds: 5, progressDeadlineSeconds: 60 };
  const full = deployment(
    { ...borrowed, paused: false },
    {
      uid: '1',
      resourceVersion: '2',
      managedFields: [],
      labels: { team: 'a', 'rollouts.kruise.io/workload-type': 'deployment' },
      annotations: {
        note: 'b',
        'rollouts.kruise.io/in-progressing': '{}',
        'batchrelease.rollouts.kruise.io/control-info': '{}',
      },
    },
  );

  test('is lean, and carries the id as a label only', () => {
    const { workload, release } = render(shop, commit, [{ ...full, status: { replicas: 1 } }], 2);
    const digest = digestOf(podTemplate);
    expect(release).toEqual({ id: `0123456789-${digest.slice(0, 8)}-2`, commit, digest });
    expect(workload).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        name: 'shop',
        namespace: 'shop',
        labels: { team: 'a', 'rollouts.kruise.io/rollout-id': release.id },
        annotations: { note: 'b' },
      },
      spec: {
        replicas: 5,
        selector: { matchLabels: { app: 'shop' } },
        template: podTemplate,
        minReadySeconds: 5,
        progressDeadlineSeconds: 60,
      },
    });
  });

  test.each([
    ['partition', ['strategy']],
    ['canary', ['strategy']],
    ['blueGreen', ['strategy', 'minReadySeconds', 'progressDeadlineSeconds']],
  ] as const)('%s: %j go to the settings and nowhere else', (style, fields) => {
    const { workload, settings } = render(delivery(`${style} 100%`), commit, [full], 1);
    const expected = Object.fromEntries(
      Object.entries(borrowed).filter(([key]) => (fields as readonly string[]).includes(key)),
    );
    expect(settings).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'shop', namespace: 'shop' },
      spec: expected,
    });
    for (const field of [...fields, 'paused']) expect(at(workload, 'spec', field)).toBeUndefined();
  });

  test('no settings where the manifest has none', () => {
    expect(render(shop, commit, [deployment()], 1).settings).toBeNull();
  });

  const scaledObject = object('keda.sh/v1alpha1', 'ScaledObject', 'shop', {
    spec: { scaleTargetRef: { name: 'shop' } },
  });
  test.each([
    ['none', [], [], 5],
    ['one in the source', [autoscaler()], [], undefined],
    ['one in the cluster', [], [autoscaler()], undefined],
    ['one that blueGreen took off', [], [autoscaler('shop-DisableByRollout')], undefined],
    ["KEDA's, which names no kind", [scaledObject], [], undefined],
    ['of another workload', [autoscaler('other')], [], 5],
  ])('replicas with an autoscaler: %s', (_, source, live, expected) => {
    const { workload } = render(shop, commit, [deployment(), ...source], 1, live);
    expect(at(workload, 'spec', 'replicas')).toBe(expected);
  });

  test('a docs commit renders the same but for the id', () => {
    const other = 'f'.repeat(40);
    const [left, right] = [render(shop, commit, [full], 1), render(shop, other, [full], 1)];
    expect(left.release.digest).toBe(right.release.digest);
    expect(left.rollout).toEqual(right.rollout);
    expect(JSON.stringify(left.workload).replace(left.release.id, '')).toBe(
      JSON.stringify(right.workload).replace(right.release.id, ''),
    );
  });
});

describe('sorting', () => {
  test('what the workload reads comes before, what the engine touches only while idle', () => {
    const { before, idleOnly } = render(
      shop,
      commit,
      [
        ingress,
        service,
        object('policy/v1', 'PodDisruptionBudget', 'shop'),
        config,
        deployment(),
        deployment({}, { name: 'worker' }),
        object('v1', 'Secret', 'b'),
        object('v1', 'Secret', 'a'),
        autoscaler(),
        object('gateway.networking.k8s.io/v1', 'HTTPRoute', 'shop'),
        object('networking.istio.io/v1', 'VirtualService', 'shop'),
        object('traefik.io/v1alpha1', 'IngressRoute', 'shop'),
        object('rollouts.kruise.io/v1alpha1', 'TrafficRouting', 'shop'),
        object('networking.k8s.io/v1', 'NetworkPolicy', 'shop'),
        object('argoproj.io/v1alpha1', 'Rollout', 'other'),
        object('v1', 'ServiceAccount', 'shop'),
      ],
      1,
    );
    expect(titles(before)).toEqual([
      'ServiceAccount/shop',
      'Secret/a',
      'Secret/b',
      'ConfigMap/shop',
      'Deployment/worker',
      'Rollout/other',
      'NetworkPolicy/shop',
      'PodDisruptionBudget/shop',
    ]);
    expect(titles(idleOnly)).toEqual([
      'Service/shop',
      'HorizontalPodAutoscaler/shop',
      'HTTPRoute/shop',
      'VirtualService/shop',
      'Ingress/shop',
      'TrafficRouting/shop',
      'IngressRoute/shop',
    ]);
  });

  test('every object gets the namespace, and loses what only a server writes', () => {
    const dumped = object('v1', 'ConfigMap', 'shop', {
      metadata: { name: 'shop', uid: '1', creationTimestamp: null, generation: 3 },
    });
    const { before } = render(shop, commit, [deployment(), dumped], 1);
    expect(at(before[0], 'metadata')).toEqual({ name: 'shop', namespace: 'shop' });
  });
});

describe('refusals', () => {
  const refused = (manifests: readonly KubeObject[]) => {
    try {
      render(shop, commit, manifests, 1);
    } catch (error) {
      if (error instanceof StepgateError) return error;
    }
    throw new Error('not refused');
  };
  const annotated = (metadata: JsonObject) => deployment({}, { annotations: metadata });

  test.each([
    ['nothing', [], 'SOURCE_INVALID', 'renders no Deployment/shop; it renders nothing'],
    ['another workload', [config, deployment({}, { name: 'web' })], 'SOURCE_INVALID', 'it renders Deployment/web'],
    ['no workload', [config, service], 'SOURCE_INVALID', 'it renders ConfigMap/shop, Service/shop'],
    ['the workload twice', [deployment(), deployment()], 'SOURCE_INVALID', 'Deployment/shop twice'],
    [
      'an old apiVersion',
      [{ ...deployment(), apiVersion: 'extensions/v1beta1' }],
      'SOURCE_INVALID',
      'is extensions/v1beta1',
    ],
    [
      'the kind of another API group',
      [{ ...deployment(), apiVersion: 'apps.kruise.io/v1alpha1' }],
      'SOURCE_INVALID',
      'Deployment/shop is apps.kruise.io/v1alpha1',
    ],
    ['no template', [{ ...deployment(), spec: {} }], 'SOURCE_INVALID', 'no spec.template'],
    ['another namespace', [deployment({}, { namespace: 'web' })], 'SOURCE_INVALID', "the namespace 'web'"],
    [
      'a Namespace',
      [deployment(), object('v1', 'Namespace', 'shop')],
      'SOURCE_INVALID',
      "only objects in the delivery's namespace",
    ],
    [
      'a ClusterRole',
      [deployment(), object('rbac.authorization.k8s.io/v1', 'ClusterRole', 'x')],
      'SOURCE_INVALID',
      'whole cluster',
    ],
    [
      'a PriorityClass',
      [deployment(), object('scheduling.k8s.io/v1', 'PriorityClass', 'x')],
      'SOURCE_INVALID',
      'PriorityClass/x belongs to the whole cluster',
    ],
    [
      'a Rollout',
      [deployment(), object('rollouts.kruise.io/v1beta1', 'Rollout', 'shop')],
      'SOURCE_INVALID',
      'Rollout/shop',
    ],
    [
      'an old Rollout',
      [deployment(), object('rollouts.kruise.io/v1alpha1', 'Rollout', 'x')],
      'SOURCE_INVALID',
      'Rollout/x',
    ],
    [
      'a BatchRelease',
      [deployment(), object('rollouts.kruise.io/v1beta1', 'BatchRelease', 'shop')],
      'SOURCE_INVALID',
      'BatchRelease/shop',
    ],
    ['a List', [deployment(), object('v1', 'List', 'x')], 'SOURCE_INVALID', 'is a List'],
    [
      'no name',
      [deployment(), { apiVersion: 'v1', kind: 'Secret', metadata: { generateName: 'x-' } }],
      'SOURCE_INVALID',
      'no metadata.name',
    ],
    ['no kind', [deployment(), { apiVersion: 'v1', metadata: { name: 'x' } }], 'SOURCE_INVALID', 'no kind'],
    ['no apiVersion', [deployment(), { kind: 'Secret', metadata: { name: 'x' } }], 'SOURCE_INVALID', 'no apiVersion'],
    ['the id as an annotation', [annotated({ 'rollouts.kruise.io/rollout-id': 'a1' })], 'ID_ANNOTATION', 'disarms'],
  ] as const)('%s', (_, manifests, code, message) => {
    const error = refused(manifests);
    expect([error.family, error.code]).toEqual(['input', code]);
    expect(error.message).toContain(message);
    expect(error.hint).not.toBeNull();
  });

  test('all problems are told at once', () => {
    const error = refused([object('v1', 'Namespace', 'shop'), object('rollouts.kruise.io/v1beta1', 'Rollout', 'shop')]);
    expect(error.problems).toHaveLength(3);
  });

  test('near misses pass: the own namespace spelled out, a ClusterRole by name only, the same name in another group', () => {
    const manifests = [
      deployment({}, { namespace: 'shop' }),
      object('example.com/v1', 'ClusterRole', 'x'),
      object('networking.k8s.io/v1', 'Ingress', 'shop'),
      object('example.com/v1', 'Ingress', 'shop'),
    ];
    expect(() => render(shop, commit, manifests, 1)).not.toThrow();
  });
});

describe('YAML', () => {
  const source = [service, config, deployment({ strategy: { type: 'RollingUpdate' } }), ingress, autoscaler('other')];

  test('begins with the id, Rollout first, then in the order of writing', () => {
    const rendered = render(shop, commit, source, 1);
    const text = renderYaml(rendered);
    expect(text.startsWith(`# proposed rollout-id: ${rendered.release.id}\n`)).toBe(true);
    expect(titles(documents(text))).toEqual([
      'Rollout/shop',
      'ConfigMap/shop',
      'Deployment/shop',
      'Service/shop',
      'HorizontalPodAutoscaler/shop',
      'Ingress/shop',
    ]);
    expect(text).toContain('#     strategy:');
  });

  test('says what was rendered, to parsers of either age', () => {
    const rendered = render(shop, commit, source, 1);
    const { rollout, before, workload, idleOnly } = rendered;
    for (const version of ['1.1', '1.2'] as const) {
      expect(documents(renderYaml(rendered), version)).toEqual([rollout, ...before, workload, ...idleOnly]);
    }
  });

  test('is the same bytes however the source is ordered', () => {
    const expected = renderYaml(render(shop, commit, source, 1));
    fc.assert(
      fc.property(fc.shuffledSubarray(source, { minLength: source.length }), (shuffled) => {
        expect(renderYaml(render(shop, commit, shuffled, 1))).toBe(expected);
      }),
      { numRuns: 30 },
    );
  });

  test('any string survives either parser', () => {
    const awkward = fc.constantFrom(
      'yes',
      'on',
      'n',
      '0777',
      '0o17',
      '1_000',
      '1:30',
      '~',
      '=',
      '<<',
      '# x',
      'a: b',
      '---',
      '\n',
      '1e3',
    );
    fc.assert(
      fc.property(fc.oneof(awkward, fc.string()), (value) => {
        const rendered = render(
          shop,
          commit,
          [deployment(), object('v1', 'ConfigMap', 'c', { data: { key: value } })],
          1,
        );
        for (const version of ['1.1', '1.2'] as const) {
          expect(at(documents(renderYaml(rendered), version)[1], 'data', 'key')).toBe(value);
        }
      }),
    );
  });
});

function documents(text: string, version: '1.1' | '1.2' = '1.2'): readonly KubeObject[] {
  return parseAllDocuments(text, { version }).map((document) => {
    if ('errors' in document) expect(document.errors).toEqual([]);
    return document.toJS() as KubeObject;
  });
}
