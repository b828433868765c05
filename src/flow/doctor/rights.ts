import { bad, ok, type Said, skipped, warning } from '../../release/check.ts';
import { firstOf } from '../../release/first-of.ts';
import { groupOf } from '../../release/kinds.ts';
import { type Access, type Cluster, ClusterError } from '../../release/ports.ts';
import { type Duty, dutyNames, has, type Right } from '../../release/right.ts';

/** How many reviews are sent at once. */
const AT_ONCE = 8;
/** Missing rights that are named. */
const NAMED = 4;

/**
 * Asks the server which duties this identity may do with these rights. `known`: answers of this run, by what was asked. A right without
 * which a command goes on is not counted.
 */
export async function rightsSaid(
  cluster: Cluster,
  { rights, delivery }: { readonly rights: readonly Right[]; readonly delivery: string },
  known: Map<string, Promise<boolean>>,
  signal: AbortSignal,
): Promise<Said> {
  const needed = rights.filter(({ without }) => without === undefined);
  const asked = new Map(needed.flatMap((right) => accessesOf(right).map((access) => [JSON.stringify(access), access])));
  const allowed = new Map<string, boolean>();
  const entries = [...asked];
  try {
    for (let start = 0; start < entries.length; start += AT_ONCE) {
      const some = entries.slice(start, start + AT_ONCE);
      const answers = await Promise.all(
        some.map(([key, access]) => {
          const answer = known.get(key) ?? cluster.may(access, signal);
          known.set(key, answer);
          return answer;
        }),
      );
      for (const [index, [key]] of some.entries()) allowed.set(key, answers[index] ?? false);
    }
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    return skipped(`the server answers no reviews of access: ${error.message}`);
  }
  const missing = (duty: Duty) =>
    needed
      .filter((right) => has(duty, right))
      .flatMap(accessesOf)
      .filter((access) => allowed.get(JSON.stringify(access)) === false);
  const not = dutyNames.filter((duty) => missing(duty).length > 0);
  if (not.length === 0) return ok('this identity may do everything that stepgate does');
  const may = dutyNames.filter((duty) => !not.includes(duty));
  const lacks = [...new Set(not.flatMap(missing).map(accessWords))];
  const says = `this identity may ${may.length === 0 ? 'do nothing' : may.join(', ')}, and not ${not.join(', ')}: it lacks ${firstOf(lacks, NAMED)}`;
  const todo = `where it has to: stepgate permissions --delivery ${delivery} --duty DUTY --identity NAME prints the role`;
  // Who may only look is no problem. Who may not even look can't go on.
  return !may.includes('read') && !may.includes('plan')
    ? bad(says, todo, 'CLUSTER_FORBIDDEN')
    : warning(says, todo, 'CLUSTER_FORBIDDEN');
}

function accessesOf({ kind, part, verbs, names, namespace }: Right): readonly Access[] {
  const each: readonly (string | null)[] = names ?? [null];
  return verbs.flatMap((verb) =>
    each.map((name) => ({
      verb,
      group: groupOf(kind),
      plural: kind.plural,
      part: part ?? null,
      namespace,
      // A create by server-side apply has the name in its path, so a role may limit it to that name.
      name,
    })),
  );
}

function accessWords({ verb, group, plural, part, namespace }: Access): string {
  const resource = `${plural}${group === '' ? '' : `.${group}`}${part === null ? '' : `/${part}`}`;
  return `${verb} ${resource}${namespace === null ? '' : ` in ${namespace}`}`;
}
