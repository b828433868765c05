import { expect, it } from 'vitest';
import type { Shape } from '../../src/config/shapes.ts';
import { parseYaml } from '../../src/config/yaml.ts';
import { includedJsonSchema, rootJsonSchema } from '../../src/policy/json-schema.ts';
import { includedShape, rootShape } from '../../src/policy/keys.ts';
import { isObject, type Json, type JsonObject, listAt, objectAt } from '../../src/release/json.ts';
import { roots, service } from './examples.ts';

const jsonOf = (text: string) => parseYaml({ file: 'a.yaml', text, keys: 'text' })[0]?.value ?? null;

it.each(Object.entries(roots))('takes the example %s', (_, text) => {
  expect(wrongs(rootJsonSchema(), jsonOf(text))).toEqual([]);
});

it.each([
  'people: cluster',
  'people: { ada@corp.example: ada, "kube:admin": ada, "Ada Lovelace": "@Ada", "https://id.example#ada": ada }',
  'commits: any',
  'diff: full',
  'commits: { branches: ["release/**", "v?.x", "feature/{1}x"] }',
  'approvals: { a: { from: [ada, "@Bob", "ci[bot]", kube:ada, "kube:kube:admin", kube:https://id.example#ada] } }',
])('takes %s', (text) => {
  expect(wrongs(rootJsonSchema(), jsonOf(`${roots.oneBlock}${text}`))).toEqual([]);
});

it('takes the included example', () => {
  expect(wrongs(includedJsonSchema(), jsonOf(service))).toEqual([]);
});

it.each<[string, string, string]>([
  ['no version', roots.oneBlock.slice(11), ' version'],
  ['an unknown key', `${roots.oneBlock}more: 1`, '/more additional'],
  [
    'a server with a user',
    `${roots.oneBlock}prometheus: { a: { url: "https://a.example?x" } }`,
    '/prometheus/a/url pattern',
  ],
  ['a metric that asks nothing', `${roots.oneBlock}metrics: { a: { prometheus: b, max: 1 } }`, '/metrics/a oneOf'],
  ['helm', roots.oneBlock.replace('files: [deploy/*.yaml]', 'helm: {}'), '/deliveries/0/source/helm chart'],
  ['two sources', roots.oneBlock.replace('{ files', '{ kustomize: a, files'), '/deliveries/0/source oneOf'],
  ['a duration', roots.full.replace('stuckAfter: 20m', 'stuckAfter: 20'), '/plans/careful/rollback/stuckAfter type'],
  ['no users', `${roots.oneBlock}people: {}`, '/people anyOf'],
  ['a login of look-alikes', `${roots.oneBlock}people: { ada: \u0430da }`, '/people anyOf'],
  ['no refs', `${roots.oneBlock}commits: {}`, '/commits anyOf'],
  ['an option for a branch', `${roots.oneBlock}commits: { branches: [-x] }`, '/commits anyOf'],
  ['a person', roots.full.replace('[ann, bob]', '[kube, a:b]'), '/approvals/sre/from/1 pattern'],
  ['a name', roots.oneBlock.replace('namespace: shop', 'namespace: Shop'), '/deliveries/0/namespace pattern'],
])('marks %s', (_, text, wrong) => {
  expect(wrongs(rootJsonSchema(), jsonOf(text))).toContain(wrong);
});

it('has every key that the parser knows, and no other', () => {
  expect([...keysOf(rootJsonSchema())].sort()).toEqual([...keysOfShape(rootShape)].sort());
  expect([...keysOf(includedJsonSchema())].sort()).toEqual([...keysOfShape(includedShape)].sort());
  expect([...keysOf(rootJsonSchema())]).toContain('metric');
});

function keysOf(schema: Json, found = new Set<string>()): Set<string> {
  if (Array.isArray(schema)) for (const item of schema) keysOf(item, found);
  if (!isObject(schema)) return found;
  for (const name of Object.keys(objectAt(schema, 'properties'))) found.add(name);
  for (const [key, inner] of Object.entries(schema)) {
    if (key === 'properties') for (const property of Object.values(objectAt(schema, key))) keysOf(property, found);
    else keysOf(inner, found);
  }
  return found;
}

