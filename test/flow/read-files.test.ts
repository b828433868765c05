import { expect, it } from 'vitest';
import { readFiles } from '../../src/flow/read-files.ts';

it('reads files in their order, and no more of them than are needed to know that they are too large', async () => {
  const asked: string[] = [];
  const repo = {
    async read(_: string, path: string) {
      asked.push(path);
      return path === 'gone' ? null : 'x'.repeat(Number(path.split('-')[1]));
    },
  };
  expect(await readFiles(repo, 'c', ['a-2', 'gone', 'b-1'])).toEqual([
    { file: 'a-2', text: 'xx' },
    { file: 'gone', text: '' },
    { file: 'b-1', text: 'x' },
  ]);
  asked.length = 0;
  const many = Array.from({ length: 10_000 }, (_, index) => `f${index}-1000000`);
  await expect(readFiles(repo, 'c', many)).rejects.toMatchObject({
    code: 'SOURCE_INVALID',
    message: 'the files up to this one are larger than 16777216 bytes together',
    hint: expect.stringContaining('name fewer of them'),
    at: { file: 'f16-1000000' },
  });
  expect(asked.length).toBeLessThan(100);
});
