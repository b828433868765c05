import type { ObjectStore } from './objects.ts';
import { readTree } from './trees.ts';

export interface FileChange {
  readonly path: string;
  readonly status: 'added' | 'modified' | 'removed' | 'renamed';
  /** The path before a rename. */
  readonly from: string | null;
  /** The blob after the change; of a removed file, the blob before. */
  readonly blob: string;
  readonly additions: number;
  readonly deletions: number;
}

/** The files that differ between two trees. Only an unchanged file counts as renamed. */
export function diffTrees(store: ObjectStore, before: string, after: string): readonly FileChange[] {
  const [old, now] = [readTree(store, before), readTree(store, after)];
  const gone = new Map([...old].filter(([path]) => !now.has(path)));
  const changes: FileChange[] = [];
  for (const [path, entry] of now) {
    const was = old.get(path);
    if (was?.id === entry.id && was.mode === entry.mode) continue;
    const from = was === undefined ? ([...gone].find(([, { id }]) => id === entry.id)?.[0] ?? null) : null;
    if (from !== null) gone.delete(from);
    const status = from !== null ? 'renamed' : was === undefined ? 'added' : 'modified';
    const source = from === null ? was?.id : entry.id;
    changes.push({
      path,
      status,
      from,
      blob: entry.id,
      ...lineChanges(linesOf(store, source), linesOf(store, entry.id)),
    });
  }
  for (const [path, { id }] of gone) {
    const deletions = linesOf(store, id).length;
    changes.push({ path, status: 'removed', from: null, blob: id, additions: 0, deletions });
  }
  return changes.sort((one, other) => (one.path < other.path ? -1 : 1));
}

function linesOf(store: ObjectStore, id: string | undefined): readonly string[] {
  const text = id === undefined ? '' : (store.find(id)?.content.toString('utf8') ?? '');
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** The number of added and deleted lines in a minimal diff. */
function lineChanges(before: readonly string[], after: readonly string[]) {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (
    end < Math.min(before.length, after.length) - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  )
    end += 1;
  const left = before.slice(start, before.length - end);
  const right = after.slice(start, after.length - end);
  const kept = longestCommon(left, right);
  return { additions: right.length - kept, deletions: left.length - kept };
}

/** The length of the longest common subsequence. */
function longestCommon(left: readonly string[], right: readonly string[]): number {
  let row: readonly number[] = new Array(right.length + 1).fill(0);
  for (const line of left) {
    const next = [0];
    for (const [at, other] of right.entries()) {
      next.push(line === other ? (row[at] ?? 0) + 1 : Math.max(row[at + 1] ?? 0, next[at] ?? 0));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
