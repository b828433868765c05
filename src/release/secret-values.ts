import { isObject, type Json, objectAt, stringAt } from './json.ts';

/** A shorter value is not looked for in other text: it would be found in ordinary words. */
const SHORTEST = 8;
/** A longer value is a file. Its lines are looked for up to this many. */
const MOST_LINES = 200;
const SHORTEST_LINE = 16;
/** A word of letters, which reports may well say: `production`, `postgres`. */
const WORD = /^[A-Za-z]+$/u;
const LONGEST_WORD = 15;

/**
 * The values of every Secret in a JSON value that can be looked for in other text: no short ones, and no single words, which
 * would hide the words of reports.
 */
export function valuesOfSecrets(value: Json): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(valuesOfSecrets);
  if (!isObject(value)) return [];
  if (stringAt(value, 'kind') !== 'Secret') return Object.values(value).flatMap(valuesOfSecrets);
  const written = textsIn(objectAt(value, 'stringData'));
  const encoded = textsIn(objectAt(value, 'data')).map((text) => Buffer.from(text, 'base64').toString('utf8'));
  return [...new Set([...written, ...encoded].flatMap(partsOf))].filter(isTelling);
}

function textsIn(values: { readonly [key: string]: Json }): readonly string[] {
  return Object.values(values).filter((text) => typeof text === 'string');
}

function partsOf(text: string): readonly string[] {
  const lines = text
    .trim()
    .split(/\r?\n/u)
    .map((line) => line.trim());
  if (lines.length === 1) return lines;
  return lines.filter((line) => line.length >= SHORTEST_LINE).slice(0, MOST_LINES);
}

/** Whether a secret can be looked for in other text without hiding ordinary words. */
export function isTelling(text: string): boolean {
  // A replacement character: the value is no text.
  if (text.length < SHORTEST || text.includes('\ufffd')) return false;
  return text.length > LONGEST_WORD || !WORD.test(text);
}
