import { gates, needsOf } from '../gates/index.ts';
import { keptKind, keptKinds } from '../release/copies.ts';
import { type Delivery, everyCondition } from '../release/delivery.ts';
import type { Wanted } from '../release/finding.ts';
import { stringAt } from '../release/json.ts';
import { groupOf, likelyPlural, resourceOf } from '../release/kinds.ts';
import type { Kind, KubeObject } from '../release/ports.ts';
import { adopting, type Duty, fencing, observing, on, previewing, type Right, takingBack } from '../release/right.ts';
import type { Targets } from '../release/target.ts';
import { isLast, serviceOf } from './siblings.ts';

/** A right, and whose delivery commands use it for. */
export interface PlacedRight {
  readonly owner: Delivery;
  /** The context of the cluster where it is used. */
  readonly context: string | null;
  readonly right: Right;
}

/** What the rights of a delivery follow from. */
export interface Grounds {
  readonly targets: Targets;
  /** Every delivery of the policy. */
  readonly deliveries: readonly Delivery[];
  /** What the delivery's source renders beside the object that a release writes. */
  readonly beside: readonly KubeObject[];
}

/** The rights that commands use for a delivery: those of its target, and what commands do for every target, a function each. */
const tables: readonly ((delivery: Delivery, grounds: Grounds) => readonly PlacedRight[])[] = [
  (delivery, { targets }) => here(delivery, targets.of(delivery).rights(delivery, startingOf(delivery))),
  (delivery, { beside }) =>
    here(
      delivery,
      beside.flatMap((object) => sourceRights(delivery, object)),
    ),
  (delivery, { beside }) => here(delivery, copyRights(delivery, beside)),
  breakerRights,
  afterRights,
  siblingRights,
  checkupRights,
];

/** Every right that commands use for a delivery. Pure. */
export function rightsOf(delivery: Delivery, grounds: Grounds): readonly PlacedRight[] {
  return tables.flatMap((table) => table(delivery, grounds));
}

function here(owner: Delivery, rights: readonly Right[]): readonly PlacedRight[] {
  return rights.map((right) => ({ owner, context: owner.cluster.context, right }));
}

/** The duties that write a release. An approval of the start starts it. */
function startingOf({ startWhen }: Delivery): readonly Duty[] {
  const isApproved = startWhen.some((condition) => gates[condition.kind].approvers(condition) !== null);
  return isApproved ? ['plan', 'deploy', 'promote', 'promote-by-plan'] : ['plan', 'deploy'];
}

/** The rights on an object of the source. Names are left out: a generated ConfigMap has another one in each commit. */
function sourceRights(delivery: Delivery, object: KubeObject): readonly Right[] {
  const kind = stringAt(object, 'kind') ?? '';
  const of = { apiVersion: stringAt(object, 'apiVersion') ?? '', plural: likelyPlural(kind) };
  const why = `the source renders a ${kind}${isOwn(of) ? '' : ', whose plural is a guess'}`;
  const { namespace } = delivery;
  const beyond = grantedBy(of);
  return [
    { kind: of, namespace, verbs: ['get'], duties: startingOf(delivery), why },
    { kind: of, namespace, verbs: ['create', 'patch'], duties: startingOf(delivery), why: `${why}${beyond}` },
    { kind: of, namespace, ...fencing },
    { kind: of, namespace, ...adopting },
    { kind: of, namespace, verbs: ['get'], ...previewing },
    {
      kind: of,
      namespace,
      verbs: ['create', 'patch'],
      duties: ['rollback'],
      why: `puts back what the source of stable renders${beyond}`,
      without: 'it is left as it is, and the log says so',
    },
  ];
}

/**
 * The further right that the API server checks when a role or a binding is written: an identity may grant only rights that it has, or needs
 * the verb `escalate` or `bind`. The printed roles do not contain these verbs, because they would give stepgate every right.
 */
function grantedBy({ apiVersion, plural }: Pick<Kind, 'apiVersion' | 'plural'>): string {
  if (groupOf({ apiVersion }) !== 'rbac.authorization.k8s.io') return '';
  const verb = plural === 'roles' ? 'escalate on roles' : 'bind on its role';
  return `; the API server also asks for each right in it, or for ${verb}, which an administrator has to add`;
}

/** Whether Kubernetes has the kind itself. Its kinds follow the rules of English. */
function isOwn(kind: Pick<Kind, 'apiVersion'>): boolean {
  const group = groupOf(kind);
  return !group.includes('.') || group.endsWith('.k8s.io');
}

