import type { Delivery } from '../../src/release/delivery.ts';
import type { Api } from '../../src/simulator/api/api.ts';
import { isGoing, type Thing } from '../../src/simulator/api/things.ts';
import { publishedAs, type Written, writtenIn } from './applications.ts';
import { type Counts, noCounts } from './counts.ts';
import { holdName, idOf, type Named, type Noted, planWords, policyWords, wantedVersion } from './facts.ts';
import type { Ledger, Run } from './ledger.ts';
import type { Change as MetricChange } from './metric-states.ts';
import type { Remote } from './repo.ts';
import { policyIn } from './source.ts';
import { forgeAge, isFrozenAt, nothingSaid, type Vote, votesIn } from './votes.ts';
import type { KindName } from './workloads.ts';

/** A promise that was broken, and when. */
export interface Broken {
  readonly law: string;
  readonly what: string;
  readonly at: number;
}

/** How old a look may be that something was decided on: calls take their time, and there are several to a decision. */
export const lookAge = 3_000;

/** Whether the steps were out of the Application at a time, or later. */
export function isOut(takenOut: Known['takenOut'], at: number): boolean {
  return takenOut !== null && takenOut.until >= at;
}

/** What it takes to judge a change that only history shows. */
export interface Known {
  readonly broken: Broken[];
  readonly counts: Counts;
  readonly ledger: Ledger;
  /** Versions that somebody else than stepgate has put into the template. */
  readonly strangers: Set<string>;
  readonly quotas: Map<string, number>;
  /** Pods of a version that come of a scale: whatever is added is of no step. */
  readonly shares: Map<string, number>;
  /** So many pods of a version were made for old ones that somebody has taken away. */
  readonly remade: Map<string, number>;
  /** When somebody last took a pod away: the one in its place may be of a template that comes right after. */
  taken: { readonly at: number; readonly pods: number };
  /** The workload was last scaled down then, from so many pods, with this version wanted. */
  shrunk: { readonly from: number; readonly version: string; readonly at: number } | null;
  /** Who last wrote each step's pause, where it is not the plan's. */
  readonly pauses: Map<number, { readonly by: string; readonly at: number }>;
  /** Steps that stepgate, or somebody else, has let go. */
  readonly letGo: Map<string, string>;
  /** Ids that were on the object that a release writes, and what they named. */
  readonly used: Map<string, string>;
  /** Ids that somebody has written over in an Application: what is written again under them is the same as before. */
  readonly displaced: Set<string>;
  /**
   * Since when, and until when, the Application is without the steps that somebody has taken out. KubeVela then removes the Rollout,
   * and the record with it: as it renders, or once every pod is new. `wentOn`: stepgate has let a step go since.
   */
  takenOut: { readonly at: number; readonly until: number; readonly wentOn: boolean } | null;
  /** Names under which an Application was published, by whomever, and the id that it had then. */
  readonly published: Map<string, string>;
  /** Since when a digest is held, or the delivery (`wholeDelivery`), and when it was held last. */
  readonly heldAt: Map<string, { readonly since: number; readonly last: number }>;
  /** The plans under which releases have started, in a line. */
  readonly startedUnder: Map<string, string>;
  /** Ids with the versions that the record took on. */
  readonly takenOn: Set<string>;
  /** Since when each pod is ready. */
  readonly readyPods: Map<string, number>;
  /** When the containers of each pod were started, the first time and again. */
  readonly startsOf: Map<string, readonly number[]>;
  /** When the first pod of each version was made, since the engine names the release that it names. */
  readonly firstOf: Map<string, number>;
  /** The furthest step of each release whose routes may be there. */
  readonly routedTo: Map<string, number>;
  /** What the environment before has delivered, and since when; the newest last. */
  readonly staged: { readonly commit: string | null; readonly at: number }[];
  /** What each metric is like, and since when. */
  readonly metrics: MetricChange[];
  /** The text of each ConfigMap that was let through last. */
  readonly through: Map<string, string>;
  /** The text of each ConfigMap that the release under way has noted to take on, which may be written later. */
  readonly agreed: Map<string, string>;
  /** What somebody has written into a ConfigMap since stepgate wrote it, and when. */
  readonly editedSettings: Map<string, { readonly text: string; readonly at: number }>;
  /** Whether the release that is asked for has taken on its settings: they are noted before they are written. */
  takenOnLast: boolean;
  /** Since when another delivery is there that renders one of them too. */
  neighbourSince: number | null;
  /** The release that the record asked for before, and until when. */
  replaced: { readonly id: string; readonly at: number };
  /** When the last rollback was asked for. */
  rollbackAt: number;
  /** The version that last served whole. */
  stable: string | null;
  /** Somebody else has edited plan or status since the release began. */
  meddled: boolean;
  meddledAt: number;
  planMeddledAt: number;
  strangeSince: number | null;
  pausedAt: number;
  /** When somebody edited the record by hand. */
  recordEditedAt: number;
  /** When somebody took out of the Rollout whose it is, and when stepgate last wrote an Application. */
  disownedAt: number;
  carriedAt: number;
  /** When the engine came to the step where it is. */
  stepSince: number;
  /** Since when the workload has its id. */
  liveSince: number;
  /** Since when the engine names the release that it names. */
  takenUpSince: number;
  /** Every wanted pod was last ready then; without end while all are. */
  allReadyAt: number;
  readySince: number | null;
  /** So many wanted pods as the plan asks for were last ready then; without end while they are. */
  enoughReadyAt: number;
  /** The soak that a pod has ended at `enoughReadyAt`. */
  soakedBefore: number | null;
}

