import { barsOf } from '../flow/bars.ts';
import { forgeFindings } from '../flow/forge-findings.ts';
import { gateEdits } from '../flow/gate-edits.ts';
import type { Policy } from '../flow/load.ts';
import { manifestError, manifestFindings } from '../flow/manifest-findings.ts';
import { metricFindings, metricsAsked } from '../flow/metric-findings.ts';
import { ownership, ownershipUnseen } from '../flow/owner-findings.ts';
import { appliesOf, planRelease } from '../flow/plan-release.ts';
import { settingsWords } from '../flow/settings.ts';
import { renderAt } from '../flow/source.ts';
import { survey } from '../flow/survey.ts';
import { drive } from '../flow/tick.ts';
import { isTouched } from '../flow/touched.ts';
import { sayUncommitted } from '../flow/uncommitted.ts';
import { type Observed, observe, type Work } from '../flow/work.ts';
import { applies } from '../release/changes/applies.ts';
import { changesOf, unseenChanges } from '../release/changes/compared.ts';
import { isIdle } from '../release/changes/facts.ts';
import type { Delivery } from '../release/delivery.ts';
import { asError } from '../release/error.ts';
import type { Finding, Surroundings } from '../release/finding.ts';
import { lastChange } from '../release/last-change.ts';
import { barFinding } from '../release/no-rollback-past.ts';
import { nothingSeen } from '../release/observation.ts';
import { stableOf } from '../release/record.ts';
import { type DeliveryReport, type ErrorReport, errorReport, type Report } from '../release/report.ts';
import { differOf } from './differ.ts';
import { findingsError, located } from './findings.ts';
import { aFewAtOnce, eachDelivery } from './fleet.ts';
import { chosen, failed, lookOnce, policyOf, type Run, reportOf, unread } from './run.ts';

/** Shows what a deploy would change and why, the problems it would hit, and a forecast of its steps. Writes nothing. */
export async function plan(run: Run<'plan'>): Promise<Report> {
  const [policy, commit] = await Promise.all([policyOf(run), run.context.repo.resolve(run.input.at)]);
  const deliveries = chosen(policy.current, run.input, false);
  await sayUncommitted(run.context, 'plan', deliveries, commit);
  const access = { read: 'shared', takeOver: run.input['take-over'] } as const;
  const planned = run.input.offline
    ? await aFewAtOnce(deliveries, (delivery) => planOffline(run, policy.current, delivery, commit))
    : await eachDelivery(run, policy, deliveries, access, (work) => planOne(work, commit, run.input.live));
  const range = { from: policy.current.commit, to: commit };
  const touched = await aFewAtOnce(deliveries, (delivery) => isTouched(run.context, delivery, range));
  return reportOf(
    'plan',
    planned.map((one, index) => ({ ...one, touched: touched[index] ?? null })),
  );
}

/** The plan of one delivery. `live`: the ref of the commit that is live, where stepgate did not release it. */
export async function planOne(work: Work, commit: string, live: string | null): Promise<DeliveryReport> {
  const { context, today: delivery } = work;
  const manifests = await manifestFindings(context, delivery, commit, 'server');
  const refusedManifests = manifestError(delivery, manifests);
  if (refusedManifests !== null) return { ...failed(delivery, refusedManifests, false), findings: manifests };
  const observed = observe(work);
  await work.goBy(observed);
  const asked = await planRelease(work, observed, commit, live).catch((error: unknown) => {
    const known = asError(error);
    if (known.family !== 'refused') throw error;
    return known;
  });
  // A plan also shows what deploy would refuse, so a refusal does not end it.
  const refused = 'is' in asked ? null : asked;
  const rendered = 'is' in asked ? asked.rendered : await renderAt(context, delivery, commit, 1);
  const planned = 'is' in asked ? asked : { is: 'same' as const, rendered, template: '' };
  const seen = await survey(work, observed, appliesOf(work, planned), {
    rendered: planned.rendered,
    everywhere: true,
  });
  const { surveyed, findings: owners } = await ownership(work, seen, planned.rendered);
  const [ofForge, ofMetrics, barred] = await Promise.all([
    forgeFindings(work, commit),
    metricFindings(context, delivery),
    barredBy(work, observed, commit),
  ]);
  const findings = [
    ...manifests,
    ...located(delivery, owners),
    ...located(delivery, work.target.traps(delivery, rendered, observed.observation, surveyed.around)),
    ...gateEdits(work.delivery, delivery, observed.observation.engine),
    ...ofForge,
    ...ofMetrics,
    ...barred,
  ];
  const changes = changesOf(surveyed, isIdle(observed), differOf(work));
  const size = work.target.expectedSize(delivery, rendered, {
    live: observed.observation.workload?.replicas ?? null,
    around: surveyed.around,
  });
  const settings = settingsWords(work, observed, planned, surveyed);
  const forecast = work.target.forecast(delivery, {
    replicas: size.pods,
    rendered,
    live: observed.workload,
    now: observed.observation.takenAt,
  });
  const report = await drive(work, lookOnce, { findings, changes, forecast: settings === null ? forecast : [] });
  const unexplained = surveyed.denied === null ? null : errorReport(surveyed.denied);
  const error = refused === null ? (stopping(findings) ?? unexplained) : errorReport(refused);
  const due = error === null && changes.some(({ what }) => what === 'create' || what === 'change');
  const last = lastChange(observed.record, observed.observation.workload?.id ?? null);
  const message = [last, settings, report.message].filter((part) => part !== null).join('; ');
  return { ...report, message, error, todo: due ? `stepgate deploy --delivery ${delivery.name}` : report.todo };
}

/** Says that the policy will not roll the release back. */
async function barredBy(work: Work, { record }: Observed, commit: string): Promise<readonly Finding[]> {
  const stable = stableOf(record);
  if (stable === null || stable.commit === commit) return [];
  const bars = await barsOf(work, { past: stable.commit, release: commit });
  const found = bars.is === 'known' ? barFinding(bars.bars, work.delivery.name) : null;
  return found === null ? [] : [found];
}

async function planOffline(
  run: Run<'plan'>,
  policy: Policy,
  delivery: Delivery,
  commit: string,
): Promise<DeliveryReport> {
  try {
    const target = run.context.targets.of(delivery);
    const manifests = await manifestFindings(run.context, delivery, commit, 'nobody');
    const refused = manifestError(delivery, manifests);
    if (refused !== null) return { ...failed(delivery, refused, false), findings: manifests };
    const rendered = await renderAt(run.context, delivery, commit, 1);
    const owners = await ownershipUnseen({ context: run.context, policy, today: delivery, target }, rendered);
    const findings = [
      ...manifests,
      ...located(delivery, owners),
      ...target.traps(delivery, rendered, nothingSeen(run.context.clock.now()), unknown),
      ...metricsAsked(delivery),
    ];
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
