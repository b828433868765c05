import type { Kind, ObjectRef } from './ports.ts';

/** What somebody does with stepgate in a cluster. Each duty is one role. */
interface DutyRow {
  /** For the comment above its role. */
  readonly what: string;
  /** The command lines that its role is exactly enough for. */
  readonly commands: readonly string[];
  /** Duties whose rights it has too. */
  readonly includes: readonly string[];
  /** Whether its writes are dry-runs: the API server asks for the rights of the write all the same. */
  readonly dryRun?: true;
}

const rows = {
  read: { what: 'see where deliveries stand, and try gates', commands: ['status', 'gate try'], includes: [] },
  logs: { what: 'see logs and events of new pods too', commands: ['status --logs'], includes: ['read'] },
  import: { what: 'read Rollouts that somebody else wrote', commands: ['import'], includes: [] },
  plan: { what: 'show what a deploy would change, by dry-runs', commands: ['plan'], includes: [], dryRun: true },
  doctor: {
    what: 'look at what releases need in a cluster, and at what is left of one',
    commands: ['doctor'],
    includes: ['plan'],
    dryRun: true,
  },
  deploy: { what: 'start releases, and follow them', commands: ['deploy'], includes: [] },
  promote: { what: 'approve steps in the status of the Rollout', commands: ['promote'], includes: [] },
  'promote-by-plan': {
    what: 'approve steps in the plan of the Rollout, without a right on its status',
    commands: ['promote --method plan'],
    includes: [],
  },
  hold: { what: 'hold deliveries and versions, and lift holds', commands: ['hold', 'resume'], includes: [] },
  rollback: { what: 'roll releases back', commands: ['rollback'], includes: [] },
  adopt: { what: 'make what another delivery had that of this one', commands: ['adopt'], includes: [] },
  retire: { what: 'give deliveries up', commands: ['retire'], includes: [] },
  tick: {
    what: 'do what is due: start, advance, finish, roll back',
    commands: ['tick'],
    includes: ['deploy', 'promote', 'rollback'],
  },
  answer: {
    what: 'do what comments ask for',
    commands: ['answer'],
    includes: ['read', 'promote', 'hold', 'rollback'],
  },
} as const satisfies Readonly<Record<string, DutyRow>>;

export type Duty = keyof typeof rows;

/** Every duty. A command that connects to a cluster is in one of them. */
export const duties: Readonly<Record<Duty, DutyRow>> = rows;

export const dutyNames: readonly Duty[] = Object.keys(rows).filter(isDuty);

export function isDuty(text: string): text is Duty {
  return Object.hasOwn(rows, text);
}

/** In the order in which a rule has them. */
export const rightVerbs = ['get', 'list', 'watch', 'create', 'patch', 'delete'] as const;
export type RightVerb = (typeof rightVerbs)[number];

/** A right that commands use, and what for. A target has a table of them, and flow has one for every target. */
export interface Right {
  readonly kind: Pick<Kind, 'apiVersion' | 'plural'>;
  readonly part?: 'status' | 'log';
  readonly verbs: readonly RightVerb[];
  /** Every object of the kind where it is left out. */
  readonly names?: readonly string[];
  /** Null for the whole cluster. */
  readonly namespace: string | null;
  readonly duties: readonly Duty[];
  readonly why: string;
  /** What happens without it. Left out where the command ends with CLUSTER_FORBIDDEN. */
  readonly without?: string;
}

/** Duties that wait for a delivery to change. */
export const following: readonly Duty[] = ['read', 'deploy', 'promote', 'promote-by-plan', 'rollback'];
/** Duties that compare what is live with what a commit renders. */
export const comparing: readonly Duty[] = ['plan', 'deploy'];
/** Duties that write the record. */
export const recording: readonly Duty[] = [
  'plan',
  'deploy',
  'promote',
  'promote-by-plan',
  'hold',
  'rollback',
  'adopt',
  'retire',
];
/** Duties that look at a delivery. */
export const observing: readonly Duty[] = ['read', ...recording];

/** Duties that take a release back. A deploy ends a rollback first that is under way. */
export const takingBack: readonly Duty[] = ['deploy', 'rollback'];

/** What `rollback --dry-run` reads before it sends a dry-run of a write. */
export const previewing: Pick<Right, 'duties' | 'why'> = {
  duties: ['rollback'],
  why: 'rollback --dry-run compares with it',
};

/** What adopt does to an object that carries the mark of another delivery. */
export const adopting: Pick<Right, 'verbs' | 'duties' | 'why'> = {
  verbs: ['get', 'patch'],
  duties: ['adopt'],
  why: 'its mark names the delivery that it belongs to',
};

/** How a rollback keeps writes out that come late. */
export const fencing: Pick<Right, 'verbs' | 'duties' | 'why' | 'without'> = {
  verbs: ['get', 'patch'],
  duties: ['rollback'],
  why: 'a rollback moves its fence, so that a late write of the bad release is refused',
  without: 'such a write is not refused',
};

/** Whether a duty has a right, itself or by a duty that it includes. */
export function has(duty: Duty, right: Pick<Right, 'duties'>): boolean {
  const mine: readonly string[] = [duty, ...duties[duty].includes];
  return right.duties.some((one) => mine.includes(one));
}

/** A right on one object. */
export function on(
  { kind, namespace, name }: ObjectRef,
  right: Pick<Right, 'verbs' | 'duties' | 'why' | 'without' | 'part'>,
): Right {
  return { kind, namespace, names: [name], ...right };
}
