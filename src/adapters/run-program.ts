import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

export interface ProgramRun {
  /** As `Programs.find` gives it. */
  readonly file: string;
  readonly args: readonly string[];
  /** The complete environment of the program: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Maximum size of stdout and stderr together. The program is ended when it prints more. */
  readonly outputBytes: number;
  readonly signal: AbortSignal;
}

export interface ProgramOutcome {
  readonly stdout: string;
  readonly stderr: string;
  /** The problem, as the rest of a sentence about the program; null when there was none. */
  readonly problem: string | null;
}

/**
 * Runs a program without a shell, a terminal or stdin. At the limit of time or output, the program and its child processes are ended.
 * Rejects only with the reason of the signal.
 */
export function runProgram({ file, args, env, timeoutMs, outputBytes, signal }: ProgramRun): Promise<ProgramOutcome> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    // A separate process group, so that child processes of the program end with it.
    const grouped = process.platform !== 'win32';
    const child = spawn(file, [...args], {
      env: { ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: false,
      windowsHide: true,
      detached: grouped,
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let size = 0;
    let ended = false;
    const end = (problem: string | null) => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      if (problem !== null) kill();
      resolve({
        stdout: Buffer.concat(stdout).toString('utf8'),
        stderr: Buffer.concat(stderr).toString('utf8'),
        problem,
      });
    };
    const kill = () => {
      child.stdout.destroy();
      child.stderr.destroy();
      try {
        if (grouped && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        else child.kill('SIGKILL');
      } catch (error) {
        // The process may have ended already.
        if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
      }
    };
    const onAbort = () => {
      reject(signal.reason);
      end('was stopped');
    };
    const timer = setTimeout(() => end(`did not end within ${timeoutMs / 1000} s`), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    const collect = (into: Buffer[]) => (chunk: Buffer) => {
      size += chunk.length;
      if (size > outputBytes) end(`wrote more than ${outputBytes} bytes`);
      else into.push(chunk);
    };
    child.stdout.on('data', collect(stdout));
    child.stderr.on('data', collect(stderr));
    child.on('error', (error) => end(`could not be started (${error.message})`));
    child.on('close', (code, killed) => {
      end(code === 0 ? null : killed === null ? `ended with exit code ${code}` : `was ended by ${killed}`);
    });
  });
}

/** Starts a program that is talked to, without a shell or a terminal. Whoever starts it holds it to its limits, and ends it. */
export function startProgram(
  { file, args, env }: Pick<ProgramRun, 'file' | 'args' | 'env'>,
  folder: string,
): ChildProcessByStdio<Writable, Readable, Readable> {
  return spawn(file, [...args], {
    cwd: folder,
    env: { ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    shell: false,
    windowsHide: true,
  });
}
