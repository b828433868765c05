import type { ReleaseRecord } from './record.ts';
import type { EventReport } from './report.ts';
import { contentId } from './whole.ts';

/** The number of events in a report. */
const TOLD = 12;

/** The last events that the record knows: acts of runs, and releases that became stable. Oldest first. */
export function eventsOf({ runs, history, rollback }: ReleaseRecord): readonly EventReport[] {
  const acts = runs.map(({ at, by, command, about }): EventReport => {
    const reason =
      command === 'rollback' && rollback !== null && contentId(rollback.from) === about ? `: ${rollback.reason}` : '';
    return { at, what: 'act', text: `${by}: ${[command, about].filter((part) => part !== '').join(' ')}${reason}` };
  });
  const stable = history.map(({ id, at }): EventReport => ({ at, what: 'stable', text: `${id} is stable` }));
  // Sorting is stable: at the same time, the act comes before its result.
  return [...acts.toReversed(), ...stable.toReversed()]
    .toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at))
    .slice(-TOLD);
}
