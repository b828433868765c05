import { expect, test } from 'vitest';
import { Refusal } from '../../src/simulator/api/answers.ts';
import { createPages, type PageQuery } from '../../src/simulator/api/pages.ts';
import { createStore } from '../../src/simulator/api/store.ts';
import type { Thing } from '../../src/simulator/api/things.ts';

const all: PageQuery = { kind: 'Pod', namespace: null, wanted: null, limit: null, from: null };

function pod(namespace: string, name: string): Thing {
  const metadata = { namespace, name, uid: name, resourceVersion: '', creationTimestamp: '2026-11-25T10:00:00Z' };
  return { apiVersion: 'v1', kind: 'Pod', metadata };
}

function shelf(...places: readonly string[]) {
  const store = createStore();
  for (const place of places) store.put('Pod', pod(place.split('/')[0] ?? '', place.split('/')[1] ?? ''));
  return { store, pages: createPages(store) };
}

const names = (items: readonly Thing[]) => items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);

test('pages follow each other in the order of namespace and name, and say how many are left', () => {
  const { pages } = shelf('b/two', 'a/nine', 'b/one', 'a/one', 'c/one');
  const first = pages.page({ ...all, limit: 2 });
  const second = pages.page({ ...all, limit: 2, from: first.next });
  const third = pages.page({ ...all, limit: 2, from: second.next });
  expect([first, second, third].map(({ items, remaining }) => [names(items), remaining])).toEqual([
    [['a/nine', 'a/one'], 3],
    [['b/one', 'b/two'], 1],
    [['c/one'], null],
  ]);
  expect([first.next === null, second.next === null, third.next]).toEqual([false, false, null]);
});

test('later pages show the objects as they were at the first', () => {
  const { store, pages } = shelf('a/one', 'a/two', 'a/three');
  const first = pages.page({ ...all, limit: 1 });
  store.put('Pod', pod('a', 'four'));
  store.drop('Pod', pod('a', 'two'));
  const rest = pages.page({ ...all, from: first.next });
  expect([names(rest.items), rest.version]).toEqual([['a/three', 'a/two'], first.version]);
});

test('with a selector nothing is counted', () => {
  const { pages } = shelf('a/one', 'a/two', 'b/one');
  const page = pages.page({ ...all, limit: 1, wanted: ({ metadata }) => metadata.name === 'one' });
  expect([names(page.items), page.remaining]).toEqual([['a/one'], null]);
});

test('a continue is 410 once its version is forgotten, and 400 where it never was one', () => {
  const { store, pages } = shelf('a/one', 'a/two');
  const { next } = pages.page({ ...all, limit: 1 });
  store.put('Pod', pod('a', 'three'));
  store.compact();
  const code = (from: string | null) => {
    try {
      pages.page({ ...all, from });
      return 200;
    } catch (error) {
      return error instanceof Refusal ? [error.code, error.reason] : error;
    }
  };
  expect([code(next), code('nonsense')]).toEqual([
    [410, 'Expired'],
    [400, 'BadRequest'],
  ]);
});
