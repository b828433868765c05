import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { soakOf } from '../../src/gates/soak.ts';
import { parseConfig } from '../../src/policy/schema.ts';
import { printWritten } from '../../src/policy/written.ts';
import type { Delivery, Step } from '../../src/release/delivery.ts';
import { StepgateError } from '../../src/release/error.ts';
import { isObject, type Json, type JsonObject, listAt, objectAt } from '../../src/release/json.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import { kruise } from '../../src/targets/kruise/index.ts';
import { approval, delivery, plan, routed, step } from './delivery-fixture.ts';

/** A config's text read as the policy is. */
function read(text: string): Delivery {
  const [found] = parseConfig({ file: 'stepgate.yaml', text, readInclude: () => [] }).deliveries;
  if (found === undefined) throw new Error('the config has no delivery');
  return found;
}

const source = { kind: 'files', patterns: ['deploy/shop.yaml'] } as const;

/** What a Rollout is imported as, once it was printed and read again. */
function imported(rollout: KubeObject): { readonly delivery: Delivery; readonly unsaid: readonly string[] } {
  const { delivery: found, unsaid } = kruise.importOf(rollout, null);
  return {
    delivery: read(printWritten([{ ...found, source }], [])),
    unsaid: unsaid.map(({ severity, field, found: what, key }) => `${severity} ${field} ${what} [${key.join(' ')}]`),
  };
}

const shop = (text: string, more: Partial<Delivery> = {}) =>
  delivery(text, { name: 'shop', environment: null, source, ...more });

const match = fc.oneof(
  fc.constant({ headers: [{ name: 'x-user', value: 'beta' }] }),
  fc.constant({ headers: [{ type: 'RegularExpression', name: 'x-user', value: 'b.*' }] }),
  fc.constant({ path: { type: 'Exact', value: '/no' }, queryParams: [{ name: 'q', value: 'yes' }] }),
);

const anyStep = fc.record({
  percent: fc.integer({ min: 1, max: 50 }),
  pods: fc.boolean(),
  traffic: fc.option(fc.integer({ min: 1, max: 100 }), { nil: null }),
  matches: fc.array(match, { maxLength: 2 }),
  waits: fc.constantFrom('approval', 'soak', 'engine', 'nothing'),
});

/** A delivery whose config the schema takes: amounts grow, and routes are there where steps have traffic. */
const anyDelivery = fc
  .record({
    steps: fc.array(anyStep, { minLength: 1, maxLength: 5 }),
    whole: fc.boolean(),
    kind: fc.constantFrom('Deployment', 'StatefulSet', 'AdvancedStatefulSet', 'CloneSet', 'AdvancedDaemonSet'),
    style: fc.constantFrom('partition', 'canary', 'blueGreen'),
    grace: fc.option(fc.integer({ min: 0, max: 4000 }), { nil: null }),
    gateway: fc.boolean(),
  })
  .filter(({ kind, style }) => kruise.refusesStyle(kind, style) === null)
  .map(({ steps, whole, kind, style, grace, gateway }): Delivery => {
    const sorted = steps.toSorted((left, right) => left.percent - right.percent);
    const made = sorted.map(
      ({ percent, pods, traffic, matches, waits }, index): Step => ({
        name: `s-${index}`,
        replicas: { unit: pods ? 'pods' : 'percent', value: percent },
        traffic,
        matches,
        requestHeaders: null,
        leaveWhen: waits === 'approval' ? [approval] : waits === 'nothing' ? [] : [soakOf(90 * (index + 1))],
        timer: waits === 'engine' ? 'engine' : 'stepgate',
      }),
    );
    const last: Step = { ...step('100%'), name: 'all', leaveWhen: style === 'blueGreen' ? [approval] : [] };
    const traffic = {
      service: 'shop',
      graceSeconds: grace,
      ingress: gateway ? null : { name: 'shop.example', class: 'higress' },
      gateway: gateway ? { route: 'shop' } : null,
      custom: null,
      routing: null,
      canaryService: true,
    };
    return shop('partition 1', {
      workload: { kind, name: 'shop' },
      style,
      steps: whole ? [...made, last] : made,
      traffic,
    });
  });

