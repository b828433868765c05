import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clock } from '../../src/adapters/clock.ts';
import { embeddedCluster } from '../../src/adapters/embedded.ts';
import { listCaches, type Share } from '../../src/flow/observe/list-cache.ts';
import { type DeliveryLists, type KindList, lister } from '../../src/flow/observe/lists.ts';
import { environmentError } from '../../src/release/error.ts';
import { at, type JsonObject, objectAt } from '../../src/release/json.ts';
import type { Cluster, KubeObject } from '../../src/release/ports.ts';
import { type Api, createApi } from '../../src/simulator/api/api.ts';
import { createStore } from '../../src/simulator/api/store.ts';
import type { Thing } from '../../src/simulator/api/things.ts';
import { targets } from '../../src/targets/index.ts';
import { kruise } from '../../src/targets/kruise/index.ts';
import { bareDelivery } from '../support/bare-delivery.ts';
import { type Doorman, doorman, type Rules } from '../support/doorman.ts';

/** One look for many deliveries: the same as each would have had alone, for a few lists in all. */

const signal = new AbortController().signal;
const means = { targets, clock, signal };

type Labels = Readonly<Record<string, string>>;

function object(kind: string, place: string, more: { labels?: Labels; spec?: JsonObject; status?: JsonObject } = {}) {
  const [namespace = '', name = ''] = place.split('/');
  const { labels = {}, spec = {}, status = {} } = more;
  const annotations = { note: `of ${place}` };
  const metadata = {
    namespace,
    name,
    uid: `${kind}-${place}`,
    resourceVersion: '',
    creationTimestamp: '2026-11-25T10:00:00Z',
    labels,
    annotations,
  };
  const apiVersion = { Rollout: 'rollouts.kruise.io/v1beta1', Deployment: 'apps/v1', Pod: 'v1' }[kind] ?? '';
  return { kind, object: { apiVersion, kind, metadata, spec, status } as Thing };
}

const rollout = (place: string) => object('Rollout', place, { status: { phase: 'Healthy' } });
const workload = (place: string, matchLabels: Labels, replicas = 1) =>
  object('Deployment', place, { spec: { replicas, selector: { matchLabels } } });
const pod = (place: string, labels: Labels) =>
  object('Pod', place, {
    labels,
    spec: { nodeName: 'n' },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  });

function apiOf(objects: readonly ReturnType<typeof object>[]): Api {
  const review = (_info: unknown, one: Thing) => one;
  const api = createApi({ store: createStore(), admission: { review }, now: () => 0, random: () => 0.5 });
  for (const one of objects) api.store.put(one.kind, one.object);
  return api;
}

function doorTo(objects: readonly ReturnType<typeof object>[], rules?: Rules): Doorman {
  return doorman(embeddedCluster({ api: apiOf(objects) }), rules);
}

function sharing(cluster: Cluster, places: readonly string[], rollouts: readonly string[] = []) {
  const share: Share = { deliveries: places.map(bareDelivery), rollouts: rollouts.map(bareDelivery) };
  return lister(means, new Map([[cluster, listCaches(share, { ...means, cluster })]]));
}

/** Pods without what a shared look leaves out, and no word of which lists it came from. */
function comparable({ rollout: one, workload: other, pods }: DeliveryLists) {
  const whole = (lane: KindList) => ({ query: lane.query, objects: lane.objects });
  return [whole(one), whole(other), pods === null ? null : { query: pods.query, objects: pods.objects.map(inBrief) }];
}

function inBrief({ apiVersion, kind, metadata, status }: KubeObject) {
  const { annotations: _notes, ...rest } = objectAt({ metadata: metadata ?? {} }, 'metadata');
  return { apiVersion, kind, metadata: rest, status };
}

const namespaces = ['a', 'b', 'c'] as const;
const places = namespaces.flatMap((namespace) => ['x', 'y', 'z'].map((name) => `${namespace}/${name}`));
const labels = fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('x', 'y'), { minKeys: 0, maxKeys: 2 });
const worlds = fc.record({
  rollouts: fc.uniqueArray(fc.constantFrom(...places)),
  workloads: fc.uniqueArray(fc.tuple(fc.constantFrom(...places), labels), { selector: ([place]) => place }),
  pods: fc.array(fc.tuple(fc.constantFrom(...namespaces), labels), { maxLength: 30 }),
  asked: fc.uniqueArray(fc.constantFrom(...places), { minLength: 1 }),
  /** Lists that are forbidden: over all namespaces, and over one. */
  wide: fc.subarray(['rollouts', 'deployments', 'pods']),
  narrow: fc.subarray(['rollouts', 'deployments', 'pods']),
  page: fc.integer({ min: 1, max: 7 }),
});

