import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { actionYml, examples, fillTables, pages } from '../docs.ts';
import { parseConfig } from '../src/policy/schema.ts';
import { outputs } from '../src/reporters/outputs.ts';

const read = (path: string) => readFile(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8');
const names = await pages();
const everything = async () => (await Promise.all(names.map(read))).join('\n');

describe('npm run docs has been run:', () => {
  test('action.yml is what the table of options says', async () => {
    expect(await read('action.yml')).toBe(actionYml());
  });

  test.each(names)('so are the tables of %s', async (name) => {
    const page = await read(name);
    expect(page).toBe(fillTables(page));
  });

  test('every table and every example is on one page', async () => {
    const tables = [...(await everything()).matchAll(/<!-- generated: (\S+) -->/g)].map(([, table]) => table);
    expect(tables.sort()).toEqual([
      'codes',
      'commands',
      'config',
      'duties',
      'engine-features',
      ...examples.toSorted(),
      'exits',
      'freeze',
      'guard',
      'included',
      'kinds',
      'listed',
      'options',
      'outputs',
      'permissions',
      'recordings',
      'recordings-apart',
      'recordings-differ',
      'rights',
      'rights-vela-application',
      'rights-vela-approllout',
      'rules',
    ]);
  });
});

/** The YAML blocks of all pages whose first line is a comment that starts like this. */
async function blocks(start: string) {
  const all = [...(await everything()).matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  return all.filter((text) => text.startsWith(`# ${start}`));
}

describe('the documentation', () => {
  test('has configs that stepgate reads', async () => {
    const [one = '', many = ''] = await blocks('stepgate.yaml');
    const [service = ''] = await blocks('services/');
    const deliveries = (text: string) =>
      parseConfig({
        file: 'stepgate.yaml',
        text,
        readInclude: () => [{ file: 'services/shop/stepgate.yaml', text: service }],
      }).deliveries;
    expect(deliveries(one).map(({ name }) => name)).toEqual(['shop']);
    expect(deliveries(many).map(({ name }) => name)).toEqual(['shop@staging', 'shop@prod']);
  });

  test('has workflows with the inputs there are, pinned permissions and a queue', async () => {
    const known = Object.keys((parse(actionYml()) as { inputs: object }).inputs);
    const names = new Set(outputs.map(({ name }) => name));
    const workflows = await blocks('.github/workflows/');
    expect(workflows.length).toBeGreaterThan(0);
    for (const text of workflows) {
      const workflow = parse(text) as Workflow;
      expect(workflow.permissions).toEqual({});
      for (const job of Object.values(workflow.jobs)) {
        expect(job.permissions).toBeDefined();
        for (const step of job.steps.filter(({ uses }) => uses?.includes('stepgate'))) {
          expect(Object.keys(step.with ?? {}).filter((name) => !known.includes(name))).toEqual([]);
        }
      }
      for (const [, output = ''] of text.matchAll(/steps\.\w+\.outputs\.([\w-]+)/g)) expect(names).toContain(output);
      for (const [, depth] of text.matchAll(/fetch-depth: (\d+)/g)) expect(depth).toBe('0');
      // Foreign text in a script is code.
      expect(text).not.toMatch(/run:.*\$\{\{/);
    }
  });

  test('lets a rollback and a hold queue behind nothing, and an approval name its release and step', async () => {
    const workflows = (await blocks('.github/workflows/')).map((text) => ({ text, workflow: parse(text) as Workflow }));
    const named = (name: string) => workflows.find(({ workflow }) => workflow.name === name);
    const [release, rollback] = [named('release'), named('rollback')];
    expect(release?.workflow).toMatchObject({
      concurrency: { group: 'release' },
      on: { workflow_dispatch: { inputs: { release: { required: true }, step: { required: true } } } },
    });
    for (const input of ['delivery', 'release', 'step'])
      expect(release?.workflow['run-name']).toContain(`inputs.${input}`);
    expect(rollback?.workflow).toMatchObject({
      on: { workflow_dispatch: { inputs: { command: { default: 'rollback' }, release: { default: 'live' } } } },
    });
    expect(rollback?.text).not.toContain('concurrency:');
  });
});

interface Link {
  readonly page: string;
  readonly target: string;
}

/** A page without its fenced code, in which nothing is a link or a heading. */
const prose = async (page: string) => (await read(page)).replace(/^```[\s\S]*?^```$/gm, '');

async function linksOf(page: string): Promise<Link[]> {
  return [...(await prose(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ page, target }));
}

/** The names that GitHub gives to the headings of a page, and those that the page sets itself. */
async function anchorsOf(page: string): Promise<string[]> {
  const text = await prose(page);
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return [...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id)];
}

async function isBroken({ page, target }: Link): Promise<boolean> {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : posix.join(posix.dirname(page), path);
  // Links to outside of what is published break where the page is read.
  if (file.startsWith('..') || !existsSync(file)) return true;
  return anchor !== undefined && !(await anchorsOf(file)).includes(anchor);
}

test('every relative link of the documentation leads to a file and a heading that are there', async () => {
  const links = (await Promise.all(names.map(linksOf))).flat().filter(({ target }) => !/^https?:/.test(target));
  expect(links.length).toBeGreaterThan(20);
  const broken = await Promise.all(links.map(isBroken));
  expect(links.filter((_, index) => broken[index])).toEqual([]);
});

test('every page can be reached from the README', async () => {
  const reached = new Set(['README.md']);
  for (const page of reached) {
    for (const { target } of await linksOf(page)) {
      const [path = ''] = target.split('#');
      const file = posix.join(posix.dirname(page), path);
      if (names.includes(file)) reached.add(file);
    }
  }
  expect([...reached].sort()).toEqual([...names].sort());
});

test('every file and folder that a page names is there', async () => {
  const named = [...(await everything()).matchAll(/`((?:src|test|dist|docs|\.ci)\/[\w./-]*)`/g)].map(
    ([, path = '']) => path,
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((path) => !existsSync(path))).toEqual([]);
});

/** The TypeScript files below a folder. */
async function sources(folder: string): Promise<{ readonly path: string; readonly text: string }[]> {
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
  return Promise.all(files.map(async (name) => ({ path: `${folder}/${name}`, text: await read(`${folder}/${name}`) })));
}

const code = [...(await sources('src')), ...(await sources('test'))];

test('every page, and every place on one, that a comment points to is there', async () => {
  const links = code
    .filter(({ path }) => path !== 'test/docs.test.ts')
    .flatMap(({ text }) => [...text.matchAll(/\bdocs\/[a-z-]{2,}\.md(?:#[a-z-]+)?/g)])
    .map(([target]) => ({ page: 'README.md', target }));
  expect(links.length).toBeGreaterThan(20);
  const broken = await Promise.all(links.map(isBroken));
  expect(links.filter((_, index) => broken[index])).toEqual([]);
});

test('no comment points to notes that are not in the repository', () => {
  const outside = /(?<!docs\/)\b(?:kruise|kubevela|experiments|design)\.md\b|\(design \d|[ (]G\d{1,2}[),:]/;
  const others = code.filter(({ path }) => path !== 'test/docs.test.ts');
  expect(others.filter(({ text }) => outside.test(text)).map(({ path }) => path)).toEqual([]);
});

describe('what was seen on the engine', () => {
  /** An experiment or a scenario, such as E4 or T15c; neither the time in a date nor a part of a word. */
  const number = /(?<![\w%-])[ET]\d{1,2}(?:[a-z]{1,2}\d?)?(?![\w:%])/g;

  test('is on the page of the engine, one heading a number that the code names', async () => {
    // What they name are recordings.
    const recordings = /^test\/(?:recordings\/rows-|fidelity\/kruise-scenes)/;
    const others = code.filter(({ path }) => !recordings.test(path));
    const named = new Set(others.flatMap(({ text }) => [...text.matchAll(number)].map(([id]) => id)));
    const headings = [...(await prose('docs/engine.md')).matchAll(/^### ([ET]\S+)$/gm)].map(([, id]) => id);
    expect(headings.length).toBeGreaterThan(50);
    expect([...named].filter((id) => !headings.includes(id))).toEqual([]);
    expect(headings).toEqual([...new Set(headings)]);
  });

  test('has its numbers in comments alone: no message names one', async () => {
    const comment = /^\s*(?:\/\/|\/?\*)|\s\/\/ /;
    const lines = (await sources('src')).flatMap(({ path, text }) => text.split('\n').map((line) => ({ path, line })));
    const found = lines.flatMap(({ path, line }) =>
      [...line.matchAll(number)]
        .filter(({ index }) => !comment.test(line.slice(0, index)))
        .map(() => `${path}: ${line}`),
    );
    expect(found).toEqual([]);
  });
});

interface Workflow {
  readonly name: string;
  readonly 'run-name'?: string;
  readonly permissions: object;
  readonly jobs: Readonly<
    Record<
      string,
      { readonly permissions?: object; readonly steps: readonly { readonly uses?: string; readonly with?: object }[] }
    >
  >;
}
