import { isRouted } from '../../release/delivery.ts';
import { PARTITION_TRAFFIC_LIMIT } from './check.ts';
import { passesByItself } from './forecast.ts';
import { sameRouting } from './traffic/step.ts';
import { finding, nothing, pairs, planned, sizeFact, sizeOf, type Trap } from './trap-input.ts';

/** T15c: the engine scales the percentage to ten million pods, so a number of pods counts as reached already. */
export const percentThenInteger: Trap = (look) => {
  if (look.delivery.style !== 'partition') return nothing;
  return pairs(planned(look, sizeOf(look) ?? 1)).flatMap(([before, step]) =>
    before.step.replicas.unit === 'percent' && step.step.replicas.unit === 'pods'
      ? finding(
          'error',
          'PERCENT_THEN_INTEGER',
          `${step.title} would never move a pod: it follows a percentage, and partition style then waits for ever`,
          [`strategy partition`, `${before.title} before ${step.title}`],
          'write both steps as percentages, or both as pods; pods first and percentages after is fine too',
        )
      : nothing,
  );
};

/** With the same unit in both steps, the webhook denies it (docs/engine.md#denials). Otherwise no pods are removed. */
export const stepGoesDown: Trap = (look) => {
  const size = sizeOf(look);
  return pairs(planned(look, size ?? 0)).flatMap(([before, step]) => {
    const [left, right] = [before.step.replicas, step.step.replicas];
    if (left.unit === right.unit && right.value < left.value) {
      return finding(
        'error',
        'STEP_GOES_DOWN',
        `${step.title} asks for less than ${before.title}: the engine refuses such a plan`,
        [`${before.title}, then ${step.title}`],
        'order the steps by size',
      );
    }
    if (left.unit !== right.unit && size !== null && step.pods < before.pods) {
      return finding(
        'warning',
        'STEP_GOES_DOWN',
        `${step.title} asks for ${step.pods} pods where ${before.pods} are new already: none is taken back`,
        [sizeFact(look, size), `${before.title} moves ${before.pods}`],
        'order the steps by what they come to at this size',
      );
    }
    return nothing;
  });
};

/** A step that changes neither pods nor routes waits for an approval, but shows nothing new. */
export const stepMovesNothing: Trap = (look) => {
  const size = sizeOf(look);
  if (size === null || size === 0) return nothing;
  return pairs(planned(look, size)).flatMap(([before, step]) => {
    if (
      step.pods !== before.pods ||
      !sameRouting(before.step, step.step) ||
      passesByItself(look.delivery, step.number - 1)
    )
      return nothing;
    return finding(
      'warning',
      'STEP_MOVES_NOTHING',
      `${step.title} moves no pod: ${before.title} has moved ${before.pods} already`,
      [sizeFact(look, size), `both steps come to ${step.pods} new`],
      'leave the step out, or raise the size or the step',
    );
  });
};

/**
 * A plan whose only step is 100 %, or that moves every pod before its last step. When the first step moves every pod and is
 * routed, the release never ends.
 */
export const stepIsEverything: Trap = (look) => {
  const { delivery } = look;
  const size = sizeOf(look);
  const [first] = delivery.steps;
  if (first !== undefined && passesByItself(delivery, 0)) {
    return finding(
      'warning',
      'STEP_IS_EVERYTHING',
      `the only step (${first.name}) is 100% and passes by itself: nothing is waited for, ever`,
      ['1 step of 100%', `strategy ${delivery.style}`],
      'put a smaller step before it',
    );
  }
  if (delivery.style !== 'partition' || size === null || size === 0) return nothing;
  const full = planned(look, size).filter((step) => step.pods >= size);
  const endless = full.find((step) => step.number === 1 && isRouted(step.step));
  if (endless !== undefined) {
    return finding(
      'error',
      'STEP_IS_EVERYTHING',
      `${endless.title} moves every pod and routes traffic: the engine pins the Service to the old pods and frees it again, in turns, for ever`,
      [`strategy partition`, sizeFact(look, size)],
      'make the first step smaller than the workload, leave traffic out of it, or use strategy canary',
    );
  }
  const early = full.find((step) => step.number < delivery.steps.length);
  if (early === undefined) return nothing;
  return finding(
    'warning',
    'STEP_IS_EVERYTHING',
    `${early.title} already moves every pod: the steps after it protect nobody`,
    [sizeFact(look, size)],
    size === 1 ? 'run more pods, or use strategy canary, which adds one' : 'make the step smaller',
  );
};

/** E13, T47: after the approval of a last step below 100 %, all remaining pods are replaced at once. */
export const lastStepBelowAll: Trap = (look) => {
  const last = look.delivery.steps.at(-1);
  const size = sizeOf(look);
  if (last === undefined) return nothing;
  const { unit, value } = last.replicas;
  const below = unit === 'percent' ? value < 100 : size !== null && value < size;
  if (!below) return nothing;
  return finding(
    'warning',
    'LAST_STEP_BELOW_ALL',
    `the last step (${last.name}) stops at ${value}${unit === 'percent' ? '%' : ` of ${size} pods`}: once it is left, the rest follows without a wait`,
    unit === 'pods' && size !== null ? [sizeFact(look, size)] : [`last step ${value}%`],
    'add a last step of 100%',
  );
};

/** E13: a last step in blueGreen, or in a number of pods, waits too, although all pods are new. */
export const lastStepWaits: Trap = (look) => {
  const { delivery } = look;
  const last = delivery.steps.at(-1);
  const size = sizeOf(look);
  if (last === undefined || last.leaveWhen.length === 0) return nothing;
  if (passesByItself(delivery, delivery.steps.length - 1)) return nothing;
  const all =
    last.replicas.unit === 'percent' ? last.replicas.value === 100 : size !== null && last.replicas.value >= size;
  if (!all) return nothing;
  const why =
    delivery.style === 'blueGreen'
      ? 'blueGreen waits before it takes the stable pods away'
      : 'a number of pods waits where 100% would not';
  return finding(
    'note',
    'LAST_STEP_WAITS',
    `the last step (${last.name}) has every pod and still waits: ${why}`,
    [`strategy ${delivery.style}`, ...(size === null ? [] : [sizeFact(look, size)])],
    delivery.style === 'blueGreen'
      ? 'nothing, if that is wanted; leaveWhen: [] goes on when ready'
      : 'write 100%, or leaveWhen: []',
  );
};

/** In partition style the webhook denies traffic above the percentage limit (docs/engine.md#denials). */
export const trafficOverLimit: Trap = (look) => {
  if (look.delivery.style !== 'partition') return nothing;
  return planned(look, 0).flatMap(({ step, title }) => {
    if (!isRouted(step) || step.replicas.unit !== 'percent' || step.replicas.value <= PARTITION_TRAFFIC_LIMIT)
      return nothing;
    return finding(
      'error',
      'TRAFFIC_OVER_LIMIT',
      `${title} routes traffic: in partition style the engine denies that above ${PARTITION_TRAFFIC_LIMIT}%, unless the cluster allows more`,
      ['strategy partition', `${title} has ${step.traffic === null ? 'matches' : `traffic ${step.traffic}%`}`],
      'leave traffic out of the step, use strategy canary, or write a number of pods',
    );
  });
};
