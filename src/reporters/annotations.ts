import type { Problem } from '../release/error.ts';
import type { DeliveryReport } from '../release/report.ts';
import { logLine } from '../views/neutral.ts';
import type { Label, Reporter, ReporterPorts } from './reporter.ts';

/** GitHub shows ten annotations of a kind for each step. One error is reserved for the failure of the step (failure.ts). */
const MOST = 9;

/** Annotations on the run's page: an error at each place with a problem, a notice for each delivery that waits. */
export function annotations({ runner }: ReporterPorts): Reporter {
  return {
    missing: 'annotations are missing',
    async report({ deliveries }, { problems }) {
      const errors = [...problems, ...deliveries.flatMap(errorsOf)];
      const placed = errors.flatMap(({ at, ...rest }) => (at === null ? [] : [{ ...rest, at }]));
      for (const { code, message, hint, at } of placed.slice(0, MOST)) {
        const label: Label = {
          title: code,
          file: at.file,
          ...(at.line === null ? {} : { startLine: at.line }),
          ...(at.column === null ? {} : { startColumn: at.column }),
        };
        runner.error(logLine([message, hint ?? ''].filter((part) => part !== '').join('; ')), label);
      }
      const waiting = deliveries.filter(({ state, todo }) => state === 'waiting' && todo !== null);
      for (const { name, message, todo } of waiting.slice(0, MOST))
        runner.notice(logLine(`${message}; next: ${todo}`), { title: logLine(`${name} waits`) });
    },
  };
}

/** The error of a delivery; where it tells of findings, each of them. */
function errorsOf({ error, findings }: DeliveryReport): readonly Problem[] {
  if (error === null) return [];
  const told = findings.flatMap(({ severity, code, message, wayOut: hint, at }) =>
    severity === 'error' && code === error.code && at !== undefined ? [{ code, message, hint, at }] : [],
  );
  return told.length === 0 ? [error] : told;
}
