import { noPolicy, type PolicySource } from '../flow/policy.ts';
import { readTrouble } from '../flow/write.ts';
import type { Delivery } from '../release/delivery.ts';
import { asError, inputError, type StepgateError } from '../release/error.ts';
import { ClusterError } from '../release/ports.ts';
import { chosen, policyOf, type Run } from './run.ts';

/** The deliveries that a command means, and the policy they go by. */
export interface Located {
  readonly source: PolicySource;
  readonly deliveries: readonly Delivery[];
}

/**
 * For commands that need no policy (rollback, hold, resume): by the policy as it was fetched last, and where there is none
 * that can be read, by what the cluster tells of a delivery of that name (design 5.7). Throws DELIVERY_REQUIRED or
 * DELIVERY_UNKNOWN, and what keeps the cluster from being asked.
 */
export async function located(run: Run): Promise<Located> {
  const { context, input } = run;
  try {
    const source = await policyOf(run);
    return { source, deliveries: chosen(source.current, input, true) };
  } catch (error) {
    const known = asError(error);
    const gone = known.code === 'DELIVERY_UNKNOWN';
    if (known.family === 'bug' || context.signal.aborted || ['USAGE', 'DELIVERY_REQUIRED'].includes(known.code))
      throw error;
    context.log(`the policy can't be read, so the delivery is looked for in the cluster: ${known.message}`);
    const found = await inCluster(run, known).catch((trouble: unknown) => {
      // The policy was there, and the name is in neither: the policy's own error has the known names.
      throw gone && asError(trouble).code === 'DELIVERY_UNKNOWN' ? error : trouble;
    });
    return { source: noPolicy(found, known), deliveries: [found] };
  }
}

async function inCluster({ context, input }: Run, why: StepgateError): Promise<Delivery> {
  const [name, ...more] = input.deliveries;
  if (name === undefined || more.length > 0) {
    throw inputError('DELIVERY_REQUIRED', `the policy can't be read (${why.message}): name one delivery`, {
      hint: '--delivery NAME finds it in the cluster',
    });
  }
  const { target, signal } = context;
  try {
    const cluster = await context.connect({ context: input.context, exec: [] });
    const listed = await cluster.list({ kind: target.kinds.rollout, namespace: input.namespace }, signal);
    const all = listed.items.flatMap((rollout) => target.deliveryOf(rollout) ?? []);
    const found = all.filter((one) => one.name === name);
    const [only, second] = found;
    if (only !== undefined && second === undefined) return { ...only, cluster: { context: input.context, exec: [] } };
    if (only !== undefined) {
      throw inputError('DELIVERY_UNKNOWN', `several Rollouts carry the name ${name}`, {
        hint: `name the namespace: ${found.map((one) => `--namespace ${one.namespace}`).join(' or ')}`,
      });
    }
    const known = [...new Set(all.map((one) => one.name))].sort();
    throw inputError('DELIVERY_UNKNOWN', `no Rollout in ${cluster.title} carries the name ${name}`, {
      hint: known.length === 0 ? 'stepgate has released nothing there' : `it has ${known.slice(0, 10).join(', ')}`,
    });
  } catch (error) {
    if (error instanceof ClusterError && error.status === 403 && input.namespace === null) {
      throw inputError('DELIVERY_UNKNOWN', `Rollouts may not be listed in every namespace: ${error.message}`, {
        hint: 'say where it is: --namespace NAME',
      });
    }
    throw readTrouble(error, name);
  }
}
