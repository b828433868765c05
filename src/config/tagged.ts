import type { Scalar as Node, ParseOptions, SchemaOptions, Tags } from 'yaml';
import { resolvePlain, type Scalar } from './scalar.ts';

const core = 'tag:yaml.org,2002:';

const tags: Tags = [
  ...['bool', 'float', 'int', 'null', 'binary', 'timestamp', 'merge'].map((name) => ({
    tag: `${core}${name}`,
    default: false,
    resolve: (text: string) => text,
  })),
  { tag: `${core}set`, collection: 'map' },
  { tag: `${core}omap`, collection: 'seq' },
  { tag: `${core}pairs`, collection: 'seq' },
];

/** The failsafe schema keeps every scalar as text. convert finds duplicate keys, because the library's check is quadratic. */
export const parseOptions: ParseOptions & SchemaOptions = {
  schema: 'failsafe',
  resolveKnownTags: false,
  uniqueKeys: false,
  customTags: tags,
};

/** Whether a scalar is the key << that merges. With the tag it is one in quotes too. */
export function isMerge(node: Node): boolean {
  if (node.value !== '<<') return false;
  return node.tag === `${core}merge` || (node.tag === undefined && node.type === 'PLAIN');
}

/** The value of a scalar by its tag, its quotes or its text, by kubectl's rules. */
export function scalarValue(node: Node): Scalar {
  const text = String(node.value ?? '');
  const plain = node.type === undefined || node.type === 'PLAIN';
  const tag = node.tag?.startsWith(core) ? node.tag.slice(core.length) : node.tag;
  if (tag === 'str' || tag === '!' || (tag === undefined && !plain)) return { is: 'value', value: text };
  if (tag === 'binary') return binary(text);
  const isText = tag === 'timestamp' ? /^\d{4}-\d\d?-\d\d?(?:[Tt \t]|$)/.test(text) : tag === 'merge' && text === '<<';
  if (isText) return { is: 'value', value: text };
  const scalar = resolvePlain(text);
  if (scalar.is === 'refused' || tag === undefined || fits(tag, scalar.value)) return scalar;
  return { is: 'refused', why: `the value is no !!${tag}`, hint: 'leave the tag out, or correct the value' };
}

function fits(tag: string, value: null | boolean | number | string): boolean {
  if (tag === 'null') return value === null;
  if (tag === 'bool') return typeof value === 'boolean';
  if (tag === 'int') return Number.isInteger(value);
  return tag === 'float' && typeof value === 'number';
}

/** The text whose base64 was written. kubectl puts it into the object as text, so bytes that are none would be lost. */
function binary(text: string): Scalar {
  const written = text.replaceAll(/[\r\n]/g, '');
  const bytes = Buffer.from(written, 'base64');
  if (bytes.toString('base64') !== written) {
    return { is: 'refused', why: 'the value is no !!binary', hint: 'write base64, with = at its end' };
  }
  const read = bytes.toString();
  if (Buffer.from(read).equals(bytes)) return { is: 'value', value: read };
  return {
    is: 'refused',
    why: 'what this !!binary has is no text',
    hint: 'leave the tag out where base64 is wanted, as in binaryData and in data of a Secret',
  };
}
