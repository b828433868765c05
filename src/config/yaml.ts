import { Composer, type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, Parser } from 'yaml';
import { type InputProblem, inputError, type Place, throwProblems } from '../release/error.ts';
import type { Json } from '../release/json.ts';
import { convert, type Spots } from './convert.ts';
import { quoted } from './found.ts';
import { type AliasBudget, aliasBudget, guarded, limits, stopAfter } from './guard.ts';

export interface TextFile {
  readonly file: string;
  readonly text: string;
}

export type Path = readonly (string | number)[];

/** One document: plain JSON (maps have no prototype), and the place of each part. */
export interface YamlDocument {
  readonly file: string;
  readonly value: Json;
  /**
   * Where the value at a path (or its key) starts. For a path that does not exist: the nearest part around it. For a value
   * from an alias: the place of the anchor.
   */
  place(path: Path, of?: 'key' | 'value'): Place;
}

export interface YamlInput extends TextFile {
  /** Replaces the default limit. */
  readonly maxBytes?: number;
  /** What aliases may add to this text and others together; by default this text has its own. */
  readonly aliased?: AliasBudget;
  /** How plain keys are read: as in kubectl (`on` is "true"; the default), or as text. */
  readonly keys?: 'kubectl' | 'text';
}

const forbiddenText =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u0080-\u009f\u2028\u2029\ufeff\ufffe\uffff]|\p{Surrogate}/u;

/**
 * Parses the documents of a text by kubectl's rules (see scalar.ts), and lists every problem (YAML_INVALID). A document
 * with a problem is left out. Never throws, for any text.
 */
export function readYaml(input: YamlInput): {
  readonly documents: readonly YamlDocument[];
  readonly problems: readonly InputProblem[];
} {
  const lines = new LineCounter();
  const problems: InputProblem[] = [];
  const text = input.text.startsWith('\ufeff') ? input.text.slice(1) : input.text;
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file: input.file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  let found = 0;
  const complain = (offset: number, message: string, hint: string | null) => {
    found += 1;
    if (problems.length >= limits.problems) return;
    problems.push({ code: 'YAML_INVALID', message, hint, at: placeOf(offset) });
  };

  const maxBytes = input.maxBytes ?? limits.bytes;
  if (text.length > maxBytes || new TextEncoder().encode(text).length > maxBytes) {
    complain(0, `the file is larger than ${maxBytes} bytes`, 'split it into several files');
    return { documents: [], problems };
  }
  const control = forbiddenText.exec(text);
  if (control !== null) {
    lines.addNewLine(0);
    for (let at = text.indexOf('\n'); at !== -1 && at < control.index; at = text.indexOf('\n', at + 1)) {
      lines.addNewLine(at + 1);
    }
    const code = (control[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const hint =
      'YAML parsers treat this character differently: write it as an escape in double quotes, such as "\\u2028"';
    complain(control.index, `the character U+${code} is not allowed in YAML`, hint);
    return { documents: [], problems };
  }

  const documents: YamlDocument[] = [];
  // The failsafe schema keeps every scalar as text. convert finds duplicate keys, because the library's check is quadratic.
  const options = {
    schema: 'failsafe',
    resolveKnownTags: false,
    uniqueKeys: false,
    prettyErrors: false,
    customTags: scalarTags,
  } as const;
  const aliased = input.aliased ?? aliasBudget();
  const tokens = guarded(new Parser(lines.addNewLine).parse(text), complain);
  const composer = new Composer(options);
  const storm = stopAfter(composer, limits.problems);
  for (const document of storm.until(composer.compose(tokens))) {
    const wrong = [...document.errors, ...document.warnings];
    for (const { pos, code, message } of wrong) complain(pos[0], message, hints[code] ?? null);
    if (wrong.length > 0) continue;
    const before = found;
    const spots: Spots = new WeakMap();
    const value = convert(document.contents as Node | null, {
      spots,
      complain,
      limits,
      aliased,
      keys: input.keys ?? 'kubectl',
    });
    if (found > before) continue;
    const start = rootOffset(document);
    documents.push({
      file: input.file,
      value,
      place: (path, of = 'value') => placeOf(offsetAt({ value, spots, start }, path, of)),
    });
  }
  for (const { offset, message } of storm.stopped()) complain(offset, message, null);
  return { documents, problems };
}

/** Like readYaml, but throws an input error with every problem. */
export function parseYaml(input: YamlInput): readonly YamlDocument[] {
  const { documents, problems } = readYaml(input);
  throwProblems(problems);
  return documents;
}

/** The only document of a text; throws when there is none, or more than one. */
export function parseOneYaml(input: YamlInput): YamlDocument {
  const [document, second] = parseYaml(input);
  if (document === undefined) {
    throw inputError('YAML_INVALID', `${quoted(input.file)} is empty`, {
      hint: 'one YAML document was expected',
      at: { file: input.file, line: 1, column: 1 },
    });
  }
  if (second !== undefined) {
    throw inputError('YAML_INVALID', 'the file has more than one YAML document', {
      hint: 'keep one document, and move the others to separate files',
      at: second.place([]),
    });
  }
  return document;
}

const scalarTags = ['bool', 'float', 'int', 'null'].map((name) => ({
  tag: `tag:yaml.org,2002:${name}`,
  default: false,
  resolve: (text: string) => text,
}));

const hints: { readonly [code: string]: string } = {
  TAG_RESOLVE_FAILED: 'only the tags !!str, !!int, !!float, !!bool, !!null, !!map and !!seq are supported',
  TAB_AS_INDENT: 'indent with spaces',
};

function rootOffset(document: Document.Parsed): number {
  const root = document.contents as Node | null;
  if (isMap(root) || isSeq(root) || isScalar(root) || isAlias(root)) return root.range?.[0] ?? document.range[0];
  return document.range[0];
}

function offsetAt(
  { value, spots, start }: { value: Json; spots: Spots; start: number },
  path: Path,
  of: 'key' | 'value',
): number {
  let here: Json | undefined = value;
  let spot = { key: start, value: start };
  for (const [depth, step] of path.entries()) {
    const found = typeof here === 'object' && here !== null ? spots.get(here)?.get(step) : undefined;
    // For a missing key, the key of the map that should have it is a better place than the first line of that map.
    if (found === undefined) return depth === 0 ? start : spot.key;
    spot = found;
    here = (here as Record<string | number, Json>)[step];
  }
  return of === 'key' ? spot.key : spot.value;
}