function keysOfShape(shape: Shape, found = new Set<string>()): Set<string> {
  if (shape.is === 'list' || shape.is === 'names') keysOfShape(shape.of, found);
  if (shape.is === 'either') for (const inner of [shape.text, shape.other]) keysOfShape(inner, found);
  if (shape.is !== 'keys') return found;
  for (const [name, key] of Object.entries(shape.keys)) {
    found.add(name);
    keysOfShape(key.shape, found);
  }
  return found;
}

/** As much of JSON Schema as ours uses; a keyword it does not know fails the test. */
function wrongs(schema: JsonObject, value: Json, at = ''): string[] {
  const wrong: string[] = [];
  const note = (good: boolean, keyword: string) => (good ? undefined : wrong.push(`${at} ${keyword}`));
  const good = (inner: Json) => isObject(inner) && wrongs(inner, value).length === 0;
  for (const [keyword, rule] of Object.entries(schema)) {
    switch (keyword) {
      case '$schema':
      case 'title':
      case 'description':
        break;
      case 'type':
        note(
          (Array.isArray(rule) ? rule : [rule]).some((type) => isType(type, value)),
          keyword,
        );
        break;
      case 'const':
        note(value === rule, keyword);
        break;
      case 'enum':
        note(listAt(schema, keyword).includes(value), keyword);
        break;
      case 'pattern':
        note(typeof value !== 'string' || new RegExp(String(rule), 'u').test(value), keyword);
        break;
      case 'minimum':
        note(typeof value !== 'number' || value >= Number(rule), keyword);
        break;
      case 'maximum':
        note(typeof value !== 'number' || value <= Number(rule), keyword);
        break;
      case 'minProperties':
        note(!isObject(value) || Object.keys(value).length >= Number(rule), keyword);
        break;
      case 'minItems':
        note(!Array.isArray(value) || value.length >= Number(rule), keyword);
        break;
      case 'maxItems':
        note(!Array.isArray(value) || value.length <= Number(rule), keyword);
        break;
      case 'items':
        if (Array.isArray(value) && isObject(rule)) {
          wrong.push(...value.flatMap((item, index) => wrongs(rule, item, `${at}/${index}`)));
        }
        break;
      case 'required':
        for (const name of listAt(schema, keyword)) {
          note(!isObject(value) || Object.hasOwn(value, String(name)), String(name));
        }
        break;
      case 'propertyNames':
        if (isObject(value) && isObject(rule)) {
          for (const name of Object.keys(value)) wrong.push(...wrongs(rule, name, `${at}/${name}`));
        }
        break;
      case 'properties':
      case 'additionalProperties': {
        if (!isObject(value)) break;
        const known = objectAt(schema, 'properties');
        for (const [name, inner] of Object.entries(value)) {
          const isKnown = Object.hasOwn(known, name);
          const inside = `${at}/${name}`;
          if (keyword === 'properties' && isKnown) wrong.push(...wrongs(objectAt(known, name), inner, inside));
          if (keyword !== 'additionalProperties' || isKnown) continue;
          if (rule === false) wrong.push(`${inside} additional`);
          else if (isObject(rule)) wrong.push(...wrongs(rule, inner, inside));
        }
        break;
      }
      case 'anyOf':
        note(listAt(schema, keyword).some(good), keyword);
        break;
      case 'oneOf':
        note(!isObject(value) || listAt(schema, keyword).filter(good).length === 1, keyword);
        break;
      case 'not':
        note(!good(rule), keyword);
        break;
      default:
        throw new Error(`unknown keyword ${keyword}`);
    }
  }
  return wrong;
}

function isType(type: Json, value: Json): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  if (type === 'integer') return Number.isInteger(value);
  return type === 'null' ? value === null : typeof value === type;
}
