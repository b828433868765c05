import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../build.ts';
import { objectAt } from '../../src/release/json.ts';
import type { Fleet } from '../support/many-releases.ts';
import { type Harbour, harbour, type Measured } from './fleet.ts';

/**
 * Prints figures that need no cluster, asserts nothing. What is compared is measured in one run, in turns, so that a busy
 * machine touches both sides; requests are counted by the server.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
const small = 1000;
const large = 10_000;
const rounds = 3;

const [only = 'all'] = process.argv.slice(2);
if (only !== 'scripts') await fleets();
if (only !== 'fleets') await scripts(['demo', []], ['storm', ['--cases', '2000']], ['test', []]);

/** What is in the tree now, built as it is published, so that the figures are not those of an older dist/. */
async function program(): Promise<AsyncDisposable & { readonly cli: string }> {
  const folder = await mkdtemp(`${tmpdir()}/stepgate-built-`);
  const { outputFiles } = await bundle(folder);
  for (const { path, contents } of outputFiles) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, contents);
  }
  await writeFile(`${folder}/package.json`, '{"type":"module"}');
  return { cli: `${folder}/cli.js`, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** A thousand and ten thousand releases that wait, one in a hundred with the approval of its step, in turns. */
async function fleets(): Promise<void> {
  await using built = await program();
  const fleet = (count: number): Fleet => ({ count, namespaces: count / 50, dueEvery: 100 });
  await using few = await harbour(fleet(small));
  await using many = await harbour(fleet(large));
  for (const command of ['tick', 'status'] as const) {
    const sides = { few: [] as Measured[], many: [] as Measured[] };
    for (let round = 0; round < rounds; round += 1) {
      sides.few.push(await once(few, built.cli, command));
      sides.many.push(await once(many, built.cli, command));
    }
    console.log(`\n${command} over releases that wait, one in a hundred due; median of ${rounds}, in turns`);
    tell(small, sides.few);
    tell(large, sides.many);
    const ratio = (what: 'wall' | 'cpu' | 'peakBytes') =>
      (middle(sides.many, what) / middle(sides.few, what)).toFixed(1);
    console.log(
      `  ${large / small} times as many: wall ${ratio('wall')} x, cpu ${ratio('cpu')} x, peak memory ${ratio('peakBytes')} x`,
    );
  }
}

function once(fleet: Harbour, cli: string, command: 'tick' | 'status'): Promise<Measured> {
  fleet.reset();
  return fleet.run(cli, [command, '--policy-ref', 'HEAD']);
}

function tell(count: number, runs: readonly Measured[]): void {
  const requests = Object.entries(runs[0]?.requests ?? {}).map(([verb, number]) => `${number} ${verb}`);
  const wall = middle(runs, 'wall');
  const cpu = middle(runs, 'cpu');
  const lists = ((runs[0]?.requests['list'] ?? 0) / count) * 1000;
  console.log(
    `  ${String(count).padStart(6)}: ${requests.join(', ')} requests (${lists.toFixed(1)} lists per 1,000), ` +
      `${(wall / 1000).toFixed(2)} s, ${(cpu / 1000).toFixed(2)} s of cpu, ${(wall / count).toFixed(2)} ms each, ` +
      `peak ${Math.round(middle(runs, 'peakBytes') / 1024 / 1024)} MiB`,
  );
}

/** Wall time of scripts of package.json, where they are there. */
async function scripts(...wanted: readonly (readonly [string, readonly string[]])[]): Promise<void> {
  const known = objectAt(JSON.parse(await readFile(`${root}/package.json`, 'utf8')), 'scripts');
  console.log('\nscripts');
  for (const [name, args] of wanted) {
    if (!(name in known)) continue;
    const started = performance.now();
    const ran = spawnSync('npm', ['run', '--silent', name, '--', ...args], { cwd: root, encoding: 'utf8' });
    const last = (ran.stdout.trim() || ran.stderr.trim()).split('\n').at(-1) ?? '';
    console.log(
      `  npm run ${[name, ...args].join(' ')}: ${((performance.now() - started) / 1000).toFixed(1)} s, exit ${ran.status}; its last line: ${last}`,
    );
  }
}

function middle(runs: readonly Measured[], what: 'wall' | 'cpu' | 'peakBytes'): number {
  const sorted = runs.map((one) => one[what]).sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
