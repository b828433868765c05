import fc from 'fast-check';
import { expect, it } from 'vitest';
import { limits } from '../../src/config/guard.ts';
import { parseOneYaml, parseYaml, readYaml, reread } from '../../src/config/yaml.ts';
import { printYaml } from '../../src/policy/print.ts';
import type { Json } from '../../src/release/json.ts';
import recorded from './kubectl-scalars.json' with { type: 'json' };

/** Null-prototype maps compared as what they hold. */
const plain = (value: Json | undefined): unknown => JSON.parse(JSON.stringify(value ?? null));
const one = (text: string) => plain(parseYaml({ file: 'a.yaml', text })[0]?.value);
const problemOf = (text: string) => {
  const { problems } = readYaml({ file: 'a.yaml', text });
  return problems.map(({ code, message, at }) => `${code} ${at?.line}:${at?.column} ${message}`);
};

// Recorded from sigs.k8s.io/yaml v1.6.0 (go.yaml.in/yaml/v2 v2.4.2), which kubectl reads with.
it.each(recorded as [string, Json][])('reads the scalar %j as kubectl does', (text, value) => {
  expect(one(`a: ${text}`)).toEqual({ a: value });
});

it.each<[string, Json]>([
  ['on: 1\n"on": 2', { true: 1, on: 2 }],
  ['8080: a\n0x10: b', { 8080: 'a', 16: 'b' }],
  ['a: &x {k: 1}\nb: {<<: *x, l: 2}', { a: { k: 1 }, b: { k: 1, l: 2 } }],
  ['a: &x {k: 1}\nb: {<<: *x, k: 2}', { a: { k: 1 }, b: { k: 2 } }],
  [
    'a: [&x {k: 1, m: 1}, &y {k: 2, o: 2}]\nb: {<<: [*x, *y]}',
    {
      a: [
        { k: 1, m: 1 },
        { k: 2, o: 2 },
      ],
      b: { k: 1, m: 1, o: 2 },
    },
  ],
  ['"<<": {k: 1}', { '<<': { k: 1 } }],
  ['a: &x 1\nb: &y [*x]\nc: &x 2\nd: *y\ne: *x', { a: 1, b: [1], c: 2, d: [1], e: 2 }],
  ['%YAML 1.1\n---\na: yes', { a: true }],
  ['\ufeff%YAML 1.1\n---\na: yes', { a: true }],
  ['a: |\n  no newline at the end', { a: 'no newline at the end\n' }],
  ['\ufeffa: 1', { a: 1 }],
])('reads %j', (text, value) => {
  expect(one(text)).toEqual(value);
});

it('reads keys as they are written where that is asked for', () => {
  const [document] = parseYaml({ file: 'a.yaml', text: 'on: 1\nno: 2\n010: 3', keys: 'text' });
  expect(plain(document?.value)).toEqual({ on: 1, no: 2, '010': 3 });
});

it('lets own keys win over merged ones at any position where keys are read as they are written', () => {
  const read = (text: string) => plain(parseYaml({ file: 'a.yaml', text, keys: 'text' })[0]?.value);
  expect(read('a: &x {k: 1}\nb: {k: 2, <<: *x}')).toEqual({ a: { k: 1 }, b: { k: 2 } });
  expect(() => read('a: &x {k: 1}\nb: {<<: *x, <<: *x}')).toThrow('the key << is there twice');
});

