import type { Condition, Delivery } from '../../src/release/delivery.ts';
import type { Action, Deed, Fault } from './case.ts';
import { byComment, byEither, byMerge, byOther, byReview, byReviews, byTeam } from './conditions.ts';
import type { Dice } from './dice.ts';
import { at } from './draw-actions.ts';

/** A delivery most of whose approvals are given at the forge. */
export function withForge(delivery: Delivery, dice: Dice): Delivery {
  const others = (conditions: readonly Condition[]) => conditions.flatMap((one) => atForge(dice, one));
  const steps = delivery.steps.map((step) => ({ ...step, leaveWhen: others(step.leaveWhen) }));
  return { ...delivery, steps, startWhen: others(delivery.startWhen), doneWhen: others(delivery.doneWhen) };
}

function atForge(dice: Dice, condition: Condition): readonly Condition[] {
  if (condition.kind !== 'approval' || dice.chance(0.15)) return [condition];
  return [
    dice.weigh<Condition>([
      [5, byComment],
      [3, byEither],
      [3, byTeam],
      [1, byOther],
      [4, byReview],
      [5, byMerge],
      [2, byReviews],
    ]),
  ];
}

/** At one of the requests to the forge. */
function forgeFault(dice: Dice): Fault | null {
  return dice.chance(0.55)
    ? null
    : { fault: 'forge', call: dice.between(1, 14), when: dice.pick(['away', 'before', 'after'] as const) };
}

/** What people do in a case with a forge, beside what they do in all. */
export function someAtForge(dice: Dice): readonly Action[] {
  const now = (deed: Deed) => at(dice, deed, true);
  const soon = (deed: Deed): Action => ({ ...at(dice, deed, false), gap: dice.between(0, 20_000) });
  const tick = (): Deed => ({ do: 'tick', until: 'wait', method: 'status', fault: forgeFault(dice) });
  const answer = (): Deed => ({ do: 'answer', on: dice.pick(['release', 'all'] as const), fault: forgeFault(dice) });
  const run = () => (dice.chance(0.4) ? answer() : tick());
  const outside = (action: Action): Action => (dice.chance(0.1) ? { ...action, who: 'mallory' } : action);
  const say = (what: (Deed & { do: 'say' })['what']) => outside(now({ do: 'say', what }));
  const promotion = (what: (Deed & { do: 'promotion' })['what']) => outside(now({ do: 'promotion', what }));
  return dice.weigh<() => readonly Action[]>([
    [12, () => [say('promote'), now(run())]],
    [6, () => [say('promote'), say('promote'), now(run())]],
    [3, () => [say(dice.pick(['promote old', 'promote next', 'promote elsewhere'] as const)), now(run())]],
    [
      3,
      () => [
        { ...now({ do: 'say', what: 'promote' }), who: 'ada' },
        { ...soon({ do: 'unsay', how: dice.pick(['edit', 'delete'] as const) }), who: 'ada' },
        now(run()),
      ],
    ],
    [3, () => [say('hold'), now(answer()), ...(dice.chance(0.6) ? [say('resume'), now(answer())] : [now(answer())])]],
    [1, () => [say(dice.pick(['status', 'nothing', 'resume'] as const)), now(answer())]],
    [8, () => [now(tick()), promotion('merge'), now(run())]],
    [6, () => [now(tick()), promotion('review'), now(run())]],
    [2, () => [now(tick()), promotion('review'), promotion(dice.pick(['review', 'merge'] as const)), now(run())]],
    [3, () => [promotion('close'), now(tick())]],
    [
      3,
      () => [
        promotion(dice.pick(['spoil', 'widen'] as const)),
        promotion(dice.pick(['merge', 'review'] as const)),
        now(run()),
      ],
    ],
    [2, () => [now({ do: 'leave', what: dice.pick(['team', 'repository'] as const) }), now(run())]],
    [1, () => [now({ do: 'leave', what: 'back' }), now(run())]],
    [2, () => [now({ do: 'forge', is: 'away' }), now(run()), now({ do: 'forge', is: 'back' })]],
    [2, () => [soon(run()), soon(run())]],
    [4, () => [now(freezing(dice)), now(dice.chance(0.5) ? run() : deploy)]],
    [2, () => [now(freezing(dice)), soon({ do: 'thaw', fault: null }), now(run())]],
  ])();
}

const deploy: Deed = { do: 'deploy', until: 'wait', at: 'tip', takeOver: false, fault: null };

function freezing(dice: Dice): Deed {
  return { do: 'freeze', minutes: dice.pick([null, 2, 30]), fault: null };
}
