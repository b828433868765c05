import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { bundle } from '../../build.ts';
import { ownersOf } from '../../src/config/codeowners.ts';
import { bundledFiles } from '../../tools/licences.ts';
import { dist } from '../action/runner.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const json = async <T>(name: string) => JSON.parse(await readFile(path.join(root, name), 'utf8')) as T;

interface Package {
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

interface Lock {
  readonly packages: Readonly<Record<string, Locked>>;
}

interface Locked {
  readonly name?: string;
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly link?: boolean;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly os?: string;
  readonly cpu?: string;
}

/** A folder of this repository, which npm takes for a package. */
const own = 'tools/node';

test('threat 21: supply chain: packages are exact, known by their hash, and run nothing when they are installed', async () => {
  const made = await json<Package>('package.json');
  for (const [name, version] of Object.entries(made.devDependencies))
    expect(version, name).toMatch(version === `file:${own}` ? own : /^\d+\.\d+\.\d+$/);
  const { packages } = await json<Lock>('package-lock.json');
  const entries = Object.entries(packages).filter(
    ([place, { link }]) => place !== '' && place !== own && link !== true,
  );
  expect(entries.length).toBeGreaterThan(100);
  expect(entries.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-')).map(([place]) => place)).toEqual(
    [],
  );
  // A package comes from the registry that npm is set to. The lockfile names none.
  expect(Object.values(packages).flatMap(({ resolved = [] }) => resolved)).toEqual([own]);
  // esbuild works without its script, and npm does not run it. It is not shipped, and neither is Node.
  const scripts = entries.filter(([, one]) => one.hasInstallScript === true).map(([place]) => place);
  expect(scripts).toEqual(['node_modules/esbuild']);
  expect(made.allowScripts).toEqual({ esbuild: false });
});

test('threat 21: supply chain: the npm scripts run on the Node of the lockfile', async () => {
  const { optionalDependencies } = await json<{ optionalDependencies: Readonly<Record<string, string>> }>(
    `${own}/package.json`,
  );
  const { packages } = await json<Lock>('package-lock.json');
  const all = Object.keys(optionalDependencies).map((name) => packages[`node_modules/${name}`]);
  const [version, ...others] = new Set(all.map((one) => one?.version));
  expect(version).toMatch(/^24\.\d+\.\d+$/);
  expect(others).toEqual([]);
  // One for each platform, and none where it cannot run: they share the name of their program.
  expect(all.map((one) => `${one?.os} ${one?.cpu}`)).toEqual(['linux x64', 'linux arm64', 'win32 x64']);
  expect(all.every((one) => one?.optional === true && one.dev === true)).toBe(true);
  // The workflow that publishes takes the same one.
  const workflow = await readFile(path.join(root, '.github/workflows/release.yml'), 'utf8');
  const taken = [...workflow.matchAll(/node-version: ([^ ,}]+)/g)].map(([, one]) => one);
  expect(new Set(taken)).toEqual(new Set([version]));
  // npm leaves out an optional package whose hash is wrong, and says nothing.
  if (!all.some((one) => one?.os === process.platform && one.cpu === process.arch)) return;
  const { stdout } = await promisify(execFile)(path.join(root, 'node_modules/.bin/node'), ['--version']);
  expect(stdout).toBe(`v${version}\n`);
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
  const { metafile } = await bundle('never-written');
  const starters = Object.entries(metafile.inputs).filter(([, { imports }]) =>
    imports.some(({ path: taken }) => /(^|:)child_process$/.test(taken)),
  );
  // A file that is read and of which nothing is in the bundle starts nothing.
  const shipped = new Set(bundledFiles(metafile));
  const files = starters.map(([file]) => file).filter((file) => shipped.has(file) && !file.startsWith('required:'));
  expect(files.length).toBeGreaterThan(1);
  for (const file of files) {
    const text = await readFile(path.join(root, file), 'utf8');
    const [taken, ...more] = [...text.matchAll(/import\s*\{([^}]*)\}\s*from\s*["'](?:node:)?child_process["']/g)].map(
      ([, names = '']) => names.split(',').map((name) => name.replace(/ as .*/, '').trim()),
    );
    expect([file, taken?.filter((name) => !name.startsWith('type ')), more]).toEqual([file, ['spawn'], []]);
    // No other way in: the one mention of the module is this import.
    expect([file, [...text.matchAll(/child_process/g)].length]).toEqual([file, 1]);
  }
});

/** What runs at users, how it is made and released, and what decides who may do what. */
const sensitive = [
  ...['dist/cli.js', 'action.yml', 'build.ts', 'tools/licences.ts', 'package.json', 'package-lock.json', '.npmrc'],
  ...['.ci/run', '.github/CODEOWNERS', '.github/workflows/ci.yml', '.github/workflows/release.yml', 'src/wire.ts'],
  ...['src/secrets.ts', 'src/commands/events.ts', 'src/config/guard.ts', 'src/config/people.ts', 'SECURITY.md'],
  ...['src/config/kubeconfig-path.ts', 'src/adapters/kubernetes/plugin.ts', 'src/adapters/git/sign.ts'],
  ...['src/adapters/kustomize.ts', 'src/views/neutral.ts', 'src/views/redact.ts', 'docs/security.md'],
  ...['test/threats/shipped-lists.ts', 'test/lint/workflows.ts', 'test/import-law.test.ts', 'test/package.test.ts'],
];

test('threat 21: supply chain: sensitive files have an owner', async () => {
  const text = await readFile(path.join(root, '.github/CODEOWNERS'), 'utf8');
  for (const file of sensitive) {
    expect(existsSync(path.join(root, file)), file).toBe(true);
    expect(ownersOf(text, [file]), file).toHaveLength(1);
  }
  expect(ownersOf(text, ['README.md'])).toEqual([]);
  // A pattern that fits nothing owns nothing, such as one of a file that has moved.
  const patterns = [...text.matchAll(/^\/(\S+)/gm)].map(([, pattern = '']) => pattern);
  expect(patterns.length).toBeGreaterThan(20);
  expect(patterns.filter((pattern) => !existsSync(path.join(root, pattern)))).toEqual([]);
});
