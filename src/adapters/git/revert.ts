import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RevertRequest } from '../../release/ports.ts';
import { repositoryPath } from './names.ts';
import { type Entry, isBelow } from './objects.ts';
import { done, type Run, type RunOptions, text } from './run.ts';

/**
 * A commit on top of `onto` in which the paths are as they were at `from`; null when that changes nothing. Made in an
 * index of its own: the person's work tree, index and branches are not touched, and no hook or filter runs.
 */
export async function revert(
  run: Run,
  entries: (commit: string) => Promise<ReadonlyMap<string, Entry>>,
  { onto, paths, from, message }: RevertRequest,
): Promise<string | null> {
  const wanted = paths.map(repositoryPath);
  const isWanted = (path: string) => wanted.some((each) => path === each || isBelow(path, each));
  const [now, then] = await Promise.all([entries(onto), entries(from)]);
  const changes = changesBetween(now, then, isWanted);
  if (changes.length === 0) return null;

  const folder = await mkdtemp(join(tmpdir(), 'stepgate-index-'));
  try {
    const index: RunOptions = { set: { GIT_INDEX_FILE: join(folder, 'index') } };
    done(await run(['read-tree', onto], index), `read the tree of ${onto}`);
    done(
      await run(['update-index', '-z', '--index-info'], { ...index, input: changes.join('') }),
      `put back ${paths.join(', ')}`,
    );
    const tree = text(await run(['write-tree'], index), 'write the reverted tree').trim();
    const made = await run(['commit-tree', '-p', onto, '-F', '-', tree], { input: message, set: await identity(run) });
    return text(made, 'make the revert commit').trim();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Lines for `update-index --index-info`: removals first, so that a file can take the place of a folder. */
function changesBetween(
  now: ReadonlyMap<string, Entry>,
  then: ReadonlyMap<string, Entry>,
  isWanted: (path: string) => boolean,
): readonly string[] {
  const removed = [...now.keys()].filter((path) => isWanted(path) && !then.has(path));
  const restored = [...then].filter(([path, { mode, id }]) => {
    const here = now.get(path);
    return isWanted(path) && (here?.id !== id || here.mode !== mode);
  });
  return [
    ...removed.map((path) => `0 ${'0'.repeat(40)}\t${path}\0`),
    ...restored.map(([path, { mode, id }]) => `${mode} ${id}\t${path}\0`),
  ];
}

/** Whether the paths are the same at two commits. */
export async function sameAt(
  { entries }: { entries(commit: string): Promise<ReadonlyMap<string, Entry>> },
  { left, right, paths }: { readonly left: string; readonly right: string; readonly paths: readonly string[] },
): Promise<boolean> {
  const wanted = paths.map(repositoryPath);
  // A link, file or submodule that stands where a path has a folder decides what the path leads to.
  const isWanted = (path: string) =>
    wanted.some((each) => path === each || isBelow(path, each) || (each !== '' && isBelow(each, path)));
  const [before, after] = await Promise.all([entries(left), entries(right)]);
  return changesBetween(before, after, isWanted).length === 0;
}

/** Who commits: the identity in git's config, or stepgate where it has none (a runner, a container). */
async function identity(run: Run): Promise<Readonly<Record<string, string>>> {
  const ran = await run(['config', '--get-regexp', '^user\\.(name|email)$']);
  const configured = ran.exit === 0 ? ran.out.toString() : '';
  if (/^user\.name \S/m.test(configured) && /^user\.email \S/m.test(configured)) return {};
  const name = 'stepgate';
  const email = 'stepgate@users.noreply.github.com';
  return { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email };
}
