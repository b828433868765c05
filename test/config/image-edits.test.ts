import { describe, expect, test } from 'vitest';
import { type Image, imagesIn, imageText, isSameRepository, isWanted, parseImage } from '../../src/config/image.ts';
import {
  editsOfKustomization,
  editsOfManifests,
  editsOfValues,
  type ImageChange,
} from '../../src/config/image-edits.ts';
import { stringAt } from '../../src/release/json.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const old = `sha256:${'0'.repeat(64)}`;

describe('an image', () => {
  test.each<[string, Image | null]>([
    ['nginx', { repository: 'nginx', tag: null, digest: null }],
    ['ghcr.io/acme/shop:v1.2', { repository: 'ghcr.io/acme/shop', tag: 'v1.2', digest: null }],
    [`localhost:5000/shop@${digest}`, { repository: 'localhost:5000/shop', tag: null, digest }],
    [`a.example:5000/x/y:1@${digest}`, { repository: 'a.example:5000/x/y', tag: '1', digest }],
    ['shop@sha256:12', null],
    ['shop@', null],
    ['', null],
    ['a b', null],
    ['-x', null],
    ['a/../b', null],
    ['shop:', null],
  ])('%s', (text, expected) => {
    const found = parseImage(text);
    expect(found).toEqual(expected);
    if (found !== null) expect(imageText(found)).toBe(text);
  });

  test.each([
    ['nginx', 'docker.io/library/nginx', true],
    ['acme/shop', 'index.docker.io/acme/shop', true],
    ['shop', 'ghcr.io/acme/shop', false],
    ['localhost:5000/x', 'x', false],
  ])('%s and %s are one repository: %s', (left, right, is) => {
    expect(isSameRepository(left, right)).toBe(is);
  });

  test.each([
    [`shop:v1@${digest}`, `shop@${digest}`, true],
    [`shop:v1@${digest}`, `shop:v2@${digest}`, false],
    [`shop@${digest}`, 'shop:v1', false],
    ['shop:v1', 'docker.io/library/shop:v1', true],
  ])('%s is %s: %s', (found, wanted, is) => {
    const [left, right] = [parseImage(found), parseImage(wanted)];
    if (left === null || right === null) throw new Error('no image');
    expect(isWanted(left, right)).toBe(is);
  });

  test('is found in containers, and in parts that take its name from around it', () => {
    const found = imagesIn({
      metadata: { name: 'shop', image: 'no' },
      spec: {
        containers: [{ name: 'main', image: 'a' }],
        volumes: [{ name: 'v', image: { reference: 'no' } }],
        components: [{ name: 'web', properties: { image: 'b' } }],
      },
    });
    expect(found.map(({ container, image }) => `${container} ${image}`)).toEqual(['main a', 'web b']);
  });
});

const change = (current: string, wanted: string, container = 'main'): ImageChange => {
  const [from, to] = [parseImage(current), parseImage(wanted)];
  if (from === null || to === null) throw new Error('no image');
  return { container, current: from, wanted: to };
};

test('a manifest is edited where the object has the container', () => {
  const text = `# first
kind: Deployment
metadata: { name: other }
spec: { containers: [{ name: main, image: shop:v1 }] }
---
kind: Deployment
metadata: { name: shop }
spec:
  containers:
    - name: main
      image: "shop:v1" # the tag
    - { name: side, image: shop:v1 }
`;
  const files = [
    { file: 'a.yaml', text },
    { file: 'broken.yaml', text: 'a: [' },
  ];
  const isIts = (object: unknown) => stringAt(object, 'metadata', 'name') === 'shop';
  const edits = editsOfManifests(files, isIts, change('shop:v1', `shop@${digest}`));
  expect(edits.map((edit) => [...edit])).toEqual([
    [['a.yaml', text.replace('"shop:v1" # the tag', `"shop@${digest}" # the tag`)]],
  ]);
});

