import type {
  DeliveryReport,
  GateReport,
  MetricReport,
  NumbersReport,
  Report,
  State,
  StepReport,
} from '../../src/release/report.ts';

export const now = new Date('2026-11-21T07:40:00Z');
const at = (seconds: number) => new Date(now.getTime() + seconds * 1000);

/** A delivery that stands for nothing yet: 4 old pods, three steps ahead, no release. */
export const quiet: DeliveryReport = {
  name: 'shop@prod',
  state: 'idle',
  reason: 'DELIVERED',
  message: 'nothing is running, 0123456789-abcdef01 serves',
  release: null,
  stable: { id: 'fedcba9876-10fedcba', commit: 'fedcba9876543210fedcba9876543210fedcba98', settings: null },
  step: null,
  steps: [],
  next: null,
  todo: null,
  hold: null,
  pods: { stable: { ready: 10, total: 10 }, canary: { ready: 0, total: 0 } },
  batches: [],
  trouble: [],
  restarts: [],
  diagnosis: null,
  gates: [],
  metrics: [],
  findings: [],
  changes: [],
  forecast: [],
  touched: null,
  events: [],
  approval: null,
  rolledBack: null,
  pullRequests: [],
  changed: false,
  error: null,
};

export const release = {
  id: '0123456789-abcdef01',
  commit: '0123456789abcdef0123456789abcdef01234567',
  settings: null,
};

/** `one ok, two waiting, three`: steps in a line; what stands behind the name is how the step is, else ahead. */
export function steps(
  notation: string,
  amounts: readonly string[] = [],
  traffic: readonly (number | null)[] = [],
): StepReport[] {
  return notation.split(', ').map((text, at) => {
    const [name = '', word = 'ahead'] = text.split(' ');
    const is = word === 'done' || word === 'moving' || word === 'waiting' ? word : 'ahead';
    return {
      index: at + 1,
      name,
      replicas: amounts[at] ?? `${(at + 1) * 10}%`,
      traffic: traffic[at] ?? null,
      is,
      waitsFor: [],
      pods: null,
    };
  });
}

export function gate(given: Partial<GateReport> & Pick<GateReport, 'name' | 'kind' | 'is' | 'why'>): GateReport {
  return { until: null, source: 'the record', observedAt: '2026-11-21T07:39:30Z', missing: [], ...given };
}

export function metric(
  given: Partial<MetricReport> & Pick<MetricReport, 'name' | 'is' | 'why' | 'numbers'>,
): MetricReport {
  return { kind: 'metric', source: 'the metrics of prom', observedAt: '2026-11-21T07:39:30Z', asked: [], ...given };
}

/** A series with a point every so many seconds, the newest 30 seconds ago; null where one is missing. */
export function series(
  values: readonly (number | null)[],
  {
    min = null,
    max = null,
    every = 30,
  }: { readonly min?: number | null; readonly max?: number | null; readonly every?: number } = {},
): NumbersReport {
  const points = values.flatMap((value, index) =>
    value === null ? [] : [{ at: at(-30 - (values.length - 1 - index) * every).toISOString(), value }],
  );
  return { is: 'series', min, max, points };
}

/** Metrics as a release has them: one that is bad, one that is good, a comparison, and one that was not measured. */
export const metrics: readonly MetricReport[] = [
  metric({
    name: 'errors',
    is: 'bad',
    why: '0.024, at most 0.01: out of its range for 3m',
    numbers: series(
      [2, 3, 2, 4, 5, 4, 3, 2, 4, 6, 8, 9, 8, 10.1, 13, 21, 34, 43, 38, 29, 24].map((value) => value / 1000),
      { max: 0.01 },
    ),
  }),
  metric({
    name: 'orders',
    is: 'good',
    why: '310, at least 200, for 3m',
    numbers: series([280, 302, 295, null, 320, 315, 310], { min: 200 }),
  }),
  metric({
    name: 'failures',
    is: 'notYet',
    why: '12 of 340 (3.53%) of the new version failed, 20 of 20000 (0.1%) of the old one, in 5m: too few to compare, 500 of each are needed',
    numbers: {
      is: 'compared',
      worse: 0.01,
      canary: { failures: 12, total: 340, low: 0.0147, high: 0.0694 },
      stable: { failures: 20, total: 20_000, low: 0.0004, high: 0.0021 },
    },
  }),
  metric({ name: 'latency', is: 'notYet', why: 'prom did not answer within 10s', numbers: null }),
];