/** Every pause of a time as the one that waits: stepgate's own clock takes over. */
function untimed(value: Json): Json {
  if (Array.isArray(value)) return value.map(untimed);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, key === 'pause' ? {} : untimed(inner)]));
}

describe('import after render', () => {
  test('is a config that renders to the same Rollout, but for the pauses that the engine timed', () => {
    fc.assert(
      fc.property(anyDelivery, (wanted) => {
        const rollout = kruise.rolloutOf(read(printWritten([wanted], [])));
        const { delivery: found, unsaid } = imported(rollout);
        expect(kruise.rolloutOf(found)).toEqual(untimed(rollout));
        const timed = wanted.steps.filter(({ timer }) => timer === 'engine').length;
        expect(unsaid.filter((line) => !/steps\[\d\]\.pause /.test(line))).toEqual([]);
        expect(unsaid).toHaveLength(timed);
      }),
    );
  });

  test('keeps what steps wait for, as far as a Rollout can say it', () => {
    const steps = [
      step('1'),
      step('50%', { leaveWhen: [soakOf(600)], timer: 'engine' }),
      step('100%', { leaveWhen: [] }),
    ];
    const { delivery: found } = imported(kruise.rolloutOf(shop('partition 1', { steps })));
    expect(found.steps.map(({ name, leaveWhen, timer }) => [name, leaveWhen, timer])).toEqual([
      ['step-1', [approval], 'stepgate'],
      ['step-2', [soakOf(600)], 'stepgate'],
      ['step-3', [], 'stepgate'],
    ]);
  });

  test('has nothing to say about what the server, the engine and stepgate add', () => {
    fc.assert(
      fc.property(anyDelivery, (wanted) => {
        const steps = wanted.steps.map((one) => ({ ...one, timer: 'stepgate' as const }));
        const rollout = kruise.rolloutOf({ ...wanted, steps });
        const live = {
          ...rollout,
          metadata: {
            ...objectAt(rollout, 'metadata'),
            uid: 'u',
            generation: 3,
            resourceVersion: '7',
            creationTimestamp: '2026-01-01T00:00:00Z',
            managedFields: [],
            finalizers: ['rollouts.kruise.io/rollout'],
            annotations: {
              'rollouts.kruise.io/hash': 'x',
              'stepgate.dev/record': '{}',
              'kubectl.kubernetes.io/last-applied-configuration': '{}',
            },
          },
          spec: { disabled: false, ...objectAt(rollout, 'spec') },
          status: { phase: 'Healthy' },
        };
        expect(imported(live).unsaid).toEqual([]);
      }),
    );
  });
});

/** Places in a Rollout where somebody may have written something. */
const places: readonly (readonly (string | number)[])[] = [
  ['metadata', 'labels'],
  ['metadata', 'annotations'],
  ['metadata'],
  ['spec'],
  ['spec', 'strategy'],
  ['spec', 'strategy', 'canary'],
  ['spec', 'strategy', 'canary', 'steps', 0],
  ['spec', 'strategy', 'canary', 'trafficRoutings', 0],
  ['spec', 'strategy', 'canary', 'trafficRoutings', 0, 'ingress'],
  ['spec', 'workloadRef'],
];

function put(value: Json, path: readonly (string | number)[], key: string, what: Json): Json {
  const [part, ...rest] = path;
  if (part === undefined) return { ...(isObject(value) ? value : {}), [key]: what };
  if (typeof part === 'number') {
    const items = Array.isArray(value) ? value : [];
    return items.map((item: Json, index) => (index === part ? put(item, rest, key, what) : item));
  }
  const object = isObject(value) ? value : {};
  return { ...object, [part]: put(object[part] ?? {}, rest, key, what) };
}

