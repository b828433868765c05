import { type Check, checkOf, ok, skipped } from '../../release/check.ts';
import type { Line } from '../../release/checkup.ts';
import { keyOf, type Looked, type Wanted } from '../../release/finding.ts';
import { stringAt } from '../../release/json.ts';
import { isUnderWay } from '../../release/observation.ts';
import { ClusterError, type Kind, type KubeObject } from '../../release/ports.ts';
import { look } from '../look.ts';
import { observe, type Work } from '../work.ts';
import { readTrouble } from '../write.ts';

/** The name of the line that sums up: nothing was found, or not everything could be read. */
const NAME = 'left objects';

/**
 * Checks what an interrupted release has left beside the workload. Services and routes come from the lists that findings read too, and
 * that all deliveries share. `installed` returns what was read of an installation's object, such as the engine's Deployment.
 */
export async function leftObjects(work: Work, installed: (wanted: Wanted) => Looked): Promise<readonly Check[]> {
  const { delivery, lister, cluster } = work;
  const line = (name: string, said: Line['said']) => checkOf(delivery.name, name, said);
  if (isUnderWay(observe(work).observation.engine)) {
    return [line(NAME, skipped('a release is under way, and what it has made is in use'))];
  }
  const shared = await read(work, (kind) => lister.every(cluster, kind, delivery.namespace));
  const unread = [...shared.unread];
  const lines = judged(work, shared, installed).length === 0 ? [] : await again(work, installed);
  const checks = lines.map(({ name, said }) => line(name, said));
  if (unread.length > 0) {
    const says = `this identity may not read ${unread.join(', ')} in ${delivery.namespace}`;
    return [...checks, line(NAME, skipped(says))];
  }
  return checks.length > 0 ? checks : [line(NAME, ok('none of a release that broke off'))];
}

/**
 * Reads everything anew, then the Rollout. A shared list may be older than the Rollout, and a release may have begun meanwhile: what it
 * has made is in use then.
 */
async function again(work: Work, installed: (wanted: Wanted) => Looked): Promise<readonly Line[]> {
  const { delivery, cluster, context, following } = work;
  const alone = await read(work, async (kind, name) => {
    const query = { kind, namespace: delivery.namespace, fieldSelector: `metadata.name=${name}` };
    return (await cluster.list(query, context.signal)).items;
  });
  await following.refresh();
  return judged(work, alone, installed);
}

interface Read {
  readonly found: ReadonlyMap<string, Looked>;
  readonly labelled: readonly KubeObject[];
  /** The kinds that this identity may not read. */
  readonly unread: ReadonlySet<string>;
}

/** Reads what the target wants. `list`: how the objects of a kind are read whose path is known; of all others the server tells it. */
async function read(
  work: Work,
  list: (kind: Kind, name: string) => Promise<readonly KubeObject[] | null>,
): Promise<Read> {
  const { delivery, target, cluster, context } = work;
  const { leftObjects: left } = target.checkup;
  const found = new Map<string, Looked>();
  const unread = new Set<string>();
  const allowed = async <T>(kind: string, ask: () => Promise<T>): Promise<T | null> => {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      if (![401, 403, 404].includes(error.status)) throw readTrouble(error, cluster.title);
      // A kind that is not served has no objects.
      if (error.status !== 404) unread.add(kind);
      return null;
    }
  };
  for (const wanted of left.wanted(delivery, observe(work).rollout)) {
    const { kind, name } = wanted;
    const seen = await allowed(kind.kind, async () =>
      'plural' in kind ? named(await list(kind, name), name) : look(cluster, wanted, context.signal),
    );
    if (seen?.is === 'unknown') unread.add(kind.kind);
    found.set(keyOf(wanted), seen ?? { is: 'unknown' });
  }
  const labelled = left.labelled(delivery);
  const listed =
    labelled === null
      ? null
      : await allowed(labelled.kind.kind, () =>
          cluster.list({ ...labelled, namespace: delivery.namespace }, context.signal),
        );
  return { found, labelled: listed?.items ?? [], unread };
}

function named(objects: readonly KubeObject[] | null, name: string): Looked {
  const object = objects?.find((one) => stringAt(one, 'metadata', 'name') === name);
  return object === undefined ? { is: 'missing' } : { is: 'there', object };
}

function judged(work: Work, { found, labelled }: Read, installed: (wanted: Wanted) => Looked): readonly Line[] {
  const { delivery, target, following } = work;
  const { rollout, observation } = observe(work);
  const { pods } = following.current();
  const looked = (wanted: Wanted) => found.get(keyOf(wanted)) ?? installed(wanted);
  return target.checkup.leftObjects.judge({ delivery, observation, rollout, pods, labelled, looked });
}
