import { parseArgs } from 'node:util';
import { isCommand, listed } from './commands/index.ts';
import { type Given, type OptionName, options, readInput } from './commands/options.ts';
import { asError, inputError, type StepgateError } from './release/error.ts';
import { type ExitCode, exitCode, type Report } from './release/report.ts';
import type { Screen, Terminal } from './terminal.ts';
import { renderJson } from './views/json.ts';
import { paint, span } from './views/lines.ts';
import { logLines } from './views/neutral.ts';
import { renderError, renderText } from './views/text.ts';
import { git, run, startCluster } from './wire.ts';

/** Does what a command line says; everything that goes wrong is printed, and in the exit code. */
export async function execute(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { folder, env, signal, clock, out } = terminal;
  const [name, ...rest] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') return help(rest[0], out);
  let output: Output = rest.includes('--json') ? 'json' : 'text';
  try {
    const described = listed.get(name);
    if (described === undefined) {
      throw inputError('USAGE', `there is no command '${name}'`, { hint: `one of ${[...listed.keys()].join(', ')}` });
    }
    if (rest.includes('--help') || rest.includes('-h')) return help(name, out);
    const given = parse(name, described.options, rest);
    if (!isCommand(name)) {
      const { demo } = await import('./demo/demo.ts');
      return await demo(terminal, { execute, startCluster, git });
    }
    const input = readInput(given);
    output = input.output;
    const shown = await run(name, given, {
      folder,
      env,
      signal,
      clock,
      log: (line) => writeLog(line, terminal),
      mask: () => {},
      show: (report) => show(report, input.output, { interim: true }, terminal),
    });
    if (shown.kind === 'text') {
      out.write(shown.text);
      return 0;
    }
    if (shown.kind === 'drawn') {
      out.write(shown.draw({ ...out.canvas(), now: clock.now(), zone: zoneHere() }));
      return shown.exitCode;
    }
    if (!input.watch) await show(shown.report, output, { interim: false }, terminal);
    return exitCode(shown.report, input.detailedExitCode);
  } catch (error) {
    const known = signal.aborted ? inputError('CANCELLED', 'cancelled; the rollout stays as it is') : asError(error);
    return fail(name, known, output, terminal);
  }
}

type Output = 'text' | 'json' | 'markdown';

function parse(name: string, allowed: readonly OptionName[], argv: readonly string[]): Given {
  const config = Object.fromEntries(
    allowed.map((option) => [
      option,
      { type: options[option].takes === 'flag' ? ('boolean' as const) : ('string' as const), multiple: true },
    ]),
  );
  try {
    const { values } = parseArgs({ args: [...argv], options: config, allowPositionals: false, strict: true });
    return Object.fromEntries(
      Object.entries(values).map(([option, found]) => [option, [found ?? []].flat().map(String)]),
    );
  } catch (error) {
    throw inputError('USAGE', error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error), {
      hint: `stepgate help ${name}`,
    });
  }
}

async function show(
  report: Report,
  output: Output,
  { interim }: { readonly interim: boolean },
  { out, clock }: Terminal,
): Promise<void> {
  switch (output) {
    case 'json':
      out.write(`${renderJson(report, { compact: interim })}\n`);
      return;
    case 'markdown': {
      const { renderMarkdown } = await import('./views/markdown.ts');
      out.write(`${renderMarkdown(report, { now: clock.now() })}\n`);
      return;
    }
    case 'text': {
      if (interim && out.live) out.write('\u001b[H\u001b[2J');
      out.write(`${renderText(report, { ...out.canvas(), now: clock.now(), zone: zoneHere() }).join('\n')}\n`);
    }
  }
}

function zoneHere(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function fail(name: string, error: StepgateError, output: Output, terminal: Terminal): ExitCode {
  const { out, err } = terminal;
  const { family, code, message, hint, at } = error;
  const report: Report = {
    version: 1,
    command: name,
    changed: false,
    error: { family, code, message, hint, at },
    deliveries: [],
  };
  if (output === 'json') out.write(`${renderJson(report)}\n`);
  for (const problem of error.problems) {
    for (const line of renderError({ family, ...problem }, err.canvas())) err.write(`${line}\n`);
  }
  if (family === 'bug' && error.cause instanceof Error) writeLog(error.cause.stack ?? '', terminal);
  return exitCode(report, false);
}

function writeLog(line: string, { err }: Terminal): void {
  const { color } = err.canvas();
  for (const one of logLines(line)) err.write(`${paint([span(one, 'dim')], color)}\n`);
}

function help(name: string | undefined, out: Screen): ExitCode {
  const described = name === undefined ? undefined : listed.get(name);
  const lines =
    described !== undefined
      ? [
          `stepgate ${name}: ${described.what}`,
          '',
          ...described.options.map((option) => {
            const { takes, what, default: standard } = options[option];
            const left =
              takes === 'flag' ? `--${option}` : `--${option} ${takes === 'list' ? 'VALUE (again)' : 'VALUE'}`;
            return `  ${left.padEnd(28)} ${what}${standard === '' || takes === 'flag' ? '' : ` (${standard})`}`;
          }),
        ]
      : [
          'stepgate: release to Kubernetes step by step from Git',
          '',
          ...[...listed].map(
            ([command, { what, writes }]) => `  ${command.padEnd(10)} ${what}${writes ? '' : ' (reads only)'}`,
          ),
          '',
          'stepgate help COMMAND tells its options.',
        ];
  out.write(`${lines.join('\n')}\n`);
  return 0;
}
