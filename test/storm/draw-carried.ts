import type { Delivery, Step, Style, Traffic } from '../../src/release/delivery.ts';
import type { Action, Carrier, Deed, InApplication } from './case.ts';
import type { Dice } from './dice.ts';

/** What an Application is made of, and what drives its Rollout. */
export function carrierOf(dice: Dice): Carrier {
  return {
    component: dice.weigh<Carrier['component']>([
      [3, 'webservice'],
      [1, 'k8s-objects'],
    ]),
    rollouts: dice.weigh<Carrier['rollouts']>([
      [3, 'v1beta1'],
      [1, 'v1alpha1'],
    ]),
  };
}

/** A delivery as the trait has words for it: a Deployment, in the two styles, with the routes of the trait and no settings. */
export function withCarrier(delivery: Delivery, dice: Dice): Delivery {
  const style: Style = dice.chance(0.4) ? 'canary' : 'partition';
  return {
    ...delivery,
    target: 'vela-application',
    workload: { kind: 'Deployment', name: delivery.workload.name },
    style,
    steps: delivery.steps.map((step, index) => sayable(step, { style, isLast: index === delivery.steps.length - 1 })),
    traffic: routed(delivery.traffic),
    settings: {},
  };
}

/** In these styles a last step that is everything waits for nobody, and in partition style few pods take requests of their own. */
function sayable(step: Step, { style, isLast }: { readonly style: Style; readonly isLast: boolean }): Step {
  const { unit, value } = step.replicas;
  const tooMuch = style === 'partition' && unit === 'percent' && value > 50;
  return {
    ...step,
    traffic: tooMuch ? null : step.traffic,
    ...(isLast && value === 100 ? { leaveWhen: [], timer: 'stepgate' } : {}),
  };
}

function routed(traffic: Traffic | null): Traffic | null {
  return traffic === null ? null : { ...traffic, canaryService: true };
}

/** What people do to an Application, each with its weight. */
export const toApplications: readonly (readonly [number, InApplication])[] = [
  [2, 'application'],
  [2, 'application published'],
  [1, 'application id'],
  [1.5, 'application touched'],
  [1, 'application again'],
  [0.7, 'application before'],
  [0.7, 'unowned'],
];

/** What people do around an Application, and around what KubeVela makes of it. `at`: somebody's action. */
export function carriedRows(
  dice: Dice,
  {
    at,
    deploy,
    promote,
    rollback,
  }: { at: (deed: Deed) => Action; deploy: () => Deed; promote: () => Deed; rollback: () => Deed },
): readonly (readonly [number, () => readonly Action[]])[] {
  const edit = (): Deed => ({ do: 'foreign', what: dice.weigh(toApplications) });
  const hand = (): Deed => ({
    do: 'foreign',
    what: dice.pick(['image', 'image', 'restart', 'scale', 'approve'] as const),
  });
  const tick = (): Deed => ({
    do: 'tick',
    until: dice.chance(0.4) ? 'done' : 'wait',
    method: dice.chance(0.2) ? 'plan' : 'status',
    fault: null,
  });
  const push: Deed = { do: 'push', what: 'good' };
  const after = (most: number, deed: Deed): Action => ({ ...at(deed), gap: dice.between(0, most) });
  /** While the one before is still under way, or what it has written is not made yet. */
  const meanwhile = (deed: Deed): Action => ({ ...at(deed), after: false, gap: dice.between(0, 3_000) });
  const next = () => dice.pick([deploy, tick, promote, rollback])();
  return [
    [12, () => [at(edit()), after(60_000, next())]],
    // KubeVela puts back within five minutes, or not before the release is over.
    [8, () => [at(hand()), after(400_000, next())]],
    [4, () => [at(hand()), at(edit()), after(10_000, next())]],
    [5, () => [at(rollback()), meanwhile(dice.chance(0.7) ? edit() : hand())]],
    [5, () => [at(push), at(deploy()), meanwhile(dice.chance(0.5) ? edit() : hand())]],
    [3, () => [at(push), at(deploy()), at(push), meanwhile(deploy())]],
    [2, () => [at({ do: 'push', what: dice.pick(['plan', 'lower plan']) }), at(deploy()), meanwhile(hand())]],
  ];
}
