import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { clock } from '../../src/adapters/clock.ts';
import { embeddedCluster } from '../../src/adapters/embedded.ts';
import { status } from '../../src/commands/status.ts';
import { tick } from '../../src/commands/tick.ts';
import { at } from '../../src/release/json.ts';
import type { Cluster } from '../../src/release/ports.ts';
import type { Report } from '../../src/release/report.ts';
import type { Api } from '../../src/simulator/api/api.ts';
import type { Thing } from '../../src/simulator/api/things.ts';
import { asMap } from '../../src/simulator/api/things.ts';
import { type Doorman, doorman, type Rules } from '../support/doorman.ts';
import { type Fleet, letApprovedStepsGo, manyFiles, manyReleases, runOver } from '../support/many-releases.ts';
import { repository } from '../support/repository.ts';

/** Commands over more releases than are worked on at once: what they ask, and what may rest on a list that was shared. */

const some: Fleet = { count: 20, namespaces: 3, dueEvery: 10 };

async function fleetOf(fleet: Fleet, rules: (api: Api) => Rules = () => ({}), together = 1) {
  const repo = await repository({ files: manyFiles(fleet, 'v2') });
  onTestFinished(() => repo[Symbol.asyncDispose]());
  const api = await manyReleases(fleet);
  onTestFinished(letApprovedStepsGo(api, together));
  const door = doorman(embeddedCluster({ api }), rules(api));
  return { repo, api, door };
}

const writes = ({ asked }: Doorman) => asked.filter((words) => /^(patch|apply)/.test(words));
const policy = { given: { 'policy-ref': ['HEAD'] } };

test('a tick over 20 releases, two of them due: three lists, and one write for each approval', async () => {
  const { repo, door } = await fleetOf(some);
  const report = await tick(await runOver('tick', repo, async () => door.cluster, policy));
  expect(report.deliveries.map(({ reason }) => reason)).toEqual(
    Array.from({ length: 20 }, (_, index) => (index % 10 === 0 ? 'UPGRADING' : 'GATE_SHUT')),
  );
  expect(door.lists).toEqual(['list rollouts', 'list deployments', 'list pods']);
  expect(writes(door)).toEqual(['patch rollouts/status', 'patch rollouts/status']);
});

test('those that wait for the engine keep nobody from the work', async () => {
  // An engine that leaves the first step only once all twenty are approved: more than are worked on at once.
  const { repo, door } = await fleetOf({ ...some, dueEvery: 1 }, () => ({}), 20);
  const report = await tick(await runOver('tick', repo, async () => door.cluster, policy));
  expect(report.deliveries.map(({ reason }) => reason)).toEqual(Array.from({ length: 20 }, () => 'UPGRADING'));
  expect(writes(door)).toHaveLength(20);
  expect(door.lists).toHaveLength(3);
});

test('a status over 20 releases asks for three lists and nothing else', async () => {
  const { repo, door } = await fleetOf(some);
  const report = await status(await runOver('status', repo, async () => door.cluster, policy));
  expect(report.deliveries.every(({ reason, error }) => reason === 'GATE_SHUT' && error === null)).toBe(true);
  expect(door.asked).toEqual(['list rollouts', 'list deployments', 'list pods']);
});

test('as few as are worked on at once are looked at by name, each alone', async () => {
  const { repo, door } = await fleetOf({ ...some, count: 8, dueEvery: 100 });
  await status(await runOver('status', repo, async () => door.cluster, policy));
  expect(door.lists).toHaveLength(24);
  expect(door.lists.every((words) => words.includes(' by '))).toBe(true);
});

