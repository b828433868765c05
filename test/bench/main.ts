import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildMissing, built } from '../control-plane/build.ts';
import { bootCluster } from '../control-plane/cluster.ts';
import { apiProxy } from '../support/api-proxy.ts';
import { repository } from '../support/repository.ts';
import { requestsAtGitHub } from './github.ts';

/**
 * Prints figures, asserts nothing. Ratios are measured side by side in one run, in turns, so that a busy machine touches
 * both sides; requests and connections are counted at a door in front of the API server.
 */
const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const node = process.execPath;

await buildMissing(() => {});
const folder = mkdtempSync(`${tmpdir()}/stepgate-bench-`);
await using cluster = await bootCluster();
await using door = await apiProxy({ ...cluster, folder });
await using repo = await repository({ files: project('app:v1', ['approval']) });
const direct = { ...repo.env, HOME: repo.folder, KUBECONFIG: cluster.kubeconfig };
const counted = { ...direct, KUBECONFIG: door.kubeconfig };
await cluster.kubectl(['create', 'namespace', 'bench']);
await stepgate(direct, 'deploy');

await startUp();
console.log('\none command, at the door of the API server');
await repo.commit(project('app:v2', ['approval']), 'v2');
await counts('deploy', 'deploy');
await counts('status', 'status');
await counts('promote', 'promote');
await engineBeside();
await stepgate(direct, 'deploy', '--until', 'done');
await reaction();
await many();
await requestsAtGitHub();
rmSync(folder, { recursive: true });

/** CPU and wall of whole processes, ours and the yardsticks', in turns. */
async function startUp(): Promise<void> {
  const sides = {
    'bare node': [node, '-e', '0'],
    '--help': [node, cli, '--help'],
    render: [node, cli, 'render'],
    kubectl: [built('kubectl'), '-n', 'bench', 'get', 'rollouts.rollouts.kruise.io', 'shop', '-o', 'json'],
    status: [node, cli, 'status'],
  } as const;
  const found = { 'bare node': [], '--help': [], render: [], kubectl: [], status: [] } as Record<
    keyof typeof sides,
    Timed[]
  >;
  for (let round = 0; round < 15; round += 1) {
    for (const name of Object.keys(sides) as (keyof typeof sides)[]) found[name].push(timed(sides[name]));
  }
  const of = (name: keyof typeof sides, what: keyof Timed) => median(found[name].map((one) => one[what]));
  const ratio = (ours: keyof typeof sides, theirs: keyof typeof sides) =>
    `cpu ${(of(ours, 'cpu') / of(theirs, 'cpu')).toFixed(1)} x, wall ${(of(ours, 'wall') / of(theirs, 'wall')).toFixed(1)} x`;
  console.log('whole processes, median of 15 in turns');
  for (const name of Object.keys(sides) as (keyof typeof sides)[]) {
    console.log(`  ${name.padEnd(10)} cpu ${of(name, 'cpu').toFixed(0)} ms, wall ${of(name, 'wall').toFixed(0)} ms`);
  }
  console.log(`  --help is ${ratio('--help', 'bare node')} of bare node (aim: 2 x)`);
  console.log(`  render is ${ratio('render', 'bare node')} of bare node (aim: 3.5 x)`);
  console.log(`  status is ${ratio('status', 'kubectl')} of kubectl get (aim: 1.5 x its CPU)`);
}

interface Timed {
  readonly cpu: number;
  readonly wall: number;
}

/** A process with its children, in milliseconds. */
function timed([program = '', ...args]: readonly string[]): Timed {
  const started = performance.now();
  // The shell's own `time` asks the kernel for the child's usage, to the microsecond.
  const measured = 'TIMEFORMAT="%3U %3S"; time "$@" >/dev/null 2>&1';
  const shell = spawnSync('bash', ['-c', measured, 'bash', program, ...args], {
    cwd: repo.folder,
    env: direct,
    encoding: 'utf8',
  });
  const wall = performance.now() - started;
  if (shell.status !== 0) throw new Error(`${program} ${args.join(' ')}: ended with ${shell.status}`);
  const parts = shell.stderr.trim().split(' ').map(Number);
  return { cpu: parts.reduce((sum, seconds) => sum + seconds * 1000, 0), wall };
}

/** Requests, connections, time and memory of one command. */
async function counts(what: string, ...args: readonly string[]): Promise<void> {
  door.reset();
  const started = performance.now();
  const peak = await stepgate(counted, ...args);
  const wall = (performance.now() - started) / 1000;
  const approval = door.requests.findIndex(isApproval);
  const before = approval < 0 ? '' : `, ${approval} before the approval`;
  const watches = door.requests.filter((one) => one.watch).length;
  console.log(
    `  ${what}: ${door.requests.length} requests${before}, ${watches} watches among them, ${door.connections} connections, ${wall.toFixed(2)} s, peak ${peak} MiB`,
  );
}

