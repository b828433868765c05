import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../release/ports.ts';

/** The longest timer of Node; a longer one fires at once. */
const longest = 2 ** 31 - 1;

/** The machine's clock. */
export const clock: Clock = {
  now: () => new Date(),
  async sleep(milliseconds, signal) {
    signal.throwIfAborted();
    for (let left = milliseconds; left > 0; left -= longest)
      await setTimeout(Math.min(left, longest), undefined, { signal });
  },
};
