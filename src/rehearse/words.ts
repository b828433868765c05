import type { Decision } from '../release/decision.ts';
import { contentId } from '../release/whole.ts';
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

/** The write of a run as text for the timeline; null when the run only waits. */
export function wordsOf(decision: Decision): string | null {
  switch (decision.do) {
    case 'wait':
      return null;
    case 'start':
      return `start the release: ${decision.why}`;
    case 'advance':
      return `advance step ${decision.step}: ${decision.why}`;
    case 'startJob':
      return `start ${decision.job.workflow}: ${decision.why}`;
    case 'aim':
      return `begin the steps: ${decision.why}`;
    case 'noteMade':
      return `record the pod template: ${decision.why}`;
    case 'finish':
      return `record the release as delivered: ${decision.why}`;
    case 'revertWorkload':
      return `restore the stable pod template: ${decision.why}`;
    case 'restorePauses':
      return `restore the pause of step ${decision.steps.join(', ')}: ${decision.why}`;
    case 'unpauseRollout':
      return `unpause the Rollout: ${decision.why}`;
    case 'settleRollback':
      return `record the rollback: ${decision.why}`;
    case 'restoreBeside':
      return `restore the objects that stable reads: ${decision.why}`;
    case 'pushRevert':
      return `push the revert to Git: ${decision.why}`;
    case 'undoRevert':
      return `restore ${contentId(decision.rollback.from)} in Git: ${decision.why}`;
    case 'repair':
      return `unblock the workload: ${decision.why}`;
    case 'removePod':
      return `delete pod ${decision.pod.name}: ${decision.why}`;
    case 'note':
      return decision.note.is === 'hold' ? `hold the delivery: ${decision.why}` : null;
    case 'rollBack':
      return `roll back: ${decision.reason}`;
  }
}
