import { asError } from '../release/error.ts';
import type { Report } from '../release/report.ts';
import { logLine } from '../views/neutral.ts';
import { annotations } from './annotations.ts';
import { failure } from './failure.ts';
import { log } from './log.ts';
import { stepOutputs } from './outputs.ts';
import type { Reporter, ReporterPorts, RunFacts, Runner } from './reporter.ts';
import { summary } from './summary.ts';

/** Every reporter of the Action, in the order in which they report. */
const rows: readonly ((ports: ReporterPorts) => Reporter)[] = [log, annotations, stepOutputs, failure, summary];

export function openReporters(ports: ReporterPorts): readonly Reporter[] {
  return rows.map((open) => open(ports));
}

/**
 * Runs every reporter in order. When one fails, the log has a warning, the others run, and the result of the run does not
 * change. Never rejects.
 */
export async function reportAll(
  reporters: readonly Reporter[],
  report: Report,
  run: RunFacts,
  runner: Pick<Runner, 'warning'>,
): Promise<void> {
  for (const reporter of reporters) {
    try {
      await reporter.report(report, run);
    } catch (cause) {
      runner.warning(logLine(`${reporter.missing}: ${asError(cause).message}`));
    }
  }
}
