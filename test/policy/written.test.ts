import { describe, expect, test } from 'vitest';
import { soakOf } from '../../src/gates/soak.ts';
import { parseConfig } from '../../src/policy/schema.ts';
import { type Draft, FILL_IN, printWritten } from '../../src/policy/written.ts';
import type { Delivery, Traffic } from '../../src/release/delivery.ts';
import { approval, delivery, routed } from '../targets/delivery-fixture.ts';

const plain = delivery('partition 1 50% 100%', {
  name: 'shop',
  environment: null,
  rollback: { on: [], stuckAfterSeconds: 900, git: 'auto' },
});
const read = (text: string) => parseConfig({ file: 'stepgate.yaml', text, readInclude: () => [] }).deliveries;

/** Names that the fixture takes from its notation are no names of steps. */
const shop = (more: Partial<Delivery> = {}): Delivery => {
  const { steps, ...rest } = { ...plain, ...more };
  const last = steps.length - 1;
  return {
    ...rest,
    steps: steps.map((one, index) => ({ ...one, name: `s${index}-x`, ...(index === last ? { leaveWhen: [] } : {}) })),
  };
};

const named = { name: 'shop', environment: null } as const;
const none: Traffic = {
  service: null,
  graceSeconds: null,
  canaryService: true,
  ingress: null,
  gateway: null,
  custom: null,
  routing: null,
};
const every: Traffic = {
  service: 'shop',
  graceSeconds: 5,
  canaryService: false,
  ingress: { name: 'shop', class: 'mse' },
  gateway: { route: 'shop' },
  custom: [{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', name: 'shop' }],
  routing: 'chain',
};

describe('what is written reads back as the same delivery', () => {
  test.each<[string, Delivery]>([
    ['a plain one', shop()],
    ['a kustomization', shop({ source: { kind: 'kustomize', folder: 'overlays/prod' } })],
    [
      'a chart',
      shop({
        source: {
          kind: 'helm',
          chart: 'charts/shop',
          values: ['prod.yaml'],
          release: 'shop',
          kubeVersion: '1.30.0',
          apiVersions: ['a.example/v1'],
        },
      }),
    ],
    ['another cluster', shop({ cluster: { context: 'prod', exec: ['aws'] } })],
    ['routes', shop({ ...delivery('canary 1/5 50%/match 100%', routed), name: 'shop', environment: null })],
    ['routes of each kind', shop({ ...delivery('canary 1/5 50%/match 100%'), ...named, traffic: every })],
    ['a TrafficRouting alone', shop({ traffic: { ...none, routing: 'chain' } })],
    [
      'what a plan says beside its steps',
      shop({
        ...delivery('canary 1 100%'),
        ...named,
        settings: {
          mayBeUnready: { unit: 'percent', value: 10 },
          canaryPods: { labels: { a: 'b' }, annotations: { c: 'd e' } },
        },
      }),
    ],
    [
      'a rollback in steps',
      shop({ workload: { kind: 'StatefulSet', name: 'shop' }, settings: { rollbackInSteps: true } }),
    ],
    ['gates at both ends', shop({ startWhen: [approval], doneWhen: [soakOf(90)] })],
    ['rollbacks by policy', shop({ rollback: { on: ['stuck', 'unready'], stuckAfterSeconds: 60, git: 'commit' } })],
    [
      'how a revert is merged',
      shop({ rollback: { on: [], stuckAfterSeconds: 900, git: 'pull-request', merge: true } }),
    ],
    ['no rollbacks, and how they reach Git', shop({ rollback: { on: [], stuckAfterSeconds: 900, git: 'commit' } })],
  ])('%s', (_, wanted) => {
    expect(read(printWritten([wanted], []))).toEqual([wanted]);
  });

  test('two of them', () => {
    const other = shop({ name: 'other', workload: { kind: 'Deployment', name: 'other' } });
    expect(read(printWritten([shop(), other], []))).toEqual([shop(), other]);
  });
});

test.each<[string, Partial<Draft>, string]>([
  ['source', { source: null }, `deliveries[0].source is "${FILL_IN}"`],
  ['namespace', { namespace: '' }, `deliveries[0].namespace is "${FILL_IN}"`],
])('a %s that is not known does not load', (_, more, message) => {
  expect(() => read(printWritten([{ ...shop(), ...more }], []))).toThrow(message);
});

test('remarks stand above what they are about, or the nearest thing around it', () => {
  const lines = ['one', 'two'];
  const text = printWritten(
    [shop()],
    [
      { path: [], lines: ['all'] },
      { path: ['deliveries', 0], lines },
      { path: ['deliveries', 0, 'traffic', 'service'], lines: ['no traffic'] },
      { path: ['deliveries', 0, 'steps', 1, 'leaveWhen', 0], lines: ['the wait'] },
      { path: ['deliveries', 0, 'steps', 2], lines: ['the last'] },
      { path: ['deliveries', 0, 'steps', 7, 'name'], lines: ['no such step'] },
    ],
  );
  expect(text).toBe(`# all

version: 1
deliveries:
  # one
  # two
  # no traffic
  - delivery: shop
    namespace: shop
    workload:
      kind: Deployment
      name: shop
    source:
      files: [deploy/*.yaml]
    strategy: partition
    # no such step
    steps:
      - name: s0-x
        replicas: 1
        leaveWhen: [approval]
      - name: s1-x
        replicas: 50%
        # the wait
        leaveWhen: [approval]
      # the last
      - name: s2-x
        replicas: 100%
        leaveWhen: []
`);
  expect(read(text)).toEqual([shop()]);
});
