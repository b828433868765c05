import type { Report } from '../release/report.ts';
import { annotations } from './annotations.ts';
import { comment } from './comment.ts';
import { reportFailure } from './failed.ts';
import { failure } from './failure.ts';
import { log } from './log.ts';
import { stepOutputs } from './outputs.ts';
import { type SharedPorts, sharedPorts } from './ports.ts';
import { releases } from './releases.ts';
import type { Reporter, ReporterPorts, RunFacts, Runner } from './reporter.ts';
import { summary } from './summary.ts';

/** Every reporter of the Action, in the order in which they report. */
const rows: readonly ((ports: SharedPorts) => Reporter)[] = [
  log,
  annotations,
  stepOutputs,
  failure,
  summary,
  comment,
  releases,
];

export function openReporters(ports: ReporterPorts): readonly Reporter[] {
  const shared = sharedPorts(ports);
  return rows.map((open) => open(shared));
}

/**
 * Runs every reporter in order. When one fails, the log has a warning, the others run, and the result of the run does not
 * change. What the token has no permission for is left out, and the log says so. Never rejects.
 */
export async function reportAll(
  reporters: readonly Reporter[],
  report: Report,
  run: RunFacts,
  runner: Pick<Runner, 'info' | 'warning'>,
): Promise<void> {
  for (const reporter of reporters) {
    try {
      await reporter.report(report, run);
    } catch (cause) {
      reportFailure(runner, reporter.missing, cause);
    }
  }
}
