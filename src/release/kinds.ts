import { at, type Json, stringAt } from './json.ts';
import type { Kind } from './ports.ts';

/** The API group of an object, a reference or a kind; empty for the core group and when there is no apiVersion. */
export function groupOf(object: unknown): string {
  const apiVersion = stringAt(object, 'apiVersion') ?? '';
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

/** Whether an object or a reference is of a kind. All versions of one API group are the same kind. */
export function isOf({ apiVersion, kind }: Pick<Kind, 'apiVersion' | 'kind'>, object: unknown): boolean {
  return stringAt(object, 'kind') === kind && groupOf(object) === groupOf({ apiVersion });
}

/**
 * The plural of a kind by the rules of English, which the kinds of Kubernetes and nearly all others follow. Only a cluster knows it for
 * sure.
 */
export function likelyPlural(kind: string): string {
  const word = kind.toLowerCase();
  if (word === 'endpoints') return word;
  if (/(s|x|z|ch|sh)$/.test(word)) return `${word}es`;
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
}

/** What a role names of a kind: its plural is a guess where only the cluster knows it. */
export function resourceOf(kind: Kind | Pick<Kind, 'apiVersion' | 'kind'>): Pick<Kind, 'apiVersion' | 'plural'> {
  return 'plural' in kind ? kind : { apiVersion: kind.apiVersion, plural: likelyPlural(kind.kind) };
}

/** Whether an object is being deleted, and still there until its pods have ended or a controller lets it go. */
export function isBeingDeleted(object: Json): boolean {
  return at(object, 'metadata', 'deletionTimestamp') !== undefined;
}
