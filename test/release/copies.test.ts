import { assert, constantFrom, dictionary, property, record as shape, string, uniqueArray } from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  changedCopies,
  contentHash,
  contentKey,
  copiesOf,
  copyBefore,
  copyOf,
  keptKind,
  outdated,
  overwrites,
  replacedAnew,
  restorableFrom,
  restorePatch,
} from '../../src/release/copies.ts';
import { fencePatch, isFence } from '../../src/release/fence.ts';
import { type JsonObject, objectAt, stringAt } from '../../src/release/json.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import { type Delivered, emptyRecord, type ReleaseRecord } from '../../src/release/record.ts';

const owner = { apiVersion: 'rollouts.kruise.io/v1beta1', kind: 'Rollout', metadata: { name: 'shop', uid: 'u1' } };
const configMap = (data: JsonObject, name = 'settings') => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop', resourceVersion: '7' },
  data,
});
const version = (letter: string): Delivered => ({
  id: `${letter.repeat(10)}-11111111`,
  commit: letter.repeat(40),
  digest: '1'.repeat(64),
  whole: letter.repeat(64),
  at: '2026-12-01T10:00:00Z',
  template: null,
  revision: null,
});
const [newest, middle, oldest] = [version('c'), version('b'), version('a')];
const record = { ...emptyRecord, history: [newest, middle, oldest] };

/** The copy that was made when `next` was written over `text`, which `of` had delivered. */
function copied(
  of: Delivered,
  text: string,
  next: string,
  name = 'settings',
  fields: readonly JsonObject[] = [],
  release = 'next',
) {
  const live = configMap({ text }, name);
  const [wanted, content] = [configMap({ text: next }, name), contentKey(of)];
  const seen = { ...live, metadata: { ...live.metadata, managedFields: fields } };
  return copyOf(seen, { wanted, release, delivery: 'shop', content, owner, managers: ['stepgate'] });
}

/** Somebody has edited the text. */
const byHand = { manager: 'kubectl', fieldsV1: { 'f:data': { 'f:text': {} } } };

test.for([
  ['a ConfigMap', { apiVersion: 'v1', kind: 'ConfigMap' }, 'configmaps'],
  ['a Secret', { apiVersion: 'v1', kind: 'Secret' }, 'secrets'],
  ['a Service', { apiVersion: 'v1', kind: 'Service' }, undefined],
  ['another group’s ConfigMap', { apiVersion: 'example.com/v1', kind: 'ConfigMap' }, undefined],
] as const)('of %s copies are kept: %j is %s', ([, object, plural]) => {
  expect(keptKind(object)?.plural).toBe(plural);
});

test.for([
  ['the same', configMap({ a: '1' }), configMap({ a: '1' }), false],
  ['a key more on the server', configMap({ a: '1', b: '2' }), configMap({ a: '1' }), false],
  ['another value', configMap({ a: '1' }), configMap({ a: '2' }), true],
  ['a new key', configMap({ a: '1' }), configMap({ a: '1', b: '2' }), true],
  [
    'a Secret in plain text',
    { kind: 'Secret', data: { a: Buffer.from('x').toString('base64') } },
    { kind: 'Secret', stringData: { a: 'x' } },
    false,
  ],
] as const)('a write is one that changes the content: %s', ([, live, wanted, changes]) => {
  expect(overwrites(live, wanted)).toBe(changes);
});

describe('a copy', () => {
  test('has the content, is marked, immutable, and goes with the Rollout', () => {
    const copy = copied(middle, 'one', 'two');
    expect(copy).toMatchObject({ data: { text: 'one' }, immutable: true });
    expect(objectAt(copy, 'metadata')).toMatchObject({
      namespace: 'shop',
      labels: { 'stepgate.dev/copy': 'true' },
      ownerReferences: [{ kind: 'Rollout', name: 'shop', uid: 'u1' }],
    });
    expect(copiesOf('shop', [copy])).toMatchObject([{ of: 'ConfigMap/settings', content: middle.whole }]);
    expect(copiesOf('cart', [copy])).toEqual([]);
    expect(copiesOf('shop', [{ ...copy, kind: 'Secret' }])).toEqual([]);
    expect(copiesOf('shop', [{ ...copy, metadata: { ...objectAt(copy, 'metadata'), annotations: {} } }])).toEqual([]);
  });

  test('has a name of its own for each content, however long the name of the object', () => {
    const law = property(
      uniqueArray(string({ minLength: 1, unit: constantFrom('a', 'b', '0') }), { minLength: 2, maxLength: 5 }),
      (texts) => {
        const names = texts.map(
          (text) => stringAt(copied(middle, text, 'other', 'x'.repeat(253)), 'metadata', 'name') ?? '',
        );
        return new Set(names).size === names.length && names.every((name) => name.length <= 253);
      },
    );
    assert(law);
  });

  test('goes once two newer contents were delivered', () => {
    const copies = copiesOf('shop', [copied(oldest, '0', '1'), copied(middle, '1', '2'), copied(newest, '2', '3')]);
    expect(outdated(copies, 'ConfigMap/settings', record, contentKey(newest)).map((one) => one.content)).toEqual([
      oldest.whole,
    ]);
    expect(outdated(copies, 'ConfigMap/other', record, contentKey(newest))).toEqual([]);
  });
});

