import { describe, expect, test } from 'vitest';
import { config } from './files.ts';
import { idOf, outcome, type Shop, shopWith } from './shop.ts';

const three = ['v1', 'v2', 'v3'];
const back = { exit: 0, code: 'ROLLED_BACK', live: 'v2', git: 'v2', holds: 1 };
type Ids = Record<'v1' | 'v2' | 'v3', string>;

async function opened() {
  const shop = await shopWith(three);
  return { shop, ids: { v1: idOf(shop, 'v1'), v2: idOf(shop, 'v2'), v3: idOf(shop, 'v3') } satisfies Ids };
}

describe('two people answer the same alarm: nothing new begins where the second', () => {
  test.for([
    ['says the same', () => ''],
    ['means what is live', () => '--release live'],
    ['names what was rolled back', ({ v3 }) => `--release ${v3}`],
    ['names what serves now', (_, shop) => `--release ${shop.id()}`],
    ['names where it went', ({ v2 }) => `--to ${v2}`],
    ['names where it went by its new id', (_, shop) => `--to ${shop.id()}`],
    ['names both', ({ v2, v3 }) => `--release ${v3} --to ${v2}`],
  ] as readonly [string, (ids: Ids, shop: Shop) => string][])('%s', async ([, line]) => {
    const { shop, ids } = await opened();
    using _ = shop;
    expect(outcome(shop, await shop.person('ada')('rollback --reason slow'))).toEqual(back);
    const [tip, record] = [shop.origin.tip(), shop.record()];
    const second = await shop.person('bob')(`rollback --reason slow ${line(ids, shop)}`);
    expect(outcome(shop, second)).toEqual(back);
    expect([shop.origin.tip(), shop.record()]).toEqual([tip, record]);
    expect(second.log).toContain(`rolled back to ${shop.id()} by ada`);
    expect(second.log).toContain(`--to ${ids.v1}`);
  });
});

test.for([0, 10, 300, 2_000, 6_000])('two at once, %d ms apart: one rollback, one revert', async (gap) => {
  using shop = await shopWith(three);
  const tip = shop.origin.tip();
  const [ada, bob] = [shop.person('ada'), shop.person('bob')];
  const told = await shop.together(
    () => ada('rollback --reason slow'),
    async () => {
      if (gap > 0) await shop.wait(gap);
      return bob('rollback --reason slow');
    },
  );
  expect(told.map((one) => outcome(shop, one))).toEqual([back, back]);
  expect(shop.origin.at(shop.origin.tip()).parents).toEqual([tip]);
  expect(shop.record().runs.filter(({ command }) => command === 'rollback')).toHaveLength(1);
});

test('the policy takes a release back, and a person at the same alarm changes nothing', async () => {
  const policy = config({ more: ['rollback: { on: [stuck], stuckAfter: 5m }'] });
  using shop = await shopWith(['v1', 'v2'], { files: { 'stepgate.yaml': policy } });
  shop.push('v3:broken');
  const [ci, bob] = [shop.person('ci'), shop.person('bob')];
  await ci('deploy');
  await shop.wait('6m');
  const byPolicy = await ci('tick --until done');
  expect(outcome(shop, byPolicy)).toEqual({ ...back, exit: 1 });
  expect(outcome(shop, await bob('rollback --reason "v3 does not start"'))).toEqual(back);
  expect(shop.record().rollback?.to.commit).toBe(shop.record().release?.commit);
});

test('while the Git half is open, the second says so and tries it again', async () => {
  using shop = await shopWith(three);
  shop.origin.closed = true;
  const open = { ...back, exit: 3, code: 'GIT_PUSH_FAILED', git: 'v3' };
  const first = await shop.person('ada')('rollback --reason slow');
  expect([outcome(shop, first), first.delivery?.reason]).toEqual([open, 'ROLLED_BACK_GIT_TODO']);
  expect(outcome(shop, await shop.person('bob')('rollback --reason slow'))).toEqual(open);
  shop.origin.closed = false;
  expect(outcome(shop, await shop.person('cid')('rollback --reason slow'))).toEqual(back);
});

