import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { options } from '../../src/commands/options.ts';
import { gates, kinds } from '../../src/gates/index.ts';

const src = fileURLToPath(new URL('../../src/', import.meta.url));

test('only its own file knows a kind of gate by name', () => {
  const named = new RegExp(`\\b(kind:? *(===|!==)|kind:|case) '(${kinds.join('|')})'`);
  const files = globSync('**/*.ts', { cwd: src }).filter((file) => !file.startsWith('gates/'));
  const wrong = files.filter((file) => named.test(readFileSync(`${src}${file}`, 'utf8')));
  expect(wrong).toEqual([]);
  expect(files.length).toBeGreaterThan(200);
});

test('the help of --force names each kind of gate that it skips, and no other', () => {
  const named = kinds.filter((kind) => options.force.what.split(/\W+/).includes(kind));
  expect(named).toEqual(kinds.filter((kind) => gates[kind].isForceable));
  expect(named).toEqual(['soak', 'schedule', 'metric', 'http', 'noRestarts']);
});