export function delivery(given: Partial<DeliveryReport>): DeliveryReport {
  return { ...quiet, ...given };
}

export function report(...deliveries: readonly DeliveryReport[]): Report {
  const changed = deliveries.some((one) => one.changed);
  return { version: 1, command: 'status', changed, error: null, lastTick: null, deliveries };
}

const plan = ['1', '50%', '100%'] as const;
const share = [5, 50, 100] as const;

/** One telling delivery for every state. */
export const examples = {
  absent: delivery({
    state: 'absent',
    reason: 'ABSENT',
    message: 'neither the Deployment shop nor its Rollout is in namespace shop',
    stable: null,
    pods: { stable: { ready: 0, total: 0 }, canary: { ready: 0, total: 0 } },
    todo: 'stepgate deploy --delivery shop@prod',
  }),
  idle: delivery({}),
  rolling: delivery({
    state: 'rolling',
    reason: 'POD_NOT_STARTING',
    message: '1 of 5 new pods is not ready: its image cannot be pulled',
    release,
    step: { index: 2, of: 3, name: 'half' },
    steps: steps('smoke done, half moving, full', plan, share),
    pods: { stable: { ready: 5, total: 5 }, canary: { ready: 3, total: 5 } },
    batches: [
      { step: 1, release: release.id, ready: 1, total: 1, wanted: 1, pods: ['shop-7d9c5b8f6-8ktmv'] },
      {
        step: 2,
        release: release.id,
        ready: 1,
        total: 3,
        wanted: 4,
        pods: ['shop-7d9c5b8f6-dzq7l', 'shop-7d9c5b8f6-x2x9z', 'shop-7d9c5b8f6-q8k2m'],
      },
      { step: null, release: null, ready: 1, total: 1, wanted: null, pods: ['shop-7d9c5b8f6-w4rjs'] },
    ],
    trouble: [
      {
        pod: 'shop-7d9c5b8f6-x2x9z',
        version: 'canary',
        reason: 'ImagePullBackOff',
        message:
          'Back-off pulling image "registry.example/shop:1.8.3": manifest unknown: manifest tagged by "1.8.3" is not found',
        hopeless: true,
        since: new Date('2026-11-21T07:26:00Z'),
        step: 2,
        release: release.id,
      },
      {
        pod: 'shop-7d9c5b8f6-q8k2m',
        version: 'canary',
        reason: 'ContainersNotReady',
        message: 'containers with unready status: [shop]',
        hopeless: false,
        since: new Date('2026-11-21T07:38:00Z'),
        step: 2,
        release: release.id,
      },
    ],
    gates: [gate({ name: 'ready', kind: 'ready', is: 'shut', why: '3 of 5 pods are ready' })],
    todo: 'stepgate rollback --delivery shop@prod --reason "image 1.8.3 is missing"',
  }),
  waiting: delivery({
    state: 'waiting',
    reason: 'GATE_SHUT',
    message: 'waits for the approval of acme/sre to leave step 1 (smoke)',
    release,
    step: { index: 1, of: 3, name: 'smoke' },
    steps: steps('smoke waiting, half, full', plan, share),
    next: '2026-11-21T09:00:00Z',
    todo: 'stepgate promote --delivery shop@prod --release 0123456789-abcdef01 --step smoke',
    pods: { stable: { ready: 9, total: 9 }, canary: { ready: 1, total: 1 } },
    gates: [
      gate({
        name: 'ready',
        kind: 'ready',
        is: 'open',
        why: '1 of 1 pod is ready since 07:31 UTC',
        source: 'the cluster',
      }),
      gate({ name: 'sre', kind: 'approval', is: 'shut', why: '0 of 1 approval', missing: ['acme/sre'] }),
      gate({
        name: 'office',
        kind: 'schedule',
        is: 'shut',
        why: 'outside of Mon-Fri 09:00-16:30 Europe/Berlin',
        until: '2026-11-21T09:00:00Z',
        source: 'the clock',
      }),
    ],
  }),
  finishing: delivery({
    state: 'finishing',
    reason: 'FINISHING',
    message: 'the last step is through, the engine is closing the release',
    release,
    steps: steps('smoke done, half done, full done', plan, share),
    pods: { stable: { ready: 0, total: 0 }, canary: { ready: 10, total: 10 } },
  }),
  done: delivery({
    state: 'done',
    reason: 'DELIVERED',
    message: 'delivered whole: 10 of 10 pods are new and ready',
    release,
    stable: release,
    steps: steps('smoke done, half done, full done', plan, share),
    pods: { stable: { ready: 10, total: 10 }, canary: { ready: 0, total: 0 } },
    changed: true,
  }),
  reverting: delivery({
    state: 'reverting',
    reason: 'ROLLING_BACK',
    message: 'going back to fedcba9876-10fedcba: the engine moves the pods',
    release,
    step: { index: 2, of: 3, name: 'half' },
    steps: steps('smoke done, half moving, full', plan, share),
    pods: { stable: { ready: 7, total: 8 }, canary: { ready: 2, total: 2 } },
    changed: true,
  }),
  rolledBack: delivery({
    state: 'rolledBack',
    reason: 'ROLLED_BACK_GIT_TODO',
    message: 'the cluster is back on fedcba9876-10fedcba; Git still names 0123456',
    release: { id: 'fedcba9876-10fedcba-2', commit: 'fedcba9876543210fedcba9876543210fedcba98', settings: null },
    hold: { by: 'ana', at: '2026-11-21T07:12:00Z', reason: 'checkout fails for every second card' },
    error: {
      family: 'environment',
      code: 'GIT_PUSH_FAILED',
      message: 'the revert 9c1d2e3 was made, but origin/main refused it: protected branch',
      hint: 'let the token push to main, or merge 9c1d2e3 by hand; the next tick looks again',
      at: null,
    },
    changed: true,
  }),
  held: delivery({
    state: 'held',
    reason: 'HELD',
    message: 'version 0123456 is held and is neither started nor advanced',
    release,
    step: { index: 1, of: 3, name: 'smoke' },
    steps: steps('smoke waiting, half, full', plan, share),
    hold: { by: 'ana', at: '2026-11-21T03:02:00Z', reason: 'checkout fails for every second card' },
    pods: { stable: { ready: 9, total: 9 }, canary: { ready: 1, total: 1 } },
    todo: 'stepgate resume --delivery shop@prod --reason "..."',
    metrics,
  }),
  stuck: delivery({
    state: 'stuck',
    reason: 'STUCK',
    message: 'step 2 (half) has not become ready for 15m',
    release,
    step: { index: 2, of: 3, name: 'half' },
    steps: steps('smoke done, half moving, full', plan, share),
    pods: { stable: { ready: 50, total: 50 }, canary: { ready: 3, total: 50 } },
    trouble: Array.from({ length: 47 }, (_, at) => ({
      pod: `shop-7d9c5b8f6-p${at}`,
      version: 'canary' as const,
      reason: 'CrashLoopBackOff',
      message: `back-off 5m0s restarting failed container=shop pod=shop-7d9c5b8f6-p${at}`,
      hopeless: true,
      since: new Date('2026-11-21T07:20:00Z'),
      step: 2,
      release: release.id,
    })),
    todo: 'stepgate rollback --delivery shop@prod --reason "crash loop"',
  }),
  failed: delivery({
    state: 'failed',
    reason: 'CLUSTER_FORBIDDEN',
    message: 'the release cannot go on',
    release,
    error: {
      family: 'environment',
      code: 'CLUSTER_FORBIDDEN',
      message: 'rollouts.rollouts.kruise.io "shop" is forbidden: User "ci" cannot patch resource "rollouts/status"',
      hint: 'bind the Role in docs/rbac.yaml to ci in namespace shop',
      at: null,
    },
  }),
  superseded: delivery({
    state: 'superseded',
    reason: 'DELIVERED',
    message: 'abcdefabcd-12345678 took the place of this release',
    release,
  }),
  ungated: delivery({
    state: 'ungated',
    reason: 'UNGATED',
    message: 'the template went out to every pod without steps',
    release,
    pods: { stable: { ready: 2, total: 2 }, canary: { ready: 5, total: 8 } },
    todo: 'stepgate rollback --delivery shop@prod',
  }),
} satisfies Record<State, DeliveryReport>;

