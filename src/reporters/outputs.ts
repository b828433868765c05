import type { DeliveryReport, ExitCode, Report } from '../release/report.ts';
import { renderJson } from '../views/json.ts';
import { oneLine } from '../views/neutral.ts';
import { worstFirst } from '../views/words.ts';
import type { Reporter, ReporterPorts } from './reporter.ts';

/** In characters. GitHub takes a megabyte of outputs of a job, in UTF-16. */
const LONGEST = 500_000;

/** One output of the Action. `value` is always a string; empty says that there is nothing to say. */
export interface Output {
  readonly name: string;
  readonly description: string;
  readonly value: (result: { readonly report: Report; readonly exitCode: ExitCode }) => string;
}

/** An output of the worst delivery (the only one, where there is one). */
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
      return worst === undefined ? '' : oneLine(String(read(worst) ?? ''));
    },
  };
}

/** An output that an error of the whole run takes over. */
function orError(name: 'reason' | 'message', description: string): Output {
  const plain = ofWorst(name, description, (delivery) => delivery[name]);
  const key = name === 'reason' ? 'code' : 'message';
  return {
    ...plain,
    value: (result) => (result.report.error === null ? plain.value(result) : oneLine(result.report.error[key])),
  };
}

/** Every output of the Action, in the order of the docs: action.yml and docs/commands.md are made from this. */
export const outputs: readonly Output[] = [
  ofWorst(
    'delivery',
    'Name of the delivery that the outputs are about: the only one, else the worst.',
    (one) => one.name,
  ),
  ofWorst(
    'state',
    'absent, idle, rolling, waiting, finishing, done, reverting, rolledBack, held, stuck, failed, superseded or ungated. Empty if the run failed before it could look.',
    (one) => one.state,
  ),
  orError('reason', 'Reason code of the state or of the error, from the documented list.'),
  orError('message', 'The reason in words, on one line. Foreign text: pass it through env, never into a script.'),
  ofWorst('release-id', 'Rollout-id of the release.', (one) => one.release?.id ?? null),
  ofWorst('commit', 'Commit of the release, 40 hexadecimal digits.', (one) => one.release?.commit ?? null),
  ofWorst('step', 'Number of the step the release is at, from 1.', (one) => one.step?.index ?? null),
  ofWorst('step-name', 'Name of that step.', (one) => one.step?.name ?? null),
  ofWorst(
    'steps',
    'How many steps the plan has.',
    (one) => one.step?.of ?? (one.steps.length === 0 ? null : one.steps.length),
  ),
  ofWorst(
    'next',
    'ISO time at which something happens by itself; empty if it takes a person or the engine.',
    (one) => one.next,
  ),
  {
    name: 'changed',
    description: 'true if this run wrote anything, else false.',
    value: ({ report }) => String(report.changed),
  },
  { name: 'exit-code', description: 'What the CLI would have exited with.', value: ({ exitCode }) => String(exitCode) },
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
