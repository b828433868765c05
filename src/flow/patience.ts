import { environmentError } from '../release/error.ts';
import type { Work } from './work.ts';
import { Moved } from './write.ts';

/** How many writes in a row may come too late, and how many may change nothing, before the run fails. */
export const PATIENCE = 25;

/** What a run says that gives up. */
export const GAVE_UP = `the cluster changed before every one of ${PATIENCE} writes`;

/** Counts the writes of a run that came too late. Only this code tries again after Moved. */
export interface Patience {
  /** Runs writes. Null when one came too late (Moved); it has then waited at most a second for a change. */
  tried<T>(write: () => Promise<T>): Promise<{ readonly answer: T } | null>;
}

/** Throws CLUSTER_CONFLICT when more than PATIENCE writes in a row came too late. */
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
        context.log(`${delivery.name}: decides again: ${error.message}`);
        if (moved > PATIENCE) {
          throw environmentError('CLUSTER_CONFLICT', `${delivery.name}: ${GAVE_UP}`, {
            hint: 'another client writes the same objects: check their field managers',
          });
        }
        await following.changed(new Date(began.getTime() + 1000));
        return null;
      }
    },
  };
}

/**
 * Runs the first part of a command, which writes before it follows the release. Runs it again when a write came too late.
 */
export async function withPatience<T>(work: Work, body: () => Promise<T>): Promise<T> {
  const { tried } = patience(work);
  for (;;) {
    const done = await tried(body);
    if (done !== null) return done.answer;
  }
}
