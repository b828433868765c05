/** Reads the fields of a JSON object. A field of another type counts as missing, because the body has been validated before. */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    this.#values = isRecord(value) ? value : {};
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  raw(name: string): unknown {
    return this.#values[name];
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#values[name];
    return typeof value === 'number' ? value : undefined;
  }

  flag(name: string): boolean | undefined {
    const value = this.#values[name];
    return typeof value === 'boolean' ? value : undefined;
  }

  list(name: string): readonly unknown[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value : [];
  }

  texts(name: string): readonly string[] {
    return this.list(name).filter((one) => typeof one === 'string');
  }

  fields(name: string): Fields {
    return new Fields(this.#values[name]);
  }

  record(name: string): Readonly<Record<string, unknown>> {
    const value = this.#values[name];
    return isRecord(value) ? value : {};
  }

  /** The field's value when it is one of these words, else undefined. */
  oneOf<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    return words.find((word) => word === this.#values[name]);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
