import type { Change, ChangeFacts, OneWrite } from '../../release/change.ts';
import type { JsonPatch, ObjectRef } from '../../release/ports.ts';
import { managers, POD, ROLLOUT } from './keys.ts';
import { approvePatch, jumpPatch, openPausePatch, restorePausesPatch, unpausePatch } from './order.ts';
import { rolloutOf } from './render.ts';

/** The write for a decision. It tests the state that was decided on; when that has changed, it changes nothing. */
export function change(decision: OneWrite, facts: ChangeFacts): Change {
  const { delivery, rollout } = facts;
  const { namespace } = delivery;
  const onRollout: ObjectRef = { kind: ROLLOUT, namespace, name: delivery.workload.name };
  const patch = (body: JsonPatch, manager: string, why: string): Change => ({
    do: 'patch',
    ref: onRollout,
    body,
    subresource: null,
    manager,
    why,
  });
  switch (decision.do) {
    case 'advance':
      return advance(decision, facts, onRollout);
    case 'aim':
      throw new Error('the write of a workload begins its steps by itself');
    case 'restorePauses':
      return patch(restorePausesPatch(rollout, rolloutOf(delivery), decision.steps), managers.promote, decision.why);
    case 'unpauseRollout':
      return patch(unpausePatch(), managers.rollback, decision.why);
    case 'removePod': {
      const { name, uid } = decision.pod;
      return { do: 'remove', ref: { kind: POD, namespace, name }, uid, why: decision.why };
    }
  }
}

/** By plan, an approval sets the step's pause to zero. By status, it approves the step or sets a later one as the next. */
function advance(
  { release, step, why }: Extract<OneWrite, { readonly do: 'advance' }>,
  { rollout, method, jumpTo }: ChangeFacts,
  ref: ObjectRef,
): Change {
  const told = {
    do: 'patch',
    ref,
    manager: managers.promote,
    why: `step ${step} of ${release} may go on: ${why}`,
  } as const;
  if (jumpTo !== null) return { ...told, body: jumpPatch(rollout, jumpTo), subresource: 'status' };
  if (method === 'plan') return { ...told, body: openPausePatch(rollout, step), subresource: null };
  return { ...told, body: approvePatch(rollout), subresource: 'status' };
}
