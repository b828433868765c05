import { describe, expect, test } from 'vitest';
import { outcome, type RunOptions, type Shop, shopWith } from './shop.ts';

const attempt = (number: number, id = '4711'): RunOptions => ({ workflow: { id, attempt: number } });

async function waiting() {
  const shop = await shopWith(['v1']);
  shop.push('v2');
  await shop.person('ci')('deploy');
  return { shop, ada: shop.person('ada'), bob: shop.person('bob'), id: shop.id() };
}

const acts = (shop: Shop) => {
  const { approvals, holds, runs } = shop.record();
  return { approvals: approvals.map(({ by }) => by), holds: holds.length, runs: runs.length };
};

describe('in a workflow', () => {
  test('promote takes release and step, and a command line has what waits by default and prints it', async () => {
    const { shop, ada, id } = await waiting();
    using _ = shop;
    for (const line of ['promote', `promote --release ${id}`, 'promote --step 1'])
      expect(await ada(line, attempt(1))).toMatchObject({ exit: 2, code: 'RELEASE_REQUIRED' });
    expect(shop.record().approvals).toEqual([]);
    const told = await ada('promote');
    expect([told.exit, told.log]).toEqual([0, expect.stringContaining(`promotes release ${id}, step 1`)]);
  });

  test.for([
    ['another release', (id) => `--release ${id}-2 --step 1`, 'RELEASE_CHANGED'],
    ['another step', (id) => `--release ${id} --step 2`, 'STEP_CHANGED'],
  ] as readonly [string, (id: string) => string, string][])('%s than waits is refused', async ([, given, code]) => {
    const { shop, ada, id } = await waiting();
    using _ = shop;
    expect(await ada(`promote ${given(id)}`, attempt(1))).toMatchObject({ exit: 4, code });
    expect(await ada(`promote ${given(id)}`)).toMatchObject({ exit: 4, code });
    expect(shop.record().approvals).toEqual([]);
  });
});

describe('a run that is started again', () => {
  test('goes on with its approval, and adds none for whoever started it again', async () => {
    const { shop, ada, bob, id } = await waiting();
    using _ = shop;
    const line = `promote --release ${id} --step 1`;
    await ada(line, { ...attempt(1), dies: 2 });
    const before = acts(shop);
    expect(before.approvals).toEqual(['ada']);
    expect((await bob(line, attempt(2))).exit).toBe(0);
    expect(acts(shop)).toEqual(before);
    await shop.wait('30s');
    expect(shop.pods()).toBe('v2:4');
  });

  test('with nothing recorded is an act of whoever started it again', async () => {
    const { shop, ada, bob, id } = await waiting();
    using _ = shop;
    await ada(`promote --release ${id} --step 1`, { ...attempt(1), dies: 1 });
    expect(shop.record().approvals).toEqual([]);
    await bob(`promote --release ${id} --step 1`, attempt(2));
    expect(acts(shop).approvals).toEqual(['bob']);
    expect(shop.record().runs[0]).toMatchObject({ by: 'bob', run: { id: '4711', attempt: 2 } });
  });

  test('of a promotion of a release that is gone by then approves nothing of the next one', async () => {
    const { shop, ada, bob, id } = await waiting();
    using _ = shop;
    const line = `promote --release ${id} --step 1`;
    await ada(line, { ...attempt(1), dies: 1 });
    shop.push('v3');
    await bob('deploy');
    expect(await bob(line, attempt(2))).toMatchObject({ exit: 4, code: 'RELEASE_CHANGED' });
    expect(acts(shop).approvals).toEqual([]);
  });

  test('finishes its rollback, and begins none of what was released since', async () => {
    for (const dies of [2, 4]) {
      using shop = await shopWith(['v1', 'v2', 'v3']);
      const [ada, bob] = [shop.person('ada'), shop.person('bob')];
      await ada('rollback --reason slow', { ...attempt(1), dies });
      expect(outcome(shop, await bob('rollback --reason slow', attempt(2)))).toMatchObject({
        exit: 0,
        live: 'v2',
        git: 'v2',
      });
      await shop.deliver('v4');
      const again = await bob('rollback --reason slow', attempt(3));
      expect(outcome(shop, again)).toMatchObject({ exit: 0, code: 'DELIVERED', live: 'v4' });
      expect(shop.record().rollback?.from.id ?? null).toBeNull();
    }
  });

  test.for([
    ['rollback', 4],
    ['rollback --release live', 4],
    ['resume', 4],
    ['rollback --undo', 4],
  ] as const)('%s, whose first attempt recorded nothing, has to say what it means', async ([line, exit]) => {
    const { shop, ada, bob, id } = await waiting();
    using _ = shop;
    await ada(line === 'rollback --undo' ? 'rollback' : 'hold');
    await ada(line, { ...attempt(1), dies: 1 });
    const record = shop.record();
    expect(await bob(line, attempt(2))).toMatchObject({ exit, code: 'RELEASE_REQUIRED' });
    expect(shop.record()).toEqual(record);
    if (line === 'resume' || line === 'rollback --undo') return;
    expect((await bob(`rollback --release ${id}`, attempt(2))).exit).toBe(0);
    expect(shop.live()).toBe('v1');
  });

  test('holds once, and not again what somebody has lifted since', async () => {
    const { shop, ada, bob } = await waiting();
    using _ = shop;
    await ada('hold', attempt(1));
    await bob('resume');
    await ada('hold', attempt(2));
    expect(shop.record().holds).toEqual([]);
    expect((await ada('hold', attempt(1, '4712'))).exit).toBe(0);
    expect(shop.record().holds).toHaveLength(1);
  });

  test('deploys what it says, as often as it is started', async () => {
    using shop = await shopWith(['v1']);
    const ada = shop.person('ada');
    shop.push('v2');
    await ada('deploy', { ...attempt(1), dies: 2 });
    expect(await ada('deploy', attempt(2))).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    const ids = [shop.id()];
    await ada('deploy', attempt(3));
    ids.push(shop.id());
    expect(ids[0]).toBe(ids[1]);
    expect(shop.pods()).toBe('v1:3 v2:1');
  });

  test('undoes a rollback once', async () => {
    using shop = await shopWith(['v1', 'v2']);
    const [ada, bob] = [shop.person('ada'), shop.person('bob')];
    await ada('rollback');
    expect((await bob('rollback --undo', attempt(1))).exit).toBe(0);
    expect([shop.git(), shop.record().holds]).toEqual(['v2', []]);
    expect(await bob('deploy')).toMatchObject({ code: 'GATE_SHUT' });
    await ada('rollback --reason "it is bad after all"');
    expect((await bob('rollback --undo', attempt(2))).exit).toBe(0);
    expect([shop.live(), shop.git(), shop.record().holds.length]).toEqual(['v1', 'v1', 1]);
  });
});
