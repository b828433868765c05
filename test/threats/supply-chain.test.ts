import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { dist } from '../action/runner.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const json = async <T>(name: string) => JSON.parse(await readFile(path.join(root, name), 'utf8')) as T;

interface Package {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly dev?: boolean; readonly integrity?: string; readonly hasInstallScript?: boolean }>
  >;
}

test('threat 21: supply chain: packages are exact, known by their hash, and run nothing when they are installed', async () => {
  const made = await json<Package>('package.json');
  for (const [name, version] of Object.entries({ ...made.dependencies, ...made.devDependencies }))
    expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
  const { packages } = await json<Lock>('package-lock.json');
  const entries = Object.entries(packages).filter(([place]) => place !== '');
  expect(entries.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-')).map(([place]) => place)).toEqual(
    [],
  );
  const scripts = entries.filter(([, one]) => one.hasInstallScript === true);
  // Node itself is a package here; no package that is shipped has a script.
  expect(scripts.map(([place, { dev = false }]) => [place, dev])).toEqual([
    ['node_modules/esbuild', true],
    ['node_modules/node', true],
  ]);
  expect(made.allowScripts).toEqual({ node: true, esbuild: false });
});

test('threat 21: supply chain: what is shipped makes no code of text, and starts programs without a shell', async () => {
  const names = (await readdir(dist, { recursive: true })).filter((name) => name.endsWith('.js'));
  const texts = await Promise.all(
    names.map(async (name) => ({ name, text: await readFile(path.join(dist, name), 'utf8') })),
  );
  expect(texts.length).toBeGreaterThan(20);
  const careless = /(?<![\w.$])eval\(|new Function\(|\bexecSync\b|\bspawnSync\b|\bshell:\s*(?:true|!0|["'`])/;
  expect(
    texts.filter(({ text }) => careless.test(text)).map(({ name, text }) => `${name}: ${careless.exec(text)?.[0]}`),
  ).toEqual([]);
  const taken = texts.flatMap(({ text }) =>
    [...text.matchAll(/import\s*([^;"]*?)\s*from\s*"(?:node:)?child_process"/g)].map(([, names = '']) =>
      names
        .replaceAll(/[{}]|\bas \w+/g, '')
        .split(',')
        .map((name) => name.trim()),
    ),
  );
  expect([...new Set(taken.flat())].sort()).toEqual(['execFile', 'spawn']);
  // No other way in: each mention of the module is one of these imports.
  const mentions = texts.flatMap(({ text }) => [...text.matchAll(/child_process/g)]);
  expect(mentions).toHaveLength(taken.length);
});
