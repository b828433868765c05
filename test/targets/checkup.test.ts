import { describe, expect, test } from 'vitest';
import type { Delivery, Style } from '../../src/release/delivery.ts';
import type { Looked, Wanted } from '../../src/release/finding.ts';
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
