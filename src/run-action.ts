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
import { type Given, type OptionName, options, readInput } from './commands/options.ts';
import { asError, inputError, type Problem } from './release/error.ts';
import { type ErrorReport, exitCode, failureReport, type Report } from './release/report.ts';
import { collectSecrets } from './secrets.ts';
import { renderJson } from './views/json.ts';
import { renderMarkdown } from './views/markdown.ts';
import { codeFence, logLines, oneLine } from './views/neutral.ts';
import { outputs } from './views/outputs.ts';
import { formatPlace } from './views/problems.ts';
import { renderText } from './views/text.ts';
import { worstFirst } from './views/words.ts';
import { machineClock, run } from './wire.ts';
import { refusedHere, whoRefused } from './workflow.ts';

/** GitHub shows ten annotations of a kind for a step; the last error is setFailed's. */
const ANNOTATIONS = 9;
/** The runner kills ten seconds after it asks to end: what has not ended by itself by then is reported all the same. */
const GIVE_UP = 4_000;
const LONGEST_OUTPUT = 500_000;

const { env } = process;
/**
 * The runner masks the log only, a line at a time, and drops outputs that have a secret in them: a long one that was
 * wrapped would be shown. So none gets that far.
 */
const { mask, hide, hideIn } = collectSecrets(setSecret);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());

// What is printed is printed, and nothing is waited for: timers of the libraries would hold the process for seconds.
await main().catch((thrown: unknown) => setFailed(`BUG: ${oneLine(asError(thrown).message)}`));
// setFailed has set the code of a step that fails; the entry's own stands for a run without an end.
const failed = process.exitCode === 1;
process.stdout.write('', () => process.exit(failed ? 1 : 0));

async function main(): Promise<void> {
  let name = getInput('command');
  let given: Given = {};
  try {
    ({ name, given } = readInputs(name));
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
      show: (report: Report) => printReport(hideIn(report), given),
    };
    const running = orGiveUp(run(name as CommandName, given, surface));
    const result = await running.finally(() => grouped && endGroup());
    if (result.kind === 'report') return await finish(result.report, given);
    if (result.kind === 'drawn') throw new Error(`${name} is for a terminal`);
    print(result.text);
    writeOutputs({ version: 1, command: name, changed: false, error: null, deliveries: [] }, given);
    const fits = Buffer.byteLength(result.text) < LONGEST_OUTPUT;
    await summarise(`## stepgate ${name}\n\n${fits ? codeFence(result.text.trimEnd(), 'yaml') : 'The log has it.'}\n`);
  } catch (thrown) {
    const known = stop.signal.aborted
      ? inputError('CANCELLED', 'cancelled; the rollout stays as it is')
      : asError(thrown);
    if (known.family === 'bug' && known.cause instanceof Error) print(known.cause.stack ?? '');
    await finish(failureReport(name, known), given, known.problems);
  }
}

/** The command and what was given for it. Throws USAGE for what it does not take: an ignored `dry-run` would be a disaster. */
function readInputs(name: string): { readonly name: CommandName; readonly given: Given } {
  if (!isCommand(name) || !actionCommands.includes(name)) {
    const found = name === '' ? 'the input command is missing' : `there is no command '${name}'`;
    throw inputError('USAGE', found, { hint: `one of ${actionCommands.join(', ')}` });
  }
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
  readInput(given);
  const refused = refusedHere(name, env);
  if (refused !== null) throw refused;
  return { name, given };
}

/** The result, or a rejection a while after the run was cancelled. */
function orGiveUp<T>(running: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    stop.signal.addEventListener('abort', () => setTimeout(() => reject(stop.signal.reason), GIVE_UP), { once: true });
    running.then(resolve, reject);
  });
}

/** Tells the report in every way there is: log, annotations, summary, outputs, and whether the step fails. */
async function finish(found: Report, given: Given, problems: readonly Problem[] = []): Promise<void> {
  const report = hideIn(found);
  printReport(report, given);
  // The report has the first; GitHub shows some of them as annotations; the log has them all.
  for (const { at, ...problem } of problems.slice(1)) print(sentence({ ...hideIn(problem), at }));
  annotate(report, problems);
  writeOutputs(report, given);
  const failure = exitCode(report, false) === 0 ? null : failureOf(report);
  if (failure !== null) setFailed(failure);
  await summarise(renderMarkdown(report, { now: new Date() }));
}

function writeOutputs(report: Report, given: Given): void {
  const result = { report, exitCode: exitCode(report, readInput(given).detailedExitCode) };
  for (const { name, value } of outputs) {
    const text = value(result);
    if (text.length > LONGEST_OUTPUT) warning(`the output ${name} is left empty: it has ${text.length} characters`);
    setOutput(name, text.length > LONGEST_OUTPUT ? '' : text);
  }
}

function annotate(report: Report, problems: readonly Problem[]): void {
  const placed = [
    ...problems.map((one) => hideIn(one)),
    ...report.deliveries.flatMap((delivery) => delivery.error ?? []),
  ].filter((one) => one.at !== null);
  for (const { code, message, hint, at } of placed.slice(0, ANNOTATIONS)) {
    const place = {
      ...(at === null ? {} : { file: at.file }),
      ...(at?.line == null ? {} : { startLine: at.line }),
      ...(at?.column == null ? {} : { startColumn: at.column }),
    };
    error(safe([message, hint ?? ''].filter((part) => part !== '').join('; ')), { title: code, ...place });
  }
  const waiting = report.deliveries.filter((delivery) => delivery.state === 'waiting' && delivery.todo !== null);
  for (const { name, message, todo } of waiting.slice(0, ANNOTATIONS))
    notice(safe(`${message}; next: ${todo}`), { title: safe(`${name} waits`) });
}

/** One sentence: code, where, what, and what would do; of several deliveries the worst. */
function failureOf(report: Report): string {
  if (report.error !== null) return sentence(report.error);
  const failed = worstFirst(report.deliveries).filter(
    (delivery) => exitCode({ ...report, deliveries: [delivery] }, false) !== 0,
  );
  const [worst, ...more] = failed;
  if (worst === undefined) return 'BUG: failed without a reason';
  const { error: problem, reason, name, message, todo } = worst;
  const text =
    problem === null
      ? sentence({ code: reason, message: `${name}: ${message}`, hint: todo, at: null })
      : sentence(problem);
  return more.length === 0 ? text : `${text} (and ${more.length} more)`;
}

function sentence({ code, message, hint, at }: Omit<ErrorReport, 'family'>): string {
  const where = at === null ? '' : `${formatPlace(at)}: `;
  return safe(`${code}: ${where}${message}${hint === null ? '' : `; ${hint}`}`);
}

async function summarise(markdown: string): Promise<void> {
  try {
    await summary.addRaw(markdown).write();
  } catch (cause) {
    warning(safe(`no job summary was written: ${asError(cause).message}`));
  }
}

function printReport(report: Report, given: Given): void {
  const { output } = readInput(given);
  const now = new Date();
  const color = (env['NO_COLOR'] ?? '') === '';
  switch (output) {
    case 'json':
      info(renderJson(report));
      return;
    case 'markdown':
      print(renderMarkdown(report, { now }));
      return;
    case 'text':
      for (const line of renderText(report, { color, width: 120, unicode: true, now })) info(line);
  }
}

function print(text: string): void {
  for (const line of logLines(hide(text))) info(line);
}

/** Foreign text in the data of a command: one line, and nothing in it that reads as a command. */
function safe(text: string): string {
  return logLines(oneLine(text)).join(' ');
}
