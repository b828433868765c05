import type { Change, OneWrite } from '../release/change.ts';
import { type Observed, there, type Work } from './work.ts';

/** The write that a decision comes to, of the objects that it was decided on. Throws Moved where they went away. */
export function changeFor({ target, delivery, method, jumpTo }: Work, observed: Observed, decision: OneWrite): Change {
  const rollout = there(observed.rollout);
  return target.change(decision, { delivery, rollout, workload: there(observed.workload), method, jumpTo });
}

/** Sends one change. What it was decided on may be gone: then nothing is written, and it is thrown as Moved. */
export async function write({ writer, following }: Work, change: Change): Promise<void> {
  switch (change.do) {
    case 'patch': {
      const { ref, body, subresource, manager, why } = change;
      const options = subresource === null ? { manager, why } : { manager, subresource, why };
      return following.wrote(await writer.patch(ref, body, options));
    }
    case 'remove':
      return writer.remove(change.ref, change.uid, change.why);
  }
}
