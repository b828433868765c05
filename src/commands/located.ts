import { elsewhere, targetOf } from '../flow/elsewhere.ts';
import type { Policy } from '../flow/load.ts';
import { noPolicy, type PolicySource } from '../flow/policy.ts';
import type { Work } from '../flow/work.ts';
import { readTrouble } from '../flow/write.ts';
import type { Delivery } from '../release/delivery.ts';
import { asError, formatPlace, inputError, refusal, StepgateError } from '../release/error.ts';
import { stringAt } from '../release/json.ts';
import { type Cluster, ClusterError, type Kind, type KubeObject } from '../release/ports.ts';
import { rollbackUnderWay } from '../release/record.ts';
import { RECORD_ANNOTATION } from '../release/record-fields.ts';
import { recordKinds } from '../release/record-kinds.ts';
import { parseRecord } from '../release/record-text.ts';
import type { DeliveryReport } from '../release/report.ts';
import type { Target } from '../release/target.ts';
import { type Access, eachDelivery } from './fleet.ts';
import { chosen, policyOf, type RunWith } from './run.ts';
import { clusterFor } from './sharing.ts';

/** What says where a delivery is, with a policy or without one. */
type LocatedRun = RunWith<'policy-ref' | 'delivery' | 'context' | 'namespace'>;

/** The deliveries that a command means, and the policy they go by. */
export interface Located {
  readonly source: PolicySource;
  readonly deliveries: readonly Delivery[];
}

/**
 * Finds the deliveries for commands that need no policy (rollback, hold, resume): in the policy as it was fetched last, and
 * where that can't be read, by name in the cluster. Throws DELIVERY_REQUIRED, DELIVERY_UNKNOWN, and why the cluster can't be
 * read.
 */
export async function located(run: LocatedRun): Promise<Located> {
  const { context, input } = run;
  try {
    const source = await policyOf(run);
    const deliveries = chosen(source.current, input, true);
    const other = deliveries.find(({ namespace }) => ![null, namespace].includes(input.namespace));
    return other === undefined ? { source, deliveries } : await inNamespace(run, source.current, other);
  } catch (error) {
    const known = asError(error);
    const gone = known.code === 'DELIVERY_UNKNOWN';
    if (
      known.family === 'bug' ||
      context.signal.aborted ||
      ['USAGE', 'DELIVERY_REQUIRED', 'ROLLOUT_ELSEWHERE', 'CONTEXT_REFUSED'].includes(known.code)
    )
      throw error;
    const place = known.at === null ? '' : `${formatPlace(known.at)}: `;
    context.log(`the policy can't be read, so the delivery is looked for in the cluster: ${place}${known.message}`);
    const found = await inCluster(run, known);
    // Neither the policy nor the cluster has the name: the policy's error lists the names that it knows.
    if (found instanceof StepgateError) throw gone ? error : found;
    return { source: noPolicy(found, known), deliveries: [found] };
  }
}

/** The delivery in the namespace that is meant, where the policy has it in another one: it was moved there. */
async function inNamespace(run: LocatedRun, { ref }: Policy, moved: Delivery): Promise<Located> {
  const { name, namespace } = moved;
  const why = refusal(
    'ROLLOUT_ELSEWHERE',
    `${ref} has ${name} in the namespace ${namespace}, not in ${run.input.namespace}`,
  );
  run.context.log(`${why.message}: it is looked for there`);
  const input = { ...run.input, delivery: [name], context: clusterFor(moved, run.input).context };
  const found = await inCluster({ ...run, input }, why);
  // Refused, not wrong input: the policy has the delivery, so nothing else is looked for.
  if (found instanceof StepgateError)
    throw refusal('ROLLOUT_ELSEWHERE', `${why.message}, and ${found.message}`, 'leave --namespace out');
  return { source: noPolicy(found, why), deliveries: [found] };
}

/**
 * Calls `body` for each delivery. The policy may name a new workload for a delivery before that workload exists. Until then the Rollout
 * still guards the old workload, and `body` gets the delivery with the old one: a person who holds or rolls back means what runs.
 */
export async function eachLocated(
  run: LocatedRun,
  { source, deliveries }: Located,
  access: Access,
  body: (work: Work) => Promise<DeliveryReport>,
): Promise<readonly DeliveryReport[]> {
  return eachDelivery(run, source, deliveries, access, async (work) => {
    return (await atRollout(run, work, access, body)) ?? body(work);
  });
}

/**
 * Works on a delivery where its Rollout is; null when that is where the policy says. `unclaimed`: on a Rollout of a workload that the
 * policy gives to no delivery, also beside the policy's one.
 */
export async function atRollout(
  run: LocatedRun,
  work: Work,
  access: Access,
  body: (work: Work) => Promise<DeliveryReport>,
  { unclaimed = false } = {},
): Promise<DeliveryReport | null> {
  const all = await elsewhere(work, { always: unclaimed });
  const found = all.find(({ heir }) => !unclaimed || heir === null);
  if (found === undefined) return null;
  const { delivery, rollout } = found;
  const { name, workload } = work.today;
  const title = `${delivery.workload.kind}/${delivery.workload.name}`;
  const says = `${name}: ${work.policy.ref} has ${workload.kind}/${workload.name} as its workload, and its Rollout ${rollout} has ${title}`;
  run.context.log(`${says}: this is about ${title}`);
  const [report] = await eachDelivery(
    run,
    noPolicy(delivery, refusal('ROLLOUT_ELSEWHERE', says)),
    [delivery],
    access,
    body,
  );
  return report ?? null;
}

