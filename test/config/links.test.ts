import fc from 'fast-check';
import { expect, it } from 'vitest';
import { followLinks } from '../../src/config/links.ts';

const links = new Map([
  ['a/one.yaml', '../b/two.yaml'],
  ['folder', 'b'],
  ['far/deep', '../folder/inner'],
  ['again.yaml', 'a/one.yaml'],
  ['up', '..'],
  ['out', '../../x'],
  ['etc', '/etc'],
  ['self', 'self'],
  ['ping', 'pong'],
  ['pong', 'ping'],
  ['here', '.'],
  ['empty', ''],
  ['back', 'folder/../c.yaml'],
]);

it.each<[string, string, string[]]>([
  ['b/two.yaml', 'b/two.yaml', []],
  ['a/one.yaml', 'b/two.yaml', ['a/one.yaml']],
  ['folder/two.yaml', 'b/two.yaml', ['folder']],
  ['far/deep/x', 'b/inner/x', ['far/deep', 'folder']],
  ['again.yaml', 'b/two.yaml', ['again.yaml', 'a/one.yaml']],
  ['here/here/a/./x', 'a/x', ['here', 'here']],
  ['folder/../x', 'x', ['folder']],
  ['back', 'c.yaml', ['back', 'folder']],
])('%s is %s', (path, wanted, through) => {
  expect(followLinks(links, path)).toEqual({ is: 'inside', path: wanted, through });
});

it.each<[string, string, string]>([
  ['up', 'up', 'leads out of the repository'],
  ['out/y', 'out', 'leads out of the repository'],
  ['etc/passwd', 'etc', 'leads out of the repository'],
  ['self', 'self', 'leads to itself, or over too many other links'],
  ['ping/x', 'ping', 'leads to itself, or over too many other links'],
  ['empty', 'empty', 'leads nowhere'],
])('%s is refused at %s: it %s', (path, link, why) => {
  expect(followLinks(links, path)).toEqual({ is: 'refused', link, why });
});

it('never leads out of the repository, and ends for any links (law)', () => {
  const part = fc.constantFrom('a', 'b', 'c', '..', '.', '', 'd');
  const path = fc.array(part, { maxLength: 6 }).map((parts) => parts.join('/'));
  fc.assert(
    fc.property(fc.dictionary(path, path), path, (made, start) => {
      const followed = followLinks(new Map(Object.entries(made)), start);
      if (followed.is === 'inside') expect(`/${followed.path}/`).not.toMatch(/\/\.\.?\//);
    }),
    { numRuns: 1000 },
  );
});
