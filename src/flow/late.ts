import { earliestOpening } from '../gates/index.ts';
import type { Decision, Situation } from '../release/decision.ts';
import { formatDuration } from '../release/delivery.ts';
import { unfrozenFrom } from '../release/freeze.ts';
import { judgeStep } from '../release/gate.ts';
import { latest } from '../release/moments.ts';
import { dueSince } from '../release/verdict.ts';
import type { Work } from './work.ts';

/** How late a run may come before it is told. Milliseconds. */
const LATE = 60_000;

/** Says how long a step could have gone on already: schedules of a forge come late, and are dropped under load. */
export function tellLate({ context, delivery }: Work, situation: Situation, decision: Decision): void {
  if (decision.do !== 'advance') return;
  const due = dueAt(situation, decision.step);
  const late = due === null ? 0 : situation.evidence.now.getTime() - due.getTime();
  if (due === null || late < LATE) return;
  const minutes = formatDuration(Math.floor(late / LATE) * 60);
  context.log(
    `${delivery.name}: step ${decision.step} was due at ${due.toISOString()}, and this run came ${minutes} later`,
  );
}

/** Before everything. */
const EVER = new Date(0);

/**
 * The first moment at which a step could have gone on; null where nothing is known of it. Its schedules may have shut again since. A
 * freeze that somebody lifted before its end is not known any more.
 */
export function dueAt(situation: Situation, step: number): Date | null {
  const { delivery, record, evidence } = situation;
  const opened = dueSince(judgeStep(situation, step));
  const resumed = record.runs.find(({ command }) => command === 'resume');
  const conditions = delivery.steps[step - 1]?.leaveWhen ?? [];
  let due = opened === null || resumed === undefined ? opened : latest([opened, new Date(resumed.at)]);
  while (due !== null) {
    const before = due;
    // What counts from the moment at which the step was reached is in `opened`. A schedule may have been shut then.
    due = earliestOpening(conditions, EVER, unfrozenFrom(delivery, evidence.freezes, due));
    if (due?.getTime() === before.getTime()) break;
  }
  return due;
}
