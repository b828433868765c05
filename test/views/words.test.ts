import { expect, test } from 'vitest';
import { sharesWords } from '../../src/views/words.ts';

test.each<[string, number | null, readonly string[], string | null]>([
  ['pods share it', null, [], null],
  ['a share', 5, [], '5%'],
  ['requests alone', 0, ['header a: b', 'path /x'], 'header a: b or path /x'],
  ['a share and requests', 5, ['header a: b'], '5% and header a: b'],
  ['all of it', 100, ['header a: b'], '100%'],
  ['none of it', 0, [], '0%'],
])('what goes to the new version: %s', (_, traffic, requests, expected) => {
  expect(sharesWords({ traffic, requests })).toBe(expected);
});
