import { type Account, ForgeError } from '../../release/forge.ts';
import { at, numberAt, stringAt } from '../../release/json.ts';

/** Readers for GitHub's answers. Each throws ForgeError `away` for an answer without what it has to have. */

type Path = readonly (string | number)[];

export function textIn(value: unknown, ...path: Path): string {
  return stringAt(value, ...path) ?? lacking(path);
}

export function numberIn(value: unknown, ...path: Path): number {
  const found = numberAt(value, ...path);
  return found !== null && Number.isSafeInteger(found) ? found : lacking(path);
}

export function yesOrNoIn(value: unknown, ...path: Path): boolean {
  const found = at(value, ...path);
  return typeof found === 'boolean' ? found : lacking(path);
}

export function dateIn(value: unknown, ...path: Path): Date {
  const date = new Date(textIn(value, ...path));
  return Number.isNaN(date.getTime()) ? lacking(path) : date;
}

export function commitIn(value: unknown, ...path: Path): string {
  const found = textIn(value, ...path);
  return isCommit(found) ? found : lacking(path);
}

export function isCommit(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

function lacking(path: Path): never {
  throw new ForgeError('away', `an answer of GitHub has no ${path.join('.')}, or one that cannot be read`);
}

/**
 * What a GraphQL query asks for about an account. Only users and bots are asked for their number; an account of another kind has
 * none in the answer, and `actorAt` returns null for it.
 */
export const ACCOUNT = `fragment account on Actor {
  __typename login ... on User { databaseId } ... on Bot { databaseId }
}`;

/** An account in an answer of GraphQL; null where there is none any more. */
export function actorAt(value: unknown, ...path: Path): Account | null {
  return account(at(value, ...path), '__typename', 'databaseId');
}

/** An account in an answer of REST; null where there is none any more. */
export function accountAt(value: unknown, ...path: Path): Account | null {
  return account(at(value, ...path), 'type', 'id');
}

/**
 * Only a user is a person: a placeholder of an import, an organization or an App acts for nobody in particular. GraphQL names the
 * bot of an App without the `[bot]` that it has everywhere else.
 */
function account(value: unknown, kind: string, number: string): Account | null {
  const login = stringAt(value, 'login');
  const id = numberAt(value, number);
  if (login === null || id === null) return null;
  const isBot = /\[bot\]$/i.test(login);
  if (stringAt(value, kind) === 'Bot') return { id, login: isBot ? login : `${login}[bot]`, is: 'bot' };
  return { id, login, is: stringAt(value, kind) === 'User' && !isBot ? 'person' : 'bot' };
}
