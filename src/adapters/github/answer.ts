import { ForgeError } from '../../release/forge.ts';

/** An answer of GitHub, whatever its status. Foreign. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed body; a text where it is no JSON. */
  readonly data: unknown;
}

/** What came of one request: an answer, or none. */
export type Outcome =
  | { readonly is: 'answer'; readonly answer: Answer }
  /** `lasts`: another try would get none either, because of a name that nobody has, or of a certificate. */
  | { readonly is: 'none'; readonly why: string; readonly lasts: boolean };

/** One request: REST, or GraphQL as a POST. */
export interface Request {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** From the address of the API on, or a whole address. */
  readonly url: string;
  readonly query: Readonly<Record<string, string | number>>;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A template tag for the path of a request. It escapes each value, so that a value stays one segment of the path. Throws ForgeError
 * `missing` for a value that is empty, `.` or `..`: escaping doesn't help there, and nothing at GitHub has such a name.
 */
export function path(texts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return String.raw({ raw: texts }, ...values.map((value) => part(String(value))));
}

function part(text: string): string {
  if (['', '.', '..'].includes(text)) throw new ForgeError('missing', `nothing at GitHub is called '${text}'`);
  return encodeURIComponent(text.toWellFormed());
}