function isApproval({ method, path }: { readonly method: string; readonly path: string }): boolean {
  return method === 'PATCH' && path.includes('/rollouts/shop/status');
}

/** How long the engine takes from the approval to its next wait: what a promotion's own time stands beside. */
async function engineBeside(): Promise<void> {
  const sent = door.requests.find(isApproval)?.at ?? performance.now();
  for (;;) {
    const step = await cluster.kubectl([
      '-n',
      'bench',
      'get',
      'rollouts.rollouts.kruise.io',
      'shop',
      '-o',
      'jsonpath={.status.currentStepIndex}:{.status.currentStepState}',
    ]);
    if (step !== '1:StepPaused' && !step.startsWith('2:') && step.endsWith('StepPaused')) break;
    if (step === '2:StepPaused' || step.endsWith('Completed')) break;
    await sleep(20);
  }
  console.log(
    `  the engine itself was at its next wait ${((performance.now() - sent) / 1000).toFixed(2)} s after the approval`,
  );
}

/** From the confirmation message on the wire to the approval at the door, over steps whose gates are open. */
async function reaction(): Promise<void> {
  const times: number[] = [];
  for (let version = 3; version < 8; version += 1) {
    await repo.commit(project(`app:v${version}`, []), `v${version}`);
    const asked = new Map<string, number>();
    door.onWatched = (text, at) => {
      for (const step of stepThatAsks(text)) if (!asked.has(step)) asked.set(step, at);
    };
    door.onRequest = (request) => {
      const last = [...asked.values()].at(-1);
      if (isApproval(request) && last !== undefined) times.push(request.at - last);
    };
    await stepgate(counted, 'deploy', '--until', 'done');
  }
  console.log(
    `\nfrom the message that asks to the approval at the door: median ${median(times).toFixed(0)} ms, worst ${Math.max(...times).toFixed(0)} ms, n=${times.length} (aim: 50 ms at the median)`,
  );
}

/** The step of a watch event in which the engine asks for a confirmation. */
function stepThatAsks(line: string): readonly string[] {
  if (!line.includes('manually confirm') || !line.includes('"StepPaused"')) return [];
  const status = (
    JSON.parse(line) as { object: { status?: { canaryStatus?: { currentStepIndex?: number }; message?: string } } }
  ).object.status;
  const step = status?.canaryStatus?.currentStepIndex;
  return status?.message?.includes(`(${step}/`) ? [String(step)] : [];
}

/** The plan of many deliveries, without a cluster. */
async function many(): Promise<void> {
  const deliveries = Array.from({ length: 500 }, (_, index) => block(`s${index}`, [])).join('\n');
  await repo.commit({ 'stepgate.yaml': `version: 1\ndeliveries:\n${deliveries}` }, 'many');
  await repo.commit(
    Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`s${index}/app.yaml`, deployment(`s${index}`, 'app:v1')]),
    ),
    'many',
  );
  const started = performance.now();
  const peak = await stepgate(direct, 'plan', '--offline');
  console.log(
    `\nplan --offline for 500 deliveries: ${((performance.now() - started) / 1000).toFixed(2)} s, peak ${peak} MiB`,
  );
}

/** Runs the built CLI and answers its peak memory in MiB. */
function stepgate(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<number> {
  // VmHWM is gone with the process, so it is read at its end, from inside.
  const tell = "process.on('exit',()=>process.stderr.write('peak '+process.resourceUsage().maxRSS+'\\n'))";
  const child = spawn(
    node,
    ['--import', `data:text/javascript,${encodeURIComponent(tell)}`, cli, ...args, '--policy-ref', 'HEAD'],
    {
      cwd: repo.folder,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      if (code !== 0 && code !== 4) reject(new Error(`stepgate ${args.join(' ')} ended with ${code}: ${log}`));
      else resolve(Math.round(Number(/peak (\d+)/.exec(log)?.[1] ?? 0) / 1024));
    });
  });
}

function project(image: string, leaveWhen: readonly string[]): Record<string, string> {
  return {
    'stepgate.yaml': `version: 1\ndeliveries:\n${block('shop', leaveWhen)}`,
    'shop/app.yaml': deployment('shop', image),
  };
}

function block(name: string, leaveWhen: readonly string[]): string {
  const gates = `leaveWhen: [${leaveWhen.join(', ')}]`;
  return `  - delivery: ${name}
    namespace: bench
    workload: { kind: Deployment, name: ${name} }
    source: { files: [${name}/*.yaml] }
    strategy: partition
    steps: [{ name: one, replicas: 1, ${gates} }, { name: two, replicas: 2, leaveWhen: [] }, { name: all, replicas: 100% }]`;
}

function deployment(name: string, image: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: 5
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: main, image: "${image}" }] }
`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