describe('what must still work', () => {
  test('--to goes further back, and says what it leaves', async () => {
    const { shop, ids } = await opened();
    using _ = shop;
    const ada = shop.person('ada');
    await ada('rollback --reason slow');
    const further = await ada(`rollback --to ${ids.v1} --reason "v2 is slow too"`);
    expect(outcome(shop, further)).toEqual({ ...back, live: 'v1', git: 'v1', holds: 2 });
    expect(shop.pods()).toBe('v1:4');
    expect(outcome(shop, await ada('rollback'))).toMatchObject({ exit: 0, live: 'v1', git: 'v1' });
  });

  test('once something new was released, a rollback is a new one', async () => {
    using shop = await shopWith(three);
    const ada = shop.person('ada');
    await ada('rollback --reason slow');
    await shop.deliver('v4');
    expect(outcome(shop, await ada('rollback --reason worse'))).toEqual({ ...back, holds: 2 });
    await shop.deliver('v5');
    expect(outcome(shop, await ada('rollback --reason worse'))).toEqual({ ...back, holds: 3 });
  });

  test('a release in its first step is taken back to stable after an earlier rollback', async () => {
    using shop = await shopWith(three);
    const ada = shop.person('ada');
    await ada('rollback --reason slow');
    shop.push('v4');
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect(outcome(shop, await ada('rollback --reason worse'))).toEqual({ ...back, holds: 2 });
    expect(shop.pods()).toBe('v2:4');
  });
});

describe('a second rollback overtakes the first', () => {
  test('whose revert is not pushed: the pods go back at once, and one revert undoes both', async () => {
    const { shop, ids } = await opened();
    using _ = shop;
    const [ada, bob] = [shop.person('ada'), shop.person('bob')];
    shop.origin.closed = true;
    await ada('rollback --reason "v3 is slow"');
    const second = await bob(`rollback --to ${ids.v1} --reason "v2 is bad too"`);
    const open = { exit: 3, code: 'GIT_PUSH_FAILED', live: 'v1', git: 'v3', holds: 2 };
    expect(outcome(shop, second)).toEqual(open);
    expect(shop.pods()).toBe('v1:4');
    expect(shop.record().rollback?.bad.map(({ commit }) => commit)).toEqual([
      shop.record().rollback?.from.commit,
      shop.origin.tip(),
    ]);
    shop.origin.closed = false;
    expect(outcome(shop, await shop.person('ci')('tick'))).toMatchObject({ exit: 0, live: 'v1', git: 'v1' });
  });

  test.for([5, 200, 1_500, 4_000])('%d ms after it began', async (gap) => {
    const { shop, ids } = await opened();
    using _ = shop;
    const [ada, bob] = [shop.person('ada'), shop.person('bob')];
    const told = await shop.together(
      () => ada('rollback --reason slow'),
      async () => {
        await shop.wait(gap);
        return bob(`rollback --to ${ids.v1} --reason "v2 is bad too"`);
      },
    );
    expect(told.map(({ exit }) => exit)).toEqual([0, 0]);
    expect([shop.live(), shop.git(), shop.pods()]).toEqual(['v1', 'v1', 'v1:4']);
    expect(shop.record().rollback).toMatchObject({ by: 'bob', cluster: 'done', git: 'done' });
  });

  test.for([
    ['to an id that nobody knows', () => '0123456789-01234567'],
    ['to what it takes back', ({ v3 }) => v3],
    ['to a name', () => 'v1'],
  ] as readonly [string, (ids: Ids) => string][])('but not %s', async ([, to]) => {
    const { shop, ids } = await opened();
    using _ = shop;
    const [ada, bob] = [shop.person('ada'), shop.person('bob')];
    shop.origin.closed = true;
    await ada('rollback --reason slow');
    const record = shop.record();
    const told = await bob(`rollback --to ${to(ids)}`);
    expect(told).toMatchObject({ exit: 4, code: 'NOTHING_TO_ROLL_BACK_TO' });
    expect(told.error?.hint).toContain(ids.v1);
    expect(shop.record()).toEqual(record);
  });

  test('a rollback to what is live itself is refused', async () => {
    const { shop, ids } = await opened();
    using _ = shop;
    const told = await shop.person('ada')(`rollback --to ${ids.v3}`);
    expect(outcome(shop, told)).toEqual({
      ...back,
      exit: 4,
      code: 'NOTHING_TO_ROLL_BACK_TO',
      live: 'v3',
      git: 'v3',
      holds: 0,
    });
  });
});

