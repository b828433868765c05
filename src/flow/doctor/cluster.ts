import { bad, type Check, checkOf, ok, type Said, skipped, warning } from '../../release/check.ts';
import type { Delivery } from '../../release/delivery.ts';
import { keyOf, type Looked, type Wanted } from '../../release/finding.ts';
import { type Cluster, ClusterError, type Kind } from '../../release/ports.ts';
import { clockFinding } from '../clock-finding.ts';
import type { Context } from '../context.ts';
import { look } from '../look.ts';
import { readTrouble } from '../write.ts';
import { tried } from './git.ts';

/** The checks of one cluster, and the connection where it can be reached. */
export interface ClusterChecks {
  readonly checks: readonly Check[];
  readonly cluster: Cluster | null;
  /** What was read there of what has to be installed. */
  looked(wanted: Wanted): Looked;
}

/** Looks at the kubeconfig, the server, the clocks, and what the deliveries of that cluster need there. Reads only. */
export async function clusterChecks(
  context: Context,
  place: Delivery['cluster'],
  deliveries: readonly Delivery[],
): Promise<ClusterChecks> {
  const checks: Check[] = [];
  const found = new Map<string, Looked>();
  const looked = (wanted: Wanted): Looked => found.get(keyOf(wanted)) ?? { is: 'unknown' };
  const about = place.context === null ? 'cluster' : `cluster ${place.context}`;
  const add = (name: string, said: Said) => checks.push(checkOf(about, name, said));
  const cluster = await tried(
    () => context.connect(place),
    (said) => add('kubeconfig', said),
  );
  if (cluster === null) return { checks, cluster, looked };
  add('kubeconfig', ok(cluster.title));
  const who = await tried(
    () => whoAmI(cluster, context.signal),
    (said) => add('server', said),
  );
  if (who === null) return { checks, cluster: null, looked };
  add('server', ok(who));
  const [clock] = clockFinding({ cluster, context });
  if (clock !== undefined) add('clock', warning(clock.message, clock.wayOut, clock.code));
  else add('clock', cluster.now() === null ? skipped('the server does not say its time') : ok('as on this machine'));
  for (const kind of kindsOf(context, deliveries)) {
    const said = await tried(
      () => served(cluster, kind, context.signal),
      (trouble) => add(`kind ${kind.kind}`, trouble),
    );
    if (said !== null) add(`kind ${kind.kind}`, said);
  }
  const needed = Map.groupBy(
    deliveries.flatMap((one) =>
      context.targets.of(one).checkup.installations.map((installation) => ({ installation, one })),
    ),
    ({ installation }) => installation,
  );
  for (const [installation, by] of needed) {
    const its = by.map(({ one }) => one);
    for (const wanted of installation.wanted(its)) {
      if (found.has(keyOf(wanted))) continue;
      const seen = await tried(
        () =>
          look(cluster, wanted, context.signal).catch((error: unknown) =>
            Promise.reject(readTrouble(error, cluster.title)),
          ),
        (said) => add(wanted.name, said),
      );
      found.set(keyOf(wanted), seen ?? { is: 'unknown' });
    }
    for (const { name, said } of installation.judge(looked, its)) add(name, said);
  }
  return { checks, cluster, looked };
}

/** Who we are there. An API server before Kubernetes 1.28 does not say it, and answers all the same. */
async function whoAmI(cluster: Cluster, signal: AbortSignal): Promise<string> {
  try {
    return `answers, and knows this identity as ${await cluster.user(signal)}`;
  } catch (error) {
    if (!(error instanceof ClusterError) || error.status !== 404) throw readTrouble(error, cluster.title);
    await cluster.discover('v1', 'Pod', signal);
    return 'answers; it does not say who this identity is (Kubernetes 1.28 does)';
  }
}

/** The kinds that the deliveries are written as. */
function kindsOf({ targets }: Context, deliveries: readonly Delivery[]): readonly Kind[] {
  const all = deliveries.flatMap((one) => {
    const target = targets.of(one);
    const carrier = target.carrier === null ? [] : [target.carrier.kind];
    return [target.kinds.record, target.refs(one).workload.kind, ...carrier];
  });
  return [...new Map(all.map((kind) => [`${kind.apiVersion} ${kind.kind}`, kind])).values()];
}

async function served(cluster: Cluster, { apiVersion, kind, whereMissing }: Kind, signal: AbortSignal): Promise<Said> {
  const found = await cluster
    .discover(apiVersion, kind, signal)
    .catch((error: unknown) => Promise.reject(readTrouble(error, cluster.title)));
  if (found === null) {
    const todo = whereMissing ?? 'install it in this cluster: for a Rollout, Kruise Rollouts v0.6';
    return bad(
      `the cluster does not serve ${kind} of ${apiVersion}`,
      todo,
      whereMissing === undefined ? 'ENGINE_MISSING' : 'KIND_MISSING',
    );
  }
  return found.servedAs === undefined
    ? ok(apiVersion)
    : warning(
        `the cluster serves it as ${found.servedAs} alone`,
        'install Kruise Rollouts v0.6 or newer',
        'ENGINE_MISSING',
      );
}
