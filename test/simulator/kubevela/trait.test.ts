import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { at, isObject, listAt, stringAt } from '../../../src/release/json.ts';
import { made } from './made.ts';

const recording: unknown = JSON.parse(readFileSync(new URL('trait.json', import.meta.url), 'utf8'));
test.each(
  listAt(recording, 'applications').map(
    (one) => [stringAt(one, 'application', 'metadata', 'name') ?? '?', one] as const,
  ),
)('the model makes of %s what KubeVela made', (_, one) => {
  const rollout = at(one, 'rollout');
  const found = made(at(one, 'application'));
  expect(found?.spec ?? null).toEqual(isObject(rollout) ? rollout['spec'] : null);
  if (found === null) return;
  const key = 'rollouts.kruise.io/rolling-style';
  expect(at(found.annotations, key)).toBe(at(rollout, 'annotations', key));
});

test('the recording has Applications that evaluate, and some that do not', () => {
  const results = listAt(recording, 'applications').map((one) => at(one, 'rollout') !== null);
  expect(results.filter(Boolean)).toHaveLength(5);
  expect(results.filter((one) => !one)).toHaveLength(3);
});
