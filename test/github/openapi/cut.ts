/**
 * Cuts the operations of `rest/permissions.ts` out of GitHub's OpenAPI description, without descriptions and examples.
 * Run by hand after a change of that table, or for a newer description:
 *
 *   npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz package/generated/api.github.com.json
 *   node test/github/openapi/cut.ts package/generated/api.github.com.json
 */
import { readFile, writeFile } from 'node:fs/promises';
import { permissions } from '../rest/permissions.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
interface Description {
  readonly info: { readonly version: string };
  readonly paths: Record<string, Record<string, Json>>;
}

const [, , source] = process.argv;
if (source === undefined) throw new Error('name the file api.github.com.json');
const text = await readFile(source, 'utf8');
const whole: Description = JSON.parse(text);
const everything: Json = JSON.parse(text);

/** Keywords that validation does not need. */
const dropped = new Set([
  ...['description', 'summary', 'title', 'example', 'examples', 'externalDocs', 'tags', 'deprecated', 'default'],
  ...['x-github', 'x-github-breaking-changes', 'links', 'headers', 'readOnly', 'writeOnly', 'discriminator'],
]);
/** The keys below these are names, not keywords. */
const named = new Set(['properties', 'paths', 'schemas', 'parameters', 'responses', 'patternProperties']);

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function lean(value: Json, naming = false): Json {
  if (Array.isArray(value)) return value.map((one) => lean(one));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([key]) => naming || !dropped.has(key));
  const all = Object.fromEntries(kept.map(([key, inner]) => [key, lean(inner, !naming && named.has(key))]));
  return naming ? all : withNull(all);
}

/** Translates OpenAPI's `nullable` into JSON Schema. */
function withNull({ nullable, ...schema }: { [key: string]: Json }): Json {
  if (nullable !== true) return schema;
  const { type, enum: values } = schema;
  if (typeof type !== 'string') return { anyOf: [schema, { type: 'null' }] };
  return {
    ...schema,
    type: [type, 'null'],
    ...(Array.isArray(values) ? { enum: [...new Set([...values, null])] } : {}),
  };
}

function references(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (!isObject(value)) return [];
  const own = typeof value['$ref'] === 'string' ? [value['$ref']] : [];
  return [...own, ...Object.values(value).flatMap(references)];
}

function resolve(reference: string): Json {
  let found: Json = everything;
  for (const part of reference.replace('#/', '').split('/')) {
    const next: Json | undefined = isObject(found) ? found[part] : undefined;
    if (next === undefined) throw new Error(`the description has no ${reference}`);
    found = next;
  }
  return found;
}

const wanted = new Set<string>(Object.keys(permissions));
const paths: { [key: string]: Json } = {};
for (const [path, methods] of Object.entries(whole.paths))
  for (const [method, operation] of Object.entries(methods)) {
    if (!isObject(operation) || !wanted.delete(String(operation['operationId']))) continue;
    paths[path] = { ...(isObject(paths[path]) ? paths[path] : {}), [method]: lean(operation) };
  }
if (wanted.size > 0) throw new Error(`the description has no operation ${[...wanted].join(', ')}`);

const components: { [key: string]: { [key: string]: Json } } = {};
const open = references(paths);
for (let reference = open.pop(); reference !== undefined; reference = open.pop()) {
  const [, , group = '', name = ''] = reference.split('/');
  const inGroup = components[group] ?? {};
  components[group] = inGroup;
  if (inGroup[name] !== undefined) continue;
  inGroup[name] = lean(resolve(reference));
  open.push(...references(inGroup[name]));
}

const slice = { version: whole.info.version, paths, components };
const file = new URL('./github.json', import.meta.url);
await writeFile(file, `${JSON.stringify(slice)}\n`);
console.log(`${Object.keys(paths).length} paths, ${JSON.stringify(slice).length} bytes`);
