import { Refusal } from '../api/answers.ts';
import type { JsonMap } from '../api/json.ts';
import type { KindInfo } from '../api/kinds.ts';

const every = ['apiVersion', 'kind', 'metadata'];

/** Kinds whose objects have other members than spec and status. */
const others: Readonly<Record<string, readonly string[]>> = {
  ConfigMap: ['data', 'binaryData', 'immutable'],
  Secret: ['data', 'stringData', 'type', 'immutable'],
  ServiceAccount: ['secrets', 'imagePullSecrets', 'automountServiceAccountToken'],
  Role: ['rules'],
  RoleBinding: ['roleRef', 'subjects'],
  ControllerRevision: ['data', 'revision'],
};

/**
 * Throws the 500 for an apply with a member that the kind does not have (E10). Checks only members of the object itself;
 * deeper ones are checked for Rollouts, whose schema the model has.
 */
export function checkMembers(info: KindInfo, version: string, config: JsonMap, title: string): void {
  if (info.id === 'Event') return;
  const known = [...every, ...(others[info.id] ?? ['spec', 'status'])];
  const unknown = Object.keys(config).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw new Refusal(
    500,
    'InternalError',
    `failed to create typed patch object (${title}; ${info.group}/${version}, Kind=${info.kind}): .${unknown}: field not declared in schema`,
  );
}
