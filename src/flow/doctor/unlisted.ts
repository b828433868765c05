import { type Check, checkOf, warning } from '../../release/check.ts';
import type { Delivery } from '../../release/delivery.ts';
import { stringAt } from '../../release/json.ts';
import { markOf } from '../../release/owner.ts';
import { type Cluster, ClusterError, type Kind, type KubeObject } from '../../release/ports.ts';
import type { Context } from '../context.ts';
import { openIn, recordIn } from '../elsewhere.ts';
import { readTrouble } from '../write.ts';
import { tried } from './git.ts';

/** A policy, as far as it says which deliveries there are. */
interface Listing {
  readonly ref: string;
  readonly deliveries: readonly Pick<Delivery, 'name'>[];
}

/**
 * The Rollouts in the namespaces of these deliveries that carry the name of a delivery which the policy no longer has. No run goes on
 * with them, and no other command lists them. Only those are told whose release is a commit of this repository: the others are of
 * another policy.
 */
export async function unlistedRollouts(
  context: Context,
  cluster: Cluster,
  policy: Listing,
  here: readonly Delivery[],
): Promise<readonly Check[]> {
  const listed = new Set(policy.deliveries.map(({ name }) => name));
  const places = new Map(
    here.map((one) => {
      const { record: kind } = context.targets.of(one).kinds;
      return [`${kind.apiVersion} ${kind.kind} ${one.namespace}`, { kind, namespace: one.namespace }];
    }),
  );
  const checks: Check[] = [];
  for (const { kind, namespace } of places.values()) {
    const found = await tried(
      () => rolloutsIn(context, cluster, kind, namespace),
      (said) => checks.push(checkOf(namespace, 'other Rollouts', said)),
    );
    for (const rollout of found ?? []) {
      const { owner } = markOf(rollout);
      if (owner === null || listed.has(owner) || !(await isFromHere(context, rollout))) continue;
      checks.push(checkOf(owner, 'policy', told(rollout, owner, policy)));
    }
  }
  return checks;
}

/** An identity that may not list them is told by the rights of its deliveries. */
async function rolloutsIn(
  { signal }: Context,
  cluster: Cluster,
  kind: Kind,
  namespace: string,
): Promise<readonly KubeObject[]> {
  try {
    return (await cluster.list({ kind, namespace }, signal)).items;
  } catch (error) {
    if (error instanceof ClusterError && [403, 404].includes(error.status)) return [];
    throw readTrouble(error, cluster.title);
  }
}

function told(rollout: KubeObject, owner: string, { ref }: Listing) {
  const namespace = stringAt(rollout, 'metadata', 'namespace') ?? '';
  const title = `the Rollout ${stringAt(rollout, 'metadata', 'name') ?? ''} in ${namespace}`;
  const open = openIn(recordIn(rollout));
  const back = `stepgate rollback --delivery ${owner} --namespace ${namespace}`;
  if (open === null) {
    const says = `${title} carries this name, and ${ref} has no such delivery: the next change of its workload goes through its steps, which nobody promotes`;
    return warning(
      says,
      `stepgate retire --delivery ${owner} --namespace ${namespace} gives it up`,
      'DELIVERY_UNKNOWN',
    );
  }
  const words =
    open.is === 'asked for'
      ? `${open.release} is under way at ${title}, and nothing goes on there: ${ref} has no such delivery`
      : `${open.release} was rolled back at ${title}, and Git still names it: ${ref} has no such delivery`;
  const way =
    open.is === 'asked for'
      ? `put the delivery back into stepgate.yaml until it is delivered, or take it back with ${back}`
      : 'put the delivery back into stepgate.yaml until the revert is on the branch';
  return warning(words, way, 'DELIVERY_UNKNOWN');
}

async function isFromHere({ repo }: Context, rollout: KubeObject): Promise<boolean> {
  const record = recordIn(rollout);
  const commit = (record?.release ?? record?.history[0])?.commit;
  return commit !== undefined && (await repo.has(commit));
}
