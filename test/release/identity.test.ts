import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOf, parseReleaseId, releaseId } from '../../src/release/identity.ts';
import { isObject, type Json } from '../../src/release/json.ts';

const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
const attempts = fc.integer({ min: 1, max: 100_000 });

test('digest: SHA-256 of canonical JSON', () => {
  // printf '%s' '{"a":[1,"x"],"b":null}' | sha256sum
  expect(digestOf({ b: null, a: [1, 'x'] })).toBe('854ef06dc57f5dfed10206344ab2d02e0b6c84b0e19436703a5afd0f1f9f2687');
});

test('digest: the order in which keys are written does not matter', () => {
  fc.assert(fc.property(json, (value) => digestOf(reversed(value)) === digestOf(value)));
});

test('digest: the order of a list does', () => {
  fc.assert(
    fc.property(json, json, (left, right) => {
      fc.pre(digestOf(left) !== digestOf(right));
      return digestOf([left, right]) !== digestOf([right, left]);
    }),
  );
});

test('digest: another value is another digest, a missing key is not null', () => {
  expect(digestOf({ replicas: 1 })).not.toBe(digestOf({ replicas: '1' }));
  expect(digestOf({})).not.toBe(digestOf({ key: null }));
});

test('id: the parts come back, and it is a label value', () => {
  fc.assert(
    fc.property(hex(40), hex(64), attempts, (commit, digest, attempt) => {
      const id = releaseId(commit, digest, attempt);
      expect(id).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
      expect(parseReleaseId(id)).toEqual({ commit: commit.slice(0, 10), digest: digest.slice(0, 8), attempt });
    }),
  );
});

test.each([
  [1, '0123456789-abcdef01'],
  [2, '0123456789-abcdef01-2'],
  [11, '0123456789-abcdef01-11'],
])('id: attempt %i is %s', (attempt, id) => {
  expect(releaseId(`0123456789${'0'.repeat(30)}`, `abcdef01${'0'.repeat(56)}`, attempt)).toBe(id);
});

test('id: whatever parses was made by releaseId', () => {
  const like = fc.tuple(hex(10), hex(8), fc.stringMatching(/^(-[0-9]{0,4})?$/)).map(([a, b, c]) => `${a}-${b}${c}`);
  fc.assert(
    fc.property(fc.oneof(like, fc.string()), (text) => {
      const parts = parseReleaseId(text);
      if (parts === null) return;
      const { commit, digest, attempt } = parts;
      expect(releaseId(commit.padEnd(40, '0'), digest.padEnd(64, '0'), attempt)).toBe(text);
    }),
  );
});

test.each([
  '',
  'r2',
  '7985cfdf7c',
  'rollback-7985cfdf7c',
  '0123456789-abcdef01-1',
  '0123456789-abcdef01-',
  '0123456789-ABCDEF01',
])("id: '%s' is not ours", (id) => {
  expect(parseReleaseId(id)).toBeNull();
});

test.each([
  ['a short commit', '0123456', 'a'.repeat(64), 1],
  ['a short digest', '0'.repeat(40), 'abc', 1],
  ['attempt 0', '0'.repeat(40), 'a'.repeat(64), 0],
  ['half an attempt', '0'.repeat(40), 'a'.repeat(64), 1.5],
])('id: %s is a defect', (_, commit, digest, attempt) => {
  expect(() => releaseId(commit, digest, attempt)).toThrow(TypeError);
});

function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, one]) => [key, reversed(one)]),
  );
}