/** Programs that a kubeconfig may run to sign in, where no policy says which. */
const SIGN_IN = [
  'aws',
  'aws-iam-authenticator',
  'gke-gcloud-auth-plugin',
  'kubelogin',
  'kubectl-oidc_login',
  'doctl',
  'oci',
];

/** The delivery of that name, or the error that the cluster has none. Throws why it can't be told. */
async function inCluster(run: LocatedRun, why: StepgateError): Promise<Delivery | StepgateError> {
  const { delivery: names, namespace } = run.input;
  const [name, ...more] = names;
  if (name === undefined || more.length > 0) {
    throw inputError('DELIVERY_REQUIRED', `the policy can't be read (${why.message}): name one delivery`, {
      hint: '--delivery NAME finds it in the cluster',
    });
  }
  const { all, title } = await deliveriesInCluster(run, namespace);
  const found = all.map((one) => one.delivery).filter((one) => one.name === name);
  const [only, second] = found;
  if (only !== undefined && second === undefined) return only;
  if (only !== undefined) {
    throw inputError('DELIVERY_UNKNOWN', `several Rollouts carry the name ${name}`, {
      hint: `name the namespace: ${found.map((one) => `--namespace ${one.namespace}`).join(' or ')}`,
    });
  }
  const known = [...new Set(all.map((one) => one.delivery.name))].sort();
  return inputError('DELIVERY_UNKNOWN', `no Rollout in ${title} carries the name ${name}`, {
    hint: known.length === 0 ? 'stepgate has released nothing there' : `it has ${known.slice(0, 10).join(', ')}`,
  });
}

/** Every delivery that the cluster has a Rollout of, with the text of its record. Throws why the cluster can't be read. */
async function deliveriesInCluster(run: RunWith<'context'>, namespace: string | null) {
  const { found, place, cluster } = await rolloutsInCluster(run, namespace);
  const all = found.flatMap(({ target, rollout }) => {
    const delivery = target.deliveryOf(rollout);
    const record = stringAt(rollout, 'metadata', 'annotations', RECORD_ANNOTATION);
    return delivery === null ? [] : [{ delivery: { ...delivery, cluster: place }, record }];
  });
  return { all, title: cluster.title };
}

/** A Rollout that was found, and the target that it is of. */
export interface FoundRollout {
  readonly target: Target;
  readonly rollout: KubeObject;
}

/** Every Rollout of a namespace, or of all. Throws why the cluster can't be read. */
export async function rolloutsInCluster(
  { context, input }: RunWith<'context'>,
  namespace: string | null,
): Promise<{
  readonly found: readonly FoundRollout[];
  readonly place: Delivery['cluster'];
  readonly cluster: Cluster;
}> {
  const { targets, signal } = context;
  const place = { context: input.context, exec: SIGN_IN };
  const cluster = await context.connect(place);
  try {
    const refused: ClusterError[] = [];
    const listed = await Promise.all(
      recordKinds(targets).map(async (kind): Promise<readonly FoundRollout[]> => {
        const answer = await recordsOf(cluster, kind, namespace, signal);
        if (answer instanceof ClusterError) {
          if (kind === targets.usual.kinds.record) refused.push(answer);
          return [];
        }
        return answer.map((rollout) => ({ rollout, target: targetOf(targets, kind, rollout) }));
      }),
    );
    const found = listed.flat();
    // A refusal for the usual kind matters only when no other kind has any: a role may allow another target's kind alone.
    const [refusal] = refused;
    if (refusal !== undefined && found.length === 0) throw refusal;
    return { found, place, cluster };
  } catch (error) {
    if (error instanceof ClusterError && error.status === 403 && namespace === null) {
      throw inputError('DELIVERY_UNKNOWN', `Rollouts may not be listed in every namespace: ${error.message}`, {
        hint: 'say where it is: --namespace NAME',
      });
    }
    throw readTrouble(error, cluster.title);
  }
}

/** The listed objects, or the server's refusal: a cluster need not serve the kinds of every target, nor a role allow them. */
async function recordsOf(
  cluster: Cluster,
  kind: Kind,
  namespace: string | null,
  signal: AbortSignal,
): Promise<readonly KubeObject[] | ClusterError> {
  try {
    return (await cluster.list({ kind, namespace }, signal)).items;
  } catch (error) {
    if (error instanceof ClusterError && [403, 404].includes(error.status)) return error;
    throw error;
  }
}

/** Deliveries whose rollback is under way in the cluster. A tick finishes it even where no policy can be read. */
export async function rollingBackInCluster(run: RunWith<'delivery' | 'context'>): Promise<readonly Delivery[]> {
  const { delivery: names } = run.input;
  const { all } = await deliveriesInCluster(run, null);
  return all.flatMap(({ delivery, record }) => {
    if (names.length > 0 && !names.includes(delivery.name)) return [];
    try {
      return rollbackUnderWay(parseRecord(record)) === null ? [] : [delivery];
    } catch (error) {
      // A record that can't be read is reported by a command that names its delivery.
      if (error instanceof StepgateError) return [];
      throw error;
    }
  });
}
