import { accessReviews, type KindInfo, kinds, reviews } from '../api/kinds.ts';

/** The object or collection of a path. */
export type Place =
  | { readonly is: 'resources'; readonly group: string; readonly version: string }
  /** The path for a SelfSubjectReview or a SelfSubjectAccessReview. */
  | { readonly is: 'review'; readonly info: KindInfo; readonly version: string; readonly namespace: null }
  | {
      readonly is: 'collection';
      readonly info: KindInfo;
      readonly version: string;
      /** Null: all namespaces, or a kind without namespaces. */
      readonly namespace: string | null;
    }
  | {
      readonly is: 'object';
      readonly info: KindInfo;
      readonly version: string;
      /** Null for a kind without namespaces. */
      readonly namespace: string | null;
      readonly name: string;
      readonly subresource: 'status' | null;
    }
  /** The log of a pod's container. */
  | {
      readonly is: 'log';
      readonly info: KindInfo;
      readonly version: string;
      readonly namespace: string;
      readonly name: string;
    };

/** Versions with another structure. The model does not convert to them, so they are not served. */
const unconverted: readonly string[] = ['autoscaling/v1/horizontalpodautoscalers'];

/** Whether the cluster serves a kind at all. */
type Serves = (kind: string) => boolean;

/** The kinds of a group version; empty when it is not served. */
export function servedIn(serves: Serves, group: string, version: string): readonly KindInfo[] {
  return kinds.filter(
    (info) =>
      serves(info.id) &&
      info.group === group &&
      info.versions.includes(version) &&
      !unconverted.includes(`${group}/${version}/${info.plural}`),
  );
}

/** The review of a group version that has only that one; null for any other group version. */
export function reviewIn(group: string, version: string): KindInfo | null {
  return [reviews, accessReviews].find((info) => info.group === group && info.versions.includes(version)) ?? null;
}

/**
 * The place of a request's raw path, without its query; null when it is not served. Each segment is decoded once. A segment
 * that is then a path (`..`, `a/b`, empty) is not served.
 */
export function placeOf(serves: Serves, path: string): Place | null {
  const segments = segmentsOf(path);
  if (segments === null) return null;
  const [root = '', ...rest] = segments;
  if (root === 'api') {
    const [version = '', ...tail] = rest;
    return inVersion(serves, '', version, tail);
  }
  if (root !== 'apis') return null;
  const [group = '', version = '', ...tail] = rest;
  return group === '' ? null : inVersion(serves, group, version, tail);
}

function segmentsOf(path: string): readonly string[] | null {
  if (!path.startsWith('/')) return null;
  const segments: string[] = [];
  for (const raw of path.slice(1).split('/')) {
    let segment: string;
    try {
      segment = decodeURIComponent(raw);
    } catch {
      return null;
    }
    if (segment === '' || segment === '.' || segment === '..' || /[/\\\0]/.test(segment)) return null;
    segments.push(segment);
  }
  return segments;
}

function inVersion(serves: Serves, group: string, version: string, segments: readonly string[]): Place | null {
  const info = reviewIn(group, version);
  if (info !== null) {
    if (segments.length === 0) return { is: 'resources', group, version };
    const is = segments.length === 1 && segments[0] === info.plural;
    return is ? { is: 'review', info, version, namespace: null } : null;
  }
  const served = servedIn(serves, group, version);
  if (served.length === 0) return null;
  if (segments.length === 0) return { is: 'resources', group, version };
  const [first, second, third] = segments;
  if (first === 'namespaces' && second !== undefined && third !== undefined) {
    const inside = served.find(({ plural, namespaced }) => namespaced && plural === third);
    if (inside !== undefined) return inKind(inside, version, second, segments.slice(3));
  }
  const found = served.find(({ plural }) => plural === first);
  if (found === undefined) return null;
  const rest = segments.slice(1);
  // A namespaced object has its namespace in the path; a path without one is the list of all objects.
  return found.namespaced && rest.length > 0 ? null : inKind(found, version, null, rest);
}

function inKind(info: KindInfo, version: string, namespace: string | null, rest: readonly string[]): Place | null {
  const [name, subresource, ...more] = rest;
  if (name === undefined) return { is: 'collection', info, version, namespace };
  const object = { is: 'object', info, version, namespace, name } as const;
  if (subresource === undefined) return { ...object, subresource: null };
  if (info.id === 'Pod' && subresource === 'log' && namespace !== null && more.length === 0)
    return { is: 'log', info, version, namespace, name };
  return subresource === 'status' && info.status && more.length === 0 ? { ...object, subresource: 'status' } : null;
}
