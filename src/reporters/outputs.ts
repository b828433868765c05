import type { DeliveryReport, ExitCode, Report } from '../release/report.ts';
import { renderJson } from '../views/json.ts';
import { logLine } from '../views/neutral.ts';
import { worstFirst } from '../views/words.ts';
import type { Reporter, ReporterPorts } from './reporter.ts';

/** Maximum length of an output in characters. GitHub's limit for a job is one megabyte in UTF-16. */
const LONGEST = 500_000;

/**
 * One output of the Action. `value` is always a string; it is empty when there is no value. Steps print it, so it has no command for
 * the runner in it.
 */
export interface Output {
  readonly name: string;
  readonly description: string;
  readonly value: (result: { readonly report: Report; readonly exitCode: ExitCode }) => string;
}

/** An output about the worst delivery, or the only one. */
function ofWorst(
  name: string,
  description: string,
  read: (delivery: DeliveryReport) => string | number | null,
): Output {
  return {
    name,
    description,
    value: ({ report }) => {
      const [worst] = worstFirst(report.deliveries);
      return worst === undefined ? '' : logLine(String(read(worst) ?? ''));
    },
  };
}

/** An output about the worst delivery, or about the error when the whole run failed. */
function orError(name: 'reason' | 'message', description: string): Output {
  const plain = ofWorst(name, description, (delivery) => delivery[name]);
  const key = name === 'reason' ? 'code' : 'message';
  return {
    ...plain,
    value: (result) => (result.report.error === null ? plain.value(result) : logLine(result.report.error[key])),
  };
}

/** Every output of the Action, in order. action.yml and docs/commands.md are made from this table. */
export const outputs: readonly Output[] = [
  ofWorst(
    'delivery',
    'Name of the delivery that the outputs describe: the only one, or the worst of several.',
    (one) => one.name,
  ),
  ofWorst(
    'state',
    'absent, idle, rolling, waiting, finishing, done, reverting, rolledBack, held, stuck, failed, superseded or ungated. Empty if the run failed before it read the delivery.',
    (one) => one.state,
  ),
  orError('reason', 'Reason code of the state or of the error; the documentation lists all codes.'),
  orError('message', 'The reason as text, on one line. Foreign text: pass it through env, never into a script.'),
  ofWorst('release-id', 'Rollout-id of the release.', (one) => one.release?.id ?? null),
  ofWorst('commit', 'Commit of the release, 40 hexadecimal digits.', (one) => one.release?.commit ?? null),
  ofWorst('step', 'Number of the step the release is at, from 1.', (one) => one.step?.index ?? null),
  ofWorst('step-name', 'Name of that step.', (one) => one.step?.name ?? null),
  ofWorst(
    'steps',
    'Number of steps in the plan.',
    (one) => one.step?.of ?? (one.steps.length === 0 ? null : one.steps.length),
  ),
  ofWorst(
    'next',
    'ISO time at which something happens by itself; empty if a person or the engine has to act.',
    (one) => one.next,
  ),
  {
    name: 'changed',
    description: 'true if this run wrote anything, else false.',
    value: ({ report }) => String(report.changed),
  },
  { name: 'exit-code', description: 'Exit code that the CLI would have.', value: ({ exitCode }) => String(exitCode) },
  {
    name: 'result-json',
    description: 'The whole report as JSON on one line, version 1.',
    value: ({ report }) => renderJson(report, { compact: true }),
  },
];

/** The outputs of the step, for later steps and jobs. */
export function stepOutputs({ runner }: ReporterPorts): Reporter {
  return {
    missing: 'outputs are missing',
    async report(report, { exitCode }) {
      for (const { name, value } of outputs) {
        const text = value({ report, exitCode });
        const fits = text.length <= LONGEST;
        if (!fits) runner.warning(`the output ${name} is left empty: it has ${text.length} characters`);
        runner.setOutput(name, fits ? text : '');
      }
    },
  };
}
