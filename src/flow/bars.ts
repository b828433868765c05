import { asError, StepgateError } from '../release/error.ts';
import { type Bars, barsIn, NO_ROLLBACK_PAST } from '../release/no-rollback-past.ts';
import { obtain } from './commits.ts';
import type { Work } from './work.ts';

type Asking = Pick<Work, 'context' | 'policy' | 'delivery'>;

/**
 * The bars in the commits after `past` up to `release`, whatever paths they change: what may not be undone, such as a change of a
 * database, need not be in the source of the delivery. Never throws for what Git can't tell.
 */
export async function barsOf(
  work: Asking,
  { past, release }: { readonly past: string; readonly release: string },
): Promise<Bars> {
  const { context, policy } = work;
  const { repo, signal } = context;
  const unknown = (why: string) => ({ is: 'unknown', why }) as const;
  if (policy.missing !== null) return unknown(policy.missing.message);
  try {
    for (const commit of [release, past]) {
      if (!(await obtain(work, commit))) return unknown(`commit ${commit.slice(0, 10)} is in no clone any more`);
    }
    const said = () => repo.commitsSaying(past, release, NO_ROLLBACK_PAST);
    const found = await said().catch(async (error: unknown) => {
      if (asError(error).code !== 'GIT_SHALLOW' || !(await repo.ensureHistory())) throw error;
      return said();
    });
    return { is: 'known', bars: found.flatMap(barsIn) };
  } catch (error) {
    if (!(error instanceof StepgateError) || error.family === 'bug' || signal.aborted) throw error;
    return unknown(error.message);
  }
}
