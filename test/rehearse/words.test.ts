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
  start: [{ do: 'start', release: v2, why }, 'goes out: because'],
  advance: [{ do: 'advance', release: v2.id, step: 1, why }, 'step 1 may go on: because'],
  finish: [{ do: 'finish', release: v2, why }, 'is stable: because'],
  restorePauses: [{ do: 'restorePauses', steps: [1, 2], why }, "the plan's pause is restored at step 1, 2: because"],
  rollBack: [{ do: 'rollBack', reason: why, code: 'STUCK', to: v1.id }, 'is taken back: because'],
  revertWorkload: [{ do: 'revertWorkload', rollback: back, why }, 'the template of stable goes back: because'],
  unpauseRollout: [{ do: 'unpauseRollout', why }, 'the Rollout is unpaused: because'],
  settleRollback: [{ do: 'settleRollback', rollback: back, why }, 'the cluster is back: because'],
  restoreBeside: [
    { do: 'restoreBeside', rollback: back, why },
    'what stable reads beside its pod template goes back too: because',
  ],
  pushRevert: [{ do: 'pushRevert', rollback: back, why }, 'Git goes back too: because'],
  undoRevert: [{ do: 'undoRevert', rollback: back, undo, why }, `Git names ${back.from.id} again: because`],
  repair: [{ do: 'repair', stable: back.to, why }, 'the workload is set free: because'],
  removePod: [
    { do: 'removePod', pod: { name: 'shop-4', uid: 'u', since: null }, why },
    'pod shop-4 is deleted: because',
  ],
} satisfies { readonly [Kind in Decision['do']]: readonly [Extract<Decision, { do: Kind }>, string | null] };

test.each(Object.values(told))('%j is told as %s', (decision, words) => {
  expect(wordsOf(decision)).toBe(words);
});

test('no decision is told in the words of another', () => {
  const words = Object.values(told).map(([decision]) => wordsOf(decision));
  expect(new Set(words).size).toBe(words.length);
});
