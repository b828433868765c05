import { describe, expect, test } from 'vitest';
import type { Delivery, Style } from '../../src/release/delivery.ts';
import type { Looked, Wanted } from '../../src/release/finding.ts';
import { type JsonObject, stringAt } from '../../src/release/json.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import type { Target } from '../../src/release/target.ts';
import { velaAppRollout } from '../../src/targets/approllout/index.ts';
import { kruise } from '../../src/targets/kruise/index.ts';
import { velaApplication } from '../../src/targets/vela/index.ts';
import { ofAppRollout } from './approllout/fixture.ts';
import { delivery as make } from './delivery-fixture.ts';
import { ofApplication } from './vela/fixture.ts';

const delivery = make('partition 1 100%');

/** What is there, by kind and name. */
type There = Readonly<Record<string, KubeObject | Looked['is']>>;

/** The objects that a checkup of these deliveries reads, as `Kind namespace/name`. */
function wantedBy({ checkup }: Target, deliveries: readonly Delivery[]): readonly Wanted[] {
  return checkup.installations.flatMap((one) => one.wanted(deliveries));
}

function titleOf({ kind: { kind }, namespace, name }: Wanted): string {
  return `${kind} ${namespace === null ? '' : `${namespace}/`}${name}`;
}

/** The lines of a checkup where only these objects are there, and no other may be read. */
function lines(target: Target, there: There, deliveries: readonly Delivery[]) {
  const wanted = wantedBy(target, deliveries).map(titleOf);
  const stray = Object.keys(there).find((title) => !wanted.includes(title));
  if (stray !== undefined) throw new Error(`${stray} is not read, but ${wanted.join(', ')}`);
  const looked = (one: Wanted): Looked => {
    const found = there[titleOf(one)] ?? 'unknown';
    return typeof found === 'string' ? ({ is: found } as Looked) : { is: 'there', object: found };
  };
  return target.checkup.installations.flatMap((one) => one.judge(looked, deliveries));
}

/** What is said of them, without what was not looked at. */
function said(target: Target, there: There, deliveries: readonly Delivery[] = [delivery]): string {
  return lines(target, there, deliveries)
    .flatMap(({ name, said: { is } }) => (is === 'skipped' ? [] : [`${name}: ${is}`]))
    .join(', ');
}

const controller = (args: readonly string[], availableReplicas = 1): KubeObject => ({
  spec: { template: { spec: { containers: [{ image: 'engine:v0.6.2', args }] } } },
  status: { availableReplicas },
});
const gates = ['--feature-gates=AdvancedDeployment=true'];
const hooks = (bundles: readonly string[], failurePolicy = 'Fail'): KubeObject => ({
  webhooks: bundles.map((caBundle) => ({ clientConfig: { caBundle }, failurePolicy })),
});
const ready = { subsets: [{ addresses: [{ ip: '10.0.0.1' }] }] };
const unready = { subsets: [{ notReadyAddresses: [{ ip: '10.0.0.1' }] }] };
const serving = { spec: { versions: [{ name: 'v1beta1', served: true }] } };

describe('the installation of the engine', () => {
  const engine = 'Deployment kruise-rollout/kruise-rollout-controller-manager';
  const mutating = 'MutatingWebhookConfiguration kruise-rollout-mutating-webhook-configuration';
  const validating = 'ValidatingWebhookConfiguration kruise-rollout-validating-webhook-configuration';
  const address = 'Endpoints kruise-rollout/kruise-rollout-webhook-service';
  const rows: readonly [title: string, there: There, says: string][] = [
    ['runs', { [engine]: controller(gates) }, 'engine: ok, feature gates: ok'],
    ['has no pod', { [engine]: controller(gates, 0) }, 'engine: error, feature gates: ok'],
    ['has no feature gate', { [engine]: controller([]) }, 'engine: ok, feature gates: warning'],
    [
      'has it switched off',
      { [engine]: controller(['--feature-gates=A=true,AdvancedDeployment=false']) },
      'engine: ok, feature gates: warning',
    ],
    ['is elsewhere', { [engine]: 'missing' }, ''],
    ['may not be read', { [engine]: 'unknown' }, ''],
    ['has webhooks', { [mutating]: hooks(['a', 'b']) }, 'webhook that holds templates back: ok'],
    [
      'has webhooks without a certificate',
      { [mutating]: hooks(['a', '']) },
      'webhook that holds templates back: error',
    ],
    ['has no webhooks in it', { [validating]: hooks([]) }, 'webhook that checks plans: error'],
    ['has none', { [mutating]: 'missing' }, 'webhook that holds templates back: warning'],
    ['answers webhooks', { [address]: ready }, 'address of the webhooks: ok'],
    ['answers none', { [address]: unready }, 'address of the webhooks: error'],
    ['serves versions', { 'CustomResourceDefinition rollouts.rollouts.kruise.io': serving }, 'definitions: ok'],
  ];
  test.each(rows)('%s', (_title, there, says) => {
    expect(said(kruise, there)).toBe(says);
  });

  test('needs no feature gate for releases in canary style', () => {
    const style: Style = 'canary';
    expect(said(kruise, { [engine]: controller([]) }, [{ ...delivery, style }])).toBe('engine: ok, feature gates: ok');
  });
});

