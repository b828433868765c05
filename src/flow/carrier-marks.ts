import { type Change, titleOf } from '../release/change.ts';
import { patch, writtenRef } from '../release/changes/facts.ts';
import { refusal } from '../release/error.ts';
import { stringAt } from '../release/json.ts';
import { type Mark, markOf } from '../release/owner.ts';
import type { KubeObject } from '../release/ports.ts';
import { tellOnce } from './execute.ts';
import type { Work } from './work.ts';

/** How long a controller has for what it makes of a carrier. Milliseconds. */
const LONGEST = 60_000;
/** How often that is looked at. Milliseconds. */
const AGAIN = 1_000;

/**
 * The write that changes whose a carrier is. A controller that makes the plan renders it again, so it is refused (MID_RELEASE) when
 * somebody has edited it since: the edit would go out with the marks.
 */
export async function carrierMarks(work: Work, live: KubeObject, next: Mark, why: string): Promise<Change> {
  const { cluster, context, delivery, target } = work;
  const { carrier } = target;
  if (carrier?.makesPlan === true) {
    const query = { kind: target.revisions(delivery), namespace: delivery.namespace };
    const { items } = await cluster.list(query, context.signal);
    if (!carrier.isAsMade(live, items)) throw edited(work, live);
  }
  const ref = writtenRef(work, live);
  return patch({ ref, body: target.patches.mark(live, next), manager: target.managers.apply, why });
}

function edited({ delivery, target }: Work, live: KubeObject) {
  const [title, { kind }] = [titleOf(live), target.revisions(delivery)];
  return refusal(
    'MID_RELEASE',
    `${delivery.name}: ${title} differs from what its workload was made of, and the difference would go out with the name`,
    `put its spec back as its newest ${kind} has it, then run this again`,
  );
}

/**
 * Waits until the controller has written the marks of a carrier to what it makes of it. Where that takes over a minute it says so and
 * goes on: the controller writes them whenever it gets to it.
 */
export async function untilMarked(work: Work): Promise<void> {
  const { context, delivery, following, target } = work;
  if (target.carrier?.makesPlan !== true) return;
  const since = context.clock.now().getTime();
  for (;;) {
    const snapshot = following.current();
    const { carrier = null, rollout } = snapshot;
    if (carrier === null || rollout === null) return;
    const seen = target.observe(delivery, snapshot).carrier;
    if (seen?.isRendered === true && markOf(rollout).owner === markOf(carrier).owner) return;
    const now = context.clock.now().getTime();
    if (now - since >= LONGEST) {
      const name = stringAt(carrier, 'metadata', 'name') ?? '';
      const trouble = seen?.trouble ?? null;
      tellOnce(
        work,
        `${delivery.name}: its controller has not looked at ${target.carrier.kind.kind} ${name} yet${trouble === null ? '' : ` (${trouble})`}; the name is written then`,
      );
      return;
    }
    // With lists: whoever may adopt or retire need not have the right to watch.
    await context.clock.sleep(AGAIN, context.signal);
    await following.refresh();
  }
}
