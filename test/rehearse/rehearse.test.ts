import { describe, expect, test } from 'vitest';
import { deployment, type Files, only, rehearsed, shop, story } from './stage.ts';

const gates = `approvals:
  sre: { by: [command], from: [anna, ben], count: 2 }
  go: { by: [command] }
  team: { by: [comment], from: [acme/web, eve], count: 2, notAuthor: true }
schedules:
  office: { zone: Europe/Berlin, allow: ['Mon-Fri 09:00-16:30'], except: [2026-12-24/2027-01-02] }
  daily: { zone: Europe/Berlin, allow: ['* 09:00-10:00'] }
  never: { zone: UTC, allow: ['* 09:00-10:00'], except: [2026-01-01/2029-01-01] }`;

const steps = `steps:
  - { name: one, replicas: 1, leaveWhen: [] }
  - { name: half, replicas: 50%, leaveWhen: [{ soak: 30m }] }
  - { name: all, replicas: 100% }`;
const three = `strategy: partition\n${steps}`;
const wednesday = { start: '2026-11-25T10:00Z' };

type Row = readonly [title: string, plan: string, given: Readonly<Record<string, string>>, story: readonly string[]];

describe('the timeline', { timeout: 60_000 }, () => {
  const rows: readonly Row[] = [
    [
      'of steps and a soak, with a runner every ten minutes',
      three,
      wednesday,
      [
        'start: Wed 25 10:00, -, Wed 25 10:00',
        '1 one: Wed 25 10:00, Wed 25 10:00, Wed 25 10:10',
        '2 half: Wed 25 10:10, Wed 25 10:10, Wed 25 10:50',
        '  soak Wed 25 10:20 > Wed 25 10:40',
        '3 all: Wed 25 10:50, Wed 25 10:50, Wed 25 10:50',
        'end: Wed 25 10:50, Wed 25 10:50, Wed 25 11:00',
        'delivered Wed 25 11:00',
      ],
    ],
    [
      'with a runner every five, and pods that take a minute',
      three,
      { ...wednesday, every: '5m', 'ready-after': '1m' },
      [
        'start: Wed 25 10:00, -, Wed 25 10:00',
        '1 one: Wed 25 10:00, Wed 25 10:01, Wed 25 10:05',
        '2 half: Wed 25 10:05, Wed 25 10:06, Wed 25 10:40',
        '  soak Wed 25 10:10 > Wed 25 10:36',
        '3 all: Wed 25 10:40, Wed 25 10:41, Wed 25 10:41',
        'end: Wed 25 10:41, Wed 25 10:41, Wed 25 10:45',
        'delivered Wed 25 10:45',
      ],
    ],
    [
      'over a weekend: Friday after hours, until Monday at nine in Berlin',
      `${three}\nstartWhen: [{ schedule: office }]`,
      { start: '2026-11-27T17:00+01:00' },
      [
        'start: Fri 27 16:00, Fri 27 16:00, Mon 30 08:00',
        '  office Fri 27 16:00 > Mon 30 08:00',
        '1 one: Mon 30 08:00, Mon 30 08:00, Mon 30 08:10',
        '2 half: Mon 30 08:10, Mon 30 08:10, Mon 30 08:50',
        '  soak Mon 30 08:20 > Mon 30 08:40',
        '3 all: Mon 30 08:50, Mon 30 08:50, Mon 30 08:50',
        'end: Mon 30 08:50, Mon 30 08:50, Mon 30 09:00',
        'delivered Mon 30 09:00',
      ],
    ],
    [
      'over the holidays',
      `${three}\nstartWhen: [{ schedule: office }]`,
      { start: '2026-12-23T16:00Z' },
      [
        'start: Wed 23 16:00, Wed 23 16:00, Mon 04 08:00',
        '  office Wed 23 16:00 > Mon 04 08:00',
        '1 one: Mon 04 08:00, Mon 04 08:00, Mon 04 08:10',
        '2 half: Mon 04 08:10, Mon 04 08:10, Mon 04 08:50',
        '  soak Mon 04 08:20 > Mon 04 08:40',
        '3 all: Mon 04 08:50, Mon 04 08:50, Mon 04 08:50',
        'end: Mon 04 08:50, Mon 04 08:50, Mon 04 09:00',
        'delivered Mon 04 09:00',
      ],
    ],
    [
      'with approvals at the forge: a team has members, and nobody wrote the release',
      `strategy: partition\nsteps: [{ name: all, replicas: 100% }]\nstartWhen: [{ approval: team }]`,
      wednesday,
      [
        'start: Wed 25 10:00, Wed 25 10:00, Wed 25 10:00',
        '  team Wed 25 10:00 > Wed 25 10:00',
        '  acme.web member 1 for team Wed 25 10:00 > Wed 25 10:00',
        '  acme.web member 2 for team Wed 25 10:00 > Wed 25 10:00',
        '1 all: Wed 25 10:00, Wed 25 10:00, Wed 25 10:00',
        'end: Wed 25 10:00, Wed 25 10:00, Wed 25 10:10',
        'delivered Wed 25 10:10',
      ],
    ],
    [
      'over the night in which summer time begins: nine in Berlin is an hour earlier',
      `strategy: partition\nsteps: [{ name: all, replicas: 100% }]\nstartWhen: [{ schedule: daily }]`,
      { start: '2027-03-27T10:00Z' },
      [
        'start: Sat 27 10:00, Sat 27 10:00, Sun 28 07:00',
        '  daily Sat 27 10:00 > Sun 28 07:00',
        '1 all: Sun 28 07:00, Sun 28 07:00, Sun 28 07:00',
        'end: Sun 28 07:00, Sun 28 07:00, Sun 28 07:10',
        'delivered Sun 28 07:10',
      ],
    ],
    [
      'over the night in which it ends',
      `strategy: partition\nsteps: [{ name: all, replicas: 100% }]\nstartWhen: [{ schedule: daily }]`,
      { start: '2026-10-24T10:00Z' },
      [
        'start: Sat 24 10:00, Sat 24 10:00, Sun 25 08:00',
        '  daily Sat 24 10:00 > Sun 25 08:00',
        '1 all: Sun 25 08:00, Sun 25 08:00, Sun 25 08:00',
        'end: Sun 25 08:00, Sun 25 08:00, Sun 25 08:10',
        'delivered Sun 25 08:10',
      ],
    ],
    [
      'with two people who take an hour',
      'strategy: partition\nsteps: [{ name: one, replicas: 1, leaveWhen: [{ approval: sre }] }, { name: all, replicas: 100% }]',
      { ...wednesday, 'answer-after': '1h' },
      [
        'start: Wed 25 10:00, -, Wed 25 10:00',
        '1 one: Wed 25 10:00, Wed 25 10:00, Wed 25 11:00',
        '  sre Wed 25 10:00 > Wed 25 11:00',
        '  anna for sre Wed 25 10:00 > Wed 25 11:00',
        '  ben for sre Wed 25 10:00 > Wed 25 11:00',
        '2 all: Wed 25 11:00, Wed 25 11:00, Wed 25 11:00',
        'end: Wed 25 11:00, Wed 25 11:00, Wed 25 11:10',
        'delivered Wed 25 11:10',
      ],
    ],
    [
      'with gates before the start and at the end',
      `strategy: partition
startWhen: [{ approval: go }]
doneWhen: [{ approval: sre }, { soak: 25m }]
steps: [{ name: one, replicas: 1, leaveWhen: [] }, { name: all, replicas: 100% }]`,
      wednesday,
      [
        'start: Wed 25 10:00, Wed 25 10:00, Wed 25 10:00',
        '  go Wed 25 10:00 > Wed 25 10:00',
        '  person 1 for go Wed 25 10:00 > Wed 25 10:00',
        '1 one: Wed 25 10:00, Wed 25 10:00, Wed 25 10:10',
        '2 all: Wed 25 10:10, Wed 25 10:10, Wed 25 10:10',
        'end: Wed 25 10:10, Wed 25 10:10, Wed 25 10:40',
        '  sre Wed 25 10:20 > Wed 25 10:20',
        '  soak Wed 25 10:20 > Wed 25 10:35',
        '  anna for sre Wed 25 10:20 > Wed 25 10:20',
        '  ben for sre Wed 25 10:20 > Wed 25 10:20',
        'delivered Wed 25 10:40',
      ],
    ],
    [
      'with containers that may not restart, at a step and at the end',
      `strategy: partition
steps: [{ name: one, replicas: 1, leaveWhen: [{ noRestarts: 12m }] }, { name: all, replicas: 100% }]
doneWhen: [{ noRestarts: 5m }]`,
      wednesday,
      [
        'start: Wed 25 10:00, -, Wed 25 10:00',
        '1 one: Wed 25 10:00, Wed 25 10:00, Wed 25 10:20',
        '  noRestarts Wed 25 10:00 > Wed 25 10:12',
        '2 all: Wed 25 10:20, Wed 25 10:20, Wed 25 10:20',
        'end: Wed 25 10:20, Wed 25 10:20, Wed 25 10:30',
        'delivered Wed 25 10:30',
      ],
    ],
    [
      "on the engine's own timer",
      'strategy: partition\nsteps: [{ name: one, replicas: 1, leaveWhen: [{ soak: 12m }], timer: engine }, { name: all, replicas: 100% }]',
      wednesday,
      [
        'start: Wed 25 10:00, -, Wed 25 10:00',
        '1 one: Wed 25 10:00, Wed 25 10:00, Wed 25 10:12',
        '  soak Wed 25 10:00 > Wed 25 10:12',
        '2 all: Wed 25 10:12, Wed 25 10:12, Wed 25 10:12',
        'end: Wed 25 10:12, Wed 25 10:12, Wed 25 10:12',
        'delivered Wed 25 10:12',
      ],
    ],
    [
      'of a canary with traffic',
      `strategy: canary
traffic: { service: shop, ingress: { name: shop, class: nginx } }
steps:
  - { name: smoke, replicas: 1, traffic: 5% }
  - { name: half, replicas: 50%, traffic: 50%, leaveWhen: [{ soak: 30m }] }
  - { name: all, replicas: 100%, traffic: 100%, leaveWhen: [] }`,
      wednesday,
      [
        'start: Wed 25 10:00, -, Wed 25 10:00',
        '1 smoke: Wed 25 10:00, Wed 25 10:00, Wed 25 10:00',
        '  approval Wed 25 10:00 > Wed 25 10:00',
        '  person 1 for approval Wed 25 10:00 > Wed 25 10:00',
        '2 half: Wed 25 10:00, Wed 25 10:00, Wed 25 10:40',
        '  soak Wed 25 10:10 > Wed 25 10:30',
        '3 all: Wed 25 10:40, Wed 25 10:40, Wed 25 10:40',
        'end: Wed 25 10:40, Wed 25 10:40, Wed 25 10:50',
        'delivered Wed 25 10:50',
      ],
    ],
    [
      'of blue and green',
      `strategy: blueGreen
traffic: { service: shop, gateway: { route: shop } }
steps:
  - { name: up, replicas: 100%, traffic: 0%, leaveWhen: [] }
  - { name: half, replicas: 100%, traffic: 50% }
  - { name: all, replicas: 100%, traffic: 100%, leaveWhen: [{ soak: 15m }] }`,
      wednesday,
      [
        'start: Wed 25 10:00, -, Wed 25 10:00',
        '1 up: Wed 25 10:00, Wed 25 10:00, Wed 25 10:10',
        '2 half: Wed 25 10:10, Wed 25 10:10, Wed 25 10:20',
        '  approval Wed 25 10:20 > Wed 25 10:20',
        '  person 1 for approval Wed 25 10:20 > Wed 25 10:20',
        '3 all: Wed 25 10:20, Wed 25 10:20, Wed 25 10:40',
        '  soak Wed 25 10:30 > Wed 25 10:35',
        'end: Wed 25 10:40, Wed 25 10:40, Wed 25 10:50',
        'delivered Wed 25 10:50',
      ],
    ],
  ];

  test.each(rows)('%s', async (_, plan, given, expected) => {
    expect(story(only(await rehearsed(shop(plan, gates), given)))).toEqual(expected);
  });

  test('does not know the freezes of the repository', async () => {
    const plain = story(only(await rehearsed(shop(three), wednesday)));
    const files = { ...shop(three), '.stepgate/freezes/x.yaml': 'by: ada\nreason: x\n' };
    expect(story(only(await rehearsed(files, wednesday)))).toEqual(plain);
  });

  test('is the same each time', async () => {
    const once = () => rehearsed(shop(three, gates), wednesday);
    expect(await once()).toEqual(await once());
  });
});

