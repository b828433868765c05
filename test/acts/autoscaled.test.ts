import { expect, test } from 'vitest';
import { config, manifest } from './files.ts';
import { openShop, type Told } from './shop.ts';

const scaler = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: shop }
spec: { minReplicas: 3, maxReplicas: 9, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: shop } }
`;
const sized = manifest('v1').replace(/^ {2}replicas: .*\n/m, '');
const counted = ({ delivery }: Told) => delivery?.forecast.map((one) => `${one.stablePods}+${one.canaryPods}`);
const facts = ({ delivery }: Told) =>
  delivery?.findings.flatMap((one) => (one.code === 'HPA_PRESENT' ? one.facts.slice(0, 2) : []));

test('a forecast counts from what is live, else from the fewest pods of the autoscaler, and says so', async () => {
  using shop = openShop({ files: { 'deploy/shop.yaml': sized, 'deploy/scaler.yaml': scaler } });
  const ada = shop.person('ada');
  const least = [
    'HorizontalPodAutoscaler/shop keeps 3 to 9 pods',
    'the live size is not known: the forecast counts its fewest, 3 pods',
  ];
  const offline = await ada('plan --offline');
  expect([counted(offline), facts(offline)]).toEqual([['2+1', '0+3'], least]);
  const first = await ada('plan');
  expect([counted(first), facts(first)]).toEqual([['2+1', '0+3'], least]);
  await shop.deliver('v1');
  shop.patch('Deployment', { spec: { replicas: 5 } });
  await shop.wait('1m');
  const live = await ada('plan');
  expect(counted(live)).toEqual(['4+1', '0+5']);
  expect(facts(live)).toEqual([least[0], 'strategy partition with steps in pods']);
});

test('a Deployment that grows in mid-release grows in proportion, and no new pod is taken back', async () => {
  const six = (version: string) => manifest(version).replace(/replicas: .*/, 'replicas: 6');
  const steps = ['{ name: one, replicas: 20% }', '{ name: all, replicas: 100% }'];
  using shop = openShop({ files: { 'stepgate.yaml': config({ steps }), 'deploy/shop.yaml': six('v1') } });
  const ada = shop.person('ada');
  await shop.deliver('v1');
  shop.push('v2', { files: { 'deploy/shop.yaml': six('v2') } });
  await ada('deploy');
  expect(shop.pods()).toBe('v1:4 v2:2');
  shop.patch('Deployment', { spec: { replicas: 10 } });
  await shop.wait('1m');
  // As the engine does it (test/control-plane/settings.test.ts): 20% of ten are two, and 2 of 6 come to 3 of 10.
  expect(shop.pods()).toBe('v1:7 v2:3');
});
