import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseManifests } from '../../src/config/manifest.ts';
import { toYaml } from '../../src/targets/kruise/render.ts';
import type { Row } from './kubectl.ts';
import recorded from './kubectl-manifests.json' with { type: 'json' };
import { tricky } from './tricky-strings.ts';

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const read = (text: string) => parseManifests([{ file: 'a.yaml', text }]).map(({ object }) => plain(object));

it('prints strings that kubectl reads as they are: the text is the one that it was asked about', () => {
  const row = (recorded as readonly Row[]).find(({ about }) => about === 'strings as they are printed');
  expect(row?.text).toBe(toYaml(tricky));
  expect(row?.reads).toEqual([plain(tricky)]);
  expect(read(toYaml(tricky))).toEqual([plain(tricky)]);
});

it.each<[string, string]>([
  ['shop', 'shop'],
  ['10m', '10m'],
  ['50%', '50%'],
  ['shop:v1.2', 'shop:v1.2'],
  ['http://a:80/b#c', 'http://a:80/b#c'],
  ['0b-1', '"0b-1"'],
  ['12:30', '"12:30"'],
  ['a\nb\n', '|\n  a\n  b'],
  ['a\r\nb', '"a\\r\\nb"'],
  ['x\u2028y', '"x\\u2028y"'],
  ['发布', '发布'],
])('prints %j as %s', (value, printed) => {
  expect(toYaml({ value })).toBe(`value: ${printed}\n`);
});

const pieces = fc.constantFrom(...' \n\t\r#:-?&*!|>%"\'\\{}[],.01xobeEyn_~\u0085\u2028\u007f\ufeffé发');
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: pieces, maxLength: 12 }),
  fc.stringMatching(/^[-+0-9._xXoObBeE:]{1,7}$/),
);

it('reads every string as it was printed, as a value, an item and a key', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 8 }), (texts) => {
      const keys = texts.filter((key) => !['__proto__', 'constructor', 'prototype'].includes(key));
      const object = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'c' },
        data: Object.fromEntries(texts.map((value, index) => [`k${index}`, value])),
        keys: Object.fromEntries(keys.map((key) => [key, 1])),
        list: texts,
      };
      const printed = toYaml(object);
      expect(printed).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/);
      expect(read(printed)).toEqual([object]);
    }),
    { numRuns: 500 },
  );
});
