import { describe, expect, test } from 'vitest';
import { withOlderVersions } from '../../src/adapters/older-versions.ts';
import { stringAt } from '../../src/release/json.ts';
import {
  type Cluster,
  ClusterError,
  type Kind,
  KindMissing,
  type KubeObject,
  type WatchEvent,
} from '../../src/release/ports.ts';
import type { OlderVersion } from '../../src/release/target.ts';

const kindIn = (version: string): Kind => ({
  apiVersion: `test.dev/${version}`,
  kind: 'Thing',
  plural: 'things',
  namespaced: true,
});
const [usual, old] = [kindIn('v2'), kindIn('v1')];
const thing = (apiVersion: string, word: string): KubeObject => ({
  apiVersion,
  kind: 'Thing',
  metadata: { name: 'shop', namespace: 'shop' },
  word,
});
const older: OlderVersion = {
  of: usual,
  served: old,
  read: (object) => thing(usual.apiVersion, (stringAt(object, 'word') ?? '').toUpperCase()),
  write: (object) => thing(old.apiVersion, (stringAt(object, 'word') ?? '').toLowerCase()),
  patch: (body) => [...body, { op: 'remove', path: '/old' }],
};
const ref = { kind: usual, namespace: 'shop', name: 'shop' };
const { signal } = new AbortController();
const options = { manager: 'm', force: false, dryRun: false, signal };

/** A server that serves these versions, of which a test may change; and what it was asked. */
function serverOf(...versions: readonly string[]) {
  const serves = new Set(versions);
  const asked: string[] = [];
  const note = (verb: string, kind: Pick<Kind, 'apiVersion'>, missing: () => Error) => {
    const version = kind.apiVersion.replace('test.dev/', '');
    asked.push(`${verb} ${version}`);
    if (!serves.has(version)) throw missing();
    return thing(kind.apiVersion, 'word');
  };
  const gone = () => new ClusterError(404, '', '404 page not found');
  const cluster = {
    title: 'a server',
    get: async ({ kind }) => note('get', kind, gone),
    async list({ kind }) {
      return { items: [note('list', kind, () => new KindMissing(kind))], resourceVersion: '1' };
    },
    async apply(object, { dryRun }) {
      const answer = note(dryRun ? 'dry-run' : 'apply', { apiVersion: stringAt(object, 'apiVersion') ?? '' }, gone);
      return { ...answer, word: object['word'] ?? '' };
    },
    patch: async ({ kind }, body, { dryRun }) => ({
      ...note(dryRun ? 'dry-run' : 'patch', kind, gone),
      word: `${body.length}`,
    }),
    async remove({ kind }) {
      note('remove', kind, gone);
    },
    logs: async () => '',
    async *watch({ kind }): AsyncGenerator<WatchEvent> {
      const object = note('watch', kind, gone);
      yield { type: 'modified', object };
      yield { type: 'reset', items: [object], resourceVersion: '2' };
    },
    async discover(apiVersion, kind) {
      const version = apiVersion.replace('test.dev/', '');
      asked.push(`discover ${version}`);
      return serves.has(version) ? { ...kindIn(version), kind } : null;
    },
    now: () => null,
    user: async () => 'ada',
    may: async () => true,
  } satisfies Cluster;
  return { cluster: withOlderVersions(cluster, [older]), asked, serves };
}

/** Every way to write. */
const writes: Readonly<Record<string, (cluster: Cluster) => Promise<unknown>>> = {
  apply: (cluster) => cluster.apply(thing(usual.apiVersion, 'Word'), options),
  patch: (cluster) => cluster.patch(ref, [], { ...options, subresource: null }),
  remove: (cluster) => cluster.remove(ref, 'uid', signal),
};
const reads: Readonly<Record<string, (cluster: Cluster) => Promise<unknown>>> = {
  get: (cluster) => cluster.get(ref, signal),
  list: (cluster) => cluster.list({ kind: usual, namespace: 'shop' }, signal),
  discover: (cluster) => cluster.discover(usual.apiVersion, usual.kind, signal),
};
const everything = [...Object.entries(reads), ...Object.entries(writes)];

