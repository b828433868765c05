import { type Check, checkOf, type Said, warning } from '../../release/check.ts';
import type { Delivery } from '../../release/delivery.ts';
import { stringAt } from '../../release/json.ts';
import { markOf } from '../../release/owner.ts';
import type { Cluster, KubeObject } from '../../release/ports.ts';
import { recordKinds } from '../../release/record-kinds.ts';
import type { Context } from '../context.ts';
import { listed, openIn, recordIn } from '../elsewhere.ts';
import { lister } from '../observe/lists.ts';
import { tried } from './git.ts';

/** What is read of a policy: its ref, for messages, and the names of its deliveries. */
interface Listing {
  readonly ref: string;
  readonly deliveries: readonly Pick<Delivery, 'name'>[];
}

/**
 * Finds Rollouts with the name of a delivery that was removed from the policy. No run promotes them, and no other command lists them. Only
 * the namespaces of `here` are read, which are deliveries of one cluster. A Rollout whose release is no commit of this repository belongs
 * to the policy of another repository, and is left out. So is every Rollout that this identity may not list: the line `rights` says that.
 */
export async function unlistedRollouts(
  context: Context,
  cluster: Cluster,
  policy: Listing,
  here: readonly Delivery[],
): Promise<readonly Check[]> {
  const names = new Set(policy.deliveries.map(({ name }) => name));
  const firsts = here.filter((one, index) => here.findIndex((other) => other.namespace === one.namespace) === index);
  const checks: Check[] = [];
  for (const today of firsts) {
    const found = await tried(
      () =>
        Promise.all(
          recordKinds(context.targets).map((kind) => listed({ cluster, lister: lister(context), today }, kind)),
        ),
      (said) => checks.push(checkOf(today.namespace, 'other Rollouts', said)),
    );
    for (const rollout of found?.flat() ?? []) {
      const { owner } = markOf(rollout);
      if (owner === null || names.has(owner) || !(await isFromHere(context, rollout))) continue;
      checks.push(checkOf(owner, 'policy', told(rollout, owner, policy)));
    }
  }
  return checks;
}

function told(rollout: KubeObject, owner: string, { ref }: Listing): Said {
  const namespace = stringAt(rollout, 'metadata', 'namespace') ?? '';
  const title = `the Rollout ${stringAt(rollout, 'metadata', 'name') ?? ''} in ${namespace}`;
  const gone = `${ref} has no such delivery`;
  const where = `--delivery ${owner} --namespace ${namespace}`;
  const say = (says: string, todo: string) => warning(says, todo, 'DELIVERY_UNKNOWN');
  const open = openIn(recordIn(rollout));
  switch (open?.is) {
    case undefined:
      return say(
        `${title} carries this name, and ${gone}: the next change of its workload goes through its steps, which nobody promotes`,
        `stepgate retire ${where} gives it up`,
      );
    case 'asked for':
      return say(
        `${open.release} is under way at ${title}, and nothing goes on there: ${gone}`,
        `put the delivery back into stepgate.yaml until it is delivered, or take it back with stepgate rollback ${where}`,
      );
    case 'left in Git':
      return say(
        `${open.release} was rolled back at ${title}, and Git still names it: ${gone}`,
        'put the delivery back into stepgate.yaml until the revert is on the branch',
      );
  }
}

async function isFromHere({ repo }: Context, rollout: KubeObject): Promise<boolean> {
  const record = recordIn(rollout);
  const commit = (record?.release ?? record?.history[0])?.commit;
  return commit !== undefined && (await repo.has(commit));
}
