import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clock } from '../../src/adapters/clock.ts';
import { embeddedCluster } from '../../src/adapters/embedded.ts';
import { type Following, follow } from '../../src/flow/observe/follow.ts';
import { listCaches } from '../../src/flow/observe/list-cache.ts';
import { lister } from '../../src/flow/observe/lists.ts';
import { isObject, type JsonObject, objectAt } from '../../src/release/json.ts';
import type { Clock, KubeObject } from '../../src/release/ports.ts';
import { type Api, createApi } from '../../src/simulator/api/api.ts';
import { createStore } from '../../src/simulator/api/store.ts';
import type { Thing } from '../../src/simulator/api/things.ts';
import { targets } from '../../src/targets/index.ts';
import { bareDelivery } from '../support/bare-delivery.ts';
import { doorman, type Rules } from '../support/doorman.ts';

/** Deliveries that are followed: by watches that they share, by their own, and by asking now and then. */

const signal = new AbortController().signal;

const apiVersions = { Rollout: 'rollouts.kruise.io/v1beta1', Deployment: 'apps/v1', Pod: 'v1' } as const;
type KindName = keyof typeof apiVersions;

function thing(
  kind: KindName,
  place: string,
  more: { labels?: Record<string, string>; spec?: JsonObject } = {},
): Thing {
  const [namespace = '', name = ''] = place.split('/');
  const { labels = {}, spec = {} } = more;
  const creationTimestamp = '2026-01-01T00:00:00Z';
  const metadata = { namespace, name, uid: `${kind}-${place}`, resourceVersion: '', creationTimestamp, labels };
  const made = { apiVersion: apiVersions[kind], kind, metadata, spec };
  return made;
}

function workload(place: string): Thing {
  return thing('Deployment', place, { spec: { replicas: 1, selector: { matchLabels: { app: place.slice(2) } } } });
}

function put(api: Api, kind: KindName, object: Thing): void {
  api.store.put(kind, object);
}

function drop(api: Api, kind: KindName, place: string): void {
  const [namespace = '', name = ''] = place.split('/');
  const found = api.store.get(kind, namespace, name);
  if (found !== undefined) api.store.drop(kind, found);
}

function emptyApi(): Api {
  const review = (_info: unknown, one: Thing) => one;
  return createApi({ store: createStore(), admission: { review }, now: () => 0, random: () => 0.5 });
}

interface Setting {
  readonly rules?: Rules;
  readonly time?: Clock;
  /** Watches that single deliveries may open. */
  readonly watches?: number;
  readonly firstRead?: 'shared' | 'alone';
  readonly alone?: boolean;
}

async function followAll(api: Api, places: readonly string[], setting: Setting = {}) {
  const { rules, time = clock, watches = 100, firstRead, alone = false } = setting;
  const door = doorman(embeddedCluster({ api }), rules);
  const means = { targets, clock: time, signal };
  const share = { deliveries: places.map(bareDelivery), rollouts: [] };
  const caches = alone ? [] : ([[door.cluster, listCaches(share, { ...means, cluster: door.cluster })]] as const);
  const how = lister(means, new Map(caches), firstRead);
  let free = watches;
  const room = {
    take() {
      if (free === 0) return false;
      free -= 1;
      return true;
    },
    give() {
      free += 1;
    },
  };
  const followed: Following[] = [];
  for (const place of places) {
    const lists = await how.at(door.cluster, bareDelivery(place));
    followed.push(follow(bareDelivery(place), { ...means, cluster: door.cluster, lists, lister: how, watches: room }));
  }
  onTestFinished(async () => {
    for (const one of followed) await one[Symbol.asyncDispose]();
  });
  return { door, followed };
}

/** Begins to watch, and goes on at once. */
const begin = (one: Following) => one.changed(new Date(0));

/** Every event that is under way has arrived. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** What is known, pods without what a shared list leaves out. */
function known(one: Following) {
  const { rollout, workload: theirs, pods } = one.current();
  return { rollout, workload: theirs, pods: pods.map(inBrief).sort() };
}

function inBrief(pod: KubeObject): string {
  const { name, labels, resourceVersion } = objectAt(pod, 'metadata');
  return JSON.stringify([name, labels, resourceVersion]);
}

function truth(api: Api, place: string) {
  const [namespace = '', name = ''] = place.split('/');
  const found = (kind: KindName): KubeObject | null => {
    const stored: unknown = api.store.get(kind, namespace, name);
    return isObject(stored) ? stored : null;
  };
  const theirs = found('Deployment');
  const pods = api.store.list('Pod', namespace).flatMap((pod: unknown) => (isObject(pod) ? [pod] : []));
  const own = pods.filter((pod) => objectAt(pod, 'metadata', 'labels')['app'] === name);
  return { rollout: found('Rollout'), workload: theirs, pods: theirs === null ? [] : own.map(inBrief).sort() };
}

