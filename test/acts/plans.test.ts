import { describe, expect, test } from 'vitest';
import { config, twoSteps } from './files.ts';
import { type Shop, shopWith } from './shop.ts';

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
    // At once, while the engine runs the step again for the new plan.
    await shop.person('bob')('promote');
    expect(shop.pods()).toBe('v1:3 v2:1');
    await ada('promote');
    await shop.wait('20s');
    expect(shop.pods()).toBe('v1:1 v2:3');
  });

  test('and one that is killed between the record and the steps is ended by the next deploy, which is told', async () => {
    const { shop, ada } = await started();
    using _ = shop;
    const commit = shop.origin.tip();
    merge(shop, config({ steps: ['{ name: one, replicas: 2 }', ...four.slice(1)] }));
    const bob = shop.person('bob');
    await bob(`deploy --at ${commit}`, { dies: 2 });
    const tick = await ada('tick');
    expect(tick).toMatchObject({
      code: 'PLAN_DIFFERS',
      delivery: { todo: `stepgate deploy --delivery shop --at ${commit}` },
    });
    expect(await ada('promote')).toMatchObject({ exit: 4, code: 'PLAN_DIFFERS' });
    expect(await bob(`deploy --at ${commit}`)).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect(shop.pods()).toBe('v1:2 v2:2');
    await ada('promote');
    const before = shop.cluster.api.get('Rollout', 'shop', 'shop');
    await bob(`deploy --at ${commit}`);
    expect(shop.cluster.api.get('Rollout', 'shop', 'shop')?.spec, 'nothing is left to write').toEqual(before?.spec);
  });

  test('plan says what a changed plan would do to it, edit by edit', async () => {
    const { shop, ada } = await started();
    using _ = shop;
    const edited = ['{ name: one, replicas: 2, leaveWhen: [] }', ...four.slice(1)];
    merge(shop, config({ steps: edited }));
    const { delivery } = await ada('plan');
    const found = delivery?.findings.filter(({ code }) => code === 'PLAN_CHANGED_MIDWAY');
    expect(found?.map(({ severity, facts }) => [severity, facts])).toEqual([
      ['warning', ['step 1, replicas 1 -> 2: runs step 1 again, with 2 of 4 pods new, and then waits again']],
      ['warning', ['step 1, approval by command -> ready pods: counts as an approval, for no person is waited for']],
    ]);
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

describe('what the engine does not take on in mid-release is refused, and the release ends under its own plan', () => {
  const blue = (text: string) => text.replace('strategy: partition', 'strategy: blueGreen');
  const all = '{ name: all, replicas: 100% }';
  test.for([
    ['another number of steps', config(), config({ steps: four })],
    [
      'another number of steps, with blueGreen',
      blue(config({ steps: [all, all.replace('all', 'end')] })),
      blue(config({ steps: [all] })),
    ],
    ['another strategy', config(), config().replace('strategy: partition', 'strategy: canary')],
    [
      'a step that is lowered',
      config({ steps: ['{ replicas: 2 }', all] }),
      config({ steps: ['{ replicas: 1 }', all] }),
    ],
  ] as const)('%s', async ([, before, after]) => {
    using shop = await shopWith(['v1'], { files: { 'stepgate.yaml': before } });
    const ada = shop.person('ada');
    shop.push('v2');
    const commit = shop.origin.tip();
    await ada('deploy');
    const [rollout, record] = [shop.cluster.api.get('Rollout', 'shop', 'shop')?.spec, shop.record()];
    merge(shop, after);
    expect(await ada(`deploy --at ${commit}`)).toMatchObject({ exit: 4, code: 'PLAN_DIFFERS' });
    expect([shop.cluster.api.get('Rollout', 'shop', 'shop')?.spec, shop.record()]).toEqual([rollout, record]);
    await ada('promote');
    await shop.wait('30s');
    if (shop.record().history.length === 1) await ada('promote');
    expect(await ada('tick --until done --timeout 5m')).toMatchObject({ exit: 0, code: 'DELIVERED' });
  });
});
