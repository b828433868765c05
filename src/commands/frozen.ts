import { freezesAt } from '../flow/freezes.ts';
import type { Policy } from '../flow/load.ts';
import type { RunRef } from '../release/actor.ts';
import type { Delivery } from '../release/delivery.ts';
import { asError, environmentError, type StepgateError } from '../release/error.ts';
import { covers, type Freeze } from '../release/freeze.ts';
import { judgeFreezes } from '../release/gate.ts';
import { gateReport } from '../release/gate-report.ts';
import type { DeliveryReport } from '../release/report.ts';
import { opensAt } from '../release/verdict.ts';
import { type RunWith, unread } from './run.ts';

/** What `freeze` and `thaw` share: how they report, and what they say of a push that failed. */

/** A report of each delivery that one of the freezes is meant for: the freezes that are in force on it at a commit. */
export async function frozenReports(
  { context }: Pick<RunWith<'delivery'>, 'context'>,
  { deliveries }: Policy,
  { tip, changed, about }: { readonly tip: string; readonly changed: boolean; readonly about: readonly Freeze[] },
): Promise<readonly DeliveryReport[]> {
  const freezes = await freezesAt(context.repo, tip, deliveries);
  const evidence = { now: context.clock.now(), freezes };
  return deliveries
    .filter((delivery) => about.some((freeze) => covers(freeze, delivery)))
    .map((delivery) => frozenReport(delivery, evidence, changed));
}

function frozenReport(
  delivery: Delivery,
  evidence: Parameters<typeof judgeFreezes>[1],
  changed: boolean,
): DeliveryReport {
  const verdicts = judgeFreezes(delivery, evidence);
  const [first] = verdicts;
  if (first === undefined) {
    return { ...unread(delivery), changed, message: 'no freeze is in force; the cluster was not asked' };
  }
  return {
    ...unread(delivery),
    changed,
    state: 'waiting',
    reason: 'FROZEN',
    message: `no release starts or leaves a step: ${verdicts.map(({ why }) => why).join('; ')}`,
    next: opensAt(verdicts)?.toISOString() ?? null,
    gates: verdicts.map(gateReport),
  };
}

/** The error of a push that failed, with what a person can do; any other error as it is. */
export function pushTrouble(error: unknown, byHand: string): StepgateError {
  const known = asError(error);
  if (known.code !== 'GIT_PUSH_FAILED') return known;
  return environmentError('GIT_PUSH_FAILED', known.message, { hint: byHand, cause: error });
}

/** A text as it may stand in a file and a commit message: one line, shortened. */
export function oneLine(text: string): string {
  return text
    .replace(/[\s\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, 1000);
}

/** Where a run is, as text. */
export function runWords(run: RunRef): string {
  return oneLine(run.by === 'github' ? run.url : [run.user, run.host].filter((part) => part !== '').join('@'));
}
