import { didYouMean } from '../config/check.ts';
import { foundWords, oneOf, quoted } from '../config/found.ts';
import { type JsonObject, objectAt, stringAt } from '../release/json.ts';
import { metadata } from './data-rules.ts';
import { held } from './held.ts';
import { domain, type FieldRule, label } from './names.ts';
import type { Problem } from './problem.ts';
import { kindsOf, knownKind, readType, version, versionsOf } from './types.ts';
import { walk } from './walk.ts';

export { pathWords } from './path-words.ts';
export type { Problem } from './problem.ts';
export { version } from './types.ts';

/** What an object has that the API server does not take. */
export interface Checked {
  readonly problems: readonly Problem[];
  /** Whether the kind is Kubernetes' own. Of another kind, names that are not known may mean something. */
  readonly isOwn: boolean;
}

/**
 * Checks an object as the API server checks what is applied: types, fields, what has to be there, duplicates, ranges and
 * names. An object of a kind that is not known is left alone. Never throws.
 */
export function checkObject(object: JsonObject): Checked {
  const inside = held(object);
  if (inside.length === 0) return checkOne(object);
  const problems = inside.flatMap(({ path, object: one }) =>
    checkOne(one).problems.map((problem) => ({ ...problem, path: [...path, ...problem.path] })),
  );
  return { problems, isOwn: true };
}

function checkOne(object: JsonObject): Checked {
  const apiVersion = stringAt(object, 'apiVersion') ?? '';
  const kind = stringAt(object, 'kind') ?? '';
  const known = knownKind(apiVersion, kind);
  if (known === null) return { problems: wrongKind(apiVersion, kind), isOwn: true };
  const problems: Problem[] = [];
  walk({ problems, isOwn: known.isOwn }, readType(known.type), object, []);
  metadata(objectAt(object, 'metadata'), (path, says, hint, { of = 'value' } = {}) =>
    problems.push({ path: ['metadata', ...path], of, says, hint, mayBeTaken: false }),
  );
  const name = stringAt(object, 'metadata', 'name') ?? '';
  const wrong = (names[kind] ?? (pathNames.has(kind) ? null : domain))?.(name) ?? null;
  if (wrong !== null) problems.push({ mayBeTaken: false, ...wrong, path: ['metadata', 'name'], of: 'value' });
  return { problems, isOwn: known.isOwn };
}

/** Kinds whose names are stricter than a domain. */
const names: Readonly<Record<string, FieldRule>> = {
  Service: (name) => {
    const wrong = label(name);
    if (wrong !== null || !/^[0-9]/.test(String(name))) return wrong;
    return { says: `is ${foundWords(name)}`, hint: 'begin the name of a Service with a letter', mayBeTaken: true };
  },
  Namespace: label,
  CronJob: (name) =>
    domain(name) ??
    (String(name).length > 52 ? { says: `has ${String(name).length} characters`, hint: 'use at most 52' } : null),
};
/** Kinds whose names are parts of a path. */
const pathNames = new Set(['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding']);

/** A kind that a group of Kubernetes' own does not have. Kinds of other groups are not known. */
function wrongKind(apiVersion: string, kind: string): readonly Problem[] {
  const isOld = old[apiVersion]?.includes(kind) === true;
  const others = kindsOf(apiVersion);
  if (others.length === 0 && !isOld) return [];
  const versions = versionsOf(kind);
  if (versions.length > 0) {
    const says = `is ${quoted(apiVersion)}, and ${kind} is not there`;
    const hint = `write apiVersion: ${oneOf(versions)}`;
    return [{ path: ['apiVersion'], of: 'value', says, hint, mayBeTaken: isOld }];
  }
  const close = didYouMean(kind, others);
  const says = `is ${quoted(kind)}, which ${apiVersion} of Kubernetes ${version} does not have`;
  return [{ path: ['kind'], of: 'value', says, hint: close || 'correct the kind', mayBeTaken: close === '' }];
}

const workloads = ['DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet'];
const roles = ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'];

/** Versions that clusters have served some of their kinds in, years ago. */
const old: Readonly<Record<string, readonly string[]>> = {
  'apps/v1beta1': workloads,
  'apps/v1beta2': workloads,
  'extensions/v1beta1': [...workloads, 'Ingress', 'NetworkPolicy'],
  'batch/v1beta1': ['CronJob'],
  'networking.k8s.io/v1beta1': ['Ingress', 'IngressClass'],
  'policy/v1beta1': ['PodDisruptionBudget'],
  'autoscaling/v2beta1': ['HorizontalPodAutoscaler'],
  'autoscaling/v2beta2': ['HorizontalPodAutoscaler'],
  'rbac.authorization.k8s.io/v1beta1': roles,
};
