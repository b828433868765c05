import type { JsonObject } from './json.ts';

/** Somebody in the words of the API server. */
export type Subject =
  | { readonly is: 'serviceAccount'; readonly namespace: string; readonly name: string }
  | { readonly is: 'user' | 'group'; readonly name: string };

const RBAC = 'rbac.authorization.k8s.io';

/** A subject of a RoleBinding. */
export function subjectInBinding(subject: Subject): JsonObject {
  switch (subject.is) {
    case 'serviceAccount':
      return { kind: 'ServiceAccount', namespace: subject.namespace, name: subject.name };
    case 'user':
      return { kind: 'User', apiGroup: RBAC, name: subject.name };
    case 'group':
      return { kind: 'Group', apiGroup: RBAC, name: subject.name };
  }
}

/** The name that the API server gives a request of this subject; of a group, the name of the group. */
export function requestName(subject: Subject): string {
  return subject.is === 'serviceAccount' ? `system:serviceaccount:${subject.namespace}:${subject.name}` : subject.name;
}
