import fc from 'fast-check';
import { expect, test } from 'vitest';
import { beside, clean, type Json, same } from '../../src/simulator/api/json.ts';
import { createStore } from '../../src/simulator/api/store.ts';
import type { Thing } from '../../src/simulator/api/things.ts';

const { loose } = fc.letrec((tie) => ({
  loose: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(undefined, null, true, 0, 1, 'a'),
    fc.array(tie('loose'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('loose'), { maxKeys: 3 }),
  ),
}));

/** Every map and list in a value. */
function parts(value: Json): readonly object[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value, ...Object.values(value).flatMap(parts)];
}

test('what is written beside an old value is the same JSON', () => {
  fc.assert(
    fc.property(loose, loose, (value, old) => {
      expect(beside(value, clean(old))).toEqual(clean(value));
    }),
  );
});

test('what equals the old value is the old value, at any depth', () => {
  fc.assert(
    fc.property(loose, loose, (value, other) => {
      const old = clean([value, other]);
      expect(beside(structuredClone(old), old)).toBe(old);
      const grown = beside({ kept: structuredClone(old), fresh: other }, { kept: old });
      expect(parts(grown)).toContain(old);
      expect(same(grown, clean({ kept: old, fresh: other }))).toBe(true);
    }),
  );
});

test('neither the given value nor the old one is changed', () => {
  fc.assert(
    fc.property(loose, loose, (value, other) => {
      const [given, old] = [structuredClone(value), clean(other)];
      const before = structuredClone(old);
      beside(given, old);
      expect(given).toEqual(value);
      expect(old).toEqual(before);
    }),
  );
});

function pod(name: string, namespace: string, owner: string): Thing {
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner, controller: true }];
  const metadata = { name, namespace, uid: name, resourceVersion: '', creationTimestamp: '', ownerReferences };
  return { apiVersion: 'v1', kind: 'Pod', metadata };
}

test('what an object controls is listed as it is now, in the order it came to be', () => {
  const store = createStore();
  const names = (uid: string) => store.controlled('Pod', 'shop', uid).map(({ metadata }) => metadata.name);
  expect(names('one')).toEqual([]);
  store.put('Pod', pod('b', 'shop', 'one'));
  store.put('Pod', pod('a', 'shop', 'one'));
  store.put('Pod', pod('c', 'shop', 'two'));
  store.put('Pod', pod('d', 'elsewhere', 'one'));
  expect(names('one')).toEqual(['b', 'a']);
  store.put('Pod', pod('b', 'shop', 'two'));
  expect([names('one'), names('two')]).toEqual([['a'], ['b', 'c']]);
  store.drop('Pod', pod('c', 'shop', 'two'));
  expect(names('two')).toEqual(['b']);
  expect(store.list('Pod', 'shop').map(({ metadata }) => metadata.name)).toEqual(['b', 'a']);
  expect(store.list('Pod', null)).toHaveLength(3);
});
