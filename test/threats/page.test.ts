import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { titlesIn } from './titles.ts';

/** docs/security.md names the tests that hold each defence: they are there, under exactly these titles. */

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (name: string) => readFileSync(path.join(root, name), 'utf8');

interface Row {
  readonly number: number;
  readonly name: string;
  readonly defence: string;
  readonly held: string;
}

/** The rows of the table of threats. */
function rowsOf(page: string): readonly Row[] {
  return [...page.matchAll(/^\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)].map(
    ([, number, name = '', defence = '', held = '']) => ({ number: Number(number), name, defence, held }),
  );
}

/** The tests in a cell: a file, and behind it the titles of tests or groups in it. */
function namedIn(cell: string): readonly { readonly file: string; readonly title: string }[] {
  return [...cell.matchAll(/`(test\/[\w./-]+\.test\.ts)`:((?:,? \*[^*]+\*)+)/g)].flatMap(([, file = '', titles = '']) =>
    [...titles.matchAll(/\*([^*]+)\*/g)].map(([, title = '']) => ({ file, title })),
  );
}

const rows = rowsOf(read('docs/security.md'));

const known = new Map<string, readonly string[]>();
function titlesOf(file: string): readonly string[] {
  const titles = known.get(file) ?? titlesIn(read(file)).map(({ title }) => title);
  known.set(file, titles);
  return titles;
}

describe.each(rows)('threat $number: $name:', ({ defence, held }) => {
  test('the page has a defence, and names tests that are there', () => {
    const named = namedIn(held);
    expect(defence).toMatch(/^[A-Z*].*\.$/);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter(({ file, title }) => !titlesOf(file).includes(title))).toEqual([]);
    // Nothing in the cell is left over that is not one of them.
    expect(held.replace(/`test\/[\w./-]+\.test\.ts`:(?:,? \*[^*]+\*)+/g, '').replaceAll(/;| /g, '')).toBe('');
  });
});

test('SECURITY.md says how to report, and points to the table instead of having one of its own', () => {
  const policy = read('SECURITY.md');
  expect(policy).toContain('(docs/security.md)');
  expect(policy).toContain(`the ${rows.length} threats`);
  expect(rowsOf(policy)).toEqual([]);
  expect(read('docs/security.md')).toContain('(../SECURITY.md)');
  expect(policy).toMatch(/^## Report a vulnerability$[\s\S]*^## Supported versions$/m);
});

test('the table has every threat once, in order', () => {
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
});

test('the tests of this folder bear the number and the name of a threat, and the page names them', () => {
  const files = readdirSync(path.join(root, 'test/threats')).filter((name) => name.endsWith('.test.ts'));
  const tests = files
    .filter((name) => name !== 'page.test.ts')
    .flatMap((name) => titlesOf(`test/threats/${name}`).map((title) => ({ file: `test/threats/${name}`, title })));
  expect(tests.length).toBeGreaterThan(10);
  const own = ({ title }: { readonly title: string }) =>
    rows.find(({ number, name }) => title.startsWith(`threat ${number}: ${name}: `));
  expect(tests.filter((one) => own(one) === undefined)).toEqual([]);
  const named = rows.flatMap((row) => namedIn(row.held).map((one) => ({ ...one, number: row.number })));
  const missing = tests.filter(
    (one) =>
      !named.some(
        ({ file, title, number }) =>
          file === one.file && `${one.title} > `.startsWith(`${title} > `) && number === own(one)?.number,
      ),
  );
  expect(missing).toEqual([]);
});

describe('titles of a file', () => {
  test.each([
    ["test('a', f)", ['a']],
    ["describe('a', () => { it('b', f); test.each([1])('c %s', f); });", ['a', 'a > b', 'a > c %s']],
    ["describe.each([1])('a', () => { test.concurrent('b', f); });", ['a', 'a > b']],
    ["test.skip('a', f); describe.skip('b', () => { test('c', f); }); test.todo('d');", []],
    ["describe('a', () => { test.skip('b', f); });", []],
    ["test.skipIf(x)('a', f)", ['a']],
    ["const a = 'test(\"b\")'; // test('c', f)", []],
  ])('%s', (text, titles) => {
    expect(titlesIn(text).map(({ title }) => title)).toEqual(titles);
  });
});
