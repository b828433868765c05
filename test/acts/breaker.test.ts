import { describe, expect, test } from 'vitest';
import { MOST } from '../../src/release/breaker.ts';
import { ClusterError } from '../../src/release/ports.ts';
import { badPods, crashing, names, namespaceOf, outcomeOf, recordIn, tenBegun, unpulled, unscheduled } from './many.ts';

describe('ten deliveries, and no node for their new pods', () => {
  test('nobody is rolled back, everybody is told, and the time does not count afterwards', async () => {
    const { shop, ci } = await tenBegun();
    using _ = shop;
    badPods(shop, unscheduled);
    for (let tick = 0; tick < 3; tick += 1) {
      await shop.wait('5m');
      const told = await ci('tick');
      expect(told.deliveries.map(({ state, reason }) => `${state} ${reason}`)).toEqual(
        names.map(() => 'stuck SHORTAGE'),
      );
      expect(told.deliveries[0]?.message).toMatch(/Insufficient cpu.*add nodes.*clock of stuckAfter stands/s);
    }
    expect(outcomeOf(shop)).toMatchObject({ begun: [], held: [] });
    // The nodes are back, and now the pods crash: the clock goes on with the first run that sees it.
    badPods(shop, crashing);
    await shop.wait('2m');
    expect((await ci('tick')).deliveries.map(({ reason }) => reason)).toEqual(names.map(() => 'POD_NOT_STARTING'));
    expect(outcomeOf(shop).begun).toEqual([]);
    await shop.wait('6m');
    await ci('tick');
    expect(outcomeOf(shop).begun).toHaveLength(MOST);
  });
});

describe('ten deliveries whose release is bad', () => {
  test('three go back, the others are held, and all are told', async () => {
    const { shop, ci } = await tenBegun();
    using _ = shop;
    badPods(shop, crashing);
    await shop.wait('6m');
    const told = await ci('tick');
    const { back, held, begun } = outcomeOf(shop);
    expect([back.length, held.length]).toEqual([MOST, names.length - MOST]);
    expect(begun).toEqual(back);
    const states = told.deliveries.map(({ name, state, reason }) => [name, state, reason]);
    expect(states.filter(([name]) => held.includes(name ?? ''))).toEqual(
      held.map((name) => [name, 'held', 'ROLLBACKS_STOPPED']),
    );
    const one = told.deliveries.find(({ name }) => name === held[0]);
    for (const name of back) expect(one?.message).toContain(name);
    expect(one).toMatchObject({
      todo: `stepgate rollback --delivery ${held[0]}`,
      hold: { by: 'the policy' },
    });
    // Long after the quarter of an hour they are still held: a person decides.
    await shop.wait('1h');
    await ci('tick');
    expect(outcomeOf(shop)).toMatchObject({ back, held });
  });

  test('runs at the same time do not make a fourth', async () => {
    const { shop } = await tenBegun();
    using _ = shop;
    badPods(shop, crashing);
    await shop.wait('6m');
    const runs = names.map((name) => () => shop.person(`run-${name}`)(`tick --delivery ${name}`));
    await shop.together(...runs);
    const { back, held } = outcomeOf(shop);
    expect([back.length, held.length]).toEqual([MOST, names.length - MOST]);
  });

  test('a person is never stopped, and lifts the hold by that', async () => {
    const { shop, ci } = await tenBegun();
    using _ = shop;
    badPods(shop, crashing);
    await shop.wait('6m');
    await ci('tick');
    const [name = ''] = outcomeOf(shop).held;
    const told = await shop.person('ada')(`rollback --delivery ${name} --reason "I know"`);
    expect(told).toMatchObject({ state: 'rolledBack' });
    expect(outcomeOf(shop).back).toContain(name);
    expect(recordIn(shop, name).holds.map(({ bars, by }) => [bars, by])).toEqual([[undefined, 'ada']]);
  });
});

describe('a run that is killed', () => {
  test.each([1, 2, 3, 5, 8, 13, 21, 34])('before write %i leaves nothing that makes a fourth', async (dies) => {
    const { shop, ci } = await tenBegun();
    using _ = shop;
    badPods(shop, crashing);
    await shop.wait('6m');
    await ci('tick', { dies }).catch(() => null);
    await shop.wait('10s');
    await ci('tick');
    await ci('tick');
    const { back, begun, held } = outcomeOf(shop);
    expect([begun, held.length]).toEqual([back, names.length - MOST]);
    expect(back).toHaveLength(MOST);
  });
});

describe('where Rollouts may be listed in the namespace alone', () => {
  test('three go back in each, and the hold says what could not be asked', async () => {
    const { shop, ci } = await tenBegun();
    using _ = shop;
    badPods(shop, crashing);
    await shop.wait('6m');
    const told = await ci('tick', {
      through: (inner) => ({
        ...inner,
        list: async (query, signal) => {
          if (query.namespace === null && query.kind.kind === 'Rollout')
            throw new ClusterError(403, 'Forbidden', 'rollouts is forbidden');
          return inner.list(query, signal);
        },
      }),
    });
    const { back, held } = outcomeOf(shop);
    for (const namespace of ['ns-0', 'ns-1'])
      expect(back.filter((name) => namespaceOf(name) === namespace)).toHaveLength(MOST);
    expect(held).toHaveLength(names.length - 2 * MOST);
    expect(recordIn(shop, held[0] ?? '').holds[0]?.reason).toContain('others could not be asked');
    expect(told.log).toContain('counted in the namespace alone');
  });
});

describe('a registry', () => {
  test('that does not answer takes nobody back; an image that it does not have does', async () => {
    const { shop, ci } = await tenBegun();
    using _ = shop;
    badPods(shop, unpulled('dial tcp 10.0.0.1:443: connect: connection refused'));
    await shop.wait('6m');
    const told = await ci('tick');
    expect(told.deliveries.map(({ reason }) => reason)).toEqual(names.map(() => 'SHORTAGE'));
    expect(told.deliveries[0]?.message).toContain('registry');
    badPods(shop, unpulled('docker.io/library/app:broken: not found'));
    await ci('tick');
    await shop.wait('6m');
    await ci('tick');
    expect(outcomeOf(shop).back).toHaveLength(MOST);
  });

  test('from which others can not pull either takes nobody back', async () => {
    const { shop, ci } = await tenBegun();
    using _ = shop;
    badPods(shop, unpulled(''));
    const other = {
      metadata: { name: 'other', namespace: 'elsewhere' },
      spec: { containers: [{ name: 'main', image: 'other:broken' }] },
    };
    const made = shop.cluster.api.create('Pod', other as never, { manager: 'kubectl' });
    const status = { ...unpulled('', 'other:broken')(made as never, ''), phase: 'Pending' };
    shop.cluster.api.update('Pod', { ...made, status } as never, { manager: 'kubelet', subresource: 'status' });
    await shop.wait('6m');
    expect((await ci('tick')).deliveries.map(({ reason }) => reason)).toEqual(names.map(() => 'SHORTAGE'));
    expect(outcomeOf(shop).begun).toEqual([]);
  });
});
