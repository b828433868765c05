import { Refusal } from './answers.ts';
import { isMap, type Json, type JsonMap, listAt, mapAt } from './json.ts';

/**
 * Throws the 422 for a Rollout with values that its schema does not take, in the words of the API server. Types are checked
 * before (schema.ts); only applies are checked, which is how stepgate writes a plan.
 */
export function checkLimits(rollout: JsonMap, name: string): void {
  const problems = specProblems(rollout);
  if (problems.length === 0) return;
  const text = problems.length === 1 ? (problems[0] ?? '') : `[${problems.join(', ')}]`;
  throw new Refusal(422, 'Invalid', `Rollout.rollouts.kruise.io "${name}" is invalid: ${text}`);
}

function specProblems(rollout: JsonMap): readonly string[] {
  const spec = mapAt(rollout, 'spec');
  const { strategy, workloadRef } = spec;
  return [
    ...required(spec, 'spec', ['strategy', 'workloadRef']),
    ...(workloadRef === undefined ? [] : refProblems(workloadRef, 'spec.workloadRef')),
    ...['canary', 'blueGreen'].flatMap((style) => blockProblems(mapAt(strategy, style), `spec.strategy.${style}`)),
  ];
}

function blockProblems(block: Json, path: string): readonly string[] {
  return [
    ...each(block, 'steps', path, stepProblems),
    ...each(block, 'trafficRoutings', path, (routing, at) => [
      ...required(routing, at, ['service']),
      ...(isMap(routing) && isMap(routing['ingress']) ? required(routing['ingress'], `${at}.ingress`, ['name']) : []),
      ...each(routing, 'customNetworkRefs', at, refProblems),
    ]),
  ];
}

function refProblems(ref: Json, path: string): readonly string[] {
  return required(ref, path, ['apiVersion', 'kind', 'name']);
}

function stepProblems(step: Json, path: string): readonly string[] {
  const modifier = mapAt(step, 'requestHeaderModifier');
  const changed = `${path}.requestHeaderModifier`;
  return [
    ...replicasProblems(mapAt({ step }, 'step')['replicas'], `${path}.replicas`),
    ...each(step, 'matches', path, matchProblems),
    ...['set', 'add'].flatMap((key) => named(modifier, key, { path: changed, most: 4096, types: null })),
    ...tooMany(modifier, 'remove', changed),
  ];
}

function matchProblems(match: Json, at: string): readonly string[] {
  const path = mapAt(match, 'path');
  const types = ['Exact', 'RegularExpression'];
  return [
    ...named(match, 'headers', { path: at, most: 4096, types }),
    ...oneOf(path['type'], `${at}.path.type`, ['Exact', 'PathPrefix', 'RegularExpression']),
    ...tooLong(path['value'], `${at}.path.value`, 1024),
    ...named(match, 'queryParams', { path: at, most: 1024, types }),
  ];
}

function replicasProblems(replicas: Json | undefined, path: string): readonly string[] {
  if (replicas === undefined || replicas === null || typeof replicas === 'string' || Number.isInteger(replicas))
    return [];
  const found = Array.isArray(replicas) ? 'array' : isMap(replicas) ? 'object' : typeof replicas;
  const type = (of: string) => `${path}: Invalid value: "${found}": ${path} in body must be of type ${of}: "${found}"`;
  return [
    type('integer,string'),
    `<nil>: Invalid value: "": "${path}" must validate at least one schema (anyOf)`,
    type('integer'),
  ];
}

interface Limits {
  readonly path: string;
  /** The longest value. */
  readonly most: number;
  /** The ways to compare values; null when values are not compared. */
  readonly types: readonly string[] | null;
}

/** Headers or query parameters, with a name and a value each. */
function named(of: Json, key: string, { path, most, types }: Limits): readonly string[] {
  return [
    ...tooMany(of, key, path),
    ...each(of, key, path, (one, at) => {
      const { name, value, type } = mapAt({ one }, 'one');
      return [
        ...required(one, at, ['value']),
        ...nameProblems(name, `${at}.name`),
        ...(types === null ? [] : oneOf(type, `${at}.type`, types)),
        ...tooShort(value, `${at}.value`),
        ...tooLong(value, `${at}.value`, most),
      ];
    }),
  ];
}

function nameProblems(name: Json | undefined, path: string): readonly string[] {
  if (typeof name !== 'string' || name === '') return tooShort(name, path);
  if (name.length > 256) return tooLong(name, path, 256);
  if (/^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/.test(name)) return [];
  const pattern = "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$";
  return [`${path}: Invalid value: ${JSON.stringify(name)}: ${path} in body should match '${pattern}'`];
}

function required(of: Json, path: string, keys: readonly string[]): readonly string[] {
  return keys.flatMap((key) => (isMap(of) && of[key] === undefined ? [`${path}.${key}: Required value`] : []));
}

function oneOf(value: Json | undefined, path: string, words: readonly string[]): readonly string[] {
  if (typeof value !== 'string' || words.includes(value)) return [];
  const known = words.map((word) => JSON.stringify(word)).join(', ');
  return [`${path}: Unsupported value: ${JSON.stringify(value)}: supported values: ${known}`];
}

function tooShort(value: Json | undefined, path: string): readonly string[] {
  return value === '' ? [`${path}: Invalid value: "": ${path} in body should be at least 1 chars long`] : [];
}

function tooLong(value: Json | undefined, path: string, most: number): readonly string[] {
  return typeof value === 'string' && value.length > most
    ? [`${path}: Too long: may not be more than ${most} bytes`]
    : [];
}

function tooMany(of: Json, key: string, path: string): readonly string[] {
  const { length } = listAt(of, key);
  return length > 16 ? [`${path}.${key}: Too many: ${length}: must have at most 16 items`] : [];
}

function each(
  of: Json,
  key: string,
  path: string,
  problems: (item: Json, at: string) => readonly string[],
): readonly string[] {
  return listAt(of, key).flatMap((item, index) => problems(item, `${path}.${key}[${index}]`));
}