const places = ['a/x', 'a/y', 'b/x', 'b/y'] as const;
const place = fc.constantFrom(...places);
const podPlace = fc.constantFrom('a/p1', 'a/p2', 'a/p3', 'b/p1', 'b/p2');

type Change =
  | { readonly do: 'rollout' | 'workload' | 'gone'; readonly place: string }
  | { readonly do: 'pod'; readonly place: string; readonly app: string };
type Deed =
  | Change
  | { readonly do: 'forget' }
  | { readonly do: 'settle' }
  | { readonly do: 'changed' | 'refresh' | 'refreshPods'; readonly which: (typeof places)[number] };

const change = fc.oneof(
  fc.record({ do: fc.constantFrom('rollout', 'workload'), place }),
  fc.record({ do: fc.constant('pod'), place: podPlace, app: fc.constantFrom('x', 'y', 'other') }),
  fc.record({ do: fc.constant('gone'), place: fc.oneof(place, podPlace) }),
) as fc.Arbitrary<Change>;
const deed = fc.oneof(
  { weight: 4, arbitrary: change },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('forget', 'settle') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('changed', 'refresh', 'refreshPods'), which: place }) },
) as fc.Arbitrary<Deed>;

function make(api: Api, one: Change): void {
  if (one.do === 'rollout') put(api, 'Rollout', thing('Rollout', one.place));
  else if (one.do === 'workload') put(api, 'Deployment', workload(one.place));
  else if (one.do === 'pod') put(api, 'Pod', thing('Pod', one.place, { labels: { app: one.app } }));
  else for (const kind of ['Rollout', 'Pod'] as const) drop(api, kind, one.place);
}

test('however they are followed, in the end all know what is there', async () => {
  const total = { shared: 0, refused: 0, alone: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        before: fc.array(change, { maxLength: 12 }),
        deeds: fc.array(deed, { maxLength: 25 }),
        /** What happens right after a list was answered, before its answer arrives. */
        meanwhile: fc.array(fc.option(fc.tuple(change, fc.boolean())), { maxLength: 20 }),
        how: fc.constantFrom('shared' as const, 'refused' as const, 'alone' as const),
        firstRead: fc.constantFrom('shared' as const, 'alone' as const),
      }),
      async ({ before, deeds, meanwhile, how, firstRead }) => {
        const api = emptyApi();
        for (const one of before) make(api, one);
        const rest = [...meanwhile];
        const rules: Rules = {
          refuse: (words) => (how === 'refused' && /^watch \w+$/.test(words) ? 403 : null),
          async after() {
            const next = rest.shift() ?? null;
            if (next === null) return;
            make(api, next[0]);
            // A watch may tell it first.
            if (next[1]) await settled();
          },
        };
        const { followed } = await followAll(api, places, { rules, firstRead, alone: how === 'alone' });
        total[how] += 1;
        for (const one of deeds) {
          if ('which' in one) await followed[places.indexOf(one.which)]?.[one.do](new Date(0));
          else if (one.do === 'forget') api.store.compact();
          else if (one.do === 'settle') await settled();
          else make(api, one);
        }
        for (const one of followed) await begin(one);
        // A list may be under way still, and what happens before its answer arrives.
        for (let turn = 0; turn < 4; turn += 1) await settled();
        expect(followed.map(known)).toEqual(places.map((one) => truth(api, one)));
        for (const one of followed) await one[Symbol.asyncDispose]();
      },
    ),
    { numRuns: 300 },
  );
  expect(Math.min(total.shared, total.refused, total.alone)).toBeGreaterThan(50);
});

/** So many deliveries in two namespaces, with a pod each. */
function crowd(count: number) {
  const api = emptyApi();
  const all = Array.from({ length: count }, (_, index) => `${index % 2 === 0 ? 'a' : 'b'}/w${index}`);
  for (const one of all) {
    put(api, 'Rollout', thing('Rollout', one));
    put(api, 'Deployment', workload(one));
    put(api, 'Pod', thing('Pod', `${one}-1`, { labels: { app: one.slice(2) } }));
  }
  return { api, all };
}

const wide = ['watch rollouts', 'watch deployments', 'watch pods'];