test('whatever else a Rollout says is named, wherever it stands', () => {
  const rollout = kruise.rolloutOf(shop('canary 20%/10 100%', routed));
  const word = fc.stringMatching(/^[a-z]{1,8}$/).map((text) => `zz${text}`);
  const what = fc.oneof(
    fc.constant(true),
    fc.integer({ min: 1 }),
    word,
    fc.record({ a: fc.integer() }),
    fc.constant([1]),
  );
  fc.assert(
    fc.property(fc.constantFrom(...places), word, what, (path, key, value) => {
      const changed = put(rollout, path, key, value);
      if (!isObject(changed)) throw new Error('a Rollout is an object');
      const { unsaid } = kruise.importOf(changed, null);
      expect(unsaid.map(({ field }) => field)).toHaveLength(1);
      expect(unsaid[0]?.field).toContain(key);
      expect(unsaid[0]?.means).not.toBe('');
    }),
  );
});

const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' };

interface Parts {
  readonly metadata?: JsonObject;
  readonly spec?: JsonObject;
  readonly strategy?: JsonObject;
  readonly canary?: JsonObject;
  readonly steps?: readonly JsonObject[];
}

function live({ metadata = {}, spec = {}, strategy = {}, canary = {}, steps = [{ replicas: 1 }] }: Parts): KubeObject {
  return {
    apiVersion: 'rollouts.kruise.io/v1beta1',
    kind: 'Rollout',
    metadata: { name: 'shop', namespace: 'shop', ...metadata },
    spec: { workloadRef, strategy: { canary: { steps, ...canary }, ...strategy }, ...spec },
  };
}

const routing = { service: 'shop', ingress: { classType: 'nginx', name: 'shop' } };