describe('a copy that is made now', () => {
  const of = 'ConfigMap/settings';
  const now = (
    text: string,
    serving: Delivered,
    copies: readonly KubeObject[],
    edited = false,
    holds: ReleaseRecord['holds'] = [],
  ) => {
    const live = configMap({ text });
    const found = copyBefore(
      copiesOf('shop', copies),
      { ...record, holds },
      {
        live: edited ? { ...live, metadata: { ...live.metadata, managedFields: [byHand] } } : live,
        serving,
        managers: ['stepgate'],
      },
    );
    const [copy, stale] = [[found.copy], found.stale].map((all) =>
      all.map((one) => stringAt(one?.object ?? null, 'data', 'text')),
    );
    return { content: found.content, copy: copy?.[0] ?? null, stale };
  };
  const [stable, next] = [contentKey(newest), version('d')];

  test('has the content of stable where nothing was written over it since, whatever serves', () => {
    const other = [copied(newest, 'x', 'y', 'other'), copied(middle, '0', '1')];
    for (const copies of [[], other]) {
      for (const serving of [next, newest])
        expect(now('2', serving, copies)).toEqual({ content: stable, copy: null, stale: [] });
    }
  });

  test('has the content of what serves where stable has its copy', () => {
    const copies = [copied(newest, '2', '3')];
    expect(now('3', next, copies)).toEqual({ content: contentKey(next), copy: null, stale: [] });
    // Killed between the copy and the write: what serves has the same text.
    expect(now('2', next, copies)).toEqual({ content: stable, copy: '2', stale: [] });
    // Also where a change was broken off.
    for (const text of ['2', '3']) expect(now(text, newest, copies)).toEqual({ content: stable, copy: '2', stale: [] });
  });

  test('takes the place of one that somebody had left by hand, and is kept from what is edited by hand', () => {
    const before = [copied(newest, 'edited', '3', 'settings', [byHand])];
    expect(now('2', newest, before)).toEqual({ content: stable, copy: null, stale: ['edited'] });
    expect(now('edited again', newest, before, true)).toEqual({ content: stable, copy: 'edited', stale: [] });
    const copies = [copied(newest, '2', '3')];
    expect(now('edited', newest, copies, true)).toEqual({ content: stable, copy: '2', stale: [] });
  });

  test('takes the place of one by hand once the release that was written over it was taken back', () => {
    const copies = [copied(newest, 'edited', '3', 'settings', [byHand], 'bad')];
    const hold = { digest: '1'.repeat(64), release: 'bad', by: 'ada', at: '2026-12-01T10:00:00Z', run: null };
    const held = [{ ...hold, reason: 'rolled back: bad' }];
    expect(now('3', newest, copies, false, held)).toEqual({ content: stable, copy: null, stale: ['edited'] });
    // While it is under way, what it has written is nothing to go back to.
    expect(now('3', newest, copies)).toEqual({ content: stable, copy: 'edited', stale: [] });
  });

  test('is kept from what another delivery has written, by whichever name', () => {
    const copies = [copied(newest, '2', '3')];
    expect(now('theirs', newest, copies)).toEqual({ content: stable, copy: '2', stale: [] });
  });

  test('is noted anew when something else is written over it', () => {
    const [copy] = copiesOf('shop', [copied(newest, '2', '3')]);
    if (copy === undefined) throw new Error('it is a copy');
    const [next] = copiesOf('shop', [replacedAnew(copy, configMap({ text: '4' }), 'later')]);
    expect(next).toMatchObject({ of, content: copy.content, replacedBy: contentHash(configMap({ text: '4' })) });
    expect(next?.object).toEqual({ ...copy.object, metadata: expect.anything() });
  });
});

