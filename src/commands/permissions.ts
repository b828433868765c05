import { rightsOf } from '../flow/rights.ts';
import { renderAt } from '../flow/source.ts';
import type { Delivery } from '../release/delivery.ts';
import { inputError } from '../release/error.ts';
import { type Duty, dutyNames } from '../release/right.ts';
import { yamlWithoutCommands } from '../views/yaml-in-log.ts';
import { aFewAtOnce } from './fleet.ts';
import { printPermissions } from './permission-documents.ts';
import { chosen, policyOf, type Run } from './run.ts';

/**
 * The roles for the deliveries of one cluster, a role for each duty, and what lets only the named identities move a release. As YAML for
 * kubectl apply. No cluster is asked. Throws USAGE where the deliveries are in several clusters and none is named.
 */
export async function permissions(run: Run<'permissions'>): Promise<string> {
  const { context, input } = run;
  const [policy, commit] = await Promise.all([policyOf(run), context.repo.resolve(input.at)]);
  const { deliveries: all } = policy.current;
  const named = chosen(policy.current, input, false);
  const cluster = clusterOf(run, named);
  const here = named.filter((one) => isIn(one, cluster));
  if (here.length === 0) {
    const known = [...new Set(named.map((one) => one.cluster.context))].join(', ');
    throw inputError('USAGE', `no delivery is in the cluster ${cluster}`, { hint: `the policy names ${known}` });
  }
  // A role is for a namespace: it has what all of its deliveries need, or applying it would take rights away.
  const places = here.map(({ namespace }) => namespace);
  const deliveries = all.filter((one) => isIn(one, cluster) && places.includes(one.namespace));
  for (const { name } of deliveries.filter((one) => !named.includes(one))) {
    context.log(`${name} is printed too: it shares the namespace of another delivery, and so its roles`);
  }
  // Those of other clusters may look at deliveries of this one.
  const owners = [...deliveries, ...named.filter((one) => !deliveries.includes(one))];
  const rights = await aFewAtOnce(owners, async (delivery) => {
    const { before, idleOnly } = await renderAt(context, delivery, commit, 1);
    return rightsOf(delivery, { targets: context.targets, deliveries: all, beside: [...before, ...idleOnly] });
  });
  const text = printPermissions(context.targets, {
    deliveries,
    rights: rights.flat().filter((one) => isContext(one.context, cluster)),
    bound: input.identity,
    duties: dutiesToPrint(input),
    chosen: input.duty.length > 0,
    controllers: input.controller,
  });
  return yamlWithoutCommands(text);
}

/** The context of the deliveries; null for the current one. */
function clusterOf({ input }: Run<'permissions'>, named: readonly Delivery[]): string | null {
  const contexts = [...new Set(named.map(({ cluster }) => cluster.context))];
  const [only = null, ...more] = contexts;
  if (input.context !== null) return input.context;
  if (more.length === 0) return only;
  const words = contexts.map((context) => context ?? 'the current one');
  throw inputError('USAGE', `the deliveries are in ${contexts.length} clusters: ${words.join(', ')}`, {
    hint: 'print one cluster at a time: --context NAME, or name the deliveries',
  });
}

function isIn({ cluster }: Delivery, context: string | null): boolean {
  return isContext(cluster.context, context);
}

/** A delivery that names no cluster is in every one. */
function isContext(named: string | null, chosen: string | null): boolean {
  return named === null || named === chosen;
}

/** The duties of `--duty`, else those that identities are named for, else all. */
function dutiesToPrint({ duty, identity }: Run<'permissions'>['input']): readonly Duty[] {
  if (duty.length > 0) return duty;
  const named = identity.flatMap((one) => one.duties ?? dutyNames);
  return named.length === 0 ? dutyNames : dutyNames.filter((one) => named.includes(one));
}
