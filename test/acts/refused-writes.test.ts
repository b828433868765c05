import { describe, expect, test } from 'vitest';
import { listAt, objectAt } from '../../src/release/json.ts';
import type { Cluster, KubeObject, Repo, WatchEvent } from '../../src/release/ports.ts';
import { config, manifest } from './files.ts';
import { openShop, type Shop, shopWith } from './shop.ts';

/** What a run refuses right before, or after, it writes. */

/** The cluster, in which nothing has marked a workload as the engine's webhook does. */
function unmarked(inner: Cluster): Cluster {
  return {
    ...inner,
    async apply(object, options) {
      const answer = await inner.apply(object, options);
      return options.dryRun && answer['kind'] === 'Deployment'
        ? { ...answer, spec: { ...objectAt(answer, 'spec'), paused: false } }
        : answer;
    },
  };
}

/** The cluster, whose engine has not begun to watch any workload. */
function unwatched(inner: Cluster): Cluster {
  const shown = (object: KubeObject): KubeObject => {
    const metadata = objectAt(object, 'metadata');
    const { 'rollouts.kruise.io/workload-type': _, ...labels } = objectAt(object, 'metadata', 'labels');
    return { ...object, metadata: { ...metadata, labels } };
  };
  const told = (event: WatchEvent): WatchEvent =>
    event.type === 'reset' ? { ...event, items: event.items.map(shown) } : { ...event, object: shown(event.object) };
  return {
    ...inner,
    async list(query, signal) {
      const listed = await inner.list(query, signal);
      return { ...listed, items: listed.items.map(shown) };
    },
    async *watch(query, since, signal) {
      for await (const event of inner.watch(query, since, signal)) yield told(event);
    },
  };
}

/** The cluster, where somebody's webhook undoes every patch. */
function undone(inner: Cluster): Cluster {
  return {
    ...inner,
    async patch(ref, _body, { signal }) {
      const live = await inner.get(ref, signal);
      if (live === null) throw new Error(`${ref.name} went away`);
      return live;
    },
  };
}

describe('the template is not written', () => {
  test('where a dry-run shows no gate', async () => {
    using shop = await shopWith(['v1']);
    shop.push('v2');
    const { exit, code, log } = await shop.person('ada')('deploy', { through: unmarked });
    expect({ exit, code }).toEqual({ exit: 4, code: 'WOULD_NOT_GATE' });
    expect(log).not.toContain('write: apply Deployment');
    expect([shop.live(), shop.pods()]).toEqual(['v1', 'v1:4']);
    // Asked for it is: where the dry-run shows the gate, the next run goes on.
    expect(await shop.person('ada')('tick')).toMatchObject({ exit: 0 });
    expect(shop.live()).toBe('v2');
  });

  test('where the engine does not watch the workload', async () => {
    using shop = await shopWith(['v1']);
    shop.push('v2');
    const before = shop.record();
    const told = await shop.person('ada')('deploy --timeout 1m', { through: unwatched });
    expect(told).toMatchObject({ exit: 4, code: 'NOT_GATED_YET' });
    expect([shop.live(), shop.record()]).toEqual(['v1', before]);
  });

  test.for([
    ['v2', { exit: 0, live: 'v2' }],
    ['v3', { exit: 4, code: 'RELEASE_CHANGED', live: 'v1' }],
  ] as const)('where the source renders something else than was asked for (%s)', async ([then, wanted]) => {
    const based = {
      'stepgate.yaml': config({ source: '{ kustomize: deploy }', more: ['startWhen: [approval]'] }),
      'deploy/kustomization.yaml': 'resources: ["https://example.com/base"]\n',
    };
    using shop = await shopWith(['v1']);
    shop.base = manifest('v2');
    shop.origin.commit({ ...based, 'deploy/shop.yaml': null });
    const ada = shop.person('ada');
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'START_GATE_SHUT' });
    shop.base = manifest(then);
    const told = await ada('promote');
    expect({ ...told, live: shop.live() }).toMatchObject(wanted);
  });

  test.for([
    ['a kind that the server does not serve', 'example.com/v1', { exit: 3, code: 'CLUSTER_REJECTED', live: 'v1' }],
    ['a kind that it serves', 'v1', { exit: 0, code: 'GATE_SHUT', live: 'v2' }],
  ] as const)('with %s', async ([, apiVersion, wanted]) => {
    using shop = await shopWith(['v1']);
    const note = `apiVersion: ${apiVersion}\nkind: ConfigMap\nmetadata: { name: note }\n`;
    shop.push('v2', { files: { 'deploy/note.yaml': note } });
    const { exit, code, error } = await shop.person('ada')('deploy');
    expect({ exit, code, live: shop.live() }).toEqual(wanted);
    if (wanted.exit !== 0) expect(error?.message).toBe('ConfigMap note: the server does not serve example.com/v1');
  });

  test('where no file is the source', async () => {
    using shop = await shopWith(['v1']);
    shop.push('v2', { files: { 'stepgate.yaml': config({ source: '{ files: [manifests/*.yaml] }' }) } });
    const { exit, code, error } = await shop.person('ada')('deploy');
    expect({ exit, code }).toEqual({ exit: 2, code: 'SOURCE_INVALID' });
    expect(error?.message).toMatch(/^shop: no file at [0-9a-f]{10} matches manifests\/\*\.yaml$/);
  });

  test.for([
    ['was merged', [], ' was merged'],
    ['is older than what is live', ['commits: any'], 'is older than the live'],
  ] as const)('where a clone that was cut does not tell whether the commit %s', async ([, root, words]) => {
    using shop = await shopWith(['v1'], { files: { 'stepgate.yaml': config({ root: [...root] }) } });
    shop.push('v2');
    const whole = shop.person('ada').clone;
    whole.fetch();
    whole.head = shop.origin.tip();
    const repo: Repo = { ...whole.repo, contains: async () => 'unknown', ensureHistory: async () => false };
    const clone = { ...whole, repo };
    const before = shop.record();
    const { exit, code, error } = await shop.person('ada')('deploy', { clone });
    expect({ exit, code }).toEqual({ exit: 3, code: 'GIT_SHALLOW' });
    expect(error?.message).toContain(words);
    expect([shop.live(), shop.record()]).toEqual(['v1', before]);
    expect(await shop.person('ada')('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
  });
});

