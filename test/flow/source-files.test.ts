import { expect, it } from 'vitest';
import type { Report } from '../../src/release/report.ts';
import { filesOf } from '../action/workspace.ts';
import { typed } from '../support/command-line.ts';
import { repository } from '../support/repository.ts';

const policy = (files: string) => String(filesOf(['shop'])['stepgate.yaml']).replace('deploy/shop.yaml', files);
const shop = String(filesOf(['shop'])['deploy/shop.yaml']);
const settings = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { a: b }\n';

async function plan(files: Parameters<typeof repository>[0], pattern: string) {
  const own = { 'stepgate.yaml': policy(pattern), 'deploy/shop.yaml': shop };
  await using here = await repository({ ...files, files: { ...own, ...files?.files } });
  const [offline, rendered] = [
    await typed(['plan', '--offline', '--json'], { cwd: here.folder }),
    await typed(['render'], { cwd: here.folder }),
  ];
  const { error, deliveries } = JSON.parse(offline.stdout) as Report;
  return { code: rendered.code, text: rendered.stdout, error: error ?? deliveries[0]?.error ?? null };
}

it('reads what links in the repository lead to, of files and of folders', async () => {
  const files = {
    'base/settings.yaml': settings,
    'deploy/settings.yaml': { link: '../base/settings.yaml' },
    live: { link: 'deploy' },
  };
  const { code, text } = await plan({ files }, 'live/*.yaml');
  expect(code).toBe(0);
  expect(text).toContain('name: settings');
});

it('names the file in which something is wrong, not the link to it', async () => {
  const files = { 'base/x.yaml': 'kind: ConfigMap\n', 'deploy/x.yaml': { link: '../base/x.yaml' } };
  const { code, error } = await plan({ files }, 'deploy/*.yaml');
  expect(code).toBe(2);
  expect(error).toMatchObject({ code: 'SOURCE_INVALID', at: { file: 'base/x.yaml', line: 1, column: 1 } });
});

it.each([
  ['deploy/*.yaml, gone/*.yaml', /^shop: no file at \w+ matches gone\/\*\.yaml$/, 'gone'],
  ['deploy/*.yaml, deploy/shop.yml', /^shop: no file at \w+ matches deploy\/shop\.yml$/, 'deploy/shop.yml'],
  ['deploy/*', /^shop: deploy\/\* finds the symbolic link deploy\/x, which leads to nothing/, 'deploy/*'],
])('says of %s what finds nothing, and where that stands in the config', async (patterns, message, at) => {
  const { code, error } = await plan({ files: { 'deploy/x': { link: 'nothing' } } }, patterns);
  const lines = policy(patterns).split('\n');
  const line = lines.findIndex((text) => text.includes(at)) + 1;
  expect(code).toBe(2);
  expect(error).toMatchObject({ code: 'SOURCE_INVALID', message: expect.stringMatching(message) });
  expect(error?.at).toMatchObject({ file: 'stepgate.yaml', line, column: (lines[line - 1] ?? '').indexOf(at) + 1 });
});
