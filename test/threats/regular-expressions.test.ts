import vm from 'node:vm';
import { expect, test } from 'vitest';
import { sources, within } from '../guards/syntax.ts';

const SIZE = 100_000;
/** A regular expression that is linear in its text takes about a millisecond; one that is quadratic takes several seconds. */
const LIMIT = 1_500;

/** What is repeated to a long text, so that a careless expression looks at every place from every place. */
const parts = [
  ...['a', 'A', '0', ' ', '\t', '\n', '-', '_', '.', '/', ':', '"', '`', '@', '#', '=', ',', '*', '%', '{', '['],
  ...[
    '\u001b',
    '\u001b]',
    '\u009b',
    '\u0301',
    'é',
    '\r\n',
    ' \t',
    '. ',
    'a ',
    'a.',
    'a-',
    'a:',
    'a=',
    'a/',
    'a@',
    '::',
  ],
  ...['eyJ', '://', 'a://', 'token', '-----BEGIN '],
];
const texts = parts.map((part) => `${part.repeat(SIZE / part.length)}\u0000`);

const context = vm.createContext({});
const script = new vm.Script('text.replace(new RegExp(pattern, flags), "")');

/** Whether an expression is still at work on a text when the limit, in milliseconds, is over. */
function isSlow(pattern: string, flags: string, text: string, limit: number): boolean {
  try {
    // V8 stops an expression only in a context of its own.
    script.runInContext(Object.assign(context, { pattern, flags, text }), { timeout: limit });
    return false;
  } catch (error) {
    if (String(error).includes('timed out')) return true;
    throw error;
  }
}

/** The part of the first text that takes too long; null where none does. A busy machine gets a second chance. */
function slowOn(pattern: string, flags: string, limit = LIMIT): string | null {
  const slow = texts.findIndex((text) => [limit, limit].every((time) => isSlow(pattern, flags, text, time)));
  return parts[slow] ?? null;
}

test('threat 16: ReDoS: an expression that is quadratic is found', () => {
  expect([slowOn('\\s+$', 'u', 100), slowOn('(a+)+$', '', 100), slowOn('a+', 'g')]).toEqual([' ', 'a', null]);
});

test('threat 16: ReDoS: no regular expression takes long for a text of 100 KB', () => {
  const slow: string[] = [];
  const seen = new Set<string>();
  for (const { path, tree } of sources()) {
    // The model of a cluster reads no foreign text.
    if (path.startsWith('src/simulator/')) continue;
    for (const { type, pattern, flags } of within(tree)) {
      if (type !== 'RegExpLiteral' || typeof pattern !== 'string' || typeof flags !== 'string') continue;
      // What repeats nothing looks at a few characters from each place.
      if (!/[*+{]/.test(pattern)) continue;
      const expression = `/${pattern}/${flags}`;
      if (seen.has(expression)) continue;
      seen.add(expression);
      const part = slowOn(pattern, flags);
      if (part !== null) slow.push(`${path}: ${expression} in a text of ${JSON.stringify(part)}`);
    }
  }
  expect(slow).toEqual([]);
  expect(seen.size).toBeGreaterThan(100);
});