it.each<[string, string, string]>([
  ['duplicate', 'a: 1\nb: 2\na: 3', 'YAML_INVALID 3:1 this map has the key "a" twice'],
  [
    'a conflict of a merge',
    'a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> other\n',
    'YAML_INVALID 2:1 a conflict of a merge is not resolved here',
  ],
  ['duplicate after conversion', '1: a\n"1": b', 'YAML_INVALID 2:1 this map has the key "1" twice'],
  ['__proto__', 'a:\n  __proto__: {polluted: 1}', 'YAML_INVALID 2:3 the key __proto__ is not allowed'],
  ['quoted __proto__', '"__proto__": 1', 'YAML_INVALID 1:1 the key __proto__ is not allowed'],
  ['aliased __proto__', 'a: &k __proto__\n*k : {polluted: 1}', 'YAML_INVALID 2:1 the key __proto__ is not allowed'],
  ['merged __proto__', 'a: {<<: {__proto__: {polluted: 1}}}', 'YAML_INVALID 1:10 the key __proto__ is not allowed'],
  ['constructor', 'constructor: {prototype: {polluted: 1}}', 'YAML_INVALID 1:1 the key constructor is not allowed'],
  ['unknown tag', 'a: !!js/function "x"', 'YAML_INVALID 1:4 Unresolved tag'],
  ['local tag', 'a: !secret x', 'YAML_INVALID 1:4 Unresolved tag'],
  ['binary that is no base64', 'a: !!binary hi', 'YAML_INVALID 1:13 the value is no !!binary'],
  ['binary that is no text', 'a: !!binary /w==', 'YAML_INVALID 1:13 what this !!binary has is no text'],
  ['wrong tag', 'a: !!int x', 'YAML_INVALID 1:10 the value is no !!int'],
  ['infinity', 'a: .inf', 'YAML_INVALID 1:4 .inf is not a number'],
  ['nan', 'a: .NaN', 'YAML_INVALID 1:4 .NaN is not a number'],
  ['large integer', 'a: 9007199254740993', 'YAML_INVALID 1:4 the number has more digits'],
  ['null key', '~: 1', 'YAML_INVALID 1:1 ~ can not be a key'],
  ['integer key of 64 bits', '9223372036854775808: 1', 'YAML_INVALID 1:1 9223372036854775808 can not be a key'],
  ['list key', '[a]: 1', 'YAML_INVALID 1:1 a map or list can not be a key'],
  ['list as explicit key', 'b: 1\n? [a]\n: 1', 'YAML_INVALID 2:3 a map or list can not be a key'],
  ['text after an explicit key', "? 'a'b\n: 1", 'YAML_INVALID 1:6 a key with "?" ends before this'],
  ['list after an explicit key', '? |\n- a', 'YAML_INVALID 2:1 a key with "?" ends before this'],
  ['merge of nothing', 'a: {<<: , b: 1}', 'YAML_INVALID 1:9 only a map, or a list of maps'],
  ['half of a character', 'a: "\\ud800"', 'YAML_INVALID 1:4 an escape is half of a character'],
  ['half of a key', '"\\ud800": 1', 'YAML_INVALID 1:1 an escape is half of a character'],
  ['JSON number that is too large', '{"a": 1e400}', 'YAML_INVALID 1:7 1e400 is no number that can be kept'],
  ['duplicate in JSON', '{"a": 1}{"a": 1,\n"a": 2}', 'YAML_INVALID 2:1 this map has the key "a" twice'],
  ['__proto__ in JSON', '{"a": {"__proto__": 1}}', 'YAML_INVALID 1:8 the key __proto__ is not allowed'],
  ['text between JSON', '{"a": 1} b {"a": 2}', 'YAML_INVALID 1:10 '],
  ['byte order mark inside', 'a: 1\n\ufeffb: 2', 'YAML_INVALID 2:1 the character U+FEFF'],
  ['merge of a scalar', 'a: {<<: 1}', 'YAML_INVALID 1:9 only a map'],
  ['alias without anchor', 'a: *b', 'YAML_INVALID 1:4 the document has no anchor of this name'],
  ['anchor in itself', 'a: &a [*a]', 'YAML_INVALID 1:8 the anchor &a contains itself'],
  ['merge of itself', 'a: &a {<<: *a}', 'YAML_INVALID 1:12 the anchor &a contains itself'],
  ['control character', 'a: 1\nb: "\u0007"', 'YAML_INVALID 2:5 the character U+0007'],
  ['line separator', 'a: x\u2028b: 1', 'YAML_INVALID 1:5 the character U+2028'],
  ['lone surrogate', 'a: \ud800', 'YAML_INVALID 1:4 the character U+D800'],
  ['tab', 'a:\n\t- b', 'YAML_INVALID 2:1 '],
  ['a lone bracket', ']', 'YAML_INVALID 1:1 '],
  ['many brackets', ']'.repeat(500_000), 'YAML_INVALID 1:1 '],
  ['many directives', '%\n'.repeat(300_000), 'YAML_INVALID 1:1 '],
  ['unclosed', 'a: [1', 'YAML_INVALID 1:'],
  ['directive without a document', '%FOO bar', 'YAML_INVALID 1:1 a line with %'],
  ['large', `a: ${'x'.repeat(limits.bytes)}`, 'YAML_INVALID 1:1 the file is larger'],
  ['large in bytes', `a: ${'ä'.repeat(limits.bytes / 2)}`, 'YAML_INVALID 1:1 the file is larger'],
  ['many documents', '---\n'.repeat(limits.documents + 1), 'YAML_INVALID 4001:1 the file has more than 4000 documents'],
  ['many JSON objects', '{}'.repeat(300_000), 'YAML_INVALID 1:8001 the file has more than 4000 documents'],
  ['many open JSON objects', '{"a":'.repeat(150_000), 'nested more than 64'],
  ['many marks', '---\n\ufeffa\n'.repeat(90_000), 'the file has more than 4000 documents'],
  ['deep lists', '['.repeat(200_000), 'YAML_INVALID 1:65 maps and lists are nested more than 64'],
  ['deep maps', '{a: '.repeat(70), 'YAML_INVALID 1:257 maps and lists are nested more than 64'],
  ['deep block', '- '.repeat(100_000), 'YAML_INVALID 1:129 maps and lists are nested more than 64'],
  ['deep by aliases', deepAliases(), 'nested more than 64'],
  ['alias bomb', bomb(), 'expand to too many nodes'],
  ['merge bomb', mergeBomb(), 'expand to too many nodes'],
  ['many tags', '!a '.repeat(300_000), 'YAML_INVALID 1:'],
  ['many commas', `[${','.repeat(300_000)}`, 'YAML_INVALID 1:'],
])('refuses %s, in time', (_, text, problem) => {
  const before = Object.getOwnPropertyNames(Object.prototype).join();
  const started = process.cpuUsage();
  const found = problemOf(text);
  // What this process worked, not what it waited for on a busy machine.
  expect(process.cpuUsage(started).user / 1000).toBeLessThan(8000);
  expect(found[0]).toContain(problem);
  expect(found.length).toBeLessThanOrEqual(limits.problems);
  expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(before);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

/** Passwords that are not in quotes, behind signs that YAML reads. */
it.each([
  'a: !canary49',
  'a: !c!canary49 x',
  'a: !<canary49> b',
  'a: *canary49',
  'a: &a [*canary49]',
  'a: ]canary49',
  'a: }canary49',
  'a: |canary49\n  x',
  'a: >5canary49\n',
  'a: %canary49',
  'a: @canary49',
  '%canary49\na: b',
  'a: "\\canary49"',
  'a: "x" canary49',
  'a: !!int canary49',
  'a: !!binary canary49!',
  'a: 494949494949494949',
  'a: [canary49',
  'a: {canary49',
  'a: "canary49',
])('says of %j where it is, and repeats none of it', (text) => {
  const found = problemOf(text);
  expect(found[0]).toMatch(/^YAML_INVALID \d+:\d+ \S/u);
  expect(found.join('\n')).not.toMatch(/canary|49/u);
});

it('gives maps without a prototype, and each alias its own copy', () => {
  const value = parseYaml({ file: 'a.yaml', text: 'a: &x {b: 1}\nc: *x' })[0]?.value as Record<string, object>;
  expect(Object.getPrototypeOf(value)).toBeNull();
  expect(value['a']).toEqual(value['c']);
  expect(value['a']).not.toBe(value['c']);
});

it('tells where things are', () => {
  const text = [
    '# comment',
    'a:',
    '  - name: x',
    '    list: [1, two]',
    'b: &b {k: 1}',
    'c: {<<: *b}',
    '---',
    'second: 1',
  ];
  const [document, second] = parseYaml({ file: 'f.yaml', text: text.join('\n') });
  const place = (path: (string | number)[], of: 'key' | 'value' = 'value') => {
    const at = document?.place(path, of);
    return `${at?.file}:${at?.line}:${at?.column}`;
  };
  expect(place(['a', 0, 'name'])).toBe('f.yaml:3:11');
  expect(place(['a', 0, 'name'], 'key')).toBe('f.yaml:3:5');
  expect(place(['a', 0, 'list', 1])).toBe('f.yaml:4:15');
  expect(place(['a', 0, 'missing'])).toBe('f.yaml:3:5');
  expect(place(['a', 'missing'])).toBe('f.yaml:2:1');
  expect(place(['missing'])).toBe('f.yaml:2:1');
  expect(place(['c', 'k'])).toBe('f.yaml:5:11');
  expect(second?.place(['second'])).toEqual({ file: 'f.yaml', line: 8, column: 9 });
});

it('reads JSON objects in a row as JSON, and says where they are', () => {
  const separators = fc.constantFrom('', '\n', '\r\n\t', ' ', '\n---\n', '\n--- # next\n\ufeff');
  const space = fc.constantFrom(undefined, ' ', '\t', 4);
  const object = fc.dictionary(
    fc
      .string({ unit: 'binary', maxLength: 20 })
      .filter((key) => !['__proto__', 'constructor', 'prototype'].includes(key)),
    fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string())),
  );
  fc.assert(
    fc.property(fc.array(object, { minLength: 1, maxLength: 4 }), separators, space, (objects, separator, indent) => {
      const texts = objects.map((one) => JSON.stringify(one, null, indent));
      const text = texts.join(separator);
      const { documents, problems } = readYaml({ file: 'a.yaml', text });
      expect(problems).toEqual([]);
      expect(documents.map(({ value }) => plain(value))).toEqual(objects);
      const last = text.slice(0, text.length - (texts.at(-1) ?? '').length);
      expect(documents.at(-1)?.place([])).toMatchObject({
        line: last.split('\n').length,
        column: last.length - last.lastIndexOf('\n'),
      });
    }),
    { numRuns: 300 },
  );
});