describe('the installation of KubeVela', () => {
  const ours = [ofApplication('partition 1 100%')];
  const core = 'Deployment vela-system/kubevela-vela-core';
  const mutating = 'MutatingWebhookConfiguration kubevela-vela-core-admission';
  const validating = 'ValidatingWebhookConfiguration kubevela-vela-core-admission';
  const address = 'Endpoints vela-system/vela-core-webhook';
  const [shared, own] = ['TraitDefinition vela-system/kruise-rollout', 'TraitDefinition shop/kruise-rollout'];
  const rows: readonly [title: string, there: There, says: string][] = [
    ['runs', { [core]: controller([]) }, 'KubeVela: ok'],
    ['has no pod', { [core]: controller([], 0) }, 'KubeVela: error'],
    ['is elsewhere', { [core]: 'missing' }, ''],
    [
      'serves Applications',
      { 'CustomResourceDefinition applications.core.oam.dev': serving },
      'definition of Applications: ok',
    ],
    ['has webhooks', { [mutating]: hooks(['a', 'b']) }, 'webhook that completes Applications: ok'],
    ['was installed without webhooks', { [mutating]: 'missing', [validating]: 'missing', [address]: 'missing' }, ''],
    [
      'has a webhook that can not be called',
      { [validating]: hooks(['a', 'Cg==']) },
      'webhook that checks Applications: error',
    ],
    [
      'has a webhook that can not be called and is passed',
      { [validating]: hooks(['Cg=='], 'Ignore') },
      'webhook that checks Applications: warning',
    ],
    [
      'answers no webhook, and each has to be',
      { [validating]: hooks(['a']), [address]: unready },
      "webhook that checks Applications: ok, address of KubeVela's webhooks: error",
    ],
    [
      'answers no webhook, and they are passed',
      { [validating]: hooks(['a'], 'Ignore'), [address]: unready },
      "webhook that checks Applications: ok, address of KubeVela's webhooks: warning",
    ],
    ['has the trait of the addon', { [shared]: {} }, 'trait kruise-rollout: ok'],
    ['has the trait beside the Application', { [shared]: 'missing', [own]: {} }, 'trait kruise-rollout: ok'],
    ['has no such trait', { [shared]: 'missing', [own]: 'missing' }, 'trait kruise-rollout: error'],
    ['may have the trait beside the Application', { [shared]: 'missing', [own]: 'unknown' }, ''],
    ['may have the trait', { [shared]: 'unknown', [own]: 'missing' }, ''],
    [
      'has its definitions elsewhere',
      { [core]: controller(['--system-definition-namespace=defs']), [shared]: 'missing', [own]: 'missing' },
      'KubeVela: ok',
    ],
  ];
  test.each(rows)('%s', (_title, there, says) => {
    expect(said(velaApplication, there, ours)).toBe(says);
  });

  test('the delivery whose namespace has no trait is named', () => {
    const other = ofApplication('partition 1 100%', { name: 'cart', namespace: 'cart' });
    const there = { [shared]: 'missing', [own]: {}, 'TraitDefinition cart/kruise-rollout': 'missing' } as const;
    const [line] = lines(velaApplication, there, [...ours, other]).filter(({ name }) => name.startsWith('trait'));
    expect(line?.said.says).toMatch(/in vela-system or cart: .* such as that of cart$/);
  });

  test('the engine of the addon is looked at, where a release needs one', () => {
    const isEngine = ({ namespace }: Wanted) => namespace === 'kruise-rollout';
    expect(wantedBy(velaApplication, ours).some(isEngine)).toBe(true);
    expect(wantedBy(velaAppRollout, [ofAppRollout('partition 1 100%')]).some(isEngine)).toBe(false);
  });

  test('what several targets need is one installation, which is looked at once', () => {
    const all = [kruise, velaApplication, velaAppRollout].flatMap(({ checkup }) => checkup.installations);
    expect([new Set(all).size, all.length]).toEqual([4, 6]);
  });

  test('v1.1 has AppRollouts', () => {
    const there = { [core]: controller([]), 'CustomResourceDefinition approllouts.core.oam.dev': serving };
    expect(said(velaAppRollout, there, [ofAppRollout('partition 1 100%')])).toBe(
      'KubeVela: ok, definition of AppRollouts: ok',
    );
  });
});

