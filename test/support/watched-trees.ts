import { setImmediate } from 'node:timers/promises';
import type { Repo } from '../../src/release/ports.ts';

/** A repository that knows which of its trees are given back, and waits until whoever gives one back too early has done so. */
export function watchedTrees<R extends Repo>(repo: R): { readonly repo: R; isThere(folder: string): Promise<boolean> } {
  const open = new Set<string>();
  return {
    repo: {
      ...repo,
      async tree(commit) {
        const tree = await repo.tree(commit);
        open.add(tree.folder);
        return {
          folder: tree.folder,
          async [Symbol.asyncDispose]() {
            open.delete(tree.folder);
            await tree[Symbol.asyncDispose]();
          },
        };
      },
    },
    async isThere(folder) {
      await setImmediate();
      return open.has(folder);
    },
  };
}
