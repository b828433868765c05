import { describe, expect, test } from 'vitest';
import { environmentError } from '../../src/release/error.ts';
import type { Clone } from '../support/memory-git.ts';
import { config, twoSteps } from './files.ts';
import { openShop, type RunOptions, type Shop, shopWith } from './shop.ts';

const atOnce = ['{ name: all, replicas: 100%, leaveWhen: [] }'];
const four = ['{ name: one, replicas: 1 }', '{ name: half, replicas: 50% }', '{ name: all, replicas: 100% }'];
const two = 'approvals: { two: { by: [command], count: 2 } }';
const startByTwo = { more: ['startWhen: [{ approval: two }]'], root: [two] };

/** Another config is merged. */
function merge(shop: Shop, text: string): void {
  shop.origin.commit({ 'stepgate.yaml': text }, { subject: 'another policy' });
}

describe('an approval of the start', () => {
  /** v2 waits for two people at its start, and ada has approved that under the plan of two steps. */
  async function halfApproved() {
    const shop = await shopWith(['v1']);
    const [ada, bob] = [shop.person('ada'), shop.person('bob')];
    shop.push('v2', { files: { 'stepgate.yaml': config(startByTwo) } });
    expect(await ada('deploy')).toMatchObject({ code: 'START_GATE_SHUT' });
    await ada('promote');
    return { shop, ada, bob };
  }

  test('does not count under a plan that was changed since', async () => {
    const { shop, ada, bob } = await halfApproved();
    using _ = shop;
    merge(shop, config({ ...startByTwo, steps: atOnce }));
    expect(await bob('promote')).toMatchObject({ exit: 0, code: 'START_GATE_SHUT' });
    await ada('tick --until done --timeout 1m');
    expect([shop.live(), shop.pods()]).toEqual(['v1', 'v1:4']);
    // The nearest that must still work: she approves the plan that is there now.
    await ada('promote');
    await ada('tick --until done');
    expect(shop.pods()).toBe('v2:4');
  });

  test('counts again where the plan is put back', async () => {
    const { shop, ada, bob } = await halfApproved();
    using _ = shop;
    merge(shop, config({ ...startByTwo, steps: atOnce }));
    await ada('tick');
    merge(shop, config(startByTwo));
    expect(await bob('promote')).toMatchObject({ exit: 0, code: 'STARTING' });
    await shop.wait('20s');
    expect(shop.pods()).toBe('v1:3 v2:1');
  });

  test.for([
    ['people were changed, and she is one', 'from: [ada, bob]', 'v2'],
    ['people were changed, and she is none', 'from: [bob, cid]', 'v1'],
    ['fewer are asked for', 'from: [ada, bob], count: 1', 'v2'],
    ['more are asked for', 'count: 3', 'v1'],
  ] as const)('counts by the people of today: %s', async ([, approvers, live]) => {
    const { shop, bob } = await halfApproved();
    using _ = shop;
    const count = approvers.includes('count') ? '' : ', count: 2';
    const root = [`approvals: { two: { by: [command], ${approvers}${count} } }`];
    merge(shop, config({ ...startByTwo, root }));
    await bob('promote');
    expect(shop.live()).toBe(live);
  });
});

