import { beforeAll, describe, expect, test } from 'vitest';
import type { Check } from '../../src/release/check.ts';
import { cluster, kubectl, pods, read, waitFor } from './fixture.ts';
import { images, outcome } from './scenes.ts';
import { type Shop, shop } from './shop.ts';
import { type Application, velaRuns } from './vela-fixture.ts';

/** Releases by an Application on KubeVela's own controller, with the real engine. */

beforeAll(velaRuns);

interface Content {
  readonly replicas?: number;
  /** Further components, a line each. */
  readonly more?: readonly string[];
}

const application = (image: string, { replicas = 5, more = [] }: Content = {}): string =>
  `apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: { name: site }
spec:
  components:
    - name: shop
      type: webservice
      properties: { image: "${image}" }
      traits: [{ type: scaler, properties: { replicas: ${replicas} } }]
${more.map((line) => `    - ${line}\n`).join('')}`;

const files = (image: string, content: Content = {}) => ({ 'deploy/shop.yaml': application(image, content) });

type Style = 'partition' | 'canary';

function site(style: Style = 'partition'): Promise<Shop> {
  return shop({ style, config: '    target: vela-application', files: files('app:v1') });
}

/** A shop whose v1 serves. */
async function served(style?: Style): Promise<Shop> {
  const it = await site(style);
  const first = await it.stepgate('deploy');
  expect(outcome(first), first.stderr).toEqual([0, 'done', 'FIRST_DEPLOY', undefined]);
  return it;
}

async function releases(it: Shop, image: string, content: Content = {}) {
  await it.release(image, files(image, content));
  return it.stepgate('deploy');
}

const waiting = [0, 'waiting', 'GATE_SHUT', 1];

