import type { Delivery } from '../../src/release/delivery.ts';
import type { Action, Deed, Fault, Meddling, PushedSettings } from './case.ts';
import { approval, byAda, inOffice } from './conditions.ts';
import type { Dice } from './dice.ts';

/** A delivery half of whose starts wait for somebody or for a time: settings wait with them. */
export function withGatedStart(delivery: Delivery, dice: Dice): Delivery {
  if (!dice.chance(0.5)) return delivery;
  const more = dice.pick([[approval], [byAda], [inOffice], [approval, inOffice]] as const);
  return { ...delivery, startWhen: [...delivery.startWhen.filter(({ kind }) => kind === 'after'), ...more] };
}

/** What people do to settings, and what another delivery does, each with its weight. */
export const toSettings: readonly (readonly [number, Meddling])[] = [
  [2, 'edit settings'],
  [1, 'edit other'],
  [0.5, 'edit shared'],
  [1.5, 'neighbour newer'],
  [0.7, 'neighbour older'],
  [0.3, 'neighbour unknown'],
  [0.3, 'neighbour claims'],
  [0.7, 'neighbour leaves'],
];

export function pushedSettings(dice: Dice): Deed {
  const what = dice.weigh<PushedSettings>([
    [5, 'settings'],
    [2, 'other'],
    [1.5, 'shared'],
    [3, 'settings with image'],
    [1, 'settings again'],
  ]);
  return { do: 'push', what };
}

/** What happens to settings. `at`: somebody's action. */
export function settingsRows(
  dice: Dice,
  {
    at,
    deploy,
    promote,
    rollback,
  }: { at: (deed: Deed) => Action; deploy: () => Deed; promote: () => Deed; rollback: () => Deed },
): readonly (readonly [number, () => readonly Action[]])[] {
  const push = () => at(pushedSettings(dice));
  const image: Deed = { do: 'push', what: 'good' };
  const meddle = (): Deed => ({ do: 'foreign', what: dice.weigh(toSettings) });
  const tick = (): Deed => ({ do: 'tick', until: dice.chance(0.4) ? 'done' : 'wait', method: 'status', fault: null });
  const plainDeploy: Deed = { do: 'deploy', until: 'wait', at: 'tip', takeOver: dice.chance(0.3), fault: null };
  const back = (): Deed => {
    const deed = rollback();
    return deed.do === 'rollback' && dice.chance(0.25) ? { ...deed, shallow: true } : deed;
  };
  /** A write that is on its way for long, or a run that stands still. */
  const late: () => Fault = () =>
    dice.chance(0.6)
      ? { fault: 'slow', write: dice.between(1, 5), late: dice.between(1_000, 12_000) }
      : { fault: 'standstill', call: dice.between(8, 24), late: dice.between(1_000, 12_000) };
  const meanwhile = (deed: Deed): Action => ({ ...at(deed), after: false, gap: dice.between(0, 4_000) });
  const start = (): Deed => ({ ...promoteStart, fault: null });
  return [
    [14, () => [push(), at(deploy())]],
    [10, () => [push(), at(plainDeploy), at(start())]],
    [8, () => [push(), at(plainDeploy), at(start()), at(back())]],
    // One after the other: what was good stays.
    [6, () => [push(), at(plainDeploy), at(start()), at(image), at(deploy()), at(back())]],
    [4, () => [at(image), at(deploy()), push(), at(plainDeploy), at(back())]],
    [5, () => [push(), at(plainDeploy), push(), at(plainDeploy), at(back())]],
    // Somebody changes them in between.
    [8, () => [push(), at(plainDeploy), at(start()), at(meddle()), at(dice.chance(0.6) ? back() : deploy())]],
    [6, () => [at(meddle()), push(), at(deploy())]],
    [4, () => [at(meddle()), at(dice.pick([deploy, tick, promote, back])())]],
    // A run that was asleep wakes up after a rollback or a hold.
    [
      8,
      () => [
        push(),
        at({ ...plainDeploy, fault: late() }),
        meanwhile(dice.chance(0.7) ? back() : { do: 'hold', release: 'none', fault: null }),
      ],
    ],
    [
      4,
      () => [
        push(),
        at(plainDeploy),
        at({ ...promoteStart, fault: late() }),
        meanwhile(dice.chance(0.7) ? back() : { do: 'hold', release: 'none', fault: null }),
      ],
    ],
    // It can't wait.
    [4, () => [push(), at({ ...plainDeploy, urgent: true })]],
    [
      2,
      () => [
        at({ do: 'freeze', minutes: null, fault: null }),
        push(),
        at(dice.chance(0.6) ? { ...plainDeploy, urgent: true } : plainDeploy),
      ],
    ],
  ];
}

const promoteStart = {
  do: 'promote',
  names: 'nothing',
  force: false,
  jump: null,
  method: 'status',
} as const;
