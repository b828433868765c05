import { expect, test } from 'vitest';
import { deployment, only, rehearsed, shop } from './stage.ts';

const plan = `strategy: partition
steps: [{ replicas: 1 }, { replicas: 100% }]
rollback: { on: [stuck], stuckAfter: 4m }`;

/** A delivery of a workload of this kind, with further lines of its spec. */
function files(kind: string, apiVersion: string, spec = 'revisionHistoryLimit: 10') {
  const config = shop(plan)['stepgate.yaml'] ?? '';
  const manifest = deployment(kind.endsWith('DaemonSet') ? null : 4)
    .replace('apps/v1', apiVersion)
    .replace('kind: Deployment', `kind: ${kind.replace('Advanced', '')}`)
    .replace('spec:\n', `spec:\n  ${spec}\n`);
  return { 'stepgate.yaml': config.replace('kind: Deployment', `kind: ${kind}`), 'deploy/shop.yaml': manifest };
}

test.for([
  ['StatefulSet', 'apps/v1'],
  ['AdvancedStatefulSet', 'apps.kruise.io/v1beta1'],
  [
    'AdvancedStatefulSet',
    'apps.kruise.io/v1beta1',
    'updateStrategy: { rollingUpdate: { podUpdatePolicy: InPlaceOnly } }',
  ],
  ['CloneSet', 'apps.kruise.io/v1alpha1'],
  ['CloneSet', 'apps.kruise.io/v1alpha1', 'updateStrategy: { type: InPlaceIfPossible }'],
  ['AdvancedDaemonSet', 'apps.kruise.io/v1alpha1'],
] as const)(
  'of a %s (%s, %s): good pods are delivered, broken ones are rolled back',
  async ([kind, apiVersion, spec]) => {
    const start = '2026-11-25T10:00Z';
    const good = only(await rehearsed(files(kind, apiVersion, spec), { start }));
    expect([good.ending.is, good.stations[1]?.pods.canary]).toEqual(['delivered', { ready: 1, total: 1 }]);
    const bad = only(await rehearsed(files(kind, apiVersion, spec), { start, with: 'broken-pods' }));
    expect([bad.ending.is, bad.stations.at(-1)?.kind]).toEqual(['rolledBack', 'rollback']);
    expect(bad.events.map(({ text }) => text).join('\n')).toContain('1 new pod does not start: ImagePullBackOff');
  },
);

test('of an AdvancedDaemonSet: a pod whose node has no room is one pod', async () => {
  const given = { start: '2026-11-25T10:00Z', with: 'node-shortage:2m' };
  const { ending, stations } = only(await rehearsed(files('AdvancedDaemonSet', 'apps.kruise.io/v1alpha1'), given));
  expect(ending.is).toBe('delivered');
  expect(stations.map(({ pods }) => pods.stable.total + pods.canary.total)).toEqual([5, 5, 5, 5]);
});

test.for(['webservice', 'k8s-objects'])(
  'of a component of type %s: good pods are delivered, broken ones are rolled back',
  async (type) => {
    const metadata = { labels: { app: 'shop' } };
    const template = { metadata, spec: { containers: [{ name: 'shop', image: 'shop:v2' }] } };
    const spec = { replicas: 4, selector: { matchLabels: { app: 'shop' } }, template };
    const own = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'shop' }, spec };
    const properties = type === 'webservice' ? { image: 'shop:v2', replicas: 4 } : { objects: [own] };
    const application = {
      apiVersion: 'core.oam.dev/v1beta1',
      kind: 'Application',
      metadata: { name: 'site' },
      spec: { components: [{ name: 'shop', type, properties }] },
    };
    const config = shop(plan)['stepgate.yaml'] ?? '';
    const files = {
      'stepgate.yaml': config.replace(/^( *)workload:/m, '$1target: vela-application\n$1workload:'),
      'deploy/shop.yaml': JSON.stringify(application),
    };
    const good = only(await rehearsed(files, { start: '2026-11-25T10:00Z' }));
    expect([good.ending.is, good.stations[1]?.pods.canary]).toEqual(['delivered', { ready: 1, total: 1 }]);
    const bad = only(await rehearsed(files, { start: '2026-11-25T10:00Z', with: 'broken-pods' }));
    expect([bad.ending.is, bad.stations.at(-1)?.kind]).toEqual(['rolledBack', 'rollback']);
  },
);