describe('what the config cannot say is named', () => {
  test.each<[string, Parts, string, string]>([
    [
      'another name than the workload',
      { metadata: { name: 'shop-rollout' } },
      'error metadata.name "shop-rollout" []',
      'Delete this one while no release runs',
    ],
    [
      'a delivery of an environment',
      { metadata: { annotations: { 'stepgate.dev/delivery': 'shop@prod' } } },
      'error metadata.annotations["stepgate.dev/delivery"] "shop@prod" []',
      'use the config that it has',
    ],
    [
      'labels',
      { metadata: { labels: { team: 'shop' } } },
      'note metadata.labels.team "shop" []',
      'stays in the cluster',
    ],
    [
      'the style of v1alpha1',
      { metadata: { annotations: { 'rollouts.kruise.io/rolling-style': 'canary' } } },
      'note metadata.annotations["rollouts.kruise.io/rolling-style"] "canary" []',
      'v1alpha1 alone',
    ],
    [
      'a style that nothing reads',
      { metadata: { annotations: { 'rollouts.kruise.io/rolling-type': 'partition' } } },
      'note metadata.annotations["rollouts.kruise.io/rolling-type"] "partition" []',
      'never this one',
    ],
    [
      'rollbacks in steps, for a Deployment',
      { metadata: { annotations: { 'rollouts.kruise.io/rollback-in-batch': 'true' } } },
      'note metadata.annotations["rollouts.kruise.io/rollback-in-batch"] "true" []',
      'ignores it for this kind',
    ],
    [
      'an owner',
      { metadata: { ownerReferences: [{ kind: 'Application', name: 'shop' }] } },
      'warning metadata.ownerReferences [{"kind":"Application","name":"shop"}] []',
      'may write over',
    ],
    [
      'another finalizer',
      { metadata: { finalizers: ['rollouts.kruise.io/rollout', 'x/y'] } },
      'note metadata.finalizers ["x/y"] []',
      'stays',
    ],
    [
      'its end',
      { metadata: { deletionTimestamp: 'now' } },
      'error metadata.deletionTimestamp "now" []',
      'being deleted',
    ],
    ['that it is off', { spec: { disabled: true } }, 'error spec.disabled true []', 'every pod at once'],
    ['that it is paused', { strategy: { paused: true } }, 'warning spec.strategy.paused true []', 'stand still'],
    [
      'another version of the workload',
      { spec: { workloadRef: { ...workloadRef, apiVersion: 'apps/v1beta2' } } },
      'warning spec.workloadRef.apiVersion "apps/v1beta2" [workload]',
      'stepgate writes apps/v1',
    ],
    [
      'failures that count for nothing',
      { canary: { failureThreshold: '0%' } },
      'error spec.strategy.canary.failureThreshold "0%" []',
      'remove it from the Rollout first',
    ],
    [
      "the extra pods' labels, without extra pods",
      { canary: { patchPodTemplateMetadata: { labels: { a: 'b' } } } },
      'error spec.strategy.canary.patchPodTemplateMetadata {"labels":{"a":"b"}} []',
      'remove it from the Rollout first',
    ],
    [
      'no Service for new pods',
      { canary: { disableGenerateCanaryService: true } },
      'error spec.strategy.canary.disableGenerateCanaryService true []',
      'remove it from the Rollout first',
    ],
    [
      'a reference that nothing reads',
      { canary: { trafficRoutingRef: 'tr' } },
      'error spec.strategy.canary.trafficRoutingRef "tr" []',
      'nothing in the engine reads it',
    ],
    [
      'a field that came later',
      { canary: { newField: 1 } },
      'error spec.strategy.canary.newField 1 []',
      'no word for it',
    ],
    ['a field of the spec', { spec: { newField: 1 } }, 'warning spec.newField 1 []', 'no word for it'],
    [
      'a timed pause',
      { steps: [{ replicas: 1, pause: { duration: 600 } }] },
      'warning spec.strategy.canary.steps[0].pause {"duration":600} [steps 0 leaveWhen]',
      'goes on 10m after the step is in place',
    ],
    [
      'a pause that is over at once',
      { steps: [{ replicas: 1, pause: { duration: 0 } }] },
      'warning spec.strategy.canary.steps[0].pause {"duration":0} [steps 0 leaveWhen]',
      'Write [approval]',
    ],
    [
      'a pause on a last step of 100%',
      { steps: [{ replicas: '100%', pause: { duration: 60 } }] },
      'note spec.strategy.canary.steps[0].pause {"duration":60} [steps 0 leaveWhen]',
      'passes a last step',
    ],
    [
      'another field of a step',
      { steps: [{ replicas: 1, newField: 1 }] },
      'warning spec.strategy.canary.steps[0].newField 1 [steps 0]',
      'removes it from the step',
    ],
    [
      'amounts in another spelling',
      { steps: [{ replicas: '05%' }] },
      'warning spec.strategy.canary.steps[0].replicas "05%" [steps 0 replicas]',
      'stepgate writes "5%"',
    ],
    [
      'the default class of an Ingress',
      { canary: { trafficRoutings: [{ service: 'shop', ingress: { name: 'shop' } }] } },
      'note spec.strategy.canary.trafficRoutings[0].ingress.classType not there [traffic]',
      'takes nginx by default',
    ],
    [
      'a second routing',
      { canary: { trafficRoutings: [routing, { service: 'more' }] } },
      'warning spec.strategy.canary.trafficRoutings[1] {"service":"more"} [traffic]',
      'removes it from the routing',
    ],
    [
      'another field of a routing',
      { canary: { trafficRoutings: [{ ...routing, newField: 1 }] } },
      'warning spec.strategy.canary.trafficRoutings[0].newField 1 [traffic]',
      'removes it from the routing',
    ],
  ])('%s', (_, parts, wanted, means) => {
    const rollout = live(parts);
    expect(imported(rollout).unsaid).toEqual([wanted]);
    expect(kruise.importOf(rollout, null).unsaid[0]?.means).toContain(means);
  });

  test('nothing of routes of any kind, a TrafficRouting, headers of requests and settings: the config says them', () => {
    const refs = [{ apiVersion: 'networking.istio.io/v1beta1', kind: 'VirtualService', name: 'shop' }];
    const rollout = live({
      canary: {
        trafficRoutings: [{ service: 'shop', customNetworkRefs: refs }],
        disableGenerateCanaryService: true,
        enableExtraWorkloadForCanary: true,
        failureThreshold: '20%',
        patchPodTemplateMetadata: { labels: { a: 'b' } },
      },
      steps: [{ replicas: 1, traffic: '5%', requestHeaderModifier: { remove: ['x'] } }],
      metadata: { annotations: { 'rollouts.kruise.io/trafficrouting': 'chain' } },
    });
    expect(kruise.importOf(rollout, null).unsaid).toEqual([]);
    expect(imported(rollout).delivery).toMatchObject({
      traffic: { service: 'shop', custom: refs, routing: 'chain', canaryService: false },
      steps: [{ requestHeaders: { remove: ['x'] } }],
      settings: { mayBeUnready: { unit: 'percent', value: 20 }, canaryPods: { labels: { a: 'b' }, annotations: {} } },
    });
  });

  test('an extra workload for a kind that has none: the engine moves pods in place', () => {
    const ref = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'shop' };
    const rollout = live({ spec: { workloadRef: ref }, canary: { enableExtraWorkloadForCanary: true } });
    const found = imported(rollout);
    expect(found.delivery).toMatchObject({ style: 'partition', workload: { kind: 'StatefulSet' } });
    expect(found.unsaid).toEqual(['error spec.strategy.canary.enableExtraWorkloadForCanary true []']);
  });
});

