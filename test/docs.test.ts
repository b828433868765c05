import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { actionYml, fillTables } from '../docs.ts';
import { parseConfig } from '../src/config/schema.ts';
import { outputs } from '../src/views/outputs.ts';

const read = (path: string) => readFile(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8');

describe('npm run docs has been run:', () => {
  test('action.yml is what the table of options says', async () => {
    expect(await read('action.yml')).toBe(actionYml());
  });

  test('so are the tables of the README', async () => {
    const readme = await read('README.md');
    expect(readme).toBe(fillTables(readme));
    expect(readme.match(/<!-- generated: /g)).toHaveLength(7);
  });
});

/** The YAML blocks of the README whose first line is a comment that starts like this. */
async function blocks(start: string) {
  const all = [...(await read('README.md')).matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  return all.filter((text) => text.startsWith(`# ${start}`));
}

describe('the README', () => {
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

  test('has no link to a heading that is not there', async () => {
    const readme = await read('README.md');
    const anchors = [...readme.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );
    const links = [...readme.matchAll(/\]\(#([^)]+)\)/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter((link) => !anchors.includes(link))).toEqual([]);
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
