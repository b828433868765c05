import type { Change, ChangeFacts, OneWrite } from '../../release/change.ts';
import { at, objectAt } from '../../release/json.ts';
import type { JsonPatch, KubeObject, ObjectRef } from '../../release/ports.ts';
import { managers, POD } from '../kruise/keys.ts';
import { aimPatch, specTests } from './aim.ts';
import { partitionFrom } from './batches.ts';
import { APP_ROLLOUT } from './keys.ts';

/** The write of a decision. It tests the state that was decided on; when that has changed, it changes nothing. */
export function change(decision: OneWrite, facts: ChangeFacts): Change {
  const { delivery, rollout } = facts;
  const { namespace, workload } = delivery;
  const ref: ObjectRef = { kind: APP_ROLLOUT, namespace, name: workload.name };
  switch (decision.do) {
    case 'advance': {
      const { step, release, why } = decision;
      const to = facts.jumpTo === null ? partitionFrom(delivery, step) : facts.jumpTo - 1;
      const told = `step ${step} of ${release} may go on: ${why}`;
      return {
        do: 'patch',
        ref,
        body: approvePatch(rollout, to),
        subresource: null,
        manager: managers.promote,
        why: told,
      };
    }
    case 'aim': {
      const { back, release, why } = decision;
      const body = aimPatch(delivery, { rollout, written: facts.written }, { id: release, back });
      const manager = back ? managers.rollback : managers.apply;
      return { do: 'patch', ref, body, subresource: null, manager, why };
    }
    case 'unpauseRollout': {
      const body = pausePatch(rollout, false);
      return { do: 'patch', ref, body, subresource: null, manager: managers.rollback, why: decision.why };
    }
    case 'removePod': {
      const { name, uid } = decision.pod;
      return { do: 'remove', ref: { kind: POD, namespace, name }, uid, why: decision.why };
    }
    case 'restorePauses':
      throw new Error('an AppRollout has no pauses to restore');
  }
}

/**
 * Lets the batches run up to that one, from 0. The patch tests the record, the spec and the status of the waiting step. It is refused
 * when the pair, the size or the batches were edited meanwhile, or when KubeVela has moved on.
 */
export function approvePatch(rollout: KubeObject, to: number): JsonPatch {
  const status = objectAt(rollout, 'status');
  const fields = [
    'rollingState',
    'batchRollingState',
    'currentBatch',
    'rolloutTargetSize',
    'lastTargetAppRevision',
    'LastSourceAppRevision',
  ];
  return [
    ...specTests(rollout),
    ...fields.flatMap((field) => {
      const value = at(status, field);
      return value === undefined ? [] : [{ op: 'test' as const, path: `/status/${field}`, value }];
    }),
    { op: 'add', path: '/spec/rolloutPlan/batchPartition', value: to },
  ];
}

/** Freezes a rollout where it is, in the middle of a batch too, or lets it go on. */
export function pausePatch(rollout: KubeObject, paused: boolean): JsonPatch {
  return [...specTests(rollout), { op: 'add', path: '/spec/rolloutPlan/paused', value: paused }];
}
