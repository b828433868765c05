import type { Code } from '../release/codes.ts';
import { type Forge, ForgeError, isForge, type PullRequest } from '../release/forge.ts';
import type { ReleaseRecord } from '../release/record.ts';
import { revertBranch } from '../release/revert.ts';
import { contentId } from '../release/whole.ts';
import { revertClosed } from '../views/revert-body.ts';
import { writeRecord } from './execute.ts';
import type { Revertable } from './revert-effects.ts';
import { observe, type Work } from './work.ts';

/** Closes a pull request of stepgate's own, says why, and deletes its branch. A repetition says nothing again. */
export async function closePull(
  { context, delivery }: Revertable,
  forge: Forge,
  { number, url, head, state }: PullRequest,
  why: string,
): Promise<void> {
  const { signal, log } = context;
  if (state === 'open') {
    await forge.editPullRequest(number, { state: 'closed' }, signal);
    await forge.comment(number, revertClosed(why), signal);
  }
  await forge.deleteBranch(head.branch, signal);
  log(`${delivery.name}: closed ${url}: ${why}`);
}

/**
 * Closes the pull request of a revert that is not needed any more, and takes it out of the record. A forge that is away is logged,
 * and the next tick closes it.
 */
export async function closeUnneeded(work: Work): Promise<void> {
  const { context, delivery } = work;
  const { signal, log } = context;
  const observed = observe(work);
  const { proposed, ...rest } = observed.record;
  const why = whyUnneeded(observed.record);
  if (proposed === undefined || why === null) return;
  const later = (trouble: string) =>
    log(`${delivery.name}: ${proposed.url} is not needed any more, and could not be closed: ${trouble}`);
  const forge = await context.forge();
  if (!isForge(forge)) return later(forge.missing);
  try {
    const pull = await forge.pullRequest(proposed.number, signal);
    const isIt = pull?.head.isOwn === true && pull.head.branch === revertBranch(delivery.name, proposed);
    if (isIt && pull.state !== 'merged') await closePull(work, forge, pull, why);
  } catch (error) {
    if (error instanceof ForgeError) return later(error.message);
    throw error;
  }
  await writeRecord(work, observed, rest, `${proposed.url} is not needed any more`);
}

/** Reasons for which nothing may be merged that was proposed before. */
const refusals: readonly (Code | null)[] = [
  'GIT_AHEAD',
  'REVERT_TOUCHES_OTHERS',
  'SIBLING_RUNS_IT',
  'REVERT_NOT_PROVEN',
];

/** Why the pull request of a revert is not needed; null while it is, or when there is none. */
function whyUnneeded({ proposed, rollback }: ReleaseRecord): string | null {
  if (proposed === undefined) return null;
  if (rollback === null) return 'its rollback has ended';
  if (contentId(rollback.from) !== proposed.release) return 'another rollback has taken its place';
  if (refusals.includes(rollback.troubleCode)) return rollback.trouble;
  if (proposed.is === 'undo') return null;
  if (rollback.undo !== null) return 'its rollback was lifted';
  switch (rollback.git) {
    case 'done':
      return 'the branch has this content';
    case 'ahead':
      return 'the newer commits on the branch were accepted';
    case 'none':
      return 'there is no branch to revert';
    case 'todo':
      return null;
  }
}