const text = fc.oneof(fc.string(), fc.stringMatching(/^[-+0-9._xXoObBeEyYnNtfF~<:]{1,6}$/));
const json = fc.letrec((tie) => ({
  any: fc.oneof({ depthSize: 'small' }, text, fc.integer(), fc.boolean(), fc.constant(null), tie('list'), tie('map')),
  list: fc.array(tie('any'), { maxLength: 4 }),
  map: fc.dictionary(
    text.filter((key) => !['__proto__', 'constructor', 'prototype'].includes(key)),
    tie('any'),
    { maxKeys: 4 },
  ),
})).any;

it('reads back whatever it prints', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(one(printYaml(value as Json))).toEqual(plain(value as Json));
    }),
    { numRuns: 300 },
  );
});

it('never throws for a text, and always says where', () => {
  const piece = fc.constantFrom(
    'a: ',
    '- ',
    '\n',
    '  ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '&x ',
    '*x',
    '<<: ',
    '? ',
    '|\n',
    '"',
    "'",
    '!!str ',
    '---\n',
    '%',
    '#',
    'k',
    '1',
    '\t',
    '\u0000',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      for (const { code, at } of readYaml({ file: 'a.yaml', text: pieces.join('') }).problems) {
        expect(code).toBe('YAML_INVALID');
        expect(at?.line).toBeGreaterThan(0);
        expect(at?.column).toBeGreaterThan(0);
      }
    }),
    { numRuns: 1000 },
  );
});