/** What the laws know: the cluster as it is, and how it came to be so. */
export interface Sight extends Known {
  readonly kind: KindName;
  /** Whether a release writes an Application, of which a controller makes the workload. */
  readonly carried: boolean;
  readonly git: Remote;
  rollout(): Thing | undefined;
  /** What splits requests: a Service, an Ingress or a route. */
  route(kind: 'Service' | 'Ingress' | 'HTTPRoute', name: string): Thing | undefined;
  workload(): Thing | undefined;
  /** The object that a release writes: the workload, or its Application. */
  written(): Thing | undefined;
  /** Those that are not on their way out. */
  pods(): readonly Thing[];
  configMaps(): readonly Thing[];
  now(): number;
  breaks(law: string, what: string): void;
  runOf(actor: string): Run | undefined;
}

function nothingYet(): Known {
  return {
    broken: [],
    counts: { ...noCounts },
    ledger: { runs: new Map(), approvals: [], givers: new Set(), acts: new Map(), forge: nothingSaid() },
    strangers: new Set(),
    quotas: new Map(),
    shares: new Map(),
    remade: new Map(),
    taken: { at: Number.NEGATIVE_INFINITY, pods: 0 },
    shrunk: null,
    pauses: new Map(),
    letGo: new Map(),
    used: new Map(),
    displaced: new Set(),
    takenOut: null,
    published: new Map(),
    heldAt: new Map(),
    startedUnder: new Map(),
    takenOn: new Set(),
    readyPods: new Map(),
    startsOf: new Map(),
    firstOf: new Map(),
    routedTo: new Map(),
    staged: [],
    metrics: [],
    through: new Map(),
    agreed: new Map(),
    editedSettings: new Map(),
    takenOnLast: false,
    neighbourSince: null,
    replaced: { id: '', at: 0 },
    rollbackAt: Number.NEGATIVE_INFINITY,
    stable: null,
    meddled: false,
    meddledAt: Number.NEGATIVE_INFINITY,
    planMeddledAt: Number.NEGATIVE_INFINITY,
    strangeSince: null,
    pausedAt: 0,
    recordEditedAt: Number.NEGATIVE_INFINITY,
    disownedAt: Number.NEGATIVE_INFINITY,
    carriedAt: Number.NEGATIVE_INFINITY,
    stepSince: 0,
    liveSince: 0,
    takenUpSince: 0,
    allReadyAt: Number.NEGATIVE_INFINITY,
    enoughReadyAt: Number.NEGATIVE_INFINITY,
    readySince: null,
    soakedBefore: null,
  };
}

/** With what was known before it begins, where it does not begin with nothing. */
export function createSight(
  { store }: Api,
  {
    kind,
    written,
    now,
    git,
  }: { readonly kind: KindName; readonly written: Written; readonly now: () => number; readonly git: Remote },
  before: Known | null,
): Sight {
  const known = before === null ? nothingYet() : structuredClone(before);
  return {
    ...known,
    kind,
    carried: written.kind === 'Application',
    git,
    rollout: () => store.get('Rollout', 'shop', 'shop'),
    route: (of, name) => store.get(of, 'shop', name),
    workload: () => store.get(kind, 'shop', 'shop'),
    written: () => writtenIn(store, written),
    pods: () => store.list('Pod', 'shop').filter((pod) => !isGoing(pod)),
    configMaps: () => store.list('ConfigMap', 'shop'),
    now,
    breaks: (law, what) => known.broken.push({ law, what, at: now() }),
    runOf: (actor) => known.ledger.runs.get(actor),
  };
}