describe('what a broken release leaves on a workload', () => {
  const whole = { observedGeneration: 1, updatedReplicas: 4, replicas: 4, availableReplicas: 4 };
  const made = (paused: boolean, marked: boolean, status: KubeObject = whole): KubeObject => ({
    metadata: { generation: 1, annotations: marked ? { 'batchrelease.rollouts.kruise.io/control-info': '{}' } : {} },
    spec: { replicas: 4, ...(paused ? { paused } : {}) },
    status,
  });
  const rows: readonly [title: string, workload: KubeObject, harmless: boolean | null][] = [
    ['nothing', made(false, false), null],
    ['a pause and marks, and every pod is new', made(true, true), true],
    ['a pause and marks, and pods would change', made(true, true, { ...whole, updatedReplicas: 1 }), false],
    ['a pause that somebody else may have made', made(true, false), false],
    ['marks alone', made(false, true), false],
  ];
  test.each(rows)('%s', (_title, workload, harmless) => {
    expect(kruise.checkup.leftOver(delivery, workload)?.isHarmless ?? null).toBe(harmless);
  });

  test.each<[string, KubeObject, string | null]>([
    ['nothing', { spec: { updateStrategy: { partition: 3 } } }, null],
    [
      'a CloneSet paused, where an AppRollout was deleted midway',
      { spec: { updateStrategy: { partition: 3, paused: true } } },
      'CloneSet/shop is paused, and there is no AppRollout that would end it',
    ],
  ])('%s (KubeVela v1.1)', (_title, workload, says) => {
    const found = velaAppRollout.checkup.leftOver(ofAppRollout('partition 1 100%'), workload);
    expect([found?.says ?? null, found?.isHarmless ?? false]).toEqual([says, false]);
  });
});

