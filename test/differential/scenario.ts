import { seeded } from '../../src/simulator/random.ts';

export type Style = 'partition' | 'canary' | 'blueGreen';

export interface Step {
  readonly replicas: string | number;
  /** Percent of the requests, where the plan routes traffic. */
  readonly traffic?: string;
  /** Requests with this header go to the new version. */
  readonly header?: string;
  /** Seconds; null waits for an approval. Zero and one are over before anything rests, an hour never is. */
  readonly pause: number | null;
}

export interface Plan {
  readonly kind: 'Deployment' | 'StatefulSet';
  readonly style: Style;
  /** Through a Service and an nginx Ingress. */
  readonly routed: boolean;
  readonly replicas: number;
  readonly steps: readonly Step[];
  readonly extras: Extras;
}

/** What a plan may have besides. */
export interface Extras {
  /** Of failureThreshold: pods that need not be ready. */
  readonly threshold?: string;
  /** The Deployment's own maxSurge and maxUnavailable. */
  readonly surge?: readonly [string | number, string | number];
  /** Traffic without a Service for the new version. */
  readonly oneService?: true;
  /** Canary style: what the new version's pods get besides. */
  readonly marked?: true;
  /** StatefulSet: one pod after the other; a revert walks the steps. */
  readonly ordered?: true;
  readonly inBatches?: true;
}

/** What a user may do at rest. Versions are numbered; `stable` is the last one that was delivered whole. */
export type Action =
  | { readonly do: 'release'; readonly image: string }
  | { readonly do: 'revert'; readonly by: 'apply' | 'replace' }
  | { readonly do: 'approve'; readonly by: 'merge' | 'guarded' | 'plan' }
  | { readonly do: 'jump'; readonly to: number }
  | { readonly do: 'edit'; readonly steps: readonly Step[] }
  | { readonly do: 'scale'; readonly to: number }
  /** The template of stable again under the id that is there, as `kubectl rollout undo` does. */
  | { readonly do: 'undo' }
  /** Takes the workload's pause away, or a StatefulSet's partition. */
  | { readonly do: 'unpause' }
  | { readonly do: 'drop workload' | 'bring workload' }
  /** Of a StatefulSet, whose pods have numbers: ends one, as a person does whose set waits for a broken pod. */
  | { readonly do: 'drop pod'; readonly number: number }
  | { readonly do: 'pause' | 'resume' | 'disable' | 'enable' | 'delete' | 'create' | 'restart' | 'relabel' };

export interface Scenario {
  readonly plan: Plan;
  readonly actions: readonly Action[];
}

/** How long a scenario is, in actions. */
export interface Length {
  readonly least: number;
  readonly most: number;
}

type Random = () => number;

/** The scenario of a seed: always the same one. */
export function scenarioOf(seed: number, length: Length): Scenario {
  const random = seeded(seed);
  const plan = planOf(random);
  return { plan, actions: actionsOf(random, plan, length) };
}

function planOf(random: Random): Plan {
  const kind = chance(random, 0.8) ? 'Deployment' : 'StatefulSet';
  const style = kind === 'StatefulSet' ? 'partition' : pick(random, ['partition', 'canary', 'blueGreen']);
  const routed = chance(random, 0.4);
  const bare = { kind, style, routed, replicas: pick(random, [1, 2, 3, 4, 5, 5, 6, 7, 10]) } as const;
  const steps = stepsOf(random, bare, between(random, 1, 4));
  return { ...bare, steps, extras: chance(random, 0.4) ? extrasOf(random, bare) : {} };
}

function extrasOf(random: Random, { kind, style, routed }: Bare): Extras {
  const often = 0.4;
  const deployment = kind === 'Deployment';
  return {
    ...(chance(random, often) ? { threshold: pick(random, ['20%', '34%', '50%', '1']) } : {}),
    ...(deployment && chance(random, often)
      ? {
          surge: pick<readonly [string | number, string | number]>(random, [
            [1, 0],
            [0, 1],
            ['50%', '50%'],
            [2, 1],
          ]),
        }
      : {}),
    ...(routed && chance(random, often) ? { oneService: true } : {}),
    ...(style === 'canary' && chance(random, often) ? { marked: true } : {}),
    ...(!deployment && chance(random, often) ? { ordered: true } : {}),
    ...(!deployment && chance(random, often) ? { inBatches: true } : {}),
  };
}

type Bare = Omit<Plan, 'steps' | 'extras'>;

