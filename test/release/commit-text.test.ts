import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commitLine } from '../../src/release/commit-text.ts';
import { barsIn } from '../../src/release/no-rollback-past.ts';
import { revertMessage, undoMessage } from '../../src/release/revert.ts';
import { rollback, v1, v2 } from './situation.ts';

const BREAK = '\u200b';

/** What GitHub, CI and stepgate itself take for more than words. */
const acting: readonly (readonly [string, RegExp])[] = [
  ['fixes #1', /fixes #\d/iu],
  ['Closes: acme/shop#12', /acme\/shop#\d/u],
  ['RESOLVED GH-7', /gh-\d/iu],
  ['fix https://github.com/acme/shop/issues/3', /https:\//u],
  ['docs [skip ci]', /\[skip ci\]/iu],
  ['[No CI] docs', /\[no ci\]/iu],
  ['[actions skip]', /\[actions skip\]/iu],
  ['***NO_CI***', /\*{3}NO_CI/iu],
  ['for @acme/sre, (@ada)', /(?<!\w)@\w/u],
];

describe('a line of a commit message', () => {
  test.each(acting)('of %j does nothing, and reads the same', (text, acts) => {
    expect(text).toMatch(acts);
    const line = commitLine(text);
    expect(line).not.toMatch(acts);
    expect(line.replaceAll(BREAK, '')).toBe(text);
  });

  test.each(['Fix the checkout (#12)', 'ada@example.com', 'prefix #1', 'metric errors: 0.2 is above 0.01', 'a[0] [x]'])(
    'of %j stays as it is',
    (text) => expect(commitLine(text)).toBe(text),
  );

  test('has no line break, and nothing that is not seen but the break', () => {
    expect(commitLine(' a\r\nb\u2028c\u202ed\u0007 ')).toBe('a b cd');
  });

  test('is no trailer of stepgate', () => {
    for (const text of ['Stepgate-No-Rollback-Past: x', '- stepgate-no-rollback-past : x'])
      expect([text, commitLine(text)].map((message) => barsIn({ commit: 'c', message }).length)).toEqual([1, 0]);
  });

  test('does nothing, whatever stands around (law)', () => {
    const word = fc.oneof(
      fc.constantFrom(...acting.map(([text]) => text)),
      fc.constantFrom(' ', '\n', ':', '(', '@', '#', '[', 'a', '\u200d', '\t'),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (words) => {
        const line = commitLine(words.join(''));
        expect(line).not.toMatch(/(?<![\p{L}\p{N}_])@[\p{L}\p{N}]|\[(?:skip|no|actions) (?:ci|skip)|\*{3}NO_CI/iu);
        expect(line).not.toMatch(/\b(?:fixes|closes|resolved|fix)[\s:]*(?:[\w.-]+\/[\w.-]+)?(?:#\d|gh-\d|https:\/)/iu);
      }),
    );
  });
});

test('the messages of a rollback do nothing that a reason, a subject or a name says', () => {
  const said = acting.map(([text]) => text).join(' ');
  const act = { by: said, at: '2026-01-01T00:00:00Z', run: null, reason: said };
  const back = rollback(v2, v1, { ...act, undo: act });
  const messages = [
    revertMessage('shop', back, [{ commit: '0'.repeat(40), subject: said }]),
    undoMessage('shop', back.from, act),
  ];
  for (const message of messages) {
    expect(message.replaceAll(BREAK, '')).toContain(said);
    for (const [, acts] of acting) expect(message).not.toMatch(acts);
  }
});