test('a look from shared lists is the look that the delivery would have had alone', async () => {
  const total = { shared: 0, alone: 0, pods: 0 };
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      const objects = [
        ...world.rollouts.map(rollout),
        ...world.workloads.map(([place, matchLabels]) => workload(place, matchLabels)),
        ...world.pods.map(([namespace, own], index) => pod(`${namespace}/pod-${index}`, own)),
      ];
      const refuse = (words: string) => {
        if (words.includes(' by ')) return null;
        const kind = words.split(' ')[1] ?? '';
        return (words.includes(' in ') ? world.narrow : world.wide).includes(kind) ? 403 : null;
      };
      const door = doorTo(objects, { refuse, page: world.page });
      const shared = sharing(door.cluster, world.asked);
      const alone = lister(means);
      for (const place of world.asked) {
        const own = bareDelivery(place);
        const [one, other] = [await shared.at(door.cluster, own), await alone.at(door.cluster, own)];
        expect(comparable(one)).toEqual(comparable(other));
        total[one.sharedAt === null ? 'alone' : 'shared'] += 1;
        total.pods += one.pods?.objects.length ?? 0;
        const takenAt = new Date(0);
        const [seen, wanted] = [one, other].map(({ rollout: first, workload: second, pods }) =>
          kruise.observe(own, {
            takenAt,
            rollout: first.objects[0] ?? null,
            workload: second.objects[0] ?? null,
            pods: pods?.objects ?? [],
          }),
        );
        expect(seen).toEqual(wanted);
        const wantedRollout = one.rollout.objects[0] ?? null;
        const found = await shared.sharedRollout(door.cluster, own, new Date(0));
        if (found !== null) expect(found.object).toEqual(wantedRollout);
        expect((await shared.rollout(door.cluster, own)).object).toEqual(wantedRollout);
      }
    }),
    { numRuns: 200 },
  );
  // Both ways, and pods, were met often enough to mean something.
  expect(Math.min(total.shared, total.alone, total.pods)).toBeGreaterThan(40);
});

/** So many deliveries, dealt out over some namespaces, with two pods each. */
function crowd(count: number, over: number) {
  const all = Array.from({ length: count }, (_, index) => `n${String(index % over)}/w${index}`);
  const objects = all.flatMap((place) => {
    const app = { app: place.replace('/', '-') };
    return [rollout(place), workload(place, app, 2), pod(`${place}-1`, app), pod(`${place}-2`, app)];
  });
  return { all, objects };
}

async function lookAll(door: Doorman, all: readonly string[]) {
  const shared = sharing(door.cluster, all);
  return Promise.all(all.map((place) => shared.at(door.cluster, bareDelivery(place))));
}