/** Steps the webhook lets through: growing, and in partition style no percentage above 50 with traffic (docs/engine.md#denials). */
function stepsOf(random: Random, plan: Bare, count: number): readonly Step[] {
  const inPods = chance(random, 0.2);
  const mixed = chance(random, 0.08);
  const sizes = Array.from({ length: count }, () => between(random, 1, inPods ? plan.replicas : 20)).sort(
    (a, b) => a - b,
  );
  if (chance(random, 0.6)) sizes[count - 1] = inPods ? plan.replicas : 20;
  return sizes.map((size, index) => {
    const pods = inPods !== (mixed && index > 0);
    return step(random, plan, pods ? Math.min(size, plan.replicas) : `${inPods ? size * 10 : size * 5}%`);
  });
}

function step(random: Random, plan: Bare, replicas: string | number): Step {
  const pause = chance(random, 0.8) ? null : pick(random, [0, 1, 3600]);
  if (!plan.routed) return { replicas, pause };
  const refused = plan.style === 'partition' && typeof replicas === 'string' && Number.parseInt(replicas, 10) > 50;
  if (refused || chance(random, 0.15)) return { replicas, pause };
  if (chance(random, 0.15)) return { replicas, pause, header: pick(random, ['beta', 'staff']) };
  const least = plan.style === 'blueGreen' ? 0 : 1;
  return { replicas, pause, traffic: `${between(random, least, 10) * 10}%` };
}

/** What the generator believes to be the case, to choose what makes sense; it need not be right. */
interface Belief {
  rolling: boolean;
  paused: boolean;
  disabled: boolean;
  deleted: boolean;
  gone: boolean;
  version: number;
  step: number;
  steps: readonly Step[];
}

function actionsOf(random: Random, plan: Plan, { least, most }: Length): readonly Action[] {
  const belief: Belief = {
    rolling: false,
    paused: false,
    disabled: false,
    deleted: false,
    gone: false,
    version: 1,
    step: 0,
    steps: plan.steps,
  };
  return Array.from({ length: between(random, least, most) }, (_, index) => {
    // Nothing moves before there is a second version.
    const action = index === 0 && chance(random, 0.9) ? release(random, belief) : next(random, plan, belief);
    believe(belief, action);
    return action;
  });
}

function next(random: Random, plan: Plan, belief: Belief): Action {
  const approve = (): Action => ({ do: 'approve', by: pick(random, ['merge', 'guarded', 'guarded', 'plan']) });
  const rolling = belief.rolling ? 1 : 0.1;
  return weighted<() => Action>(random, [
    [belief.rolling ? 3 : 12, () => release(random, belief)],
    [20 * rolling, approve],
    [4 * rolling, () => ({ do: 'revert', by: pick(random, ['apply', 'replace']) })],
    [6 * rolling, () => ({ do: 'jump', to: between(random, 1, plan.steps.length) })],
    [belief.rolling ? 8 : 3, () => ({ do: 'edit', steps: edited(random, plan, belief) })],
    [3, () => ({ do: 'scale', to: pick(random, [0, 1, 2, 3, 4, 5, 6, 8, 10]) })],
    [belief.paused ? 12 : 2 * rolling, () => ({ do: belief.paused ? 'resume' : 'pause' })],
    [belief.disabled ? 6 : 1, () => ({ do: belief.disabled ? 'enable' : 'disable' })],
    [belief.deleted ? 6 : 1, () => ({ do: belief.deleted ? 'create' : 'delete' })],
    [1.5, () => ({ do: 'restart' })],
    [1, () => ({ do: 'relabel' })],
    [1 * rolling, () => ({ do: 'undo' })],
    [1 * rolling, () => ({ do: 'unpause' })],
    [belief.gone ? 12 : 0.7, () => ({ do: belief.gone ? 'bring workload' : 'drop workload' })],
    // The one that was moved first, mostly.
    [
      plan.kind === 'StatefulSet' && !belief.gone ? 4 : 0,
      () => ({
        do: 'drop pod',
        number: chance(random, 0.7) ? plan.replicas - 1 : between(random, 0, plan.replicas - 1),
      }),
    ],
  ])();
}

function release(random: Random, { version }: Belief): Action {
  if (chance(random, 0.15)) return { do: 'release', image: 'app:broken' };
  // Now and then a version that was there before.
  const again = version > 1 && chance(random, 0.1);
  return { do: 'release', image: `app:v${again ? between(random, 1, version) : version + 1}` };
}

