import { Refusal } from './answers.ts';
import { isMap, type Json, type JsonMap } from './json.ts';

/** A type of the Rollout's schema: fields of a map, items of a list (with a name each, or without), or a scalar. */
type Type =
  | 'string'
  | 'integer'
  | 'boolean'
  | 'int-or-string'
  | 'any'
  | readonly [Type]
  | readonly [Type, 'by name']
  | { readonly [field: string]: Type };

const pair: Type = { name: 'string', type: 'string', value: 'string' };
const filter: Type = { name: 'string', value: 'string' };
const step: Type = {
  replicas: 'int-or-string',
  traffic: 'string',
  pause: { duration: 'integer' },
  matches: [{ path: { type: 'string', value: 'string' }, headers: [pair, 'by name'], queryParams: [pair, 'by name'] }],
  requestHeaderModifier: { set: [filter, 'by name'], add: [filter, 'by name'], remove: ['string'] },
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

/** The spec of v1alpha1 in v0.3.0. */
const oldRolloutSpec: Type = {
  objectRef: { workloadRef: { apiVersion: 'string', kind: 'string', name: 'string' } },
  rolloutID: 'string',
  strategy: {
    paused: 'boolean',
    canary: {
      steps: [
        {
          replicas: 'int-or-string',
          weight: 'integer',
          pause: { duration: 'integer' },
          matches: [{ headers: [pair, 'by name'] }],
        },
      ],
      trafficRoutings: [
        {
          service: 'string',
          gracePeriodSeconds: 'integer',
          ingress: { classType: 'string', name: 'string' },
          gateway: { httpRouteName: 'string' },
        },
      ],
      failureThreshold: 'int-or-string',
    },
  },
};

const schemas: ReadonlyMap<string, { readonly version: string; readonly spec: Type }> = new Map([
  ['Rollout', { version: 'v1beta1', spec: rolloutSpec }],
  ['OldRollout', { version: 'v1alpha1', spec: oldRolloutSpec }],
]);

/** Throws the 500 for an apply of a Rollout with a wrong type or an unknown field (E10). Other kinds are not checked. */
export function checkRollout(kind: string, config: JsonMap, name: string): void {
  const schema = schemas.get(kind);
  const problem = schema === undefined ? null : wrong(config['spec'] ?? {}, schema.spec, '.spec');
  if (schema === undefined || problem === null) return;
  throw new Refusal(
    500,
    'InternalError',
    `failed to create typed patch object (${name}; rollouts.kruise.io/${schema.version}, Kind=Rollout): ${problem}`,
  );
}

function wrong(value: Json, type: Type, path: string): string | null {
  // Values of int-or-string are looked at by the schema alone.
  if (value === null || type === 'any' || type === 'int-or-string') return null;
  if (typeof type === 'string') {
    if (type === 'integer') {
      return typeof value === 'number' ? null : `${path}: expected numeric (int or float), got ${goKind(value)}`;
    }
    return typeof value === type
      ? null
      : `${path}: expected ${type}, got &value.valueUnstructured{Value:${goText(value)}}`;
  }
  if (isList(type)) {
    if (!Array.isArray(value)) return `${path}: expected list, got &{${goText(value)}}`;
    const items = value as readonly Json[];
    const found = items.map((item, index) => wrong(item, type[0], `${path}[${index}]`));
    return found.find((problem) => problem !== null) ?? (type[1] === 'by name' ? wrongName(items, path) : null);
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

/** Items of such a list are told apart by their names. */
function wrongName(items: readonly Json[], path: string): string | null {
  const seen = new Set<Json>();
  for (const [index, item] of items.entries()) {
    const name = isMap(item) ? item['name'] : undefined;
    if (name === undefined) {
      return `${path}: element ${index}: associative list with keys has an element that omits all key fields ["name"] (and doesn't have default values for any key fields)`;
    }
    if (seen.has(name)) return `${path}: duplicate entries for key [name=${goText(name)}]`;
    seen.add(name);
  }
  return null;
}

function isList(type: Type): type is readonly [Type] | readonly [Type, 'by name'] {
  return Array.isArray(type);
}

/** A value as Go prints it: texts with quotes, but without them inside a map or a list. */
function goText(value: Json): string {
  return typeof value === 'string' ? JSON.stringify(value) : goInside(value);
}

function goInside(value: Json): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(goInside).join(' ')}]`;
  if (!isMap(value)) return String(value);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${key}:${goInside(value[key] ?? null)}`);
  return `map[${members.join(' ')}]`;
}

function goKind(value: Json): string {
  if (Array.isArray(value)) return 'list';
  return typeof value === 'boolean' ? 'bool' : isMap(value) ? 'map' : typeof value;
}
