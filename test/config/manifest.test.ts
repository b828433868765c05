import { expect, it } from 'vitest';
import { type ManifestOptions, parseManifests } from '../../src/config/manifest.ts';
import { StepgateError } from '../../src/release/error.ts';
import type { Json } from '../../src/release/json.ts';

const plain = (value: Json) => JSON.parse(JSON.stringify(value));
const read = (...texts: string[]) => parseManifests(texts.map((text, index) => ({ file: `m${index}.yaml`, text })));
const head = 'apiVersion: v1\nkind: ConfigMap\n';
/** Files in each of which aliases add thirty thousand nodes, below the limit for one file. */
function many(count: number): string[] {
  const lists = `a: &a [${'x,'.repeat(100)}]\nb: &b [${'*a,'.repeat(30)}]\nc: [${'*b,'.repeat(10)}]`;
  return Array.from({ length: count }, (_, index) => `${map(`m${index}`)}${lists}\n`);
}
let texts = 0;
/** A text that aliases repeat to five million characters. */
function long(): string {
  texts += 1;
  return `${map(`t${texts}`)}data: { a: &a ${'x'.repeat(50_000)}, ${Array.from({ length: 100 }, (_, index) => `k${index}: *a`).join(', ')} }\n`;
}
const map = (name: string, more = '') => `${head}metadata: { name: ${name}${more} }\n`;

it('reads objects of several files with where they are, opens lists, drops status and empty documents', () => {
  const list = `apiVersion: v1\nkind: List\nitems:\n- ${map('c').replaceAll('\n', '\n  ')}`;
  const found = read(`# nothing\n---\n${map('a')}status: { x: 1 }\n---\n---\n${map('b')}`, list);
  expect(found.map(({ object, at }) => [plain(object), `${at.file}:${at.line}`])).toEqual([
    [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }, 'm0.yaml:3'],
    [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } }, 'm0.yaml:9'],
    [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } }, 'm1.yaml:4'],
  ]);
});

it('opens lists of a kind, and lists in lists', () => {
  const inner = `{ apiVersion: v1, kind: ConfigMapList, items: [{ ${head.replaceAll('\n', ', ')} metadata: { name: a } }] }`;
  expect(read(`apiVersion: v1\nkind: List\nitems: [${inner}]`)).toHaveLength(1);
  expect(read('apiVersion: v1\nkind: List\nitems: []')).toEqual([]);
});

it('tells where an item of a list of a kind is wrong', () => {
  const list = 'apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: { name: a }\n- data: { a: b }\n';
  expect(() => read(list)).toThrow('metadata.name of ConfigMap is nothing');
  expect(() => read('apiVersion: v1\nkind: List\nitems:\n- metadata: { name: a }')).toThrow('apiVersion of the object');
});

it('takes many large objects, which are no more than the source may be', () => {
  const large = (name: string) => `${map(name)}data:\n  a: |\n${`    ${'x'.repeat(99)}\n`.repeat(10_000)}`;
  expect(read([large('a'), large('b'), large('c'), large('d')].join('---\n'))).toHaveLength(4);
});

