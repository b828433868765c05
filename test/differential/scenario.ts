export type Style = 'partition' | 'canary' | 'blueGreen';

export interface Step {
  readonly replicas: string | number;
  /** Percent of the requests, where the plan routes traffic. */
  readonly traffic?: string;
  /** Requests with this header go to the new version. */
  readonly header?: string;
  /** Seconds; null waits for an approval. Zero and one are over before anything rests, an hour never is. */
  readonly pause: number | null;
}

/** By the names that the recordings give them: the Advanced ones are OpenKruise's, as CloneSet is. */
export const workloadKinds = [
  'Deployment',
  'StatefulSet',
  'CloneSet',
  'AdvancedStatefulSet',
  'AdvancedDaemonSet',
] as const;
export type WorkloadKind = (typeof workloadKinds)[number];

/** Whether OpenKruise's manager moves its pods. */
export function isOfKruise(kind: WorkloadKind): boolean {
  return kind !== 'Deployment' && kind !== 'StatefulSet';
}

export interface Plan {
  readonly kind: WorkloadKind;
  readonly style: Style;
  /** Through a Service and an nginx Ingress. */
  readonly routed: boolean;
  /** Of a DaemonSet as many as there are nodes. */
  readonly replicas: number;
  readonly steps: readonly Step[];
  readonly extras: Extras;
}

/** What a plan may have besides. */
export interface Extras {
  /** Of failureThreshold: pods that need not be ready. */
  readonly threshold?: string;
  /** A Deployment's or CloneSet's own maxSurge and maxUnavailable. */
  readonly surge?: readonly [string | number, string | number];
  /** The maxUnavailable of an Advanced StatefulSet or DaemonSet. */
  readonly away?: string | number;
  /** Traffic without a Service for the new version. */
  readonly oneService?: true;
  /** Canary style: what the new version's pods get besides. */
  readonly marked?: true;
  /** StatefulSets: one pod after the other. */
  readonly ordered?: true;
  /** Of what is no Deployment: a revert walks the steps. */
  readonly inBatches?: true;
}

/** What a user may do at rest. Versions are numbered; `stable` is the last one that was delivered whole. */
export type Action =
  | { readonly do: 'release'; readonly image: string }
  | { readonly do: 'revert'; readonly by: 'apply' | 'replace' }
  | { readonly do: 'approve'; readonly by: 'merge' | 'guarded' | 'plan' }
  | { readonly do: 'jump'; readonly to: number }
  | { readonly do: 'edit'; readonly steps: readonly Step[] }
  | { readonly do: 'scale'; readonly to: number }
  /** The template of stable again under the id that is there, as `kubectl rollout undo` does. */
  | { readonly do: 'undo' }
  /** Takes the workload's pause away, or its partition. */
  | { readonly do: 'unpause' }
  | { readonly do: 'drop workload' | 'bring workload' }
  /** Of a StatefulSet, whose pods have numbers: ends one, as a person does whose set waits for a broken pod. */
  | { readonly do: 'drop pod'; readonly number: number }
  | { readonly do: 'pause' | 'resume' | 'disable' | 'enable' | 'delete' | 'create' | 'restart' | 'relabel' };

export interface Scenario {
  readonly plan: Plan;
  readonly actions: readonly Action[];
}

/** How long a scenario is, in actions. */
export interface Length {
  readonly least: number;
  readonly most: number;
}

/** The scenario in words, for a report. */
export function words({ plan, actions }: Scenario): string {
  const steps = plan.steps.map(stepWords).join(', ');
  const extras = Object.entries(plan.extras).map(([key, value]) => `, ${key} ${value}`);
  const title = `${plan.kind} ${plan.style}${plan.routed ? ' with traffic' : ''}, ${plan.replicas} pods, steps ${steps}${extras.join('')}`;
  return [title, ...actions.map((action, index) => `  ${index + 1}. ${actionWords(action)}`)].join('\n');
}

function stepWords({ replicas, traffic, header, pause }: Step): string {
  const parts = [
    String(replicas),
    ...(traffic === undefined ? [] : [`traffic ${traffic}`]),
    ...(header === undefined ? [] : [`header ${header}`]),
    ...(pause === null ? [] : [`pause ${pause} s`]),
  ];
  return parts.join(' ');
}

export function actionWords(action: Action): string {
  switch (action.do) {
    case 'release':
      return `release ${action.image}`;
    case 'revert':
    case 'approve':
      return `${action.do} by ${action.by}`;
    case 'jump':
    case 'scale':
      return `${action.do} to ${action.to}`;
    case 'drop pod':
      return `drop pod ${action.number}`;
    case 'edit':
      return `edit to ${action.steps.map(stepWords).join(', ')}`;
    case 'pause':
    case 'resume':
    case 'disable':
    case 'enable':
    case 'delete':
    case 'create':
    case 'restart':
    case 'relabel':
    case 'undo':
    case 'unpause':
    case 'drop workload':
    case 'bring workload':
      return action.do;
  }
}
