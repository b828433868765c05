import type { Delivery } from '../release/delivery.ts';
import { StepgateError } from '../release/error.ts';
import type { Context } from './context.ts';
import { withHistory } from './load.ts';
import { sourcePaths } from './source.ts';

/** Whether a commit that `to` has and `from` lacks changes a file of a delivery's source; null when Git can't tell. */
export async function isTouched(
  context: Context,
  delivery: Delivery,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<boolean | null> {
  if (from === to) return false;
  try {
    const paths = await sourcePaths(context, delivery, [from, to]);
    // Without a path, git would list every commit.
    if (paths.length === 0) return null;
    return (await withHistory(context, () => context.repo.log(from, to, paths))).length > 0;
  } catch (error) {
    if (error instanceof StepgateError && error.family !== 'bug' && !context.signal.aborted) return null;
    throw error;
  }
}
