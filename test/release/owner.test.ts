import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../src/release/identity.ts';
import {
  COMMITS_MARK,
  DELIVERY_MARK,
  handedOver,
  type Mark,
  marked,
  markOf,
  markPatch,
  unmarked,
} from '../../src/release/owner.ts';

const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', annotations: { mine: 'x' } }, data: {} };
const hex = fc.stringMatching(/^[0-9a-f]{40}$/);
const name = fc.stringMatching(/^[a-z]{1,5}(@[a-z]{1,4})?$/);
const marks: fc.Arbitrary<Mark> = fc.record({
  owner: name,
  commits: fc
    .dictionary(name, hex, { maxKeys: 4, noNullPrototype: true })
    .map((found) => new Map(Object.entries(found))),
});
const seed = 15;

test('a mark is read back, and an object without it is what it was', () => {
  fc.assert(
    fc.property(marks, (mark) => {
      const made = marked(object, mark);
      expect(markOf(made).owner).toBe(mark.owner);
      expect(Object.fromEntries(markOf(made).commits)).toEqual(Object.fromEntries(mark.commits));
      expect(digestOf(unmarked(made))).toBe(digestOf(object));
    }),
    { seed },
  );
});

test.for([
  ['no object', null],
  ['no annotations', { metadata: {} }],
  ['broken JSON', { metadata: { annotations: { [COMMITS_MARK]: '{' } } }],
  ['a list', { metadata: { annotations: { [COMMITS_MARK]: '[1]' } } }],
  ['no commits', { metadata: { annotations: { [COMMITS_MARK]: '{"a":"main","b":1}' } } }],
] as const)('%s is no mark', ([, found]) => {
  expect(markOf(found)).toEqual({ owner: null, commits: new Map() });
});

describe('a mark is handed over', () => {
  const one = '1'.repeat(40);
  const two = '2'.repeat(40);
  test.for<[string, Record<string, string>, string, Record<string, string>]>([
    ['a', { a: one }, 'b', { b: one }],
    ['a', { a: one, c: two }, 'b', { b: one, c: two }],
    ['c', { a: one, c: two }, 'c', { b: one, c: two }],
    ['a', {}, 'b', {}],
    ['a', { a: one, b: two }, 'b', { b: two }],
  ])('%s %j becomes %s %j', ([owner, commits, next, after]) => {
    const found = handedOver({ owner, commits: new Map(Object.entries(commits)) }, 'a', 'b');
    expect([found?.owner, Object.fromEntries(found?.commits ?? [])]).toEqual([next, after]);
  });

  test('not where it is another one', () => {
    expect(handedOver({ owner: 'c', commits: new Map([['c', one]]) }, 'a', 'b')).toBe(null);
  });

  test('by a patch that tests what was there', () => {
    const live = marked(object, { owner: 'a', commits: new Map([['a', one]]) });
    const text = (of: string) => JSON.stringify({ [of]: one });
    const [owner, commits] = [DELIVERY_MARK, COMMITS_MARK].map(
      (key) => `/metadata/annotations/${key.replace('/', '~1')}`,
    );
    expect(markPatch(live, { owner: 'b', commits: new Map([['b', one]]) })).toEqual([
      { op: 'test', path: owner, value: 'a' },
      { op: 'replace', path: owner, value: 'b' },
      { op: 'test', path: commits, value: text('a') },
      { op: 'replace', path: commits, value: text('b') },
    ]);
  });
});
