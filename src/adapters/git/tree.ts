import { symlink as link, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { environmentError } from '../../release/error.ts';
import type { Tree } from '../../release/ports.ts';
import type { Clone } from './clone.ts';
import { blob, type Entry, sizes, submodule, symlink } from './objects.ts';
import type { Run } from './run.ts';

/**
 * The target of a link that, in the commit, leads to nothing or out of the tree. It does not exist, so a program that reads
 * the link fails with an error. A link that no release reads does no harm.
 */
export const refusedLink = 'refused-symlink-leaves-the-repository';

const chunkLimit = 64 * 1024 * 1024;
/** How many files are written at once; a process may have only 256 files open on macOS. */
const openAtOnce = 64;

/** One shared folder for concurrent users of a commit: hundreds of deliveries may render from one commit. */
export function sharedTrees(write: (commit: string) => Promise<Tree>): (commit: string) => Promise<Tree> {
  const open = new Map<string, { users: number; readonly made: Promise<Tree> }>();
  return async (commit) => {
    const shared = open.get(commit) ?? { users: 0, made: write(commit) };
    open.set(commit, shared);
    shared.users += 1;
    const leave = async () => {
      shared.users -= 1;
      if (shared.users > 0) return;
      open.delete(commit);
      await (await shared.made)[Symbol.asyncDispose]();
    };
    try {
      const { folder } = await shared.made;
      return { folder, [Symbol.asyncDispose]: leave };
    } catch (error) {
      if (open.get(commit) === shared) open.delete(commit);
      throw error;
    }
  };
}

/**
 * Writes the files of a commit to a new temporary folder, exactly as committed. `git checkout` is not used, because it would
 * run the smudge filters of the config, follow .gitattributes and write links to any target.
 */
export async function writeTree(
  clone: Pick<Clone, 'run' | 'objects'>,
  entries: ReadonlyMap<string, Entry>,
): Promise<Tree> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'stepgate-tree-')));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await writeEntries(clone, folder, entries);
  } catch (thrown) {
    await remove();
    if (!(thrown instanceof Error) || !('syscall' in thrown)) throw thrown;
    // A full disk, a name that is too long, or two names that are equal on this file system.
    throw environmentError(
      'GIT_FAILED',
      `the commit's files can't be written to a temporary folder: ${thrown.message}`,
      {
        cause: thrown,
      },
    );
  }
  return { folder, [Symbol.asyncDispose]: remove };
}

async function writeEntries(
  { run, objects }: Pick<Clone, 'run' | 'objects'>,
  folder: string,
  entries: ReadonlyMap<string, Entry>,
): Promise<void> {
  const wanted = [...entries].filter(([, { mode }]) => mode !== submodule);
  const folders = new Set(
    [...entries].map(([path, { mode }]) => join(folder, mode === submodule ? path : dirname(path))),
  );
  for (const each of folders) await mkdir(each, { recursive: true });

  const links: { path: string; target: string }[] = [];
  const write = async ({ path, mode, content }: { path: string; mode: string; content: Buffer }) => {
    if (mode === symlink) links.push({ path: join(folder, path), target: content.toString() });
    // `wx`: on a file system that ignores case, two files with one name are an error.
    else await writeFile(join(folder, path), content, { flag: 'wx', mode: mode === '100755' ? 0o755 : 0o644 });
  };
  for (const chunk of await chunks(run, wanted)) {
    const files = await Promise.all(
      chunk.map(async ([path, { mode, id }]) => ({ path, mode, content: await blob(objects, id, path) })),
    );
    for (let at = 0; at < files.length; at += openAtOnce) {
      await Promise.all(files.slice(at, at + openAtOnce).map(write));
    }
  }
  await writeLinks(folder, links);
}

/** Writes links last, so that no file is written through one, and checks their real targets. */
async function writeLinks(folder: string, links: readonly { path: string; target: string }[]): Promise<void> {
  for (const { path, target } of links) {
    // A target that is empty, too long or has a NUL can't be a link at all.
    await link(target, path).catch(() => link(refusedLink, path));
  }
  const leads = await Promise.all(
    links.map(async ({ path }) => ({ path, to: await realpath(path).catch(() => null) })),
  );
  for (const { path, to } of leads) {
    if (to === folder || to?.startsWith(`${folder}/`)) continue;
    await rm(path);
    await link(refusedLink, path);
  }
}

/** Splits the files into groups that fit in memory. */
async function chunks(run: Run, wanted: readonly (readonly [string, Entry])[]) {
  const bytes = await sizes(
    run,
    wanted.map(([, { id }]) => id),
  );
  const groups: (readonly [string, Entry])[][] = [[]];
  let size = 0;
  for (const [index, each] of wanted.entries()) {
    size += bytes[index] ?? 0;
    if (size > chunkLimit || (groups.at(-1)?.length ?? 0) >= 1_000) {
      groups.push([]);
      size = bytes[index] ?? 0;
    }
    groups.at(-1)?.push(each);
  }
  return groups;
}
