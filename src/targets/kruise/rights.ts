import type { Delivery } from '../../release/delivery.ts';
import { resourceOf } from '../../release/kinds.ts';
import type { Kind } from '../../release/ports.ts';
import {
  adopting,
  comparing,
  type Duty,
  fencing,
  following,
  observing,
  on,
  previewing,
  type Right,
  recording,
  takingBack,
} from '../../release/right.ts';
import { AUTOSCALER, DISRUPTION_BUDGET, EVENT, LIMIT_RANGE, NODE, POD, RESOURCE_QUOTA, ROLLOUT } from './keys.ts';
import { routes } from './routes.ts';
import { providersOf } from './traffic/index.ts';
import { workloadKind } from './workloads/index.ts';

/** What commands use in the cluster for a delivery of this target. The objects of its source are not in it. */
export function rights(delivery: Delivery, starts: readonly Duty[]): readonly Right[] {
  const { namespace, workload } = delivery;
  const kind = workloadKind(delivery);
  const [rollout, itself] = [ROLLOUT, kind.kind].map((one) => ({ kind: one, namespace, name: workload.name }));
  if (rollout === undefined || itself === undefined) throw new Error('a delivery has a Rollout and a workload');
  return [
    ...readRights(delivery, kind.kind, ROLLOUT),
    on(rollout, { verbs: ['get'], duties: starts, why: 'is read again right before the workload is written' }),
    on(rollout, { verbs: ['create'], duties: [...comparing, 'hold'], why: 'is made before the first release' }),
    on(rollout, { verbs: ['patch'], duties: recording, why: 'the plan of a release, and the record' }),
    on(rollout, {
      part: 'status',
      verbs: ['patch'],
      duties: ['deploy', 'promote', 'rollback'],
      why: 'lets a release leave its step',
    }),
    on(rollout, { verbs: ['delete'], duties: ['retire'], why: 'is deleted when the delivery is given up' }),
    on(itself, { verbs: ['get'], duties: starts, why: 'is compared with the commit' }),
    on(itself, { verbs: ['create', 'patch'], duties: starts, why: 'starts a release' }),
    on(itself, { verbs: ['patch'], duties: takingBack, why: 'puts the template of stable back' }),
    on(itself, fencing),
    on(itself, adopting),
    on(itself, { verbs: ['get'], ...previewing }),
    {
      kind: kind.revisions.kind,
      namespace,
      verbs: ['list'],
      duties: takingBack,
      why: 'have the template that a rollback puts back',
    },
    ...(kind.blocking === null ? [] : [removal(delivery)]),
    ...findingRights(delivery),
    ...(kind.traps.NODES_TOO_FULL ? [NODE, POD].map(roomRight) : []),
    ...shortageRights(delivery),
    ...routeRights(delivery, starts),
  ];
}

/** What every duty reads of a delivery. */
export function readRights({ namespace }: Pick<Delivery, 'namespace'>, workload: Kind, record: Kind): readonly Right[] {
  const look = (kind: Kind, why: string, duties = observing): readonly Right[] => [
    { kind, namespace, verbs: ['list'], duties, why },
    { kind, namespace, verbs: ['watch'], duties: following, why: 'a change is seen at once' },
  ];
  return [
    ...look(record, 'the steps of a release, and its record', [...observing, 'import']),
    ...look(workload, 'which version is live', [...observing, 'import']),
    ...look(POD, 'which pods are ready'),
    {
      kind: POD,
      part: 'log',
      namespace,
      verbs: ['get'],
      duties: ['logs'],
      why: 'prints what the pods have logged',
      without: 'the report names the log that is missing',
    },
    {
      kind: EVENT,
      namespace,
      verbs: ['list'],
      duties: ['logs'],
      why: 'tell why a pod does not start',
      without: 'the report names the events that are missing',
    },
  ];
}

/** A pod that its controller waits for is deleted. */
export function removal({ namespace }: Pick<Delivery, 'namespace'>): Right {
  return {
    kind: POD,
    namespace,
    verbs: ['delete'],
    duties: takingBack,
    why: 'an unready pod that its controller would wait for for ever',
    without: 'the command ends, and names the pod to delete',
  };
}

function findingRights({ namespace }: Delivery): readonly Right[] {
  const kinds = [AUTOSCALER, RESOURCE_QUOTA, LIMIT_RANGE, DISRUPTION_BUDGET];
  return kinds.map((kind) => findingRight(kind, namespace));
}

/** A list that only findings use. */
export function findingRight(kind: Kind, namespace: string): Right {
  return {
    kind,
    namespace,
    verbs: ['list'],
    duties: comparing,
    why: 'for findings',
    without: 'findings about them are left out',
  };
}

function roomRight(kind: Kind): Right {
  const why = 'the room that new pods find';
  return { kind, namespace: null, verbs: ['list'], duties: ['plan'], why, without: 'NODES_TOO_FULL is left out' };
}

/** What tells that a new pod is unready because of its node or its registry, where the policy rolls back for unready pods. */
export function shortageRights({ rollback: { on: causes } }: Pick<Delivery, 'rollback'>): readonly Right[] {
  if (!causes.includes('stuck') && !causes.includes('unready')) return [];
  const right = (kind: Kind, verb: 'get' | 'list', of: string): Right => ({
    kind,
    namespace: null,
    verbs: [verb],
    duties: ['deploy'],
    why: `whether new pods are unready because of their ${of}`,
    without: 'such pods count against the release, for rollbacks by the policy',
  });
  return [right(NODE, 'get', 'node'), right(POD, 'list', 'registry')];
}

/** The Service and the routes of the plan, and what their providers look up. */
function routeRights(delivery: Delivery, starts: readonly Duty[]): readonly Right[] {
  const { traffic, namespace } = delivery;
  if (traffic === null) return [];
  const listed = routes(delivery).flatMap(({ kind }) => ('plural' in kind ? [findingRight(kind, namespace)] : []));
  // What is in no list is read by its name for findings too.
  const waited = routes(delivery).map(({ kind, name }): Right => {
    const waiting = starts.filter((duty) => duty !== 'plan' || !('plural' in kind));
    return {
      kind: resourceOf(kind),
      namespace,
      names: [name],
      verbs: ['get'],
      duties: [...new Set([...waiting, ...takingBack])],
      why: 'the engine waits for it without a word while it is missing',
      without: 'nobody is told that it is missing',
    };
  });
  const more = providersOf(traffic).flatMap(({ row, value }) => row.beside(value));
  const beside = more.map(
    ({ kind, namespace, name }): Right => ({
      kind: resourceOf(kind),
      namespace,
      ...(name === null ? {} : { names: [name] }),
      verbs: ['get'],
      duties: comparing,
      why: 'for findings about routes',
      without: 'findings about it are left out',
    }),
  );
  return [...listed, ...waited, ...beside];
}
