import { login } from '../release/actor.ts';
import type { People } from '../release/delivery.ts';
import { at, type Json, objectAt } from '../release/json.ts';
import { OWNERS } from '../release/vote.ts';
import type { Parsed } from './time.ts';

/** Visible ASCII without @, / and :, because a team or a cluster user is not a login. */
export const loginText = '[!-.0-9;-?A-~]{1,100}';
export const userText = '\\S(.{0,254}\\S)?';
const cluster = 'kube:';
const loginOnly = new RegExp(`^@?${loginText}$`);

/** Reads `people` of the root. Parts in which check() found a problem are left out. */
export function readPeople(root: Json): People {
  const found = at(root, 'people');
  if (found === undefined) return { by: 'name' };
  const accounts = new Map<string, string>();
  for (const [user, account] of Object.entries(objectAt(root, 'people'))) {
    if (typeof account === 'string') accounts.set(user, account.replace(/^@/, ''));
  }
  return { by: 'cluster', accounts };
}

/** The name of a person for comparing: the account of a cluster user, or the name itself. */
export function accountOf(person: string, people: People): string {
  if (people.by === 'name' || !person.startsWith(cluster)) return login(person);
  return login(people.accounts.get(person.slice(cluster.length)) ?? person);
}

/** Whether a name is a cluster user with an account. */
export function isMapped(person: string, people: People): boolean {
  return people.by === 'cluster' && person.startsWith(cluster) && people.accounts.has(person.slice(cluster.length));
}

/** Reads a person: a login of the forge, or `kube:NAME` for a cluster user. */
export function parsePerson(text: string): Parsed<string> {
  if (!text.startsWith(cluster)) return parseLogin(text);
  const user = parseClusterUser(text.slice(cluster.length));
  return 'wrong' in user ? user : { value: text };
}

export const teamText = '[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9][A-Za-z0-9_.-]{0,99}';
const teamOnly = new RegExp(`^@?${teamText}$`);

/** Reads who approves: a person, a team such as acme/sre, or CODEOWNERS. */
export function parseApprover(text: string): Parsed<string> {
  if (text === OWNERS) return { value: text };
  if (text.startsWith(cluster) || !text.includes('/')) return parsePerson(text);
  return teamOnly.test(text)
    ? { value: text }
    : {
        wrong: 'is not a team',
        hint: 'write the organisation and the name of the team in its address, such as acme/sre',
      };
}

/** Reads a login, with or without an @. */
export function parseLogin(text: string): Parsed<string> {
  const hint = 'write the login of one person';
  if (text.includes('/')) return { wrong: 'is a team', hint };
  const strange = /[^\0-\x7f]/u.exec(text)?.[0];
  if (strange !== undefined) {
    const code = (strange.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return {
      wrong: `has the character U+${code}, which no login has`,
      hint: 'type the login again with the letters a to z, digits and "-"; this character may look like one of them',
    };
  }
  if (text.includes(':')) {
    return { wrong: 'has a colon, which no login has', hint: 'a user of the cluster is kube:NAME in approvals' };
  }
  return loginOnly.test(text) ? { value: text } : { wrong: 'is not the name of a person', hint };
}

/** Reads the name of a cluster user as the API server has it, such as system:serviceaccount:ci:bot. */
export function parseClusterUser(text: string): Parsed<string> {
  const hint = 'write the name as `kubectl auth whoami` prints it';
  if (text.trim() === '') return { wrong: 'is empty', hint };
  if ([...text].length > 256) return { wrong: 'is longer than 256 characters', hint };
  // Bidi marks are among them: a name with such a mark would look like another name.
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text)) return { wrong: 'has invisible characters', hint };
  return text.trim() === text ? { value: text } : { wrong: 'begins or ends with a space', hint };
}
