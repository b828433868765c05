import type { Delivery } from '../../release/delivery.ts';
import type { Kind } from '../../release/ports.ts';
import {
  adopting,
  type Duty,
  fencing,
  following,
  observing,
  previewing,
  type Right,
  takingBack,
} from '../../release/right.ts';
import { ROLLOUT } from '../kruise/keys.ts';
import { rights as ofKruise } from '../kruise/rights.ts';
import { workloadKind } from '../kruise/workloads/index.ts';
import { APPLICATION_REVISION } from './application.ts';
import { APPLICATION } from './keys.ts';

/** What commands use for an Application: it is written, and of Rollout and workload what the target kruise uses beside that. */
export function rights(delivery: Delivery, starts: readonly Duty[]): readonly Right[] {
  const { kind, revisions } = workloadKind(delivery);
  const kept = ofKruise(delivery, starts).filter(
    (right) =>
      right.kind !== revisions.kind &&
      // KubeVela would make the Rollout again, so retire leaves it.
      !(right.kind === ROLLOUT && right.verbs.includes('delete')) &&
      !(right.kind === kind && right.verbs.some((verb) => verb === 'create' || verb === 'patch')),
  );
  return [
    ...kept,
    {
      kind,
      namespace: delivery.namespace,
      names: [delivery.workload.name],
      verbs: ['patch'],
      duties: ['deploy', 'promote', 'rollback'],
      why: 'goes on where the engine left it paused',
      without: 'the command ends, and the workload stays paused',
    },
    ...applicationRights(delivery, starts),
    // Whose it is, KubeVela writes to the Rollout of what it renders.
    { kind: APPLICATION, namespace: delivery.namespace, verbs: ['patch'], duties: ['retire'], why: 'loses its name' },
    {
      kind: APPLICATION_REVISION,
      namespace: delivery.namespace,
      verbs: ['list'],
      duties: ['adopt', 'retire'],
      why: 'tell whether somebody has edited the Application, which is rendered again',
    },
  ];
}

/** The Application and its revisions. The name of an Application is not in the config, so these rights are on all of a namespace. */
export function applicationRights({ namespace }: Delivery, starts: readonly Duty[]): readonly Right[] {
  const one = (kind: Kind, right: Omit<Right, 'kind' | 'namespace'>): Right => ({ kind, namespace, ...right });
  return [
    one(APPLICATION, { verbs: ['list'], duties: observing, why: 'what KubeVela was told to run' }),
    one(APPLICATION, { verbs: ['watch'], duties: following, why: 'a change is seen at once' }),
    one(APPLICATION, fencing),
    one(APPLICATION, { ...adopting, verbs: ['patch'] }),
    one(APPLICATION, { verbs: ['get'], duties: starts, why: 'is compared with the commit' }),
    one(APPLICATION, { verbs: ['create', 'patch'], duties: starts, why: 'starts a release' }),
    one(APPLICATION, { verbs: ['patch'], duties: takingBack, why: 'puts the component of stable back' }),
    one(APPLICATION, { verbs: ['get'], ...previewing }),
    one(APPLICATION_REVISION, {
      verbs: ['list'],
      duties: takingBack,
      why: 'have the component that a rollback puts back',
    }),
  ];
}
