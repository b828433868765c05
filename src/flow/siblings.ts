import { needsOf } from '../gates/index.ts';
import type { Delivery, Release } from '../release/delivery.ts';
import { asError } from '../release/error.ts';
import { parseRecord } from '../release/record-text.ts';
import type { Work } from './work.ts';
import { readTrouble } from './write.ts';

/** The name that the environments of one service share. */
export function serviceOf({ name, environment }: Delivery): string {
  return environment !== null && name.endsWith(`@${environment}`) ? name.slice(0, -environment.length - 1) : name;
}

/** Whether no other environment of the service is released after this one. */
export function isLast(deliveries: readonly Delivery[], delivery: Delivery): boolean {
  return !deliveries.some(
    (other) =>
      serviceOf(other) === serviceOf(delivery) &&
      needsOf(other.startWhen).some((need) => need.is === 'delivered' && need.delivery === delivery.name),
  );
}

/**
 * Other environments that run a version that was rolled back, as text. None when this is the last environment of its
 * service: all the others have passed that version. An environment that can't be read counts as running it.
 */
export async function runningSiblings(
  { context, policy, delivery }: Work,
  siblings: readonly Delivery[],
  bad: readonly Release[],
): Promise<readonly string[]> {
  if (isLast(policy.deliveries, delivery)) return [];
  const found = await Promise.all(siblings.map((sibling) => running(sibling)));
  return found.filter((words) => words !== null);

  async function running(sibling: Delivery): Promise<string | null> {
    const { signal, repo } = context;
    const target = context.targets.of(sibling);
    try {
      const cluster = await context.connect(sibling.cluster);
      const refs = target.refs(sibling);
      const [rollout, workload] = await Promise.all([
        cluster.get(refs.rollout, signal),
        cluster.get(refs.workload, signal),
      ]);
      const observation = target.observe(sibling, { takenAt: context.clock.now(), rollout, workload, pods: [] });
      const record = parseRecord(observation.rollout?.record ?? null);
      const live = observation.workload?.id ?? null;
      const wanted = [record.release, record.before, ...record.history.slice(0, 1)].filter((one) => one !== null);
      // A requested release counts as running, because the revert would undo it while it starts.
      const runs = wanted.filter((one) => one.id === live || one.id === record.release?.id);
      for (const one of runs) {
        for (const version of bad) {
          if (one.commit === version.commit || (await repo.contains(one.commit, version.commit)) !== false)
            return `${sibling.name} runs ${one.id}`;
        }
      }
      return null;
    } catch (error) {
      if (context.signal.aborted) throw error;
      const known = asError(readTrouble(error, sibling.name));
      if (known.family === 'bug') throw error;
      return `${sibling.name} can't be read (${known.message})`;
    }
  }
}
