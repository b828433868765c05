import { ClusterError, type Kind, type KubeObject } from '../release/ports.ts';
import type { Rendered, Surroundings } from '../release/target.ts';
import { type Compared, changedConfig, compare, compareLater } from './compare.ts';
import type { Observed, Work } from './work.ts';

/** Everything that a plan rests on: each object beside the live one, and what the traps look at. */
export interface Survey {
  readonly before: readonly Compared[];
  readonly idleOnly: readonly Compared[];
  readonly rollout: Compared;
  readonly workload: Compared;
  readonly around: Surroundings;
}

/** Reads and rehearses; writes nothing. */
export async function survey(work: Work, observed: Observed, rendered: Rendered): Promise<Survey> {
  const { apply } = work.target.managers;
  const before: Compared[] = [];
  const idleOnly: Compared[] = [];
  for (const object of rendered.before) before.push(await compare(work, object, apply));
  const idle = observed.rollout === null || observed.observation.engine.at === 'idle';
  for (const object of rendered.idleOnly) {
    idleOnly.push(idle ? await compare(work, object, apply) : await compareLater(work, object));
  }
  // In mid-release the engine's webhook denies some plans: what they come to is told by a finding, not by its refusal.
  const rollout = idle ? await compare(work, rendered.rollout, apply) : await compareLater(work, rendered.rollout);
  const workload = await compare(work, rendered.workload, apply);
  const around = await surroundings(
    work,
    observed,
    changedConfig(before, work.target.templateOf(workload.live ?? rendered.workload)),
  );
  return { before, idleOnly, rollout, workload, around };
}

async function surroundings(
  { cluster, delivery, lister, target }: Work,
  observed: Observed,
  changed: readonly string[],
): Promise<Surroundings> {
  const list = async (kind: Kind): Promise<readonly KubeObject[] | null> => {
    try {
      return await lister.every(cluster, kind, delivery.namespace);
    } catch (error) {
      // Not allowed to look, or not installed: the traps that need it say so by staying silent.
      if (error instanceof ClusterError && [401, 403, 404].includes(error.status)) return null;
      throw error;
    }
  };
  const lists: Record<string, readonly KubeObject[] | null> = {};
  for (const kind of target.surroundings(delivery)) lists[kind.kind] = await list(kind);
  return {
    lists,
    workload: observed.workload,
    changedConfig: changed,
  };
}
