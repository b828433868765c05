import { inputError } from '../../release/error.ts';
import { repositoryPath } from './names.ts';
import { done, type Run } from './run.ts';

/** One entry of a commit's tree. `mode` as git writes it: 100644, 100755, 120000 (symlink), 160000 (submodule). */
export interface Entry {
  readonly mode: string;
  readonly id: string;
}

export const symlink = '120000';
export const submodule = '160000';

/** Every file of the commit by path. */
export async function listing(run: Run, commit: string): Promise<ReadonlyMap<string, Entry>> {
  const out = done(await run(['ls-tree', '-r', '-z', '--full-tree', commit]), `list the files of ${commit}`);
  const entries = new Map<string, Entry>();
  for (const record of out.toString().split('\0')) {
    if (record === '') continue;
    const tab = record.indexOf('\t');
    const [mode = '', , id = ''] = record.slice(0, tab).split(' ');
    entries.set(safePath(record.slice(tab + 1), commit), { mode, id });
  }
  return entries;
}

/** Refuses paths that exist only to write outside the folder. git checks fetched trees for them only when configured. */
function safePath(path: string, commit: string): string {
  const hostile = path.split('/').some((part) => part === '' || part === '.' || part === '..' || /^\.git$/i.test(part));
  if (!hostile) return path;
  throw inputError(
    'SOURCE_INVALID',
    `commit ${commit} has a file named ${JSON.stringify(path)}, which git itself refuses to check out`,
  );
}

/** The contents of blobs, in the given order, with one process. */
export async function blobs(run: Run, ids: readonly string[]): Promise<readonly Buffer[]> {
  if (ids.length === 0) return [];
  const out = done(await run(['cat-file', '--batch'], { input: ids.map((id) => `${id}\n`).join('') }), 'read files');
  const found: Buffer[] = [];
  let offset = 0;
  for (const id of ids) {
    const end = out.indexOf('\n', offset);
    const header = out.toString('latin1', offset, end);
    const size = Number(/^[0-9a-f]{40} blob (\d+)$/.exec(header)?.[1] ?? Number.NaN);
    if (end < 0 || Number.isNaN(size)) throw inputError('SOURCE_INVALID', `git object ${id} is not a file: ${header}`);
    found.push(out.subarray(end + 1, end + 1 + size));
    offset = end + 1 + size + 1;
  }
  return found;
}

/** The sizes of blobs, in the given order, with one process. */
export async function sizes(run: Run, ids: readonly string[]): Promise<readonly number[]> {
  if (ids.length === 0) return [];
  const out = done(
    await run(['cat-file', '--batch-check=%(objectsize)'], { input: ids.map((id) => `${id}\n`).join('') }),
    'read the sizes of files',
  );
  return out.toString().trimEnd().split('\n').map(Number);
}

/**
 * Reads files of commits. Requests of the same turn share one process, and each commit is listed once: forty services use
 * two processes instead of eighty.
 */
export function reader(run: Run, missing: (commit: string) => Promise<Error | null>) {
  const listed = new Map<string, Promise<ReadonlyMap<string, Entry>>>();
  /** The paths of each listing. They are cached, because every delivery lists the files of the same commit. */
  const whole = new WeakMap<ReadonlyMap<string, Entry>, readonly string[]>();
  let waiting: { id: string; resolve: (content: Buffer) => void; reject: (reason: unknown) => void }[] = [];

  const entries = (commit: string) => {
    const known = listed.get(commit);
    if (known !== undefined) return known;
    const fresh = listing(run, commit).catch(async (thrown: unknown) => {
      throw (await missing(commit)) ?? thrown;
    });
    listed.set(commit, fresh);
    fresh.catch(() => listed.delete(commit));
    return fresh;
  };

  const readWaiting = async () => {
    const asked = waiting;
    waiting = [];
    try {
      const contents = await blobs(
        run,
        asked.map(({ id }) => id),
      );
      for (const [index, one] of asked.entries()) one.resolve(contents[index] ?? Buffer.alloc(0));
    } catch (reason) {
      for (const one of asked) one.reject(reason);
    }
  };

  const content = (id: string) =>
    new Promise<Buffer>((resolve, reject) => {
      if (waiting.length === 0) setImmediate(readWaiting);
      waiting.push({ id, resolve, reject });
    });

  return {
    entries,

    async read(commit: string, path: string): Promise<string | null> {
      const name = repositoryPath(path);
      const all = await entries(commit);
      const entry = all.get(name);
      if (entry === undefined) {
        refuseLinkedParent(all, name);
        return null;
      }
      if (entry.mode === symlink) throw linkRefused(name);
      if (entry.mode === submodule) return null;
      return (await content(entry.id)).toString();
    },

    async files(commit: string, folder: string): Promise<readonly string[]> {
      const name = repositoryPath(folder);
      const all = await entries(commit);
      if (all.get(name)?.mode === symlink) throw linkRefused(name);
      refuseLinkedParent(all, name);
      const regular = whole.get(all) ?? [...all].flatMap(([path, { mode }]) => (mode.startsWith('100') ? [path] : []));
      whole.set(all, regular);
      return name === '' ? regular : regular.filter((path) => isBelow(path, name));
    },
  };
}

/** Whether a path is in a folder; every path is in ''. */
export function isBelow(path: string, folder: string): boolean {
  return folder === '' || path.startsWith(`${folder}/`);
}

function refuseLinkedParent(all: ReadonlyMap<string, Entry>, path: string): void {
  const parts = path.split('/');
  for (let length = 1; length < parts.length; length += 1) {
    const parent = parts.slice(0, length).join('/');
    if (all.get(parent)?.mode === symlink) throw linkRefused(parent);
  }
}

function linkRefused(path: string) {
  return inputError('SOURCE_INVALID', `${path} is a symbolic link: links are not followed`, {
    hint: 'name the file that the link points to',
    at: { file: path, line: null, column: null },
  });
}
