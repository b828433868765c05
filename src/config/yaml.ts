import { Composer, type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node } from 'yaml';
import { type InputProblem, inputError, type Place, throwProblems } from '../release/error.ts';
import type { Json } from '../release/json.ts';
import { convert, type Spots } from './convert.ts';
import { wrongByte } from './encoding.ts';
import { quoted } from './found.ts';
import { guarded, limits, type ReadBudget, readBudget, stopAfter, tokens } from './guard.ts';
import { type Piece, piecesOf } from './pieces.ts';
import { parseOptions } from './tagged.ts';

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
  /** What this text and others may be together; by default this text has its own. */
  readonly budget?: ReadBudget;
  /** How plain keys are read: as in kubectl (`on` is "true"; the default), or as text. */
  readonly keys?: 'kubectl' | 'text';
  /** Refuses a merge that brings a key which stands before it: kubectl and kustomize may take different ones. */
  readonly refusesDisputed?: boolean;
}

const forbiddenText =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u0080-\u009f\u2028\u2029\ufeff\ufffe\uffff]|\p{Surrogate}/u;

/**
 * Parses the documents of a text by kubectl's rules (see scalar.ts and pieces.ts), and lists every problem (YAML_INVALID). A document
 * with a problem is left out. Never throws, for any text.
 */
export function readYaml(input: YamlInput): {
  readonly documents: readonly YamlDocument[];
  readonly problems: readonly InputProblem[];
} {
  const lines = new LineCounter();
  const problems: InputProblem[] = [];
  const { text } = input;
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file: input.file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const complain = (offset: number, message: string, hint: string | null) => {
    if (problems.length >= limits.problems) return;
    problems.push({ code: 'YAML_INVALID', message, hint, at: placeOf(offset) });
  };

  lines.addNewLine(0);
  const maxBytes = input.maxBytes ?? limits.bytes;
  if (text.length > maxBytes || new TextEncoder().encode(text).length > maxBytes) {
    complain(0, `the file is larger than ${maxBytes} bytes`, 'split it into several files');
    return { documents: [], problems };
  }
  for (const { index, 0: end } of text.matchAll(/\r?\n|\r/g)) lines.addNewLine(index + end.length);

  const budget = input.budget ?? readBudget();
  const count = { documents: 0 };
  const documents: YamlDocument[] = [];
  for (const piece of piecesOf(text)) {
    const inPiece: typeof complain = (offset, ...rest) => complain(piece.from + offset, ...rest);
    const { keys = 'kubectl', refusesDisputed = false } = input;
    const limited = { complain: inPiece, count, budget, keys, refusesDisputed };
    for (const { value, spots, start } of documentsIn(piece, limited)) {
      documents.push({
        file: input.file,
        value,
        place: (path, of = 'value') => placeOf(piece.from + offsetAt({ value, spots, start }, path, of)),
      });
    }
    if (count.documents > limits.documents) break;
  }
  const conflict = problems.length === 0 ? null : conflictIn(text);
  if (conflict === null) return { documents, problems };
  const message = 'a conflict of a merge is not resolved here';
  const hint = 'keep one side, and take out the lines that start with <<<<<<<, ======= and >>>>>>>';
  return { documents, problems: [{ code: 'YAML_INVALID', message, hint, at: placeOf(conflict) }] };
}

/** Where git has left a conflict in a text; null where it has not. */
function conflictIn(text: string): number | null {
  const start = text.search(/^<{7} /m);
  return start >= 0 && /^>{7} /m.test(text.slice(start)) ? start : null;
}

interface Root {
  readonly value: Json;
  readonly spots: Spots;
  readonly start: number;
}

interface Limited {
  readonly complain: (offset: number, message: string, hint: string | null) => void;
  readonly budget: ReadBudget;
  /** The documents of the text so far. */
  readonly count: { documents: number };
  readonly keys: 'kubectl' | 'text';
  readonly refusesDisputed: boolean;
}

/** The documents of a piece that have no problem. */
function* documentsIn(piece: Piece, limited: Limited): Generator<Root> {
  const { complain: report, budget, count, refusesDisputed } = limited;
  const keys = piece.is === 'json' ? 'json' : limited.keys;
  let found = 0;
  const complain: typeof report = (...problem) => {
    found += 1;
    report(...problem);
  };
  const control = (piece.is === 'yaml' ? forbiddenText : /\p{Surrogate}/u).exec(piece.text);
  if (control !== null) {
    complain(control.index, ...refusedCharacter(control[0], piece.text));
    return;
  }
  // A carriage return alone ends a line too, which the library does not know.
  const text = piece.is === 'yaml' ? piece.text.replaceAll(/\r(?!\n)/g, '\n') : piece.text;
  const composer = new Composer(parseOptions);
  const storm = stopAfter(composer, limits.problems);
  const within = guarded(tokens(text, budget, complain), count, complain);
  for (const document of storm.until(composer.compose(within))) {
    const wrong = [...document.errors, ...document.warnings];
    for (const { pos, code, message } of wrong) complain(pos[0], withoutSource(code, message), hints[code] ?? null);
    if (wrong.length > 0) continue;
    const before = found;
    const spots: Spots = new WeakMap();
    const root = document.contents as Node | null;
    const value = convert(root, { spots, complain, limits, budget, keys, refusesDisputed });
    if (found === before) yield { value, spots, start: rootOffset(document) };
  }
  for (const { offset, message } of storm.stopped()) complain(offset, message, null);
}

/** What is wrong with a character, and what would do. */
function refusedCharacter(character: string, text: string): [message: string, hint: string] {
  const hex = (code: number, digits: number) => code.toString(16).toUpperCase().padStart(digits, '0');
  const byte = wrongByte(character);
  if (byte !== null) {
    const hint = 'save the file as UTF-8, such as with iconv -f latin1 -t utf-8, or take it out if it is no text';
    return [`the byte 0x${hex(byte, 2)} is not UTF-8`, hint];
  }
  const hint = text.includes('\0')
    ? 'the file is no text, or is UTF-16 or UTF-32 without a byte order mark: save it as UTF-8'
    : 'YAML parsers treat this character differently: write it as an escape in double quotes, such as "\\u2028"';
  return [`the character U+${hex(character.codePointAt(0) ?? 0, 4)} is not allowed in YAML`, hint];
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

/**
 * A document that keeps only its text, and parses it when its value or a position is first asked for. The nodes and positions of a
 * parsed file take many times the memory of its text, and a run asks for positions only in files that have a problem. The text has to
 * be one that parseOneYaml has parsed without an error.
 */
export function reread(input: YamlInput): YamlDocument {
  let parsed: YamlDocument | null = null;
  const document = (): YamlDocument => {
    parsed ??= parseOneYaml(input);
    return parsed;
  };
  return {
    file: input.file,
    get value() {
      return document().value;
    },
    place: (path, of) => document().place(path, of),
  };
}

const hints: { readonly [code: string]: string } = {
  TAG_RESOLVE_FAILED:
    "only YAML's own tags are read, such as !!str and !!binary: write the value itself, in quotes when it begins with !",
  TAB_AS_INDENT: 'indent with spaces',
};

/**
 * The library's message without what it quotes of the file: a password that begins with `!`, `]` or `|` and is not in quotes. The
 * place says where it is.
 */
function withoutSource(code: string, message: string): string {
  if (code === 'TAG_RESOLVE_FAILED') return 'Unresolved tag';
  return message.replace(
    /(?:(?<=\w):|(?<=Unknown directive|Invalid escape sequence|Unsupported YAML version)) .*$/su,
    '',
  );
}

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