describe('what never comes', { timeout: 60_000 }, () => {
  const rows: readonly Row[] = [
    [
      'a schedule without a window',
      `${three}\nstartWhen: [{ schedule: never }]`,
      wednesday,
      [
        'start: Wed 25 10:00, Wed 25 10:00, -',
        '  never Wed 25 10:00 > -',
        'never Wed 25 10:30 START_GATE_SHUT: the start waits for never (outside its window)',
      ],
    ],
    [
      'a step of pods after a percentage (T15c)',
      'strategy: partition\nsteps: [{ name: half, replicas: 50%, leaveWhen: [] }, { name: more, replicas: 3 }, { name: all, replicas: 100% }]',
      wednesday,
      [
        'start: Wed 25 10:00, -, -',
        'refused Wed 25 10:00 FINDINGS: shop: step 2 (more, 3) would never move a pod: it follows a percentage, and partition style then waits for ever',
      ],
    ],
  ];

  test.each(rows)('%s', async (_, plan, given, expected) => {
    expect(story(only(await rehearsed(shop(plan, gates), given)))).toEqual(expected);
  });

  test('is told with the finding', async () => {
    const [, row] = rows;
    const { findings, ending } = only(await rehearsed(shop(row?.[1] ?? ''), wednesday));
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([['PERCENT_THEN_INTEGER', 'error']]);
    expect(ending).toMatchObject({ todo: expect.stringContaining('write both steps as percentages') });
  });
});

