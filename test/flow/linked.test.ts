import { expect, it } from 'vitest';
import { matchingWithLinks } from '../../src/flow/linked.ts';

const files = ['base/cm.yaml', 'base/deep/x.yaml', 'deploy/shop.yaml', 'other/shop.yaml'];

function found(links: Record<string, string>, ...patterns: string[]) {
  const {
    files: paths,
    links: by,
    wrong,
  } = matchingWithLinks({ files, links: new Map(Object.entries(links)) }, patterns);
  return [
    paths.join(' '),
    by.join(' '),
    wrong.map(({ index, link }) => `${index} ${link?.path} ${link?.why}`).join(', '),
  ];
}

it.each<[string, Record<string, string>, string[], string[]]>([
  ['files', {}, ['deploy/*.yaml'], ['deploy/shop.yaml', '', '']],
  [
    'a link to a file',
    { 'deploy/cm.yaml': '../base/cm.yaml' },
    ['deploy/*.yaml'],
    ['base/cm.yaml deploy/shop.yaml', 'deploy/cm.yaml', ''],
  ],
  ['a link by its name', { 'cm.yaml': 'base/cm.yaml' }, ['cm.yaml'], ['base/cm.yaml', 'cm.yaml', '']],
  ['a linked folder', { live: 'base' }, ['live/*.yaml'], ['base/cm.yaml', 'live', '']],
  ['all below a linked folder', { live: 'base' }, ['live/**'], ['base/cm.yaml base/deep/x.yaml', 'live', '']],
  ['a folder in a linked folder', { 'x/live': '../base' }, ['*/live/*/x.yaml'], ['base/deep/x.yaml', 'x/live', '']],
  [
    'a link in a linked folder',
    { live: 'deploy', 'deploy/cm.yaml': '../base/cm.yaml' },
    ['live/*.yaml'],
    ['base/cm.yaml deploy/shop.yaml', 'live deploy/cm.yaml', ''],
  ],
  ['the root by a link', { 'deploy/root': '..' }, ['deploy/root/base/*.yaml'], ['base/cm.yaml', 'deploy/root', '']],
  [
    'one file by two names, once',
    { 'deploy/x.yaml': 'shop.yaml' },
    ['deploy/*.yaml'],
    ['deploy/shop.yaml', 'deploy/x.yaml', ''],
  ],
  ['no linked folder for **', { 'deploy/more': '../base' }, ['deploy/**/*.yaml'], ['deploy/shop.yaml', '', '']],
  ['no linked folder as a file', { 'deploy/more': '../base' }, ['deploy/*'], ['deploy/shop.yaml', '', '']],
  ['a link that the pattern leaves out', { 'deploy/gone': 'nowhere' }, ['deploy/*.yaml'], ['deploy/shop.yaml', '', '']],
  [
    'a pattern without a match',
    {},
    ['deploy/*.yaml', 'gone/*.yaml', 'b'],
    ['deploy/shop.yaml', '', '1 undefined undefined, 2 undefined undefined'],
  ],
  [
    'a link to nothing',
    { 'deploy/x.yaml': '../gone.yaml' },
    ['deploy/*.yaml'],
    ['deploy/shop.yaml', '', '0 deploy/x.yaml leads to nothing in the repository'],
  ],
  [
    'a link out of the repository',
    { 'deploy/x.yaml': '../../x.yaml' },
    ['deploy/*.yaml'],
    ['deploy/shop.yaml', '', '0 deploy/x.yaml leads out of the repository'],
  ],
  ['a folder outside', { live: '/etc' }, ['live/*.yaml'], ['', '', '0 live leads out of the repository']],
  [
    'links in a circle',
    { 'deploy/a.yaml': 'b.yaml', 'deploy/b.yaml': 'a.yaml' },
    ['deploy/a.yaml'],
    ['', '', '0 deploy/a.yaml leads to itself, or over too many other links'],
  ],
])('finds %s', (_, links, patterns, wanted) => {
  expect(found(links, ...patterns)).toEqual(wanted);
});

it('ends where links multiply the folders', () => {
  const links = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`l${index}`, '.']));
  const [, , wrong] = found(links, `${'*/'.repeat(12)}shop.yaml`);
  expect(wrong).toContain('is one of too many that lead to folders');
});
