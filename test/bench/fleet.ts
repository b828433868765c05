import { spawn } from 'node:child_process';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { serve } from '../../src/simulator/server/serve.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';
import { kwokStages } from '../../src/simulator/workloads/pods.ts';
import { type Fleet, letApprovedStepsGo, manyFiles, manyReleases } from '../support/many-releases.ts';

/** One run of the built program over a fleet. Milliseconds and bytes are the process's own, without the server's. */
export interface Measured {
  readonly requests: Readonly<Record<string, number>>;
  readonly wall: number;
  readonly cpu: number;
  readonly peakBytes: number;
}

/** Releases in flight behind an API server on loopback, and the repository they came from. */
export interface Harbour extends AsyncDisposable {
  run(cli: string, args: readonly string[]): Promise<Measured>;
  /** Puts every release back to where it waits, the due ones approved. */
  reset(): void;
}

export async function harbour(fleet: Fleet): Promise<Harbour> {
  const home = await realpath(await mkdtemp(`${tmpdir()}/stepgate-fleet-`));
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, KUBECONFIG: `${home}/kubeconfig` };
  await commit(home, env, manyFiles(fleet, 'v2'));
  const api = await manyReleases(fleet);
  const waiting = api.list('Rollout', null);
  const stop = letApprovedStepsGo(api);
  const timeline = virtualTimeline(Date.now());
  const world = {
    api,
    timeline,
    random: Math.random,
    stages: kwokStages,
    nodes: 1,
    labels: true,
    hasher: 'kruise' as const,
  };
  const server = await serve({ world });
  await writeFile(env.KUBECONFIG, server.kubeconfig, { mode: 0o600 });
  return {
    async run(cli, args) {
      const before = { ...server.requests };
      const { wall, cpu, peakBytes } = await measured(cli, args, { folder: home, env });
      const requests = Object.entries(server.requests).map(
        ([verb, count]) => [verb, count - (before[verb as keyof typeof before] ?? 0)] as const,
      );
      return { requests: Object.fromEntries(requests.filter(([, count]) => count > 0)), wall, cpu, peakBytes };
    },
    reset() {
      for (const rollout of waiting) api.store.put('Rollout', rollout);
    },
    async [Symbol.asyncDispose]() {
      stop();
      await server[Symbol.asyncDispose]();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** A repository of one commit. Twenty thousand files are streamed into git; none is written to a work tree. */
async function commit(folder: string, env: Readonly<Record<string, string>>, files: Readonly<Record<string, string>>) {
  await git(folder, env, ['init', '--quiet', '--initial-branch=main'], '');
  const entries = Object.entries(files).map(
    ([path, text]) => `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`,
  );
  const head = 'commit refs/heads/main\ncommitter Ada <ada@example.com> 1767225600 +0000\ndata 5\nfleet\n';
  await git(folder, env, ['fast-import', '--quiet'], `${head}${entries.join('')}`);
}

function git(
  cwd: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[],
  input: string,
): Promise<void> {
  const child = spawn('git', args, { cwd, env, stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`git ${args[0]} ended with ${code}`))));
  });
}

/** The program tells what it used as it ends: its high-water mark is gone with the process. */
function measured(
  cli: string,
  args: readonly string[],
  { folder, env }: { readonly folder: string; readonly env: Readonly<Record<string, string>> },
): Promise<Omit<Measured, 'requests'>> {
  const tell = `process.on('exit', () => {
    const used = process.resourceUsage();
    process.stderr.write('used ' + (used.userCPUTime + used.systemCPUTime) + ' ' + used.maxRSS + '\\n');
  })`;
  const started = performance.now();
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(tell)}`, cli, ...args],
    {
      cwd: folder,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const [, cpu, peak] = /used (\d+) (\d+)/.exec(log) ?? [];
      if (code !== 0 || cpu === undefined || peak === undefined)
        reject(new Error(`${args.join(' ')} ended with ${code}: ${log.slice(-2000)}`));
      else resolve({ wall: performance.now() - started, cpu: Number(cpu) / 1000, peakBytes: Number(peak) * 1024 });
    });
  });
}