describe('--with', { timeout: 60_000 }, () => {
  const policy = 'rollback: { on: [stuck], stuckAfter: 5m }';
  const rows: readonly Row[] = [
    [
      'broken-pods: nobody takes it back where no policy does',
      three,
      { with: 'broken-pods', every: '2m' },
      [
        'start: Wed 25 10:00, -, Wed 25 10:00',
        '1 one: Wed 25 10:00, -, -',
        expect.stringMatching(/^never Wed 25 10:06 POD_NOT_STARTING: shop-\S+: ImagePullBackOff$/),
      ],
    ],
    [
      'broken-pods: the first runner after five minutes takes it back',
      `${three}\n${policy}`,
      { with: 'broken-pods' },
      [
        'start: Wed 25 10:00, -, Wed 25 10:00',
        '1 one: Wed 25 10:00, -, Wed 25 10:10',
        'rollback: Wed 25 10:10, -, Wed 25 10:10',
        expect.stringMatching(
          /^rolledBack Wed 25 10:10 ROLLED_BACK: rolled back by the policy: shop-\S+: ImagePullBackOff$/,
        ),
      ],
    ],
    [
      'broken-pods, canary: nothing of stable was touched',
      `strategy: canary\n${steps}\n${policy}`,
      { with: 'broken-pods' },
      [
        'start: Wed 25 10:00, -, Wed 25 10:00',
        '1 one: Wed 25 10:00, -, Wed 25 10:10',
        'rollback: Wed 25 10:10, -, Wed 25 10:10',
        expect.stringMatching(/^rolledBack Wed 25 10:10 ROLLED_BACK: /),
      ],
    ],
    [
      'late-schedule: asked for as the window closes, it waits for the next one',
      `${three}\nstartWhen: [{ schedule: office }]`,
      { with: 'late-schedule' },
      [
        'start: Wed 25 15:30, Wed 25 15:30, Thu 26 08:00',
        '  office Wed 25 15:30 > Thu 26 08:00',
        '1 one: Thu 26 08:00, Thu 26 08:00, Thu 26 08:10',
        '2 half: Thu 26 08:10, Thu 26 08:10, Thu 26 08:50',
        '  soak Thu 26 08:20 > Thu 26 08:40',
        '3 all: Thu 26 08:50, Thu 26 08:50, Thu 26 08:50',
        'end: Thu 26 08:50, Thu 26 08:50, Thu 26 09:00',
        'delivered Thu 26 09:00',
      ],
    ],
    [
      'node-shortage: the second new pod is stuck, which is no fault of the release: policy leaves it there',
      `strategy: canary\n${steps}\n${policy}`,
      { with: 'node-shortage' },
      [
        'start: Wed 25 10:00, -, Wed 25 10:00',
        '1 one: Wed 25 10:00, Wed 25 10:00, Wed 25 10:10',
        '2 half: Wed 25 10:10, -, -',
        expect.stringMatching(
          /^never Wed 25 10:\d\d SHORTAGE: shop-\S+: Unschedulable: 0\/5 nodes are available; no node /,
        ),
      ],
    ],
    [
      'node-shortage that is over before policy loses patience',
      `strategy: canary\n${steps}\nrollback: { on: [stuck], stuckAfter: 30m }`,
      { with: 'node-shortage:15m' },
      [
        'start: Wed 25 10:00, -, Wed 25 10:00',
        '1 one: Wed 25 10:00, Wed 25 10:00, Wed 25 10:10',
        '2 half: Wed 25 10:10, Wed 25 10:25, Wed 25 11:00',
        '  soak Wed 25 10:30 > Wed 25 10:55',
        '3 all: Wed 25 11:00, Wed 25 11:00, Wed 25 11:00',
        'end: Wed 25 11:00, Wed 25 11:00, Wed 25 11:10',
        'delivered Wed 25 11:10',
      ],
    ],
  ];

  test.each(rows)('%s', async (_, plan, given, expected) => {
    const { events, ending, ...rest } = only(await rehearsed(shop(plan, gates), { ...wednesday, ...given }));
    expect(story({ ...rest, events, ending })).toEqual(expected);
    // A rollback is cluster and Git; the push goes nowhere but into the timeline.
    const pushes = events.filter(({ what }) => what === 'git').map(({ text }) => text);
    expect(pushes).toEqual(
      ending.is === 'rolledBack' ? [expect.stringMatching(/^revert [0-9a-f]{10} is pushed to origin\/main$/)] : [],
    );
  });

  const refusals: readonly (readonly [string, string, string])[] = [
    ['bad-metric', 'USAGE', 'with is bad-metric, but shop has no gate by metric'],
    ['bad-luck', 'USAGE', "with is 'bad-luck'"],
    ['broken-pods:5m', 'USAGE', "with is 'broken-pods:5m'"],
    ['node-shortage:soon', 'USAGE', "with is 'node-shortage:soon': 'soon' is not a duration"],
    ['late-schedule', 'USAGE', 'with is late-schedule, but shop has no schedule that closes'],
  ];

  test.each(refusals)('%s is refused: %s', async (text, code, message) => {
    await expect(rehearsed(shop(three, gates), { ...wednesday, with: text })).rejects.toMatchObject({
      family: 'input',
      code,
      message,
    });
  });
});