describe('how much is asked', () => {
  test('1,000 deliveries in 100 namespaces: seven lists, each delivery with its own two pods', async () => {
    const { all, objects } = crowd(1000, 100);
    const door = doorTo(objects);
    const seen = await lookAll(door, all);
    expect(door.lists.length).toBeLessThanOrEqual(10);
    expect(door.lists).toEqual([
      'list rollouts',
      'list deployments',
      'list rollouts ...',
      'list deployments ...',
      'list pods',
      'list pods ...',
      'list pods ...',
    ]);
    expect(seen.every(({ pods }) => pods?.objects.length === 2)).toBe(true);
  });

  test('in one namespace it is that namespace that is listed', async () => {
    const { all, objects } = crowd(12, 1);
    const door = doorTo([...objects, rollout('elsewhere/w'), ...crowd(50, 5).objects.map(moved)]);
    await lookAll(door, all);
    expect(door.lists).toEqual(['list rollouts in n0', 'list deployments in n0', 'list pods in n0']);
  });

  test.each([
    {
      what: 'all of it over all namespaces',
      refused: /^list \w+$/,
      lists: [
        'list deployments',
        'list pods',
        'list rollouts',
        ...each('rollouts'),
        ...each('deployments'),
        ...each('pods'),
      ],
    },
    {
      what: 'pods over all namespaces',
      refused: /^list pods$/,
      lists: ['list deployments', 'list pods', 'list rollouts', ...each('pods')],
    },
  ])('forbidden: $what', async ({ refused, lists }) => {
    const { all, objects } = crowd(30, 3);
    const door = doorTo(objects, { refuse: (words) => (refused.test(words) ? 403 : null) });
    await lookAll(door, all);
    expect([...door.lists].sort()).toEqual([...lists].sort());
  });

  test('forbidden in one namespace of three: only its deliveries are asked for one by one', async () => {
    const { all, objects } = crowd(9, 3);
    const refuse = (words: string) => (/^list \w+( in n1)?$/.test(words) ? 403 : null);
    const door = doorTo(objects, { refuse });
    const seen = await lookAll(door, all);
    expect(door.lists.filter((words) => words.includes(' by '))).toHaveLength(9);
    expect(door.lists.filter((words) => words.includes(' by ')).every((words) => words.includes(' in n1 '))).toBe(true);
    expect(seen.every(({ pods }) => pods?.objects.length === 2)).toBe(true);
  });

  test('one delivery in a namespace is never the reason to list all of it', async () => {
    const { all, objects } = crowd(3, 3);
    const door = doorTo(objects, { refuse: (words) => (/^list \w+$/.test(words) ? 403 : null) });
    await lookAll(door, all);
    expect(door.lists.filter((words) => !words.includes(' by '))).toHaveLength(3);
    expect(door.lists.filter((words) => words.includes(' by '))).toHaveLength(9);
  });

  test('a namespace full of others is given up after one page', async () => {
    const { all, objects } = crowd(3, 1);
    const others = Array.from({ length: 500 }, (_, index) => pod(`n0/other-${index}`, { app: 'other' }));
    const door = doorTo([...objects, ...others]);
    const seen = await lookAll(door, all);
    expect(door.lists).toEqual([
      'list rollouts in n0',
      'list deployments in n0',
      'list pods in n0',
      ...all.map((place) => `list pods in n0 by app=${place.replace('/', '-')}`),
    ]);
    expect(seen.every(({ pods }) => pods?.objects.length === 2)).toBe(true);
  });

  test('many pods of its own are no reason to give up', async () => {
    const app = { app: 'big' };
    const own = Array.from({ length: 400 }, (_, index) => pod(`n0/big-${index}`, app));
    const door = doorTo([rollout('n0/big'), workload('n0/big', app, 400), ...own, ...crowd(2, 1).objects]);
    const [seen] = await lookAll(door, ['n0/big', 'n0/w0', 'n0/w1']);
    expect(seen?.pods?.objects).toHaveLength(400);
    expect(door.lists.filter((words) => words.includes(' by '))).toEqual([]);
  });

  test('large objects come in smaller pages', async () => {
    const { all, objects } = crowd(300, 1);
    const padding = 'x'.repeat(100_000);
    const door = doorTo(
      objects.map(({ kind, object: one }) => ({
        kind,
        object: kind === 'Rollout' ? ({ ...one, spec: { padding } } as Thing) : one,
      })),
    );
    await lookAll(door, all);
    // 100 at first, then 83 of a hundred kilobytes in eight megabytes.
    expect(door.lists.filter((words) => words.startsWith('list rollouts'))).toHaveLength(4);
  });

  test('a Rollout that only a gate asks about is listed with the others', async () => {
    const { all, objects } = crowd(3, 1);
    const door = doorTo([...objects, rollout('n0/before')]);
    const shared = sharing(door.cluster, all, ['n0/before']);
    const before = await shared.sharedRollout(door.cluster, bareDelivery('n0/before'), new Date(0));
    expect(at(before?.object, 'metadata', 'name')).toBe('before');
    expect(await shared.sharedRollout(door.cluster, bareDelivery('n0/before'), new Date(Date.now() + 1000))).toBeNull();
    await shared.at(door.cluster, bareDelivery('n0/w0'));
    expect(door.lists.filter((words) => words.includes('rollouts'))).toEqual(['list rollouts in n0']);
  });
});