/** One step made anew, or (which the webhook refuses in mid-release) one step more or fewer. */
function edited(random: Random, plan: Plan, { steps, rolling, step: current }: Belief): readonly Step[] {
  if (chance(random, 0.15))
    return steps.length > 1 && chance(random, 0.5) ? steps.slice(0, -1) : stepsOf(random, plan, 3);
  // The step the engine is at is the one whose edits it answers in the most ways (E7).
  const index =
    rolling && chance(random, 0.6) ? Math.min(current, steps.length) - 1 : between(random, 0, steps.length - 1);
  return steps.map((old, at) => {
    if (at !== index) return old;
    if (chance(random, 0.25)) return { ...old, pause: pick(random, [null, 0, 3600]) };
    const made = step(random, plan, old.replicas);
    if (chance(random, 0.5)) return made;
    // Mostly where it still grows: the webhook refuses the rest.
    const pods = typeof old.replicas === 'number';
    const inStep = (near: Step | undefined, or: number) =>
      near === undefined || chance(random, 0.2) ? or : Number.parseInt(`${near.replicas}`, 10) / (pods ? 1 : 5);
    const [least, most] = [inStep(steps[at - 1], 1), inStep(steps[at + 1], pods ? plan.replicas : 20)];
    const size = between(random, Math.min(least, most), Math.max(least, most));
    return step(random, plan, pods ? size : `${Math.round(size) * 5}%`);
  });
}

function believe(belief: Belief, action: Action): void {
  switch (action.do) {
    case 'release':
      if (/^app:v\d+$/.test(action.image)) belief.version = Math.max(belief.version, Number(action.image.slice(5)));
      belief.rolling = true;
      belief.step = 1;
      return;
    case 'revert':
      belief.rolling = false;
      return;
    case 'approve':
      belief.step += 1;
      if (belief.step > belief.steps.length) belief.rolling = false;
      return;
    case 'jump':
      belief.step = action.to;
      return;
    case 'edit':
      belief.steps = action.steps;
      return;
    case 'pause':
    case 'resume':
      belief.paused = action.do === 'pause';
      return;
    case 'disable':
    case 'enable':
      belief.disabled = action.do === 'disable';
      if (belief.disabled) belief.rolling = false;
      return;
    case 'delete':
    case 'create':
      belief.deleted = action.do === 'delete';
      if (belief.deleted) belief.rolling = false;
      return;
    case 'restart':
      belief.rolling = true;
      return;
    case 'drop workload':
    case 'bring workload':
      belief.gone = action.do === 'drop workload';
      if (belief.gone) belief.rolling = false;
      return;
    case 'undo':
      belief.rolling = false;
      return;
    case 'scale':
    case 'relabel':
    case 'unpause':
    case 'drop pod':
      return;
  }
}

function chance(random: Random, part: number): boolean {
  return random() < part;
}

/** Whole numbers, both ends included. */
function between(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

function pick<const T>(random: Random, from: readonly [T, ...T[]]): T {
  return from[Math.floor(random() * from.length)] ?? from[0];
}

function weighted<T>(random: Random, from: readonly (readonly [number, T])[]): T {
  let left = random() * from.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, value] of from) {
    left -= weight;
    if (left < 0) return value;
  }
  const [last] = from.slice(-1);
  if (last === undefined) throw new Error('there is nothing to choose from');
  return last[1];
}

/** The scenario in words, for a report. */
export function words({ plan, actions }: Scenario): string {
  const steps = plan.steps.map(stepWords).join(', ');
  const extras = Object.entries(plan.extras).map(([key, value]) => `, ${key} ${value}`);
  const title = `${plan.kind} ${plan.style}${plan.routed ? ' with traffic' : ''}, ${plan.replicas} pods, steps ${steps}${extras.join('')}`;
  return [title, ...actions.map((action, index) => `  ${index + 1}. ${actionWords(action)}`)].join('\n');
}

function stepWords({ replicas, traffic, header, pause }: Step): string {
  const parts = [
    String(replicas),
    ...(traffic === undefined ? [] : [`traffic ${traffic}`]),
    ...(header === undefined ? [] : [`header ${header}`]),
    ...(pause === null ? [] : [`pause ${pause} s`]),
  ];
  return parts.join(' ');
}

export function actionWords(action: Action): string {
  switch (action.do) {
    case 'release':
      return `release ${action.image}`;
    case 'revert':
    case 'approve':
      return `${action.do} by ${action.by}`;
    case 'jump':
    case 'scale':
      return `${action.do} to ${action.to}`;
    case 'drop pod':
      return `drop pod ${action.number}`;
    case 'edit':
      return `edit to ${action.steps.map(stepWords).join(', ')}`;
    case 'pause':
    case 'resume':
    case 'disable':
    case 'enable':
    case 'delete':
    case 'create':
    case 'restart':
    case 'relabel':
    case 'undo':
    case 'unpause':
    case 'drop workload':
    case 'bring workload':
      return action.do;
  }
}