describe.concurrent('an Application', () => {
  test('doctor finds what KubeVela has to have', async () => {
    await using it = await site();
    const { stdout, stderr } = await it.stepgate('doctor');
    const { checks } = JSON.parse(stdout) as { readonly checks: readonly Check[] };
    const found = checks.filter(({ name }) => /^(trait|definition of)/.test(name));
    expect(
      found.map(({ name, is, says }) => `${name}: ${is}, ${says}`),
      stderr,
    ).toEqual([
      'definition of Applications: ok, serves v1beta1',
      'trait kruise-rollout: ok, TraitDefinition/kruise-rollout in vela-system',
    ]);
  });

  test.for(['partition', 'canary'] as const)(
    '%s: from a commit to a delivered release, and back after it',
    async (style) => {
      await using it = await served(style);
      expect(await images(it)).toEqual({ 'app:v1': 5 });
      const begun = await releases(it, 'app:v2');
      expect(outcome(begun), begun.stderr).toEqual(waiting);
      expect(await images(it)).toEqual(
        style === 'canary' ? { 'app:v1': 5, 'app:v2': 1 } : { 'app:v1': 4, 'app:v2': 1 },
      );
      expect((await it.stepgate('promote', '--step', '1')).code).toBe(0);
      const second = await it.stepgate('deploy');
      expect(outcome(second), second.stderr).toEqual([0, 'waiting', 'GATE_SHUT', 2]);
      expect((await it.stepgate('promote', '--step', '2')).code).toBe(0);
      const ended = await it.stepgate('deploy');
      expect(outcome(ended), ended.stderr).toEqual([0, 'done', 'DELIVERED', undefined]);
      expect(await images(it)).toEqual({ 'app:v2': 5 });
      expect((await it.stepgate('tick')).writes).toEqual([]);
      const back = await it.stepgate('rollback', '--reason', 'errors');
      expect(outcome(back), back.stderr).toEqual([0, 'rolledBack', 'ROLLED_BACK', undefined]);
      expect(await images(it)).toEqual({ 'app:v1': 5 });
    },
  );

  test.for([
    ['partition', 'app:v2'],
    ['partition', 'app:broken'],
    ['canary', 'app:v2'],
    ['canary', 'app:broken'],
  ] as const)('%s: a release of %s goes back, Git too', async ([style, image]) => {
    await using it = await served(style);
    await it.release(image, files(image));
    await it.stepgate('deploy', '--timeout', '40s');
    expect(Object.keys(await images(it))).toContain(image);
    const back = await it.stepgate('rollback', '--reason', 'errors');
    expect(outcome(back), back.stderr).toEqual([0, 'rolledBack', 'ROLLED_BACK', undefined]);
    expect(await images(it)).toEqual({ 'app:v1': 5 });
    await it.repo.git('fetch', '-q');
    expect(await it.repo.git('show', 'origin/main:deploy/shop.yaml')).toContain('app:v1');
    // KubeVela has nothing to put back.
    await expect(
      waitFor(async () => (await images(it))[image], { what: 'the bad image', timeout: 15_000 }),
    ).rejects.toThrow();
    expect((await it.stepgate('tick')).writes).toEqual([]);
  });

  test('the image of the workload edited by hand in mid-release is not promoted, and a deploy puts it right', async () => {
    await using it = await served();
    expect(outcome(await releases(it, 'app:v2'))).toEqual(waiting);
    await kubectl(['set', 'image', 'deployment/shop', 'shop=app:v9', '-n', it.namespace]);
    await waitFor(async () => (await images(it))['app:v9'] === 1, { what: 'a pod of the hand' });
    await waitFor(async () => (await it.stepgate('tick')).delivery.reason === 'FOREIGN_RELEASE', {
      what: 'the finding',
    });
    expect(await images(it)).toEqual({ 'app:v1': 4, 'app:v9': 1 });
    const again = await it.stepgate('deploy');
    expect(outcome(again), again.stderr).toEqual(waiting);
    expect(await images(it)).toEqual({ 'app:v1': 4, 'app:v2': 1 });
  });

  test('another component, and another size, go out without a release', async () => {
    await using it = await served();
    const worker = '{ name: worker, type: webservice, properties: { image: "app:w1" } }';
    const beside = await releases(it, 'app:v1', { more: [worker] });
    // What is asked for, what is written, and that it is written.
    expect([beside.code, beside.writes.length], beside.stderr).toEqual([0, 3]);
    await waitFor(async () => (await images(it))['app:w1'] === 1, { what: 'the worker' });
    const size = await releases(it, 'app:v1', { more: [worker], replicas: 7 });
    expect(outcome(size), size.stderr).toEqual([0, 'done', 'DELIVERED', undefined]);
    expect(await images(it)).toEqual({ 'app:v1': 7, 'app:w1': 1 });
    const begun = await releases(it, 'app:v2', { more: [worker], replicas: 7 });
    expect(outcome(begun), begun.stderr).toEqual(waiting);
    const back = await it.stepgate('rollback', '--reason', 'errors');
    expect(outcome(back), back.stderr).toEqual([0, 'rolledBack', 'ROLLED_BACK', undefined]);
    expect(await images(it)).toEqual({ 'app:v1': 7, 'app:w1': 1 });
  });

  test('what KubeVela can not make is told in its words, and goes back', async () => {
    await using it = await served();
    const told = await releases(it, 'app:v2', { more: ['{ name: worker, type: nothing, properties: {} }'] });
    expect([told.code, told.delivery.reason], told.stderr).toEqual([1, 'NOT_RENDERED']);
    expect(told.delivery.message).toContain('"nothing" not found');
    expect(await images(it)).toEqual({ 'app:v1': 5 });
    const back = await it.stepgate('rollback', '--reason', 'wrong');
    expect(outcome(back), back.stderr).toEqual([0, 'rolledBack', 'ROLLED_BACK', undefined]);
    expect(await images(it)).toEqual({ 'app:v1': 5 });
  });

  test('one that runs already is adopted without a restart, and released step by step', async () => {
    await using it = await site();
    await kubectl(['apply', '-n', it.namespace, '-f', '-'], { input: application('app:v1') });
    await waitFor(async () => (await images(it))['app:v1'] === 5, { what: 'five pods' });
    const before = (await pods(it.namespace)).map(({ metadata }) => metadata.name).toSorted();
    const refused = await it.stepgate('deploy');
    expect([refused.code, refused.delivery.error?.code, refused.writes]).toEqual([3, 'CLUSTER_CONFLICT', []]);
    const adopted = await it.stepgate('deploy', '--take-over', 'kubectl-client-side-apply');
    expect(adopted.code, adopted.stderr).toBe(0);
    const begun = await releases(it, 'app:v2');
    expect(outcome(begun), begun.stderr).toEqual(waiting);
    expect(await images(it)).toEqual({ 'app:v1': 4, 'app:v2': 1 });
    const kept = (await pods(it.namespace)).map(({ metadata }) => metadata.name);
    expect(before.filter((name) => kept.includes(name)).length).toBe(4);
  });

  test('another plan is there before the release begins, and its steps stay over the look of KubeVela', async () => {
    await using it = await served();
    const config = await it.repo.git('show', 'HEAD:stepgate.yaml');
    await it.release('app:v2', { ...files('app:v2'), 'stepgate.yaml': config.replace('replicas: 20%', 'replicas: 2') });
    const begun = await it.stepgate('deploy');
    expect(outcome(begun), begun.stderr).toEqual(waiting);
    expect(await images(it)).toEqual({ 'app:v1': 3, 'app:v2': 2 });
  });

  test('with the role of stepgate permissions it is released and taken back', async () => {
    await using it = await site();
    const args = ['permissions', '--duty', 'tick', '--identity', 'deployer'];
    const { stdout: input } = await it.as({ text: true }).stepgate(...args);
    await kubectl(['apply', '-f', '-'], { input });
    const deployer = it.as(cluster.users.deployer);
    const first = await deployer.stepgate('deploy');
    expect(outcome(first), first.stderr).toEqual([0, 'done', 'FIRST_DEPLOY', undefined]);
    await it.release('app:v2', files('app:v2'));
    expect(outcome(await deployer.stepgate('deploy'))).toEqual(waiting);
    expect((await deployer.stepgate('promote', '--step', '1')).code).toBe(0);
    const back = await deployer.stepgate('rollback', '--reason', 'errors');
    expect(outcome(back), back.stderr).toEqual([0, 'rolledBack', 'ROLLED_BACK', undefined]);
  });

  test('the steps of a release are not for vela workflow resume', async () => {
    await using it = await served();
    await releases(it, 'app:v2');
    const { metadata } = await read<Application>(it.namespace, 'rollouts', 'shop');
    expect(metadata.annotations).toMatchObject({
      'controller.core.oam.dev/skip-resume': 'true',
      'stepgate.dev/record': expect.stringContaining('"version":2'),
    });
  });

  test('one that is renamed keeps its new name, and one that is given up gets no name again', async () => {
    await using it = await served();
    const before = (await pods(it.namespace)).map(({ metadata }) => metadata.name).toSorted();
    const policy = async (change: (text: string) => string) => {
      await it.repo.commit({ 'stepgate.yaml': change(await it.repo.git('show', 'HEAD:stepgate.yaml')) }, 'policy');
      await it.repo.push('main');
    };
    await policy((text) => text.replace('delivery: shop', 'delivery: store'));
    const adopted = await it.stepgate('adopt', '--delivery', 'store', '--owner', 'shop');
    expect([adopted.code, adopted.delivery.error], adopted.stderr).toEqual([0, null]);
    await putBack(it);
    expect(await owners(it)).toEqual(['store', 'store', 'store']);
    expect((await it.stepgate('tick')).writes).toEqual([]);
    await policy((text) =>
      text.replaceAll(/delivery: store|name: shop/g, (found) => found.replace(/shop|store/, 'other')),
    );
    const given = await it.stepgate('retire', '--delivery', 'store', '--namespace', it.namespace, '--reason', 'moved');
    expect([given.code, given.delivery.reason], given.stderr).toEqual([0, 'RETIRED']);
    await putBack(it);
    expect(await owners(it)).toEqual([undefined, undefined, undefined]);
    expect((await pods(it.namespace)).map(({ metadata }) => metadata.name).toSorted()).toEqual(before);
  });
});

/** Whose the Application is, and what KubeVela has made of it. */
async function owners(it: Shop): Promise<readonly (string | undefined)[]> {
  const all = await Promise.all([
    read<Application>(it.namespace, 'applications', 'site'),
    read<Application>(it.namespace, 'rollouts', 'shop'),
    read<Application>(it.namespace, 'deployments', 'shop'),
  ]);
  return all.map(({ metadata }) => metadata.annotations?.['stepgate.dev/delivery']);
}

/** Waits until KubeVela has put back what somebody has edited in what it made: it has looked at all of it then. */
async function putBack(it: Shop): Promise<void> {
  const component = async () =>
    (await read<Application>(it.namespace, 'rollouts', 'shop')).metadata.labels?.['app.oam.dev/component'];
  await kubectl(['label', 'rollout', 'shop', 'app.oam.dev/component=edited', '--overwrite', '-n', it.namespace]);
  await waitFor(async () => (await component()) === 'shop', { what: 'KubeVela to put the label back' });
}
