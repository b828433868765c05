import { beforeAll, expect, test } from 'vitest';
import { type Pulse, startPulse } from '../differential/pulse.ts';
import { realApi } from '../differential/real-api.ts';
import { scenarioOf } from '../differential/scenario.ts';
import { attempt, report } from '../differential/trial.ts';
import { cluster } from './fixture.ts';

/**
 * The same every time, so that a red run can be repeated; other seeds are for `npm run differential`, which also makes
 * what it finds smaller.
 */
const seed = Number(process.env['DIFFERENTIAL_SEED'] ?? 100);

const api = realApi(cluster);
let pulse: Pulse;
beforeAll(async () => {
  pulse = await startPulse(api, `pulse-${seed}`);
});

test.concurrent.for(Array.from({ length: 4 }, (_, index) => seed + index))(
  'seed %i: plan and actions, on the real engine and on the model',
  async (number, { signal }) => {
    const scenario = scenarioOf(number, { least: 2, most: 3 });
    const trial = await attempt(api, scenario, { namespace: () => `differential-${number}`, pulse, signal });
    expect(trial.is === 'different' ? report(trial) : trial.is).toBe('equal');
  },
);
