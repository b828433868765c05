import type { CommitRule } from './commits.ts';
import type { JsonObject } from './json.ts';

/** How the engine moves pods: in place, with an extra Deployment, or with a complete second set. */
export type Style = 'partition' | 'canary' | 'blueGreen';

/** Pods of the new version: a number, or a percentage of the workload's size. */
export type Amount =
  | { readonly unit: 'pods'; readonly value: number }
  | { readonly unit: 'percent'; readonly value: number };

/** Where the manifests of a delivery come from, relative to the repository's root. */
export type Source =
  | { readonly kind: 'files'; readonly patterns: readonly string[] }
  | { readonly kind: 'kustomize'; readonly folder: string }
  | HelmSource;

/** A chart, and what it is rendered with. */
export interface HelmSource {
  readonly kind: 'helm';
  /** The folder of the chart. */
  readonly chart: string;
  /** Files of values. A later one wins. */
  readonly values: readonly string[];
  readonly release: string;
  /** The version of Kubernetes that templates see, whatever that of the cluster is. */
  readonly kubeVersion: string;
  /** API versions that templates see beside helm's own. */
  readonly apiVersions: readonly string[];
}

/** The values of a condition beside kind and name, by kind. Each file in gates/ declares its own entry. */
// biome-ignore lint/suspicious/noEmptyInterface: the kinds declare its members.
export interface Conditions {}

/** The kinds of conditions, which are the kinds of gates. */
export type Kind = keyof Conditions;

/** A configured condition. Its `name` is the name of the gate in reports. */
export type Condition<K extends Kind = Kind> = {
  [P in K]: { readonly kind: P; readonly name: string } & Readonly<Conditions[P]>;
}[K];

/** A match for requests that go to the new version, as in the engine's `matches`. Passed through as parsed. */
export type Match = JsonObject;

