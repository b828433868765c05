import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type Commit, readCommit } from './commits.ts';
import { ObjectStore } from './objects.ts';

/**
 * A bare repository on disk, which git can fetch from. Only this process writes its refs, so comparing and setting one is a single
 * synchronous step. A fork shares the objects of its parent, as on GitHub: each can read any commit of the other.
 */
export class Bare {
  readonly folder: string;
  readonly store: ObjectStore;

  constructor(folder: string, { branch = 'main', parent }: { branch?: string; parent?: Bare } = {}) {
    this.folder = folder;
    mkdirSync(join(folder, 'refs'), { recursive: true });
    writeFileSync(join(folder, 'HEAD'), `ref: refs/heads/${branch}\n`);
    const upload = '[uploadpack]\n\tallowAnySHA1InWant = true\n\tallowFilter = true\n\thideRefs = refs/stepgate\n';
    writeFileSync(join(folder, 'config'), `[core]\n\trepositoryformatversion = 0\n\tbare = true\n${upload}`);
    if (parent !== undefined) symlinkSync(parent.store.folder, join(folder, 'objects'));
    this.store = parent?.store ?? new ObjectStore(join(folder, 'objects'));
  }

  /** The refs below a prefix by full name, sorted. */
  refs(prefix = 'refs/'): ReadonlyMap<string, string> {
    const files = readdirSync(join(this.folder, 'refs'), { recursive: true, withFileTypes: true });
    const names = files
      .filter((file) => file.isFile())
      .map((file) => relative(this.folder, join(file.parentPath, file.name)))
      .filter((name) => name.startsWith(prefix))
      .sort();
    return new Map(names.map((name) => [name, this.tip(name) ?? '']));
  }

  /** The object that a ref such as `refs/heads/main` points to; null when there is no such ref. */
  tip(ref: string): string | null {
    const file = join(this.folder, ref);
    if (!isRef(ref) || !existsSync(file)) return null;
    try {
      return readFileSync(file, 'utf8').trim();
    } catch (error) {
      // The name is a directory of refs.
      if (error instanceof Error && 'code' in error && error.code === 'EISDIR') return null;
      throw error;
    }
  }

  /** Sets a ref if it still points to `before`; null removes it. Returns whether it did. */
  set(ref: string, id: string | null, before: string | null): boolean {
    if (!isRef(ref)) throw new Error(`'${ref}' is no name of a ref`);
    if (this.tip(ref) !== before) return false;
    const file = join(this.folder, ref);
    if (id === null) rmSync(file, { force: true });
    else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `${id}\n`);
    }
    return true;
  }

  /** Finds a commit by its id (at least seven digits), branch, tag or ref; null when there is none. */
  resolve(name: string): Commit | null {
    if (/^[0-9a-f]{40}$/.test(name)) return readCommit(this.store, name);
    for (const ref of name === 'HEAD'
      ? [this.head]
      : [name, `refs/${name}`, `refs/heads/${name}`, `refs/tags/${name}`]) {
      const id = this.tip(ref);
      if (id !== null) return readCommit(this.store, id);
    }
    if (!/^[0-9a-f]{7,39}$/.test(name)) return null;
    const folder = join(this.store.folder, name.slice(0, 2));
    const found = existsSync(folder) ? readdirSync(folder).filter((one) => one.startsWith(name.slice(2))) : [];
    return found.length === 1 ? readCommit(this.store, `${name.slice(0, 2)}${found[0]}`) : null;
  }

  /** The ref of the default branch. */
  get head(): string {
    return readFileSync(join(this.folder, 'HEAD'), 'utf8')
      .replace(/^ref: /, '')
      .trim();
  }
}

/** Whether git accepts the name, and it stays inside the repository. */
export function isRef(name: string): boolean {
  return /^refs\/[^/]/.test(name) && !/(^|\/)\.|\.\.|\/\/|\/$|\.$|\.lock(\/|$)|@\{|[\x00-\x20\x7f~^:?*[\\]/.test(name);
}
