import { seeded } from '../../src/simulator/random.ts';
import { type Drawn, folded } from './seeds.ts';

export interface Dice extends Drawn {
  readonly chance: (of: number) => boolean;
  readonly between: (least: number, most: number) => number;
  readonly pick: <T>(items: readonly [T, ...T[]]) => T;
  /** Each with its weight. */
  readonly weigh: <T>(items: readonly (readonly [number, T])[]) => T;
}

export function diceOf(seed: number, drawn: Drawn): Dice {
  const random = seeded(folded(seed) * 31 + 7);
  const between = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  return {
    ...drawn,
    chance: (of) => random() < of,
    between,
    pick: (items) => items[between(0, items.length - 1)] ?? items[0],
    weigh(items) {
      let left = random() * items.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, item] of items) {
        left -= weight;
        if (left < 0) return item;
      }
      const last = items.at(-1);
      if (last === undefined) throw new RangeError('nothing to choose from');
      return last[1];
    },
  };
}