it.each<[string, string[], string[], ManifestOptions?]>([
  ['no object', ['hello'], ['m0.yaml:1:1 SOURCE_INVALID found a text instead of']],
  ['a list of text', ['[a]'], ['m0.yaml:1:1 SOURCE_INVALID found a list instead of']],
  ['an item that is nothing', ['apiVersion: v1\nkind: List\nitems:\n- '], ['SOURCE_INVALID found nothing instead of']],
  ['no kind', ['apiVersion: v1\nmetadata: { name: a }'], ['m0.yaml:1:1 SOURCE_INVALID kind of the object is nothing']],
  ['no apiVersion', ['kind: A\nmetadata: { name: a }'], ['SOURCE_INVALID apiVersion of A is nothing']],
  ['no name', [`${head}metadata: {}`], ['m0.yaml:3:1 SOURCE_INVALID metadata.name of ConfigMap is nothing']],
  ['no metadata', [head], ['SOURCE_INVALID metadata.name of ConfigMap is nothing']],
  ['a number as name', [map('1')], ['m0.yaml:3:19 SOURCE_INVALID metadata.name of ConfigMap is the number 1']],
  ['a path as name', [map('../x')], ['metadata.name of ConfigMap is "../x"']],
  ['dots as name', [map('..')], ['metadata.name of ConfigMap is ".."']],
  ['a bad namespace', [map('a', ', namespace: A')], ['metadata.namespace of ConfigMap is "A"']],
  [
    'generateName',
    [`${head}metadata: { generateName: a- }`],
    ['m0.yaml:3:27 SOURCE_INVALID ConfigMap has a generateName'],
  ],
  [
    'a label that is no text',
    [map('a', ', labels: { on-call: yes }')],
    ['m0.yaml:3:41 SOURCE_INVALID metadata.labels of ConfigMap has "on-call" as a boolean'],
  ],
  [
    'one object twice',
    [map('a'), map('a')],
    ['m1.yaml:1:1 SOURCE_INVALID ConfigMap a is there twice, first at m0.yaml:1'],
  ],
  [
    'twice in two versions',
    [map('a').replace('v1', 'apps/v1'), map('a').replace('v1', 'apps/v1beta1')],
    ['ConfigMap a is there twice'],
  ],
  [
    'twice in two spellings',
    [map('a'), map('a', ', namespace: web')],
    ['ConfigMap a is there twice'],
    { namespace: 'web' },
  ],
  [
    'many',
    [`${map('a')}---\n${map('b')}---\n${map('c')}`],
    ['m0.yaml:9:1 SOURCE_INVALID the source has more than 2 objects'],
    { maxObjects: 2 },
  ],
  [
    'much in all files together',
    [map('a'), map('b', `, x: ${'y'.repeat(60)}`), map('c')],
    ['m1.yaml:null:null SOURCE_INVALID the files up to this one are larger than 150 bytes together'],
    { maxTotal: 150 },
  ],
  [
    'aliases that are many together',
    many(5),
    ['m2.yaml:4:204 YAML_INVALID the aliases expand to too many nodes', 'm3.yaml', 'm4.yaml'],
  ],
  ['a long text that aliases repeat', [long(), long()], ['YAML_INVALID the aliases expand to too much text']],
  [
    'more keys and values than can be read in time',
    [`${map('a')}x: [${'a,'.repeat(1_000_000)}]`],
    ['YAML_INVALID the document has too many keys, values and lines'],
  ],
  ['broken YAML and more', ['a: [', 'hello'], ['m0.yaml:1:5 YAML_INVALID', 'm1.yaml:1:1 SOURCE_INVALID']],
  [
    'a pod that pollutes',
    [`${head}metadata: { name: a, __proto__: { polluted: 1 } }`],
    ['YAML_INVALID the key __proto__'],
  ],
])('refuses %s', (_, texts, expected, options = {}) => {
  let found: string[] = [];
  try {
    parseManifests(
      texts.map((text, index) => ({ file: `m${index}.yaml`, text })),
      options,
    );
  } catch (error) {
    if (!(error instanceof StepgateError)) throw error;
    found = error.problems.map(({ code, message, at }) => `${at?.file}:${at?.line}:${at?.column} ${code} ${message}`);
  }
  expect(found, found.join('\n')).toHaveLength(expected.length);
  for (const [index, fragment] of expected.entries()) expect(found[index]).toContain(fragment);
});

it('takes the same name in another namespace, kind or group', () => {
  expect(
    read(
      map('a'),
      map('a', ', namespace: web'),
      map('a').replace('ConfigMap', 'Secret'),
      map('a').replace('v1', 'x.io/v1'),
    ),
  ).toHaveLength(4);
});