test('deliveries in another cluster share lists of their own', async () => {
  const { repo, door } = await fleetOf(some);
  const away: string[] = [];
  const other: Cluster = {
    ...door.cluster,
    title: 'other',
    list: async (query) => {
      away.push(query.kind.plural);
      return { items: [], resourceVersion: '1' };
    },
  };
  const run = await runOver(
    'status',
    repo,
    async ({ context }) => (context === 'other' ? other : door.cluster),
    policy,
  );
  const { config } = run.context;
  const { parser } = config;
  const changed: typeof parser = {
    includes: parser.includes,
    resolve: (root, included) => {
      const resolved = parser.resolve(root, included);
      const deliveries = resolved.deliveries.map((one, index) =>
        index < 10 ? one : { ...one, cluster: { context: 'other', exec: [] } },
      );
      return { ...resolved, deliveries };
    },
  };
  const twice: typeof run = { ...run, context: { ...run.context, config: { ...config, parser: changed } } };
  const report = await status(twice);
  expect(report.deliveries.map(({ reason }) => reason)).toEqual([
    ...Array.from({ length: 10 }, () => 'GATE_SHUT'),
    ...Array.from({ length: 10 }, () => 'ABSENT'),
  ]);
  expect(door.lists).toEqual(['list rollouts', 'list deployments', 'list pods']);
  expect(away.sort()).toEqual(['deployments', 'rollouts']);
});

/** Makes every pod unready as soon as the shared list of them was answered, and `late` milliseconds pass. */
function breaking(late: number) {
  let passed = 0;
  const time = {
    now: () => new Date(Date.now() + passed),
    sleep: () => Promise.reject(new Error('nothing waits here')),
  };
  const rules = (api: Api): Rules => ({
    after(words) {
      if (words !== 'list pods') return;
      passed = late;
      for (const pod of api.list('Pod', null)) api.store.put('Pod', unready(pod));
    },
  });
  return { time, rules };
}

function unready(pod: Thing): Thing {
  const broken = JSON.stringify(asMap(pod)).replaceAll(
    '"type":"Ready","status":"True"',
    '"type":"Ready","status":"False"',
  );
  return JSON.parse(broken.replaceAll('"status":"True","type":"Ready"', '"status":"False","type":"Ready"'));
}

test('no step is approved on a list of pods that is older than a kubelet takes to tell of trouble', async () => {
  const { time, rules } = breaking(20_000);
  const { repo, door } = await fleetOf(some, rules);
  const report = await tick(await runOver('tick', repo, async () => door.cluster, { ...policy, time }));
  expect(writes(door)).toEqual([]);
  expect(report.deliveries[0]).toMatchObject({ reason: 'PODS_NOT_READY', error: null });
  expect(door.lists.slice(3).map((words) => words.split(' ')[1])).toEqual(['pods', 'pods']);
});

test('with the pods alone asked for again, the approval is sent', async () => {
  let late = 0;
  const time = { now: () => new Date(Date.now() + late), sleep: clock.sleep };
  const after = (words: string) => {
    if (words === 'list pods') late = 20_000;
  };
  const { repo, door } = await fleetOf(some, () => ({ after }));
  await tick(await runOver('tick', repo, async () => door.cluster, { ...policy, time }));
  expect(writes(door)).toEqual(['patch rollouts/status', 'patch rollouts/status']);
  expect(door.lists.slice(3).map((words) => words.split(' ')[1])).toEqual(['pods', 'pods']);
});

test('what is more than an approval is looked at alone first, however young the list', async () => {
  const { repo, api, door } = await fleetOf({ ...some, dueEvery: 100 });
  // A pause of the last step that is not the plan's is put back.
  const [first] = api.list('Rollout', null);
  if (first === undefined) throw new Error('no Rollout');
  const steps = at(asMap(first), 'spec', 'strategy', 'canary', 'steps');
  expect(steps).toHaveLength(2);
  api.patch(
    'Rollout',
    first.metadata.namespace ?? '',
    first.metadata.name,
    [{ op: 'add', path: '/spec/strategy/canary/steps/1/pause', value: { duration: 0 } }],
    { type: 'json', manager: 'somebody' },
  );
  await tick(await runOver('tick', repo, async () => door.cluster, policy));
  expect(writes(door)).toEqual(['patch rollouts', 'patch rollouts/status']);
  expect(door.lists.filter((words) => words.includes(' by '))).toHaveLength(3);
});

