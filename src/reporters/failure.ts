import { exitCode, type Report } from '../release/report.ts';
import { errorSentence } from '../views/problems.ts';
import { worstFirst } from '../views/words.ts';
import type { Reporter, ReporterPorts } from './reporter.ts';

/** The last message of a failed step. The entry makes the step fail, even when this reporter fails. */
export function failure({ runner }: ReporterPorts): Reporter {
  return {
    missing: 'the reason of the failure is not shown',
    async report(report) {
      if (exitCode(report, false) !== 0) runner.error(failureSentence(report));
    },
  };
}

/** One line: code, place, message and hint of the worst delivery. */
function failureSentence(report: Report): string {
  if (report.error !== null) return errorSentence(report.error);
  const failed = worstFirst(report.deliveries).filter(
    (delivery) => exitCode({ ...report, deliveries: [delivery] }, false) !== 0,
  );
  const [worst, ...more] = failed;
  if (worst === undefined) return 'BUG: failed without a reason';
  const { error, reason, name, message, todo } = worst;
  const sentence = errorSentence(error ?? { code: reason, message: `${name}: ${message}`, hint: todo, at: null });
  return more.length === 0 ? sentence : `${sentence} (and ${more.length} more)`;
}
