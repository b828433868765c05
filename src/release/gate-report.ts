import { judgeWatched } from './ahead.ts';
import type { Situation } from './decision.ts';
import type { Fact } from './fact.ts';
import type { GateReport, MetricReport } from './report.ts';
import { isOpen, type Verdict } from './verdict.ts';

/** What was measured for the gates ahead, and for those that are watched; each once. */
export function metricsOf(situation: Situation, verdicts: readonly Verdict[]): readonly MetricReport[] {
  const { asked } = situation.evidence;
  const all = [...verdicts, ...judgeWatched(situation)].filter(({ name }) =>
    asked.some((one) => one.is === 'samples' && one.name === name),
  );
  return [...new Map(all.map((verdict) => [verdict.name, metricReport(verdict, asked)])).values()];
}

/** A verdict on something that was measured, as a report shows it. */
export function metricReport(verdict: Verdict, asked: readonly Fact[]): MetricReport {
  const { name, kind, is, why, source, observedAt, numbers } = verdict;
  const found = asked.find((one) => one.is === 'samples' && one.name === name);
  return {
    name,
    kind,
    is: isOpen(verdict) ? 'good' : is === 'failed' ? 'bad' : 'notYet',
    why,
    source,
    observedAt: observedAt.toISOString(),
    asked: found?.is === 'samples' && found.found.is === 'known' ? found.found.value.questions : [],
    numbers:
      numbers === undefined
        ? null
        : numbers.is === 'compared'
          ? numbers
          : { ...numbers, points: numbers.points.map(({ at, value }) => ({ at: at.toISOString(), value })) },
  };
}

/** A verdict as a report shows it. */
export function gateReport(verdict: Verdict): GateReport {
  return {
    name: verdict.name,
    kind: verdict.kind,
    is: verdict.is,
    until: 'until' in verdict ? (verdict.until?.toISOString() ?? null) : null,
    source: verdict.source,
    observedAt: verdict.observedAt.toISOString(),
    why: verdict.why,
    missing: 'missing' in verdict ? verdict.missing : [],
  };
}
