import type { Json } from '../release/json.ts';
import { isObject } from '../release/json.ts';

/** Text from a file, quoted and shortened for a message. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}

/** A found value as text: `the number 5`, `"5x"`, `a list`, `nothing`. */
export function foundWords(value: Json | undefined): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'boolean') return `the boolean ${value}`;
  return isObject(value) ? 'a map' : 'a list';
}

/** The type of a value in words, such as `a number` or `nothing`, for messages about a value that may be a secret. */
export function typeWords(value: Json | undefined): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'object') return isObject(value) ? 'a map' : 'a list';
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
}

/** `a`, `a or b`, `a, b or c`. */
export function oneOf(names: readonly string[], word = 'or'): string {
  const last = names.at(-1) ?? 'nothing';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} ${word} ${last}`;
}

/** The known name that is most similar to the written one; null when none is similar. */
export function nearest(written: string, known: readonly string[]): string | null {
  if (written.length > 64) return null;
  let best: string | null = null;
  let least = Math.max(1, Math.floor(written.length / 3)) + 1;
  for (const name of known) {
    const distance = edits(written.toLowerCase(), name.toLowerCase());
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}

/** The number of edits (insert, delete, replace, swap neighbours) between two words. */
function edits(left: string, right: string): number {
  const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, index) => index)];
  const cell = (row: number, column: number) => rows[row]?.[column] ?? 0;
  for (let i = 1; i <= left.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= right.length; j++) {
      const differs = left[i - 1] === right[j - 1] ? 0 : 1;
      let least = Math.min(cell(i - 1, j) + 1, cell(i, j - 1) + 1, cell(i - 1, j - 1) + differs);
      const swapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      if (swapped) least = Math.min(least, cell(i - 2, j - 2) + 1);
      row.push(least);
    }
  }
  return cell(left.length, right.length);
}
