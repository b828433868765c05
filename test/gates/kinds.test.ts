import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { kinds } from '../../src/gates/index.ts';

const src = fileURLToPath(new URL('../../src/', import.meta.url));

test('only its own file knows a kind of gate by name', () => {
  const named = new RegExp(`\\b(kind:? *(===|!==)|kind:|case) '(${kinds.join('|')})'`);
  const files = globSync('**/*.ts', { cwd: src }).filter((file) => !file.startsWith('gates/'));
  const wrong = files.filter((file) => named.test(readFileSync(`${src}${file}`, 'utf8')));
  expect(wrong).toEqual([]);
  expect(files.length).toBeGreaterThan(200);
});
