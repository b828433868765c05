import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';

export type ObjectType = 'blob' | 'commit' | 'tag' | 'tree';

export interface GitObject {
  readonly type: ObjectType;
  readonly content: Buffer;
}

/**
 * The objects of a repository and its forks. All objects are loose, because pushes are unpacked and nothing is repacked. So they can
 * be read and written without starting git.
 */
export class ObjectStore {
  readonly #known = new Map<string, GitObject>();
  /** Git's `objects` folder. */
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** The object with this id; null when there is none. */
  find(id: string): GitObject | null {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const file = this.#fileOf(id);
    if (!/^[0-9a-f]{40}$/.test(id) || !existsSync(file)) return null;
    const raw = inflateSync(readFileSync(file));
    const end = raw.indexOf(0);
    const type = raw.toString('latin1', 0, raw.indexOf(' '));
    if (!isType(type)) throw new Error(`object ${id} is of type '${type}'`);
    const found = { type, content: raw.subarray(end + 1) };
    this.#known.set(id, found);
    return found;
  }

  /** The content of an object. Throws when there is none of this type. */
  get(id: string, type: ObjectType): Buffer {
    const found = this.find(id);
    if (found?.type !== type) throw new Error(`there is no ${type} ${id}`);
    return found.content;
  }

  /** Writes an object. Returns its id. */
  put(type: ObjectType, content: Buffer | string): string {
    const bytes = Buffer.from(content);
    const raw = Buffer.concat([Buffer.from(`${type} ${bytes.length}\0`), bytes]);
    const id = createHash('sha1').update(raw).digest('hex');
    if (this.#known.has(id)) return id;
    const file = this.#fileOf(id);
    mkdirSync(dirname(file), { recursive: true });
    if (!existsSync(file)) writeFileSync(file, deflateSync(raw, { level: 1 }));
    this.#known.set(id, { type, content: bytes });
    return id;
  }

  #fileOf(id: string): string {
    return join(this.folder, id.slice(0, 2), id.slice(2));
  }
}

function isType(text: string): text is ObjectType {
  return text === 'blob' || text === 'commit' || text === 'tag' || text === 'tree';
}
