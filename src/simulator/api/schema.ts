import { Refusal } from './answers.ts';
import { isMap, type Json, type JsonMap } from './json.ts';

/** A type of the Rollout's schema: fields of a map, items of a list, or a scalar. */
type Type =
  | 'string'
  | 'integer'
  | 'boolean'
  | 'int-or-string'
  | 'any'
  | readonly [Type]
  | { readonly [field: string]: Type };

const pair: Type = { name: 'string', type: 'string', value: 'string' };
const filter: Type = { name: 'string', value: 'string' };
const step: Type = {
  replicas: 'int-or-string',
  traffic: 'string',
  pause: { duration: 'integer' },
  matches: [{ path: { type: 'string', value: 'string' }, headers: [pair], queryParams: [pair] }],
  requestHeaderModifier: { set: [filter], add: [filter], remove: ['string'] },
};
const block: Readonly<Record<string, Type>> = {
  steps: [step],
  trafficRoutings: [
    {
      service: 'string',
      gracePeriodSeconds: 'integer',
      ingress: { classType: 'string', name: 'string' },
      gateway: { httpRouteName: 'string' },
      customNetworkRefs: [{ apiVersion: 'string', kind: 'string', name: 'string' }],
    },
  ],
  failureThreshold: 'int-or-string',
  trafficRoutingRef: 'string',
  disableGenerateCanaryService: 'boolean',
};

const rolloutSpec: Type = {
  disabled: 'boolean',
  workloadRef: { apiVersion: 'string', kind: 'string', name: 'string' },
  strategy: {
    paused: 'boolean',
    canary: {
      ...block,
      enableExtraWorkloadForCanary: 'boolean',
      patchPodTemplateMetadata: { labels: 'any', annotations: 'any' },
    },
    blueGreen: block,
  },
};

/** Throws the 500 for an apply of a Rollout with a wrong type or an unknown field (E10). */
export function checkRollout(config: JsonMap, name: string): void {
  const problem = wrong(config['spec'] ?? {}, rolloutSpec, '.spec');
  if (problem === null) return;
  throw new Refusal(
    500,
    'InternalError',
    `failed to create typed patch object (${name}; rollouts.kruise.io/v1beta1, Kind=Rollout): ${problem}`,
  );
}

function wrong(value: Json, type: Type, path: string): string | null {
  if (value === null || type === 'any') return null;
  if (typeof type === 'string') {
    const found = typeof value;
    const ok =
      type === 'int-or-string'
        ? found === 'string' || found === 'number'
        : type === 'integer'
          ? found === 'number'
          : found === type;
    const wanted = type === 'integer' ? 'numeric (int or float)' : type;
    return ok ? null : `${path}: expected ${wanted}, got &value.valueUnstructured{Value:${goText(value)}}`;
  }
  if (isList(type)) {
    if (!Array.isArray(value)) return `${path}: expected list, got &{${goText(value)}}`;
    const found = (value as readonly Json[]).map((item, index) => wrong(item, type[0], `${path}[${index}]`));
    return found.find((problem) => problem !== null) ?? null;
  }
  if (!isMap(value)) return `${path}: expected map, got &{${goText(value)}}`;
  for (const [key, member] of Object.entries(value)) {
    const inner = type[key];
    if (inner === undefined) return `${path}.${key}: field not declared in schema`;
    const problem = wrong(member, inner, `${path}.${key}`);
    if (problem !== null) return problem;
  }
  return null;
}

function isList(type: Type): type is readonly [Type] {
  return Array.isArray(type);
}

function goText(value: Json): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
