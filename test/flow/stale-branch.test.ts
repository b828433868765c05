import { expect, test } from 'vitest';
import { firstDeploy } from '../storm/acts.ts';
import { small } from '../storm/directed-parts.ts';
import { notedIn } from '../storm/facts.ts';
import { meddle } from '../storm/people.ts';
import { createWorld, plainly, type World } from '../storm/world.ts';

const of = small([], []);

/** What somebody does in a world whose first release is bad, and whose stable one is whole. */
async function played(body: (world: World) => Promise<void>): Promise<World> {
  const world = createWorld(of, null);
  await world.conductor.run(async () => {
    await firstDeploy(world, of);
    await world.run({ ...plainly, command: 'status', who: 'cid', given: {} });
    meddle(world, { do: 'push', what: 'broken' });
    await world.run({ ...plainly, command: 'deploy', who: 'ada', given: { timeout: ['2m'] } });
    await body(world);
  });
  world.close();
  return world;
}

function rollbackIn(world: World) {
  return notedIn(world.cluster.api.store.get('Rollout', 'shop', 'shop')).rollback;
}

test('a branch that was fetched before the bad release does not call Git back', async () => {
  const tips: string[] = [];
  const world = await played(async (here) => {
    here.remote.away = true;
    const { told } = await here.run({ ...plainly, command: 'rollback', who: 'cid', given: { reason: ['bad'] } });
    expect(told.exit).toBe(3);
    expect(rollbackIn(here)).toMatchObject({ cluster: 'done', git: 'todo' });
    here.remote.away = false;
    tips.push(here.remote.tip);
    await here.run({ ...plainly, command: 'tick', who: 'cid', given: {} });
  });
  expect(rollbackIn(world)).toMatchObject({ cluster: 'done', git: 'done' });
  expect(world.remote.at(world.remote.tip).parents).toEqual(tips);
});

test('a branch that was fetched before the revert does not end an undo', async () => {
  const world = await played(async (here) => {
    await here.run({ ...plainly, command: 'status', who: 'bob', given: {} });
    await here.run({ ...plainly, command: 'rollback', who: 'cid', given: { reason: ['bad'] } });
    here.remote.away = true;
    const { told } = await here.run({ ...plainly, command: 'rollback', who: 'bob', given: { undo: ['true'] } });
    expect(told.exit).toBe(3);
    expect(rollbackIn(here)?.undo).not.toBeNull();
    here.remote.away = false;
    await here.run({ ...plainly, command: 'tick', who: 'bob', given: {} });
  });
  expect(rollbackIn(world)).toBeNull();
  expect(world.remote.at(world.remote.tip).subject).toContain('again');
});