describe('what a release that broke off leaves beside the workload', () => {
  const traffic = {
    ...{ service: 'shop', graceSeconds: null, canaryService: true },
    ...{ ingress: { name: 'shop', class: 'nginx' }, gateway: { route: 'shop' }, routing: 'cart' },
    custom: [{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', name: 'shop' }],
  } as const;
  const routed = make('canary 1 100%', { traffic });
  const deleted = { deletionTimestamp: '2026-11-25T10:00:00Z' };
  const rollout = (phase: string, metadata: JsonObject = {}): KubeObject => ({
    kind: 'Rollout',
    metadata: { name: 'shop', generation: 1, ...metadata },
    spec: { strategy: { canary: {} } },
    status: { phase, observedGeneration: 1, conditions: [{ type: 'Progressing', reason: 'InRolling' }] },
  });
  const batch = (phase: string, metadata: JsonObject = {}): KubeObject => ({
    kind: 'BatchRelease',
    metadata: { name: 'shop', ...metadata },
    status: { phase },
  });
  const extra = (metadata: JsonObject = {}): KubeObject => ({
    kind: 'Deployment',
    metadata: { name: 'shop-x', ...metadata },
    status: { availableReplicas: 2 },
  });
  const owned = { ownerReferences: [{ apiVersion: 'rollouts.kruise.io/v1beta1', kind: 'Rollout', name: 'shop' }] };
  const orphaned = { managedFields: [{ manager: 'kruise-rollout', operation: 'Update' }] };
  const named = (kind: string, name: string, more: JsonObject = {}, metadata: JsonObject = {}): KubeObject => ({
    kind,
    metadata: { name, ...metadata },
    ...more,
  });
  const pinned = (key: string, hash: string) =>
    named('Service', 'shop', { spec: { selector: { app: 'shop', [key]: hash } } });
  const pod = named('Pod', 'shop-1', {}, { labels: { 'pod-template-hash': 'one', 'controller-revision-hash': 'one' } });
  const backends = (...names: readonly string[]) => ({
    spec: { rules: [{ backendRefs: names.map((name) => ({ name, weight: 20 })) }] },
  });

  interface Left {
    readonly rollout?: KubeObject | null;
    readonly workload?: KubeObject | null;
    readonly there?: readonly KubeObject[];
    readonly labelled?: readonly KubeObject[];
    /** Whether the engine, and KubeVela, run. */
    readonly runs?: boolean;
  }

  const workload = named('Deployment', 'shop', { spec: { replicas: 1 } });

  function judged(target: Target, its: Delivery, left: Left) {
    const { there = [], labelled = [], runs } = left;
    const { rollout: live = rollout('Healthy'), workload: own = workload } = left;
    const snapshot = { takenAt: new Date(0), rollout: live, workload: own, pods: [pod] };
    const read = target.checkup.leftObjects.wanted(its, live);
    const looked = ({ kind: { kind }, name }: Wanted): Looked => {
      if (['kruise-rollout-controller-manager', 'kubevela-vela-core'].includes(name)) {
        return runs === undefined ? { is: 'missing' } : { is: 'there', object: controller([], runs ? 1 : 0) };
      }
      const object = there.find((one) => one['kind'] === kind && stringAt(one, 'metadata', 'name') === name);
      return object === undefined ? { is: 'missing' } : { is: 'there', object };
    };
    for (const object of there) {
      const isRead = read.some(
        (one) => looked(one).is === 'there' && one.name === stringAt(object, 'metadata', 'name'),
      );
      if (!isRead) throw new Error(`${stringAt(object, 'kind')} is not read`);
    }
    const observation = target.observe(its, snapshot);
    return target.checkup.leftObjects.judge({
      ...{ delivery: its, observation, rollout: live, pods: [pod], labelled, looked },
    });
  }

  const rows: readonly [title: string, left: Left, says: string][] = [
    ['nothing', {}, ''],
    ['a BatchRelease that is over', { there: [batch('Completed')] }, 'left BatchRelease: error'],
    ['one without a Rollout', { rollout: null, there: [batch('Completed')] }, 'left BatchRelease: error'],
    ['one that may be in use', { rollout: null, there: [batch('Progressing')] }, 'left BatchRelease: warning'],
    ['one that goes', { there: [batch('Completed', deleted)] }, ''],
    ['what a release uses', { rollout: rollout('Progressing'), there: [batch('Completed')], labelled: [extra()] }, ''],
    [
      'what a new template will use',
      {
        workload: named('Deployment', 'shop', {}, { annotations: { 'rollouts.kruise.io/in-progressing': '{}' } }),
        there: [batch('Progressing')],
      },
      '',
    ],
    ['without the workload', { workload: null, there: [batch('Completed')] }, 'left BatchRelease: error'],
    ['an extra Deployment', { rollout: null, labelled: [extra()] }, 'left Deployment: warning'],
    ['an Ingress', { there: [named('Ingress', 'shop-canary', {}, owned)] }, 'left route: error'],
    ['an Ingress of somebody else', { there: [named('Ingress', 'shop-canary')] }, ''],
    [
      'a backend of a route',
      { there: [named('HTTPRoute', 'shop', backends('shop', 'shop-canary'))] },
      'left route: error',
    ],
    ['a route as it was', { there: [named('HTTPRoute', 'shop', backends('shop'))] }, ''],
    [
      'a route of another kind',
      {
        there: [
          named(
            'VirtualService',
            'shop',
            {},
            { annotations: { 'rollouts.kruise.io/original-spec-configuration': '{}' } },
          ),
        ],
      },
      'left route: error',
    ],
    [
      'a TrafficRouting in use',
      { there: [named('TrafficRouting', 'cart', {}, { finalizers: ['progressing.rollouts.kruise.io/shop'] })] },
      'left route: error',
    ],
    [
      'one that another release uses',
      { there: [named('TrafficRouting', 'cart', {}, { finalizers: ['progressing.rollouts.kruise.io/cart'] })] },
      '',
    ],
    ['a Service', { there: [named('Service', 'shop-canary', {}, owned)] }, 'left Service: warning'],
    [
      'a Service that nobody owns any more',
      { there: [named('Service', 'shop-canary', {}, orphaned)] },
      'left Service: warning',
    ],
    ['a Service of somebody else', { there: [named('Service', 'shop-canary')] }, ''],
    ['a Service that selects one template', { there: [pinned('pod-template-hash', 'one')] }, 'pinned Service: warning'],
    ['a Service that selects no pod', { there: [pinned('pod-template-hash', 'old')] }, 'pinned Service: error'],
    ['the same of a StatefulSet', { there: [pinned('controller-revision-hash', 'old')] }, 'pinned Service: error'],
    [
      'a Rollout that nobody lets go',
      { rollout: rollout('Terminating', { ...deleted, finalizers: ['rollouts.kruise.io/rollout'] }), runs: false },
      'deletion: error',
    ],
    [
      'a Rollout that the engine lets go',
      { rollout: rollout('Terminating', { ...deleted, finalizers: ['rollouts.kruise.io/rollout'] }), runs: true },
      '',
    ],
    [
      'one whose engine is elsewhere',
      { rollout: rollout('Terminating', { ...deleted, finalizers: ['rollouts.kruise.io/rollout'] }) },
      '',
    ],
    [
      'one that somebody else has to let go',
      { rollout: rollout('Terminating', { ...deleted, finalizers: ['backup'] }), runs: false },
      '',
    ],
    [
      'a batch and its Deployment that nobody lets go',
      {
        rollout: null,
        there: [batch('Progressing', { ...deleted, finalizers: ['rollouts.kruise.io/batch-release-finalizer'] })],
        labelled: [extra({ ...deleted, finalizers: ['finalizer.rollouts.kruise.io/batch-release'] })],
        runs: false,
      },
      'deletion: error, deletion: error',
    ],
  ];
  test.each(rows)('%s', (_title, left, says) => {
    const lines = judged(kruise, routed, left);
    expect(lines.map(({ name, said: { is } }) => `${name}: ${is}`).join(', ')).toBe(says);
  });

  test('every other finalizer stays', () => {
    const finalizers = ['backup', 'rollouts.kruise.io/rollout'];
    const [line] = judged(kruise, routed, { rollout: rollout('Terminating', { ...deleted, finalizers }), runs: false });
    expect(line?.said.todo).toBe(
      `start the engine again; only where it is gone for good: kubectl -n shop patch rollouts.rollouts.kruise.io shop --type=merge -p '{"metadata":{"finalizers":["backup"]}}'`,
    );
  });

  test('where there is no BatchRelease, an extra Deployment is deleted itself', () => {
    const [line] = judged(kruise, routed, { labelled: [extra()] });
    expect(line?.said.todo).toBe('kubectl -n shop delete deployment shop-x');
    const [alone] = judged(kruise, routed, { labelled: [extra()], workload: null });
    expect(alone?.said.todo).toMatch(/^once Deployment\/shop is there again: /);
  });

  test('an engine that serves v1alpha1 alone is asked for that', () => {
    const managedFields = [{ manager: 'kruise-rollout', apiVersion: 'rollouts.kruise.io/v1alpha1' }];
    const versions = (live: KubeObject | null) =>
      kruise.checkup.leftObjects.wanted(delivery, live).map(({ kind }) => kind.apiVersion);
    expect(versions(rollout('Healthy', { managedFields }))).toEqual(['rollouts.kruise.io/v1alpha1']);
    expect(versions(rollout('Healthy'))).toEqual(['rollouts.kruise.io/v1beta1']);
    expect(versions(null)).toEqual(['rollouts.kruise.io/v1beta1', 'rollouts.kruise.io/v1alpha1']);
  });

  test.each([
    ['an AppRollout that KubeVela does not let go', false, 'deletion: error'],
    ['one that it lets go', true, ''],
  ] as const)('%s', (_title, runs, says) => {
    const metadata = { name: 'shop', ...deleted, finalizers: ['finalizers.approllout.oam.dev'] };
    const its = { kind: 'AppRollout', metadata, spec: {}, status: {} };
    const lines = judged(velaAppRollout, ofAppRollout('partition 1 100%'), { rollout: its, workload: null, runs });
    expect(lines.map(({ name, said: { is } }) => `${name}: ${is}`).join(', ')).toBe(says);
  });
});
