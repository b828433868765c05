import { expect, test } from 'vitest';
import { type View, viewOf } from '../../src/flow/observe/view.ts';
import { stringAt } from '../../src/release/json.ts';
import type { KubeObject, WatchEvent } from '../../src/release/ports.ts';
import { kruise } from '../../src/targets/kruise/index.ts';

/** What a view makes of news that come late, twice, or from another list: rows in a notation of its own. */

/** `a@5`: name and resourceVersion; `a@5!` no longer has the label. */
function pod(notation: string): KubeObject {
  const [name = '', version = ''] = notation.replace('!', '').split('@');
  const labels = { app: notation.endsWith('!') ? 'other' : 'shop' };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, resourceVersion: version, labels } };
}

/** `a@5` is changed, `-a@5` deleted, `=9 a@5 b@7` a list of version 9, `wrote a@5` the answer to a write. */
function hear(view: View, notation: string): boolean {
  const [first = '', ...rest] = notation.split(' ');
  if (first === 'wrote') view.wrote(pod(rest[0] ?? ''));
  else return view.take(eventOf(first, rest));
  return false;
}

function eventOf(first: string, rest: readonly string[]): WatchEvent {
  if (first.startsWith('=')) return { type: 'reset', items: rest.map(pod), resourceVersion: first.slice(1) };
  if (first.startsWith('-')) return { type: 'deleted', object: pod(first.slice(1)) };
  return { type: 'modified', object: pod(first) };
}

const shown = ({ objects }: View) =>
  objects
    .map((one) => `${stringAt(one, 'metadata', 'name')}@${stringAt(one, 'metadata', 'resourceVersion')}`)
    .join(' ');

test.each([
  ['a change', ['a@8'], 'a@8', true],
  ['an object more', ['b@8'], 'a@5 b@8', true],
  ['an end', ['-a@8'], '', true],
  ['what the list has shown already', ['a@4'], 'a@5', false],
  ['the end of an earlier object of the name', ['-a@5'], 'a@5', false],
  ['what was gone by the time of the list', ['b@3'], 'a@5', false],
  ['a change from before the own write', ['wrote a@12', 'a@8'], 'a@12', false],
  ['an end from before the own write', ['wrote a@12', '-a@8'], 'a@12', false],
  ['the own write once more', ['wrote a@12', 'a@12'], 'a@12', true],
  ['an answer that is older than what is known', ['a@12', 'wrote a@8'], 'a@12', false],
  ['an object of others', ['b@8!'], 'a@5', false],
  ['an object that is no longer its own', ['a@8!'], '', true],
  ['a newer list', ['=9 a@8 b@7'], 'a@8 b@7', true],
  ['a newer list without it', ['=9'], '', true],
  ['a newer list without what was written since', ['wrote a@12', '=9'], 'a@12', true],
  ['a newer list that shows less than was written since', ['wrote a@12', '=9 a@8'], 'a@12', true],
  ['a list of others', ['=9 b@8!'], '', true],
  ['an older list', ['-a@8', '=7 a@5'], '', false],
  ['versions that are no numbers', ['a@x'], 'a@x', true],
] as const)('%s', (_, news, objects, last) => {
  const view = viewOf({
    query: { kind: kruise.kinds.pod, namespace: 'shop', labelSelector: 'app=shop' },
    matches: (object) => stringAt(object, 'metadata', 'labels', 'app') === 'shop',
    objects: [pod('a@5')],
    since: '5',
  });
  const told = news.map((one) => hear(view, one));
  expect([shown(view), told.at(-1)]).toEqual([objects, last]);
});
