import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObjectStore } from './objects.ts';
import { type Entry, readTree, writeTree } from './trees.ts';

export type Merged =
  | { readonly is: 'merged'; readonly tree: string }
  | { readonly is: 'conflict'; readonly paths: readonly string[] };

/** Merges two trees file by file. It starts git only for files that both sides changed. */
export function mergeTrees(store: ObjectStore, base: string | null, ours: string, theirs: string): Merged {
  const before = base === null ? new Map<string, Entry>() : readTree(store, base);
  const one = readTree(store, ours);
  const other = readTree(store, theirs);
  const merged = new Map<string, Entry>();
  const conflicts: string[] = [];
  for (const path of new Set([...before.keys(), ...one.keys(), ...other.keys()])) {
    const [old, left, right] = [before.get(path), one.get(path), other.get(path)];
    const taken = same(left, right) || same(right, old) ? left : same(left, old) ? right : 'both';
    const entry = taken === 'both' ? mergeFile(store, old, left, right) : taken;
    if (entry === 'conflict') conflicts.push(path);
    else if (entry !== undefined) merged.set(path, entry);
  }
  return conflicts.length > 0 ? { is: 'conflict', paths: conflicts } : { is: 'merged', tree: writeTree(store, merged) };
}

function same(one: Entry | undefined, other: Entry | undefined): boolean {
  return one?.id === other?.id && one?.mode === other?.mode;
}

function mergeFile(
  store: ObjectStore,
  old: Entry | undefined,
  left: Entry | undefined,
  right: Entry | undefined,
): Entry | 'conflict' {
  if (old === undefined || left === undefined || right === undefined || left.mode !== right.mode) return 'conflict';
  const folder = mkdtempSync(join(tmpdir(), 'stepgate-merge-'));
  try {
    const files = Object.entries({ left, old, right }).map(([name, { id }]) => {
      const file = join(folder, name);
      writeFileSync(file, store.get(id, 'blob'));
      return file;
    });
    const ran = spawnSync('git', ['merge-file', '-p', '-q', ...files], { env: { PATH: process.env['PATH'] ?? '' } });
    return ran.status === 0 ? { mode: left.mode, id: store.put('blob', ran.stdout) } : 'conflict';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
