import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { folder } from '../adapters/kubernetes/server.ts';
import { type Command, commandIn } from './commands.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** The built files. `STEPGATE_DIST` names another build than `dist`. */
export const dist = path.resolve(root, process.env['STEPGATE_DIST'] ?? 'dist');

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly message: string;
  readonly title: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
}

export interface Step {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The log as it is shown: commands carried out, masks applied. */
  readonly log: readonly string[];
  /** Every command the runner took from the output. */
  readonly commands: readonly Command[];
  /** Those that are shown: ten of a kind, 4096 characters each. */
  readonly annotations: readonly Annotation[];
  readonly outputs: Readonly<Record<string, string>>;
  /** What the step left for later ones beside outputs: all of it has to be empty. */
  readonly leftBehind: string;
  /** Masked, as it is shown; null where it is longer than the runner takes. */
  readonly summary: string | null;
  readonly masks: readonly string[];
  /** From the first signal to the end; null where none was sent. */
  readonly endedAfter: number | null;
}

export interface StepOptions {
  readonly workspace: string;
  readonly with: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly event?: string;
  /** Ends the step as the Cancel button does, once this has come. */
  readonly cancel?: Promise<unknown>;
}

const ANNOTATIONS = 10;
const SUMMARY = 1024 * 1024;

/** Runs the built Action as GitHub's runner runs a step: inputs, file commands, workflow commands, masks and limits. */
export async function runAction(options: StepOptions): Promise<Step> {
  await using temporary = await folder();
  const files = { OUTPUT: '', STATE: '', ENV: '', PATH: '', STEP_SUMMARY: '' };
  for (const name of Object.keys(files) as (keyof typeof files)[]) files[name] = await temporary.write(name, '');
  const child = spawn(process.execPath, [path.join(dist, 'action.js')], {
    cwd: options.workspace,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: temporary.path,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTOR: 'octocat',
      GITHUB_EVENT_NAME: options.event ?? 'push',
      GITHUB_WORKSPACE: options.workspace,
      RUNNER_TEMP: temporary.path,
      ...Object.fromEntries(Object.entries(files).map(([name, file]) => [`GITHUB_${name}`, file])),
      ...(await inputs(options.with)),
      ...options.env,
    },
  });
  const lines: string[] = [];
  const commands: Command[] = [];
  const masks = new Set<string>();
  let stopped: string | null = null;
  // Both streams are read for commands.
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
      if (stopped !== null) {
        if (line.trim() === `::${stopped}::`) stopped = null;
        else lines.push(line);
        return;
      }
      const command = commandIn(line);
      if (command === null) lines.push(line);
      else {
        commands.push(command);
        if (command.name === 'add-mask') for (const mask of masksOf(command.data)) masks.add(mask);
        else if (command.name === 'stop-commands') stopped = command.data;
        else lines.push(`##[${command.name}]${command.data}`);
      }
    });
  }
  const ended = new Promise<Pick<Step, 'code' | 'signal'>>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  let signalled: number | null = null;
  const timers: NodeJS.Timeout[] = [];
  void options.cancel?.then(() => {
    signalled = performance.now();
    child.kill('SIGINT');
    timers.push(
      setTimeout(() => child.kill('SIGTERM'), 7_500),
      setTimeout(() => child.kill('SIGKILL'), 10_000),
    );
  });
  const { code, signal } = await ended;
  const endedAfter = signalled === null ? null : performance.now() - signalled;
  for (const timer of timers) clearTimeout(timer);

  const masked = (text: string) => [...masks].reduce((all, secret) => all.replaceAll(secret, '***'), text);
  const summary = await readFile(files.STEP_SUMMARY, 'utf8');
  const left = await Promise.all([files.STATE, files.ENV, files.PATH].map((file) => readFile(file, 'utf8')));
  return {
    code,
    signal,
    log: lines.map(masked),
    commands,
    annotations: annotationsOf(commands, masked),
    outputs: parseFileCommand(await readFile(files.OUTPUT, 'utf8')),
    leftBehind: left.join(''),
    summary: Buffer.byteLength(summary) > SUMMARY ? null : masked(summary),
    masks: [...masks],
    endedAfter,
  };
}

/** `INPUT_*` as the runner makes them: upper case, spaces to `_`, hyphens kept, and the defaults of action.yml. */
async function inputs(given: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const metadata = parse(await readFile(path.join(root, 'action.yml'), 'utf8')) as {
    readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  };
  const unexpected = Object.keys(given).filter((name) => !Object.hasOwn(metadata.inputs, name));
  if (unexpected.length > 0) throw new Error(`Unexpected input(s) '${unexpected.join("', '")}'`);
  return Object.fromEntries(
    Object.entries(metadata.inputs).map(([name, { default: standard = '' }]) => [
      `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
      given[name] ?? standard,
    ]),
  );
}

/** A value, its lines, and the forms in which they usually come along. */
function masksOf(data: string): string[] {
  const value = data.trim();
  if (value === '') return [];
  const plain = [value, ...value.split(/\r?\n/).map((line) => line.trim())].filter((one) => one !== '');
  return plain
    .flatMap((one) => [
      one,
      JSON.stringify(one).slice(1, -1),
      encodeURIComponent(one),
      ...[0, 1, 2].map((shift) =>
        Buffer.from(one)
          .subarray(shift)
          .toString('base64')
          .replace(/.{0,2}=*$/, ''),
      ),
    ])
    .filter((one) => one.length > 2);
}

function annotationsOf(commands: readonly Command[], masked: (text: string) => string): Annotation[] {
  return (['error', 'warning', 'notice'] as const).flatMap((level) =>
    commands
      .filter((command) => command.name === level)
      .slice(0, ANNOTATIONS)
      .map(({ data, properties: { title, file, line, col } }) => ({
        level,
        message: masked(data).slice(0, 4096),
        title: title ?? null,
        file: file ?? null,
        line: line === undefined ? null : Number(line),
        column: col === undefined ? null : Number(col),
      })),
  );
}

/** `name=value` lines and `name<<DELIMITER` blocks, as the runner reads a file command. */
export function parseFileCommand(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  const lines = text.split('\n');
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    if (line === '') continue;
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (heredoc >= 0 && (equals < 0 || heredoc < equals)) {
      const end = lines.indexOf(line.slice(heredoc + 2));
      if (end < 0) throw new Error(`the delimiter of ${line} is missing`);
      found[line.slice(0, heredoc)] = lines
        .splice(0, end + 1)
        .slice(0, -1)
        .join('\n');
    } else if (equals > 0) found[line.slice(0, equals)] = line.slice(equals + 1);
    else throw new Error(`Invalid format '${line}'`);
  }
  return found;
}
