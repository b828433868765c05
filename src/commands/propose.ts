import { writeRecord } from '../flow/execute.ts';
import { forgeEvidence } from '../flow/forge-evidence.ts';
import { promotionAt } from '../flow/forge-votes.ts';
import { closeOthers, type Kept, keepOpen, promotionPulls } from '../flow/promotions.ts';
import { closeUnneeded } from '../flow/revert-close.ts';
import { drive, type Extras, type Goal, noExtras } from '../flow/tick.ts';
import { observe, serverTime, type Work } from '../flow/work.ts';
import { asksForPromotion, gates, needsOf } from '../gates/index.ts';
import { type Condition, conditionsAt, type Delivery, everyCondition } from '../release/delivery.ts';
import type { Finding } from '../release/finding.ts';
import { ForgeError, isForge } from '../release/forge.ts';
import { mayApprove } from '../release/gate.ts';
import { held, noted } from '../release/record-after.ts';
import { type DeliveryReport, placeIn } from '../release/report.ts';
import { oneLine } from '../views/neutral.ts';
import { promotionBody } from '../views/promotion.ts';
import { promotionWays } from '../views/words.ts';

/**
 * Follows a delivery, then closes the pull request of a revert that is not needed any more, and keeps its promotion pull request:
 * a place that waits for a review or a merge has one, and no other place has. What the forge refuses is a finding of the report.
 */
export async function driveAndPropose(work: Work, goal: Goal, extras: Extras = noExtras): Promise<DeliveryReport> {
  const report = await drive(work, goal, extras);
  await closeUnneeded(work);
  try {
    return await proposed(work, goal, report);
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error;
    work.context.log(`${work.delivery.name}: the promotion pull request is not up to date: ${error.message}`);
    return withoutPromotion(report, error);
  }
}

/** Without its pull request the release waits for something that nobody can give, so the report says why. */
function withoutPromotion(report: DeliveryReport, error: ForgeError): DeliveryReport {
  const { approval, findings, todo } = report;
  const isMissing = approval !== null && approval.pullRequest === null;
  const remedy = `let stepgate open its promotion pull request: ${oneLine(error.message)}`;
  return { ...report, findings: [...findings, notOpen(error)], todo: isMissing ? remedy : todo };
}

function notOpen({ message }: ForgeError): Finding {
  return {
    code: 'PROMOTION_NOT_OPEN',
    severity: 'warning',
    message: 'the promotion pull request is missing, or not up to date',
    facts: [message],
    wayOut: 'remove the cause; the next run tries again',
  };
}

async function proposed(work: Work, goal: Goal, report: DeliveryReport): Promise<DeliveryReport> {
  const { context, delivery } = work;
  if (!everyCondition(delivery).some(asksForPromotion)) return report;
  const forge = await context.forge();
  if (!isForge(forge)) return report;
  const pulls = await promotionPulls(work, forge);
  const observed = observe(work);
  const { record } = observed;
  const { release } = record;
  const place = waitingPlace(delivery, report);
  const wanted = release === null || place === null ? null : promotionAt(work, release, place);
  await closeOthers(work, forge, pulls, { wanted, why: report.message });
  if (wanted === null || place === null) return report;

  const conditions = conditionsAt(delivery, place);
  const evidence = await forgeEvidence(work, record, needsOf(conditions), 'known');
  const about = (number: number, at: Date) => `#${number}, closed ${at.toISOString()}`;
  const kept = await keepOpen(work, forge, pulls, {
    wanted,
    body: promotionBody(report, delivery, wanted),
    mayPromote: (person) => mayApprove(gates, conditions, person, evidence),
    isCounted: ({ url }) =>
      evidence?.votes.is === 'known' && evidence.votes.value.some((vote) => vote.way === 'merge' && vote.url === url),
    isUsed: (number, at) => record.runs.some((run) => run.command === 'hold' && run.about === about(number, at)),
  });
  if (kept.is !== 'closed') return withPromotion(report, kept);

  // Whoever may promote and closes the pull request says no to the version.
  const act = { by: kept.by.login, at: serverTime(work).toISOString(), run: context.run };
  const reason = `closed the promotion pull request #${kept.number}`;
  const next = held(record, { ...act, digest: release?.digest ?? null, release: wanted.release, reason });
  const entry = { ...act, command: 'hold', about: about(kept.number, kept.at) };
  await writeRecord(work, observed, noted(next, entry), `${kept.by.login} ${reason}`);
  return drive(work, goal);
}

/** The report, in which a pull request that was just opened is where the approval is given. */
function withPromotion(report: DeliveryReport, kept: Kept): DeliveryReport {
  if (kept.is !== 'open' || !kept.isNew || report.approval === null) return report;
  const { number, url } = kept;
  const approval = { ...report.approval, pullRequest: { number, url } };
  return { ...report, approval, todo: `${promotionWays(approval.ways)} ${url}` };
}

/** The place whose gates wait for a promotion pull request; null when none does. */
function waitingPlace(delivery: Delivery, report: DeliveryReport): number | null {
  const place = placeIn(report);
  if (report.state !== 'waiting' || place === null) return null;
  const isShut = ({ name, kind }: Condition) =>
    report.gates.some((gate) => gate.name === name && gate.kind === kind && gate.is === 'shut');
  return conditionsAt(delivery, place).some((one) => asksForPromotion(one) && isShut(one)) ? place : null;
}
