import { readdir, readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Delivery, Step } from '../../src/release/delivery.ts';
import type { Finding } from '../../src/release/finding.ts';
import { at, type Json, listAt, numberAt, objectAt, stringAt } from '../../src/release/json.ts';
import type { Engine, Observation } from '../../src/release/observation.ts';
import { createCluster } from '../../src/simulator/cluster.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';
import { kruise } from '../../src/targets/kruise/index.ts';
import { livePlanOf, render } from '../../src/targets/kruise/render.ts';
import { commit, delivery, deployment, routed, step } from './delivery-fixture.ts';

/** What `plan` says of edits during a release, beside what the real engine and the model did with them. */

const complete = new Date('2026-11-25T10:00:00Z');

interface Look {
  readonly replicas?: number;
  readonly moved?: number;
  readonly at?: number;
  readonly engine?: Engine;
  /** Seconds since the step was complete. */
  readonly after?: number;
}

/** What is said of one plan in place of another, at step 2 with two of five pods new. */
function judged(live: Delivery, wanted: Delivery, look: Look = {}): Finding | undefined {
  const { replicas = 5, moved = 2, at: number = 2, after = 30 } = look;
  const source = deployment({ replicas });
  const { rollout } = render(live, commit, [source], 1);
  const waiting = {
    at: 'waiting',
    id: 'r2',
    step: number,
    asks: true,
    timed: false,
    since: complete,
    blocked: null,
  } as const;
  const its = kruise.observe(wanted, { takenAt: complete, rollout: null, workload: source, pods: [] });
  const observation: Observation = {
    ...its,
    takenAt: new Date(complete.getTime() + after * 1000),
    engine: look.engine ?? waiting,
    rollout: { record: null, delivery: 'shop@prod', steps: livePlanOf(rollout) },
    pods: { stable: { ready: replicas, total: replicas }, canary: { ready: moved, total: moved } },
  };
  const lists = { Rollout: [rollout] };
  const around = { lists, looked: {}, workload: source, changedConfig: [] };
  return kruise
    .traps(wanted, render(wanted, commit, [source], 1), observation, around)
    .find(({ code }) => code === 'PLAN_CHANGED_MIDWAY');
}

/** A plan as a recording has it. */
function recordedPlan(strategy: Json): Delivery {
  const block = objectAt(strategy, 'canary');
  const style = block['enableExtraWorkloadForCanary'] === true ? 'canary' : 'partition';
  const steps = listAt(block, 'steps').map((one): Step => {
    const seconds = numberAt(one, 'pause', 'duration');
    const traffic = stringAt(one, 'traffic');
    const plain = step(String(at(one, 'replicas')), traffic === null ? {} : { traffic: Number.parseInt(traffic, 10) });
    return seconds === null
      ? plain
      : { ...plain, leaveWhen: [{ kind: 'soak', name: 'soak', seconds }], timer: 'engine' };
  });
  return delivery(style, { style, steps, ...(listAt(block, 'trafficRoutings').length === 0 ? {} : routed) });
}

const folder = new URL('../fidelity/recordings/', import.meta.url);
const names = (await readdir(folder)).filter((name) => name.startsWith('E7'));

test.for(names)('%s: what is said of the edit is what the engine did', async (name) => {
  const { events } = JSON.parse(await readFile(new URL(name, folder), 'utf8')) as { readonly events: readonly Json[] };
  const plans = events.filter(
    (event) => stringAt(event, 'op') === 'server-side apply' && stringAt(event, 'kind') === 'Rollout',
  );
  const [live, wanted] = [plans[0], plans.at(-1)].map((event) => at(event, 'detail', 'spec', 'strategy') ?? {});
  const editedAt = numberAt(plans.at(-1) ?? {}, 't') ?? 0;
  const after = events.filter((event) => (numberAt(event, 't') ?? 0) > editedAt);
  const states = after.flatMap((event) => stringAt(event, 'status', 'canaryStatus', 'currentStepState') ?? []);
  const steps = after.flatMap((event) => numberAt(event, 'status', 'canaryStatus', 'currentStepIndex') ?? []);
  const found = judged(recordedPlan(live ?? {}), recordedPlan(wanted ?? {}));
  const did =
    (steps.at(-1) ?? 2) > 2 ? 'left' : states.some((state) => state !== 'StepPaused') ? 'ran again' : 'nothing';
  const says = `${found?.message}; ${found?.facts.join('; ')}`;
  if (did === 'left') {
    expect(found?.severity).toBe('error');
    expect(says).toContain(`leaves step 2 without an approval, and goes on with step ${steps.at(-1)}`);
  } else if (did === 'ran again' && name.includes('same-pods')) {
    expect(found?.severity).toBe('error');
    expect(found?.message).toContain('if the workload is scaled meanwhile');
  } else if (did === 'ran again') {
    expect(found?.severity).toBe('warning');
    expect(says).toContain('runs step 2 again');
    expect(says).toContain('waits again');
  } else {
    expect(says).not.toContain('runs step 2 again');
    expect(says).toMatch(/runs no step again|the engine leaves step 2 at 2026-11-25T10:01:00\.000Z/);
  }
});

