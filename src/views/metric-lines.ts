import type { MetricReport } from '../release/report.ts';
import { columns, cut, type Line, pad, span, type TextOptions, wrap } from './lines.ts';
import { PLOT_HEIGHT, plotLines } from './metric-plot.ts';
import { metricSigns } from './metric-words.ts';

/** Columns by which a plot is indented below its metric. */
const INDENT = 2;

/** Rows of the plot of a metric that somebody tries. */
const TRIED_HEIGHT = 8;
/** How much of a question is shown, in characters: it has the name of every pod. */
const LONGEST_QUESTION = 400;

/**
 * Each metric with its sign, name and why; below it a plot of what was measured. Of one that is `tried` the plot is larger, and
 * what was asked is shown.
 */
export function metricLines(
  metrics: readonly MetricReport[],
  { width, unicode, tried }: TextOptions & { readonly tried: boolean },
): Line[] {
  const nameWidth = Math.max(0, ...metrics.map(({ name }) => columns(name)));
  return metrics.flatMap(({ name, is, why, asked, numbers }) => {
    const { sign, plain, tone } = metricSigns[is];
    const head = `${unicode ? sign : plain} `;
    const room = columns(head) + nameWidth + 2;
    const said = wrap(why, width - room).map(
      (part, index): Line =>
        index === 0
          ? [span(head, tone), span(pad(name, nameWidth + 2), 'strong'), span(part)]
          : [span(' '.repeat(room)), span(part)],
    );
    const plot =
      numbers === null
        ? []
        : plotLines(numbers, { width: width - INDENT, height: tried ? TRIED_HEIGHT : PLOT_HEIGHT, unicode });
    const questions = tried
      ? asked.flatMap((question) => wrap(`asked ${cut(question, LONGEST_QUESTION, unicode)}`, width - INDENT))
      : [];
    return [
      ...said,
      ...questions.map((line): Line => [span(' '.repeat(INDENT)), span(line, 'dim')]),
      ...plot.map((line): Line => [span(' '.repeat(INDENT)), ...line]),
    ];
  });
}
