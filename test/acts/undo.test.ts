import { describe, expect, test } from 'vitest';
import { config } from './files.ts';
import { outcome, shopWith } from './shop.ts';

/** v2 was delivered and taken back by mistake. */
async function mistaken({ closed = false } = {}) {
  const shop = await shopWith(['v1', 'v2']);
  const [ada, bob] = [shop.person('ada'), shop.person('bob')];
  shop.origin.closed = closed;
  await ada('rollback --reason "wrong alarm"');
  shop.origin.closed = false;
  return { shop, ada, bob };
}

describe('rollback --undo', () => {
  test('frees the version and lets Git name it again; it goes out anew, step by step', async () => {
    const { shop, ada, bob } = await mistaken();
    using _ = shop;
    const told = await bob('rollback --undo --reason "the alarm was wrong"');
    expect(outcome(shop, told)).toMatchObject({ exit: 0, live: 'v1', git: 'v2', holds: 0 });
    expect(told.delivery?.todo).toBe('stepgate deploy --delivery shop');
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect([shop.pods(), shop.record().approvals]).toEqual(['v1:3 v2:1', []]);
    await ada('promote');
    expect(await ada('tick --until done')).toMatchObject({ code: 'DELIVERED' });
    // And it can be taken back again.
    expect(outcome(shop, await ada('rollback'))).toMatchObject({ exit: 0, live: 'v1', git: 'v1', holds: 1 });
  });

  test('before the revert was pushed: nothing is pushed', async () => {
    const { shop, ada, bob } = await mistaken({ closed: true });
    using _ = shop;
    const tip = shop.origin.tip();
    expect(outcome(shop, await bob('rollback --undo'))).toMatchObject({ exit: 0, git: 'v2', holds: 0 });
    expect(shop.origin.tip()).toBe(tip);
    await shop.person('ci')('tick');
    expect([shop.origin.tip(), shop.live()]).toEqual([tip, 'v1']);
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
  });

  test('with newer commits on the revert leaves Git to a person, and says so', async () => {
    const { shop, bob } = await mistaken();
    using _ = shop;
    shop.push('v3');
    expect(await bob('rollback --undo')).toMatchObject({ exit: 3, code: 'GIT_AHEAD' });
    expect([shop.git(), shop.record().holds]).toEqual(['v3', []]);
  });

  test('with the remote away is finished by a later tick', async () => {
    const { shop, bob } = await mistaken();
    using _ = shop;
    shop.origin.closed = true;
    expect(await bob('rollback --undo')).toMatchObject({ exit: 3, code: 'GIT_PUSH_FAILED' });
    expect([shop.git(), shop.record().holds]).toEqual(['v1', []]);
    shop.origin.closed = false;
    expect((await shop.person('ci')('tick')).exit).toBe(0);
    expect([shop.git(), shop.record().rollback]).toEqual(['v2', null]);
  });

  test.for([100, 2_000])('%d ms after the rollback began: it goes to its end, and then it is lifted', async (gap) => {
    using shop = await shopWith(['v1', 'v2']);
    const [ada, bob] = [shop.person('ada'), shop.person('bob')];
    await shop.together(
      () => ada('rollback'),
      async () => {
        await shop.wait(gap);
        return bob('rollback --undo');
      },
    );
    await shop.person('ci')('tick');
    expect([shop.live(), shop.pods(), shop.git(), shop.record().holds]).toEqual(['v1', 'v1:4', 'v2', []]);
    expect(shop.record().rollback).toBeNull();
  });

  test('leaves every other hold, and is about one rollback only', async () => {
    const { shop, ada, bob } = await mistaken();
    using _ = shop;
    await ada('hold --reason look');
    const refused = await bob(`rollback --undo --release ${shop.id()}`);
    expect([refused.exit, refused.code]).toEqual([4, 'RELEASE_CHANGED']);
    await bob('rollback --undo');
    expect(shop.record().holds).toMatchObject([{ digest: null, reason: 'look' }]);
    expect(await bob('rollback --undo')).toMatchObject({ exit: 4, code: 'NOTHING_TO_UNDO' });
    expect(await ada('deploy')).toMatchObject({ exit: 4, code: 'HELD' });
  });

  test('where nothing was taken back is refused', async () => {
    using shop = await shopWith(['v1', 'v2']);
    const record = shop.record();
    expect(await shop.person('ada')('rollback --undo')).toMatchObject({ exit: 4, code: 'NOTHING_TO_UNDO' });
    expect(shop.record()).toEqual(record);
  });

  test('of a rollback that overtook another lifts that one alone', async () => {
    using shop = await shopWith(['v1', 'v2', 'v3']);
    const [ada, bob] = [shop.person('ada'), shop.person('bob')];
    const [v3, v2, v1] = shop.record().history.map(({ id }) => id);
    shop.origin.closed = true;
    await ada('rollback');
    await ada(`rollback --to ${v1}`);
    shop.origin.closed = false;
    await shop.person('ci')('tick');
    expect([shop.live(), shop.git(), shop.record().holds.length]).toEqual(['v1', 'v1', 2]);
    // v3 was taken back by the one before: that was no mistake.
    expect(await bob(`rollback --undo --release ${v3}`)).toMatchObject({ exit: 4, code: 'RELEASE_CHANGED' });
    await bob(`rollback --undo --release ${v2}-2`);
    expect([shop.git(), shop.record().holds.map(({ release }) => release)]).toEqual(['v2', [v3]]);
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
  });

  test('of one that overtook another whose revert was never pushed keeps what is on top of the first one out', async () => {
    using shop = await shopWith(['v1', 'v2', 'v3']);
    const ada = shop.person('ada');
    const [, , v1] = shop.record().history.map(({ id }) => id);
    shop.origin.closed = true;
    await ada('rollback');
    await ada(`rollback --to ${v1}`);
    expect((await ada('rollback --undo')).exit).toBe(0);
    expect(shop.record()).toMatchObject({ rollback: null, holds: [{ unreverted: { commit: shop.origin.tip() } }] });
    shop.push('v3', { line: 'x' });
    expect(await ada('deploy')).toMatchObject({ exit: 4, code: 'BAD_RELEASE_INSIDE' });
    // Until somebody reverts it by hand.
    shop.push('v1');
    shop.push('v4');
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
  });

  test('in a workflow of its own takes a person, and no policy', async () => {
    const { shop, bob } = await mistaken();
    using _ = shop;
    shop.origin.commit({ 'stepgate.yaml': 'nonsense' });
    const told = await bob('rollback --undo --delivery shop', { workflow: { id: '9' } });
    expect([told.exit, shop.record().holds]).toEqual([3, []]);
    shop.origin.commit({ 'stepgate.yaml': config() });
    expect((await shop.person('ci')('tick')).exit).toBe(0);
    expect(shop.git()).toBe('v2');
  });
});
