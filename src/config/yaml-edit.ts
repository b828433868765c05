import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { inputError } from '../release/error.ts';
import { readsAsText } from './quoting.ts';
import type { Path, TextFile } from './yaml.ts';

/** Edits of the text of a YAML file at the places of its parts: everything else of the text stays, comments and spelling included. */

/** A key in one of the documents of a file. */
export interface Spot {
  /** From 0. */
  readonly document: number;
  readonly path: Path;
}

/**
 * The text with a value at a path. What is missing on the way is added to the nearest map that is there. Throws SOURCE_INVALID for a place
 * that has no text of its own, such as an alias.
 */
export function withValue(file: TextFile, spot: Spot, value: string): string {
  const { parts, rest } = walk(file, spot);
  const here = parts.at(-1);
  if (here === undefined || here === null) {
    if (rest.length < spot.path.length || spot.document > 0) throw noPlace(file, spot);
    const { text } = file;
    return `${text}${text === '' || text.endsWith('\n') ? '' : breakOf(text)}${nested(rest, value, '', breakOf(text))}`;
  }
  if (rest.length === 0) {
    if (!isScalar(here)) throw noPlace(file, spot);
    return replaced(file, spot, here, value);
  }
  if (isScalar(here) && (here.value === null || here.value === '') && here.source === '') {
    // `image:` with nothing behind it. Its map would begin on the next line, at a place that only its own keys say.
    throw noPlace(file, spot);
  }
  if (!isMap(here)) throw noPlace(file, spot);
  return inserted(file, spot, here, rest, value);
}

/** The text without a key; unchanged where it is not there. Throws SOURCE_INVALID where it shares its line in a way that can't be cut. */
export function withoutKey(file: TextFile, spot: Spot): string {
  const { map, pair } = pairAt(file, spot);
  if (map === null || pair === null) return file.text;
  const [start, end] = extentOf(pair);
  const index = map.items.indexOf(pair);
  if (map.flow) {
    const [next, before] = [map.items[index + 1], map.items[index - 1]];
    if (next !== undefined) return cut(file.text, start, extentOf(next)[0]);
    return cut(file.text, before === undefined ? start : extentOf(before)[1], end);
  }
  if (map.items.length === 1) throw noPlace(file, spot);
  const lineStart = file.text.lastIndexOf('\n', start - 1) + 1;
  const lineEnd = file.text.indexOf('\n', end);
  // The first key of an item of a list stands behind its dash, where the next key takes its place.
  if (file.text.slice(lineStart, start).trim() !== '') {
    const next = map.items[index + 1];
    return next === undefined ? file.text : cut(file.text, start, extentOf(next)[0]);
  }
  return cut(file.text, lineStart, lineEnd < 0 ? file.text.length : lineEnd + 1);
}

/** The text with another key and value in the place of a pair. */
export function withPair(file: TextFile, spot: Spot, key: string, value: string): string {
  const { pair } = pairAt(file, spot);
  if (pair === null || !isScalar(pair.key) || !isScalar(pair.value)) throw noPlace(file, spot);
  const text = replaced(file, spot, pair.value, value);
  const [start, end] = rangeOf(pair.key);
  return text.slice(0, start) + key + text.slice(end);
}

/** The text with an item at the beginning of the list at a top-level key, which is added where it is missing. */
export function withItem(file: TextFile, key: string, item: Readonly<Record<string, string>>): string {
  const spot = { document: 0, path: [key] };
  const { text } = file;
  const entries = Object.entries(item).map(([name, value]) => `${name}: ${scalar(value, null)}`);
  const { parts, rest } = walk(file, spot);
  const list = parts.at(-1);
  if (rest.length > 0) {
    const top = parts[0] ?? null;
    if (top !== null && (!isMap(top) || top.flow === true)) throw noPlace(file, spot);
    const end = breakOf(text);
    const lines = entries.map((entry, index) => `${index === 0 ? '  - ' : '    '}${entry}${end}`);
    return `${text}${text === '' || text.endsWith('\n') ? '' : end}${key}:${end}${lines.join('')}`;
  }
  if (!isSeq(list)) throw noPlace(file, spot);
  const [start, end] = rangeOf(list);
  if (list.flow) {
    const flow = `{ ${entries.join(', ')} }`;
    if (list.items.length === 0) return `${text.slice(0, start)}[${flow}]${text.slice(end)}`;
    return `${text.slice(0, start + 1)}${flow}, ${text.slice(start + 1)}`;
  }
  const indent = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  if (indent.trim() !== '') throw noPlace(file, spot);
  const lines = entries.map((entry, index) => `${index === 0 ? '- ' : `${indent}  `}${entry}${breakOf(text)}`);
  return `${text.slice(0, start)}${lines.join('')}${indent}${text.slice(start)}`;
}

function documentsOf(text: string): readonly Document.Parsed[] {
  const parsed = parseAllDocuments(text, { schema: 'failsafe', uniqueKeys: false, prettyErrors: false });
  return Array.isArray(parsed) ? parsed : [];
}