function deepAliases(): string {
  const lines = ['a0: &a0 x'];
  for (let index = 1; index < 80; index++) lines.push(`a${index}: &a${index} [*a${index - 1}]`);
  return lines.join('\n');
}

function bomb(): string {
  const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x]'];
  for (let index = 1; index < 9; index++) {
    lines.push(
      `a${index}: &a${index} [${Array(9)
        .fill(`*a${index - 1}`)
        .join(',')}]`,
    );
  }
  return lines.join('\n');
}

function mergeBomb(): string {
  const lines = ['a0: &a0 {x: 1}'];
  for (let index = 1; index < 30; index++) lines.push(`a${index}: &a${index} {<<: [*a${index - 1}, *a${index - 1}]}`);
  return lines.join('\n');
}

it('gives the value and the places again of a document that was not kept', () => {
  const input = { file: 'a.yaml', text: 'on: 1\nsteps:\n  - { name: one }\n', keys: 'text' } as const;
  const [first, again] = [parseOneYaml(input), reread(input)];
  expect(again.file).toBe(first.file);
  expect(again.value).toEqual(first.value);
  for (const path of [[], ['on'], ['steps', 0, 'name'], ['steps', 5], ['none']])
    for (const of of ['key', 'value'] as const) expect(again.place(path, of)).toEqual(first.place(path, of));
});