test('what many plans look at around them is listed once for each namespace, in pages', async () => {
  const { all, objects } = crowd(240, 2);
  const door = doorTo(objects);
  const shared = sharing(door.cluster, all);
  const { record: kind } = kruise.kinds;
  const found = await Promise.all(all.map((place) => shared.every(door.cluster, kind, bareDelivery(place).namespace)));
  expect(found.every((items) => items?.length === 120)).toBe(true);
  expect([...door.lists].sort()).toEqual(
    ['n0', 'n1'].flatMap((one) => [`list rollouts in ${one}`, `list rollouts in ${one} ...`]),
  );
  expect(await lister(means).every(door.cluster, kind, 'n0')).toEqual(found[0]);
});

test('what plans look at in the whole cluster is listed once, and given up where it is too much', async () => {
  const { all, objects } = crowd(30, 3);
  const door = doorTo(objects);
  const shared = sharing(door.cluster, all);
  const { record: kind } = kruise.kinds;
  const found = await Promise.all(all.map(() => shared.every(door.cluster, kind, null)));
  expect(found.map((items) => items?.length)).toEqual(all.map(() => 30));
  expect(door.lists).toEqual(['list rollouts']);
  const full = {
    ...door.cluster,
    list: async () => ({ items: [], resourceVersion: '1', continue: 'x', remaining: 20_001 }),
  };
  expect(await lister(means).every(full, kind, null)).toBeNull();
});

describe('when lists fail', () => {
  test('pages that the server has forgotten are asked for anew, from the first', async () => {
    const { all, objects } = crowd(150, 1);
    let gone = 2;
    const refuse = (words: string) => (words === 'list pods in n0 ...' && gone-- > 0 ? 410 : null);
    const door = doorTo(objects, { refuse });
    const seen = await lookAll(door, all);
    expect(door.lists.filter((words) => words.startsWith('list pods'))).toEqual([
      'list pods in n0',
      'list pods in n0 ...',
      'list pods in n0',
      'list pods in n0 ...',
      'list pods in n0',
      'list pods in n0 ...',
    ]);
    expect(seen.every(({ pods }) => pods?.objects.length === 2)).toBe(true);
  });

  test.each([
    ['always forgotten', 410],
    ['an object the server cannot read', 500],
  ])('%s: each delivery is asked for alone', async (_what, status) => {
    const { all, objects } = crowd(60, 1);
    const door = doorTo(objects, { refuse: (words) => (words === 'list pods in n0 ...' ? status : null) });
    const seen = await lookAll(door, all);
    expect(door.lists.filter((words) => words.includes(' by '))).toHaveLength(60);
    expect(seen.every(({ pods }) => pods?.objects.length === 2)).toBe(true);
  });

  test.each([401, 404, 429])('HTTP %i is told to all, and asked once', async (status) => {
    const { all, objects } = crowd(60, 2);
    const door = doorTo(objects, { refuse: (words) => (words.startsWith('list rollouts') ? status : null) });
    const shared = sharing(door.cluster, all);
    const ends = await Promise.allSettled(all.map((place) => shared.at(door.cluster, bareDelivery(place))));
    expect(ends.every((end) => end.status === 'rejected' && end.reason.status === status)).toBe(true);
    expect(door.lists.filter((words) => words.startsWith('list rollouts'))).toHaveLength(1);
  });

  test('a server that cannot be reached is not asked for each delivery', async () => {
    const { all, objects } = crowd(60, 2);
    const door = doorTo(objects);
    const away: Cluster = {
      ...door.cluster,
      list: () => Promise.reject(environmentError('CLUSTER_UNREACHABLE', 'away')),
    };
    const shared = sharing(away, all);
    const ends = await Promise.allSettled(all.map((place) => shared.at(away, bareDelivery(place))));
    expect(ends.every((end) => end.status === 'rejected' && end.reason.code === 'CLUSTER_UNREACHABLE')).toBe(true);
  });
});

function each(plural: string): readonly string[] {
  return ['n0', 'n1', 'n2'].map((namespace) => `list ${plural} in ${namespace}`);
}

function moved({ kind, object: one }: ReturnType<typeof object>): ReturnType<typeof object> {
  return { kind, object: { ...one, metadata: { ...one.metadata, namespace: `far-${one.metadata.namespace}` } } };
}
