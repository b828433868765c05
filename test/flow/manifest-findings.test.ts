import { expect, test } from 'vitest';
import { readInput } from '../../src/commands/input.ts';
import { plan } from '../../src/commands/plan.ts';
import type { DeliveryReport } from '../../src/release/report.ts';
import { contextOf, deployment, type Files, shop } from '../rehearse/stage.ts';

const clock = { now: () => new Date('2026-11-25T10:00:00Z'), sleep: async () => {} };
const config = shop('strategy: partition\nsteps: [{ replicas: 1 }, { replicas: 100% }]');

async function planned(files: Files): Promise<DeliveryReport> {
  const input = readInput('plan', { offline: ['true'] });
  const context = contextOf({ ...config, ...files }, clock);
  const { deliveries } = await plan({ context, input, startedAt: clock.now(), show: () => {} });
  const [told] = deliveries;
  if (told === undefined) throw new Error('there is no delivery');
  return told;
}

/** The findings about manifests in a notation: severity, place, message. */
function notes({ findings }: DeliveryReport): readonly string[] {
  return findings
    .filter(({ code }) => code === 'MANIFEST_INVALID')
    .map(({ severity, at, message }) => `${severity} ${at?.file}:${at?.line}:${at?.column} ${message}`);
}

test('an error is an error of the input, with every finding and its place', async () => {
  const text = deployment(4).replace('  replicas: 4', '  replica: 4').replace('port: 80', 'port: 0');
  const told = await planned({ 'deploy/shop.yaml': text });
  expect(notes(told)).toEqual([
    'error deploy/shop.yaml:5:3 Deployment shop: spec.replica is no known field',
    'error deploy/shop.yaml:13:55 Deployment shop: spec.template.spec.containers[main].readinessProbe.httpGet.port is the number 0',
  ]);
  expect(told.error).toMatchObject({ family: 'input', code: 'MANIFEST_INVALID', at: { line: 5, column: 3 } });
  expect(told.error?.hint).toBe('did you mean replicas?');
});

test('manifests without a problem have no such finding', async () => {
  const told = await planned({});
  expect([notes(told), told.error]).toEqual([[], null]);
});

test('of what kustomize makes, the object and the path are named, and no line', async () => {
  const kustomized = (config['stepgate.yaml'] ?? '').replace(
    '{ files: [deploy/*.yaml] }',
    '{ kustomize: overlays/prod }',
  );
  const built = deployment(4).replace('image: shop:v1', 'image: 1');
  const told = await planned({ 'stepgate.yaml': kustomized, 'overlays/prod/built.yaml': built });
  expect(notes(told)).toEqual([
    'error overlays/prod:null:null Deployment shop: spec.template.spec.containers[main].image is a number',
  ]);
  expect(told.findings[0]?.facts).toContain('in what kustomize makes of overlays/prod');
});

test('an object with and without the namespace of the delivery is one object', async () => {
  const map = (more: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: conf${more} }\n`;
  const told = await planned({ 'deploy/more.yaml': `${map('')}---\n${map(', namespace: shop')}` });
  expect(notes(told)).toEqual([
    'error deploy/more.yaml:5:1 ConfigMap conf: the object is there twice: namespace "shop" is the delivery\'s own',
  ]);
  const apart = await planned({ 'deploy/more.yaml': `${map('')}---\n${map(', namespace: other')}` });
  expect(notes(apart)).toEqual([]);
});

test('what may be secret is not repeated', async () => {
  const secret = 'apiVersion: v1\nkind: Secret\nmetadata: { name: keys }\nstringData: { pin: 73219846 }\n';
  const told = await planned({ 'deploy/more.yaml': secret });
  expect(notes(told)).toEqual(['error deploy/more.yaml:4:20 Secret keys: stringData.pin is a number']);
  expect(JSON.stringify(told)).not.toContain('73219846');
});

test('kinds of others are left alone, and of those of OpenKruise the pods are checked', async () => {
  const custom = 'apiVersion: example.com/v1\nkind: Whatever\nmetadata: { name: w }\nspec: { replica: yes }\n';
  const cloneSet = deployment(4)
    .replace('apps/v1', 'apps.kruise.io/v1alpha1')
    .replace('kind: Deployment', 'kind: CloneSet')
    .replace('name: shop', 'name: other')
    .replace('image: shop:v1', 'image: 1\n          anything: 1')
    .replace('spec:\n', 'spec:\n  lifecycle: { inPlaceUpdate: {} }\n');
  const told = await planned({ 'deploy/more.yaml': `${custom}---\n${cloneSet}` });
  expect(notes(told)).toEqual([
    'error deploy/more.yaml:18:18 CloneSet other: spec.template.spec.containers[main].image is a number',
    'warning deploy/more.yaml:19:11 CloneSet other: spec.template.spec.containers[main].anything is no known field',
  ]);
});

test('the objects that a KubeVela Application holds are checked in it', async () => {
  const application = `apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: { name: site }
spec:
  components:
    - name: shop
      type: k8s-objects
      properties:
        objects:
          - ${deployment(4).trim().replaceAll('\n', '\n            ').replace('replicas: 4', 'replicas: four')}
`;
  const kubevela = (config['stepgate.yaml'] ?? '').replace(
    '    workload:',
    '    target: vela-application\n    workload:',
  );
  const told = await planned({ 'stepgate.yaml': kubevela, 'deploy/shop.yaml': application });
  expect(notes(told)).toEqual([
    'error deploy/shop.yaml:14:25 Application site: spec.components[shop].properties.objects[0].spec.replicas is "four"',
  ]);
});
