import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textOf } from '../../src/config/encoding.ts';
import { readYaml } from '../../src/config/yaml.ts';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const problems = (bytes: Uint8Array) =>
  readYaml({ file: 'a.yaml', text: textOf(bytes) }).problems.map(
    ({ message, hint, at }) => `${at?.line}:${at?.column} ${message} -> ${hint}`,
  );

test.each<[string, Uint8Array, string]>([
  ['Latin-1', latin1('a: b\nc: caf\xe9\n'), '2:7 the byte 0xE9 is not UTF-8 -> save the file as UTF-8'],
  ['Latin-1 in a comment', latin1('# \xfc\na: b\n'), '1:3 the byte 0xFC is not UTF-8'],
  ['Latin-1 in JSON', latin1('{"a": "caf\xe9"}'), '1:11 the byte 0xE9 is not UTF-8'],
  ['Latin-1 behind a replacement character', Buffer.concat([Buffer.from('a: "\ufffd'), latin1('\xe9"')]), '0xE9'],
  ['an overlong form', latin1('a: "\xc0\xaf"'), '1:5 the byte 0xC0 is not UTF-8'],
  ['a character that is cut off', Buffer.from('a: €').subarray(0, -1), '1:4 the byte 0xE2 is not UTF-8'],
  [
    'UTF-16 without a mark',
    Buffer.from('a: b\n', 'utf16le'),
    '1:2 the character U+0000 is not allowed in YAML -> the file is no text, or is UTF-16',
  ],
  ['zero bytes at the end', Buffer.from('a: b\n\0\0'), 'the file is no text, or is UTF-16'],
])('%s is no text that can be read, and is told', (_, bytes, told) => {
  expect(problems(bytes)).toEqual([expect.stringContaining(told)]);
});

test('a replacement character that is written is read as it is', () => {
  expect(textOf(Buffer.from('a: \ufffd€\ufffd'))).toBe('a: \ufffd€\ufffd');
  expect(problems(Buffer.from('a: "\ufffd"'))).toEqual([]);
});

test('for all bytes: what is UTF-8 is read as it is, and all else is refused', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.string({ unit: 'binary' }).map((text) => new TextEncoder().encode(text)),
    fc
      .array(fc.constantFrom(0x61, 0xef, 0xbf, 0xbd, 0xe9, 0xc0, 0xf0), { maxLength: 12 })
      .map((all) => Uint8Array.from(all)),
  );
  fc.assert(
    fc.property(bytes, (all) => {
      if ((all[0] === 0xff && all[1] === 0xfe) || (all[0] === 0xfe && all[1] === 0xff)) return;
      let expected: string | null = null;
      try {
        expected = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(all);
      } catch {}
      const text = textOf(all);
      if (expected === null) expect(text).toMatch(/\p{Surrogate}/u);
      else expect(text).toBe(expected);
    }),
    { numRuns: 500 },
  );
});