const soak = (seconds: number) => [{ kind: 'soak' as const, name: 'soak', seconds }];
const timed = (text: string, seconds: number) => step(text, { leaveWhen: soak(seconds), timer: 'engine' });
const of = (text: string) => delivery(text);
const base = of('partition 20% 40% 60% 100%');
const withTimer = { ...base, steps: base.steps.map((one, index) => (index === 1 ? timed('40%', 60) : one)) };

test.each<[string, Delivery, Look, string, string, readonly string[]]>([
  [
    'several edits, each by itself',
    of('partition 30% 50% 60% 100%'),
    {},
    'warning',
    'the engine runs step 2 again with the changed plan, and waits there again',
    [
      'step 1, replicas 20% -> 30%: runs step 2 again, which then waits again',
      'step 2, replicas 40% -> 50%: runs step 2 again, with 3 of 5 pods new, and then waits again',
    ],
  ],
  [
    'lowered so far that a step is skipped',
    of('partition 20% 20% 20% 100%'),
    {},
    'error',
    'the engine would leave step 2 without an approval, and go on with step 4',
    [
      'step 2, replicas 40% -> 20%: leaves step 2 without an approval, and goes on with step 3',
      'step 3, replicas 60% -> 20%: runs step 2 again, which then waits again',
    ],
  ],
  [
    'lowered to the same pods, which are fewer at another size',
    of('partition 20% 35% 60% 100%'),
    {},
    'error',
    'the engine would leave step 2 without an approval, and go on with step 3, if the workload is scaled meanwhile',
    [
      'step 2, replicas 40% -> 35%: leaves step 2 without an approval, and goes on with step 3, if the workload is scaled meanwhile',
    ],
  ],
  [
    'a number of pods in place of a share',
    of('partition 20% 2 60% 100%'),
    {},
    'error',
    'the engine would leave step 2 without an approval, and go on with step 3, if the workload is scaled meanwhile',
    [
      'step 2, replicas 40% -> 2: leaves step 2 without an approval, and goes on with step 3, if the workload is scaled meanwhile',
    ],
  ],
  [
    'all pods in place of a share',
    of('partition 20% 100% 100% 100%'),
    {},
    'warning',
    'the engine runs step 2 again with the changed plan, and waits there again',
    [
      'step 2, replicas 40% -> 100%: runs step 2 again, with 5 of 5 pods new, and then waits again',
      'step 3, replicas 60% -> 100%: runs step 2 again, which then waits again',
    ],
  ],
  [
    'of a step that was jumped back to, for which more pods are new than it asks for (T03)',
    of('partition 20% 40% 70% 100%'),
    { moved: 4 },
    'warning',
    'the engine runs step 2 again with the changed plan, and waits there again',
    ['step 3, replicas 60% -> 70%: runs step 2 again, which then waits again'],
  ],
  [
    'while pods move, of which more are new than the step asks for',
    of('partition 20% 40% 70% 100%'),
    {
      moved: 4,
      engine: { at: 'moving', id: 'r2', step: 2, leaving: false, since: complete, detail: '', blocked: null },
    },
    'error',
    'the engine would leave step 2 without an approval, and go on with step 3',
    ['step 3, replicas 60% -> 70%: leaves step 2 without an approval, and goes on with step 3'],
  ],
  [
    'a timer that is over already',
    withTimer,
    { after: 61 },
    'warning',
    "the engine's own timer would end step 2 without an approval",
    ['step 2, pause none -> 1m: counts as an approval: step 2 has waited that long, and the engine leaves it at once'],
  ],
  [
    'at no step',
    of('partition 20% 50% 60% 100%'),
    { engine: { at: 'starting', id: 'r2' } },
    'warning',
    'the engine is at no step: it goes by the changed plan from the next one on',
    ['step 2, replicas 40% -> 50%'],
  ],
])('edits: %s', (_, wanted, look, severity, message, facts) => {
  expect(judged(base, wanted, look)).toMatchObject({ severity, message, facts });
});

test('edits: a timer that is taken away', () => {
  expect(judged(withTimer, base)?.facts).toEqual(["step 2, pause 1m -> none: step 2 waits without the engine's timer"]);
});

interface Waiting {
  readonly at: number;
  readonly replicas: number;
  /** The size to which somebody scales the workload before the engine sees the edit. */
  readonly scaledTo?: number;
}

