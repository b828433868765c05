import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { bundle } from '../build.ts';

/**
 * Who may import whom (what is imported as a type only is not seen here). An entry is a folder of src/, a file in it, or
 * a package; `adapters` are constructed in wire.ts alone.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'action.ts': ['node-version.ts', 'run-action.ts'],
  'run-action.ts': [
    '@actions/core',
    'commands',
    'release',
    'reporters',
    'secrets.ts',
    'views',
    'wire.ts',
    'workflow.ts',
  ],
  'cli.ts': ['compile-cache.ts', 'node-version.ts', 'run-cli.ts'],
  'compile-cache.ts': ['node:fs', 'node:module', 'node:path'],
  'run-cli.ts': ['command-line.ts', 'help.ts', 'wire.ts'],
  'help.ts': ['commands', 'version.ts'],
  'version.ts': [],
  'command-line.ts': [
    'commands',
    'demo',
    'help.ts',
    'live-view.ts',
    'release',
    'secrets.ts',
    'views',
    'wire.ts',
    'workflow.ts',
    'node:util',
  ],
  'live-view.ts': ['release', 'views'],
  'secrets.ts': ['release', 'views'],
  'workflow.ts': ['commands', 'release', 'node:fs', 'node:path'],
  'wire.ts': ['adapters', 'commands', 'config', 'policy', 'rehearse', 'release', 'targets', 'workflow.ts'],
  rehearse: ['rehearse', 'commands', 'config', 'flow', 'gates', 'release', 'views'],
  commands: ['commands', 'config', 'flow', 'gates', 'policy', 'release', 'views'],
  demo: ['demo', 'views', 'node:fs/promises', 'node:os', 'node:path'],
  flow: ['flow', 'config', 'gates', 'policy', 'release', 'schema', 'views'],
  policy: ['policy', 'targets', 'gates', 'config', 'release', 'yaml'],
  targets: ['targets', 'gates', 'config', 'release', 'node:crypto', 'yaml'],
  gates: ['gates', 'config', 'release'],
  release: ['release', 'node:crypto'],
  schema: ['schema', 'config', 'release'],
  config: ['config', 'release', 'node:path', 'node:path/posix', 'yaml', 'ignore'],
  reporters: ['reporters', 'release', 'views'],
  views: ['views', 'release', 'config', 'node:crypto', 'yaml', 'get-east-asian-width'],
  adapters: [
    'adapters',
    'config',
    'release',
    'simulator',
    'node:*',
    'simple-git',
    '@actions/github',
    '@kubernetes/client-node',
  ],
  // Its own beliefs, not ours: nothing of the product in it.
  simulator: ['simulator', 'node:*'],
};
const pure = [
  'release/',
  'schema/',
  'gates/',
  'policy/',
  'targets/',
  'config/',
  'views/',
  'reporters/',
  'rehearse/timeline',
];

const root = fileURLToPath(new URL('../', import.meta.url));
let inputs: Metafile['inputs'] = {};
let outputs: Metafile['outputs'] = {};

beforeAll(async () => {
  const { metafile } = await bundle('never-written');
  ({ inputs, outputs } = metafile);
});

/** The folder below src/, or the file where it lies in none; a package's name; a builtin as it is. */
function placeOf(path: string): string {
  const own = /^src\/([^/]+)/.exec(path)?.[1];
  const packaged = /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
  // What the bundler takes by `require` is still what the source imports.
  return own ?? packaged ?? path.replace(/^required:(node:)?/, 'node:');
}

test('imports go where they may', () => {
  const wrong = Object.entries(inputs).flatMap(([file, { imports }]) => {
    if (!file.startsWith('src/')) return [];
    const may = allowed[placeOf(file)] ?? [];
    return imports
      .filter(({ path }) => path !== '<runtime>')
      .map(({ path }) => placeOf(path))
      .filter((place) => !may.includes(place) && !(place.startsWith('node:') && may.includes('node:*')))
      .map((place) => `${file} imports ${place}`);
  });
  expect(wrong).toEqual([]);
  expect(Object.keys(inputs).filter((file) => file.startsWith('src/')).length).toBeGreaterThan(60);
});

test('programs are started in one place, which has their limits', () => {
  const starters = Object.entries(inputs).filter(
    ([file, { imports }]) =>
      file.startsWith('src/') && imports.some(({ path }) => placeOf(path) === 'node:child_process'),
  );
  // The library for git has an instance in one file of its own.
  expect(starters.map(([file]) => file)).toEqual(['src/adapters/run-program.ts']);
  const git = Object.entries(inputs).filter(
    ([file, { imports }]) => file.startsWith('src/') && imports.some(({ path }) => placeOf(path) === 'simple-git'),
  );
  expect(git.map(([file]) => file)).toEqual(['src/adapters/git/run.ts']);
});

