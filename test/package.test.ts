import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly publishConfig: unknown;
}

const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as Manifest;

/** The paths of the files that `npm publish` would send. */
async function packed(): Promise<readonly string[]> {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: root, maxBuffer: 2 ** 24 });
  const [made] = JSON.parse(stdout) as readonly { readonly files: readonly { readonly path: string }[] }[];
  return (made?.files ?? []).map((file) => file.path).sort();
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(path.join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'));
}

describe('the package on npm', () => {
  test('has the built files, the pages and the licences, and no other file', async () => {
    const files = await packed();
    const folders = await Promise.all(['dist', 'docs', 'examples'].map(filesIn));
    const single = ['LICENSE', 'README.md', 'SECURITY.md', 'action.yml', 'package.json'];
    expect(files).toEqual([...single, ...folders.flat()].sort());
    // The folders have nothing in them that is not meant for users.
    const meant =
      /^(?:dist\/(?:cli|action)\.js|dist\/LICENSES\.txt|dist\/stepgate(?:\.included)?\.schema\.json|dist\/chunks\/[\w-]+\.js(?:\.LEGAL\.txt)?|docs\/[\w-]+\.md|examples\/[\w-]+\.yml)$/;
    expect(folders.flat().filter((file) => !meant.test(file))).toEqual([]);
    for (const file of ['dist/cli.js', 'dist/action.js', 'dist/LICENSES.txt', 'dist/stepgate.schema.json'])
      expect(files).toContain(file);
  });

  test('installs no other package, and runs nothing when it is installed', () => {
    const kinds = [
      'dependencies',
      'optionalDependencies',
      'peerDependencies',
      'bundleDependencies',
      'bundledDependencies',
    ];
    expect(Object.keys(manifest).filter((key) => kinds.includes(key))).toEqual([]);
    const hooks = /^(?:pre|post)?(?:install|prepare|pack|publish|uninstall)$|^prepublishOnly$|^dependencies$/;
    expect(Object.keys(manifest.scripts).filter((name) => hooks.test(name))).toEqual([]);
  });

  test('brings the program, under the licence that is in it, and is published with provenance alone', async () => {
    expect(manifest).toMatchObject({ name: 'stepgate', license: 'Apache-2.0', bin: { stepgate: 'dist/cli.js' } });
    expect(manifest).toMatchObject({ type: 'module', engines: { node: '>=24' } });
    expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true });
    expect(await readFile(path.join(root, 'LICENSE'), 'utf8')).toContain('Apache License');
    expect(await readFile(path.join(root, 'dist/cli.js'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});
