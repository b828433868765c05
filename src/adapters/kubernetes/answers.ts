import { at, isObject, type JsonObject, listAt, stringAt } from '../../release/json.ts';
import type { Kind, KubeObject } from '../../release/ports.ts';

/**
 * The objects of a list, with apiVersion and kind, which the server leaves out. Null when the answer is no list. An empty list may have
 * `items: null`.
 */
export function itemsIn(answer: JsonObject, { apiVersion, kind }: Kind): readonly KubeObject[] | null {
  const found = Object.hasOwn(answer, 'items') ? answer['items'] : undefined;
  if (found === null) return [];
  if (!Array.isArray(found)) return null;
  const items = found.flatMap((item: unknown) =>
    isObject(item) && (stringAt(item, 'metadata', 'name') ?? '') !== '' ? [{ apiVersion, kind, ...item }] : [],
  );
  return items.length === found.length ? items : null;
}

/** The kinds in an answer of discovery. */
export function kindsIn(answer: JsonObject, apiVersion: string): readonly Kind[] {
  return listAt(answer, 'resources').flatMap((resource) => {
    const plural = stringAt(resource, 'name');
    const kind = stringAt(resource, 'kind');
    // Discovery also lists subresources, such as deployments/scale, which are no kinds of their own.
    if (plural === null || kind === null || plural.includes('/')) return [];
    return [{ apiVersion, kind, plural, namespaced: at(resource, 'namespaced') === true }];
  });
}