describe('what is restored', () => {
  const copies = copiesOf('shop', [
    copied(oldest, '0', '1'),
    copied(middle, '1', '2'),
    // Written once, by the newest.
    copied(middle, 'x', 'y', 'other'),
  ]);
  test.for([
    ['the version before', middle, { settings: '1', other: 'x' }],
    ['two versions back', oldest, { settings: '0', other: 'x' }],
    ['what serves', newest, {}],
    ['what is in no record', version('f'), {}],
  ] as const)('for %s: what each object had then', ([, to, wanted]) => {
    const found = restorableFrom(copies, record, to).map(({ of, from }) => [
      of.replace('ConfigMap/', ''),
      stringAt(from.object, 'data', 'text'),
    ]);
    expect(Object.fromEntries(found)).toEqual(wanted);
  });

  test('is only what the writes since have left as they made it', () => {
    const [found] = restorableFrom(copies, record, oldest);
    const hashes = ['0', '1', '2'].map((text) => contentHash(configMap({ text })));
    expect([...(found?.known ?? [])].sort()).toEqual(hashes.sort());
  });
});

test('a restored object has the content of the copy and no other, and is still of the version that was read', () => {
  const law = property(
    shape({ live: dictionary(string(), string()), kept: dictionary(string(), string()) }),
    ({ live, kept }) => {
      const [copy] = copiesOf('shop', [
        copyOf(configMap(kept), {
          wanted: configMap(live),
          release: 'next',
          delivery: 'shop',
          content: 'c',
          owner,
          managers: [],
        }),
      ]);
      if (copy === undefined) return false;
      const patch = restorePatch(configMap(live), copy);
      const [first, data] = patch;
      const isBound = first?.op === 'test' && first.path === '/metadata/resourceVersion' && first.value === '7';
      return isBound && data?.op === 'add' && JSON.stringify(data.value) === JSON.stringify(kept);
    },
  );
  assert(law);
});

test.for([
  ['without annotations', {}, '/metadata/annotations'],
  ['with others', { annotations: { a: 'b' } }, '/metadata/annotations/stepgate.dev~1fence'],
  [
    'with an earlier one',
    { annotations: { 'stepgate.dev/fence': 'before' } },
    '/metadata/annotations/stepgate.dev~1fence',
  ],
  ['with its own', { annotations: { 'stepgate.dev/fence': 'now' } }, null],
] as const)('the fence of an object %s', ([, metadata, path]) => {
  const patch = fencePatch({ metadata: { ...metadata, resourceVersion: '7' } }, { at: 'now' });
  expect(patch === null || isFence(patch)).toBe(true);
  expect(patch?.map((one) => one.path) ?? null).toEqual(path === null ? null : ['/metadata/resourceVersion', path]);
});

test('a patch of anything else moves no fence', () => {
  expect(isFence([{ op: 'add', path: '/data', value: {} }])).toBe(false);
  expect(isFence([{ op: 'add', path: '/metadata/annotations', value: { a: 'b' } }])).toBe(false);
});

describe('what somebody has made or changed is no copy', () => {
  const copy = copied(middle, '1', '2');
  const metadata = objectAt(copy, 'metadata');
  const noted = (notes: JsonObject) => ({
    ...copy,
    metadata: { ...metadata, annotations: { ...objectAt(metadata, 'annotations'), ...notes } },
  });

  test.for([
    ['the data', { ...copy, data: { text: 'evil' } }],
    ['the name', { ...copy, metadata: { ...metadata, name: 'zz' } }],
    ['what it is a copy of', noted({ 'stepgate.dev/copy-of': 'ConfigMap/other' })],
    ['the kind of that', noted({ 'stepgate.dev/copy-of': 'Secret/settings' })],
    ['which release had it', noted({ 'stepgate.dev/content-of': oldest.whole ?? '' })],
  ] as const)('%s', ([, changed]) => {
    expect([copiesOf('shop', [copy]).length, changedCopies('shop', [copy])]).toEqual([1, []]);
    expect(copiesOf('shop', [changed])).toEqual([]);
    expect(changedCopies('shop', [changed])).toHaveLength(1);
    // Copies of other deliveries are no business of this one.
    expect(changedCopies('cart', [changed])).toEqual([]);
  });
});

test('objects with long names have no copy in common, and every name is one that a server takes', () => {
  const names = ['-a', '-b', '.a'].map((end) => `${'n'.repeat(199)}${end}`);
  const copies = names.map((name) => stringAt(copied(middle, '1', '2', name), 'metadata', 'name') ?? '');
  expect(new Set(copies).size).toBe(names.length);
  for (const name of copies) {
    expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
    expect(name.length).toBeLessThanOrEqual(253);
  }
});
