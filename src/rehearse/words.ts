import type { Decision } from '../release/decision.ts';
import type { Ending, Station } from './timeline.ts';

/** `3 old, 2 new (1 ready)`. */
export function podWords({ stable, canary }: Station['pods']): string {
  const count = ({ ready, total }: { readonly ready: number; readonly total: number }, word: string) =>
    ready === total ? `${total} ${word}` : `${total} ${word} (${ready} ready)`;
  return `${count(stable, 'old')}, ${count(canary, 'new')}`;
}

export function endWords(ending: Ending): string {
  switch (ending.is) {
    case 'delivered':
      return 'delivered';
    case 'rolledBack':
      return ending.why;
    case 'refused':
      return `refused: ${ending.why}`;
    case 'never':
      return `never: ${ending.why}`;
  }
}

/** What a run does, as the timeline tells it; null for what it only waits for. */
export function wordsOf(decision: Decision): string | null {
  switch (decision.do) {
    case 'wait':
      return null;
    case 'start':
      return `goes out: ${decision.why}`;
    case 'advance':
      return `step ${decision.step} may go on: ${decision.why}`;
    case 'finish':
      return `is stable: ${decision.why}`;
    case 'revertWorkload':
      return `the template of stable goes back: ${decision.why}`;
    case 'restorePauses':
      return `the plan's pause is restored at step ${decision.steps.join(', ')}: ${decision.why}`;
    case 'unpauseRollout':
      return `the Rollout is unpaused: ${decision.why}`;
    case 'settleRollback':
      return `the cluster is back: ${decision.why}`;
    case 'restoreBeside':
      return `what stable reads beside its pod template goes back too: ${decision.why}`;
    case 'pushRevert':
      return `Git goes back too: ${decision.why}`;
    case 'undoRevert':
      return `Git names ${decision.rollback.from.id} again: ${decision.why}`;
    case 'repair':
      return `the workload is set free: ${decision.why}`;
    case 'removePod':
      return `pod ${decision.pod.name} is deleted: ${decision.why}`;
    case 'rollBack':
      return `is taken back: ${decision.reason}`;
  }
}