/** The copies of what a release writes over, for a rollback that Git can't help. */
function copyRights(delivery: Delivery, beside: readonly KubeObject[]): readonly Right[] {
  const { namespace } = delivery;
  const writing = startingOf(delivery).filter((duty) => duty !== 'plan');
  return keptKinds
    .filter((kind) => beside.some((object) => keptKind(object) === kind))
    .flatMap((kind): readonly Right[] => [
      {
        kind,
        namespace,
        verbs: ['list', 'create', 'patch', 'delete'],
        duties: writing,
        why: `copies of a ${kind.kind} that is about to be changed`,
        without: 'none is kept, and the log says so',
      },
      {
        kind,
        namespace,
        verbs: ['list'],
        duties: takingBack,
        why: `the copies of a ${kind.kind}, where Git can't be read`,
        without: 'it stays as it is until Git can be read',
      },
    ]);
}

/** A rollback by the policy counts what the policy has rolled back in the cluster. */
function breakerRights(delivery: Delivery, { targets, deliveries }: Grounds): readonly PlacedRight[] {
  if (delivery.rollback.on.length === 0) return [];
  const beside = deliveries.filter(({ cluster }) => cluster.context === delivery.cluster.context);
  const kinds = new Set(beside.map((one) => targets.of(one).kinds.record));
  return here(
    delivery,
    [...kinds].map((kind) => ({
      kind,
      namespace: null,
      verbs: ['list'],
      duties: ['deploy'],
      why: 'rollbacks by the policy are counted in the whole cluster',
      without: 'those of the namespace count, and the log says so',
    })),
  );
}

/** An `after` gate reads the record of another delivery. */
function afterRights(delivery: Delivery, { targets, deliveries }: Grounds): readonly PlacedRight[] {
  const named = needsOf(everyCondition(delivery)).flatMap((need) => (need.is === 'delivered' ? [need.delivery] : []));
  return deliveries
    .filter(({ name }) => named.includes(name))
    .map((other) => ({
      owner: delivery,
      context: other.cluster.context,
      right: {
        kind: targets.of(other).kinds.record,
        namespace: other.namespace,
        verbs: ['list'],
        duties: observing,
        why: `a gate of ${delivery.name} asks what ${other.name} has delivered`,
        without: 'the gate stays shut',
      },
    }));
}

/** Before the revert of a rollback is pushed, the other environments of the service are looked at. */
function siblingRights(delivery: Delivery, { targets, deliveries }: Grounds): readonly PlacedRight[] {
  if (isLast(deliveries, delivery)) return [];
  return deliveries
    .filter((other) => other !== delivery && serviceOf(other) === serviceOf(delivery))
    .flatMap((other) =>
      Object.values(targets.of(other).refs(other)).map((ref) => ({
        owner: delivery,
        context: other.cluster.context,
        right: on(ref, {
          verbs: ['get'],
          duties: takingBack,
          why: `the revert of a rollback of ${delivery.name} changes ${other.name} too`,
          without: 'it counts as running the bad version, and the revert is not pushed',
        }),
      })),
    );
}

/** What doctor looks at: whether all is installed, and what a release that broke off has left. */
function checkupRights(delivery: Delivery, { targets }: Grounds): readonly PlacedRight[] {
  const { installations, leftObjects } = targets.of(delivery).checkup;
  const right = (kind: Right['kind'], namespace: string | null, verb: 'get' | 'list', why: string): Right => ({
    kind,
    namespace,
    verbs: [verb],
    duties: ['doctor'],
    why,
    without: 'doctor does not look at it, and says so',
  });
  const byName = ({ kind, namespace, name }: Wanted, why: string): Right => ({
    ...right(resourceOf(kind), namespace, 'get', why),
    names: [name],
  });
  const installed = installations.flatMap((one) => one.wanted([delivery]));
  const left = 'what a release that broke off has left';
  const labelled = leftObjects.labelled(delivery);
  return here(delivery, [
    ...installed.map((wanted) => byName(wanted, 'whether what releases need is installed')),
    ...leftObjects.wanted(delivery, null).map((wanted) => {
      const { kind, namespace } = wanted;
      return 'plural' in kind ? right(kind, namespace, 'list', left) : byName(wanted, left);
    }),
    ...(labelled === null ? [] : [right(labelled.kind, delivery.namespace, 'list', left)]),
  ]);
}
