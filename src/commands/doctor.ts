import { type ClusterChecks, clusterChecks } from '../flow/doctor/cluster.ts';
import { type Fix, leftOver, planChecks } from '../flow/doctor/delivery.ts';
import { forgeChecks } from '../flow/doctor/forge.ts';
import { gitChecks } from '../flow/doctor/git.ts';
import { leftObjects } from '../flow/doctor/left.ts';
import { rightsSaid } from '../flow/doctor/rights.ts';
import { unlistedRollouts } from '../flow/doctor/unlisted.ts';
import type { PolicySource } from '../flow/policy.ts';
import { rightsOf } from '../flow/rights.ts';
import { renderAt } from '../flow/source.ts';
import type { Work } from '../flow/work.ts';
import { type Check, checkOf, checksExit, failedCheck, ok, skipped } from '../release/check.ts';
import type { Delivery } from '../release/delivery.ts';
import { asError, inputError } from '../release/error.ts';
import type { Cluster } from '../release/ports.ts';
import { type Examined, renderDoctor, renderDoctorJson, renderDoctorMarkdown } from '../views/doctor.ts';
import { eachDelivery } from './fleet.ts';
import type { Result } from './index.ts';
import { formatOf } from './input.ts';
import { planOne } from './plan.ts';
import { chosen, type Run } from './run.ts';
import { clusterFor } from './sharing.ts';

/**
 * Looks at everything that a release needs, and says what to do about what is missing. Without --fix it only reads. Checks that can't be
 * made are listed with the reason. Throws USAGE for --fix in a workflow.
 */
export async function doctor(run: Run<'doctor'>): Promise<Result> {
  if (run.input.fix && run.context.run.by !== 'host') {
    const hint = 'run doctor --fix on a command line, and doctor without it in a workflow';
    throw inputError('USAGE', 'fix is for a person at a command line: a run of a workflow only looks', { hint });
  }
  const examined = await examine(run);
  return {
    kind: 'drawn',
    exitCode: checksExit(examined.checks),
    draw(options) {
      const format = formatOf(run.input);
      if (format === 'json') return `${renderDoctorJson(examined)}\n`;
      return format === 'markdown' ? renderDoctorMarkdown(examined) : `${renderDoctor(examined, options).join('\n')}\n`;
    },
  };
}

async function examine(run: Run<'doctor'>): Promise<Examined> {
  const { context, input } = run;
  const git = await gitChecks(context, input['policy-ref']);
  const deliveries = git.source === null ? [] : chosen(git.source.current, input, false);
  const checks: Check[] = [...git.checks];
  const reached = new Map<string, ClusterChecks>();
  for (const place of placesOf(run, deliveries)) {
    const here = deliveries.filter((one) => isAt(run, one, place));
    const looked = await clusterChecks(context, place, here);
    checks.push(...looked.checks);
    reached.set(JSON.stringify(place), looked);
  }
  const { fixes, done, checks: ofDeliveries } = await deliveryChecks(run, git, deliveries, reached);
  checks.push(...ofDeliveries);
  checks.push(...(await forgeChecks(context, git.source?.current ?? null)));
  return {
    checks: fixed(checks, done),
    fixes: fixes.map((fix) => ({ name: fix.name, delivery: fix.delivery, says: fix.says, done: done.has(fix) })),
  };
}

/** The clusters of the deliveries; that of the command line where there is none. */
function placesOf(run: Run<'doctor'>, deliveries: readonly Delivery[]): readonly Delivery['cluster'][] {
  const { context } = run.input;
  const all = deliveries.flatMap((one) => (isNamed(run, one) ? [clusterFor(one, run.input)] : []));
  if (deliveries.length === 0) return [{ context, exec: [] }];
  return [...new Map(all.map((place) => [JSON.stringify(place), place])).values()];
}

