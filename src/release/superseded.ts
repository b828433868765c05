import type { AskedFor, ReleaseRecord } from './record.ts';
import type { DeliveryReport, ReleaseReport } from './report.ts';

/** The release that was requested in the place of `id` before that one was delivered; null when there is none. */
export function supersededBy({ release, history, rollback }: ReleaseRecord, id: string): AskedFor | null {
  if (release === null || release.id === id || release.settings === id) return null;
  if (history.some((one) => one.id === id || one.settings === id)) return null;
  const isRolledBack = rollback !== null && [rollback.from, ...rollback.bad].some((one) => one.id === id);
  return isRolledBack ? null : release;
}

/** The report of a run whose release was superseded: what becomes of the newer one is told by its own run. */
export function supersededReport(
  report: DeliveryReport,
  { id, commit }: ReleaseReport,
  { id: newer, by, at }: AskedFor,
): DeliveryReport {
  const message = `${id} was superseded before it was delivered: ${by} requested ${newer} at ${at}`;
  const todo = `stepgate status --delivery ${report.name}`;
  return {
    ...report,
    state: 'superseded',
    reason: 'SUPERSEDED',
    message,
    release: { id, commit },
    next: null,
    todo,
    gates: [],
    metrics: [],
    approval: null,
  };
}
