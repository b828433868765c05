import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { textOf } from '../../config/encoding.ts';
import { isPointer } from '../../config/strange-file.ts';
import type { Objects } from './object-process.ts';
import type { Entry } from './objects.ts';
import { text } from './ran.ts';
import type { Run } from './run.ts';

/** In bytes. A larger file is not compared: it is larger than any manifest that stepgate reads. */
const sizeLimit = 8 * 1024 * 1024;

export interface WorkTreeQuery {
  readonly run: Run;
  readonly objects: Objects;
  /** The top folder of the work tree. */
  readonly root: string;
  readonly commit: string;
  /** Every file of the commit, by its path. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** The text of a file of the commit. */
  readonly read: (path: string) => Promise<string | null>;
  readonly isWanted: (path: string) => boolean;
}

/**
 * The wanted paths that the work tree has in another form than the commit; none where another commit is checked out. `git status`
 * is not asked, because it runs the filters that the repository's configuration names. So files are compared as they are, and line
 * ends do not count, which git may convert. What a sparse checkout leaves out is no difference.
 */
export async function uncommitted({
  run,
  objects,
  root,
  commit,
  entries,
  read,
  isWanted,
}: WorkTreeQuery): Promise<readonly string[]> {
  if ((await objects.ask('HEAD^{commit}'))?.id !== commit) return [];
  const listed = await run(['ls-files', '-z', '-t', '--cached', '--others', '--exclude-standard', '--full-name']);
  const absent = new Set<string>();
  const wanted = new Set([...entries.keys()].filter(isWanted));
  for (const record of text(listed, 'list the files of the work tree').split('\0')) {
    const path = record.slice(2);
    if (record.startsWith('S ')) absent.add(path);
    else if (path !== '' && isWanted(path)) wanted.add(path);
  }
  const paths = [...wanted].filter((path) => !absent.has(path)).sort();
  const differs = await Promise.all(paths.map(async (path) => (await isSame(path)) === false));
  return paths.filter((_, index) => differs[index]);

  async function isSame(path: string): Promise<boolean> {
    const mode = entries.get(path)?.mode;
    // Links and submodules are not read by a release.
    if (mode !== undefined && !mode.startsWith('100')) return true;
    const found = await lstat(join(root, path)).catch(() => null);
    if (found === null) return mode === undefined;
    if (mode === undefined) return !found.isFile();
    if (!found.isFile()) return false;
    if (found.size > sizeLimit) return true;
    const [here, there] = await Promise.all([readFile(join(root, path)), read(path)]);
    return there === null || isPointer(there) || plain(textOf(here)) === plain(there);
  }
}

function plain(content: string): string {
  return content.replaceAll('\r\n', '\n');
}
