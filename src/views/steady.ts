import type { DeliveryReport, GateReport, MetricReport } from '../release/report.ts';

/**
 * The delivery without what its metrics measured, to compare two reports of it: what stays is whether each is good, and why one
 * has no numbers. Numbers move with every look, and so do the series that is the worst and the words about it.
 */
export function withoutNumbers(delivery: DeliveryReport): DeliveryReport {
  const { metrics, gates, message, next } = delivery;
  if (metrics.length === 0) return delivery;
  const metricOf = (gate: GateReport) => metrics.find(({ name, kind }) => name === gate.name && kind === gate.kind);
  const measured = gates.filter((gate) => metricOf(gate) !== undefined);
  const untils = measured.map(({ until }) => until);
  return {
    ...delivery,
    // The message repeats the words of the gates that are shut.
    message: metrics.reduce((text, { why }) => (why === '' ? text : text.replaceAll(why, '')), message),
    // A time that follows from the age of the step differs by a moment from look to look.
    next: next !== null && untils.includes(next) ? '' : next,
    gates: gates.map((gate) => {
      const metric = metricOf(gate);
      if (metric === undefined) return gate;
      return { ...gate, why: steadyWhy(metric), until: gate.until === null ? null : '' };
    }),
    metrics: metrics.map((metric) => ({ ...metric, why: steadyWhy(metric), observedAt: '', asked: [], numbers: null })),
  };
}

function steadyWhy({ why, numbers }: MetricReport): string {
  return numbers === null ? why : numbers.is;
}
