import { createHash } from 'node:crypto';

/**
 * The text of a living comment: sections of deliveries, each of parts. What is printed here can be parsed again, so that a
 * run which knows one delivery keeps the sections of the others.
 */

/** In the order in which they stand. Only `core` and `footer` are always kept. */
const partKinds = ['core', 'plot', 'picture', 'details', 'forecast', 'diff', 'footer'] as const;
export type PartKind = (typeof partKinds)[number];

/** Some blocks of Markdown. Made by `part` alone. */
export interface Part {
  readonly is: PartKind;
  readonly text: string;
}

/** The kinds that may be left out, and how often that was done. */
export type LeftOut = Readonly<Partial<Record<Exclude<PartKind, 'core' | 'footer'>, number>>>;

/** What a comment says about one delivery. */
export interface Section {
  readonly is: 'plan' | 'release';
  readonly delivery: string;
  /** The id of the release; of a plan the commit that it is about. */
  readonly of: string;
  /** `rests`: nothing will happen any more, so that its details are wanted least. */
  readonly state: 'open' | 'rests';
  /** Of everything that it was meant to say, without what is no reason to write it again: the footer, and measured numbers. */
  readonly digest: string;
  readonly parts: readonly Part[];
  readonly leftOut: LeftOut;
}

/** The first line of every living comment. Only a comment of our own account is believed because of it. */
export const COMMENT_MARKER = '<!-- stepgate:comment 1 -->';
const END = '<!-- stepgate:end -->';

/** A part without any text that reads as one of our markers: no HTML comment begins in it. */
export function part(is: PartKind, ...blocks: readonly string[]): Part {
  const text = blocks.join('\n\n').replaceAll('\r', '').replaceAll('<!--', '<\\!--');
  return { is, text: text.replace(/^\n+|\n+$/gu, '') };
}

/**
 * A section with its digest. `compared`: its parts without what is no reason to write them again; by default they are compared as
 * they are.
 */
export function section(given: Omit<Section, 'digest' | 'leftOut'>, compared: readonly Part[] = given.parts): Section {
  const { is, delivery, of, state, parts } = given;
  const said = compared.filter((one) => one.is !== 'footer' && one.text !== '');
  const digest = createHash('sha256')
    .update(JSON.stringify([is, delivery, of, state, said.map((one) => [one.is, one.text])]))
    .digest('hex')
    .slice(0, 16);
  return { ...given, parts: parts.filter((one) => one.text !== ''), digest, leftOut: {} };
}

/** The comment as text, with everything that its sections have. */
export function printComment(sections: readonly Section[]): string {
  return [COMMENT_MARKER, ...sections.map(printSection), ''].join('\n');
}

function printSection({ is, delivery, of, state, digest, parts, leftOut }: Section): string {
  const missing = Object.entries(leftOut).map(([kind, count]) => `${kind}:${count}`);
  const words = [is, encode(delivery), encode(of), state, digest, ...missing].join(' ');
  const body = parts.filter((one) => one.is !== 'footer').flatMap(printPart);
  const footer = parts.filter((one) => one.is === 'footer').flatMap(printPart);
  // The note is made from the first line again, so it is no part.
  const note = missing.length === 0 ? [] : ['<!-- stepgate:note -->', '', leftOutNote(leftOut), ''];
  return [`<!-- stepgate:section ${words} -->`, ...body, ...note, ...footer, END].join('\n');
}

function printPart({ is, text }: Part): string[] {
  return [`<!-- stepgate:part ${is} -->`, '', text, ''];
}

const names = {
  plot: ['a plot', 'plots'],
  picture: ['the picture', 'pictures'],
  details: ['the details', 'blocks of details'],
  forecast: ['the forecast', 'forecasts'],
  diff: ['a diff', 'diffs'],
} satisfies Record<keyof LeftOut, readonly [string, string]>;

function leftOutNote(leftOut: LeftOut): string {
  const words = keysOf(leftOut).map((kind) => {
    const count = leftOut[kind] ?? 0;
    return count === 1 ? names[kind][0] : `${count} ${names[kind][1]}`;
  });
  return `> **Left out here**, because a comment has a limit: ${words.join(', ')}. The summary of the run has everything.`;
}

function keysOf(leftOut: LeftOut): (keyof LeftOut)[] {
  return (['diff', 'plot', 'forecast', 'details', 'picture'] as const).filter((kind) => (leftOut[kind] ?? 0) > 0);
}

/** A name as one word in which nothing ends an HTML comment. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function decode(word: string): string | null {
  try {
    return decodeURIComponent(word);
  } catch {
    return null;
  }
}

const SECTION =
  /^<!-- stepgate:section (plan|release) ([\w.!~*'()%-]+) ([\w.!~*'()%-]+) (open|rests) ([0-9a-f]{16})((?: (?:plot|picture|details|forecast|diff):[1-9]\d{0,3})*) -->$/u;
const PART = /^<!-- stepgate:(?:part (core|plot|picture|details|forecast|diff|footer)|note) -->$/u;

/**
 * The sections of a comment that `printComment` made; null for any other text. A section that is not exactly of this form is
 * not there: its delivery writes it again.
 */
export function parseComment(body: string): readonly Section[] | null {
  const lines = body.replaceAll('\r\n', '\n').split('\n');
  if (lines[0] !== COMMENT_MARKER) return null;
  const sections = new Map<string, Section>();
  let at = 1;
  while (at < lines.length) {
    const opened = SECTION.exec(lines[at] ?? '');
    const end = lines.indexOf(END, at);
    at += 1;
    if (opened === null || end < 0) continue;
    const found = parseSection(opened, lines.slice(at, end));
    if (found === null || sections.has(found.delivery)) continue;
    sections.set(found.delivery, found);
    at = end + 1;
  }
  return [...sections.values()];
}

function parseSection(opened: RegExpExecArray, lines: readonly string[]): Section | null {
  const [, is, name = '', about = '', state, digest = '', missing = ''] = opened;
  const delivery = decode(name);
  const of = decode(about);
  const parts = parseParts(lines);
  if (delivery === null || of === null || parts === null || !parts.some((one) => one.is === 'core')) return null;
  const leftOut = Object.fromEntries(
    [...missing.matchAll(/(?<!\w)(\w+):(\d+)/gu)].map(([, kind = '', count]) => [kind, Number(count)]),
  );
  return {
    is: is === 'plan' ? 'plan' : 'release',
    delivery,
    of,
    state: state === 'rests' ? 'rests' : 'open',
    digest,
    parts,
    leftOut,
  };
}

/** Null where a line stands in no part, or opens another section. */
function parseParts(lines: readonly string[]): readonly Part[] | null {
  const parts: Part[] = [];
  let kind: PartKind | 'note' | null = null;
  let text: string[] = [];
  const close = () => {
    if (kind !== null && kind !== 'note') parts.push(part(kind, text.join('\n')));
    text = [];
  };
  for (const line of lines) {
    const opened = PART.exec(line);
    if (opened === null) {
      if (kind === null || line.startsWith('<!-- stepgate:')) return null;
      text.push(line);
      continue;
    }
    close();
    kind = partKinds.find((one) => one === opened[1]) ?? 'note';
  }
  close();
  return parts.filter((one) => one.text !== '');
}