/** `--context` names one of several clusters. */
function isNamed({ input }: Run<'doctor'>, { cluster }: Delivery): boolean {
  return input.context === null || cluster.context === null || cluster.context === input.context;
}

function isAt(run: Run<'doctor'>, delivery: Delivery, place: Delivery['cluster']): boolean {
  return isNamed(run, delivery) && JSON.stringify(clusterFor(delivery, run.input)) === JSON.stringify(place);
}

async function deliveryChecks(
  run: Run<'doctor'>,
  { source, commit }: { readonly source: PolicySource | null; readonly commit: string | null },
  deliveries: readonly Delivery[],
  reached: ReadonlyMap<string, ClusterChecks>,
): Promise<{ readonly checks: readonly Check[]; readonly fixes: readonly Fix[]; readonly done: ReadonlySet<Fix> }> {
  const done = new Set<Fix>();
  if (source === null || commit === null) return { checks: [], fixes: [], done };
  const placeOf = (one: Delivery) =>
    isNamed(run, one) ? reached.get(JSON.stringify(clusterFor(one, run.input))) : undefined;
  const isThere = (one: Delivery) => (placeOf(one)?.cluster ?? null) !== null;
  const away = deliveries.filter((one) => !isThere(one));
  const checks = away.map(({ name }) => checkOf(name, 'delivery', skipped('its cluster can not be looked at')));
  const there = deliveries.filter(isThere);
  const fixes: Fix[] = [];
  const own = new Map<string, Check[]>(there.map(({ name }) => [name, []]));
  const known = new Map<Cluster, Map<string, Promise<boolean>>>();
  const reports = await eachDelivery(run, source, there, { read: 'shared' }, async (work) => {
    const mine = own.get(work.today.name) ?? [];
    const asked = known.get(work.cluster) ?? new Map<string, Promise<boolean>>();
    known.set(work.cluster, asked);
    mine.push(await rightsCheck(work, source, { commit, asked }));
    const left = leftOver(work);
    mine.push(...left.checks);
    fixes.push(...left.fixes);
    mine.push(...(await leftObjects(work, (wanted) => placeOf(work.today)?.looked(wanted) ?? { is: 'unknown' })));
    if (run.input.fix) for (const fix of left.fixes) if (await fix.apply()) done.add(fix);
    return planOne(work, commit, null);
  });
  for (const { cluster } of reached.values()) {
    const here = there.filter((one) => placeOf(one)?.cluster === cluster);
    if (cluster !== null) checks.push(...(await unlistedRollouts(run.context, cluster, source.current, here)));
  }
  return {
    checks: [...checks, ...reports.flatMap((report) => [...(own.get(report.name) ?? []), ...planChecks(report)])],
    fixes,
    done,
  };
}

async function rightsCheck(
  { context, today, cluster }: Work,
  source: PolicySource,
  { commit, asked }: { readonly commit: string; readonly asked: Map<string, Promise<boolean>> },
): Promise<Check> {
  const { name, cluster: place } = today;
  try {
    const { before, idleOnly } = await renderAt(context, today, commit, 1);
    const { deliveries } = source.current;
    const all = rightsOf(today, { targets: context.targets, deliveries, beside: [...before, ...idleOnly] });
    const rights = all.filter((one) => one.context === place.context).map(({ right }) => right);
    return checkOf(name, 'rights', await rightsSaid(cluster, { rights, delivery: name }, asked, context.signal));
  } catch (thrown) {
    const error = asError(thrown);
    if (error.family !== 'input') throw thrown;
    return checkOf(name, 'source', failedCheck(error));
  }
}

/** The checks after --fix: what was fixed is said. */
function fixed(checks: readonly Check[], done: ReadonlySet<Fix>): readonly Check[] {
  return checks.map((check) => {
    const fix = [...done].find(({ delivery }) => check.about === delivery && check.name === 'left-overs');
    return fix === undefined ? check : checkOf(check.about, check.name, ok(`fixed: ${fix.says}`));
  });
}
