import type { Delivery } from '../../release/delivery.ts';
import { type Duty, on, type Right, recording } from '../../release/right.ts';
import { AUTOSCALER } from '../kruise/keys.ts';
import { findingRight, readRights, removal, shortageRights } from '../kruise/rights.ts';
import { workloadKind } from '../kruise/workloads/index.ts';
import { APPLICATION_REVISION } from '../vela/application.ts';
import { applicationRights } from '../vela/rights.ts';
import { APP_ROLLOUT } from './keys.ts';

/** What commands use for an Application with an AppRollout. KubeVela writes the workload, and stepgate no status. */
export function rights(delivery: Delivery, starts: readonly Duty[]): readonly Right[] {
  const { namespace, workload } = delivery;
  const { kind, blocking } = workloadKind(delivery);
  const rollout = { kind: APP_ROLLOUT, namespace, name: workload.name };
  return [
    ...readRights(delivery, kind, APP_ROLLOUT),
    on(rollout, { verbs: ['get'], duties: starts, why: 'is read again right before the Application is written' }),
    // No dry-run is sent of what only a later write completes.
    on(rollout, { verbs: ['create'], duties: ['deploy'], why: 'is made before the first release' }),
    on(rollout, {
      verbs: ['patch'],
      duties: recording.filter((duty) => duty !== 'plan'),
      why: 'the steps of a release, and the record',
    }),
    ...(blocking === null ? [] : [removal(delivery)]),
    ...[AUTOSCALER, APPLICATION_REVISION].map((one) => findingRight(one, namespace)),
    ...shortageRights(delivery),
    ...applicationRights(delivery, starts),
  ];
}
