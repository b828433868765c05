import type { Demand } from '../../src/gates/proportions.ts';
import type { Noise, Row } from './play.ts';

export interface Named extends Row {
  readonly name: string;
}

const demand: Demand = { alpha: 0.01, worse: 0.01, atLeast: 200 };
const base = {
  effect: 0,
  perSecond: 20,
  weight: 0.2,
  minutes: 60,
  divide: 1,
  demand,
  noise: { is: 'independent' },
} as const;
const percent = (share: number) => `${+(share * 100).toFixed(3)}%`;

function row(more: Partial<Row> & { readonly stable: number }, name: string): Named {
  return { ...base, ...more, name };
}

/** Independent requests: the promises hold. */
export const independent: readonly Named[] = [
  ...[0.001, 0.01, 0.05].flatMap((stable) =>
    [2, 20, 200].map((perSecond) => row({ stable, perSecond }, `healthy, ${percent(stable)}, ${perSecond}/s`)),
  ),
  row({ stable: 0.01, weight: 0.5, minutes: 120 }, 'healthy, 1%, 20/s, half of it'),
  row({ stable: 0.01, weight: 0.05, minutes: 30 }, 'healthy, 1%, 20/s, a twentieth'),
  row({ stable: 0.02, effect: -0.01 }, 'better by 1 point, 2%'),
  // As bad as it may be, and hardly worse than that: the hardest ones for the promises.
  ...[0.01, 0.2].flatMap((alpha) =>
    [0.001, 0.01, 0.05].flatMap((stable) =>
      [0.01, 0.0101].map((effect) =>
        row(
          { stable, effect, minutes: 120, demand: { ...demand, alpha } },
          `${effect > 0.01 ? 'just worse' : 'at the limit'}, ${percent(stable)}, promised ${percent(alpha)}`,
        ),
      ),
    ),
  ),
  ...worse(0.001, [0.02, 0.05]),
  ...worse(0.01, [0.015, 0.02, 0.04, 0.09, 0.49, 0.99]),
  ...worse(0.05, [0.03, 0.05]),
];

function worse(stable: number, effects: readonly number[]): readonly Named[] {
  return effects.map((effect) => row({ stable, effect }, `worse, ${percent(stable)} and ${percent(stable + effect)}`));
}

const burst: Noise = { is: 'bursts', mean: 10 };

/** Requests that depend on each other: nothing is promised. */
export const dependent: readonly Named[] = [
  noisy('drift by 80%, both alike', { is: 'drift', part: 0.8, minutes: 60 }),
  noisy('outages of both alike, 20% of a minute in 30', { is: 'outages', oneIn: 30, share: 0.2 }),
  noisy('bursts of 2', { is: 'bursts', mean: 2 }),
  noisy('bursts of 10', burst),
  noisy('bursts of 50', { is: 'bursts', mean: 50 }),
  noisy('outages of one, 5% of a minute in 30', { is: 'ownOutages', oneIn: 30, share: 0.05 }),
  noisy('outages of one, 20% of a minute in 30', { is: 'ownOutages', oneIn: 30, share: 0.2 }),
  noisy('bursts of 10, both counts divided by 20', burst, { divide: 20, perSecond: 200 }),
  row({ stable: 0.01, effect: 0.0101, noise: burst, minutes: 120 }, 'just worse, 1%: bursts of 10'),
  row(
    { stable: 0.01, effect: 0.0101, noise: burst, minutes: 120, divide: 20, perSecond: 200 },
    'just worse, 1%: bursts of 10, both counts divided by 20',
  ),
];

function noisy(name: string, noise: Noise, more: Partial<Row> = {}): Named {
  return row({ stable: 0.01, noise, minutes: 120, ...more }, `healthy, 1%: ${name}`);
}

/** How many requests an answer needs. */
export const sizes: readonly Named[] = [0.5, 0.1].flatMap((weight) =>
  [0.001, 0.01, 0.05].flatMap((stable) =>
    [
      { effect: 0, every: 200, minutes: 200 },
      { effect: 0.02, every: 250, minutes: 200 },
      { effect: 0.04, every: 25, minutes: 200 },
      { effect: 0.09, every: 5, minutes: 200 },
    ].map(({ effect, every, minutes }) =>
      row(
        // The canary gets so many requests between two looks.
        { stable, effect, weight, perSecond: every / weight / 60, minutes, demand: { ...demand, atLeast: 1 } },
        `${percent(stable)}, ${effect === 0 ? 'healthy' : `+${percent(effect)}`}, canary gets ${percent(weight)}`,
      ),
    ),
  ),
);
