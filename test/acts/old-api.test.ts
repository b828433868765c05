import { describe, expect, test } from 'vitest';
import { asMap } from '../../src/simulator/api/things.ts';
import { config } from './files.ts';
import { openShop, outcome, type Shop, shopWith } from './shop.ts';

/** Releases in a cluster whose Rollouts have only the version v1alpha1 (docs/engine.md#clusters-with-only-the-old-version). */

const rollouts = 'v1alpha1' as const;
const steps = ['{ name: one, replicas: 1 }', '{ name: half, replicas: 50% }', '{ name: all, replicas: 100% }'];
const filesOf = (style: 'partition' | 'canary' | 'blueGreen', lines: readonly string[] = steps) => ({
  'stepgate.yaml': config({ style, steps: lines }),
});
const rolloutIn = (shop: Shop) => {
  const found = shop.cluster.api.get('OldRollout', 'shop', 'shop');
  return found === undefined ? null : asMap(found);
};

describe.for(['partition', 'canary'] as const)('in %s style', (style) => {
  const shopAt = (...versions: readonly string[]) => shopWith(versions, { rollouts, files: filesOf(style) });

  test.for(['status', 'plan'])('a version goes out step by step, approved by %s', async (method) => {
    using shop = await shopAt('v1');
    shop.push('v2');
    const ada = shop.person('ada');
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect(shop.pods()).toBe(style === 'canary' ? 'v1:4 v2:1' : 'v1:3 v2:1');
    await ada(`promote --method ${method}`);
    await shop.wait('60s');
    expect(shop.pods()).toBe(style === 'canary' ? 'v1:4 v2:2' : 'v1:2 v2:2');
    await ada(`promote --method ${method}`);
    expect(await ada('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
    expect(shop.pods()).toBe('v2:4');
    expect(rolloutIn(shop)).toMatchObject({
      apiVersion: 'rollouts.kruise.io/v1alpha1',
      metadata: { annotations: { 'rollouts.kruise.io/rolling-style': style } },
      spec: { objectRef: { workloadRef: { kind: 'Deployment', name: 'shop' } } },
    });
  });

  test('it goes back in mid-release', async () => {
    using shop = await shopAt('v1');
    shop.push('v2');
    await shop.person('ada')('deploy');
    const told = await shop.person('ada')('rollback');
    expect(outcome(shop, told)).toEqual({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1', holds: 1 });
    expect(shop.pods()).toBe('v1:4');
  });

  test('it goes back after delivery', async () => {
    using shop = await shopAt('v1', 'v2');
    const told = await shop.person('ada')('rollback');
    expect(outcome(shop, told)).toEqual({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1', holds: 1 });
    expect(shop.pods()).toBe('v1:4');
  });
});

test.for([1, 2])('a run that is killed at its write %i is continued by the next one', async (dies) => {
  using shop = await shopWith(['v1'], { rollouts, files: filesOf('canary') });
  shop.push('v2');
  const ada = shop.person('ada');
  await ada('deploy', { dies });
  expect(shop.live()).toBe('v1');
  expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
  await ada('promote', { dies });
  expect(shop.pods()).toBe('v1:4 v2:1');
  expect(await ada('promote')).toMatchObject({ exit: 0 });
  await shop.wait('60s');
  expect(shop.pods()).toBe('v1:4 v2:2');
});

test('a rollback needs no policy there either', async () => {
  using shop = await shopWith(['v1'], { rollouts, files: filesOf('canary') });
  shop.push('v2');
  await shop.person('ada')('deploy');
  shop.push('v2', { files: { 'stepgate.yaml': 'version: 9' } });
  expect(await shop.person('ada')('rollback --namespace shop --delivery shop')).toMatchObject({ state: 'rolledBack' });
  expect([shop.live(), shop.pods()]).toEqual(['v1', 'v1:4']);
});

test('a plan says that the cluster has an old API', async () => {
  using shop = await shopWith(['v1'], { rollouts, files: filesOf('canary') });
  shop.push('v2');
  const told = await shop.person('ada')('plan');
  const [note] = told.delivery?.findings ?? [];
  expect([told.exit, note?.severity, note?.code]).toEqual([0, 'note', 'OLD_API']);
  expect(note?.message).toContain('rollouts.kruise.io/v1alpha1');
});

test('a jump is refused before the record has it', async () => {
  using shop = await shopWith(['v1'], { rollouts, files: filesOf('canary') });
  shop.push('v2');
  const ada = shop.person('ada');
  await ada('deploy');
  expect(await ada('promote --to all')).toMatchObject({ exit: 4, code: 'JUMP_REFUSED' });
  expect([shop.record().approvals, shop.pods()]).toEqual([[], 'v1:4 v2:1']);
});

const byPath = 'matches: [{ path: { value: /a } }]';
const traffic = 'traffic: { service: shop, ingress: { name: shop, class: nginx } }';
const routes = `apiVersion: v1
kind: Service
metadata: { name: shop }
spec: { selector: { app: shop }, ports: [{ port: 80 }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop }
spec: { rules: [{ http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: shop, port: { number: 80 } } } }] } }] }
`;

describe('a plan that v1alpha1 has no words for', () => {
  test.for([
    ['blueGreen', [], 'strategy is blueGreen', [7, 15]],
    ['canary', [`{ name: one, replicas: 1, ${byPath} }`], 'matches of step 1 have path', [10, 44]],
    ['canary', ['{ name: one, replicas: 1, traffic: 20% }'], 'traffic of step 2 is 10%', [11, 47]],
  ] as const)('%s %s is refused where it stands, and nothing is written', async ([style, lines, says, place]) => {
    const more = lines.length === 0 ? [] : [traffic];
    const plan = [...lines, '{ name: more, replicas: 50%, traffic: 10% }', '{ name: all, replicas: 100% }'];
    const text = config({ style, more, steps: lines.length === 0 ? steps : plan });
    using shop = openShop({ rollouts, files: { 'stepgate.yaml': text, 'deploy/routes.yaml': routes } });
    for (const command of ['deploy', 'plan']) {
      const told = await shop.person('ada')(command);
      expect(told).toMatchObject({ exit: 4, code: 'FINDINGS' });
      const [line, column] = place;
      expect(told.error?.at).toEqual({ file: 'stepgate.yaml', line, column });
      const error = told.delivery?.findings.find(({ severity }) => severity === 'error');
      expect(error).toMatchObject({ code: 'OLD_API', message: expect.stringContaining(says) });
      expect(error?.facts[0]).toBe(`stepgate.yaml:${line}:${column} of the policy`);
      expect(told.log).not.toContain('write:');
    }
    expect(rolloutIn(shop)).toBeNull();
  });

  test('but that the server alone knows to refuse, is refused too', async () => {
    const text = config({
      style: 'canary',
      more: [traffic],
      steps: [
        '{ name: one, replicas: 1, traffic: 20%, requestHeaders: { set: { a: b } } }',
        '{ name: all, replicas: 100% }',
      ],
    });
    using shop = openShop({ rollouts, files: { 'stepgate.yaml': text, 'deploy/routes.yaml': routes } });
    const told = await shop.person('ada')('deploy');
    expect([told.code, told.error?.message]).toEqual([
      'CLUSTER_REJECTED',
      expect.stringContaining('steps[0].requestHeaderModifier: field not declared in schema'),
    ]);
    expect([told.log.includes('write:'), rolloutIn(shop)]).toEqual([false, null]);
  });
});