/** A release that waits at a step for a metric; others are watched in every step. */
export const measured: DeliveryReport = delivery({
  ...examples.waiting,
  message: 'step 1 waits for errors (0.024, at most 0.01: out of its range for 3m)',
  next: null,
  todo: 'stepgate tick --delivery shop@prod',
  gates: [
    gate({
      name: 'errors',
      kind: 'metric',
      is: 'failed',
      why: '0.024, at most 0.01: out of its range for 3m',
      source: 'the metrics of prom',
      missing: ['errors at most 0.01'],
    }),
  ],
  metrics,
});

/** What `status --logs` answers. */
export const diagnosed: Report = report({
  ...examples.rolling,
  trouble: examples.rolling.trouble.slice(0, 1),
  diagnosis: {
    logs: [
      {
        pod: 'shop-7d9c5b8f6-q8k2m',
        container: 'shop',
        previous: true,
        lines: ['starting', 'panic: no such table: orders'],
      },
      { pod: 'shop-7d9c5b8f6-w4rjs', container: 'shop', previous: false, lines: [] },
    ],
    events: [
      {
        object: 'ReplicaSet shop-7d9c5b8f6',
        type: 'Normal',
        reason: 'SuccessfulCreate',
        message: 'Created pod: shop-7d9c5b8f6-q8k2m',
        count: 1,
        at: new Date('2026-11-21T07:26:00Z'),
      },
      {
        object: 'Pod shop-7d9c5b8f6-q8k2m',
        type: 'Warning',
        reason: 'BackOff',
        message: 'Back-off restarting failed container shop',
        count: 7,
        at: new Date('2026-11-21T07:39:00Z'),
      },
    ],
    missing: ['the log of shop-7d9c5b8f6-x2x9z: waiting to start: trying and failing to pull image'],
  },
});