test('pure files know no clock, no chance and no process', async () => {
  const files = Object.keys(inputs).filter((file) => pure.some((folder) => file.startsWith(`src/${folder}`)));
  const wrong: string[] = [];
  for (const file of files) {
    const text = (await readFile(`${root}${file}`, 'utf8')).replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
    const found =
      /\bDate\.now\(|\bnew Date\(\)|\bprocess\.|\bperformance\.|\bMath\.random\(|\bsetTimeout\(|\bawait fetch\(|\brandomBytes\(|\brandomUUID\(|\bconsole\./.exec(
        text,
      );
    if (found !== null) wrong.push(`${file}: ${found[0]}`);
  }
  expect(wrong).toEqual([]);
  expect(files.length).toBeGreaterThan(40);
});

/** The sources that are loaded with these chunks, without what they load later. */
function loadedWith(...entries: readonly string[]): Set<string> {
  const open = entries.map((entry) => {
    const found = Object.entries(outputs).find(([, output]) => output.entryPoint === entry);
    if (found === undefined) throw new Error(`${entry} is no chunk of its own`);
    return found[0];
  });
  const chunks = new Set(open);
  for (let chunk = open.pop(); chunk !== undefined; chunk = open.pop()) {
    for (const { path, kind } of outputs[chunk]?.imports ?? []) {
      if (kind !== 'import-statement' || outputs[path] === undefined || chunks.has(path)) continue;
      chunks.add(path);
      open.push(path);
    }
  }
  return new Set([...chunks].flatMap((chunk) => Object.keys(outputs[chunk]?.inputs ?? {})));
}

test('the words of an engine stay in the folder of its target', async () => {
  const words =
    /\b(ReplicaSet|ControllerRevision|StatefulSet|CloneSet|DaemonSet)s?\b|'Deployment'|'spec', 'template'|matchLabels|[!=]== '(partition|blueGreen)'/;
  // Kubernetes' own description of its kinds, the demo's repository, and the table that says what each finding means.
  const own = /^src\/(targets|schema|simulator|demo)\/|^src\/release\/codes\.ts$/;
  const wrong: string[] = [];
  for (const file of Object.keys(inputs).filter((one) => one.startsWith('src/') && !own.test(one))) {
    const text = (await readFile(`${root}${file}`, 'utf8')).replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
    const found = words.exec(text);
    if (found !== null) wrong.push(`${file}: ${found[0]}`);
  }
  expect(wrong).toEqual([]);
});

test('the entries load only what an old Node can parse', async () => {
  const small = ['src/cli.ts', 'src/action.ts', 'src/node-version.ts'];
  for (const entry of ['src/cli.ts', 'src/action.ts']) {
    expect([...loadedWith(entry)].filter((file) => file.startsWith('src/') && !small.includes(file))).toEqual([]);
    expect([...loadedWith(entry)]).toContain('src/node-version.ts');
  }
});

test('what asks no cluster loads no client for one', () => {
  const loaded = [...loadedWith('src/run-cli.ts', 'src/commands/render.ts')];
  expect(loaded).toContain('src/commands/render.ts');
  expect(
    loaded.filter((file) => /@kubernetes|adapters\/kubernetes|@actions|undici|src\/views\/markdown/.test(file)),
  ).toEqual([]);
});

test('what only reads loads no description of Kubernetes', () => {
  const schema = (names: readonly string[]) =>
    [...loadedWith('src/run-cli.ts', ...names.map((name) => `src/commands/${name}.ts`))].filter((file) =>
      file.startsWith('src/schema/'),
    );
  expect(schema(['plan'])).toContain('src/schema/kubernetes.json');
  expect(schema(['render', 'status', 'rollback', 'hold'])).toEqual([]);
});

test('what works with a real cluster loads no model of one', () => {
  const names = ['import', 'status', 'render', 'plan', 'deploy', 'promote', 'tick', 'rollback', 'hold'];
  const loaded = [...loadedWith('src/run-cli.ts', ...names.map((name) => `src/commands/${name}.ts`))];
  expect(loaded).toContain('src/commands/deploy.ts');
  expect(loaded.filter((file) => /^src\/(simulator|rehearse|demo)\//.test(file))).toEqual([]);
});

test('no second HTTP stack comes along, except with the client of the forge', () => {
  const second = /node_modules\/(undici|ws|@actions\/http-client)\//;
  const entry = 'src/adapters/github/index.ts';
  const forge = loadedWith(entry);
  expect([...forge].some((file) => second.test(file))).toBe(true);
  const others = Object.values(outputs).flatMap(({ entryPoint }) =>
    entryPoint === undefined || entryPoint === entry ? [] : [entryPoint],
  );
  expect(others.length).toBeGreaterThan(10);
  expect([...loadedWith(...others)].filter((file) => second.test(file))).toEqual([]);
});
