import type { Delivery, Release } from '../release/delivery.ts';
import { refusal, StepgateError } from '../release/error.ts';
import type { Rollback } from '../release/record.ts';
import { sameContent } from '../release/whole.ts';
import { runningSiblings, serviceOf } from './siblings.ts';
import { renderAt, sourcePaths } from './source.ts';
import type { Work } from './work.ts';

/** A revert is made and proposed without a cluster. */
export type Revertable = Pick<Work, 'context' | 'policy' | 'delivery'>;

/** The other deliveries whose rendering a revert changes. */
export interface Touched {
  /** Deliveries of other services, by name. */
  readonly others: readonly string[];
  /** Other environments of the same service. */
  readonly siblings: readonly Delivery[];
}

export const noneTouched: Touched = { others: [], siblings: [] };

/** Whether a commit renders that version, by whichever commits the content came there. */
export async function renders({ context, delivery }: Revertable, commit: string, to: Release): Promise<boolean> {
  const found = await renderedAt(context, delivery, commit);
  return typeof found !== 'string' && sameContent(found, to);
}

/** Throws REVERT_NOT_PROVEN when a commit does not render stable. */
export async function prove({ context, delivery }: Revertable, commit: string, to: Release): Promise<void> {
  const { release } = await renderAt(context, delivery, commit, 1);
  if (!sameContent(release, to)) {
    const [found, wanted] = release.digest === to.digest ? ['other settings', 'its'] : [release.digest, to.digest];
    throw refusal(
      'REVERT_NOT_PROVEN',
      `restoring ${delivery.name}'s paths to ${to.commit.slice(0, 10)} renders ${found.slice(0, 14)}, not ${wanted.slice(0, 8)}`,
      'the source reads files outside its own paths: revert by hand',
    );
  }
}

/** The other deliveries that render differently after a revert than before it. */
export async function touchedBy(
  work: Revertable,
  before: string,
  after: string,
  paths: readonly string[],
): Promise<Touched> {
  const changed = await changedOthers(work, before, after, paths);
  const siblings = changed.filter((other) => serviceOf(other) === serviceOf(work.delivery));
  const others = changed.filter((other) => !siblings.includes(other)).map((other) => other.name);
  return { others, siblings };
}

async function changedOthers(
  { context, policy, delivery }: Revertable,
  before: string,
  after: string,
  paths: readonly string[],
): Promise<readonly Delivery[]> {
  const touched = new Set<string>();
  for (const path of paths) {
    const [left, right] = await Promise.all([context.repo.read(before, path), context.repo.read(after, path)]);
    if (left !== right) touched.add(path);
  }
  const changed: Delivery[] = [];
  for (const other of policy.deliveries) {
    if (other.name === delivery.name) continue;
    // Rendering is expensive, so a delivery is rendered only when its source reads a changed path.
    const reads = await sourcePaths(context, other, [before, after]);
    if (!reads.some((path) => touched.has(path))) continue;
    const [left, right] = await Promise.all([renderedAt(context, other, before), renderedAt(context, other, after)]);
    if (isOther(left, right)) changed.push(other);
  }
  return changed;
}

function isOther(left: Release | string, right: Release | string): boolean {
  if (typeof left === 'string' || typeof right === 'string') return left !== right;
  return !sameContent(left, right);
}

/** What a commit renders, or why it renders nothing. */
async function renderedAt(context: Work['context'], delivery: Delivery, commit: string): Promise<Release | string> {
  try {
    return (await renderAt(context, delivery, commit, 1)).release;
  } catch (error) {
    if (error instanceof StepgateError && error.family === 'input') return `broken: ${error.message}`;
    throw error;
  }
}

/** Throws REVERT_TOUCHES_OTHERS or SIBLING_RUNS_IT when a revert must not be pushed without --also. */
export async function refuseForOthers(work: Work, { bad }: Rollback, { others, siblings }: Touched): Promise<void> {
  if (others.length > 0) {
    throw refusal(
      'REVERT_TOUCHES_OTHERS',
      `the revert would change ${others.join(', ')} too, so it was not pushed`,
      'run stepgate rollback --also to push it anyway, or revert by hand',
    );
  }
  const running = await runningSiblings(work, siblings, bad);
  if (running.length > 0) {
    throw refusal(
      'SIBLING_RUNS_IT',
      `${running.join(', ')}: the revert would undo it there too, so it was not pushed`,
      'run stepgate rollback --also to push it anyway, or roll back those environments first',
    );
  }
}