/** Lets the model wait at a step of a plan, edits the plan, and says where it then is. */
function edited(live: Delivery, wanted: Delivery, { at: number, replicas, scaledTo = replicas }: Waiting): string {
  const timeline = virtualTimeline(complete.getTime());
  const cluster = createCluster({ timeline });
  const { api } = cluster;
  const by = { manager: 'test' };
  const metadata = { name: 'shop', namespace: 'shop' };
  const block = live.style === 'blueGreen' ? 'blueGreen' : 'canary';
  const sub = `${block}Status`;
  const strategyOf = (plan: Delivery) => objectAt(render(plan, commit, [deployment()], 1).rollout, 'spec', 'strategy');
  const template = (version: string) => ({
    metadata: { labels: { app: 'shop' } },
    spec: { containers: [{ name: 'main', image: `app:${version}` }] },
  });
  const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' };
  api.create('Rollout', { metadata, spec: { workloadRef, strategy: strategyOf(live) } }, by);
  const selector = { matchLabels: { app: 'shop' } };
  api.create('Deployment', { metadata, spec: { replicas, selector, template: template('v1') } }, by);
  timeline.advance(600_000);
  api.patch('Deployment', 'shop', 'shop', { spec: { template: template('v2') } }, { ...by, type: 'merge' });
  timeline.advance(600_000);
  for (let step = 1; step < number; step += 1) {
    const approved = { status: { [sub]: { currentStepState: 'StepReady' } } };
    api.patch('Rollout', 'shop', 'shop', approved, { ...by, type: 'merge', subresource: 'status' });
    timeline.advance(600_000);
  }
  api.patch('Rollout', 'shop', 'shop', { spec: { strategy: strategyOf(wanted) } }, { ...by, type: 'merge' });
  api.patch('Deployment', 'shop', 'shop', { spec: { replicas: scaledTo } }, { ...by, type: 'merge' });
  timeline.advance(600_000);
  const { status } = api.get('Rollout', 'shop', 'shop') ?? {};
  cluster.stop();
  if (stringAt(status, 'phase') === 'Healthy') return 'over';
  return `${numberAt(status, sub, 'currentStepIndex')} ${stringAt(status, sub, 'currentStepState')}`;
}

const shares = fc
  .array(fc.integer({ min: 1, max: 100 }), { minLength: 4, maxLength: 4 })
  .map((values) => values.toSorted((left, right) => left - right));

const plan = (style: string, values: readonly (number | string)[]) =>
  of(`${style} ${values.map((value) => (typeof value === 'number' ? `${value}%` : value)).join(' ')}`);
const styles = fc.constantFrom('partition', 'canary', 'blueGreen');
const size = fc.integer({ min: 2, max: 12 });
const present = fc.integer({ min: 1, max: 3 });

/** What is said of an edit while the engine waits at a step, with the pods that its plan has asked for. */
function saidAt(live: Delivery, wanted: Delivery, { at: number, replicas }: Waiting): Finding | undefined {
  const rendered = render(live, commit, [deployment({ replicas })], 1);
  const moved = kruise.forecast(live, { replicas, rendered, live: null, now: complete })[number - 1]?.canaryPods;
  return judged(live, wanted, { replicas, at: number, moved: moved ?? 0 });
}

test('an edit is said to do what the model does with it', { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(styles, size, present, shares, shares, (style, replicas, number, before, after) => {
      const [live, wanted] = [plan(style, before), plan(style, after)];
      const found = saidAt(live, wanted, { replicas, at: number });
      const [, says, condition] = /go on with step (\d)(, if the workload is scaled)?/.exec(found?.message ?? '') ?? [];
      const lands = says === undefined || condition !== undefined ? number : Number(says);
      const passes = lands === 4 && style !== 'blueGreen' && after[3] === 100;
      expect(edited(live, wanted, { at: number, replicas })).toBe(passes ? 'over' : `${lands} StepPaused`);
      expect(found?.severity === 'error').toBe(says !== undefined);
    }),
    { numRuns: 40 },
  );
});

/** Plans in which some steps ask for a number of pods. */
const mixed = fc.tuple(shares, fc.array(fc.boolean(), { minLength: 3, maxLength: 3 })).map(([values, asPods]) => {
  return values.map((value, index) => (asPods[index] === true ? String(Math.ceil(value / 10)) : value));
});

test('an edit that is let through leaves no step, to whatever size the workload is scaled meanwhile', {
  timeout: 120_000,
}, () => {
  fc.assert(
    fc.property(styles, size, size, present, mixed, mixed, (style, replicas, scaledTo, number, before, after) => {
      const [live, wanted] = [plan(style, before), plan(style, after)];
      fc.pre(saidAt(live, wanted, { replicas, at: number })?.severity !== 'error');
      expect(edited(live, wanted, { at: number, replicas, scaledTo })).toMatch(new RegExp(`^${number} `));
    }),
    { numRuns: 60 },
  );
});