/** What is known once every run has ended, for others to begin with. What was counted stays behind. */
export function knownBy(sight: Sight): Known {
  const { counts, ledger } = nothingYet();
  return structuredClone({
    broken: sight.broken,
    counts,
    ledger: {
      ...ledger,
      approvals: sight.ledger.approvals,
      givers: sight.ledger.givers,
      acts: sight.ledger.acts,
      forge: sight.ledger.forge,
    },
    strangers: sight.strangers,
    quotas: sight.quotas,
    shares: sight.shares,
    remade: sight.remade,
    taken: sight.taken,
    shrunk: sight.shrunk,
    pauses: sight.pauses,
    letGo: sight.letGo,
    used: sight.used,
    displaced: sight.displaced,
    takenOut: sight.takenOut,
    published: sight.published,
    heldAt: sight.heldAt,
    startedUnder: sight.startedUnder,
    takenOn: sight.takenOn,
    readyPods: sight.readyPods,
    startsOf: sight.startsOf,
    firstOf: sight.firstOf,
    routedTo: sight.routedTo,
    staged: sight.staged,
    metrics: sight.metrics,
    through: sight.through,
    agreed: sight.agreed,
    editedSettings: sight.editedSettings,
    takenOnLast: sight.takenOnLast,
    neighbourSince: sight.neighbourSince,
    replaced: sight.replaced,
    rollbackAt: sight.rollbackAt,
    stable: sight.stable,
    meddled: sight.meddled,
    meddledAt: sight.meddledAt,
    planMeddledAt: sight.planMeddledAt,
    strangeSince: sight.strangeSince,
    pausedAt: sight.pausedAt,
    recordEditedAt: sight.recordEditedAt,
    disownedAt: sight.disownedAt,
    carriedAt: sight.carriedAt,
    stepSince: sight.stepSince,
    liveSince: sight.liveSince,
    takenUpSince: sight.takenUpSince,
    allReadyAt: sight.allReadyAt,
    enoughReadyAt: sight.enoughReadyAt,
    readySince: sight.readySince,
    soakedBefore: sight.soakedBefore,
  });
}

/** When the pods of the step that waits were in place and ready. */
export function soakedSince(sight: Sight): number | null {
  return sight.readySince === null ? null : Math.max(sight.readySince, sight.pausedAt);
}

/**
 * The id of the object that a release writes. KubeVela renders no label that is edited alone: that of an Application is the one under
 * which it was published, unless it was edited before KubeVela saw it.
 */
export function writtenId(
  { published, workload }: Pick<Sight, 'published' | 'workload'>,
  object: Thing | undefined,
): string {
  const name = publishedAs(object);
  const id = published.get(name);
  if (id === undefined) return idOf(object);
  const made = workload();
  return publishedAs(made) === name ? idOf(made) : id;
}

/** Whether the record says that what runs now was taken on. */
export function isOurs(sight: Sight, { release }: Noted): boolean {
  const [id, version] = [idOf(sight.workload()), wantedVersion(sight.workload())];
  if (release?.id !== id) return false;
  // Until it is noted what KubeVela has made, a restart by hand can't be told from that.
  const isUnnoted = sight.carried && release.made === undefined && sight.used.get(id) === imageOf(version);
  return isUnnoted || sight.takenOn.has(`${id} ${version}`);
}

/** `sent` is when the write was sent, or now where the server compares it with the record: one on its way can't see a hold. */
export function judgeHold(sight: Sight, noted: Noted, { id, sent, what }: { id: string; sent: number; what: string }) {
  const { release } = noted;
  if (release?.id !== id) return;
  const since = heldSince(sight, release);
  if (since !== null && sent - since > lookAge) sight.breaks('what is held neither starts nor advances', what);
}

/** The name under which a hold of the whole delivery is noted. */
export const wholeDelivery = 'the delivery';

/** Since when a version, or nothing but the delivery, may neither start nor advance; null where it may. */
export function heldSince({ heldAt }: Sight, version: Pick<Named, 'digest' | 'whole'> | null): number | null {
  const names = version === null ? [] : [version.digest, holdName(version) ?? version.digest];
  const found = [...names, wholeDelivery].flatMap((name) => {
    const one = heldAt.get(name);
    return one === undefined ? [] : [one.since];
  });
  return found.length === 0 ? null : Math.min(...found);
}

/** A policy that was fetched so lately may be gone by, and what was decided by it takes its time. Milliseconds. */
export const policyAge = 8_000;

/** The plans that the policy ref has had since then. */
export function policiesSince({ git }: Sight, time: number): readonly Delivery[] {
  return git.tipsSince(time).map((tip) => policyIn(git.at(tip).files));
}

/** Whether a freeze was in force by every policy that the policy ref has had since then. */
export function isFrozenSince({ git }: Sight, since: number, time: number): boolean {
  return git.tipsSince(since).every((tip) => isFrozenAt(git, tip, time));
}

/** The approvals at the forge on which something that was sent then may rest. */
export function votesOf(
  sight: Sight,
  of: { readonly release: string; readonly step: number; readonly plan: string | null },
  sent: number,
): readonly Vote[] {
  return votesIn(sight.ledger.forge, of, { from: sent - forgeAge, to: sent });
}

/** Whether the steps in the cluster are neither a policy's of late nor those that the release has started with. */
export function underAnotherPlan(sight: Sight, rollout: Thing, id: string, policies: readonly Delivery[]): boolean {
  const words = planWords(rollout);
  return sight.startedUnder.get(id) !== words && !policies.some((policy) => policyWords(policy) === words);
}

/** A version without its restarts. */
export function imageOf(version: string): string {
  return version.split(' ', 1)[0] ?? version;
}
