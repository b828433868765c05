import { describe, expect, test } from 'vitest';
import type { Resource } from './connection.ts';
import { kubectl, type List, pods, read, tally, waitFor } from './fixture.ts';
import { fileOf, images, outcome, podNames, recordOf, served, walk } from './scenes.ts';
import { deployment, type Shop } from './shop.ts';

/** Deliveries that are renamed, that give an object to another one, and that are given up, on the real engine. */

type Marked = { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } };

const settings = {
  'deploy/settings.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { a: b }\n',
};

/** Whose an object is, as its mark says. */
async function owner(it: Shop, resource: Resource, name = 'shop'): Promise<string | undefined> {
  const { metadata } = await read<Marked>(it.namespace, resource, name);
  return metadata.annotations?.['stepgate.dev/delivery'];
}

async function rollouts(it: Shop): Promise<number> {
  return (await read<List<Marked>>(it.namespace, 'rollouts')).items.length;
}

/** Commits another policy, and pushes it. */
async function policy(it: Shop, change: (text: string) => string): Promise<string> {
  const commit = await it.repo.commit({ 'stepgate.yaml': change(await fileOf(it, 'stepgate.yaml')) }, 'policy');
  await it.repo.push('main');
  return commit;
}

const renamed = (text: string) => text.replace('delivery: shop', 'delivery: store');
/** The policy has nothing any more of what the shop has. */
const without = (text: string) =>
  text.replaceAll(/delivery: shop|name: shop|deploy\//g, (found) => found.replace(/shop|deploy/, 'other'));
const adopt = ['adopt', '--delivery', 'store', '--owner', 'shop'] as const;
const retire = (it: Shop) =>
  ['retire', '--delivery', 'shop', '--namespace', it.namespace, '--reason', 'moved'] as const;

/** The block of one more delivery, with everything of the first but its names and its source. */
const oneMore = (name: string) => (text: string) => {
  const [head = '', block = ''] = text.split('deliveries:\n');
  return `${head}deliveries:\n${block.trimEnd()}\n${block
    .replaceAll('shop', name)
    .replace(/namespace: .*/, /namespace: .*/.exec(block)?.[0] ?? '')
    .replace('deploy/', `${name}/`)}`;
};

/** What the engine has left of a release that ended is quiet when its pods are. */
const allReady = (it: Shop, image: string) =>
  waitFor(async () => tally(await pods(it.namespace), image).ready === 5, { what: `five pods of ${image}` });

describe.concurrent('a delivery that is renamed', () => {
  test('goes on under its new name, with its record and its pods', async () => {
    await using it = await served({ files: settings });
    await allReady(it, 'app:v1');
    const before = await podNames(it);
    await policy(it, renamed);
    const refused = await it.stepgate('deploy');
    expect([refused.code, refused.delivery.error?.code, refused.writes]).toEqual([4, 'FOREIGN_OBJECT', []]);
    const adopted = await it.stepgate(...adopt);
    expect([adopted.code, adopted.delivery.error], adopted.stderr).toEqual([0, null]);
    expect([
      await owner(it, 'rollouts'),
      await owner(it, 'deployments'),
      await owner(it, 'configmaps', 'settings'),
    ]).toEqual(['store', 'store', 'store']);
    expect(await podNames(it)).toEqual(before);
    expect((await recordOf(it)).runs[0]).toMatchObject({ command: 'adopt', about: 'shop' });
    // The engine has seen the new annotations, and began nothing.
    await waitFor(async () => outcome(await it.stepgate('status'))[1] === 'done', { what: 'rest' });
    expect((await it.stepgate('tick')).writes).toEqual([]);
    await it.release('app:v2');
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    await walk(it, 1, 2);
    const back = await it.stepgate('rollback', '--reason', 'slow');
    expect(outcome(back), back.stderr).toEqual([0, 'rolledBack', 'ROLLED_BACK', undefined]);
    expect([await images(it), (await recordOf(it)).history.length]).toEqual([{ 'app:v1': 5 }, 1]);
  });

  test('is neither adopted nor given up in mid-release, and the release stays where it is', async () => {
    await using it = await served();
    await it.release('app:v2');
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    await policy(it, renamed);
    for (const args of [adopt, retire(it)]) {
      const refused = await it.stepgate(...args);
      expect([refused.code, refused.delivery.error?.code, refused.writes], refused.stderr).toEqual([
        4,
        'MID_RELEASE',
        [],
      ]);
    }
    expect([await owner(it, 'rollouts'), await images(it)]).toEqual(['shop', { 'app:v1': 4, 'app:v2': 1 }]);
    const back = await it.stepgate(
      'rollback',
      '--delivery',
      'shop',
      '--namespace',
      it.namespace,
      '--reason',
      'renamed',
    );
    expect(back.delivery.state, back.stderr).toBe('rolledBack');
    expect(await images(it)).toEqual({ 'app:v1': 5 });
  });
});

describe.concurrent('a workload that moves', () => {
  const worker = (image: string) => ({ 'deploy/worker.yaml': deployment(image, 1, 'worker') });
  const ungated = '    ungated: [Deployment/worker]';

  test('to a delivery of its own, by a commit', async () => {
    await using it = await served({ config: ungated, files: worker('app:w1') });
    expect(await owner(it, 'deployments', 'worker')).toBe('shop');
    const text = oneMore('worker')((await fileOf(it, 'stepgate.yaml')).replace(`${ungated}\n`, ''));
    await it.repo.git('rm', '-q', 'deploy/worker.yaml');
    await it.repo.commit({ 'stepgate.yaml': text, 'worker/worker.yaml': deployment('app:w1', 1, 'worker') }, 'move');
    await it.repo.push('main');
    const moved = await it.stepgate('deploy', '--delivery', 'worker');
    expect([moved.code, moved.delivery.error], moved.stderr).toEqual([0, null]);
    expect(await owner(it, 'deployments', 'worker')).toBe('worker');
    expect(await images(it)).toEqual({ 'app:v1': 5, 'app:w1': 1 });
  });

  test('from a delivery of another repository, by adopt', async () => {
    await using it = await served({ config: ungated, files: worker('app:w1') });
    // The other repository has a Rollout in the namespace, and wrote the worker last.
    const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'theirs' };
    const strategy = { canary: { steps: [{ replicas: 1, pause: {} }] } };
    const other = {
      apiVersion: 'rollouts.kruise.io/v1beta1',
      kind: 'Rollout',
      metadata: { name: 'theirs', annotations: { 'stepgate.dev/delivery': 'theirs' } },
      spec: { workloadRef, strategy },
    };
    await kubectl(['apply', '-n', it.namespace, '-f', '-'], { input: JSON.stringify(other) });
    const mark = 'stepgate.dev/delivery=theirs';
    const words = ['--overwrite', '--field-manager=stepgate', '-n', it.namespace];
    await kubectl(['annotate', 'deployment', 'worker', mark, ...words]);
    await it.release('app:v1', worker('app:w2'));
    const refused = await it.stepgate('deploy');
    expect([refused.code, refused.delivery.error?.code, refused.writes]).toEqual([4, 'FOREIGN_OBJECT', []]);
    const adopted = await it.stepgate('adopt', '--owner', 'theirs');
    expect([adopted.code, adopted.delivery.error], adopted.stderr).toEqual([0, null]);
    expect([await owner(it, 'deployments', 'worker'), await owner(it, 'rollouts', 'theirs')]).toEqual([
      'shop',
      'theirs',
    ]);
    const deployed = await it.stepgate('deploy');
    expect([deployed.code, deployed.delivery.error], deployed.stderr).toEqual([0, null]);
    await waitFor(async () => (await images(it))['app:w2'] === 1, { what: 'the new worker' });
  });
});