describe('a kustomization', () => {
  test.each<[string, string, string, string, string]>([
    [
      'a tag',
      'images:\n  - name: base\n    newName: shop\n    newTag: v1 # now\n',
      'shop:v1',
      'shop:v2',
      'images:\n  - name: base\n    newName: shop\n    newTag: v2 # now\n',
    ],
    [
      'a tag that becomes a digest',
      'images: [{ name: shop, newTag: v1 }]\n',
      'shop:v1',
      `shop@${digest}`,
      `images: [{ name: shop, digest: ${digest} }]\n`,
    ],
    [
      'a digest that becomes a tag',
      `images:\n- name: shop\n  digest: ${old}\n`,
      `shop@${old}`,
      'shop:v2',
      'images:\n- name: shop\n  newTag: v2\n',
    ],
    [
      'both',
      'images:\n- name: shop\n  newTag: v1\n',
      'shop:v1',
      `shop:v2@${digest}`,
      `images:\n- name: shop\n  digest: ${digest}\n  newTag: v2\n`,
    ],
    [
      'one of both',
      `images:\n- name: shop\n  newTag: v1\n  digest: ${old}\n`,
      `shop:v1@${old}`,
      `shop@${digest}`,
      `images:\n- name: shop\n  digest: ${digest}\n`,
    ],
    [
      'another repository',
      'images:\n- name: shop\n  newTag: v1\n',
      'shop:v1',
      'acme/shop:v1',
      'images:\n- name: shop\n  newName: acme/shop\n  newTag: v1\n',
    ],
    [
      'no entry',
      'resources: [shop.yaml]\n',
      'shop:v1',
      `shop@${digest}`,
      `resources: [shop.yaml]\nimages:\n  - name: shop\n    digest: ${digest}\n`,
    ],
    [
      'the entry of another image',
      'images:\n- name: other\n',
      'shop:v1',
      'shop:v2',
      'images:\n- name: shop\n  newTag: v2\n- name: other\n',
    ],
  ])('with %s', (_, text, current, wanted, expected) => {
    const edits = editsOfKustomization({ file: 'kustomization.yaml', text }, change(current, wanted));
    expect(edits.map((edit) => [...edit.values()])).toEqual([[expected]]);
  });
});

describe('the values of a chart', () => {
  const edits = (own: string, named: Readonly<Record<string, string>>, current: string, wanted: string) =>
    editsOfValues(
      { own: { file: 'values.yaml', text: own }, named: Object.entries(named).map(([file, text]) => ({ file, text })) },
      change(current, wanted),
    ).map((edit) => Object.fromEntries(edit));

  test.each<[string, string, Readonly<Record<string, string>>, string, string, readonly object[]]>([
    [
      'a tag',
      'image: { repository: shop, tag: v1 }\n',
      {},
      'shop:v1',
      'shop:v2',
      [{ 'values.yaml': 'image: { repository: shop, tag: v2 }\n' }],
    ],
    [
      'a file that has the tag',
      'image: { repository: shop }\n',
      { 'a.yaml': 'image:\n  tag: v1 # now\n', 'b.yaml': 'x: 1\n' },
      'shop:v1',
      'shop:v2',
      [{ 'a.yaml': 'image:\n  tag: v2 # now\n' }],
    ],
    [
      'a file of its own, where only the chart has a tag',
      'image: { repository: shop, tag: v1 }\n',
      { 'b.yaml': 'x: 1\n' },
      'shop:v1',
      'shop:v2',
      [{ 'b.yaml': 'x: 1\nimage:\n  tag: v2\n' }],
    ],
    [
      'a digest',
      'image:\n  repository: shop\n  tag: v1\n  digest: ""\n',
      {},
      'shop:v1',
      `shop@${digest}`,
      [{ 'values.yaml': `image:\n  repository: shop\n  tag: v1\n  digest: "${digest}"\n` }],
    ],
    [
      'a digest that a tag replaces',
      `image:\n  repository: shop\n  tag: v1\n  digest: ${old}\n`,
      {},
      `shop@${old}`,
      'shop:v2',
      [{ 'values.yaml': 'image:\n  repository: shop\n  tag: v2\n  digest: ""\n' }],
    ],
    [
      'no digest, so that it goes behind the tag as a second guess',
      'image:\n  repository: shop\n  tag: v1\n',
      {},
      'shop:v1',
      `shop:v2@${digest}`,
      [
        { 'values.yaml': `image:\n  repository: shop\n  digest: ${digest}\n  tag: v2\n` },
        { 'values.yaml': `image:\n  repository: shop\n  tag: v2@${digest}\n` },
      ],
    ],
    [
      'a registry of its own',
      'image: { registry: ghcr.io, repository: acme/shop, tag: v1 }\n',
      {},
      'ghcr.io/acme/shop:v1',
      'quay.io/acme/shop:v2',
      [{ 'values.yaml': 'image: { registry: quay.io, repository: acme/shop, tag: v2 }\n' }],
    ],
    [
      'a registry for all',
      'global: { imageRegistry: ghcr.io }\nweb: { image: { repository: acme/shop, tag: v1 } }\n',
      {},
      'ghcr.io/acme/shop:v1',
      'ghcr.io/acme/shop:v2',
      [{ 'values.yaml': 'global: { imageRegistry: ghcr.io }\nweb: { image: { repository: acme/shop, tag: v2 } }\n' }],
    ],
    ['a text', 'image: shop:v1\n', {}, 'shop:v1', `shop@${digest}`, [{ 'values.yaml': `image: shop@${digest}\n` }]],
    ['none of these', 'shop: { tag: v1 }\n', {}, 'shop:v1', 'shop:v2', []],
  ])('with %s', (_, own, named, current, wanted, expected) => {
    expect(edits(own, named, current, wanted)).toEqual(expected);
  });
});
