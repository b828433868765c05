import { alsoRequired, notRequired } from './corrections.ts';
import { kruise } from './kruise.ts';
import slice from './kubernetes.json' with { type: 'json' };

/** The version of Kubernetes whose published description this is. Made by tools/kubernetes-schema.ts. */
export const version: string = slice.version;

export type Leaf =
  | 'string'
  | 'boolean'
  | 'int32'
  | 'int64'
  | 'number'
  | 'quantity'
  | 'intOrString'
  | 'time'
  | 'bytes'
  | 'any';

/** The type of a field. In the description: `string`, `Container`, `Container[name]`, `string[]`, `string[=]`, `string{}`. */
export type FieldType =
  | { readonly is: 'leaf'; readonly leaf: Leaf }
  | { readonly is: 'fields'; readonly name: string }
  | { readonly is: 'map'; readonly of: FieldType }
  /** `keys`: the fields that tell items apart. `isSet`: items differ. */
  | { readonly is: 'list'; readonly of: FieldType; readonly keys: readonly string[]; readonly isSet: boolean };

/** A type with named fields, as the description has it. */
export interface WrittenFields {
  readonly fields: Readonly<Record<string, string>>;
  readonly required?: readonly string[];
  /** Other fields are left alone. */
  readonly isOpen?: true;
}

/** The same as the API server asks for it. */
export interface Fields extends WrittenFields {
  readonly required: readonly string[];
}

/** A kind that can be checked. */
export interface KnownKind {
  readonly type: string;
  /** Whether Kubernetes itself serves the kind. What brings another kind reads the same types less strictly. */
  readonly isOwn: boolean;
}

const kinds: Readonly<Record<string, string>> = slice.kinds;
const types: Readonly<Record<string, WrittenFields>> = { ...slice.types, ...kruise.types };
const leaves: readonly string[] = [
  'string',
  'boolean',
  'int32',
  'int64',
  'number',
  'quantity',
  'intOrString',
  'time',
  'bytes',
  'any',
] satisfies readonly Leaf[];

/** Null for a kind that is not known, such as one of a CustomResourceDefinition. */
export function knownKind(apiVersion: string, kind: string): KnownKind | null {
  const key = `${apiVersion}/${kind}`;
  if (Object.hasOwn(kinds, key)) return { type: kinds[key] ?? '', isOwn: true };
  return Object.hasOwn(kruise.kinds, key) ? { type: kruise.kinds[key] ?? '', isOwn: false } : null;
}

/** The known kinds of a version such as `apps/v1`; empty for a version of another group. */
export function kindsOf(apiVersion: string): readonly string[] {
  return Object.keys(kinds)
    .filter((key) => key.startsWith(`${apiVersion}/`) && !key.slice(apiVersion.length + 1).includes('/'))
    .map((key) => key.slice(apiVersion.length + 1));
}

/** The versions in which Kubernetes serves a kind. */
export function versionsOf(kind: string): readonly string[] {
  return Object.keys(kinds)
    .filter((key) => key.endsWith(`/${kind}`))
    .map((key) => key.slice(0, -kind.length - 1));
}

export function fieldsOf(name: string): Fields {
  const found = types[name];
  if (found === undefined) throw new Error(`there is no type ${name}`);
  const known = corrected.get(name);
  if (known !== undefined) return known;
  const required = (found.required ?? []).filter((key) => notRequired[name]?.includes(key) !== true);
  const made = { ...found, required: [...required, ...(alsoRequired[name] ?? [])] };
  corrected.set(name, made);
  return made;
}

const corrected = new Map<string, Fields>();
const read = new Map<string, FieldType>();

export function readType(text: string): FieldType {
  const known = read.get(text);
  if (known !== undefined) return known;
  const made = parse(text);
  read.set(text, made);
  return made;
}

function parse(text: string): FieldType {
  if (text.endsWith('{}')) return { is: 'map', of: readType(text.slice(0, -2)) };
  const list = /^(.*)\[([^[\]]*)\]$/.exec(text);
  if (list !== null) {
    const [, of = '', keys = ''] = list;
    const isSet = keys === '=';
    return { is: 'list', of: readType(of), keys: isSet || keys === '' ? [] : keys.split(','), isSet };
  }
  return isLeaf(text) ? { is: 'leaf', leaf: text } : { is: 'fields', name: text };
}

function isLeaf(text: string): text is Leaf {
  return leaves.includes(text);
}