describe.concurrent('a delivery that is given up', () => {
  test('keeps its pods, and what it had is free for another one', async () => {
    await using it = await served({ files: settings });
    await allReady(it, 'app:v1');
    const before = await podNames(it);
    const still = await it.stepgate(...retire(it));
    expect([still.code, still.delivery.error?.code, still.writes]).toEqual([4, 'STILL_IN_POLICY', []]);
    await policy(it, without);
    const given = await it.stepgate(...retire(it));
    expect([given.code, given.delivery.reason], given.stderr).toEqual([0, 'RETIRED']);
    await waitFor(async () => (await rollouts(it)) === 0, { what: 'the end of the Rollout' });
    // The engine lets go of the workload, and touches no pod.
    expect(await podNames(it)).toEqual(before);
    const live = await policy(it, (text) =>
      text.replaceAll('other', 'shop').replace('delivery: shop', 'delivery: store').replace('shop/', 'deploy/'),
    );
    const taken = await it.stepgate('deploy', '--live', live);
    expect([taken.code, taken.delivery.error], taken.stderr).toEqual([0, null]);
    expect([await owner(it, 'rollouts'), await owner(it, 'deployments')]).toEqual(['store', 'store']);
    expect(await podNames(it)).toEqual(before);
    await it.release('app:v2');
    const begun = await it.stepgate('deploy');
    expect(outcome(begun), begun.stderr).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
    expect(await images(it)).toEqual({ 'app:v1': 4, 'app:v2': 1 });
  });
});
