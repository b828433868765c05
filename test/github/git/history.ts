import { type Commit, readCommit } from './commits.ts';
import type { ObjectStore } from './objects.ts';

/** The commit and all its ancestors. */
export function ancestors(store: ObjectStore, id: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [id];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const commit = seen.has(next) ? null : readCommit(store, next);
    if (commit === null) continue;
    seen.add(next);
    open.push(...commit.parents);
  }
  return seen;
}

export function isAncestor(store: ObjectStore, ancestor: string, id: string): boolean {
  return ancestors(store, id).has(ancestor);
}

/** The commits reachable from `id` and not from `without`: newest first, children before parents. */
export function log(store: ObjectStore, id: string, without: string | null = null): readonly Commit[] {
  const excluded = without === null ? new Set<string>() : ancestors(store, without);
  const found = new Map<string, Commit>();
  for (const one of ancestors(store, id)) {
    const commit = excluded.has(one) ? null : readCommit(store, one);
    if (commit !== null) found.set(one, commit);
  }
  const children = new Map<string, number>();
  for (const { parents } of found.values())
    for (const parent of parents) children.set(parent, (children.get(parent) ?? 0) + 1);
  const ready = [...found.values()].filter(({ id: one }) => !children.has(one));
  const sorted: Commit[] = [];
  for (let next = newest(ready); next !== undefined; next = newest(ready)) {
    sorted.push(next);
    for (const parent of next.parents) {
      const left = (children.get(parent) ?? 0) - 1;
      children.set(parent, left);
      const commit = found.get(parent);
      if (left === 0 && commit !== undefined) ready.push(commit);
    }
  }
  return sorted;
}

/** The newest common ancestor; null when there is none. */
export function mergeBase(store: ObjectStore, one: string, other: string): string | null {
  const others = ancestors(store, other);
  return log(store, one).find(({ id }) => others.has(id))?.id ?? null;
}

function newest(ready: Commit[]): Commit | undefined {
  const [first] = ready.toSorted((one, other) => other.committer.at.getTime() - one.committer.at.getTime());
  if (first !== undefined) ready.splice(ready.indexOf(first), 1);
  return first;
}
