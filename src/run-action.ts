import {
  endGroup,
  error,
  getInput,
  info,
  notice,
  setFailed,
  setOutput,
  setSecret,
  startGroup,
  summary,
  warning,
} from '@actions/core';
import { actionCommands, actionOptions, type CommandName, commands, isCommand } from './commands/index.ts';
import { formatOf, type InputOf, type Printing, readInput } from './commands/input.ts';
import { type OptionName, options } from './commands/options.ts';
import { asError, inputError } from './release/error.ts';
import { exitCode, failureReport, type Report } from './release/report.ts';
import { openReporters, reportAll } from './reporters/index.ts';
import { writeReport } from './reporters/log.ts';
import type { RunFacts, Runner } from './reporters/reporter.ts';
import { collectSecrets } from './secrets.ts';
import { logLines, oneLine } from './views/neutral.ts';
import { machineClock, run } from './wire.ts';
import { refusedHere, whoRefused } from './workflow.ts';

/** The runner kills ten seconds after it asks to end: what has not ended by itself by then is reported all the same. */
const GIVE_UP = 4_000;

const { env } = process;
/**
 * The runner masks the log only, a line at a time, and drops outputs that have a secret in them: a long one that was
 * wrapped would be shown. So none gets that far.
 */
const { mask, hide, hideIn } = collectSecrets(setSecret);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());

const runner: Runner = {
  info,
  warning,
  notice,
  error,
  setOutput,
  async addSummary(markdown) {
    await summary.addRaw(markdown).write();
  },
};

const failed = await main().catch((thrown: unknown) => {
  setFailed(`BUG: ${oneLine(asError(thrown).message)}`);
  return true;
});
// What is printed is printed, and nothing is waited for: timers of the libraries would hold the process for seconds.
// The exit code that action.ts has set stands for a run without an end.
process.stdout.write('', () => process.exit(failed ? 1 : 0));

/** Runs the command and reports; whether the step fails. */
async function main(): Promise<boolean> {
  const name = getInput('command');
  // Until the command is known, the defaults.
  let shown: Printing = readInput('config', {});
  try {
    const command = commandNamed(name);
    const input = readInputs(command);
    shown = input;
    let grouped = false;
    const surface = {
      folder: env['GITHUB_WORKSPACE'] ?? process.cwd(),
      env,
      signal: stop.signal,
      clock: machineClock,
      log(line: string) {
        if (!grouped) startGroup(`log of stepgate ${name}`);
        grouped = true;
        print(line);
      },
      mask,
      show: (report: Report) => writeReport(runner, hideIn(report), logFacts(input)),
    };
    const running = orGiveUp(run(command, input, surface));
    const result = await running.finally(() => grouped && endGroup());
    switch (result.kind) {
      case 'report':
        return await finish(result.report, shown);
      case 'text':
        return await finish({ version: 1, command: name, changed: false, error: null, deliveries: [] }, shown, {
          yaml: result.text,
        });
      case 'drawn':
        throw new Error(`${name} is for a terminal`);
    }
  } catch (thrown) {
    const known = stop.signal.aborted
      ? inputError('CANCELLED', 'cancelled; the rollout stays as it is')
      : asError(thrown);
    if (known.family === 'bug' && known.cause instanceof Error) print(known.cause.stack ?? '');
    return await finish(failureReport(name, known), shown, { problems: known.problems });
  }
}

function commandNamed(name: string): CommandName {
  if (isCommand(name) && actionCommands.includes(name)) return name;
  const found = name === '' ? 'the input command is missing' : `there is no command '${name}'`;
  throw inputError('USAGE', found, { hint: `one of ${actionCommands.join(', ')}` });
}

/**
 * What was given for a command. Throws USAGE for what it does not take: an ignored `dry-run` would be a disaster. Throws
 * EVENT_REFUSED too.
 */
function readInputs(name: CommandName): InputOf<CommandName> {
  const allowed: readonly OptionName[] = commands[name].options;
  // No input any more. The runner hands over what is not listed in action.yml too.
  if (getInput('who') !== '') throw whoRefused();
  const given: Partial<Record<OptionName, readonly string[]>> = {};
  for (const option of actionOptions) {
    const text = getInput(option);
    if (text === '' || text === options[option].default) continue;
    if (!allowed.includes(option)) {
      throw inputError('USAGE', `${name} takes no ${option}`, {
        hint: `${name} takes ${allowed.filter((one) => actionOptions.includes(one)).join(', ')}`,
      });
    }
    given[option] = [text];
  }
  const input = readInput(name, given);
  const refused = refusedHere(name, env);
  if (refused !== null) throw refused;
  return input;
}

/** The result, or a rejection a while after the run was cancelled. */
function orGiveUp<T>(running: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    stop.signal.addEventListener('abort', () => setTimeout(() => reject(stop.signal.reason), GIVE_UP), { once: true });
    running.then(resolve, reject);
  });
}

/** Has every reporter report. Whether the step fails depends on the report alone. */
async function finish(
  found: Report,
  shown: Printing,
  { yaml = null, problems = [] }: Partial<Pick<RunFacts, 'yaml' | 'problems'>> = {},
): Promise<boolean> {
  const report = hideIn(found);
  const facts: RunFacts = {
    ...logFacts(shown),
    yaml: yaml === null ? null : hide(yaml),
    problems: hideIn(problems),
    exitCode: exitCode(report, shown['detailed-exit-code']),
  };
  await reportAll(openReporters({ runner }), report, facts, runner);
  return exitCode(report, false) !== 0;
}

function logFacts(shown: Printing): Pick<RunFacts, 'log' | 'now'> {
  return { log: { format: formatOf(shown), color: (env['NO_COLOR'] ?? '') === '' }, now: new Date() };
}

function print(text: string): void {
  for (const line of logLines(hide(text))) info(line);
}
