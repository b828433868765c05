import { environmentError } from '../release/error.ts';
import type { Work } from './work.ts';
import { Moved } from './write.ts';

/** How often the cluster may change under the writes of one run, and how many writes may change nothing, before it is told. */
export const PATIENCE = 25;

/** What became of the writes of a run: the one place where a write that came too late is handled. */
export interface Patience {
  /** Runs writes. Null where the world has moved under one: then what changed was waited for, at most a second. */
  tried<T>(write: () => Promise<T>): Promise<{ readonly answer: T } | null>;
}

/** Throws CLUSTER_CONFLICT where every one of PATIENCE writes in a row came too late. */
export function patience({ context, delivery, following }: Work): Patience {
  let moved = 0;
  return {
    async tried(write) {
      const began = context.clock.now();
      try {
        const answer = await write();
        moved = 0;
        return { answer };
      } catch (error) {
        if (!(error instanceof Moved)) throw error;
        moved += 1;
        context.log(`${delivery.name}: looks again: ${error.message}`);
        if (moved > PATIENCE) {
          throw environmentError(
            'CLUSTER_CONFLICT',
            `${delivery.name}: the cluster changed under every one of ${PATIENCE} writes`,
            { hint: 'something else writes the same objects: look at their managers' },
          );
        }
        await following.changed(new Date(began.getTime() + 1000));
        return null;
      }
    },
  };
}

/** Runs the first part of a command, which writes before it follows, anew when the world moves under its writes. */
export async function withPatience<T>(work: Work, body: () => Promise<T>): Promise<T> {
  const { tried } = patience(work);
  for (;;) {
    const done = await tried(body);
    if (done !== null) return done.answer;
  }
}
