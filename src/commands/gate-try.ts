import { gatherFor, presentEvidence } from '../flow/evidence.ts';
import { situationOf } from '../flow/situation.ts';
import { drive } from '../flow/tick.ts';
import { observe, type Work } from '../flow/work.ts';
import {
  type Condition,
  conditionsAt,
  type Delivery,
  everyCondition,
  placeNamed,
  placeWords,
} from '../release/delivery.ts';
import { inputError } from '../release/error.ts';
import { judge } from '../release/gate.ts';
import { gateReport, metricReport } from '../release/gate-report.ts';
import type { DeliveryReport, Report } from '../release/report.ts';
import { gatesAhead } from '../release/todo.ts';
import { isOpen } from '../release/verdict.ts';
import { eachDelivery } from './fleet.ts';
import { chosen, lookOnce, policyOf, type Run, reportOf } from './run.ts';

/** Judges one gate of a delivery now, whether the release has come to it or not. Writes nothing. */
export async function gateTry(run: Run<'gate try'>): Promise<Report> {
  const policy = await policyOf(run);
  const deliveries = chosen(policy.current, run.input, true);
  for (const delivery of deliveries) gateIn(run, delivery, null);
  const reports = await eachDelivery(run, policy, deliveries, { read: 'alone' }, (work) => tryOne(run, work));
  return reportOf('gate try', reports);
}

async function tryOne(run: Run<'gate try'>, work: Work): Promise<DeliveryReport> {
  const report = await drive(work, lookOnce);
  const observed = observe(work);
  const here = gatesAhead(situationOf(work, observed, presentEvidence(work), lookOnce))?.place ?? null;
  const { condition, place } = gateIn(run, work.delivery, here);
  const { evidence } = await gatherFor(work, observed, [condition], 'anew');
  const [verdict] = judge(situationOf(work, observed, evidence, lookOnce), [condition], place);
  if (verdict === undefined) throw new Error(`${condition.name} has no verdict`);
  const measured = evidence.asked.some(({ is, name }) => is === 'samples' && name === condition.name);
  const words = isOpen(verdict) ? 'open' : verdict.is;
  return {
    ...report,
    reason: 'GATE_TRIED',
    message: `the gate ${condition.name} of ${placeWords(work.delivery, place)} is ${words}: ${verdict.why}`,
    gates: [gateReport(verdict)],
    metrics: measured ? [metricReport(verdict, evidence.asked)] : [],
    todo: null,
  };
}

/**
 * The gate that is meant: at the place of `--step`, else where the release is, else at the first place that has it. Throws USAGE
 * where there is none.
 */
function gateIn(
  { input: { gate, step } }: Run<'gate try'>,
  delivery: Delivery,
  here: number | null,
): { readonly condition: Condition; readonly place: number } {
  const known = [...new Set(everyCondition(delivery).map(({ name }) => name))];
  const hint = known.length === 0 ? 'no step of it has a gate' : `its gates: ${known.join(', ')}`;
  if (gate === '') throw inputError('USAGE', 'gate try needs the name of a gate', { hint });
  const last = delivery.steps.length + 1;
  const all = Array.from({ length: last + 1 }, (_, place) => place);
  const named = step === null ? null : placeNamed(delivery, step);
  if (step !== null && named === null) {
    const steps = delivery.steps.map(({ name }) => name).join(', ');
    throw inputError('STEP_UNKNOWN', `${delivery.name} has no step '${step}'`, { hint: `its steps: ${steps}` });
  }
  const places = named !== null ? [named] : here === null ? all : [here, ...all];
  for (const place of places) {
    const condition = conditionsAt(delivery, place).find(({ name }) => name === gate);
    if (condition !== undefined) return { condition, place };
  }
  const where = named === null ? '' : ` at ${placeWords(delivery, named)}`;
  throw inputError('USAGE', `${delivery.name} has no gate '${gate}'${where}`, { hint });
}
