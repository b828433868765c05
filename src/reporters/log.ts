import type { Report } from '../release/report.ts';
import { renderJson } from '../views/json.ts';
import { renderMarkdown } from '../views/markdown.ts';
import { logLines } from '../views/neutral.ts';
import { errorSentence } from '../views/problems.ts';
import { renderText } from '../views/text.ts';
import { yamlWithoutCommands } from '../views/yaml-in-log.ts';
import type { Reporter, ReporterPorts, RunFacts, Runner } from './reporter.ts';

const WIDTH = 120;

/** The step's log: the whole report, and every problem, because GitHub shows only some as annotations. */
export function log({ runner }: ReporterPorts): Reporter {
  return {
    missing: 'the report is not in the log',
    async report(report, run) {
      if (run.yaml === null) writeReport(runner, report, run);
      else for (const line of yamlWithoutCommands(run.yaml).trimEnd().split('\n')) runner.info(line);
      for (const problem of run.problems.slice(1)) runner.info(errorSentence(problem));
    },
  };
}

/** Writes a report to the log; with `--watch` it is called for every report. */
export function writeReport(runner: Pick<Runner, 'info'>, report: Report, facts: Pick<RunFacts, 'log' | 'now'>): void {
  for (const line of reportLines(report, facts)) runner.info(line);
}

function reportLines(
  report: Report,
  { log: { format, color }, now }: Pick<RunFacts, 'log' | 'now'>,
): readonly string[] {
  switch (format) {
    case 'json':
      return [renderJson(report)];
    case 'markdown':
      return logLines(renderMarkdown(report, { now }));
    case 'text':
      return renderText(report, { color, width: WIDTH, unicode: true, now });
  }
}
