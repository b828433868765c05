import { textOf } from '../../config/encoding.ts';
import { isBelow } from '../../config/repository-path.ts';
import { environmentError, inputError } from '../../release/error.ts';
import { repositoryPath } from './names.ts';
import type { GitObject, Objects } from './object-process.ts';
import { done } from './ran.ts';
import type { Run } from './run.ts';

/** One entry of a commit's tree. `mode` as git writes it: 100644, 100755, 120000 (symlink), 160000 (submodule). */
export interface Entry {
  readonly mode: string;
  readonly id: string;
}

export const symlink = '120000';
export const submodule = '160000';
const folder = '040000';

/**
 * Limits of one listing: the number of files, and the characters of all paths together. A small commit can contain one tree many times. Its
 * listing would not fit into memory.
 */
const filesLimit = 2_000_000;
const pathsLimit = 256 * 1024 * 1024;
/** Longest path that is accepted, in characters. Linux opens no path of more than 4,096 bytes (PATH_MAX). */
const pathLimit = 4_096;

/** Every file of the commit by path, in git's order. */
export async function listing(objects: Objects, commit: string): Promise<ReadonlyMap<string, Entry>> {
  const root = await treeOf(objects, `${commit}^{tree}`, commit);
  const trees = new Map([[root.id, [...entriesOf(root)]]]);
  for (let open = [root.id]; open.length > 0; ) {
    const below = open.flatMap((id) => trees.get(id) ?? []).filter(({ mode, id }) => mode === folder && !trees.has(id));
    open = [...new Set(below.map(({ id }) => id))];
    const read = await Promise.all(open.map((id) => treeOf(objects, id, commit)));
    for (const tree of read) trees.set(tree.id, [...entriesOf(tree)]);
  }
  const entries = new Map<string, Entry>();
  let length = 0;
  const walk = (id: string, path: string) => {
    for (const entry of trees.get(id) ?? []) {
      const place = path === '' ? entry.name : `${path}/${entry.name}`;
      length += place.length;
      const refuse = (what: string) => inputError('SOURCE_INVALID', `commit ${commit} has ${what}`);
      if (place.length > pathLimit) throw refuse('a file whose path is too long');
      if (entries.size >= filesLimit) throw refuse(`more than ${filesLimit} files`);
      if (length > pathsLimit) throw refuse('too many files to list');
      refuseHostile(entry.name, place, commit);
      if (entry.mode === folder) walk(entry.id, place);
      else entries.set(place, entry);
    }
  };
  walk(root.id, '');
  return entries;
}

async function treeOf(objects: Objects, name: string, commit: string): Promise<GitObject> {
  const found = await objects.ask(name);
  if (found?.type === 'tree') return found;
  throw environmentError('GIT_FAILED', `git could not list the files of ${commit}: it has no tree ${name}`);
}

/** The entries of a tree: each is its mode, a space, its name, a zero byte and the 20 bytes of its id. */
function* entriesOf({ id, content }: GitObject): Iterable<Entry & { readonly name: string }> {
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(' ', at);
    const zero = content.indexOf(0, space);
    // git hands out a broken tree as it is.
    if (space < 0 || zero < 0 || zero + 21 > content.length)
      throw environmentError('GIT_FAILED', `git could not list the files of the tree ${id}: it is broken`);
    yield {
      mode: content.toString('latin1', at, space).padStart(6, '0'),
      name: content.toString('utf8', space + 1, zero),
      id: content.toString('hex', zero + 1, zero + 21),
    };
    at = zero + 21;
  }
}

/** Refuses a name that exists only to write outside the folder. git checks fetched trees for them only when configured. */
function refuseHostile(name: string, path: string, commit: string): void {
  const parts = name.includes('/') ? name.split('/') : [name];
  if (!parts.some((part) => part === '' || part === '.' || part === '..' || /^\.git$/i.test(part))) return;
  throw inputError(
    'SOURCE_INVALID',
    `commit ${commit} has a file named ${JSON.stringify(path)}, which git itself refuses to check out`,
  );
}

/** The content of a file, which is at this path. */
export async function blob(objects: Objects, id: string, path: string): Promise<Buffer> {
  const found = await objects.ask(id);
  if (found?.type === 'blob') return found.content;
  const why = found === null ? 'the clone lacks it, or it is broken there' : `it is a ${found.type}`;
  throw inputError('SOURCE_INVALID', `the content of ${path}, git object ${id}, can't be read: ${why}`, {
    hint: 'git fsck says what is broken; a new clone is whole again',
    at: { file: path, line: null, column: null },
  });
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

/** Reads files of commits. Each commit is listed once, for all deliveries. */
export function reader(objects: Objects, missing: (commit: string) => Promise<Error | null>) {
  const listed = new Map<string, Promise<ReadonlyMap<string, Entry>>>();
  /** The paths of each listing. They are cached, because every delivery lists the files of the same commit. */
  const whole = new WeakMap<ReadonlyMap<string, Entry>, readonly string[]>();
  const linked = new WeakMap<ReadonlyMap<string, Entry>, Promise<ReadonlyMap<string, string>>>();

  const entries = (commit: string) => {
    const known = listed.get(commit);
    if (known !== undefined) return known;
    const fresh = listing(objects, commit).catch(async (thrown: unknown) => {
      throw (await missing(commit)) ?? thrown;
    });
    listed.set(commit, fresh);
    fresh.catch(() => listed.delete(commit));
    return fresh;
  };

  const linksIn = async (all: ReadonlyMap<string, Entry>) => {
    const links = [...all].filter(([, { mode }]) => mode === symlink);
    const targets = links.map(async ([path, { id }]) => [path, String(await blob(objects, id, path))] as const);
    return new Map(await Promise.all(targets));
  };

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
      return textOf(await blob(objects, entry.id, name));
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

    async links(commit: string): Promise<ReadonlyMap<string, string>> {
      const all = await entries(commit);
      const read = linked.get(all) ?? linksIn(all);
      linked.set(all, read);
      return read;
    },
  };
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