describe('a run that gets nowhere gives up', () => {
  test('where something undoes what it writes', async () => {
    const steps = ['{ name: one, replicas: 1, leaveWhen: [] }', '{ name: all, replicas: 100% }'];
    using shop = await shopWith(['v1'], { files: { 'stepgate.yaml': config({ steps }) } });
    shop.push('v2');
    await shop.person('ci')('deploy');
    expect(shop.pods()).toBe('v1:3 v2:1');
    const { exit, code, error } = await shop.person('ci')('tick', { through: undone });
    expect({ exit, code }).toEqual({ exit: 3, code: 'CLUSTER_CONFLICT' });
    expect(error?.message).toMatch(/^shop: 25 writes in a row have changed nothing: /);
    expect(shop.pods()).toBe('v1:3 v2:1');
    expect(await shop.person('ci')('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
  });

  test.for([
    [25, { exit: 0, code: 'FIRST_DEPLOY' }],
    [26, { exit: 3, code: 'CLUSTER_CONFLICT' }],
  ] as const)('where somebody writes before %d of its writes', async ([times, wanted]) => {
    using shop = await shopWith(['v1']);
    let edits = 0;
    const { exit, code } = await shop.person('ada')('hold', {
      through: (inner) => ({
        ...inner,
        async patch(ref, body, options) {
          edits += 1;
          if (edits <= times) shop.edit((record) => ({ ...record, spent: [`${edits}`] }));
          return inner.patch(ref, body, options);
        },
      }),
    });
    expect({ exit, code }).toEqual(wanted);
    expect(shop.record().holds).toHaveLength(wanted.exit === 0 ? 1 : 0);
  });
});

describe('a revert is not pushed', () => {
  /** Another delivery, in a namespace of its own, reads the same manifest. */
  const two = [
    config(),
    '  - delivery: web',
    '    namespace: web',
    '    workload: { kind: Deployment, name: shop }',
    '    source: { files: [SOURCE] }',
    '    strategy: partition',
    '    steps: [{ name: all, replicas: 100% }]',
    '',
  ].join('\n');

  async function withWeb(source: string): Promise<Shop> {
    const shop = openShop({
      files: { 'stepgate.yaml': two.replace('SOURCE', source), 'web/shop.yaml': manifest('v1') },
    });
    expect(await shop.person('ada')('deploy --until done --delivery shop')).toMatchObject({ code: 'FIRST_DEPLOY' });
    shop.push('v2');
    expect(await shop.person('ada')('deploy --delivery shop')).toMatchObject({ code: 'GATE_SHUT' });
    return shop;
  }

  test.for([
    ['reads the same', 'deploy/*.yaml', { exit: 3, code: 'REVERT_TOUCHES_OTHERS', git: 'v2' }],
    ['reads its own', 'web/*.yaml', { exit: 0, code: 'ROLLED_BACK', git: 'v1' }],
  ] as const)('where another delivery %s', async ([, source, wanted]) => {
    using shop = await withWeb(source);
    const ada = shop.person('ada');
    const { exit, code } = await ada('rollback --delivery shop');
    expect({ exit, code, git: shop.git(), live: shop.live() }).toEqual({ ...wanted, live: 'v1' });
    if (wanted.exit === 0) return;
    expect(await ada('rollback --delivery shop --also')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
    expect(shop.git()).toBe('v1');
  });

  /** v2 was taken back, or its rollback is to be lifted; then the branch was rewritten, and only a new clone is left. */
  async function rewritten({ closed }: { readonly closed: boolean }) {
    const shop = await shopWith(['v1', 'v2']);
    shop.origin.closed = closed;
    await shop.person('ada')('rollback --reason slow');
    expect([shop.live(), shop.git()]).toEqual(['v1', closed ? 'v2' : 'v1']);
    shop.origin.closed = false;
    shop.origin.squash();
    return { shop, clone: shop.origin.clone() };
  }

  test('where the commit to go back to is in no clone any more', async () => {
    const { shop, clone } = await rewritten({ closed: true });
    using _ = shop;
    const tip = shop.origin.tip();
    const told = await shop.person('ci')('tick', { clone });
    expect([told.error?.code, told.findings]).toEqual(['REF_UNKNOWN', []]);
    expect(shop.origin.tip()).toBe(tip);
    expect(shop.record().rollback).toMatchObject({
      git: 'todo',
      troubleCode: 'REF_UNKNOWN',
      trouble: expect.stringMatching(/^stable's commit [0-9a-f]{10} is no longer in this clone or on the remote/),
    });
    // Whoever commits the content by hand ends it.
    shop.push('v1');
    expect(await shop.person('ci')('tick', { clone })).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
  });

  test('where the commit that a lifted rollback names again is in no clone any more', async () => {
    const { shop, clone } = await rewritten({ closed: false });
    using _ = shop;
    const tip = shop.origin.tip();
    const told = await shop.person('ada')('rollback --undo', { clone });
    expect([told.exit, told.code]).toEqual([3, 'REF_UNKNOWN']);
    expect(shop.origin.tip()).toBe(tip);
    expect(shop.record().rollback).toMatchObject({
      troubleCode: 'REF_UNKNOWN',
      trouble: expect.stringMatching(
        /^[0-9a-f]{10} is no longer in this clone or on the remote: commit its content again by hand$/,
      ),
    });
  });
});

test.for([
  ['v1', { exit: 0, paused: false }],
  ['v3', { exit: 4, code: 'WEDGED', paused: true }],
] as const)(
  'a workload that the engine left paused is set free only with the template of stable: %s',
  async ([version, { paused, ...wanted }]) => {
    using shop = await shopWith(['v1']);
    const containers = listAt(
      shop.cluster.api.get('Deployment', 'shop', 'shop'),
      'spec',
      'template',
      'spec',
      'containers',
    );
    const changed = JSON.parse(JSON.stringify(containers).replace('app:v1', `app:${version}`));
    // Without the label the engine's webhook does not gate it: the label comes back at once, and the engine starts nothing.
    const labels = { 'rollouts.kruise.io/workload-type': null };
    const annotations = { 'rollouts.kruise.io/deployment-strategy': '{"rollingStyle":"Partition","paused":true}' };
    const spec = { paused: true, template: { spec: { containers: changed } } };
    shop.patch('Deployment', { metadata: { labels, annotations }, spec });
    await shop.wait('1m');
    const told = await shop.person('ci')('tick');
    expect(told).toMatchObject(wanted);
    expect(shop.cluster.api.get('Deployment', 'shop', 'shop')?.spec.paused ?? false).toBe(paused);
  },
);
