import type { Decision, Situation } from '../release/decision.ts';
import { formatDuration } from '../release/delivery.ts';
import { dueSince, judgeStep } from '../release/gate.ts';
import type { Work } from './work.ts';

/** How late a run may come before it is told. Milliseconds. */
const LATE = 60_000;

/** Says how long a step could have gone on already: schedules of a forge come late, and are dropped under load. */
export function tellLate({ context, delivery }: Work, situation: Situation, decision: Decision): void {
  if (decision.do !== 'advance') return;
  const due = dueSince(judgeStep(situation, decision.step));
  const late = due === null ? 0 : situation.evidence.now.getTime() - due.getTime();
  if (due === null || late < LATE) return;
  const minutes = formatDuration(Math.floor(late / LATE) * 60);
  context.log(
    `${delivery.name}: step ${decision.step} was due at ${due.toISOString()}, and this run came ${minutes} later`,
  );
}
