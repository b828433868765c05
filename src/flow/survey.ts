import type { Apply } from '../release/change.ts';
import type { Applies } from '../release/changes/applies.ts';
import { type Compared, changedConfig, content, type Survey, substance } from '../release/changes/compared.ts';
import { isIdle } from '../release/changes/facts.ts';
import { asError, type StepgateError } from '../release/error.ts';
import { keyOf, type Looked, type Surroundings } from '../release/finding.ts';
import { covers, same } from '../release/json.ts';
import { isOf } from '../release/kinds.ts';
import { unmarked } from '../release/owner.ts';
import { ClusterError, type Kind, type KubeObject } from '../release/ports.ts';
import type { Rendered } from '../release/target.ts';
import { look } from './look.ts';
import { referenceOf } from './reference.ts';
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
  // An object that only a later write completes can't be asked about.
  const asks = idle && work.target.carrier?.makesPlan !== false;
  const { rollout, denied } = await compareRollout(work, planned.rollout, asks);
  const written = await compare(work, planned.written);
  const template = work.target.templateOf(work.today, written.live ?? planned.written.object);
  const around = await surroundings(work, {
    observed,
    rendered,
    changed: changedConfig(before, template),
    everywhere,
  });
  return { before, idleOnly, rollout, denied, written, carried: planned.carried, around };
}

/**
 * Compares the Rollout. What the engine's webhook denies does not end the survey: a finding tells it better. During a
 * release the webhook is not asked, because it denies every other plan.
 */
async function compareRollout(
  work: Work,
  apply: Apply,
  asks: boolean,
): Promise<{ readonly rollout: Compared; readonly denied: StepgateError | null }> {
  if (!asks) return { rollout: await compareLater(work, apply), denied: null };
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
  const live = await work.cluster.get(await referenceOf(work, apply.object), work.context.signal);
  const answer = await work.writer.dryRun(apply.object, apply);
  const compared = isOf(work.target.kinds.record, apply.object) ? substance : content;
  const change = live === null ? 'create' : same(compared(live), compared(answer)) ? 'none' : 'change';
  return { apply, live, answer, change };
}

/**
 * Compares an object that the engine uses during a release with the wanted one. No dry-run is sent: fields of the object
 * belong to the engine meanwhile, so an apply would be a conflict (E26).
 */
async function compareLater(work: Work, apply: Apply): Promise<Compared> {
  const live = await work.cluster.get(await referenceOf(work, apply.object), work.context.signal);
  const change = live === null ? 'create' : covers(live, unmarked(apply.object)) ? 'none' : 'change';
  return { apply, live, answer: apply.object, change };
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
