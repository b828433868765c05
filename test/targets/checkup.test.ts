import { describe, expect, test } from 'vitest';
import { keyOf, type Looked, type Wanted } from '../../src/release/finding.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import { kruise } from '../../src/targets/kruise/index.ts';
import { delivery as make } from './delivery-fixture.ts';

const { checkup } = kruise;
const delivery = make('partition 1 100%');

function wanted(kind: string): Wanted {
  const found = checkup.wanted.find((one) => one.kind.kind === kind);
  if (found === undefined) throw new Error(`nothing of kind ${kind} is wanted`);
  return found;
}

/** What is said where only this object is there. */
function said(kind: string, object: KubeObject | Looked['is'], style: 'partition' | 'canary' = 'partition') {
  const looked: Looked = typeof object === 'string' ? ({ is: object } as Looked) : { is: 'there', object };
  const judged = checkup.judge(
    (one) => (keyOf(one) === keyOf(wanted(kind)) ? looked : { is: 'unknown' }),
    [{ ...delivery, style }],
  );
  return judged.flatMap(({ name, said: { is } }) => (is === 'skipped' ? [] : [`${name}: ${is}`])).join(', ');
}

const engine = (args: readonly string[], availableReplicas = 1): KubeObject => ({
  spec: { template: { spec: { containers: [{ image: 'engine:v0.6.2', args }] } } },
  status: { availableReplicas },
});
const gates = ['--feature-gates=AdvancedDeployment=true'];
const hooks = (...bundles: readonly string[]): KubeObject => ({
  webhooks: bundles.map((caBundle) => ({ clientConfig: { caBundle } })),
});

describe('the installation of the engine', () => {
  const rows: readonly [title: string, kind: string, object: KubeObject | Looked['is'], says: string][] = [
    ['runs', 'Deployment', engine(gates), 'engine: ok, feature gates: ok'],
    ['has no pod', 'Deployment', engine(gates, 0), 'engine: error, feature gates: ok'],
    ['has no feature gate', 'Deployment', engine([]), 'engine: ok, feature gates: warning'],
    [
      'has it switched off',
      'Deployment',
      engine(['--feature-gates=A=true,AdvancedDeployment=false']),
      'engine: ok, feature gates: warning',
    ],
    ['is elsewhere', 'Deployment', 'missing', ''],
    ['may not be read', 'Deployment', 'unknown', ''],
    ['has webhooks', 'MutatingWebhookConfiguration', hooks('a', 'b'), 'webhook that holds templates back: ok'],
    [
      'has webhooks without a certificate',
      'MutatingWebhookConfiguration',
      hooks('a', ''),
      'webhook that holds templates back: error',
    ],
    ['has no webhooks in it', 'ValidatingWebhookConfiguration', hooks(), 'webhook that checks plans: error'],
    ['has none', 'MutatingWebhookConfiguration', 'missing', 'webhook that holds templates back: warning'],
    [
      'answers webhooks',
      'Endpoints',
      { subsets: [{ addresses: [{ ip: '10.0.0.1' }] }] },
      'address of the webhooks: ok',
    ],
    [
      'answers none',
      'Endpoints',
      { subsets: [{ notReadyAddresses: [{ ip: '10.0.0.1' }] }] },
      'address of the webhooks: error',
    ],
    [
      'serves versions',
      'CustomResourceDefinition',
      { spec: { versions: [{ name: 'v1beta1', served: true }] } },
      'definitions: ok',
    ],
  ];
  test.each(rows)('%s', (_title, kind, object, says) => {
    expect(said(kind, object)).toBe(says);
  });

  test('needs no feature gate for releases in canary style', () => {
    expect(said('Deployment', engine([]), 'canary')).toBe('engine: ok, feature gates: ok');
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
    expect(checkup.leftOver(delivery, workload)?.isHarmless ?? null).toBe(harmless);
  });
});
