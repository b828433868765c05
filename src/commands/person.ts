import type { Work } from '../flow/work.ts';
import { readTrouble } from '../flow/write.ts';
import { type Actor, actorOf, personKey } from '../release/actor.ts';
import { refusal } from '../release/error.ts';
import { ClusterError } from '../release/ports.ts';
import type { Approver } from '../release/verdict.ts';

/**
 * The person who acts. In a workflow it is the account that started the run. On a command line it is the cluster's user when
 * the policy says `people: cluster`, else a given name that nobody has checked. Throws PERSON_REFUSED for bots, schedules, and
 * names of nobody.
 */
export async function personOf({ context, policy, cluster, delivery }: Work): Promise<Actor> {
  const { actor, signal } = context;
  if (actor.known === 'github' || policy.people.by === 'name') {
    const person = refuseNobody(actor, delivery.name);
    if (actor.known === 'given')
      context.log(`${delivery.name}: the name ${actor.name} was given and not checked (people: cluster checks it)`);
    return person;
  }
  const { accounts } = policy.people;
  try {
    const user = await cluster.user(signal);
    const account = accounts.get(user);
    return refuseNobody(actorOf(account ?? `kube:${user}`, { event: '', known: 'cluster' }), delivery.name);
  } catch (error) {
    if (error instanceof ClusterError && error.status === 404) {
      throw refusal(
        'PERSON_REFUSED',
        `${delivery.name}: this API server does not say who its user is (SelfSubjectReview needs Kubernetes 1.28)`,
        'approve in a workflow, or remove people from stepgate.yaml',
      );
    }
    throw readTrouble(error, delivery.name);
  }
}

/**
 * The person who acts where no cluster is asked. Who may push to the branch decides the forge. Throws PERSON_REFUSED for bots,
 * schedules, and names of nobody.
 */
export function personHere({ actor }: Pick<Work['context'], 'actor'>, what: string): Actor {
  return refuseNobody(actor, what);
}

/** A person as an approver. `account`: the number of the account at the forge; null where the forge was not asked. */
export function approverOf({ name: by }: Actor, account: number | null): Approver {
  return { by, ...(account === null ? {} : { account }) };
}

/** The refusal of an act that takes the right to approve a place. `place` and `act` in words: `the start`, `force it`. */
export function mayNotApprove(
  delivery: string,
  by: string,
  { place, act }: { readonly place: string; readonly act: string },
) {
  return refusal(
    'PERSON_REFUSED',
    `${delivery}: ${by} may not approve ${place}, so may not ${act} either`,
    'somebody who is named in approvals, and is not barred by notAuthor or notMerger, can',
  );
}

function refuseNobody(actor: Actor, what: string): Actor {
  if (actor.is === 'person' && personKey(actor.name) !== null) return actor;
  const name = `'${actor.name.slice(0, 100)}'`;
  const who = {
    person: `${name} is not the name of a person`,
    nobody: `${name} is not the name of a person`,
    bot: `${name} is a bot`,
    schedule: 'a schedule started this run',
  }[actor.is];
  throw refusal(
    'PERSON_REFUSED',
    `${what}: ${who}, and only a person can approve, resume, thaw, adopt, retire or force`,
    'let a person run it, with workflow_dispatch or on the command line',
  );
}
