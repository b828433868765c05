import { afterAll, beforeAll, expect, test } from 'vitest';
import { appRolloutCrds } from './approllout-crds.ts';
import { type Player, playAppRollouts } from './approllout-player.ts';
import { bootCluster, type Cluster } from './cluster.ts';
import { kubectl as kubectlOf } from './connection.ts';
import type { List, Pod } from './fixture.ts';
import { outcome } from './scenes.ts';
import { type Shop, shop } from './shop.ts';

/**
 * A release by an AppRollout with a real API server and a real CloneSet. KubeVela's part is played: no version of it with AppRollouts
 * can be had (docs/approllout.md#what-is-tested-and-against-what).
 */
let own: Cluster<'deployer'>;
beforeAll(async () => {
  own = await bootCluster({ kruise: true, users: ['deployer'] });
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: appRolloutCrds });
  await kubectlOf(own, ['apply', '--server-side', '-f', '-'], { input });
  await kubectlOf(own, ['wait', '--for=condition=Established', 'crd/approllouts.core.oam.dev', '--timeout=60s']);
});
afterAll(() => own.stop());

const application = (image: string): string => `apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: { name: site }
spec:
  components:
    - { name: shop, type: clone, properties: { image: "${image}", replicas: 5 } }
`;
const files = (image: string) => ({ 'deploy/shop.yaml': application(image) });

async function site(): Promise<Shop & { readonly player: Player }> {
  const it = await shop({
    kind: 'CloneSet',
    on: own,
    config: '    target: vela-approllout',
    files: files('app:v1'),
  });
  const player = playAppRollouts(own, it.namespace);
  return {
    ...it,
    player,
    async [Symbol.asyncDispose]() {
      await player[Symbol.asyncDispose]();
      await it[Symbol.asyncDispose]();
      expect(player.failure).toBeUndefined();
    },
  };
}

async function podsOf({ namespace }: Shop): Promise<Readonly<Record<string, number>>> {
  const { items } = JSON.parse(await own.kubectl(['get', 'pods', '-n', namespace, '-o', 'json'])) as List<Pod>;
  const there = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const images = Map.groupBy(there, ({ spec }) => spec.containers[0]?.image ?? '');
  return Object.fromEntries([...images].map(([image, pods]) => [image, pods.length]));
}

async function releases(it: Shop, image: string) {
  await it.release(image, files(image));
  return it.stepgate('deploy');
}

test.concurrent('a CloneSet is released, promoted step by step, delivered, and taken back', async () => {
  await using it = await site();
  const first = await it.stepgate('deploy');
  expect(outcome(first), first.stderr).toEqual([0, 'done', 'FIRST_DEPLOY', undefined]);
  expect(await podsOf(it)).toEqual({ 'app:v1': 5 });
  const begun = await releases(it, 'app:v2');
  expect(outcome(begun), begun.stderr).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
  expect(await podsOf(it)).toEqual({ 'app:v1': 4, 'app:v2': 1 });
  expect((await it.stepgate('promote', '--step', '1')).code).toBe(0);
  const second = await it.stepgate('deploy');
  expect(outcome(second), second.stderr).toEqual([0, 'waiting', 'GATE_SHUT', 2]);
  expect(await podsOf(it)).toEqual({ 'app:v1': 2, 'app:v2': 3 });
  expect((await it.stepgate('promote', '--step', '2')).code).toBe(0);
  const ended = await it.stepgate('deploy');
  expect(outcome(ended), ended.stderr).toEqual([0, 'done', 'DELIVERED', undefined]);
  expect((await it.stepgate('tick')).writes).toEqual([]);
  const back = await it.stepgate('rollback', '--reason', 'errors');
  expect(outcome(back), back.stderr).toEqual([0, 'rolledBack', 'ROLLED_BACK', undefined]);
  expect(await podsOf(it)).toEqual({ 'app:v1': 5 });
});

test.concurrent.for(['app:v2', 'app:broken'])('a release of %s goes back, Git too', async (image) => {
  await using it = await site();
  await it.stepgate('deploy');
  await it.release(image, files(image));
  await it.stepgate('deploy', '--timeout', '40s');
  expect(Object.keys(await podsOf(it))).toContain(image);
  const back = await it.stepgate('rollback', '--reason', 'errors');
  expect(outcome(back), back.stderr).toEqual([0, 'rolledBack', 'ROLLED_BACK', undefined]);
  expect(await podsOf(it)).toEqual({ 'app:v1': 5 });
  await it.repo.git('fetch', '-q');
  expect(await it.repo.git('show', 'origin/main:deploy/shop.yaml')).toContain('app:v1');
});

test.concurrent('with the role of stepgate permissions it is released and taken back', async () => {
  await using it = await site();
  const args = ['permissions', '--duty', 'tick', '--identity', 'deployer'];
  const { stdout: input } = await it.as({ text: true }).stepgate(...args);
  await kubectlOf(own, ['apply', '-f', '-'], { input });
  const deployer = it.as(own.users.deployer);
  const first = await deployer.stepgate('deploy');
  expect(outcome(first), first.stderr).toEqual([0, 'done', 'FIRST_DEPLOY', undefined]);
  await it.release('app:v2', files('app:v2'));
  expect(outcome(await deployer.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
  expect((await deployer.stepgate('promote', '--step', '1')).code).toBe(0);
  const back = await deployer.stepgate('rollback', '--reason', 'errors');
  expect(outcome(back), back.stderr).toEqual([0, 'rolledBack', 'ROLLED_BACK', undefined]);
});

test.concurrent('a release that is held is not promoted, and another one takes its place', async () => {
  await using it = await site();
  await it.stepgate('deploy');
  await releases(it, 'app:v2');
  await it.stepgate('hold', '--reason', 'wait');
  const held = await it.stepgate('promote', '--step', '1');
  expect([held.code, held.delivery.error?.code]).toEqual([4, 'HELD']);
  await it.stepgate('resume');
  const next = await releases(it, 'app:v3');
  expect(outcome(next), next.stderr).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
  expect(await podsOf(it)).toEqual({ 'app:v1': 4, 'app:v3': 1 });
});
