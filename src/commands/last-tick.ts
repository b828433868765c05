import type { Context } from '../flow/context.ts';
import { ForgeError, isForge } from '../release/forge.ts';

/**
 * When the run began that the schedule of this run's workflow started before this one: ISO time. Null when no schedule started
 * this run, when it is the first one, and when the forge does not say. Schedules of a forge come late, and are dropped under
 * load or switched off, so people see here how far apart two runs really were.
 */
export async function lastTick({
  run,
  workflow,
  forge: open,
  signal,
  log,
}: Pick<Context, 'run' | 'workflow' | 'forge' | 'signal' | 'log'>): Promise<string | null> {
  if (run.by !== 'github' || run.event !== 'schedule' || workflow === undefined) return null;
  const forge = await open();
  if (!isForge(forge)) return null;
  try {
    const runs = await forge.workflowRuns(workflow, 'schedule', signal);
    const own = runs.find(({ id }) => id === run.id);
    const before = runs.find(({ id, createdAt }) => id !== run.id && (own === undefined || createdAt <= own.createdAt));
    return before?.createdAt.toISOString() ?? null;
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error;
    log(`when the schedule came last is not known: ${error.message}`);
    return null;
  }
}
