import { expect, test } from 'vitest';
import { wordsOf } from '../../src/rehearse/words.ts';
import { type Decision, wait } from '../../src/release/decision.ts';
import { rollback, v1, v2 } from '../release/situation.ts';

const why = 'because';
const back = rollback(v2, v1);
const undo = { by: 'ada', at: back.at, run: null, reason: 'a mistake' };

/** Every decision with the words of its own; the compiler misses none. */
const told = {
  wait: [wait('rest', 'done', 'DELIVERED', 'nothing to do'), null],
  start: [{ do: 'start', release: v2, why }, 'start the release: because'],
  advance: [{ do: 'advance', release: v2.id, step: 1, why }, 'advance step 1: because'],
  startJob: [
    {
      do: 'startJob',
      release: v2.id,
      place: 1,
      name: 'smoke',
      job: { workflow: 'smoke.yml', timeoutSeconds: 60 },
      why,
    },
    'start smoke.yml: because',
  ],
  aim: [{ do: 'aim', release: v2.id, back: false, why }, 'begin the steps: because'],
  noteMade: [{ do: 'noteMade', release: v2, made: 'h', why }, 'record the pod template: because'],
  finish: [{ do: 'finish', release: v2, why }, 'record the release as delivered: because'],
  restorePauses: [{ do: 'restorePauses', steps: [1, 2], why }, 'restore the pause of step 1, 2: because'],
  rollBack: [{ do: 'rollBack', reason: why, code: 'STUCK', to: v1.id }, 'roll back: because'],
  revertWorkload: [{ do: 'revertWorkload', rollback: back, why }, 'restore the stable pod template: because'],
  unpauseRollout: [{ do: 'unpauseRollout', why }, 'unpause the Rollout: because'],
  settleRollback: [{ do: 'settleRollback', rollback: back, why }, 'record the rollback: because'],
  restoreBeside: [{ do: 'restoreBeside', rollback: back, why }, 'restore the objects that stable reads: because'],
  pushRevert: [{ do: 'pushRevert', rollback: back, why }, 'push the revert to Git: because'],
  undoRevert: [{ do: 'undoRevert', rollback: back, undo, why }, `restore ${back.from.id} in Git: because`],
  repair: [{ do: 'repair', stable: back.to, why }, 'unblock the workload: because'],
  note: [{ do: 'note', note: { is: 'hold', bars: 'breaker', reason: why }, why }, 'hold the delivery: because'],
  removePod: [{ do: 'removePod', pod: { name: 'shop-4', uid: 'u', since: null }, why }, 'delete pod shop-4: because'],
} satisfies { readonly [Kind in Decision['do']]: readonly [Extract<Decision, { do: Kind }>, string | null] };

test.each(Object.values(told))('%j is told as %s', (decision, words) => {
  expect(wordsOf(decision)).toBe(words);
});

test('no decision is told in the words of another', () => {
  const words = Object.values(told).map(([decision]) => wordsOf(decision));
  expect(new Set(words).size).toBe(words.length);
});
