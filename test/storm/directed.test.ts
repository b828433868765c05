import { expect, test } from 'vitest';
import { directed } from './directed.ts';
import { play } from './play.ts';

test.each(directed)('%s', async (_name, of) => {
  const { broken, log } = await play(of);
  expect(broken, log.join('\n')).toEqual([]);
  expect(log.filter((line) => line.includes('LOST_APPROVAL'))).toEqual([]);
});
