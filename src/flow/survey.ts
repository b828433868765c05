import { type Apply, titleOf } from '../release/change.ts';
import type { Applies } from '../release/changes/applies.ts';
import { type Compared, changedConfig, type Survey, substance } from '../release/changes/compared.ts';
import { isIdle } from '../release/changes/facts.ts';
import { asError, environmentError, type StepgateError } from '../release/error.ts';
import { keyOf, type Looked, type Surroundings } from '../release/finding.ts';
import { covers, same, stringAt } from '../release/json.ts';
import { ClusterError, type Kind, type KubeObject, type ObjectRef } from '../release/ports.ts';
import type { Rendered } from '../release/target.ts';
import { look } from './look.ts';
import type { Observed, Work } from './work.ts';

/**
 * Compares every apply of a deploy with the live object. Sends reads and dry-runs; writes nothing. `everywhere`: also reads
 * the objects of the whole cluster that findings use.
 */
export async function survey(
  work: Work,
  observed: Observed,
  planned: Applies,
  { rendered, everywhere = false }: { readonly rendered: Rendered; readonly everywhere?: boolean },
): Promise<Survey> {
  const idle = isIdle(observed);
  const whenIdle = (apply: Apply) => (idle ? compare(work, apply) : compareLater(work, apply));
  const before: Compared[] = [];
  const idleOnly: Compared[] = [];
  for (const apply of planned.before) before.push(await compare(work, apply));
  for (const apply of planned.idleOnly) idleOnly.push(await whenIdle(apply));
  const { rollout, denied } = await compareRollout(work, planned.rollout, idle);
  const workload = await compare(work, planned.workload);
  const template = work.target.templateOf(workload.live ?? planned.workload.object);
  const around = await surroundings(work, {
    observed,
    rendered,
    changed: changedConfig(before, template),
    everywhere,
  });
  return { before, idleOnly, rollout, denied, workload, around };
}

/**
 * Compares the Rollout. What the engine's webhook denies does not end the survey: a finding tells it better. During a
 * release the webhook is not asked, because it denies every other plan.
 */
async function compareRollout(
  work: Work,
  apply: Apply,
  idle: boolean,
): Promise<{ readonly rollout: Compared; readonly denied: StepgateError | null }> {
  if (!idle) return { rollout: await compareLater(work, apply), denied: null };
  try {
    return { rollout: await compare(work, apply), denied: null };
  } catch (error) {
    const denied = asError(error);
    if (denied.code !== 'CLUSTER_REJECTED') throw error;
    return { rollout: await compareLater(work, apply), denied };
  }
}

/** Asks the server by a dry-run what an apply would change. Throws what the apply would throw. */
export async function compare(work: Work, apply: Apply): Promise<Compared> {
  const live = await work.cluster.get(await refOf(work, apply.object), work.context.signal);
  const answer = await work.writer.dryRun(apply.object, apply);
  const change = live === null ? 'create' : same(substance(live), substance(answer)) ? 'none' : 'change';
  return { apply, live, answer, change };
}

/**
 * Compares an object that the engine uses during a release with the wanted one. No dry-run is sent: fields of the object
 * belong to the engine meanwhile, so an apply would be a conflict (E26).
 */
async function compareLater(work: Work, apply: Apply): Promise<Compared> {
  const live = await work.cluster.get(await refOf(work, apply.object), work.context.signal);
  const change = live === null ? 'create' : covers(live, apply.object) ? 'none' : 'change';
  return { apply, live, answer: apply.object, change };
}

async function refOf({ cluster, context }: Work, object: KubeObject): Promise<ObjectRef> {
  const apiVersion = stringAt(object, 'apiVersion') ?? '';
  const kind = await cluster.discover(apiVersion, stringAt(object, 'kind') ?? '', context.signal);
  if (kind === null) {
    throw environmentError('CLUSTER_REJECTED', `${titleOf(object)}: the server does not serve ${apiVersion}`, {
      hint: 'install its CRD, or leave it out of the source',
    });
  }
  return {
    kind,
    namespace: stringAt(object, 'metadata', 'namespace'),
    name: stringAt(object, 'metadata', 'name') ?? '',
  };
}

async function surroundings(
  // What is asked for goes by today's plan, whatever the release that runs goes by.
  { cluster, context, today: delivery, lister, target }: Work,
  {
    observed,
    rendered,
    changed,
    everywhere,
  }: {
    readonly observed: Observed;
    readonly rendered: Rendered;
    readonly changed: readonly string[];
    readonly everywhere: boolean;
  },
): Promise<Surroundings> {
  const list = async (kind: Kind, namespace: string | null): Promise<readonly KubeObject[] | null> => {
    try {
      return await lister.every(cluster, kind, namespace);
    } catch (error) {
      // Forbidden or not installed: findings that need this list are left out.
      if (error instanceof ClusterError && [401, 403, 404].includes(error.status)) return null;
      throw error;
    }
  };
  const lists: Record<string, readonly KubeObject[] | null> = {};
  for (const kind of target.surroundings(delivery)) lists[kind.kind] = await list(kind, delivery.namespace);
  const wide: Record<string, readonly KubeObject[] | null> = {};
  for (const kind of everywhere ? target.everywhere(delivery) : []) wide[kind.kind] = await list(kind, null);
  const looked: Record<string, Looked> = {};
  for (const wanted of target.lookups(delivery, rendered, lists)) {
    looked[keyOf(wanted)] = await look(cluster, wanted, context.signal);
  }
  const { apiVersion, kind } = target.kinds.record;
  const servedAs = (await cluster.discover(apiVersion, kind, context.signal))?.servedAs;
  return {
    lists,
    everywhere: wide,
    looked,
    workload: observed.workload,
    ...(servedAs === undefined ? {} : { olderVersion: servedAs }),
    changedConfig: changed,
  };
}
