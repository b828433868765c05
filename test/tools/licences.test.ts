import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { bundle } from '../../build.ts';
import { bundledFiles, licenceText } from '../../tools/licences.ts';
import { folder } from '../adapters/kubernetes/server.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The licences of packages in node_modules: the files of each by their names. A file `a.js` of each is in the bundle. */
async function textOf(packages: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<string> {
  await using made = await folder();
  for (const [name, files] of Object.entries(packages)) {
    const place = path.join(made.path, 'node_modules', name);
    await mkdir(place, { recursive: true });
    for (const [file, text] of Object.entries(files)) await writeFile(path.join(place, file), text);
  }
  return await licenceText(made.path, [
    'src/cli.ts',
    ...Object.keys(packages).map((name) => `node_modules/${name}/a.js`),
  ]);
}

const manifest = (name: string, license: unknown) => JSON.stringify({ name, version: '1.2.3', license });
const good = { 'package.json': manifest('good', 'MIT'), LICENSE: 'Free for all.\n' };

describe('the licences of what is in the bundle', () => {
  test('are the texts of its packages, sorted by name', async () => {
    const scoped = {
      'package.json': manifest('@b/c', 'Apache-2.0'),
      'LICENSE-APACHE': 'Terms.',
      'NOTICE.txt': 'By Ada.',
    };
    const text = await textOf({ good, '@b/c': scoped, 'good/node_modules/@b/c': scoped });
    const line = '-'.repeat(80);
    expect(text.split('\n').slice(1)).toEqual([
      ...['', line, '@b/c 1.2.3: Apache-2.0', line, '', 'Terms.', '', 'By Ada.', ''],
      ...[line, 'good 1.2.3: MIT', line, '', 'Free for all.', ''],
    ]);
  });

  test('are the same bytes on every machine', async () => {
    const crlf = { ...good, LICENSE: '\uFEFFFree for all. \r\n\r\n' };
    expect(await textOf({ good: crlf })).toBe(await textOf({ good }));
  });

  test.each([
    ['no licence', { 'package.json': manifest('bad', undefined), LICENSE: 'x' }, "the licence '' is none of"],
    ['another licence', { 'package.json': manifest('bad', 'GPL-3.0-only'), LICENSE: 'x' }, "'GPL-3.0-only' is none of"],
    ['a choice', { 'package.json': manifest('bad', '(MIT OR GPL-3.0-only)'), LICENSE: 'x' }, 'is none of'],
    ['a licence as a file', { 'package.json': manifest('bad', 'SEE LICENSE IN LICENSE'), LICENSE: 'x' }, 'is none of'],
    ['no text', { 'package.json': manifest('bad', 'MIT'), 'README.md': 'MIT' }, 'there is no file with the text'],
    ['a notice alone', { 'package.json': manifest('bad', 'MIT'), NOTICE: 'x' }, 'there is no file with the text'],
    ['an empty text', { 'package.json': manifest('bad', 'MIT'), LICENSE: ' \n' }, 'is empty'],
  ])('fail for a package with %s, which is named', async (_, bad, message) => {
    await expect(textOf({ good, bad })).rejects.toThrow(`bad 1.2.3 (node_modules/bad): `);
    await expect(textOf({ good, bad })).rejects.toThrow(message);
  });

  test('fail for all such packages at once', async () => {
    const bad = { 'package.json': '{}' };
    await expect(textOf({ one: bad, two: bad })).rejects.toThrow(/node_modules\/one.*\n.*node_modules\/two/);
  });

  test('are there for every package of this bundle, and for what else is of somebody else', async () => {
    const files = bundledFiles((await bundle('never-written')).metafile);
    const text = await licenceText(root, files);
    const names = [...text.matchAll(/^-{80}\n(\S+)(?: [\d.]+)?: \S+\n-{80}$/gm)].map(([, name = '']) => name);
    const folders = files.flatMap((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []);
    expect(names).toEqual([...new Set([...folders, 'kubernetes', 'llhttp'])].sort());
    expect(names).toContain('yaml');
    expect(await licenceText(root, files.toReversed())).toBe(text);
  });
});

test('a file without code in the bundle needs no licence', () => {
  const output = (inputs: Readonly<Record<string, { bytesInOutput: number }>>) => ({
    bytes: 0,
    inputs,
    imports: [],
    exports: [],
  });
  const outputs = {
    'a.js': output({ b: { bytesInOutput: 1 }, c: { bytesInOutput: 0 } }),
    'd.js': output({ a: { bytesInOutput: 2 }, b: { bytesInOutput: 3 } }),
  };
  expect(bundledFiles({ outputs })).toEqual(['a', 'b']);
});
