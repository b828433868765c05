/**
 * Reads the fields of a JSON object. A field of another type counts as missing, because the body has been validated before. It
 * remembers what was read: a field that no handler reads would be ignored silently.
 */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #read = new Set<string>();

  constructor(value: unknown) {
    this.#values = isRecord(value) ? value : {};
  }

  /** The fields that nobody has read. */
  get unread(): readonly string[] {
    return Object.keys(this.#values).filter((name) => !this.#read.has(name));
  }

  raw(name: string): unknown {
    this.#read.add(name);
    return this.#values[name];
  }

  has(name: string): boolean {
    return this.raw(name) !== undefined;
  }

  text(name: string): string | undefined {
    const value = this.raw(name);
    return typeof value === 'string' ? value : undefined;
  }

  flag(name: string): boolean | undefined {
    const value = this.raw(name);
    return typeof value === 'boolean' ? value : undefined;
  }

  list(name: string): readonly unknown[] {
    const value = this.raw(name);
    return Array.isArray(value) ? value : [];
  }

  texts(name: string): readonly string[] {
    return this.list(name).filter((one) => typeof one === 'string');
  }

  fields(name: string): Fields {
    return new Fields(this.raw(name));
  }

  record(name: string): Readonly<Record<string, unknown>> {
    const value = this.raw(name);
    return isRecord(value) ? value : {};
  }

  /** The field's value when it is one of these words, else undefined. */
  oneOf<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const value = this.raw(name);
    return words.find((word) => word === value);
  }
}

/** The query of a request. It remembers what was read, too. */
export class Query {
  readonly #values: URLSearchParams;
  readonly #read = new Set<string>();

  constructor(values: URLSearchParams) {
    this.#values = values;
  }

  get unread(): readonly string[] {
    return [...new Set(this.#values.keys())].filter((name) => !this.#read.has(name));
  }

  get(name: string): string | null {
    this.#read.add(name);
    return this.#values.get(name);
  }

  /** The same query with another page number. */
  withPage(page: number): string {
    const changed = new URLSearchParams(this.#values);
    changed.set('page', String(page));
    return changed.toString();
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