test.each([
  ['apps.kruise.io/v1alpha1', 'CloneSet', 'CloneSet'],
  ['apps.kruise.io/v1beta1', 'StatefulSet', 'AdvancedStatefulSet'],
  ['apps.kruise.io/v1alpha1', 'DaemonSet', 'AdvancedDaemonSet'],
])('a %s %s is the kind that the config calls %s', (apiVersion, kind, called) => {
  const found = imported(live({ spec: { workloadRef: { apiVersion, kind, name: 'shop' } } }));
  expect(found).toMatchObject({ delivery: { workload: { kind: called, name: 'shop' } }, unsaid: [] });
});

describe('the name of the delivery', () => {
  test.each([
    ['shop', 'shop'],
    ['shop.v1', 'shop-v1'],
    ['a'.repeat(63).concat('.b'), 'a'.repeat(63)],
    ['a'.repeat(62).concat('.b'), 'a'.repeat(62)],
  ])('of the workload %s is %s', (name, wanted) => {
    const rollout = live({ metadata: { name }, spec: { workloadRef: { ...workloadRef, name } } });
    expect(imported(rollout).delivery).toMatchObject({ name: wanted, workload: { name } });
  });

  test('is that of the delivery that it is already', () => {
    const rollout = live({ metadata: { annotations: { 'stepgate.dev/delivery': 'store' } } });
    expect(imported(rollout)).toMatchObject({ delivery: { name: 'store' }, unsaid: [] });
  });
});

