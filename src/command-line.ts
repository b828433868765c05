import { parseArgs } from 'node:util';
import { type Command, type CommandName, isCommand, listed } from './commands/index.ts';
import { checkPicture, formatOf, type Given, readInput } from './commands/input.ts';
import { isArgument, type OptionValues, options } from './commands/options.ts';
import { unknownCommand, usageHint } from './commands/unknown.ts';
import { commandIn, helpFor } from './help.ts';
import { liveView } from './live-view.ts';
import { asError, inputError, type StepgateError } from './release/error.ts';
import { type DeliveryReport, type ExitCode, exitCode, failureReport, type Report } from './release/report.ts';
import { collectSecrets, type Secrets } from './secrets.ts';
import type { Screen, Terminal } from './terminal.ts';
import { renderJson } from './views/json.ts';
import { paint, span } from './views/lines.ts';
import { breakCommands, logLines } from './views/neutral.ts';
import { renderError, renderText } from './views/text.ts';
import { forgeOf, git, run, startCluster, tokenIn } from './wire.ts';
import { inWorkflow, isPublished, refusedHere, whoRefused } from './workflow.ts';

/** Executes a command line. Prints every error, and returns the exit code. */
export async function execute(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { folder, env, signal, clock } = terminal;
  const printer = printerOn(terminal);
  const { out, secrets, watched } = printer;
  const help = helpFor(argv);
  if (help !== null) {
    out.write(help);
    return 0;
  }
  const [name = '', ...rest] = commandIn(argv);
  let output: OptionValues['output'] = rest.includes('--json') ? 'json' : 'text';
  try {
    const described = listed.get(name);
    if (described === undefined) throw unknownCommand(name, [...listed.keys()]);
    const given = parse(name, described, rest);
    if (!isCommand(name)) {
      const { demo } = await import('./demo/demo.ts');
      return await demo(terminal, { execute, startCluster, git });
    }
    const input = readInput(name, given);
    checkPicture(name, input);
    const format = formatOf(input);
    output = format;
    if (watched) checkWorkflow(name, given, terminal);
    const token = tokenIn(env);
    // git and its helpers get it too, and may say it.
    if (token !== null) secrets.mask(token);
    using following = followOn(printer, format);
    const seen = new Set<DeliveryReport>();
    const shown = await run(name, input, {
      folder,
      env,
      signal,
      clock,
      log: following.log,
      mask: secrets.mask,
      maskRead: secrets.maskRead,
      readers: terminal.isPersons && !isPublished(env) && format === 'text' ? 'person' : 'public',
      forge: forgeOf(token, { env, clock, log: following.log, mask: secrets.mask }),
      show: (report) => {
        for (const delivery of report.deliveries) seen.add(delivery);
        following.show(report);
      },
    });
    if (shown.kind === 'text') {
      await writeYaml(shown.text, printer);
      return 0;
    }
    if (shown.kind === 'drawn') {
      writeDrawn(shown.draw({ ...out.canvas(), now: clock.now(), zone: zoneHere() }), printer);
      return shown.exitCode;
    }
    const watches = 'watch' in input && input.watch;
    if (!watches) await show(shown.report, output, { interim: false }, printer);
    // A delivery that failed has not been shown yet. After Ctrl-C the last picture stays.
    else if (!signal.aborted && !shown.report.deliveries.every((one) => seen.has(one))) following.show(shown.report);
    return exitCode(shown.report, input['detailed-exit-code']);
  } catch (error) {
    const known = signal.aborted ? inputError('CANCELLED', 'cancelled; the rollout stays as it is') : asError(error);
    return await fail(name, known, output, printer);
  }
}

/** A terminal, with the secrets to hide from it. */
interface Printer extends Terminal {
  readonly secrets: Secrets;
  /** Whether a workflow's runner reads the streams; it interprets some lines as commands. */
  readonly watched: boolean;
  /** Writes to `out` unchanged what has its credentials hidden already: JSON, whose keys must stay, and pages and pictures. */
  readonly asIs: Screen['write'];
}

function printerOn(terminal: Terminal): Printer {
  const watched = inWorkflow(terminal.env);
  // On stderr, because stdout is for the result. The runner reads commands from both.
  const secrets = collectSecrets((form) => watched && terminal.err.write(maskCommand(form)));
  const hiding = (screen: Screen): Screen => ({
    ...screen,
    write: (text) => screen.write(secrets.hide(text)),
  });
  return {
    ...terminal,
    out: hiding(terminal.out),
    err: hiding(terminal.err),
    asIs: (text) => terminal.out.write(text),
    secrets,
    watched,
  };
}

/** Makes the runner mask a text, as @actions/core does. */
function maskCommand(text: string): string {
  const escaped = text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  return `::add-mask::${escaped}\n`;
}

/** Throws when the rules of the Action forbid this command line in a workflow's run. */
function checkWorkflow(name: CommandName, given: Given, { env }: Terminal): void {
  if (given.who?.some((one) => one.trim() !== '')) throw whoRefused();
  const refused = refusedHere(name, env);
  if (refused !== null) throw refused;
}

