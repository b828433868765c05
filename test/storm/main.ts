import { parseArgs } from 'node:util';
import type { Case } from './case.ts';
import type { Counts } from './counts.ts';
import { caseOf } from './draw.ts';
import { play } from './play.ts';
import { storm } from './run.ts';
import { casesOfSeed, partEach } from './seeds.ts';
import { shrink } from './shrink.ts';
import { notMet, type Tally } from './tally.ts';

/**
 * `npm run storm -- --cases N [--seed S] [--keep-going] [--threads T] [--applications | --settings]`: random cases under
 * the laws; the first that breaks one is shrunk and told, unless `--brief`. `--applications` plays those of the seed alone that
 * release by an Application, and `--settings` some of those with settings. `--case=NUMBER` plays one again, and tells it line by line. Each seed has cases of its own.
 */
const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    case: { type: 'string' },
    threads: { type: 'string' },
    'keep-going': { type: 'boolean', default: false },
    brief: { type: 'boolean', default: false },
    applications: { type: 'boolean', default: false },
    settings: { type: 'boolean', default: false },
  },
});

if (values.case === undefined) await many();
else await again(whole('case', values.case));

/** Ends the program where an option is no whole number. */
function whole(name: string, text: string): number {
  const number = Number(text);
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(number)) return number;
  console.error(`--${name} is '${text}': write a whole number`);
  process.exit(2);
}

async function many(): Promise<void> {
  const seed = values.seed === undefined ? Math.floor(Date.now() / 1000) : whole('seed', values.seed);
  const began = performance.now();
  const threads = values.threads === undefined ? {} : { threads: whole('threads', values.threads) };
  const cases = whole('cases', values.cases);
  const part = values.applications ? 'applications' : values.settings ? 'settings' : null;
  const most = part === null ? casesOfSeed : casesOfSeed / partEach;
  if (cases > most) {
    console.error(`--cases is ${cases}: a seed has ${most}; run several seeds`);
    process.exit(2);
  }
  const tally = await storm({ cases, seed, part, stop: !values['keep-going'], ...threads });
  const seconds = (performance.now() - began) / 1000;
  console.log(`seed ${seed}: ${words(tally)}; ${(tally.cases / seconds).toFixed(0)} cases a second`);
  for (const [law, failures] of Map.groupBy(tally.failures, (one) => one.law)) {
    const seeds = failures.map((one) => one.seed);
    console.log(
      `BROKEN in ${seeds.length}: ${law}\n  ${failures[0]?.what}\n  --case=${seeds.slice(0, 10).join(', --case=')}`,
    );
  }
  const [first] = tally.failures;
  if (first !== undefined && !values.brief) await tellSmallest(caseOf(first.seed), first.law);
  // Of a part of the storm nobody expects everything.
  const missing = part === null ? notMet(tally) : [];
  if (missing.length > 0) console.log(`never met: ${missing.join(', ')}`);
  process.exitCode = tally.failures.length > 0 || missing.length > 0 ? 1 : 0;
}

function words({ cases, counts }: Tally): string {
  const { steps, lost, kills, supersessions, rollbacks, conflicts } = counts;
  const { secondRollbacks, fixes, reruns, foreignCommits, skewed } = counts;
  return [
    `${cases} cases, ${steps} steps, ${lost} lost approvals, ${kills} kills, ${supersessions} supersessions`,
    `${rollbacks} rollbacks (${secondRollbacks} second ones), ${fixes} fixes on top, ${conflicts} conflicts`,
    ...breadth(counts),
    `${reruns} re-runs, ${foreignCommits} foreign commits, ${skewed} skewed clocks`,
  ].join(', ');
}

function breadth(counts: Counts): readonly string[] {
  const { statefulSetSteps, cloneSetSteps, advancedStatefulSetSteps, daemonSetSteps } = counts;
  const { restarts, quietSteps, timedSteps, sparedSteps, sharedSteps, canaryPods, rollbacksInSteps } = counts;
  return [
    `steps of StatefulSets ${statefulSetSteps}, CloneSets ${cloneSetSteps}, Advanced StatefulSets ${advancedStatefulSetSteps}, Advanced DaemonSets ${daemonSetSteps}`,
    `${restarts} restarts, ${quietSteps} steps without, ${timedSteps} steps by the engine's timer, ${sparedSteps} with unready pods`,
    `${counts.afters} starts after another environment, ${counts.ingressShares} shares by Ingress, ${counts.routeShares} by HTTPRoute, ${sharedSteps} steps with one Service`,
    `${canaryPods} pods with labels of their own, ${rollbacksInSteps} rollbacks in steps`,
    `${counts.metricSteps} steps that wait for metrics (${counts.comparedSteps} for comparisons), ${counts.metricRollbacks} rollbacks for metrics`,
    `metrics away ${counts.metricsAway}, missing ${counts.metricsMissing}, partial ${counts.metricsPartial}, asked for before a release ${counts.metricsBefore}, ${counts.metricFaults} with a fault`,
    `${counts.carriedSteps} steps of releases by an Application (${counts.oldEngineSteps} on the addon's engine), ${counts.publications} Applications written, ${counts.applicationEdits} edited by others, ${counts.putBacks} templates put back`,
    `${counts.settingsWritten} ConfigMaps written (${counts.settingsTakenOn} by a release under way), ${counts.settingsChanges} changes of settings, ${counts.settingsRestored} restored, ${counts.fences} fences, ${counts.copies} copies, ${counts.urgentStarts} urgent starts`,
  ];
}

async function again(seed: number): Promise<void> {
  const of = caseOf(seed);
  const { broken, log } = await play(of);
  console.log(JSON.stringify(of));
  for (const line of log) console.log(line);
  for (const { law, what, at } of broken)
    console.log(`BROKEN at ${((at - of.start) / 1000).toFixed(3)}: ${law}: ${what}`);
  const [first] = broken;
  if (first !== undefined) await tellSmallest(of, first.law);
  process.exitCode = broken.length > 0 ? 1 : 0;
}

async function tellSmallest(of: Case, law: string): Promise<void> {
  const { case: smallest, played } = await shrink(of, law);
  console.log(`\nthe smallest that breaks it (from ${of.actions.length} to ${smallest.actions.length} actions):`);
  const { steps, style, startWhen, doneWhen, rollback } = smallest.delivery;
  console.log(
    JSON.stringify({
      style,
      steps,
      startWhen,
      doneWhen,
      rollback,
      replicas: smallest.replicas,
      latency: smallest.latency,
    }),
  );
  for (const action of smallest.actions) console.log(`  ${JSON.stringify(action)}`);
  for (const line of played.log) console.log(line);
  for (const one of played.broken) console.log(`BROKEN: ${one.law}: ${one.what}`);
}