/** The nodes on the way to a place, and the keys that are not there. */
function walk(file: TextFile, { document, path }: Spot): { parts: readonly (Node | null)[]; rest: Path } {
  const parts: (Node | null)[] = [];
  let here: unknown = documentsOf(file.text)[document]?.contents ?? null;
  parts.push(isNode(here) ? here : null);
  for (const [index, step] of path.entries()) {
    const next: unknown = isMap(here) || isSeq(here) ? here.get(step, true) : undefined;
    if (!isNode(next)) return { parts, rest: path.slice(index) };
    here = next;
    parts.push(next);
  }
  return { parts, rest: [] };
}

function pairAt(file: TextFile, { document, path }: Spot): { map: YAMLMap | null; pair: Pair | null } {
  const { parts, rest } = walk(file, { document, path: path.slice(0, -1) });
  const map = parts.at(-1);
  if (rest.length > 0 || !isMap(map)) return { map: null, pair: null };
  const pair = map.items.find((one) => isPair(one) && isScalar(one.key) && one.key.value === path.at(-1));
  return { map, pair: pair ?? null };
}

function replaced(file: TextFile, spot: Spot, node: Scalar, value: string): string {
  if (node.type === 'BLOCK_FOLDED' || node.type === 'BLOCK_LITERAL') throw noPlace(file, spot);
  const [start, end] = rangeOf(node);
  const written = scalar(value, node);
  // `tag:` with nothing behind it.
  const space = start === end && !/\s/.test(file.text[start - 1] ?? ' ') ? ' ' : '';
  return file.text.slice(0, start) + space + written + file.text.slice(end);
}

/** Adds what is missing of a path behind the first key of a map, or before it where that key has lines of its own. */
function inserted(file: TextFile, spot: Spot, map: YAMLMap, rest: Path, value: string): string {
  const { text } = file;
  const [first] = map.items;
  const flow = rest.reduceRight<string>((inner, key) => `{ ${String(key)}: ${inner} }`, scalar(value, null));
  if (map.flow) {
    const entry = flow.replace(/^\{ (.*) \}$/s, '$1');
    if (first === undefined) return `${text.slice(0, rangeOf(map)[0])}{ ${entry} }${text.slice(rangeOf(map)[1])}`;
    const [, end] = extentOf(first);
    return `${text.slice(0, end)}, ${entry}${text.slice(end)}`;
  }
  if (first === undefined) throw noPlace(file, spot);
  const [start, end] = extentOf(first);
  const column = start - (text.lastIndexOf('\n', start - 1) + 1);
  const indent = ' '.repeat(column);
  const lineEnd = text.indexOf('\n', end);
  const isOneLine = isScalar(first.value) && !text.slice(start, end).includes('\n');
  if (isOneLine) {
    if (lineEnd < 0) return `${text}${breakOf(text)}${nested(rest, value, indent, breakOf(text))}`;
    return `${text.slice(0, lineEnd + 1)}${nested(rest, value, indent, breakOf(text))}${text.slice(lineEnd + 1)}`;
  }
  return `${text.slice(0, start)}${nested(rest, value, indent, breakOf(text)).trimStart()}${indent}${text.slice(start)}`;
}

/** Keys inside each other, a line each. */
function nested(keys: Path, value: string, indent: string, end: string): string {
  return keys
    .map((key, index) => {
      const isLast = index === keys.length - 1;
      return `${indent}${'  '.repeat(index)}${String(key)}:${isLast ? ` ${scalar(value, null)}` : ''}${end}`;
    })
    .join('');
}

/** The text of a value. It has the quotes of the old value, and gets quotes where a reader may not take it for a string. */
function scalar(value: string, old: Scalar | null): string {
  if (old?.type === 'QUOTE_SINGLE') return `'${value.replaceAll("'", "''")}'`;
  // Some readers of YAML 1.1 parse a date as a timestamp.
  const isPlain =
    /^[A-Za-z0-9_][A-Za-z0-9_./@:-]*$/.test(value) && !/:$|^\d{4}-\d\d?-\d\d?/.test(value) && readsAsText(value);
  return old?.type === 'QUOTE_DOUBLE' || !isPlain ? JSON.stringify(value) : value;
}

function extentOf({ key, value }: Pair): readonly [number, number] {
  const [start, end] = isNode(key) ? rangeOf(key) : [0, 0];
  return [start, isNode(value) ? Math.max(end, rangeOf(value)[1]) : end];
}

function rangeOf(node: Node): readonly [number, number] {
  const [start = 0, end = 0] = node.range ?? [];
  return [start, end];
}

function cut(text: string, from: number, to: number): string {
  return text.slice(0, from) + text.slice(to);
}

function breakOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

function noPlace({ file, text }: TextFile, { document, path }: Spot) {
  const { parts } = walk({ file, text }, { document, path });
  const offset = parts.findLast((part) => part !== null)?.range?.[0] ?? 0;
  const before = text.slice(0, offset).split('\n');
  const what = isAlias(parts.at(-1)) ? 'is an alias' : 'has no text that can be changed alone';
  return inputError('SOURCE_INVALID', `${path.join('.')} in ${file} ${what}`, {
    hint: 'edit it by hand',
    at: { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 },
  });
}
