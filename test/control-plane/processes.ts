import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A program that can be stopped and started again with the same arguments and ports. */
export type Service = {
  readonly name: string;
  /** Where its stdout and stderr go; appended to over restarts. */
  readonly log: string;
  /** Starts it and waits until it is ready. Does nothing while it runs. */
  start(): Promise<void>;
  /** Kills it (SIGKILL) and waits until it is gone. Does nothing while it doesn't run. */
  stop(): Promise<void>;
};

export type Command = {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Answers true once the program serves; it is asked again until then. */
  readonly ready: () => Promise<boolean>;
};

/** A folder and the processes that work in it; both go when it is released or when this process dies, however it dies. */
export type Household = {
  readonly dir: string;
  service(command: Command): Service;
  release(): Promise<void>;
};

/**
 * Reads the living process ids, a line replacing the one before. At the end of input, which a killed parent causes too,
 * it kills what the last line names and removes the folder.
 */
const guardScript =
  'while read -r line; do pids=$line; done; [ -z "$pids" ] || kill -KILL $pids; rm -rf "$1" || { sleep 1; rm -rf "$1"; }';

/** Makes the folder and starts the guard: a shell, since it must outlive this process and needs no memory. */
export async function makeHousehold(): Promise<Household> {
  const dir = await mkdtemp(join(tmpdir(), 'stepgate-cluster-'));
  // In sessions of their own (detached), so that Ctrl-C reaches this process alone and the order of the end is ours.
  const guard = spawn('sh', ['-c', guardScript, 'guard', dir], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  guard.unref();
  const living = new Map<Service, ChildProcess>();
  const tellGuard = () => {
    guard.stdin.write(`${[...living.values()].map((child) => child.pid).join(' ')}\n`);
  };

  function service(command: Command): Service {
    const log = join(dir, `${command.name}.log`);
    const self: Service = {
      name: command.name,
      log,
      async start() {
        if (living.has(self)) return;
        const child = launch(command, log);
        living.set(self, child);
        tellGuard();
        const forget = () => {
          living.delete(self);
          tellGuard();
        };
        child.once('exit', forget);
        child.once('error', forget);
        await becomeReady(command, log, () => living.get(self) === child);
      },
      async stop() {
        const child = living.get(self);
        if (child === undefined) return;
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.ref();
        child.kill('SIGKILL');
        await gone;
      },
    };
    return self;
  }

  async function release() {
    await Promise.all([...living.keys()].map((each) => each.stop()));
    if (guard.exitCode !== null) return;
    const gone = new Promise((resolve) => guard.once('exit', resolve));
    guard.ref();
    guard.stdin.end();
    await gone;
  }

  return { dir, service, release };
}

function launch({ program, args, cwd, env }: Command, log: string): ChildProcess {
  const out = openSync(log, 'a');
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', out, out],
    // Memory for time: programs in Go collect their garbage a quarter as often, which saves the API server a fifth.
    env: { GOGC: '400', ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  closeSync(out);
  child.unref();
  return child;
}

async function becomeReady({ name, ready }: Command, log: string, runs: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    if (await ready()) return;
    const why = !runs() ? 'ended before it was ready' : Date.now() > deadline ? 'was not ready within 60 s' : undefined;
    if (why !== undefined) throw new Error(`${name} ${why}; the end of its log:\n${await tail(log)}`);
    await sleep(30);
  }
}

async function tail(log: string): Promise<string> {
  const text = await readFile(log, 'utf8').catch(() => '(no log)');
  return text.trimEnd().split('\n').slice(-15).join('\n');
}

const handedOut = new Set<number>();

/**
 * A TCP port that was free a moment ago. From below the range systems take outgoing ports from: between this answer and
 * its use, no busy client on loopback gets it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (handedOut.has(port) || !(await isFree(port))) continue;
    handedOut.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    // All interfaces: the engine's webhook server listens on them.
    server.listen(port, () => server.close(() => resolve(true)));
  });
}
