import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/release/ports.ts';
import { kruise } from '../../src/targets/kruise/index.ts';
import { delivery, step } from './delivery-fixture.ts';

/** What a rollback without a policy and without Git goes by: what the cluster tells of a delivery and its revisions. */

const named = (rollout: KubeObject, name: string | null): KubeObject => ({
  ...rollout,
  metadata: {
    name: 'shop',
    namespace: 'shop',
    annotations: name === null ? {} : { 'stepgate.dev/delivery': name },
  },
});

describe('the delivery that a Rollout tells', () => {
  test.for([
    'partition 1 50% 100%',
    'canary 1/5 50%/50 100%/100',
    'blueGreen 100%/0 100%/100',
    'canary 1/match 100%/100',
  ])('%s: its own rendering is that Rollout again', (text) => {
    const routed = text.includes('/');
    const traffic = {
      service: 'shop',
      graceSeconds: 3,
      ingress: { name: 'shop', class: 'nginx' },
      gateway: null,
      custom: null,
      routing: null,
      canaryService: true,
    };
    const of = delivery(text, routed ? { traffic } : {});
    const rollout = kruise.rolloutOf(of);
    const told = kruise.deliveryOf(rollout);
    expect(told).toMatchObject({
      name: 'shop@prod',
      environment: 'prod',
      namespace: 'shop',
      workload: { name: 'shop' },
    });
    if (told === null) return;
    expect(kruise.planDifferences(kruise.rolloutOf(told), rollout)).toEqual([]);
    expect(kruise.rolloutOf(told)).toEqual(rollout);
  });

  test.for([
    [
      'a gateway',
      {
        service: 'shop',
        graceSeconds: null,
        ingress: null,
        gateway: { route: 'shop' },
        custom: null,
        routing: null,
        canaryService: true,
      },
    ],
    [
      'another class of Ingress',
      {
        service: 'shop',
        graceSeconds: 0,
        ingress: { name: 'x', class: 'mse' },
        gateway: null,
        custom: null,
        routing: null,
        canaryService: true,
      },
    ],
  ] as const)('with %s', ([, traffic]) => {
    const rollout = kruise.rolloutOf(delivery('canary 1/5 100%/100', { traffic }));
    expect(kruise.deliveryOf(rollout)?.traffic).toEqual(traffic);
  });

  test("the engine's own timer stays, and a pause that was opened is put back", () => {
    const soak = { leaveWhen: [{ kind: 'soak', name: 'soak', seconds: 90 }], timer: 'engine' } as const;
    const timed = delivery('partition 100%', { steps: [step('1', soak), step('100%')] });
    const rollout = kruise.rolloutOf(timed);
    const told = kruise.deliveryOf(rollout);
    expect(told?.steps.map(({ leaveWhen, timer }) => [leaveWhen.length, timer])).toEqual([
      [1, 'engine'],
      [0, 'stepgate'],
    ]);
    const opened = JSON.parse(JSON.stringify(rollout).replace('"duration":90', '"duration":0')) as KubeObject;
    const without = kruise.deliveryOf(opened);
    expect(without?.steps[0]).toMatchObject({ leaveWhen: [], timer: 'stepgate' });
    if (without !== null) expect(kruise.pausesLeft(kruise.rolloutOf(without), opened)).toEqual([1]);
  });

  const rollout = kruise.rolloutOf(delivery('partition 1 100%'));
  const spec = (change: (text: string) => string): KubeObject =>
    JSON.parse(change(JSON.stringify(rollout))) as KubeObject;
  test.for([
    ['nobody’s', named(rollout, null)],
    ['of another kind of workload', spec((text) => text.replace('"kind":"Deployment"', '"kind":"ReplicaSet"'))],
    [
      'of a kind of another API group',
      spec((text) => text.replace('"apiVersion":"apps/v1"', '"apiVersion":"apps.kruise.io/v1alpha1"')),
    ],
    ['without a workload', spec((text) => text.replace('workloadRef', 'workload'))],
    ['without a strategy', spec((text) => text.replace('"canary"', '"other"'))],
    ['nothing', {}],
  ] as const)('is none where the Rollout is %s', ([, given]) => {
    expect(kruise.deliveryOf(given)).toBeNull();
  });

  test.for([
    ['shop', null],
    ['shop@prod', 'prod'],
    ['a@b@c', 'c'],
  ] as const)('%s has the environment %j', ([name, environment]) => {
    expect(kruise.deliveryOf(named(rollout, name))?.environment).toBe(environment);
  });
});

describe('the template that the workload keeps', () => {
  const template = (image: string, labels: Readonly<Record<string, string>> = {}) => ({
    metadata: { labels: { app: 'shop', ...labels } },
    spec: { containers: [{ name: 'main', image }] },
  });
  const workload: KubeObject = { metadata: { uid: 'u1' }, spec: { template: template('v3') } };
  const set = (image: string, hash: string, owner = 'u1'): KubeObject => ({
    metadata: { labels: { 'pod-template-hash': hash }, ownerReferences: [{ uid: owner }] },
    spec: { template: template(image, { 'pod-template-hash': hash }) },
  });
  const hashOf = (image: string) =>
    kruise.templateHash(delivery('partition 1 100%'), { spec: { template: template(image) } });
  const sets = [set('v1', 'h1'), set('v2', 'h2'), set('v9', 'h9', 'u2'), set('v2', 'other', 'u2')];

  test.for([
    ['by its hash', { template: hashOf('v1'), revision: null }, 'v1'],
    ["by the engine's revision", { template: null, revision: 'h2' }, 'v2'],
    ['by the hash, whatever the revision says', { template: hashOf('v1'), revision: 'h2' }, 'v1'],
    ['by the revision, where the hash is gone', { template: hashOf('v4'), revision: 'h2' }, 'v2'],
    ['not where both are gone', { template: hashOf('v4'), revision: 'h4' }, null],
    ['not where the record has kept neither', { template: null, revision: null }, null],
    ['not of another workload by its hash', { template: hashOf('v9'), revision: null }, null],
    ['not of another workload by its revision', { template: null, revision: 'h9' }, null],
  ] as const)('%s', ([, by, image]) => {
    const found = kruise.keptTemplate(delivery('partition 100%'), { written: workload, revisions: sets }, by);
    // Without the label that the controller adds: with it the pods would be no new ones.
    expect(found).toEqual(image === null ? null : template(image));
  });

  test('and the engine’s own stable one', () => {
    const of = (sub: string, revision: string): KubeObject => ({
      spec: { strategy: { [sub === 'canaryStatus' ? 'canary' : 'blueGreen']: {} } },
      status: { [sub]: { stableRevision: revision } },
    });
    const stable = (rollout: KubeObject) =>
      kruise.stableTemplate(delivery('partition 100%'), { rollout, written: workload, revisions: sets });
    expect(stable(of('canaryStatus', 'h1'))).toEqual(template('v1'));
    expect(stable(of('blueGreenStatus', 'h2'))).toEqual(template('v2'));
    expect(stable(of('canaryStatus', 'h9'))).toBeNull();
    expect(stable({ spec: {}, status: {} })).toBeNull();
  });
});
