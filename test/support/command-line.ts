import { execFile } from 'node:child_process';
import { execute } from '../../src/command-line.ts';
import { machineClock } from '../../src/wire.ts';
import { dist } from '../action/runner.ts';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Place {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether a person looks at a terminal. Nobody by default: the output is piped. */
  readonly isPersons?: boolean;
}

/** Nothing in it but what a test gives. */
const environment = (env: Place['env']) => ({ PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...env });

/** What the CLI does with a command line, here in this process. */
export async function typed(
  args: readonly string[],
  { cwd = '/', env = {}, isPersons = false }: Place = {},
): Promise<Ended> {
  const said = { stdout: '', stderr: '' };
  const screen = (stream: keyof typeof said) => ({
    size: null,
    canvas: () => ({ color: false, width: 100, unicode: false }),
    write: (text: string) => {
      said[stream] += text;
    },
  });
  const code = await execute(args, {
    folder: cwd,
    env: environment(env),
    signal: new AbortController().signal,
    clock: machineClock,
    out: screen('stdout'),
    err: screen('stderr'),
    isPersons,
  });
  return { code, ...said };
}

/** The built CLI as a process: the same with its streams and its exit code, and with the chunk of the command loaded. */
export function stepgate(args: readonly string[], { cwd = '/', env = {} }: Place = {}) {
  return new Promise<Ended>((resolve) => {
    const all = environment(env);
    execFile(process.execPath, [`${dist}/cli.js`, ...args], { cwd, env: all }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