describe('what is no Rollout to import is refused', () => {
  test.each<[string, KubeObject, string, string]>([
    [
      'a kind that is not released',
      live({ spec: { workloadRef: { apiVersion: 'example.com/v1', kind: 'Zoo', name: 'shop' } } }),
      'NOT_SUPPORTED',
      'moves the Zoo shop of example.com/v1',
    ],
    [
      "another group's kind of a name that is released",
      live({ spec: { workloadRef: { apiVersion: 'example.com/v1', kind: 'StatefulSet', name: 'shop' } } }),
      'NOT_SUPPORTED',
      'moves the StatefulSet shop of example.com/v1',
    ],
    [
      'a DaemonSet of Kubernetes’ own',
      live({ spec: { workloadRef: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'shop' } } }),
      'NOT_SUPPORTED',
      'moves the DaemonSet shop of apps/v1',
    ],
    ['no workload', live({ spec: { workloadRef: {} } }), 'SOURCE_INVALID', 'which workload'],
    ['no strategy', live({ spec: { strategy: {} } }), 'SOURCE_INVALID', 'no strategy'],
  ])('%s', (_, rollout, code, message) => {
    const caught = (() => {
      try {
        kruise.importOf(rollout, null);
      } catch (error) {
        return error;
      }
      return null;
    })();
    expect(caught).toBeInstanceOf(StepgateError);
    expect(caught).toMatchObject({ code, message: expect.stringContaining(message) });
  });
});

describe('a manifest of v1alpha1', () => {
  /** The plan of E11c, as a person wrote it in the old version. */
  const old = (more: Parts & { readonly style?: string } = {}): KubeObject => ({
    apiVersion: 'rollouts.kruise.io/v1alpha1',
    kind: 'Rollout',
    metadata: {
      name: 'shop',
      ...(more.style === undefined ? {} : { annotations: { 'rollouts.kruise.io/rolling-style': more.style } }),
      ...more.metadata,
    },
    spec: {
      objectRef: { workloadRef },
      strategy: {
        canary: {
          steps: more.steps ?? [
            { replicas: '20%', matches: [{ headers: [{ name: 'x-user', type: 'Exact', value: 'beta' }] }], pause: {} },
            { weight: 40, pause: { duration: 60 } },
            { replicas: '100%', weight: 100, pause: {} },
          ],
          trafficRoutings: [{ ...routing, gracePeriodSeconds: 3 }],
          ...more.canary,
        },
      },
      ...more.spec,
    },
  });
  const version = 'warning apiVersion "rollouts.kruise.io/v1alpha1" []';

  test('is in canary style where nothing says another, and weights are traffic', () => {
    const { delivery: found, unsaid } = kruise.importOf(old(), 'store');
    expect(found).toMatchObject({ namespace: 'store', ...plan('canary 20% 40% 100%'), steps: expect.anything() });
    expect(found.steps).toMatchObject([
      { replicas: { unit: 'percent', value: 20 }, traffic: null, matches: [{ headers: [{ name: 'x-user' }] }] },
      { replicas: { unit: 'percent', value: 40 }, traffic: 40, leaveWhen: [soakOf(60)] },
      { replicas: { unit: 'percent', value: 100 }, traffic: 100, leaveWhen: [] },
    ]);
    expect(unsaid.map(({ field }) => field)).toEqual(['apiVersion', 'spec.strategy.canary.steps[1].pause']);
  });

  test.each([
    ['partition', 'partition'],
    ['Partition', 'partition'],
    ['canary', 'canary'],
    ['other', 'canary'],
  ])('with the style %s', (style, wanted) => {
    expect(kruise.importOf(old({ style }), null).delivery.style).toBe(wanted);
  });

  test('renders to what the server made of it', () => {
    const { delivery: found } = kruise.importOf(
      old({ style: 'partition', steps: [{ weight: 20 }, { replicas: 2 }] }),
      'shop',
    );
    const { strategy } = objectAt(kruise.rolloutOf(found), 'spec');
    expect(strategy).toEqual({
      canary: {
        steps: [
          { replicas: '20%', traffic: '20%', pause: {} },
          { replicas: 2, pause: {} },
        ],
        trafficRoutings: [{ ...routing, gracePeriodSeconds: 3 }],
      },
    });
  });

  test.each<[string, Parts, readonly string[]]>([
    ['nothing more', {}, []],
    [
      'the id of the old days',
      { spec: { objectRef: { workloadRef }, strategy: { canary: { steps: [{ replicas: 1 }] } }, rolloutID: 'r1' } },
      ['warning spec.rolloutID "r1" []'],
    ],
    [
      'paths and query parameters (E11)',
      { steps: [{ replicas: 1, matches: [{ path: { value: '/a' }, headers: [{ name: 'a', value: 'b' }] }] }] },
      ['warning spec.strategy.canary.steps[0].matches[0].path {"value":"/a"} [steps 0 matches]'],
    ],
    [
      'a weight that is text',
      { steps: [{ replicas: 1, weight: '20' }] },
      ['warning spec.strategy.canary.steps[0].weight "20" [steps 0 traffic]'],
    ],
    [
      'what is not converted',
      { canary: { steps: [{ replicas: 1 }], disableGenerateCanaryService: true } },
      ['warning spec.strategy.canary.disableGenerateCanaryService true []'],
    ],
    [
      'a TrafficRouting',
      { steps: [{ replicas: 1 }], metadata: { annotations: { 'rollouts.kruise.io/trafficrouting': 'tr' } } },
      ['error spec.strategy.canary.trafficRoutingRef "tr" []'],
    ],
  ])('with %s', (_, parts, wanted) => {
    const rows = kruise.importOf(old({ steps: [{ replicas: 1 }], ...parts }), 'shop').unsaid;
    const lines = rows.map(({ severity, field, found, key }) => `${severity} ${field} ${found} [${key.join(' ')}]`);
    expect(lines).toEqual([version, ...wanted]);
  });

  test('has no blueGreen: the server drops it, and no strategy is left', () => {
    const rollout = old({
      spec: { objectRef: { workloadRef }, strategy: { blueGreen: { steps: [{ replicas: 1 }] } } },
    });
    expect(() => kruise.importOf(rollout, 'shop')).toThrow('no strategy that the engine knows');
  });
});

