import { expect, test } from 'vitest';
import { type FollowedList, followedList, newest } from '../../src/flow/observe/followed-list.ts';
import { stringAt } from '../../src/release/json.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import { kruise } from '../../src/targets/kruise/index.ts';

/** `a@5`: name and resourceVersion; `a@5!` is another object of that name. */
function list(since: string, ...notations: readonly string[]): FollowedList {
  const objects = notations.map((notation): KubeObject => {
    const [name = '', version = ''] = notation.replace('!', '').split('@');
    const uid = notation.endsWith('!') ? 'second' : 'first';
    return { apiVersion: 'v1', kind: 'Pod', metadata: { name, uid, resourceVersion: version } };
  });
  return followedList({ query: { kind: kruise.kinds.pod, namespace: 'shop' }, objects, since });
}

const shown = ({ objects }: FollowedList) =>
  [...objects.values()].map(
    (one) => `${stringAt(one, 'metadata', 'name')}@${stringAt(one, 'metadata', 'resourceVersion')}`,
  );

test.each([
  ['brings what is newer', list('5', 'a@5'), list('9', 'a@8'), ['a@8']],
  ['keeps what was written after the list was begun', list('5', 'a@12'), list('9', 'a@8'), ['a@12']],
  ['keeps what was created after the list was begun', list('5', 'a@12'), list('9'), ['a@12']],
  ['takes away what is gone', list('5', 'a@5'), list('9'), []],
  ['brings what was made anew', list('5', 'a@12'), list('9', 'a@8!'), ['a@8']],
  ['goes by the list where versions are no numbers', list('5', 'a@x'), list('y'), []],
] as const)('a later list %s', (_, known, listed, wanted) => {
  expect(shown(newest(known, listed))).toEqual(wanted);
});

test('a watch goes on from the later list', () => {
  expect(newest(list('5', 'a@12'), list('9')).since).toBe('9');
});