describe('a rollback is of the release that its person saw', () => {
  /** v1 is stable, v2 waited at its first step, and the fix v3 has superseded it there. */
  async function superseded() {
    const shop = await shopWith(['v1']);
    const ada = shop.person('ada');
    shop.push('v2');
    await ada('deploy');
    const v2 = shop.id();
    shop.push('v3');
    await ada('deploy');
    return { shop, ada, v2, v3: shop.id() };
  }

  test.for([
    ['that was superseded', ({ v2 }) => v2],
    ['that was delivered before', ({ v1 }) => v1],
    ['that nobody knows', () => '0123456789-01234567'],
  ] as readonly [string, (ids: Ids) => string][])('one %s: refused, nothing is written', async ([, named]) => {
    const { shop, ada, v2, v3 } = await superseded();
    using _ = shop;
    const [record, version] = [shop.record(), shop.cluster.api.get('Deployment', 'shop', 'shop')];
    const told = await ada(`rollback --release ${named({ v1: idOf(shop, 'v1'), v2, v3 })}`);
    expect(told).toMatchObject({ exit: 4, code: 'RELEASE_CHANGED' });
    expect(told.error?.message).toContain(v3);
    expect([shop.record(), shop.cluster.api.get('Deployment', 'shop', 'shop')]).toEqual([record, version]);
  });

  test.for(['', '--release live', '--release v3'])('%s takes back what is live', async (line) => {
    const { shop, ada, v3 } = await superseded();
    using _ = shop;
    const told = await ada(`rollback ${line.replace('v3', v3)}`);
    expect(told).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
    expect([shop.live(), shop.git(), shop.pods()]).toEqual(['v1', 'v1', 'v1:4']);
  });

  test('what was live when the run began is meant through every retry', async () => {
    using shop = await shopWith(['v1']);
    const [ada, bob] = [shop.person('ada'), shop.person('bob')];
    shop.push('v2');
    await ada('deploy');
    shop.push('v3');
    const told = await ada('rollback --reason "v2 is bad"', { meanwhile: () => bob('deploy') });
    expect(told).toMatchObject({ exit: 4, code: 'RELEASE_CHANGED' });
    expect([shop.live(), shop.record().rollback, shop.record().holds]).toEqual(['v3', null, []]);
  });

  test.for([
    // What was asked for last goes, and what serves stays.
    ['that waits for its start', 'pending', { exit: 0, code: 'ROLLED_BACK', live: 'v2', git: 'v2' }],
    // What was merged on top of the bad one is not undone: Git is ahead, and somebody has to decide.
    ['that serves beside it', 'live', { exit: 3, code: 'GIT_AHEAD', live: 'v1', git: 'v3' }],
  ] as const)('one %s', async ([, named, wanted]) => {
    using shop = await shopWith(['v1', 'v2']);
    shop.push('v3', { files: { 'stepgate.yaml': config({ more: ['startWhen: [approval]'] }) } });
    const ada = shop.person('ada');
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'START_GATE_SHUT' });
    const id = named === 'live' ? shop.id() : (shop.record().release?.id ?? '');
    expect(outcome(shop, await ada(`rollback --release ${id} --reason no`))).toEqual({ ...wanted, holds: 1 });
    expect(shop.pods()).toBe(`${wanted.live}:4`);
    // Neither can be started by an approval that comes now.
    expect((await ada('promote')).exit).toBe(4);
    expect(shop.live()).toBe(wanted.live);
  });
});
