import { expect, test } from 'vitest';
import { firstDeploy } from '../storm/acts.ts';
import { inOffice, soak } from '../storm/conditions.ts';
import { small } from '../storm/directed-parts.ts';
import { meddle } from '../storm/people.ts';
import { createWorld, plainly } from '../storm/world.ts';

const half = 1_800_000;

test.each([
  ['a soak', soak(600), 12, half],
  ['a soak', soak(600), 12, -half],
  ['a schedule that the cluster keeps shut', inOffice, 8, half],
  ['a schedule that the runner keeps shut', inOffice, 9, -half],
])('a run whose clock is wrong waits for %s, and asks no more often for it', async (_, gate, hour, skew) => {
  const of = small([gate], [], { hour });
  const world = createWorld(of, null);
  let reads = 0;
  await world.conductor.run(async () => {
    await firstDeploy(world, of);
    meddle(world, { do: 'push', what: 'good' });
    await world.run({ ...plainly, command: 'deploy', who: 'ada', given: {} });
    const asked = {
      ...plainly,
      command: 'tick',
      who: 'ada',
      given: { until: ['done'], timeout: ['2h'] },
      skew,
    } as const;
    const { told, log } = await world.run(asked);
    expect(told).toMatchObject({ exit: 0, delivery: { state: 'done' } });
    expect(told.delivery?.findings.map(({ code }) => code)).toContain('CLOCKS_DIFFER');
    reads = log.length;
  });
  world.close();
  expect(reads).toBeLessThan(30);
});
