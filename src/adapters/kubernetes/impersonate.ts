import { isObject, type JsonObject } from '../../release/json.ts';
import { type Entry, has, invalid } from './login.ts';

/** Headers of the requests; a list for a header that is sent several times. */
export type Headers = Readonly<Record<string, string | string[]>>;

const keys = ['as-groups', 'as-uid', 'as-user-extra'] as const;

/** The headers that make the server act for somebody else (`as`, `as-groups`, `as-uid`, `as-user-extra`), as kubectl sends them. */
export function impersonation({ body, at }: Entry): Headers {
  const used = keys.filter((key) => has(body, key));
  if (!has(body, 'as')) {
    if (used.length === 0) return {};
    throw invalid(`${at} has ${used.join(' and ')} without as`, 'write the user to act for: as: NAME');
  }
  const extra = Object.entries(extraOf(body, at)).map(([name, values]): [string, string[]] => [
    `impersonate-extra-${headerName(name)}`,
    values.map((value) => headerValue(value, `${at}: as-user-extra`)),
  ]);
  const groups = has(body, 'as-groups') ? texts(body['as-groups'], `${at}: as-groups`) : [];
  return {
    'impersonate-user': headerValue(body['as'], `${at}: as`),
    ...(has(body, 'as-uid') ? { 'impersonate-uid': headerValue(body['as-uid'], `${at}: as-uid`) } : {}),
    ...(groups.length === 0
      ? {}
      : { 'impersonate-group': groups.map((group) => headerValue(group, `${at}: as-groups`)) }),
    ...Object.fromEntries(extra),
  };
}

function extraOf(body: JsonObject, at: string): Readonly<Record<string, readonly string[]>> {
  if (!has(body, 'as-user-extra')) return {};
  const extra = body['as-user-extra'];
  if (!isObject(extra)) throw invalid(`${at}: as-user-extra is not a mapping`, 'write NAME: [VALUE, ...]');
  return Object.fromEntries(
    Object.entries(extra).map(([name, values]) => [name, texts(values, `${at}: as-user-extra.${name.slice(0, 100)}`)]),
  );
}

function texts(list: unknown, what: string): readonly string[] {
  if (!Array.isArray(list)) throw invalid(`${what} is not a list`, 'write a list of texts');
  return list.map((one: unknown) => {
    if (typeof one !== 'string') throw invalid(`${what} has an entry that is not a string`, 'quote it');
    return one;
  });
}

/** Like Go, the name is sent as UTF-8; Node takes the bytes of a header as Latin-1. */
function headerValue(text: unknown, what: string): string {
  if (typeof text !== 'string' || /\p{Cc}/u.test(text)) throw invalid(`${what} is not a name that a header can carry`);
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The name of an extra field within a header's name: what a header's name can't have is percent-encoded, as the server reads it. */
function headerName(name: string): string {
  return [...Buffer.from(name, 'utf8')]
    .map((byte) => {
      const letter = String.fromCharCode(byte);
      return /[A-Za-z0-9!#$&'*+.^_`|~-]/.test(letter)
        ? letter.toLowerCase()
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}
