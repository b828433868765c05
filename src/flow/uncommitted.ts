import { folderOf, nameOf } from '../config/repository-path.ts';
import type { Delivery } from '../release/delivery.ts';
import { StepgateError } from '../release/error.ts';
import { firstOf } from '../release/first-of.ts';
import type { Context } from './context.ts';
import { matching } from './matching.ts';
import { sourcePaths } from './source.ts';

/**
 * Writes a line to the log where the config, or a file that the deliveries read, is changed in the work tree and not committed:
 * a release is what Git has. `command` is what reads the commit.
 */
export async function sayUncommitted(
  context: Context,
  command: string,
  deliveries: readonly Delivery[],
  commit: string,
): Promise<void> {
  const known = new Set<string>();
  const folders = new Set<string>();
  const patterns: string[] = [];
  for (const delivery of deliveries) {
    const paths = await pathsOf(context, delivery, commit);
    for (const path of paths) known.add(path);
    if (delivery.source.kind === 'files') patterns.push(...delivery.source.patterns);
    else for (const path of paths) folders.add(folderOf(path));
  }
  const config = nameOf(context.config.file);
  const isWanted = (path: string) =>
    known.has(path) || nameOf(path) === config || folders.has(folderOf(path)) || matching([path], patterns).length > 0;
  const changed = await context.repo.uncommitted(commit, isWanted);
  if (changed.length === 0) return;
  const are = changed.length === 1 ? 'is' : 'are';
  context.log(
    `${firstOf(changed, 5)} ${are} changed and not committed: ${command} reads the commit ${commit.slice(0, 10)}, not the work tree`,
  );
}

/** None where they can't be told: rendering then says why. */
async function pathsOf(context: Context, delivery: Delivery, commit: string): Promise<readonly string[]> {
  try {
    return await sourcePaths(context, delivery, [commit]);
  } catch (error) {
    if (error instanceof StepgateError && error.family !== 'bug' && !context.signal.aborted) return [];
    throw error;
  }
}
