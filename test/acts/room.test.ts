import { expect, test } from 'vitest';
import { config, manifest } from './files.ts';
import { openShop, type Told } from './shop.ts';

const by = { manager: 'test' };
const metadata = (name: string) => ({ name, namespace: 'shop' });
const found = ({ delivery }: Told) =>
  delivery?.findings.filter(({ code }) => ['QUOTA_TOO_SMALL', 'NODES_TOO_FULL'].includes(code));
const requests = 'resources: { requests: { cpu: 500m, memory: 64Mi } }';
const asking = manifest('v1').replace('readinessProbe', `${requests}, readinessProbe`);

test('plan compares the pods that a release adds with quotas and nodes, and deploy refuses what has no room', async () => {
  const files = { 'stepgate.yaml': config({ style: 'canary' }), 'deploy/shop.yaml': asking };
  using shop = openShop({ files });
  const ada = shop.person('ada');
  await shop.deliver('v1');
  const { api } = shop.cluster;
  expect(shop.pods()).toBe('v1:4');
  const quota = api.create('ResourceQuota', { metadata: metadata('team'), spec: { hard: { pods: '7' } } }, by);
  const counted = { ...quota, status: { hard: { pods: '7' }, used: { pods: '4' } } };
  api.update('ResourceQuota', counted, { ...by, subresource: 'status' });
  const allocatable = { cpu: '2', memory: '8Gi', pods: '110' };
  const node = api.create('Node', { metadata: { name: 'a' }, spec: {} }, by);
  api.update('Node', { ...node, status: { allocatable } }, { ...by, subresource: 'status' });
  const pod = { nodeName: 'a', containers: [{ name: 'x', resources: { requests: { cpu: '1500m' } } }] };
  api.create('Pod', { metadata: { name: 'x', namespace: 'other' }, spec: pod }, by);
  const planned = await ada('plan');
  expect(found(planned)?.map(({ severity, code, message, facts }) => [severity, code, message, facts])).toEqual([
    [
      'error',
      'QUOTA_TOO_SMALL',
      'ResourceQuota/team has no room for the 4 pods that come at step 2 (all): the step would wait for ever',
      ['pods: 4 more, with 4 of 7 used'],
    ],
    [
      'warning',
      'NODES_TOO_FULL',
      'the nodes have room for 1 of the 5 pods that come at step 2 (all): the others stay Pending unless nodes are added',
      ['1 of 1 nodes take pods of Deployment/shop', 'each pod requests cpu 500m and memory 64Mi'],
    ],
  ]);
  shop.push('v2');
  const asked: string[] = [];
  const deployed = await ada('deploy', { asked });
  expect(deployed.delivery?.error?.code).toBe('FINDINGS');
  expect(asked.filter((words) => words.includes('nodes'))).toEqual([]);
  expect(shop.live()).toBe('v1');
});