test('words that alarm do not rest on lists of two moments', async () => {
  const { repo, door } = await fleetOf(some, (api) => {
    const [first] = api.list('Deployment', null);
    if (first === undefined) throw new Error('no Deployment');
    const edited = JSON.parse(JSON.stringify(first).replaceAll(':v2', ':by-hand'));
    return {
      // Somebody changes the template by hand, and back, while the lists are on their way.
      refuse(words) {
        if (words === 'list deployments') api.store.put('Deployment', edited);
        return null;
      },
      after(words) {
        if (words === 'list deployments') api.store.put('Deployment', first);
      },
    };
  });
  const report = await status(await runOver('status', repo, async () => door.cluster, policy));
  expect(new Set(report.deliveries.map(({ reason }) => reason))).toEqual(new Set(['GATE_SHUT']));
  expect(door.lists.filter((words) => words.includes(' by '))).toHaveLength(3);
});

describe('a watch of more deliveries than may have watches', () => {
  const many: Fleet = { count: 40, namespaces: 3, dueEvery: 100 };

  /** `status --watch` with pauses a hundredth as long; `news` answers with the first report of which `wanted` is true. */
  async function watched(repo: Awaited<ReturnType<typeof fleetOf>>['repo'], inner: Cluster) {
    const open = { now: 0, most: 0 };
    const counted: Cluster = {
      ...inner,
      async *watch(query, since, signal) {
        open.now += 1;
        open.most = Math.max(open.most, open.now);
        try {
          yield* inner.watch(query, since, signal);
        } finally {
          open.now -= 1;
        }
      },
    };
    const life = new AbortController();
    const from = Date.now();
    const time = {
      now: () => new Date(from + (Date.now() - from) * 100),
      sleep: (milliseconds: number, signal: AbortSignal) => clock.sleep(milliseconds / 100, signal),
    };
    const run = await runOver('status', repo, async () => counted, {
      given: { ...policy.given, watch: ['true'] },
      time,
      signal: life.signal,
    });
    const listeners = new Set<(report: Report) => void>();
    const ended = status({ ...run, show: (report) => listeners.forEach((tell) => void tell(report)) });
    onTestFinished(async () => {
      life.abort();
      await ended;
    });
    const news = (wanted: (report: Report) => boolean) =>
      new Promise<Report>((resolve) => {
        listeners.add((report) => {
          if (wanted(report)) resolve(report);
        });
      });
    return { open, news };
  }

  test('shows all of them, over a bounded number of connections', async () => {
    const { repo, door } = await fleetOf(many);
    const { open, news } = await watched(repo, door.cluster);
    const { deliveries } = await news((report) => report.deliveries.length === 40);
    expect(new Set(deliveries.map(({ reason }) => reason))).toEqual(new Set(['GATE_SHUT']));
    expect(open.most).toBeLessThanOrEqual(96);
    expect(door.lists.every((words) => !words.includes(' by '))).toBe(true);
  });

  test('tells what changes in any of them, by a watch or by the next shared list', async () => {
    const { repo, api, door } = await fleetOf(many);
    const { news } = await watched(repo, door.cluster);
    await news((report) => report.deliveries.length === 40);
    const all = news(({ deliveries }) => deliveries.every(({ reason }) => reason === 'PODS_NOT_READY'));
    for (const pod of api.list('Pod', null)) api.store.put('Pod', unready(pod));
    expect((await all).deliveries).toHaveLength(40);
    expect(door.lists.every((words) => !words.includes(' by '))).toBe(true);
  });

  test('goes on after a server that was away for a while', async () => {
    let refused = 0;
    let isAway = false;
    const refuse = (words: string) => {
      // Each has to watch its own objects, and there are more of them than may.
      if (/^watch \w+$/.test(words)) return 403;
      if (!isAway) return null;
      refused += 1;
      return 503;
    };
    const { repo, api, door } = await fleetOf(many, () => ({ refuse }));
    const { news } = await watched(repo, door.cluster);
    await news((report) => report.deliveries.length === 40);
    isAway = true;
    await vi.waitFor(() => expect(refused).toBeGreaterThan(8));
    isAway = false;
    const all = news(({ deliveries }) => deliveries.every(({ reason }) => reason === 'PODS_NOT_READY'));
    for (const pod of api.list('Pod', null)) api.store.put('Pod', unready(pod));
    expect((await all).deliveries.map(({ error }) => error)).toEqual(Array.from({ length: 40 }, () => null));
  });
});
