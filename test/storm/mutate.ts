import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Guard, locate, type Place, scopesIn, without } from '../guards/locate.ts';
import { slice } from '../guards/slice.ts';
import { root, sources } from '../guards/syntax.ts';
import { mutations } from './mutations.ts';

/**
 * `npm run storm:mutations [-- --cases N] [--seed S] [--only TEXT] [--slice N/M] [--threads T]`: removes one guard after the
 * other from a copy of the code and runs the storm on it, which ends with the first broken law. Each has to be caught. A guard
 * that is not found in the code is an error. `--slice 2/8` tries every eighth guard, from the second on.
 */
const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    slice: { type: 'string', default: '1/1' },
    threads: { type: 'string', default: '' },
  },
});

const scopes = scopesIn(sources());
const placed = mutations.map((guard) => ({ guard, place: locate(guard, scopes) }));
const named = placed.filter(({ guard, place }) => `${guard.promise} ${place.file.path}`.includes(values.only));
const chosen = slice(named, values.slice);
let missed = 0;
for (const { guard, place } of chosen) {
  const began = performance.now();
  const found = await tried(guard, place);
  if (found === null) missed += 1;
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`${found ?? 'NOT CAUGHT'}, ${seconds} s: ${guard.promise} (${place.name}, ${place.file.path})`);
}
console.log(`${chosen.length - missed} of ${chosen.length} caught`);
process.exitCode = missed === 0 ? 0 : 1;

async function tried(guard: Guard, place: Place): Promise<string | null> {
  const folder = mkdtempSync(join(tmpdir(), 'stepgate-mutation-'));
  try {
    for (const part of ['src', 'test/storm', 'test/support', 'package.json'])
      cpSync(join(root, part), join(folder, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, place.file.path), without(guard, place));
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
