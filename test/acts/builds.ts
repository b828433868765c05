import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Plugin } from 'esbuild';
import { bundle } from '../../build.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

/** The last commit whose dist writes record 1. */
const BEFORE_RECORD_2 = '018e072';

/** Built versions of stepgate: paths of their cli.js. */
export interface Builds extends AsyncDisposable {
  /** From the sources as they are. */
  readonly present: string;
  /** A later build of record 2. It notes more, and asks of promote what `NEEDS` says in its environment. */
  readonly next: string;
  /** As it was committed, before record 2. */
  readonly old: string;
}

/** Throws where the clone lacks the old commit: nothing would be shown without it. */
export async function builds(): Promise<Builds> {
  const home = await mkdtemp(join(tmpdir(), 'stepgate-builds-'));
  // What lies below is ES modules wherever that is.
  await writeFile(join(home, 'package.json'), '{ "type": "module" }\n');
  const [present, next, old] = await Promise.all([
    built(home, 'present', []),
    built(home, 'next', [later]),
    kept(home),
  ]);
  return { present, next, old, [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }) };
}

async function built(home: string, name: string, plugins: readonly Plugin[]): Promise<string> {
  const folder = join(home, name);
  const { outputFiles } = await bundle(folder, plugins);
  for (const { path, contents } of outputFiles) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, contents);
  }
  return join(folder, 'cli.js');
}

async function kept(home: string): Promise<string> {
  const folder = join(home, 'old');
  await mkdir(folder);
  const file = join(home, 'old.tar');
  try {
    await run('git', ['archive', '--format=tar', `--output=${file}`, BEFORE_RECORD_2, 'dist'], { cwd: root });
  } catch (error) {
    throw new Error(
      `this clone lacks commit ${BEFORE_RECORD_2}, whose dist writes record 1: fetch the whole history (git fetch --unshallow)`,
      { cause: error },
    );
  }
  await run('tar', ['-xf', file, '-C', folder]);
  return join(folder, 'dist', 'cli.js');
}

/** The record as a later version may write it: more on the release, on holds, on approvals and beside them. */
const later: Plugin = {
  name: 'a later version',
  setup({ onLoad }) {
    onLoad({ filter: /release[/\\]record-text\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const marks = ['export const CAPABILITY = 1;', 'export function formatRecord('];
      const missing = marks.find((mark) => source.split(mark).length !== 2);
      if (missing !== undefined) throw new Error(`${path} has no ${missing}: the test's later version is out of date`);
      const contents = source
        .replace('export const CAPABILITY = 1;', 'export const CAPABILITY = 2;')
        .replace('export function formatRecord(', 'function formatPresent(')
        .concat(`
export function formatRecord(record: ReleaseRecord): string {
  return formatPresent({
    ...record,
    fleet: 'eu',
    needs: { promote: Number(process.env.NEEDS ?? 2) },
    release: record.release === null ? null : { era: 'w', ...record.release },
    holds: record.holds.map((one) => ({ until: '2030-01-01T00:00:00Z', ...one })),
    approvals: record.approvals.map((one) => ({ via: 'oidc', ...one })),
  });
}
`);
      return { contents, loader: 'ts' };
    });
  },
};