describe.for(everything)('%s', ([verb, ask]) => {
  test('never uses the older version where the usual one is served too', async () => {
    const { cluster, asked } = serverOf('v2', 'v1');
    await ask(cluster);
    for (const [, other] of everything) await other(cluster);
    expect(asked.filter((words) => words.endsWith(' v1'))).toEqual([]);
    expect(asked).toContain(`${verb} v2`);
  });

  test('uses the older version where it is the only one', async () => {
    const { cluster, asked } = serverOf('v1');
    await ask(cluster);
    expect(asked.at(-1)).toBe(`${verb} v1`);
  });

  test('says that the kind is missing where neither is served', async () => {
    const { cluster, asked } = serverOf();
    if (verb === 'discover') expect(await ask(cluster)).toBeNull();
    else await expect(ask(cluster)).rejects.toMatchObject({ status: 404 });
    expect(asked.filter((words) => words.endsWith(' v1') && words !== 'discover v1')).toEqual([]);
  });
});

describe.for(Object.entries(writes))('%s in the older version', ([verb, write]) => {
  test('asks right before whether the usual one is served', async () => {
    const { cluster, asked } = serverOf('v1');
    await cluster.list({ kind: usual, namespace: null }, signal);
    asked.length = 0;
    await write(cluster);
    expect(asked).toEqual(['list v2', `${verb} v1`]);
  });

  test('is not sent once the server serves the usual one, as after an upgrade of the engine', async () => {
    const { cluster, asked, serves } = serverOf('v1');
    await cluster.list({ kind: usual, namespace: null }, signal);
    serves.add('v2');
    await expect(write(cluster)).rejects.toMatchObject({ code: 'ENGINE_CHANGED' });
    expect(asked).not.toContain(`${verb} v1`);
  });

  test('is not sent after a 404 for the usual one that does not last', async () => {
    const { cluster, asked, serves } = serverOf('v1');
    await cluster.list({ kind: usual, namespace: null }, signal);
    expect(asked).toEqual(['list v2', 'discover v1', 'list v1']);
    serves.add('v2');
    await expect(write(cluster)).rejects.toMatchObject({ code: 'ENGINE_CHANGED' });
  });
});

test('a dry-run writes nothing, so nothing is asked before it', async () => {
  const { cluster, asked } = serverOf('v1');
  await cluster.list({ kind: usual, namespace: null }, signal);
  asked.length = 0;
  await cluster.apply(thing(usual.apiVersion, 'Word'), { ...options, dryRun: true });
  await cluster.patch(ref, [], { ...options, dryRun: true, subresource: null });
  expect(asked).toEqual(['dry-run v1', 'dry-run v1']);
});

test('a server that stops to serve the usual version is not spoken to in the older one', async () => {
  const { cluster, serves } = serverOf('v2', 'v1');
  await cluster.list({ kind: usual, namespace: null }, signal);
  serves.delete('v2');
  await expect(cluster.list({ kind: usual, namespace: null }, signal)).rejects.toBeInstanceOf(KindMissing);
});

test('everything that is read comes in the shape of the usual version, and what is written goes out in the older', async () => {
  const { cluster } = serverOf('v1');
  const shape = thing(usual.apiVersion, 'WORD');
  expect((await cluster.list({ kind: usual, namespace: 'shop' }, signal)).items).toEqual([shape]);
  expect(await cluster.get(ref, signal)).toEqual(shape);
  expect(await Array.fromAsync(cluster.watch({ kind: usual, namespace: 'shop' }, '1', signal))).toEqual([
    { type: 'modified', object: shape },
    { type: 'reset', items: [shape], resourceVersion: '2' },
  ]);
  expect(await writes['apply']?.(cluster)).toEqual(shape);
  // The patch went out with what the older version adds to it.
  expect(await writes['patch']?.(cluster)).toEqual(thing(usual.apiVersion, '1'));
  expect(await cluster.discover(usual.apiVersion, 'Thing', signal)).toEqual({ ...usual, servedAs: old.apiVersion });
});

test('other kinds pass as they are', async () => {
  const { cluster, asked } = serverOf('v1', 'v2', 'v3');
  const kind = kindIn('v3');
  await cluster.list({ kind, namespace: null }, signal);
  await cluster.patch({ ...ref, kind }, [], { ...options, subresource: null });
  await cluster.apply(thing(kind.apiVersion, 'Word'), options);
  expect(asked).toEqual(['list v3', 'patch v3', 'apply v3']);
});
