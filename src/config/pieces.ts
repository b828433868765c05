import { limits } from './guard.ts';

/** A part of a text that is parsed by itself, and where it starts. */
export interface Piece {
  readonly is: 'yaml' | 'json';
  readonly from: number;
  readonly text: string;
}

/** The byte order mark. */
const MARK = '\ufeff';
const separator = /^\ufeff?---[ \t]*(?:#.*)?\r?$/gm;

/**
 * The parts of a text that kubectl reads apart. Between lines of `---`, JSON objects may follow each other without anything between
 * them, and a byte order mark may stand in front, as in files that were joined by cat. Everything else stays one piece of YAML.
 */
export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  /** Where the YAML starts that is not in a piece yet. */
  let open = 0;
  const close = (end: number) => {
    if (end > open) pieces.push({ is: 'yaml', from: open, text: text.slice(open, end) });
  };
  for (const { line, from, to } of sectionsOf(text)) {
    if (text[line] === MARK) {
      close(line);
      open = line + 1;
    }
    const isMarked = text[from] === MARK && from !== line;
    const start = text[from] === MARK ? from + 1 : from;
    const objects = jsonIn(text, start, to);
    if (objects !== null) {
      close(line);
      pieces.push(...objects);
      open = to;
    } else if (isMarked) {
      close(line);
      open = start;
    }
    if (pieces.length > limits.documents) return pieces;
  }
  close(text.length);
  return pieces;
}

/** What is between lines of `---`, with the start of the line before it: the mark before `---` belongs to that line. */
function* sectionsOf(text: string): Generator<{ readonly line: number; readonly from: number; readonly to: number }> {
  let [line, from] = [0, 0];
  for (const { index, 0: found } of text.matchAll(separator)) {
    yield { line, from, to: index };
    const end = index + found.length;
    [line, from] = [index, text[end] === '\n' ? end + 1 : end];
  }
  yield { line, from, to: text.length };
}

/** The JSON objects that a part of a text consists of; null when it is anything else. */
function jsonIn(text: string, from: number, to: number): readonly Piece[] | null {
  const pieces: Piece[] = [];
  for (let at = afterSpace(text, from, to); at < to; at = afterSpace(text, at, to)) {
    const end = text[at] === '{' ? endOfObject(text, at, to) : null;
    if (end === null || !isJson(text.slice(at, end))) return null;
    pieces.push({ is: 'json', from: at, text: text.slice(at, end) });
    if (pieces.length > limits.documents) break;
    at = end;
  }
  return pieces.length === 0 ? null : pieces;
}

function afterSpace(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && ' \t\r\n'.includes(text.charAt(at))) at += 1;
  return at;
}

/** Where the object ends that starts here; null when it does not end, or is deeper than any object may be. */
function endOfObject(text: string, from: number, to: number): number | null {
  let depth = 0;
  for (let at = from; at < to; at += 1) {
    const letter = text.charAt(at);
    if (letter === '"') {
      at += 1;
      while (at < to && text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1;
    } else if (letter === '{' || letter === '[') {
      depth += 1;
      if (depth > limits.depth) return null;
    } else if (letter === '}' || letter === ']') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return null;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
