import type { MetricReport } from '../release/report.ts';
import { paint } from './lines.ts';
import { momentText, type When } from './markdown-blocks.ts';
import { PLOT_HEIGHT, plotLines } from './metric-plot.ts';
import { metricSigns } from './metric-words.ts';
import { codeFence, inMarkdown } from './neutral.ts';
import { fromNow } from './times.ts';

const dots = { good: '🟢', notYet: '🟡', bad: '🔴' } satisfies Record<MetricReport['is'], string>;

/** GitHub shows so many columns of a code block beside its menus. */
const WIDTH = 72;

/** `🔴 **errors** bad: 0.043, at most 0.01 (prom, 30s ago)`. */
export function metricLine(metric: MetricReport, when: When): string {
  const { name, is, why } = metric;
  return `${dots[is]} **${inMarkdown(name)}** ${metricSigns[is].word}: ${inMarkdown(why)} (${measuredWords(metric, when)})`;
}

/** Where and when a metric was measured. */
export function measuredWords({ source, observedAt }: MetricReport, when: When): string {
  if (when.read === 'later') return `measured ${momentText(observedAt, when)}`;
  return `${inMarkdown(source)}, ${fromNow(new Date(observedAt), when.now)}`;
}

/** The numbers of a metric in a code block; nothing where there is nothing to draw. */
export function metricPlot({ numbers }: MetricReport): string[] {
  if (numbers === null) return [];
  const lines = plotLines(numbers, { width: WIDTH, height: PLOT_HEIGHT, unicode: true });
  return lines.length === 0 ? [] : [codeFence(lines.map((line) => paint(line, false)).join('\n'))];
}

/** Each metric as a line, with its plot below. */
export function metricBlocks(metrics: readonly MetricReport[], when: When): string[] {
  return metrics.flatMap((metric) => [metricLine(metric, when), ...metricPlot(metric)]);
}