describe('how many watches', () => {
  test.each(['shared', 'alone'] as const)(
    '40 deliveries, looked at first %s: three, which end with the last of them',
    async (firstRead) => {
      const { api, all } = crowd(40);
      const { door, followed } = await followAll(api, all, { firstRead });
      for (const one of followed) await begin(one);
      await settled();
      expect([...door.watches].sort()).toEqual([...wide].sort());
      for (const one of followed.slice(1)) await one[Symbol.asyncDispose]();
      put(api, 'Rollout', thing('Rollout', 'a/w0'));
      expect(await followed[0]?.changed(new Date(Date.now() + 5_000))).toBe('changed');
      expect(door.open.now).toBe(3);
      await followed[0]?.[Symbol.asyncDispose]();
      expect(door.open).toEqual({ now: 0, most: 3 });
    },
  );

  test('over all namespaces forbidden: each delivery has its own, and misses nothing', async () => {
    const { api, all } = crowd(10);
    const refuse = (words: string) => (/^watch \w+$/.test(words) ? 403 : null);
    const { door, followed } = await followAll(api, all, { rules: { refuse } });
    put(api, 'Rollout', thing('Rollout', 'b/w1'));
    for (const one of followed) await begin(one);
    await settled();
    expect(door.watches.filter((words) => words.includes(' by '))).toHaveLength(30);
    expect(followed.map(known)).toEqual(all.map((one) => truth(api, one)));
  });

  test('in one namespace alone it is that namespace that is watched', async () => {
    const { api, all } = crowd(20);
    const own = all.filter((one) => one.startsWith('a/'));
    const { door, followed } = await followAll(api, own);
    for (const one of followed) await begin(one);
    await settled();
    expect([...door.watches].sort()).toEqual(wide.map((words) => `${words} in a`).sort());
  });

  test('one delivery: its own objects by name and label', async () => {
    const { api, all } = crowd(1);
    const { door, followed } = await followAll(api, all);
    for (const one of followed) await begin(one);
    await settled();
    expect([...door.watches].sort()).toEqual([
      'watch deployments in a by metadata.name=w0',
      'watch pods in a by app=w0',
      'watch rollouts in a by metadata.name=w0',
    ]);
  });

  test('more than may be open: who gets none asks every ten seconds, until there is room', async () => {
    const { api, all } = crowd(2);
    const polls: (() => void)[] = [];
    const sleep: Clock['sleep'] = (milliseconds, until) => {
      if (milliseconds !== 10_000) return clock.sleep(milliseconds, until);
      return new Promise((resolve, reject) => {
        polls.push(resolve);
        until.addEventListener('abort', () => reject(until.reason));
      });
    };
    const tenSecondsPass = () => polls.splice(0).forEach((poll) => void poll());
    let isAway = false;
    const rules: Rules = { refuse: () => (isAway ? 503 : null) };
    const { door, followed } = await followAll(api, all, { alone: true, watches: 5, time: { ...clock, sleep }, rules });
    const [first, second] = followed;
    if (first === undefined || second === undefined) throw new Error('they are not followed');
    for (const one of followed) await begin(one);
    await settled();
    expect(door.open.now).toBe(5);
    drop(api, 'Pod', 'b/w1-1');
    expect(known(second).pods).toHaveLength(1);
    // A server that is away for a while is asked again.
    isAway = true;
    tenSecondsPass();
    await settled();
    isAway = false;
    tenSecondsPass();
    expect(await second.changed(null)).toBe('changed');
    expect(known(second).pods).toEqual([]);
    await first[Symbol.asyncDispose]();
    tenSecondsPass();
    await settled();
    expect(door.watches.at(-1)).toBe('watch pods in b by app=w1');
  });
});

describe('when a watch that is shared ends', () => {
  test('for good: all who wait are told', async () => {
    const { api, all } = crowd(10);
    const { followed } = await followAll(api, all, {
      rules: { refuse: (words) => (words === 'watch pods' ? 401 : null) },
    });
    const ends = await Promise.allSettled(followed.map((one) => one.changed(null)));
    expect(ends.map((end) => end.status === 'rejected' && end.reason.status)).toEqual(all.map(() => 401));
  });

  test('with the run: all who wait are told', async () => {
    const { api, all } = crowd(10);
    const { door, followed } = await followAll(api, all);
    const waiting = followed.map((one) => one.changed(null));
    await settled();
    for (const one of followed) await one[Symbol.asyncDispose]();
    const ends = await Promise.allSettled(waiting);
    expect(ends.every((end) => end.status === 'rejected')).toBe(true);
    expect(door.open.now).toBe(0);
  });
});
