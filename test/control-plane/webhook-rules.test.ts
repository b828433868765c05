import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { answers } from '../webhook-rules/ask.ts';
import { rules } from '../webhook-rules/index.ts';
import { cluster, namespace } from './fixture.ts';

/** The rows' texts are the engine's own: each row's Rollout is sent as a dry-run, those of a release in the middle of one. */
test("the engine's webhook answers every row with exactly its text", async () => {
  const to = { url: cluster.server, token: cluster.token, ca: await readFile(cluster.caFile, 'utf8') };
  const found = await answers({ to, namespace: () => namespace('rules') }, rules);
  expect(rules.map(({ rule }, index) => [rule, found[index]])).toEqual(rules.map(({ rule, engine }) => [rule, engine]));
});
