import type { Condition, Delivery, RollbackTrigger, Step } from '../../src/release/delivery.ts';
import type { Action, Deed, Fault } from './case.ts';
import { approval, metric, soak } from './conditions.ts';
import type { Dice } from './dice.ts';
import type { MetricName, MetricState } from './metric-states.ts';

/** A delivery some of whose steps wait for metrics, and that they may take back; half are left as they are. */
export function withMetrics(delivery: Delivery, dice: Dice): Delivery {
  if (!dice.chance(0.5)) return delivery;
  const steps = delivery.steps.map((step) => (step.leaveWhen.length === 0 ? step : measuredStep(dice, step)));
  const doneWhen = dice.chance(0.15) ? [metric(dice.pick(['range', 'steady'] as const))] : delivery.doneWhen;
  const on: readonly RollbackTrigger[] = dice.chance(0.5)
    ? dice.pick([['metric'], ['metric', 'stuck']])
    : delivery.rollback.on;
  return { ...delivery, steps, doneWhen, rollback: { ...delivery.rollback, on } };
}

function measuredStep(dice: Dice, step: Step): Step {
  const one = metric(nameOf(dice));
  const others = dice.weigh<readonly Condition[] | null>([
    [4, []],
    [3, [approval]],
    [2, [soak(dice.pick([20, 90]))]],
    [3, null],
  ]);
  // A timer of the engine stands for a soak alone.
  return others === null ? step : { ...step, leaveWhen: [...others, one], timer: 'stepgate' };
}

function nameOf(dice: Dice): MetricName {
  return dice.pick(['range', 'steady', 'compared'] as const);
}

/** At one of the questions to a server of metrics. */
export function metricFault(dice: Dice): Fault {
  return {
    fault: 'metric',
    call: dice.between(1, 12),
    when: dice.pick(['away', 'before', 'after', 'slow'] as const),
  };
}

/** What happens to metrics. `at`: somebody's action. */
export function measuredRows(
  dice: Dice,
  { at, deploy, promote }: { at: (deed: Deed) => Action; deploy: () => Deed; promote: () => Deed },
): readonly (readonly [number, () => readonly Action[]])[] {
  const measure = (is: MetricState): Action => at({ do: 'measure', of: dice.chance(0.5) ? 'all' : nameOf(dice), is });
  const all = (is: MetricState): Action => at({ do: 'measure', of: 'all', is });
  const after = (least: number, most: number, deed: Deed): Action => ({
    ...at(deed),
    gap: dice.between(least * 1_000, most * 1_000),
  });
  const tick = (): Deed => ({
    do: 'tick',
    until: dice.chance(0.4) ? 'done' : 'wait',
    method: dice.chance(0.2) ? 'plan' : 'status',
    fault: dice.chance(0.3) ? metricFault(dice) : null,
  });
  const other = () => dice.pick(['missing', 'away', 'partial', 'few', 'undecided'] as const);
  const push: Deed = { do: 'push', what: 'good' };
  return [
    // It gets bad, and somebody looks after a while.
    [14, () => [measure('bad'), after(10, 400, tick())]],
    [5, () => [all('bad'), after(130, 400, dice.chance(0.5) ? tick() : promote())]],
    // It was bad before the release, and is still, or is not any more.
    [5, () => [all('bad'), after(5, 300, push), at(deploy()), after(10, 300, tick())]],
    [4, () => [all('bad'), after(5, 300, push), at(deploy()), all('good'), after(5, 200, tick())]],
    // Nobody can tell.
    [8, () => [measure(other()), after(5, 200, dice.chance(0.5) ? tick() : promote())]],
    [4, () => [all(other()), after(5, 200, tick()), all('good'), after(5, 200, tick())]],
    // All is well.
    [10, () => [all('good'), after(1, 200, tick())]],
    [6, () => [all('good'), after(100, 300, promote()), after(100, 200, tick())]],
    // It gets bad for a moment, or as somebody approves.
    [3, () => [measure('bad'), after(1, 50, { do: 'measure', of: 'all', is: 'good' }), after(5, 150, tick())]],
    [3, () => [at(promote()), measure('bad'), after(1, 200, tick())]],
  ];
}
