import { eastAsianWidth } from 'get-east-asian-width';
import { breakCommands } from './neutral.ts';

/** The meaning of a piece of text. Colour only repeats what the words and signs say. */
export type Tone = 'plain' | 'strong' | 'dim' | 'good' | 'busy' | 'wait' | 'bad';

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

/** One line of output before colours. Its texts are neutralised already. */
export type Line = readonly Span[];

export interface Canvas {
  readonly color: boolean;
  /** Width in columns. Only commands to copy and diffs may be longer. */
  readonly width: number;
  /** False: draw with ASCII alone. */
  readonly unicode: boolean;
  /** Whether names and messages keep their script; by default as `unicode`. False: other letters become question marks. */
  readonly scripts?: boolean;
}

/** The canvas of a text view, with the time and the time zone of its reader. */
export interface TextOptions extends Canvas {
  readonly now: Date;
  /** IANA time zone of the reader. Times are shown in UTC and in this zone. */
  readonly zone?: string;
}

const sgr = {
  plain: null,
  strong: '1',
  dim: '2',
  good: '32',
  busy: '36',
  wait: '33',
  bad: '1;31',
} satisfies Record<Tone, string | null>;

export function span(text: string, tone: Tone = 'plain'): Span {
  return { text, tone };
}

/** The line to print: with colours if wanted, without trailing space, and without text that the runner reads as a command. */
export function paint(line: Line, color: boolean): string {
  const last = line.findLastIndex((one) => one.text.trim() !== '');
  const text = line
    .slice(0, last + 1)
    .map((one, index) => paintSpan(index === last ? span(one.text.trimEnd(), one.tone) : one, color))
    .join('');
  return breakCommands(text.replaceAll('\n', ' '));
}

function paintSpan({ text, tone }: Span, color: boolean): string {
  const code = sgr[tone];
  return !color || code === null || text.trim() === '' ? text : `\u001b[${code}m${text}\u001b[0m`;
}

/** What terminals draw into the cell before it: combining marks, the later letters of a Hangul syllable, tones of skin. */
const JOINED = /^[\p{M}\u1160-\u11ff\ud7b0-\ud7ff\p{Emoji_Modifier}]$/u;

function columnsOf(sign: string): number {
  return JOINED.test(sign) ? 0 : eastAsianWidth(sign.codePointAt(0) ?? 0);
}

/** The width of the text in terminal columns. */
export function columns(text: string): number {
  if (/^[ -~]*$/u.test(text)) return text.length;
  let sum = 0;
  for (const sign of text) sum += columnsOf(sign);
  return sum;
}

export function lineColumns(line: Line): number {
  return line.reduce((sum, one) => sum + columns(one.text), 0);
}

/** The text, padded with spaces to a width; a longer text is not changed. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columns(text)));
}

/** The text, cut to a width, with a sign at the cut. */
export function cut(text: string, width: number, unicode: boolean): string {
  if (columns(text) <= width) return text;
  const sign = unicode ? '…' : '~';
  return takeColumns(text, Math.max(0, width - 1)) + (width > 0 ? sign : '');
}

/** Wraps a line of several tones at spaces to a width. All lines but the first are indented. */
export function flow(line: Line, width: number, indent = 2): Line[] {
  if (lineColumns(line) <= width) return [line];
  const room = Math.max(8, width - indent);
  const words = line.flatMap(({ text, tone }) =>
    text.split(/(?<= )(?! )/u).flatMap((word) => splitWord(word, room).map((part) => span(part, tone))),
  );
  const lines: Span[][] = [[]];
  for (const word of words) {
    const here = lines.at(-1) ?? [];
    if (here.length > 0 && lineColumns(here) + columns(word.text.trimEnd()) > width) {
      if (word.text.trim() !== '') lines.push([span(' '.repeat(indent)), span(word.text.trimStart(), word.tone)]);
    } else {
      here.push(word);
    }
  }
  return lines;
}

/** The line, cut to a width. */
export function clip(line: Line, width: number, unicode: boolean): Line {
  if (lineColumns(line) <= width) return line;
  let room = width;
  return line.map((one) => {
    const text = cut(one.text, room, unicode);
    room -= columns(text);
    return { ...one, text };
  });
}

function takeColumns(text: string, width: number): string {
  let taken = '';
  let sum = 0;
  for (const sign of text) {
    sum += columnsOf(sign);
    if (sum > width) return taken;
    taken += sign;
  }
  return taken;
}

/** Wraps a text at spaces to a width; a word is broken only if it is longer than the width. */
export function wrap(text: string, width: number): string[] {
  const room = Math.max(8, width);
  return text.split('\n').flatMap((paragraph) => wrapParagraph(paragraph.trim(), room));
}

function wrapParagraph(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ +/u).flatMap((one) => splitWord(one, width))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (columns(longer) <= width) {
      line = longer;
    } else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

function splitWord(word: string, width: number): string[] {
  if (columns(word) <= width) return [word];
  const parts: string[] = [];
  let part = '';
  let sum = 0;
  for (const sign of word) {
    const wide = columnsOf(sign);
    if (sum + wide > width) {
      parts.push(part);
      part = '';
      sum = 0;
    }
    part += sign;
    sum += wide;
  }
  return [...parts, part];
}

/** A table. Each column is as wide as its widest cell; the last column is not padded. */
export function table(rows: readonly (readonly Span[])[], gap = 2): Line[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(0, ...rows.map((row) => columns(row[column]?.text ?? ''))),
  );
  return rows.map((row) =>
    row.map((cell, column) =>
      column === count - 1 ? cell : span(pad(cell.text, (widths[column] ?? 0) + gap), cell.tone),
    ),
  );
}
