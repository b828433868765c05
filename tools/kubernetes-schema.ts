/**
 * Cuts the kinds that deliveries use out of the published OpenAPI description of Kubernetes, without its texts. Run by hand, for a
 * newer version. The description is part of Kubernetes' Go module:
 *
 *   go mod download -json k8s.io/kubernetes@v1.37.2          (prints its folder)
 *   node tools/kubernetes-schema.ts 1.37.2 FOLDER/api/openapi-spec/v3
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** The groups and versions whose kinds are known. */
const files = [
  'api__v1',
  'apis__apps__v1',
  'apis__autoscaling__v1',
  'apis__autoscaling__v2',
  'apis__batch__v1',
  'apis__networking.k8s.io__v1',
  'apis__policy__v1',
  'apis__rbac.authorization.k8s.io__v1',
];

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonMap = { [key: string]: Json };

/** Words for what the description gives a type of its own. */
const leaves: Readonly<Record<string, string>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'quantity',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'intOrString',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': 'time',
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': 'time',
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': 'any',
  'io.k8s.apimachinery.pkg.runtime.RawExtension': 'any',
};

const [, , version, folder] = process.argv;
if (version === undefined || folder === undefined)
  throw new Error('name the version and the folder of the description');

const schemas: JsonMap = {};
for (const file of files) {
  const read: unknown = JSON.parse(await readFile(path.join(folder, `${file}_openapi.json`), 'utf8'));
  Object.assign(schemas, mapAt(read, 'components', 'schemas'));
}

const kinds: { [key: string]: string } = {};
const types: { [key: string]: { fields: { [key: string]: string }; required?: string[] } } = {};
const open: string[] = [];
for (const [name, schema] of Object.entries(schemas)) {
  const [known] = listAt(schema, 'x-kubernetes-group-version-kind');
  const { group, version: served, kind } = mapAt(known);
  if (typeof kind !== 'string' || kind.endsWith('List') || mapAt(schema, 'properties')['metadata'] === undefined)
    continue;
  const apiVersion = group === '' ? String(served) : `${String(group)}/${String(served)}`;
  if (!files.some((file) => file.endsWith(apiVersion.replaceAll('/', '__')))) continue;
  kinds[`${apiVersion}/${kind}`] = shortOf(name);
  open.push(name);
}
for (let name = open.pop(); name !== undefined; name = open.pop()) {
  const short = shortOf(name);
  if (types[short] !== undefined) continue;
  const fields: { [key: string]: string } = {};
  types[short] = { fields };
  for (const [field, schema] of Object.entries(mapAt(schemas[name], 'properties'))) {
    // Nobody writes the status in a manifest, nor who owns which field.
    fields[field] = field === 'status' && kinds[kindOf(short)] !== undefined ? 'any' : typeOf(mapAt(schema));
  }
  const required = listAt(schemas[name], 'required').map(String);
  if (required.length > 0) types[short].required = required;
}

const slice = { version, kinds: sorted(kinds), types: sorted(types) };
const text = `${JSON.stringify(slice)}\n`;
await writeFile(new URL('../src/schema/kubernetes.json', import.meta.url), text);
console.log(`${Object.keys(kinds).length} kinds, ${Object.keys(types).length} types, ${text.length} bytes`);

/** A type in the notation of src/schema/types.ts. */
function typeOf(schema: JsonMap): string {
  const [inner] = listAt(schema, 'allOf');
  const reference = schema['$ref'] ?? mapAt(inner)['$ref'];
  if (typeof reference === 'string') {
    const name = reference.replace('#/components/schemas/', '');
    const leaf = leaves[name];
    if (leaf !== undefined) return leaf;
    if (mapAt(schemas[name], 'properties') === undefined) throw new Error(`${name} has no properties`);
    open.push(name);
    return shortOf(name);
  }
  switch (schema['type']) {
    case 'array': {
      const item = typeOf(mapAt(schema, 'items'));
      if (schema['x-kubernetes-list-type'] === 'set') return `${item}[=]`;
      return `${item}[${listAt(schema, 'x-kubernetes-list-map-keys').join(',')}]`;
    }
    case 'object':
      return schema['additionalProperties'] === undefined
        ? 'any'
        : `${typeOf(mapAt(schema, 'additionalProperties'))}{}`;
    case 'integer':
      return schema['format'] === 'int32' ? 'int32' : 'int64';
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'string':
      return schema['format'] === 'byte' ? 'bytes' : 'string';
    default:
      return 'any';
  }
}

/** The name without its package; with it where two packages have a type of that name. */
function shortOf(name: string): string {
  const [last = ''] = name.split('.').slice(-1);
  const others = Object.keys(schemas).filter((one) => one.endsWith(`.${last}`));
  return others.length < 2 ? last : name.split('.').slice(-3).join('.');
}

function kindOf(short: string): string {
  return Object.keys(kinds).find((key) => kinds[key] === short) ?? '';
}

function mapAt(value: unknown, ...keys: readonly string[]): JsonMap {
  const found = keys.reduce<unknown>((here, key) => (isMap(here) ? here[key] : undefined), value);
  return isMap(found) ? found : {};
}

function listAt(value: unknown, key: string): Json[] {
  const found = mapAt(value)[key];
  return Array.isArray(found) ? found : [];
}

function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sorted<T>(map: { readonly [key: string]: T }): { readonly [key: string]: T } {
  return Object.fromEntries(Object.entries(map).sort(([left], [right]) => (left < right ? -1 : 1)));
}