describe('a release under way ends under the plan that it started with', () => {
  async function started(more: Parameters<typeof config>[0] = {}) {
    const shop = await shopWith(['v1'], { files: { 'stepgate.yaml': config({ steps: four, ...more }) } });
    const ada = shop.person('ada');
    shop.push('v2');
    expect(await ada('deploy')).toMatchObject({ code: 'GATE_SHUT' });
    return { shop, ada };
  }

  test.for([
    ['all at once', config({ steps: atOnce })],
    ['without the second approval', config({ steps: [...twoSteps] })],
    ['with other gates', config({ steps: four.map((step) => step.replace(' }', ', leaveWhen: [] }')) })],
  ] as const)('whatever is merged: %s', async ([, policy]) => {
    const { shop, ada } = await started();
    using _ = shop;
    merge(shop, policy);
    await ada('tick');
    expect(await ada('status')).toMatchObject({ code: 'GATE_SHUT', delivery: { step: { index: 1, of: 3 } } });
    expect((await ada('promote')).exit).toBe(0);
    await shop.wait('20s');
    expect(await ada('tick')).toMatchObject({ delivery: { step: { index: 2, of: 3 } } });
    expect(shop.pods()).toBe('v1:2 v2:2');
    await ada('promote');
    expect(await ada('tick --until done')).toMatchObject({ code: 'DELIVERED' });
  });

  test('and the next one goes by the new plan', async () => {
    const { shop, ada } = await started();
    using _ = shop;
    await ada('promote');
    await ada('promote --step 2');
    await ada('tick --until done');
    shop.push('v3', { files: { 'stepgate.yaml': config() } });
    expect(await ada('deploy')).toMatchObject({ delivery: { step: { index: 1, of: 2 } } });
  });

  test('a deploy of the same commit takes the new plan on, and its approvals with the old one go', async () => {
    const { shop, ada } = await started({
      root: [two],
      steps: four.map((step, at) => (at === 0 ? byTwo(step) : step)),
    });
    using _ = shop;
    const commit = shop.origin.tip();
    await ada('promote');
    expect(shop.record().approvals).toHaveLength(1);
    const three = ['{ name: one, replicas: 1 }', '{ name: most, replicas: 75% }', '{ name: all, replicas: 100% }'];
    merge(shop, config({ root: [two], steps: three.map((step, at) => (at === 0 ? byTwo(step) : step)) }));
    expect(await shop.person('bob')(`deploy --at ${commit}`)).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect(shop.record().approvals).toEqual([]);
    await shop.wait('20s');
    await shop.person('bob')('promote');
    expect(shop.pods()).toBe('v1:3 v2:1');
    await ada('promote');
    await shop.wait('20s');
    expect(shop.pods()).toBe('v1:1 v2:3');
  });

  function byTwo(step: string): string {
    return step.replace(' }', ', leaveWhen: [{ approval: two }] }');
  }

  test('a schedule is that of today', async () => {
    const steps = ['{ name: one, replicas: 1, leaveWhen: [{ schedule: office }] }', '{ name: all, replicas: 100% }'];
    const office = (window: string) => [`schedules: { office: { zone: UTC, allow: ["${window}"] } }`];
    const { shop, ada } = await started({ steps, root: office('Sat 00:00-24:00') });
    using _ = shop;
    expect(await ada('tick')).toMatchObject({ code: 'GATE_SHUT' });
    merge(shop, config({ steps, root: office('Mon-Fri 00:00-24:00') }));
    expect(await ada('tick --until done')).toMatchObject({ code: 'DELIVERED' });
  });

  test('steps that somebody edits in the cluster are nobody’s plan: nothing is promoted', async () => {
    const { shop, ada } = await started();
    using _ = shop;
    const rollout = shop.cluster.api.get('Rollout', 'shop', 'shop') as unknown as {
      spec: { strategy: { canary: { steps: { replicas: unknown }[] } } };
    };
    const steps = rollout.spec.strategy.canary.steps.map((step, at) =>
      at === 1 ? { ...step, replicas: '100%' } : step,
    );
    shop.patch('Rollout', { spec: { strategy: { canary: { steps } } } });
    expect(await ada('promote')).toMatchObject({ exit: 4, code: 'PLAN_DIFFERS' });
    expect(await ada('tick')).toMatchObject({ code: 'PLAN_DIFFERS' });
    expect(shop.pods()).toBe('v1:3 v2:1');
    // A rollback needs no plan.
    expect(await ada('rollback')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
    expect(shop.pods()).toBe('v1:4');
  });
});

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
