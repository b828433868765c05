import { bad } from '../../../release/check.ts';
import type { Line, Seen } from '../../../release/checkup.ts';
import { textsAt } from '../../../release/json.ts';
import { isBeingDeleted } from '../../../release/kinds.ts';
import type { KubeObject } from '../../../release/ports.ts';
import { withoutFinalizers } from '../engine-marks.ts';
import { titleOf } from '../manifests.ts';
import { nameOf } from '../pods.ts';

/** An object that a controller may have to let go; null when it is not there. */
interface Going {
  readonly object: KubeObject | null;
  readonly finalizer: string;
  /** As an argument of kubectl. */
  readonly resource: string;
}

/** The objects that are being deleted for ever, because the controller that has to let them go does not run. */
export function stuck(
  all: readonly Going[],
  {
    seen,
    controller,
    isRunning,
  }: { readonly seen: Seen; readonly controller: string; readonly isRunning: boolean | null },
): readonly Line[] {
  // It ends its work before it lets an object go, which takes as long as pods take. Where it can't be seen, it may run.
  if (isRunning !== false) return [];
  return all.flatMap(({ object, finalizer, resource }) => {
    if (object === null || !isBeingDeleted(object)) return [];
    if (!textsAt(object, 'metadata', 'finalizers').includes(finalizer)) return [];
    const says = `${titleOf(object)} is being deleted, and ${controller}, which has to let it go (${finalizer}), does not run`;
    const patch = `kubectl -n ${seen.delivery.namespace} patch ${resource} ${nameOf(object)} --type=merge -p '${withoutFinalizers(object, [finalizer])}'`;
    const todo = `start ${controller} again; only where it is gone for good: ${patch}`;
    return [{ name: 'deletion', said: bad(says, todo, 'LEFT_BEHIND') }];
  });
}
