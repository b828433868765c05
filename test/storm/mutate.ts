import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Mutation, mutations } from './mutations.ts';

/**
 * `npm run storm:mutations [-- --cases N] [--seed S] [--only TEXT] [--threads T]`: takes one guard after the other out of a copy of the
 * code and runs the storm on it. Each has to be caught; a guard whose text is not in its file exactly once is an error.
 */
const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    threads: { type: 'string', default: '' },
  },
});

const root = fileURLToPath(new URL('../../', import.meta.url));
const chosen = mutations.filter(({ promise, file }) => `${promise} ${file}`.includes(values.only));
let missed = 0;
for (const mutation of mutations) place(mutation);
for (const mutation of chosen) {
  const found = await tried(mutation);
  if (found === null) missed += 1;
  console.log(`${found === null ? 'NOT CAUGHT' : found}: ${mutation.promise} (${mutation.file})`);
}
console.log(`${chosen.length - missed} of ${chosen.length} caught`);
process.exitCode = missed === 0 ? 0 : 1;

/** The file without the guard. */
function place({ file, find, replace }: Mutation): string {
  const text = readFileSync(join(root, file), 'utf8');
  const parts = text.split(find);
  if (parts.length !== 2) throw new Error(`${file} has this ${parts.length - 1} times, not once: ${find}`);
  return parts.join(replace);
}

async function tried(mutation: Mutation): Promise<string | null> {
  const folder = mkdtempSync(join(tmpdir(), 'stepgate-mutation-'));
  try {
    for (const part of ['src', 'test/storm', 'test/support', 'package.json'])
      cpSync(join(root, part), join(folder, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, mutation.file), place(mutation));
    const { out, code } = await run(folder);
    if (code === 0) return null;
    const [, cases = '?'] = /: (\d+) cases,/.exec(out) ?? [];
    const [, law] = /^BROKEN in \d+: (.*)$/m.exec(out) ?? [];
    // A storm that ends without a broken law has not caught anything: it fell over.
    return law === undefined ? null : `caught within ${cases} cases, '${law}'`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(folder: string): Promise<{ readonly out: string; readonly code: number | null }> {
  return new Promise((resolve, reject) => {
    const threads = values.threads === '' ? [] : ['--threads', values.threads];
    const args = ['test/storm/main.ts', '--cases', values.cases, '--seed', values.seed, '--brief', ...threads];
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.on('error', reject);
    child.on('close', (code) => resolve({ out: Buffer.concat(parts).toString(), code }));
  });
}
