import type { Machine } from './machine.ts';
import type { Answer, Mover } from './mover.ts';
import type { Plan } from './types.ts';

/** One pass over a rollout's plan: at most one step of the state machine. */
export function passPlan(plan: Plan, machine: Machine, mover: Mover): void {
  const { status } = machine;
  const take = (answer: Answer, next: () => void, fails: (message: string) => void): void => {
    if (answer === 'again') return;
    if (answer === 'done') next();
    else fails(answer.fails);
  };
  switch (status.rollingState) {
    case 'verifyingSpec':
      take(mover.verify(), () => machine.move('verified'), machine.fail);
      return;
    case 'initializing':
      take(mover.initialize(), () => machine.move('initialized'), machine.failing);
      return;
    case 'rollingInBatches':
      passBatch(plan, machine, mover, take);
      return;
    case 'finalising':
      if (mover.finalize(true) === 'done') machine.move('finalized');
      return;
    case 'rolloutFailing':
    case 'rolloutAbandoning':
    case 'RolloutDeletingState':
      if (mover.finalize(false) === 'done') machine.move('finalized');
      return;
    case 'rolloutSucceed':
    case 'rolloutFailed':
    case 'locatingTargetApp':
    case '':
      return;
  }
}

type Take = (answer: Answer, next: () => void, fails: (message: string) => void) => void;

function passBatch(plan: Plan, machine: Machine, mover: Mover, take: Take): void {
  const { status } = machine;
  if (plan.paused) {
    // Nobody ever sets it back.
    if (!status.conditions.some(({ type }) => type === 'BatchPaused')) machine.mark('BatchPaused', 'True');
    return;
  }
  switch (status.batchState) {
    case 'batchInitializing':
      machine.move('batchInitialized');
      return;
    case 'batchInRolling':
      take(mover.roll(), () => machine.move('batchRolled'), machine.failing);
      return;
    case 'batchVerifying':
      take(mover.check(), () => machine.move('batchAvailable'), machine.failing);
      return;
    case 'batchFinalizing':
      take(
        mover.finishBatch(),
        () => machine.move(status.currentBatch === plan.batches.length - 1 ? 'lastBatchFinished' : 'batchFinished'),
        machine.failing,
      );
      return;
    case 'batchReady':
      if (plan.partition === null || plan.partition > status.currentBatch) machine.move('approved');
      return;
  }
}
