#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { type CommandName, commands, isCommand } from './commands/index.ts';
import { type Given, type OptionName, options, readInput } from './commands/options.ts';
import { asError, inputError, type StepgateError } from './release/error.ts';
import { exitCode, type Report } from './release/report.ts';
import { renderJson } from './views/json.ts';
import { logLines } from './views/neutral.ts';
import { renderError, renderText } from './views/text.ts';
import { run } from './wire.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

// What is printed is printed, and nothing is waited for: timers of the libraries would hold the process for seconds.
const code = await main(process.argv.slice(2));
process.stdout.write('', () => process.exit(code));

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') return help(rest[0]);
  let output: 'text' | 'json' | 'markdown' = rest.includes('--json') ? 'json' : 'text';
  try {
    if (!isCommand(name)) {
      throw inputError('USAGE', `there is no command '${name}'`, {
        hint: `one of ${Object.keys(commands).join(', ')}`,
      });
    }
    if (rest.includes('--help') || rest.includes('-h')) return help(name);
    const given = parse(name, rest);
    const input = readInput(given);
    output = input.output;
    const shown = await run(name, given, {
      folder: process.cwd(),
      env: process.env,
      signal: stop.signal,
      log: (line) => writeLog(line),
      mask: () => {},
      show: (report) => show(report, output, true),
    });
    if (shown.kind === 'text') {
      process.stdout.write(shown.text);
      return 0;
    }
    if (!input.watch) await show(shown.report, output, false);
    return exitCode(shown.report, input.detailedExitCode);
  } catch (error) {
    const known = stop.signal.aborted
      ? inputError('CANCELLED', 'cancelled; the rollout stays as it is')
      : asError(error);
    return fail(name, known, output);
  }
}

function parse(name: CommandName, argv: readonly string[]): Given {
  const allowed: readonly OptionName[] = commands[name].options;
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

async function show(report: Report, output: 'text' | 'json' | 'markdown', interim: boolean): Promise<void> {
  switch (output) {
    case 'json':
      process.stdout.write(`${renderJson(report, { compact: interim })}\n`);
      return;
    case 'markdown': {
      const { renderMarkdown } = await import('./views/markdown.ts');
      process.stdout.write(`${renderMarkdown(report, { now: new Date() })}\n`);
      return;
    }
    case 'text': {
      if (interim && process.stdout.isTTY) process.stdout.write('\u001b[H\u001b[2J');
      process.stdout.write(`${renderText(report, canvas(process.stdout)).join('\n')}\n`);
    }
  }
}

function canvas(stream: NodeJS.WriteStream) {
  const { env } = process;
  const tty = stream.isTTY === true;
  return {
    color: tty && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb',
    width: tty ? Math.max(40, stream.columns) : 100,
    unicode: tty ? /utf-?8/i.test(env.LC_ALL ?? env.LC_CTYPE ?? env.LANG ?? '') && (env.NO_COLOR ?? '') === '' : false,
    now: new Date(),
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

function fail(name: string, error: StepgateError, output: string): number {
  const { family, code, message, hint, at } = error;
  const report: Report = {
    version: 1,
    command: name,
    changed: false,
    error: { family, code, message, hint, at },
    deliveries: [],
  };
  if (output === 'json') process.stdout.write(`${renderJson(report)}\n`);
  for (const problem of error.problems) {
    for (const line of renderError({ family, ...problem }, canvas(process.stderr))) process.stderr.write(`${line}\n`);
  }
  if (family === 'bug' && error.cause instanceof Error) writeLog(error.cause.stack ?? '');
  return exitCode(report, false);
}

function writeLog(line: string): void {
  for (const one of logLines(line)) process.stderr.write(`${one}\n`);
}

function help(name: string | undefined): number {
  const lines =
    name !== undefined && isCommand(name)
      ? [
          `stepgate ${name}: ${commands[name].what}`,
          '',
          ...commands[name].options.map((option) => {
            const { takes, what, default: standard } = options[option];
            const left =
              takes === 'flag' ? `--${option}` : `--${option} ${takes === 'list' ? 'VALUE (again)' : 'VALUE'}`;
            return `  ${left.padEnd(28)} ${what}${standard === '' || takes === 'flag' ? '' : ` (${standard})`}`;
          }),
        ]
      : [
          'stepgate: release to Kubernetes step by step from Git',
          '',
          ...Object.entries(commands).map(
            ([command, { what, writes }]) => `  ${command.padEnd(10)} ${what}${writes ? '' : ' (reads only)'}`,
          ),
          '',
          'stepgate help COMMAND tells its options.',
        ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