function parse(name: string, { options: allowed, argument }: Command, argv: readonly string[]): Given {
  const config = Object.fromEntries(
    allowed
      .filter(isArgument)
      .map((option) => [
        option,
        { type: options[option].takes === 'flag' ? ('boolean' as const) : ('string' as const), multiple: true },
      ]),
  );
  try {
    const allowPositionals = argument !== undefined;
    const { values, positionals } = parseArgs({ args: [...argv], options: config, allowPositionals, strict: true });
    if (positionals.length > 1 && argument !== undefined && options[argument].takes !== 'list')
      throw new Error(`${name} takes one name, and ${positionals.length} were given`);
    const given = Object.entries(values).map(([option, found]) => [option, [found ?? []].flat().map(String)]);
    if (argument === undefined || positionals.length === 0) return Object.fromEntries(given);
    const named = given.flatMap(([option, found]) => (option === argument ? found : []));
    return Object.fromEntries([...given, [argument, [...named, ...positionals]]]);
  } catch (error) {
    const words = wordsOf(error);
    throw inputError('USAGE', words, { hint: usageHint(words, name, Object.keys(config)) });
  }
}

/** The problem of a command line. A long argument is not quoted, because it may be a line of a kubeconfig. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const quotes = 'code' in error && quoting.includes(String(error.code));
  const message = quotes
    ? error.message.replace(/'[\s\S]*'/, (quoted) => (/^'[^\n]{1,60}'$/.test(quoted) ? quoted : "'...'"))
    : error.message;
  return message.split('\n')[0] ?? '';
}

const quoting = ['ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL', 'ERR_PARSE_ARGS_UNKNOWN_OPTION'];

async function show(
  found: Report,
  output: OptionValues['output'],
  { interim }: { readonly interim: boolean },
  printer: Printer,
): Promise<void> {
  const { out, clock, asIs, secrets } = printer;
  const report = secrets.hideIn(found);
  switch (output) {
    case 'json':
      asIs(`${renderJson(report, { compact: interim })}\n`);
      return;
    case 'markdown': {
      const { renderMarkdown } = await import('./views/markdown.ts');
      writeDrawn(`${renderMarkdown(report, { now: clock.now() })}\n`, printer);
      return;
    }
    case 'html':
    case 'svg': {
      asIs(await drawReport(report, output, printer));
      return;
    }
    case 'text':
      out.write(`${textOf(report, printer).join('\n')}\n`);
  }
}

function textOf(report: Report, { out, clock }: Printer): readonly string[] {
  return renderText(report, { ...out.canvas(), now: clock.now(), zone: zoneHere() });
}

/** Prints the reports of `--watch`: on a terminal over each other, else below each other. */
function followOn(printer: Printer, format: OptionValues['output']) {
  const { out, clock, signal, secrets } = printer;
  if (format !== 'text' || out.size === null) {
    return {
      show: (report: Report) => void show(report, format, { interim: true }, printer),
      log: (line: string) => writeLog(line, printer),
      [Symbol.dispose]: () => {},
    };
  }
  const view = liveView(out.write, { size: out.size, clock, signal });
  return {
    show(found: Report) {
      const report = secrets.hideIn(found);
      view.show(() => textOf(report, printer));
    },
    log: (line: string) => view.above(() => writeLog(line, printer)),
    [Symbol.dispose]: () => view[Symbol.dispose](),
  };
}

/** A report as a page or a picture. */
async function drawReport(report: Report, output: 'html' | 'svg', { clock }: Printer): Promise<string> {
  const options = { now: clock.now(), zone: zoneHere() };
  if (output === 'html') return (await import('./views/html.ts')).renderHtml(report, options);
  return (await import('./views/release-chart.ts')).renderSvg(report, options);
}

/** Writes YAML for programs. In a workflow's log the same values are spelled so that no line is a command. */
async function writeYaml(yaml: string, { asIs, secrets, watched }: Printer): Promise<void> {
  // The values of its Secrets stay: in the log of a workflow the runner masks them, and in a file they are needed.
  const text = secrets.hideOwn(yaml);
  if (!watched) {
    asIs(text);
    return;
  }
  const { yamlWithoutCommands } = await import('./views/yaml-in-log.ts');
  asIs(yamlWithoutCommands(text));
}

/** Writes neutralised text of several lines. */
function writeDrawn(text: string, { out, watched }: Printer): void {
  out.write(watched ? text.split('\n').map(breakCommands).join('\n') : text);
}

function zoneHere(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

async function fail(
  name: string,
  error: StepgateError,
  output: OptionValues['output'],
  printer: Printer,
): Promise<ExitCode> {
  const { err, asIs, secrets } = printer;
  const { family } = error;
  const report = failureReport(name, error);
  if (output === 'json') asIs(`${renderJson(secrets.hideIn(report))}\n`);
  // A page that is kept says why the command failed.
  if (output === 'html' || output === 'svg') asIs(await drawReport(secrets.hideIn(report), output, printer));
  for (const problem of error.problems) {
    for (const line of renderError(secrets.hideIn({ family, ...problem }), err.canvas())) err.write(`${line}\n`);
  }
  if (family === 'bug' && error.cause instanceof Error) writeLog(error.cause.stack ?? '', printer);
  return exitCode(report, false);
}

function writeLog(line: string, { err, secrets }: Printer): void {
  const { color } = err.canvas();
  for (const one of logLines(secrets.hideForeign(line))) err.write(`${paint([span(one, 'dim')], color)}\n`);
}
