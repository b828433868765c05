import { stringAt } from '../../release/json.ts';

/** The API group of an object, a reference or a kind; empty for the core group and when there is no apiVersion. */
export function groupOf(object: unknown): string {
  const apiVersion = stringAt(object, 'apiVersion') ?? '';
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}
