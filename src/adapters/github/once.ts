import { ForgeError } from '../../release/forge.ts';

/** How often a write is sent again that was found not to be executed. */
const REPEATS = 2;

/**
 * Sends a write that must not be executed twice. Where no answer says whether it was executed, `find` looks for what it would
 * have made; only where that is not there (undefined) is it sent again.
 */
export async function once<T>(send: () => Promise<T>, find: () => Promise<T | undefined>): Promise<T> {
  for (let repeats = 0; ; repeats += 1) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof ForgeError) || error.trouble !== 'away') throw error;
      const found = await find();
      if (found !== undefined) return found;
      if (repeats === REPEATS) throw error;
    }
  }
}
