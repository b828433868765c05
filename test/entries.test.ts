import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { dist } from './action/runner.ts';

/** The entries as another Node than ours meets them. */

/** Ours, which calls itself another one before the entry is loaded. */
async function runAs(version: string, entry: string, args: readonly string[] = []) {
  const code = `for (const [key, value] of [['version', 'v${version}'], ['versions', { ...process.versions, node: '${version}' }]])
    Object.defineProperty(process, key, { value });`;
  const preload = `data:text/javascript,${encodeURIComponent(code)}`;
  const running = promisify(execFile)(process.execPath, ['--import', preload, `${dist}/${entry}`, ...args], {
    env: {},
  });
  return running.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

describe.each(['cli.js', 'action.js'])('%s', (entry) => {
  test.each(['14.21.3', '18.20.8', '20.20.2', '22.23.3', '23.11.1'])(
    'under Node %s says which it needs',
    async (version) => {
      const stderr = `stepgate needs Node 24 or newer; this is v${version}\n`;
      expect(await runAs(version, entry, ['help'])).toEqual({ code: 2, stdout: '', stderr });
    },
  );

  test('has nothing in it, and in what it loads at once, that an old Node cannot parse', async () => {
    const open = [entry];
    const seen = new Set<string>();
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      const text = await readFile(`${dist}/${file}`, 'utf8');
      const how = { minify: true, format: 'esm' } as const;
      const old = await transform(text, {
        ...how,
        target: 'es2017',
        supported: { 'dynamic-import': true, 'import-meta': true },
      });
      expect(old.code).toBe((await transform(text, { ...how, target: 'esnext' })).code);
      const imports = [...text.matchAll(/(?:from|import)"(?:\.\/)+([^"]+)"/g)].map(([, path = '']) => path);
      open.push(...imports.map((path) => (file.startsWith('chunks/') ? `chunks/${path}` : path)));
    }
    expect([...seen].length).toBeGreaterThan(1);
    expect([...seen].length).toBeLessThan(5);
  });
});

test('the client of the forge reads no event and prints nothing while it is loaded', async () => {
  const chunk = (await readdir(`${dist}/chunks`)).find((name) => name.startsWith('github-'));
  const code = `const { openForge } = await import('${dist}/chunks/${chunk}'); console.log(typeof openForge);`;
  const running = promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], {
    env: { GITHUB_EVENT_PATH: '/nonexistent', GITHUB_EVENT_NAME: 'push' },
  });
  expect(await running).toEqual({ stdout: 'function\n', stderr: '' });
});

test.each(['24.0.0', '25.1.0', '26.0.0-nightly2026'])('Node %s will do', async (version) => {
  expect(await runAs(version, 'cli.js', ['help'])).toMatchObject({ code: 0, stderr: '' });
});
