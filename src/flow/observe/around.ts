import { HOPELESS_AFTER, secondsSince } from '../../release/decision.ts';
import type { Delivery } from '../../release/delivery.ts';
import type { Around, Observation } from '../../release/observation.ts';
import { type Clock, type Cluster, ClusterError, type KubeObject } from '../../release/ports.ts';
import type { Target } from '../../release/target.ts';
import type { Following } from './follow.ts';

/** How long what was read around a delivery is used. Milliseconds. */
const USABLE_FOR = 30_000;
/** Nodes, and pods of others, that are read at most. */
const NODES = 5;
const PODS = 500;

/** What was read last around a delivery, and when. */
const known = new WeakMap<Following, { readonly at: number; readonly around: Around }>();

/** What was read around a delivery, for a snapshot. */
export function aroundOf(following: Following): { readonly around?: Around } {
  const found = known.get(following);
  return found === undefined ? {} : { around: found.around };
}

interface Looking {
  readonly cluster: Cluster;
  readonly context: { readonly clock: Pick<Clock, 'now'>; readonly signal: AbortSignal };
  readonly delivery: Delivery;
  readonly target: Target;
  readonly following: Following;
}

/**
 * Reads the nodes of unready new pods, and the pods of others that do not start, where the policy may roll back for new pods that
 * are not ready. Returns whether anything was read. What may not be read is left out: it then excuses no pod.
 */
export async function lookAround(work: Looking, observation: Observation): Promise<boolean> {
  const { context, following } = work;
  const now = context.clock.now().getTime();
  if (!isNeeded(work.delivery, observation) || now - (known.get(following)?.at ?? 0) < USABLE_FOR) return false;
  const [nodes, pending] = await Promise.all([nodesOf(work, observation), pendingOf(work)]);
  known.set(following, { at: now, around: { nodes, pending } });
  return true;
}

function isNeeded({ rollback: { on } }: Delivery, { engine, trouble, shortages, takenAt }: Observation): boolean {
  if (!(on.includes('stuck') || on.includes('unready'))) return false;
  if (engine.at !== 'moving' && engine.at !== 'waiting') return false;
  const lacking = new Set(shortages.map(({ pod }) => pod));
  return trouble.some(
    ({ version, pod, since }) =>
      version === 'canary' && !lacking.has(pod) && since !== null && secondsSince(since, takenAt) >= HOPELESS_AFTER,
  );
}

async function nodesOf({ cluster, context, target }: Looking, { nodes }: Observation): Promise<Around['nodes']> {
  const kind = target.kinds.node;
  const read = nodes.slice(0, NODES).map((name) => cluster.get({ kind, namespace: null, name }, context.signal));
  const found = await allowed(Promise.all(read));
  return found?.filter((node) => node !== null) ?? null;
}

async function pendingOf({ cluster, context, target, delivery }: Looking): Promise<readonly KubeObject[]> {
  const list = async (namespace: string | null) => {
    const query = { kind: target.kinds.pod, namespace, fieldSelector: 'status.phase=Pending', limit: PODS };
    return (await cluster.list(query, context.signal)).items;
  };
  return (await allowed(list(null))) ?? (await allowed(list(delivery.namespace))) ?? [];
}

/** The answer; null where the server refuses it, or does not serve the kind. */
async function allowed<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ClusterError && [403, 404].includes(error.status)) return null;
    throw error;
  }
}
