import { expect, test } from 'vitest';
import { queryWords } from '../../src/gates/metric-questions.ts';
import type { Threshold } from '../../src/release/measured.ts';

const asks = (query: string): Threshold => ({
  ...{ is: 'threshold', query, min: null, max: 1, forSeconds: 0, failedAfterSeconds: 60 },
});

test.each([
  ['lines and indents', 'sum(\n  rate(x[1m])\n)\n', 'sum( rate(x[1m]) )'],
  ['a comment, which would hide the rest of one line', 'a # of b\n/ c', 'a / c'],
  ['comments at both ends', '# why\nup\n# end', 'up'],
  ['a # in each kind of quotes', 'a{x="#1", y=\'#2\', z=`#3`} # 4', 'a{x="#1", y=\'#2\', z=`#3`}'],
  ['a quote behind a backslash', 'a{x="\\"#1"} # "2"', 'a{x="\\"#1"}'],
  ['a quote in a comment', "a # don't\n/ b # '", 'a / b'],
])('a query with %s is shown on one line', (_, query, words) => {
  expect(queryWords({ asks: asks(query) })).toBe(words);
});

test('a long query is cut', () => {
  expect(queryWords({ asks: asks('x'.repeat(301)) })).toBe(`${'x'.repeat(300)}...`);
});
