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
import { unknownCommand } from './commands/unknown.ts';
import { asError, inputError } from './release/error.ts';
import { exitCode, failureReport, type Report } from './release/report.ts';
import { openReporters, reportAll } from './reporters/index.ts';
import { writeReport } from './reporters/log.ts';
import type { RunFacts, Runner, Telling } from './reporters/reporter.ts';
import { collectSecrets } from './secrets.ts';
import { logLines, oneLine } from './views/neutral.ts';
import { yamlWithoutSecrets } from './views/yaml-without-secrets.ts';
import { forgeOf, machineClock, run, webhookOf } from './wire.ts';
import { checkoutIn, pageHere, pullRequestHere, refusedHere, whoRefused } from './workflow.ts';

/** How long reporters may take to tell people at the forge. Milliseconds. */
const TELL_FOR = 60_000;
/** How long a cancelled run may take before it is reported anyway: the runner kills it after ten seconds. */
const GIVE_UP = 4_000;

const { env } = process;
/**
 * Secrets are hidden before anything is written. The runner's masking is not enough: it works on single lines of the log,
 * so a wrapped secret would be visible, and it drops outputs with a secret.
 */
const { mask, maskRead, hide, hideForeign, hideIn } = collectSecrets(setSecret);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());

/** The command and the reporters share them: the forge counts the requests of the whole run. */
const forge = forgeOf(tokenGiven(), { env, clock: machineClock, log: print, mask });
const webhook = webhookOf(env, mask);

const runner: Runner = {
  info,
  warning: (message) => warning(hideForeign(message)),
  notice: (message, label) => notice(hideForeign(message), label),
  error: (message, label) => error(hideForeign(message), label),
  setOutput,
  async addSummary(markdown) {
    await summary.addRaw(markdown).write();
  },
};

const failed = await main().catch((thrown: unknown) => {
  setFailed(`BUG: ${oneLine(hideForeign(asError(thrown).message))}`);
  return true;
});
// All output is written. Without exit(), timers of libraries would keep the process alive for seconds.
// The exit code that action.ts has set is for a run without a result.
process.stdout.write('', () => process.exit(failed ? 1 : 0));

/** Runs the command and reports. Returns whether the step fails. */
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
      folder: checkoutIn(env['GITHUB_WORKSPACE'] ?? process.cwd(), 'path' in input ? input.path : ''),
      env,
      signal: stop.signal,
      clock: machineClock,
      log(line: string) {
        if (!grouped) startGroup(`log of stepgate ${name}`);
        grouped = true;
        print(line);
      },
      mask,
      maskRead,
      // Many can read the log of a run, and comments are published.
      readers: 'public' as const,
      forge,
      show: (report: Report) => writeReport(runner, hideIn(report), logFacts(input)),
    };
    const running = orGiveUp(run(command, input, surface));
    const result = await running.finally(() => grouped && endGroup());
    switch (result.kind) {
      case 'report':
        return await finish(result.report, shown, { tells: tellsOf(command, input) });
      case 'text':
        return await finish(
          { version: 1, command: name, changed: false, error: null, lastTick: null, deliveries: [] },
          shown,
          {
            yaml: result.text,
          },
        );
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

/** The token for the forge, masked before anything is printed; null for an empty input. */
function tokenGiven(): string | null {
  const token = getInput('github-token');
  if (token === '') return null;
  mask(token);
  return token;
}

function commandNamed(name: string): CommandName {
  if (isCommand(name) && actionCommands.includes(name)) return name;
  if (name !== '') throw unknownCommand(name, actionCommands);
  throw inputError('USAGE', 'the input command is missing', { hint: `one of ${actionCommands.join(', ')}` });
}

/**
 * Reads the inputs of a command. Throws USAGE for an input that the command does not take, so that no `dry-run` is silently
 * ignored. Throws EVENT_REFUSED.
 */
function readInputs(name: CommandName): InputOf<CommandName> {
  const allowed: readonly OptionName[] = commands[name].options;
  // `who` is not an input. The runner also passes inputs that action.yml does not list.
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
  logFormat(input);
  const refused = refusedHere(name, env);
  if (refused !== null) throw refused;
  return input;
}

/** The result; rejects some time after the run was cancelled. */
function orGiveUp<T>(running: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    stop.signal.addEventListener('abort', () => setTimeout(() => reject(stop.signal.reason), GIVE_UP), { once: true });
    running.then(resolve, reject);
  });
}

/** Runs every reporter. Whether the step fails depends on the report alone. */
async function finish(
  found: Report,
  shown: Printing,
  { yaml = null, problems = [], tells = null }: Partial<Pick<RunFacts, 'yaml' | 'problems' | 'tells'>> = {},
): Promise<boolean> {
  const report = hideIn(found);
  const facts: RunFacts = {
    ...logFacts(shown),
    // It goes to the log and the summary alone, so nothing is made of it.
    yaml: yaml === null ? null : hide(yamlWithoutSecrets(yaml)),
    problems: hideIn(problems),
    exitCode: exitCode(report, shown['detailed-exit-code']),
    tells,
    url: pageHere(env),
    signal: AbortSignal.any([stop.signal, AbortSignal.timeout(TELL_FOR)]),
  };
  await reportAll(openReporters({ runner, forge, webhook }), report, facts, runner);
  return exitCode(report, false) !== 0;
}

/** What people at the forge are told of a command: of one that only reads, nothing but the plan of a pull request. */
function tellsOf(command: CommandName, input: InputOf<CommandName>): Telling | null {
  if (commands[command].writes) return 'dry-run' in input && input['dry-run'] ? null : { is: 'release' };
  const pull = command === 'plan' ? pullRequestHere(env) : null;
  return pull === null ? null : { is: 'plan', pullRequest: pull.number, head: pull.head };
}

function logFacts(shown: Printing): Pick<RunFacts, 'log' | 'now'> {
  return { log: { format: logFormat(shown), color: (env['NO_COLOR'] ?? '') === '' }, now: new Date() };
}

/** The format of the log. Throws USAGE for a picture. */
function logFormat(shown: Printing): RunFacts['log']['format'] {
  const format = formatOf(shown);
  if (format !== 'html' && format !== 'svg') return format;
  throw inputError('USAGE', `the log of the Action shows no picture: output is '${format}'`, {
    hint: 'write text, json or markdown; the command line prints the page',
  });
}

function print(text: string): void {
  for (const line of logLines(hideForeign(text))) info(line);
}
