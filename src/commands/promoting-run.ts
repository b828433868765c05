import { mayWrite } from '../flow/forge.ts';
import type { Work } from '../flow/work.ts';
import { type Actor, login, personKey } from '../release/actor.ts';
import { type Delivery, placeName, placeTitle } from '../release/delivery.ts';
import { environmentError, refusal } from '../release/error.ts';
import { type Account, ForgeError, isForge, type WorkflowRun } from '../release/forge.ts';

/** What the forge says about the run of a workflow that promotes. */
export interface PromotingRun {
  /** The number of the account that started it; null where the forge was not asked. */
  readonly account: number | null;
  /** Those who let its environment go on for this promotion, and may write in the repository. */
  readonly reviewers: readonly Account[];
}

const notAsked: PromotingRun = { account: null, reviewers: [] };

/**
 * Looks the run up at the forge, because its environment variables say only what a step of the workflow left in them. Throws
 * PERSON_REFUSED where another account started it, and EVENT_REFUSED where it is of another branch than the policy's: there,
 * nobody has reviewed the workflow. A token without `actions: read` may not ask, which the log says.
 */
export async function lookUp(
  { context, delivery, policy }: Work,
  person: Actor,
  meant: { readonly release: string; readonly place: number },
): Promise<PromotingRun> {
  const { run, signal, log } = context;
  if (run.by !== 'github') return notAsked;
  const forge = await context.forge();
  if (!isForge(forge)) return notAsked;
  try {
    const found = await forge.workflowRun(run.id, signal);
    if (found === null) throw refusal('PERSON_REFUSED', `${delivery.name}: ${forge.title} knows no run ${run.id}`);
    check(delivery, found, person, policy.branch?.branch ?? null);
    const votes = isFor(found, delivery, meant) ? await forge.environmentVotes(run.id, signal) : [];
    const reviewers: Account[] = [];
    for (const { by, isApproving } of votes) {
      if (!isApproving || by === null || by.is === 'bot' || personKey(by.login) === null) continue;
      if (await mayWrite(forge, by, signal)) reviewers.push(by);
    }
    return { account: found.startedBy?.id ?? null, reviewers };
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error;
    if (error.trouble === 'forbidden') {
      log(`${delivery.name}: this run was not looked up: ${error.message}`);
      return notAsked;
    }
    throw environmentError('FORGE_UNREACHABLE', `${delivery.name}: this run can't be looked up: ${error.message}`, {
      hint: 'run it again once the forge answers: nothing was recorded',
    });
  }
}

function check({ name }: Delivery, { startedBy, branch }: WorkflowRun, person: Actor, policy: string | null): void {
  if (startedBy === null || login(startedBy.login) !== login(person.name)) {
    throw refusal(
      'PERSON_REFUSED',
      `${name}: the forge says that ${startedBy?.login ?? 'nobody'} started this run, not ${person.name}`,
      'start a run with your own account',
    );
  }
  if (policy !== null && branch !== policy) {
    throw refusal(
      'EVENT_REFUSED',
      `${name}: this run is of the branch ${branch}, and only a workflow of ${policy} may promote`,
      `start it on ${policy}`,
    );
  }
}

/** Whether the title of a run names the delivery, the release and the step: reviewers of its environment saw no more. */
function isFor(
  { title }: WorkflowRun,
  delivery: Delivery,
  { release, place }: { readonly release: string; readonly place: number },
): boolean {
  const words = title.split(/[\s,:;()]+/);
  const steps = [placeTitle(delivery, place), placeName(delivery, place)];
  return words.includes(delivery.name) && words.includes(release) && steps.some((step) => words.includes(step));
}
