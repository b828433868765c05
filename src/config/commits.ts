import type { CommitRule } from '../release/commits.ts';
import { at, type Json, listAt } from '../release/json.ts';
import type { Parsed } from './time.ts';

/** Reads `commits` of the root. Patterns in which check() found a problem are left out. */
export function readCommits(root: Json): CommitRule {
  const found = at(root, 'commits');
  if (found === undefined) return { allow: 'policyBranch' };
  if (found === 'any') return { allow: 'any' };
  const patterns = (key: string) => listAt(found, key).filter((pattern) => typeof pattern === 'string');
  return { allow: 'refs', branches: patterns('branches'), tags: patterns('tags') };
}

/**
 * A pattern for names of branches or tags. Text that git allows in no name is an error, because the pattern could match
 * nothing: it is a mistake, or an option for git.
 */
export function parseRefPattern(text: string): Parsed<string> {
  const hint = 'write the name of a branch or tag, with * for a part of it, such as release/* or v*';
  const wrong = (what: string, todo = hint): Parsed<never> => ({ wrong: what, hint: todo });
  if (text === '') return wrong('is empty');
  if (text.length > 255) return wrong('is longer than 255 characters');
  if (text.startsWith('-')) return wrong('begins with "-"');
  if (text.startsWith('!'))
    return wrong('begins with "!"', 'patterns can not exclude: list the names that may be released');
  if (text.startsWith('refs/')) return wrong('begins with refs/', 'leave out refs/heads/ or refs/tags/');
  if (text.includes('..')) return wrong('has ".." in it');
  if (/[\p{Z}\s]/u.test(text)) return wrong('has a space in it');
  if (/\p{C}/u.test(text)) return wrong('has an invisible character');
  const letter = /[~^:\\]/.exec(text)?.[0];
  if (letter !== undefined) return wrong(`has ${JSON.stringify(letter)} in it, which git allows in no name`);
  if (/[[\]{}]/.test(text)) return wrong('has brackets in it', 'only *, ** and ? are special characters here');
  if (/(^|\/)(\/|$)/.test(text)) return wrong('has an empty part');
  if (/(^|\/)\./.test(text)) return wrong('has a part that begins with "."');
  if (/\.(\/|$)/.test(text) || /\.lock(\/|$)/.test(text)) return wrong('has a part that ends with "." or ".lock"');
  return text === '@' || text === 'HEAD' ? wrong('can not be the name of a branch or tag') : { value: text };
}
