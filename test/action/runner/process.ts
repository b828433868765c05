import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { lineReader } from './lines.ts';

/** How the process of a step ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Milliseconds from the first signal to the end; null where none was sent. */
  readonly endedAfter: number | null;
  /** Something it started still held its output five seconds after it had ended, and was left behind. */
  readonly outputHeld: boolean;
}

/** The signals the runner sends on cancelling, and when: milliseconds after the first (github.md 1.4). */
const SIGTERM_AFTER = 7_500;
const SIGKILL_AFTER = 10_000;
const OUTPUT_HELD = 5_000;

/**
 * Runs a script with this Node until it ends, on `cancel` as the runner ends it: SIGINT, SIGTERM, SIGKILL, each to this
 * process alone (Runner.Sdk/ProcessInvoker; on Unix the kill takes no children along either). Nothing comes in, and both
 * streams go out line by line. Rejects where it can't be started.
 */
export function runNode(of: {
  readonly script: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cancel: AbortSignal;
  readonly line: (line: string) => void;
}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [of.script], {
      cwd: of.cwd,
      env: { ...of.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      const lines = lineReader(of.line);
      stream.on('data', lines.push).once('close', lines.end);
    }
    const timers: NodeJS.Timeout[] = [];
    let signalled: number | null = null;
    let outputHeld = false;
    const cancel = () => {
      signalled = performance.now();
      child.kill('SIGINT');
      timers.push(
        setTimeout(() => child.kill('SIGTERM'), SIGTERM_AFTER),
        setTimeout(() => child.kill('SIGKILL'), SIGKILL_AFTER),
      );
    };
    child.once('error', reject);
    child.once('spawn', () => {
      if (of.cancel.aborted) cancel();
      else of.cancel.addEventListener('abort', cancel, { once: true });
    });
    child.once('exit', () => {
      const letGo = () => {
        outputHeld = true;
        child.stdout.destroy();
        child.stderr.destroy();
      };
      timers.push(setTimeout(letGo, OUTPUT_HELD));
    });
    child.once('close', (code, signal) => {
      for (const timer of timers) clearTimeout(timer);
      of.cancel.removeEventListener('abort', cancel);
      resolve({ code, signal, endedAfter: signalled === null ? null : performance.now() - signalled, outputHeld });
    });
  });
}

/**
 * Ends what the job's steps left running: whatever carries the job's RUNNER_TRACKING_ID in its environment
 * (Runner.Worker/JobExtension). The ids of what was ended. Only where /proc tells environments: on Linux.
 */
export function endOrphans(trackingId: string): readonly number[] {
  if (process.platform !== 'linux') return [];
  const mark = `RUNNER_TRACKING_ID=${trackingId}`;
  const orphans = readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid && environmentOf(pid).includes(mark));
  return orphans.filter((pid) => {
    try {
      return process.kill(pid, 'SIGKILL');
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH') return false;
      throw thrown;
    }
  });
}

/** Another user's process, or one that has just ended, can't be read, and is none of ours. */
function environmentOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
