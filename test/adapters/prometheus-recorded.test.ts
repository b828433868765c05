import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { serve, text } from './kubernetes/server.ts';
import { ask, described, type RecordedAnswer } from './prometheus.ts';

/** The answers that `STEPGATE_RECORD=1 npm run test:cluster -- metrics` took from a real Prometheus. */

const folder = path.join(import.meta.dirname, 'prometheus-answers');
const files = readdirSync(folder).sort();

test.each(files)('%s is read as it was when it was recorded', async (file) => {
  const recorded: RecordedAnswer = JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
  const { status, date, body, query, told } = recorded;
  await using server = await serve([text(status, body, { date })]);
  const at = query.at === null ? null : new Date(query.at);
  expect(await described(ask(server.address, { query: { ...query, at } }))).toBe(told);
});

test('there are answers of every kind', () => {
  expect(files).toEqual(expect.arrayContaining(['series.json', 'none.json', 'over.json', 'a-warning.json']));
  expect(files).toEqual(
    expect.arrayContaining(['wrong-query.json', 'no-match.json', 'a-remark.json', 'too-many.json']),
  );
});