describe('fields that a deploy takes over', () => {
  const owned = (manager: string, field: JsonObject, more: JsonObject = {}) => ({
    manager,
    operation: 'Apply',
    fieldsV1: { 'f:spec': field },
    ...more,
  });
  const managedFields = [
    owned('kruise-rollout', { 'f:strategy': {}, 'f:template': {} }),
    owned('stepgate', { 'f:strategy': {}, 'f:template': {} }),
    owned('argo', { 'f:strategy': { 'f:canary': {} }, 'f:template': { 'f:spec': {} } }),
    owned('argo', { 'f:strategy': {}, 'f:template': {} }),
    owned('scaler', { 'f:replicas': {} }),
    owned('kubelet', { 'f:strategy': {}, 'f:template': {} }, { subresource: 'status' }),
  ];
  const workload = { kind: 'Deployment', metadata: { managedFields } };

  test.each([
    ['a plan that stays as it is', { replicas: 1, pause: {} }, []],
    ['a pause less', { replicas: 1 }, ['argo']],
    ['a timed pause', { replicas: 1, pause: { duration: 60 } }, ['argo']],
  ])('%s', (_, one, wanted) => {
    const rollout = live({ metadata: { managedFields }, steps: [one] });
    const { delivery: found } = kruise.importOf(rollout, null);
    expect(kruise.ownersOf(found, { rollout, workload })).toEqual({ plan: wanted, template: ['argo'] });
    expect(kruise.ownersOf(found, { rollout, workload: null }).template).toEqual([]);
  });
});

test('steps keep their order and number', () => {
  const many = Array.from({ length: 50 }, (_, index) => ({ replicas: index + 1 }));
  const { delivery: found } = imported(live({ steps: many }));
  expect(found.steps.map(({ replicas }) => replicas.value)).toEqual(many.map(({ replicas }) => replicas));
  expect(listAt(kruise.rolloutOf(found), 'spec', 'strategy', 'canary', 'steps')).toHaveLength(50);
});
