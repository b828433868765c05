import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { withItem, withoutKey, withPair, withValue } from '../../src/config/yaml-edit.ts';

const file = (text: string) => ({ file: 'x.yaml', text });
const at = (path: string, document = 0) => ({
  document,
  path: path.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
});

describe('a value', () => {
  test.each<[string, string, string, string, string]>([
    ['plain, with a comment', 'a: v1 # why\nb: 2\n', 'a', 'v2', 'a: v2 # why\nb: 2\n'],
    ['in double quotes', 'a: "v1"\n', 'a', 'v2', 'a: "v2"\n'],
    ['in single quotes', "a: 'v1'\n", 'a', 'v2', "a: 'v2'\n"],
    ['that would be a number', 'a: v1\n', 'a', '1.10', 'a: "1.10"\n'],
    ['that would be a word of YAML', 'a: v1\n', 'a', 'on', 'a: "on"\n'],
    ['that some readers take for a number', 'a: v1\n', 'a', 'e0', 'a: "e0"\n'],
    ['that looks like a version', 'a: v1\n', 'a', '1.10.0', 'a: 1.10.0\n'],
    [
      'of a list, in flow style',
      'a: [{ b: v1, c: 2 }, { b: v1 }]\n',
      'a.1.b',
      'v2',
      'a: [{ b: v1, c: 2 }, { b: v2 }]\n',
    ],
    ['of a second document', 'a: 1\n---\na: v1\n', 'a', 'v2', 'a: 1\n---\na: v2\n'],
    ['of JSON', '{"a": {"b": "v1"}}\n', 'a.b', 'v2', '{"a": {"b": "v2"}}\n'],
    ['that is empty', 'a:\nb: 1\n', 'a', 'v2', 'a: v2\nb: 1\n'],
    ['behind an anchor', 'a: &x v1\nb: *x\n', 'a', 'v2', 'a: &x v2\nb: *x\n'],
    ['with line ends of Windows', 'a: v1\r\nb: 2\r\n', 'a', 'v2', 'a: v2\r\nb: 2\r\n'],
    [
      'that is missing',
      'a:\n  # first\n  b: 1 # one\n  c: 2\n',
      'a.d',
      'v2',
      'a:\n  # first\n  b: 1 # one\n  d: v2\n  c: 2\n',
    ],
    ['that is missing behind a map', 'a:\n  b: { c: 1 }\n', 'a.d', 'v2', 'a:\n  d: v2\n  b: { c: 1 }\n'],
    ['that is missing at the end', 'a:\n  b: 1', 'a.d', 'v2', 'a:\n  b: 1\n  d: v2\n'],
    ['that is missing in an item', 'a:\n  - b: 1\n    c: 2\n', 'a.0.d', 'v2', 'a:\n  - b: 1\n    d: v2\n    c: 2\n'],
    ['that is missing in flow style', 'a: { b: 1 }\n', 'a.d.e', 'v2', 'a: { b: 1, d: { e: v2 } }\n'],
    ['that is missing in an empty map', 'a: {}\n', 'a.d', 'v2', 'a: { d: v2 }\n'],
    ['whose map is missing', 'x: 1\n', 'a.b', 'v2', 'x: 1\na:\n  b: v2\n'],
    ['of an empty file', '', 'a.b', 'v2', 'a:\n  b: v2\n'],
    ['of a file of comments', '# none\n', 'a.b', 'v2', '# none\na:\n  b: v2\n'],
  ])('%s', (_, text, path, value, expected) => {
    expect(withValue(file(text), at(path, text.includes('---') ? 1 : 0), value)).toBe(expected);
  });

  test.each([
    ['an alias', 'a: &x v1\nb: *x\n', 'b', 'b in x.yaml is an alias'],
    ['a block of text', 'a: |\n  v1\n', 'a', 'a in x.yaml has no text'],
    ['a map', 'a: { b: 1 }\n', 'a', 'a in x.yaml has no text'],
    ['below a text', 'a: 1\n', 'a.b', 'a.b in x.yaml has no text'],
  ])('that is %s is refused', (_, text, path, message) => {
    expect(() => withValue(file(text), at(path), 'v2')).toThrow(message);
  });

  test('is read back as it was given, and the rest as before (law)', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,11}$/);
    fc.assert(
      fc.property(
        word,
        word,
        fc.constantFrom('a: $ # x\nb: 1\n', 'a: "$"\nb: 1\n', "{a: '$', b: 1}", 'b: 1\n'),
        (old, value, template) => {
          const text = template.replace('$', old);
          const edited = withValue(file(text), at('a'), value);
          // By the rules of kubectl, which are those of YAML 1.1.
          expect(parse(edited, { version: '1.1' })).toEqual({ a: value, b: 1 });
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('a key', () => {
  test.each([
    ['of its own line', 'a:\n  b: 1\n  c: 2 # two\n  d: 3\n', 'a.c', 'a:\n  b: 1\n  d: 3\n'],
    ['behind a dash', 'a:\n  - b: 1\n    c: 2\n', 'a.0.b', 'a:\n  - c: 2\n'],
    ['at the end', 'a:\n  b: 1\n  c: 2', 'a.c', 'a:\n  b: 1\n'],
    ['first in flow style', 'a: { b: 1, c: 2 }\n', 'a.b', 'a: { c: 2 }\n'],
    ['last in flow style', 'a: { b: 1, c: 2 }\n', 'a.c', 'a: { b: 1 }\n'],
    ['that is not there', 'a: 1\n', 'b', 'a: 1\n'],
  ])('%s is taken out', (_, text, path, expected) => {
    expect(withoutKey(file(text), at(path))).toBe(expected);
  });

  test('takes the place of another', () => {
    expect(withPair(file('a:\n  - name: x\n    newTag: "v1" # why\n'), at('a.0.newTag'), 'digest', 'sha256:1')).toBe(
      'a:\n  - name: x\n    digest: "sha256:1" # why\n',
    );
  });
});

test.each([
  ['a list that is missing', 'resources: [a]', 'resources: [a]\nimages:\n  - name: x\n    newTag: v2\n'],
  ['a list', 'images:\n# first\n- name: a\n', 'images:\n# first\n- name: x\n  newTag: v2\n- name: a\n'],
  ['an indented list', 'images:\n  - name: a\n', 'images:\n  - name: x\n    newTag: v2\n  - name: a\n'],
  ['an empty list', 'images: []\n', 'images: [{ name: x, newTag: v2 }]\n'],
  ['a list in flow style', 'images: [{ name: a }]\n', 'images: [{ name: x, newTag: v2 }, { name: a }]\n'],
  ['an empty file', '', 'images:\n  - name: x\n    newTag: v2\n'],
])('an item is added to %s', (_, text, expected) => {
  expect(withItem(file(text), 'images', { name: 'x', newTag: 'v2' })).toBe(expected);
});
