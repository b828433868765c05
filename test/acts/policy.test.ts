import { describe, expect, test } from 'vitest';
import { environmentError } from '../../src/release/error.ts';
import type { Clone } from '../support/memory-git.ts';
import { config } from './files.ts';
import { openShop, type RunOptions, type Shop, shopWith } from './shop.ts';

/** Another config is merged. */
function merge(shop: Shop, text: string): void {
  shop.origin.commit({ 'stepgate.yaml': text }, { subject: 'another policy' });
}

describe('the policy is that of today', () => {
  const by = (people: string, count = 1) => [
    `approvals: { sre: { by: [command], from: [${people}], count: ${count} } }`,
  ];
  const steps = ['{ name: one, replicas: 1, leaveWhen: [{ approval: sre }] }', '{ name: all, replicas: 100% }'];

  async function waiting() {
    const shop = await shopWith(['v1'], { files: { 'stepgate.yaml': config({ steps, root: by('ada, mallory') }) } });
    // Mallory's clone has the policy of now, and is not fetched any more.
    const [ada, mallory] = [shop.person('ada'), shop.person('mallory')];
    shop.push('v2');
    await ada('deploy');
    mallory.clone.fetch();
    return { shop, ada, mallory };
  }
  const old: RunOptions = { pull: false };

  test('in a clone that has not fetched since, too', async () => {
    const { shop, ada, mallory } = await waiting();
    using _ = shop;
    merge(shop, config({ steps, root: by('ada, bob', 2) }));
    expect((await mallory('promote', old)).code).toBe('GATE_SHUT');
    await mallory('tick', old);
    expect(shop.pods()).toBe('v1:3 v2:1');
    // The nearest that must still work: those who are named today.
    await ada('promote');
    await shop.person('bob')('promote', old);
    expect(await ada('tick --until done')).toMatchObject({ code: 'DELIVERED' });
  });

  test('at the moment when a step goes on, and not only when the run began', async () => {
    const { shop, mallory } = await waiting();
    using _ = shop;
    const told = await mallory('promote', {
      meanwhile: async () => {
        merge(shop, config({ steps, root: by('ada, bob', 2) }));
        await shop.wait('10s');
      },
    });
    expect([told.code, shop.pods()]).toEqual(['GATE_SHUT', 'v1:3 v2:1']);
  });

  test('with the remote away nothing goes on, and hold and rollback do', async () => {
    const { shop, ada, mallory } = await waiting();
    using _ = shop;
    await ada('hold --reason wait');
    shop.origin.away = true;
    expect(await mallory('promote')).toMatchObject({ exit: 3, code: 'GIT_FAILED' });
    expect(await mallory('deploy')).toMatchObject({ exit: 3, code: 'GIT_FAILED' });
    expect((await ada('resume')).exit).toBe(0);
    expect((await ada('hold --reason "again"')).exit).toBe(0);
    expect((await ada('resume')).exit).toBe(0);
    shop.origin.away = false;
    expect((await ada('promote --step 1')).exit).toBe(0);
    shop.origin.away = true;
    expect((await ada('rollback')).delivery?.state).toBe('rolledBack');
    expect(shop.live()).toBe('v1');
  });

  test('a tick with the remote away stops before a step that an approval has opened', async () => {
    const soaking = ['{ name: one, replicas: 1, leaveWhen: [{ soak: 10m }] }', '{ name: all, replicas: 100% }'];
    using shop = await shopWith(['v1'], { files: { 'stepgate.yaml': config({ steps: soaking }) } });
    const ada = shop.person('ada');
    shop.push('v2');
    await ada('deploy');
    shop.origin.away = true;
    await shop.wait('11m');
    expect(await ada('tick')).toMatchObject({ exit: 3, code: 'GIT_FAILED' });
    expect(shop.pods()).toBe('v1:3 v2:1');
    shop.origin.away = false;
    expect(await ada('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
  });

  test('of no branch where nothing tells which: no command guesses', async () => {
    using shop = await shopWith(['v1']);
    const ada = shop.person('ada');
    const clone: Clone = {
      ...ada.clone,
      repo: {
        ...ada.clone.repo,
        defaultBranch: () => Promise.reject(environmentError('GIT_FAILED', 'nothing tells the default branch')),
      },
    };
    for (const line of ['status', 'plan', 'deploy', 'promote', 'tick'])
      expect([line, (await ada(line, { clone, pull: false })).code]).toEqual([line, 'GIT_FAILED']);
    // --policy-ref says it, and what needs no policy finds the delivery in the cluster.
    expect(await ada('status --policy-ref origin/main', { clone, pull: false })).toMatchObject({ exit: 0 });
    expect((await ada('hold --delivery shop', { clone, pull: false })).exit).toBe(0);
    expect(shop.record().holds).toHaveLength(1);
  });
});

describe('--context narrows the policy', () => {
  const prod = {
    contexts: ['prod', 'other'],
    files: { 'stepgate.yaml': config({ more: ['cluster: { context: prod }'] }) },
  };

  test.for(['deploy --until done', 'plan', 'status', 'tick', 'promote', 'rollback', 'hold', 'resume'])(
    '%s in another cluster than the policy names is refused',
    async (line) => {
      using shop = openShop(prod);
      const told = await shop.person('ada')(`${line} --context other`);
      expect([told.exit, told.code]).toEqual([4, 'CONTEXT_REFUSED']);
      expect([shop.live('shop', 'prod'), shop.live('shop', 'other')]).toEqual(['', '']);
    },
  );

  test('the context that the policy names may be said, and any where it names none', async () => {
    using shop = openShop(prod);
    expect((await shop.person('ada')('deploy --until done --context prod')).exit).toBe(0);
    expect([shop.live('shop', 'prod'), shop.live('shop', 'other'), shop.live()]).toEqual(['v1', '', '']);
    using free = openShop({ contexts: ['other'] });
    expect((await free.person('ada')('deploy --until done --context other')).exit).toBe(0);
    expect([free.live('shop', 'other'), free.live()]).toEqual(['v1', '']);
  });

  test('of several deliveries those in the named cluster are worked on, the others are refused', async () => {
    const both = config({ more: ['cluster: { context: prod }'] }).concat(
      config({ more: ['cluster: { context: other }'] })
        .split('\n')
        .slice(2)
        .join('\n')
        .replace('delivery: shop', 'delivery: cart'),
    );
    using shop = openShop({ ...prod, files: { 'stepgate.yaml': both } });
    const told = await shop.person('ada')('deploy --delivery shop --delivery cart --until done --context other');
    expect([told.exit, told.code, shop.live('shop', 'prod'), shop.live('shop', 'other')]).toEqual([
      ...[4, 'CONTEXT_REFUSED', '', 'v1'],
    ]);
  });
});