describe('what is not in the repository', { timeout: 60_000 }, () => {
  const files = (more: Files): Files => ({ ...shop(three, gates), ...more });

  test('routes of others are taken to be there, and kinds that no cluster of ours knows are left out', async () => {
    const monitor = 'apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: { name: shop }\nspec: {}\n';
    const traffic = `${three.replace('partition', 'canary')}\ntraffic: { service: shop, ingress: { name: web, class: nginx } }`;
    const service =
      'apiVersion: v1\nkind: Service\nmetadata: { name: shop }\nspec: { selector: { app: shop }, ports: [{ port: 80 }] }\n';
    const more = { 'deploy/monitor.yaml': monitor, 'deploy/service.yaml': service };
    const rehearsal = await rehearsed({ ...shop(traffic, gates), ...more }, wednesday);
    expect(rehearsal.notes).toEqual([
      'shop: left out, because rehearsals do not support the kind: ServiceMonitor shop',
      'shop: assumed to exist already: Ingress web',
    ]);
    expect(only(rehearsal).ending.is).toBe('delivered');
  });

  test('routes of any kind are left out, and a TrafficRouting is taken to be there', async () => {
    const route = '{ apiVersion: networking.istio.io/v1, kind: VirtualService, name: mesh }';
    const traffic = `${three.replace('partition', 'canary')}\ntraffic: { service: shop, custom: [${route}], routing: chain }`;
    const rehearsal = await rehearsed(shop(traffic, gates), wednesday);
    expect(rehearsal.notes).toEqual([
      'shop: left out, because rehearsals do not support the kind: VirtualService mesh',
      'shop: assumed to exist already: Service shop, TrafficRouting chain',
    ]);
    expect(only(rehearsal).ending.is).toBe('delivered');
  });

  test('an autoscaler is taken to stay at its fewest pods', async () => {
    const scaler = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: shop }
spec: { minReplicas: 6, maxReplicas: 9, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: shop } }
`;
    const rehearsal = await rehearsed(
      files({ 'deploy/shop.yaml': deployment(null), 'deploy/scaler.yaml': scaler }),
      wednesday,
    );
    expect(rehearsal.notes).toEqual(['shop: assumed that HorizontalPodAutoscaler/shop stays at its minimum, 6 pods']);
    const { stations, ending } = only(rehearsal);
    expect(ending.is).toBe('delivered');
    expect(stations.map(({ pods: { stable, canary } }) => [stable.total, canary.total])).toEqual([
      [6, 0],
      [5, 1],
      [3, 3],
      [0, 6],
      [0, 6],
    ]);
  });
});

describe('several environments', { timeout: 60_000 }, () => {
  const files: Files = {
    'stepgate.yaml': `version: 1
include: [services/*.yaml]
environments:
  staging: { cluster: { context: stg }, namespace: shop, plan: quick }
  prod: { cluster: { context: prd }, namespace: shop, plan: careful, after: staging }
plans:
  quick: { strategy: partition, steps: [{ name: all, replicas: 100%, leaveWhen: [] }], doneWhen: [{ soak: 15m }] }
  careful: { strategy: partition, steps: [{ name: one, replicas: 1 }, { name: all, replicas: 100% }] }
`,
    'services/shop.yaml': `delivery: shop
workload: { kind: Deployment, name: shop }
source: { kustomize: 'overlays/{env}' }
in: { staging: {}, prod: {} }
`,
    'overlays/staging/built.yaml': deployment(2),
    'overlays/prod/built.yaml': deployment(5),
  };
  const staging = [
    'start: Wed 25 10:00, -, Wed 25 10:00',
    '1 all: Wed 25 10:00, Wed 25 10:00, Wed 25 10:00',
    'end: Wed 25 10:00, Wed 25 10:00, Wed 25 10:20',
    '  soak Wed 25 10:00 > Wed 25 10:15',
    'delivered Wed 25 10:20',
  ];

  test('are rehearsed in their order, also where only the last is asked for', async () => {
    const { deliveries } = await rehearsed(files, { ...wednesday, delivery: 'shop@prod' });
    expect(deliveries.map(({ name }) => name)).toEqual(['shop@staging', 'shop@prod']);
    const [first, second] = deliveries.map(story);
    expect(first).toEqual(staging);
    expect(second?.slice(0, 2)).toEqual([
      'start: Wed 25 10:00, Wed 25 10:00, Wed 25 10:30',
      '  shop@staging Wed 25 10:00 > Wed 25 10:30',
    ]);
    expect(second?.at(-1)).toBe('delivered Wed 25 10:50');
  });

  test('a chart is rendered as a kustomization is', async () => {
    const chart = {
      ...files,
      'services/shop.yaml': String(files['services/shop.yaml']).replace(
        "{ kustomize: 'overlays/{env}' }",
        "{ helm: { chart: 'overlays/{env}' } }",
      ),
    };
    expect(chart).not.toEqual(files);
    const [first, second] = await Promise.all([rehearsed(chart, wednesday), rehearsed(files, wednesday)]);
    expect(first.deliveries.map(story)).toEqual(second.deliveries.map(story));
  });

  test('each of three waits for the one before, however long that takes', async () => {
    const three = {
      ...files,
      'stepgate.yaml': `version: 1
include: [services/*.yaml]
environments:
  dev: { namespace: dev, plan: slow }
  staging: { namespace: staging, plan: slow, after: dev }
  prod: { namespace: prod, plan: slow, after: staging }
plans:
  slow: { strategy: partition, steps: [{ name: one, replicas: 1, leaveWhen: [] }, { name: all, replicas: 100% }] }
`,
      'services/shop.yaml': `delivery: shop
workload: { kind: Deployment, name: shop }
source: { kustomize: overlays/prod }
in: { dev: {}, staging: {}, prod: {} }
`,
    };
    const { deliveries } = await rehearsed(three, wednesday);
    expect(deliveries.map((one) => story(one).at(-1))).toEqual([
      'delivered Wed 25 10:20',
      'delivered Wed 25 10:50',
      'delivered Wed 25 11:20',
    ]);
  });

  test('what breaks in the first never starts in the second', async () => {
    const { deliveries } = await rehearsed(files, { ...wednesday, with: 'broken-pods', every: '2m' });
    expect(deliveries.map(({ ending }) => ending.is)).toEqual(['never', 'never']);
    expect(deliveries[1]?.ending).toMatchObject({ code: 'START_GATE_SHUT' });
  });
});

describe('mistakes and ends', () => {
  test('a mistake in the config is told with its place', async () => {
    const files = { ...shop('strategy: sideways\nsteps: []'), 'deploy/shop.yaml': deployment() };
    await expect(rehearsed(files, wednesday)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      at: { file: 'stepgate.yaml', line: 7, column: 15 },
    });
  });

  test('so is a source that renders no workload', async () => {
    const files = {
      ...shop(three, gates),
      'deploy/shop.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n',
    };
    await expect(rehearsed(files, wednesday)).rejects.toMatchObject({ code: 'SOURCE_INVALID' });
  });

  test('a cancelled rehearsal ends at once', async () => {
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    await expect(rehearsed(shop(three, gates), wednesday, stop.signal)).rejects.toThrow();
  });

  const moments: readonly (readonly [string, string])[] = [
    ['tomorrow', "start is 'tomorrow'"],
    ['2026-11-27T16:00', "start is '2026-11-27T16:00'"],
    ['2026-02-30T16:00Z', "start is '2026-02-30T16:00Z'"],
  ];
  test.each(moments)('--start %s is no moment', async (start, message) => {
    await expect(rehearsed(shop(three, gates), { start })).rejects.toMatchObject({ code: 'USAGE', message });
  });
});

describe('what happens', () => {
  test('is told in order, by runs, the engine, gates and people', { timeout: 60_000 }, async () => {
    const plan = `strategy: partition
startWhen: [{ schedule: office }]
steps:
  - { name: one, replicas: 1, leaveWhen: [{ approval: sre }, { soak: 15m }] }
  - { name: all, replicas: 100% }`;
    const { events } = only(await rehearsed(shop(plan, gates), { start: '2026-11-30T07:50Z', 'answer-after': '7m' }));
    expect(events.map(({ at, what, text }) => `${at.slice(11, 16)} ${what} ${text}`)).toEqual([
      '07:50 run release 0123456789-d6f85333 is requested',
      '07:50 shut office is shut, until 2026-11-30T08:00:00.000Z: outside its window',
      '08:00 open office is open: inside its window',
      '08:00 run start the release: the engine is idle',
      '08:00 ready 1 new pod is ready',
      '08:00 engine step 1 one is complete: 3 old, 1 new',
      '08:10 shut sre is shut: waits for 2 approvals',
      expect.stringMatching(/^08:10 shut soak is shut, until 2026-11-30T08:15:\d\d.000Z: ready since /),
      '08:10 needed anna has to approve sre',
      '08:10 needed ben has to approve sre',
      expect.stringMatching(/^08:15 open soak is open: ready since /),
      '08:17 person anna approves sre',
      '08:17 person ben approves sre',
      '08:17 open sre is open: approved by anna, ben',
      expect.stringMatching(
        /^08:17 run advance step 1: ready: 1 of 1 new pods ready; sre: approved by anna, ben; soak: /,
      ),
      '08:17 ready 4 new pods are ready',
      '08:17 engine step 2 all is complete: 0 old, 4 new',
      '08:17 engine the last step is done',
      '08:20 run record the release as delivered: every pod has the new version, and the engine is idle',
      '08:20 end delivered',
    ]);
  });

  test('on the way back: the pods, the policy, the cluster, then Git', { timeout: 60_000 }, async () => {
    const plan = `strategy: partition
steps: [{ name: one, replicas: 1 }, { name: all, replicas: 100% }]
rollback: { on: [stuck], stuckAfter: 5m }`;
    const { events } = only(await rehearsed(shop(plan), { ...wednesday, with: 'broken-pods' }));
    expect(
      events.map(({ at, what, text }) => `${at.slice(11, 16)} ${what} ${text.replace(/shop-\S+/, 'POD:')}`),
    ).toEqual([
      '10:00 run release 0123456789-d6f85333 is requested',
      '10:00 run start the release: the engine is idle',
      '10:00 pods 1 new pod does not start: ImagePullBackOff',
      '10:10 run roll back: POD: ImagePullBackOff',
      '10:10 run restore the stable pod template: the engine is upgrading this release',
      '10:10 run record the rollback: only stable serves again',
      '10:10 run push the revert to Git: the cluster is back on stable, and Git still has the bad release',
      expect.stringMatching(/^10:10 git revert [0-9a-f]{10} is pushed to origin\/main$/),
      '10:10 end rolled back by the policy: POD: ImagePullBackOff',
    ]);
  });
});

describe('metrics', { timeout: 60_000 }, () => {
  const measured = `${gates}
metrics:
  errors: { prometheus: 'https://prom.example', query: 'rate(errors{pod=~"{canary}"}[1m])', max: 0.01, for: 5m }
  slow: { prometheus: 'https://prom.example', compare: { failures: 'slow{pod=~"{pods}"}', total: 'all{pod=~"{pods}"}' } }`;
  const plan = `strategy: partition
rollback: { on: [metric] }
steps:
  - { name: one, replicas: 1, leaveWhen: [{ metric: errors }] }
  - { name: half, replicas: 50%, leaveWhen: [{ metric: slow }] }
  - { name: all, replicas: 100% }`;

  test('are good, after their time; no server is asked, and the notes say what would be', async () => {
    const { notes, deliveries } = await rehearsed(shop(plan, measured), wednesday);
    expect(notes).toEqual([
      'shop: made up, no server is asked: errors asks prom.example: rate(errors{pod=~"{canary}"}[1m])',
      'shop: made up, no server is asked: slow asks prom.example: slow{pod=~"{pods}"} of all{pod=~"{pods}"}',
    ]);
    expect(deliveries[0]?.ending).toMatchObject({ is: 'delivered' });
  });

  test.each([
    [
      'bad-metric',
      '2 half',
      'approval',
      /slow: \d+ of \d+ \(25%\) of the new version failed.*worse by more than 1%.*\(slow\{.*\} of all\{[^ ]*\}\)$/,
    ],
    [
      'bad-metric:one',
      '1 one',
      '{ metric: errors }',
      /errors: 1\.01, at most 0\.01: out of its range for 5m \(rate\(errors\{pod=~"\{canary\}"\}\[1m\]\)\)$/,
    ],
  ])('%s is taken back in step %s, and says what was measured', async (given, step, first, why) => {
    const its = plan.replace('{ metric: errors }', first);
    const told = only(await rehearsed(shop(its, measured), { ...wednesday, with: given }));
    expect(told.ending).toMatchObject({ is: 'rolledBack', why: expect.stringMatching(why) });
    expect(story(told).some((line) => line.startsWith(step))).toBe(true);
    expect(told.events.some(({ what }) => what === 'git')).toBe(true);
  });

  test('what other gates would ask is taken to be good, and the notes say so', async () => {
    const more = `${measured}\nhttp: { smoke: { url: https://shop.example } }\njobs: { load: { workflow: load.yml } }`;
    const its = plan.replace('{ metric: errors }', '{ http: smoke }, { check: ci/build }, { job: load }');
    const { notes, deliveries } = await rehearsed(shop(its, more), wednesday);
    expect(notes).toContain('shop: taken to be good: http smoke, check ci/build, job load');
    expect(deliveries[0]?.ending).toMatchObject({ is: 'delivered' });
  });

  test('a step that is not there is refused', async () => {
    const asked = rehearsed(shop(plan, measured), { ...wednesday, with: 'bad-metric:three' });
    await expect(asked).rejects.toMatchObject({ code: 'USAGE', hint: 'its steps: one, half, all' });
  });
});
