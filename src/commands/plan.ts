import { forgeFindings } from '../flow/forge-findings.ts';
import { gateEdits } from '../flow/gate-edits.ts';
import { appliesOf, planRelease } from '../flow/plan-release.ts';
import { renderAt } from '../flow/source.ts';
import { survey } from '../flow/survey.ts';
import { drive } from '../flow/tick.ts';
import { isTouched } from '../flow/touched.ts';
import { observe, type Work } from '../flow/work.ts';
import { applies } from '../release/changes/applies.ts';
import { changesOf, unseenChanges } from '../release/changes/compared.ts';
import { isIdle } from '../release/changes/facts.ts';
import type { Delivery } from '../release/delivery.ts';
import { asError } from '../release/error.ts';
import type { Finding, Surroundings } from '../release/finding.ts';
import type { Observation } from '../release/observation.ts';
import { type DeliveryReport, type ErrorReport, errorReport, type Report } from '../release/report.ts';
import { diffObjects } from '../views/redact.ts';
import { findingsError, located } from './findings.ts';
import { aFewAtOnce, eachDelivery } from './fleet.ts';
import { chosen, failed, lookOnce, policyOf, type Run, reportOf, unread } from './run.ts';

/** Shows what a deploy would change and why, the problems it would hit, and a forecast of its steps. Writes nothing. */
export async function plan(run: Run<'plan'>): Promise<Report> {
  const [policy, commit] = await Promise.all([policyOf(run), run.context.repo.resolve(run.input.at)]);
  const deliveries = chosen(policy.current, run.input, false);
  const access = { read: 'shared', takeOver: run.input['take-over'] } as const;
  const planned = run.input.offline
    ? await aFewAtOnce(deliveries, (delivery) => planOffline(run, delivery, commit))
    : await eachDelivery(run, policy, deliveries, access, (work) => planOne(run, work, commit));
  const range = { from: policy.current.commit, to: commit };
  const touched = await aFewAtOnce(deliveries, (delivery) => isTouched(run.context, delivery, range));
  return reportOf(
    'plan',
    planned.map((one, index) => ({ ...one, touched: touched[index] ?? null })),
  );
}

async function planOne(run: Run<'plan'>, work: Work, commit: string): Promise<DeliveryReport> {
  const observed = observe(work);
  await work.goBy(observed);
  const { context, today: delivery } = work;
  const asked = await planRelease(work, observed, commit, run.input.live).catch((error: unknown) => {
    const known = asError(error);
    if (known.family !== 'refused') throw error;
    return known;
  });
  // A plan also shows what deploy would refuse, so a refusal does not end it.
  const refused = 'is' in asked ? null : asked;
  const rendered = 'is' in asked ? asked.rendered : await renderAt(context, delivery, commit, 1);
  const planned = 'is' in asked ? asked : { is: 'same' as const, rendered, template: '' };
  const surveyed = await survey(work, observed, appliesOf(work, planned), {
    rendered: planned.rendered,
    everywhere: true,
  });
  const findings = [
    ...located(delivery, work.target.traps(delivery, rendered, observed.observation, surveyed.around)),
    ...gateEdits(work.delivery, delivery, observed.observation.engine),
    ...(await forgeFindings(work, commit)),
  ];
  const changes = changesOf(surveyed, isIdle(observed), diffObjects);
  const size = work.target.expectedSize(delivery, rendered, {
    live: observed.observation.workload?.replicas ?? null,
    around: surveyed.around,
  });
  const forecast = work.target.forecast(delivery, {
    replicas: size.pods,
    rendered,
    live: observed.workload,
    now: observed.observation.takenAt,
  });
  const report = await drive(work, lookOnce, { findings, changes, forecast });
  const unexplained = surveyed.denied === null ? null : errorReport(surveyed.denied);
  const error = refused === null ? (stopping(findings) ?? unexplained) : errorReport(refused);
  const due = error === null && changes.some(({ what }) => what === 'create' || what === 'change');
  return { ...report, error, todo: due ? `stepgate deploy --delivery ${delivery.name}` : report.todo };
}

async function planOffline(run: Run<'plan'>, delivery: Delivery, commit: string): Promise<DeliveryReport> {
  try {
    const target = run.context.targets.of(delivery);
    const rendered = await renderAt(run.context, delivery, commit, 1);
    const findings = target.traps(delivery, rendered, unseen(run.context.clock.now()), unknown);
    const { pods } = target.expectedSize(delivery, rendered, { live: null, around: null });
    const now = run.context.clock.now();
    const forecast = target.forecast(delivery, { replicas: pods, rendered, live: null, now });
    const { id } = rendered.release;
    return {
      ...unread(delivery),
      message: `${commit.slice(0, 10)} renders to ${id}; the cluster was not asked (--offline)`,
      release: { id, commit },
      findings,
      changes: unseenChanges(applies(target, rendered, `releases ${id}`)),
      forecast,
      error: stopping(findings),
    };
  } catch (error) {
    return failed(delivery, asError(error), false);
  }
}

function stopping(findings: readonly Finding[]): ErrorReport | null {
  const error = findingsError(
    findings,
    (errors) =>
      `${errors.length} finding${errors.length === 1 ? '' : 's'} would stop a deploy: ${errors.map((one) => one.code).join(', ')}`,
  );
  return error === null ? null : errorReport(error);
}

const unknown: Surroundings = {
  lists: {},
  looked: {},
  workload: null,
  changedConfig: [],
};

function unseen(takenAt: Date): Observation {
  const none = { ready: 0, total: 0 };
  return {
    takenAt,
    engine: { at: 'absent' },
    rollout: null,
    workload: null,
    servingRevision: null,
    pods: { stable: none, canary: none },
    batches: [],
    trouble: [],
    restarts: [],
    blocking: [],
    mayBeUnready: 0,
    readySince: null,
    running: null,
  };
}
