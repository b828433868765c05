import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { isCode } from '../../src/release/codes.ts';
import { instrumented } from './instrument.ts';
import { type Refusal, refusalsIn } from './refusals.ts';
import { slice } from './slice.ts';
import { root, sources } from './syntax.ts';

/**
 * `npm run guards [-- --only TEXT] [--slice N/M] [--folder FOLDER]`: for every place that refuses with a code of the table,
 * finds or waits for something, whether a unit test fails without it. In a copy of the code each of them can be left out. All
 * unit tests run once, to know which files reach which refusal; then those files run without it, the fastest first. The copy
 * is kept in FOLDER where that is given, and used again.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    slice: { type: 'string', default: '1/1' },
    folder: { type: 'string' },
  },
});

/** A run without a refusal may wait for ever. Milliseconds. */
const LONGEST = 300_000;

interface TestFile {
  readonly path: string;
  readonly milliseconds: number;
  readonly passed: boolean;
}

const files = sources().filter(({ path }) => !path.startsWith('src/simulator'));
const refusals = new Map(refusalsIn(files, isCode).map((refusal, index) => [refusal, index + 1]));
const kept = values.folder;
const folder = kept ?? mkdtempSync(join(tmpdir(), 'stepgate-guards-'));
try {
  if (!existsSync(join(folder, 'tests.json'))) await prepare();
  const missed = await tryAll(readTests(), readReached());
  process.exitCode = missed === 0 ? 0 : 1;
} finally {
  if (kept === undefined) rmSync(folder, { recursive: true });
}

async function tryAll(tests: readonly TestFile[], reached: ReadonlyMap<number, ReadonlySet<string>>): Promise<number> {
  const named = [...refusals].filter(([refusal]) => titleOf(refusal).includes(values.only));
  const chosen = slice(named, values.slice);
  let missed = 0;
  for (const [refusal, number] of chosen) {
    const by = tests.filter(({ path, passed }) => passed && reached.get(number)?.has(path) === true);
    const found = await tried(number, by);
    if (found.startsWith('MISSED')) missed += 1;
    console.log(`${found}: ${titleOf(refusal)}`);
  }
  console.log(`${chosen.length - missed} of ${chosen.length} refusals: a test fails without them`);
  return missed;
}

function titleOf({ code, name, file, line }: Refusal): string {
  return `${code} in ${name} (${file.path}:${line})`;
}

/** Runs the test files that reach a refusal without it: the fastest three, then the others. */
async function tried(number: number, by: readonly TestFile[]): Promise<string> {
  if (by.length === 0) return 'MISSED, for no unit test reaches it';
  writeFileSync(join(folder, 'off'), String(number));
  const paths = by.toSorted((one, other) => one.milliseconds - other.milliseconds).map(({ path }) => path);
  for (const part of [paths.slice(0, 3), paths.slice(3)])
    if (part.length > 0 && !(await passes(['--bail=1', ...part]))) return 'noticed';
  return `MISSED by all of ${paths.join(', ')}`;
}

/** The copy, with every refusal asking whether it is made; then all its tests once. */
async function prepare(): Promise<void> {
  const listed = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
  for (const path of listed.split('\0').filter((one) => one !== '' && existsSync(join(root, one)))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path));
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const file of files) {
    const own = new Map([...refusals].filter(([refusal]) => refusal.file === file));
    if (own.size > 0) writeFileSync(join(folder, file.path), instrumented(file, own));
  }
  const probe = readFileSync(join(root, 'test/guards/probe.ts'), 'utf8').replace("'FOLDER'", () =>
    JSON.stringify(folder),
  );
  writeFileSync(join(folder, 'src/probe.ts'), probe);
  writeFileSync(join(folder, 'reached'), '');
  rmSync(join(folder, 'off'), { force: true });
  execFileSync(process.execPath, ['build.ts'], { cwd: folder, stdio: 'inherit' });
  await passes(['--bail=0', '--reporter=json', '--outputFile=results.json']);
  const results = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')) as { readonly testResults: Result[] };
  const tests = results.testResults.map(
    ({ name, startTime, endTime, status }): TestFile => ({
      path: relative(folder, name),
      milliseconds: endTime - startTime,
      passed: status === 'passed',
    }),
  );
  writeFileSync(join(folder, 'tests.json'), JSON.stringify(tests));
  for (const { path } of tests.filter(({ passed }) => !passed))
    console.log(`not used, for it fails in the copy: ${path}`);
}

/** Of vitest's report as JSON, what is read here. */
interface Result {
  readonly name: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly status: string;
}

function readTests(): readonly TestFile[] {
  return JSON.parse(readFileSync(join(folder, 'tests.json'), 'utf8')) as readonly TestFile[];
}

/** The test files that reach each refusal. */
function readReached(): ReadonlyMap<number, ReadonlySet<string>> {
  const found = new Map<number, Set<string>>();
  for (const line of readFileSync(join(folder, 'reached'), 'utf8').split('\n')) {
    const [number = '', path = ''] = line.split(' ');
    found.set(Number(number), (found.get(Number(number)) ?? new Set<string>()).add(path));
  }
  return found;
}

function passes(args: readonly string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const all = [vitest, 'run', '--root', '.', '--config', 'test/guards/vitest.config.ts', ...args];
    const timeout = args.includes('--bail=0') ? {} : { timeout: LONGEST, killSignal: 'SIGKILL' as const };
    const child = spawn(process.execPath, all, { cwd: folder, stdio: 'ignore', ...timeout });
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0));
  });
}
