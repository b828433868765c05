import type { Delivery } from './delivery.ts';
import type { Finding } from './finding.ts';
import { type Json, same } from './json.ts';
import type { KubeObject } from './ports.ts';

/** What an object of a source runs, beside the workload of the delivery. Each target says which objects run pods. */
export interface RunsPods {
  /** `Deployment/worker`, for messages. */
  readonly title: string;
  /** How `ungated` may name it: by the kind of Kubernetes, or by the kind's name in the config. */
  readonly names: readonly string[];
  /** `once`: its pods end by themselves, as those of a Job do. */
  readonly runs: 'always' | 'once';
  /** What its pods are made from. A change of it reaches every pod at once. */
  readonly template: Json;
}

/** What an apply does to an object that runs pods; `unknown` where the cluster was not asked. */
export type PodsChange = 'none' | 'create' | 'template' | 'unknown';

/** What an apply does, by the live object and the server's answer to a dry-run. `runs` reads both with the server's defaults. */
export function podsChange(
  runs: (object: KubeObject) => RunsPods | null,
  { live, answer }: { readonly live: KubeObject | null; readonly answer: KubeObject },
): PodsChange {
  if (live === null) return 'create';
  return same(runs(live)?.template ?? null, runs(answer)?.template ?? null) ? 'none' : 'template';
}

/** Whether the policy says that it goes out with its source at once. */
export function isUngated({ ungated = [] }: Pick<Delivery, 'ungated'>, { names }: RunsPods): boolean {
  return ungated.some((one) => names.includes(one));
}

/**
 * Whether an apply would bring something to every pod that no gate of the delivery guards, and that the policy does not name. Without
 * the cluster nothing would be written either.
 */
export function isRefused(delivery: Pick<Delivery, 'ungated'>, runs: RunsPods, change: PodsChange): boolean {
  return runs.runs === 'always' && !isUngated(delivery, runs) && (change === 'create' || change === 'template');
}

/** The finding about one object that runs pods beside the workload; null when nothing reaches its pods. */
export function podsFinding(
  delivery: Pick<Delivery, 'name' | 'ungated'>,
  runs: RunsPods,
  change: PodsChange,
): Finding | null {
  if (change === 'none') return null;
  const { title } = runs;
  const facts = [`${title} ${changeWords[change]}`];
  if (isUngated(delivery, runs)) {
    return {
      code: 'WORKLOAD_UNGATED',
      severity: 'note',
      message: `${title} goes out at once and to every pod, as ungated says: no step and no gate of a step holds it`,
      facts,
      wayOut: 'nothing to do; give it a delivery of its own to release it in steps',
    };
  }
  if (runs.runs === 'once') {
    return {
      code: 'JOB_UNGATED',
      severity: 'warning',
      message: `${title} is written before the first step, and its pods run whatever becomes of the release`,
      facts,
      wayOut: 'make sure that the version before works with what it does; ungated says that it is meant',
    };
  }
  return {
    code: 'WORKLOAD_UNNAMED',
    severity: change === 'unknown' ? 'warning' : 'error',
    message: `${title} is in the source of ${delivery.name}, is not its workload, and would reach every pod without a step`,
    facts,
    wayOut: `give it a delivery of its own and a source of its own, or let it go out at once: ungated: [${title}] in the policy`,
  };
}

const changeWords: Readonly<Record<Exclude<PodsChange, 'none'>, string>> = {
  create: 'would be created',
  template: 'would get another pod template',
  unknown:
    'was not compared with the cluster (--offline): a deploy is refused where it would create or change its pods',
};

/** Findings about entries of `ungated` that name nothing in the source. `all`: what the source has that runs pods, or its own workload. */
export function unrendered(
  delivery: Pick<Delivery, 'environment' | 'ungated'>,
  all: readonly RunsPods[],
): readonly Finding[] {
  // The list of an environment counts for every service there, and no service renders all of it.
  if (delivery.environment !== null) return [];
  return (delivery.ungated ?? []).flatMap((entry, index): readonly Finding[] => {
    if (all.some(({ names }) => names.includes(entry))) return [];
    const there = all.map(({ title }) => title);
    return [
      {
        code: 'UNGATED_NOT_RENDERED',
        severity: 'warning',
        message: `ungated names ${entry}, and the source renders no such workload`,
        facts: [
          there.length === 0
            ? 'it renders no workload beside its own'
            : `beside its own it renders ${there.join(', ')}`,
        ],
        wayOut: 'correct the entry, or remove it: a workload of that name would go out without a step',
        key: ['ungated', index],
      },
    ];
  });
}