/** Changes of the headers of a request, by name. */
export interface HeaderChanges {
  readonly set: Readonly<Record<string, string>>;
  readonly add: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

export interface Step {
  readonly name: string;
  readonly replicas: Amount;
  /** Percentage of the traffic; null when the step routes none. */
  readonly traffic: number | null;
  readonly matches: readonly Match[];
  /** What becomes of the headers of these requests; null for nothing. */
  readonly requestHeaders: HeaderChanges | null;
  readonly leaveWhen: readonly Condition[];
  /** `engine` renders the soak of the step as the engine's own timed pause. */
  readonly timer: 'stepgate' | 'engine';
}

/** What routes the traffic, by key of the config. Each file of a provider in a target declares its own entry here. */
// biome-ignore lint/suspicious/noEmptyInterface: its members are declared by the providers.
export interface Providers {}

/** The providers of traffic: what the engine can split requests with. */
export type ProviderKind = keyof Providers;

/** What each provider is given; null for those that are not named. */
export type Provided = { readonly [K in ProviderKind]: Providers[K] | null };

export interface Traffic extends Provided {
  /** The Service of the workload; null when no step splits traffic. */
  readonly service: string | null;
  readonly graceSeconds: number | null;
  /** Whether the engine makes a Service of the new pods. */
  readonly canaryService: boolean;
}

/** What a plan tells the engine beside its steps, by key. Each file of a setting in a target declares its own entry here. */
// biome-ignore lint/suspicious/noEmptyInterface: its members are declared by the settings.
export interface Settings {}

export type SettingKind = keyof Settings;

/** The settings of a plan; what is left out is the engine's default. */
export type PlanSettings = { readonly [K in SettingKind]?: Settings[K] };

/**
 * How a revert reaches Git. `commit`: it is pushed. `pull-request`: people merge it. `auto`: it is pushed, and waits in a pull
 * request where the branch refuses the push.
 */
export const revertWays = ['auto', 'commit', 'pull-request'] as const;
export type RevertWay = (typeof revertWays)[number];

/** Problems for which a tick may roll back. `metric`: a metric of the plan is bad, in whatever step. */
export const rollbackTriggers = ['stuck', 'unready', 'metric'] as const;
export type RollbackTrigger = (typeof rollbackTriggers)[number];

export interface RollbackPolicy {
  /** The problems for which a tick rolls back by itself. */
  readonly on: readonly RollbackTrigger[];
  readonly stuckAfterSeconds: number;
  readonly git: RevertWay;
  /** Present when stepgate merges the pull request of a revert itself, where the branch lets it; otherwise people merge it. */
  readonly merge?: true;
}

/** The targets, by the word of the config. Each target in targets/ declares its own entry here. */
// biome-ignore lint/suspicious/noEmptyInterface: its members are declared by the targets.
export interface TargetNames {}

/** The word of a target in the config. */
export type TargetName = keyof TargetNames;

/** One workload in one environment, released from one place in the repository. */
export interface Delivery {
  /** `shop@prod`, or `shop` where there is one environment. */
  readonly name: string;
  readonly environment: string | null;
  readonly namespace: string;
  readonly cluster: { readonly context: string | null; readonly exec: readonly string[] };
  /** What it is written to the cluster as. Left out for the default target. */
  readonly target?: TargetName;
  readonly workload: { readonly kind: string; readonly name: string };
  readonly source: Source;
  /** Further workloads of the source, by `Kind/name`, that go out with it at once and to every pod. Left out for none. */
  readonly ungated?: readonly string[];
  readonly style: Style;
  readonly steps: readonly Step[];
  readonly traffic: Traffic | null;
  readonly settings: PlanSettings;
  readonly startWhen: readonly Condition[];
  readonly doneWhen: readonly Condition[];
  readonly rollback: RollbackPolicy;
  /** The hosts from which its source may load something; none where it is left out. As the policy says, whatever the commit says. */
  readonly fetch?: readonly string[];
}

/** Whether another delivery has its objects in the same namespace of the same cluster. */
export function isBeside(delivery: Where, other: Where): boolean {
  return (
    delivery.name !== other.name &&
    delivery.cluster.context === other.cluster.context &&
    delivery.namespace === other.namespace
  );
}

type Where = Pick<Delivery, 'name' | 'cluster' | 'namespace'>;

/** How persons are identified. `accounts`: the account (without @) of each cluster user. */
export type People =
  | { readonly by: 'name' }
  | { readonly by: 'cluster'; readonly accounts: ReadonlyMap<string, string> };

/** The entries of the config that conditions name, such as approvals. The kinds declare them here. */
// biome-ignore lint/suspicious/noEmptyInterface: the kinds declare its members.
export interface Catalog {}

/** Which values published diffs show: those at the listed paths, or all but Secrets and credentials. */
export type DiffRule = 'listed' | 'full';

/** The resolved config. */
export interface Resolved extends Catalog {
  readonly deliveries: readonly Delivery[];
  readonly commits: CommitRule;
  readonly people: People;
  /** Which values published diffs show. */
  readonly diff: DiffRule;
  /** Whether open issues with the label of freezes stop deliveries. */
  readonly freezesByIssue: boolean;
  /** The hosts from which sources may load something; none where it is left out. */
  readonly fetch?: readonly string[];
}

/** One wanted version of a delivery: its commit, the digest of its template, and its name in the cluster. */
export interface Release {
  readonly id: string;
  /** 40 hex. */
  readonly commit: string;
  /** Hex SHA-256 of the rendered pod template's canonical JSON. */
  readonly digest: string;
  /** Hex SHA-256 of everything that its source renders (release/whole.ts). Left out where an older version has not noted it. */
  readonly whole?: string;
  /** The id of the settings change that it has taken on last: what is rendered for it comes from that one's commit. */
  readonly settings?: string;
}

/** Whether a step sends requests to the new version by rule, instead of leaving that to how many pods there are. */
export function isRouted({ traffic, matches }: Pick<Step, 'traffic' | 'matches'>): boolean {
  return traffic !== null || matches.length > 0;
}

/** The conditions at a place: 0 is the start, 1 to N leaving that step, N+1 the end. */
export function conditionsAt({ startWhen, steps, doneWhen }: Delivery, place: number): readonly Condition[] {
  return place === 0 ? startWhen : (steps[place - 1]?.leaveWhen ?? doneWhen);
}

/** The conditions at every place. */
export function everyCondition({ startWhen, steps, doneWhen }: Delivery): readonly Condition[] {
  return [...startWhen, ...steps.flatMap(({ leaveWhen }) => leaveWhen), ...doneWhen];
}

/** The place that `--step` names: a step by name or number, the start (`start`, 0) or the end (`end`, N+1); null when it names none. */
export function placeNamed({ steps }: Delivery, text: string): number | null {
  const index = steps.findIndex(({ name }) => name === text);
  if (index >= 0) return index + 1;
  if (text === 'start') return 0;
  if (text === 'end') return steps.length + 1;
  return /^\d+$/.test(text) && Number(text) <= steps.length + 1 ? Number(text) : null;
}

/** The value of `--step` for a place. A number when a step has the name `start` or `end`. */
export function placeName({ steps }: Delivery, place: number): string {
  const word = place === 0 ? 'start' : place > steps.length ? 'end' : null;
  return word === null || steps.some(({ name }) => name === word) ? String(place) : word;
}

/** A place as people read it in comments and names: the name of its step, where it has one. */
export function placeTitle(delivery: Delivery, place: number): string {
  return delivery.steps[place - 1]?.name ?? placeName(delivery, place);
}

/** A place as text for messages. */
export function placeWords({ steps }: Delivery, place: number): string {
  if (place === 0) return 'the start';
  return place > steps.length ? 'the end' : `step ${place}`;
}

export function formatAmount(amount: Amount): string {
  return amount.unit === 'percent' ? `${amount.value}%` : String(amount.value);
}

/** A duration as the config writes it: `1h30m`, `10m`, `5s`. */
export function formatDuration(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = seconds % 60;
  const text = `${hours > 0 ? `${hours}h` : ''}${minutes > 0 ? `${minutes}m` : ''}${rest > 0 ? `${rest}s` : ''}`;
  return text === '' ? '0s' : text;
}
