import { expect, test } from 'vitest';
import { firstDeploy } from '../storm/acts.ts';
import { approval } from '../storm/conditions.ts';
import { small } from '../storm/directed-parts.ts';
import { meddle } from '../storm/people.ts';
import { createWorld, plainly } from '../storm/world.ts';

const of = small([approval], []);
const asked = { ...plainly, command: 'deploy', given: {} } as const;

test('a run lets a commit start that was merged after it had read the policy', async () => {
  const world = createWorld(of, null);
  await world.conductor.run(async () => {
    await firstDeploy(world, of);
    meddle(world, { do: 'push', what: 'good' });
    await world.run({ ...asked, who: 'ada' });
    meddle(world, { do: 'push', what: 'good' });
    const first = world.run({ ...asked, who: 'ada' });
    await world.sleep(1);
    meddle(world, { do: 'push', what: 'good' });
    const both = await Promise.all([first, world.run({ ...asked, who: 'bob' })]);
    expect(both.map(({ told }) => [told.exit, told.error?.code])).toEqual([
      [0, undefined],
      [0, undefined],
    ]);
  });
  world.close();
});

test('a commit that nobody has merged is refused all the same', async () => {
  const world = createWorld(of, null);
  await world.conductor.run(async () => {
    await firstDeploy(world, of);
    meddle(world, { do: 'push', what: 'aside' });
    const { told, writes } = await world.run({ ...asked, who: 'ada', given: { at: [world.remote.aside ?? ''] } });
    expect([told.exit, told.error?.code, writes]).toEqual([4, 'COMMIT_NOT_ALLOWED', 0]);
  });
  world.close();
});
