import type { ObjectStore } from './objects.ts';

export interface Entry {
  readonly mode: string;
  readonly id: string;
}

/** Every file of a tree, by its path. */
export type Flat = ReadonlyMap<string, Entry>;

/** File contents by path; null removes the file. */
export type Files = Readonly<Record<string, Buffer | string | null>>;

const FOLDER = '40000';

export function readTree(store: ObjectStore, id: string, prefix = ''): Flat {
  const files = new Map<string, Entry>();
  for (const [name, entry] of entriesOf(store, id)) {
    const path = `${prefix}${name}`;
    if (entry.mode !== FOLDER) files.set(path, entry);
    else for (const [inner, file] of readTree(store, entry.id, `${path}/`)) files.set(inner, file);
  }
  return files;
}

/** The entries of one directory. */
export function entriesOf(store: ObjectStore, id: string): ReadonlyMap<string, Entry> {
  const content = store.get(id, 'tree');
  const entries = new Map<string, Entry>();
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(' ', at);
    const end = content.indexOf(0, space);
    const mode = content.toString('latin1', at, space);
    entries.set(content.toString('utf8', space + 1, end), { mode, id: content.toString('hex', end + 1, end + 21) });
    at = end + 21;
  }
  return entries;
}

/** Writes the tree objects of these files. Returns the id of the root. */
export function writeTree(store: ObjectStore, files: Flat): string {
  const here = new Map<string, Entry>();
  const below = new Map<string, Map<string, Entry>>();
  for (const [path, entry] of files) {
    const slash = path.indexOf('/');
    if (slash < 0) here.set(path, entry);
    else {
      const folder = below.get(path.slice(0, slash)) ?? new Map<string, Entry>();
      below.set(path.slice(0, slash), folder.set(path.slice(slash + 1), entry));
    }
  }
  for (const [name, inner] of below) here.set(name, { mode: FOLDER, id: writeTree(store, inner) });
  // Git sorts a directory as if its name ended in a slash.
  const keyed = [...here].map(([name, entry]) => ({
    name,
    entry,
    key: Buffer.from(entry.mode === FOLDER ? `${name}/` : name),
  }));
  keyed.sort((one, other) => Buffer.compare(one.key, other.key));
  const parts = keyed.flatMap(({ name, entry }) => [
    Buffer.from(`${entry.mode} ${name}\0`),
    Buffer.from(entry.id, 'hex'),
  ]);
  return store.put('tree', Buffer.concat(parts));
}

/** Applies changes to files. */
export function changed(store: ObjectStore, files: Flat, changes: Files): Flat {
  const after = new Map(files);
  for (const [path, content] of Object.entries(changes)) {
    if (content === null) after.delete(path);
    else after.set(path, { mode: after.get(path)?.mode ?? '100644', id: store.put('blob', content) });
  }
  return after;
}