/** What `plan` answers. */
export const planned: Report = {
  ...report(
    delivery({
      message: 'would release 0123456789-abcdef01 in 3 steps',
      release,
      findings: [
        {
          code: 'NO_READINESS_PROBE',
          severity: 'warning',
          message: 'container shop has no readiness probe: a pod counts as ready as soon as it started',
          facts: ['spec.template.spec.containers[0].readinessProbe is not set'],
          wayOut: 'add a readinessProbe that answers only when the pod can serve',
        },
        {
          code: 'PERCENT_THEN_INTEGER',
          severity: 'error',
          message:
            'step 2 (three) asks for 3 pods after a percent step: in partition style the engine hangs there for ever',
          facts: ['step 1 (half): 50%', 'step 2 (three): 3'],
          wayOut: 'write step 2 as a percentage, or step 1 as a number',
        },
      ],
      changes: [
        { object: 'Rollout/shop', what: 'create', why: 'there is none yet', diff: null },
        {
          object: 'Deployment/shop',
          what: 'change',
          why: 'the pod template differs from the live one',
          diff: [
            '@@ -12,3 +12,3 @@',
            '     containers:',
            '-      image: registry.example/shop:1.8.2',
            '+      image: registry.example/shop:1.8.3',
          ],
        },
        { object: 'Service/shop', what: 'none', why: 'is as wanted', diff: null },
        {
          object: 'Ingress/shop',
          what: 'leave',
          why: 'the engine routes with it until the release is over; it is written afterwards',
          diff: null,
        },
      ],
      forecast: [
        {
          name: 'smoke',
          stablePods: 9,
          canaryPods: 1,
          mostPods: 11,
          extra: { pods: 1, cpu: '100m', memory: '64Mi' },
          traffic: 5,
          requests: ['header x-user: beta'],
          waitsFor: ['approval sre'],
          notBefore: at(9),
        },
        {
          name: 'half',
          stablePods: 5,
          canaryPods: 5,
          mostPods: 13,
          extra: { pods: 3, cpu: '300m', memory: '192Mi' },
          traffic: 50,
          requests: [],
          waitsFor: ['soak 30m', 'schedule office'],
          notBefore: at(1814),
        },
        {
          name: 'full',
          stablePods: 0,
          canaryPods: 10,
          mostPods: 13,
          extra: { pods: 3, cpu: '300m', memory: '192Mi' },
          traffic: 100,
          requests: [],
          waitsFor: [],
          notBefore: null,
        },
      ],
    }),
  ),
  command: 'plan',
};
