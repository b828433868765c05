import { seeded } from '../../src/simulator/random.ts';
import { between, chance, pick, type Random, weighted } from './dice.ts';
import { isOrdinal, planOf, step, stepsOf } from './draw-plan.ts';
import type { Action, Length, Plan, Scenario, Step } from './scenario.ts';

/** The scenario of a seed: always the same one. */
export function scenarioOf(seed: number, length: Length): Scenario {
  const random = seeded(seed);
  const plan = planOf(random);
  return { plan, actions: actionsOf(random, plan, length) };
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
    [
      plan.kind === 'AdvancedDaemonSet' ? 0 : 3,
      () => ({ do: 'scale', to: pick(random, [0, 1, 2, 3, 4, 5, 6, 8, 10]) }),
    ],
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
      isOrdinal(plan.kind) && !belief.gone ? 4 : 0,
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
