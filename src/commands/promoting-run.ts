import { mayWrite } from '../flow/forge.ts';
import type { Work } from '../flow/work.ts';
import { gates } from '../gates/index.ts';
import { planDigest } from '../policy/plan-digest.ts';
import { type Actor, login, personKey } from '../release/actor.ts';
import { conditionsAt, type Delivery, placeTitle } from '../release/delivery.ts';
import { environmentError, refusal } from '../release/error.ts';
import {
  type Account,
  type EnvironmentVote,
  type Forge,
  ForgeError,
  isForge,
  type WorkflowRun,
} from '../release/forge.ts';
import type { AskedFor } from '../release/record.ts';
import { titleNames } from '../release/run-title.ts';

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
 * nobody has reviewed the workflow. Throws PLAN_DIFFERS where the plan has changed since the run was started, which may be
 * hours before it acts. A token without `actions: read` may not ask, which the log says.
 */
export async function lookUp(work: Work, person: Actor, asked: AskedFor, place: number): Promise<PromotingRun> {
  const { context, delivery } = work;
  const meant = { release: asked.id, place };
  const looked = await askAboutRun(work, person, async (found, forge) => {
    const { signal, log } = context;
    await checkPlan(work, found, asked, place);
    const account = found.startedBy?.id ?? null;
    if (!titleNames(found.title, delivery, meant)) {
      if (takesEnvironment(delivery, meant.place)) log(`${delivery.name}: ${wrongTitle(found, delivery, meant)}`);
      return { account, reviewers: [] };
    }
    const votes = await forge.environmentVotes(found.id, signal);
    return {
      account,
      reviewers: await counted(votes, forge, { signal, log: (line) => log(`${delivery.name}: ${line}`) }),
    };
  });
  return looked ?? notAsked;
}

/** The number of the account that started this run. Null where the forge was not asked. Throws as `lookUp` does, but for the plan. */
export async function accountOf(work: Work, person: Actor): Promise<number | null> {
  return askAboutRun(work, person, async ({ startedBy }) => startedBy?.id ?? null);
}

/**
 * Asks the forge about this run of a workflow, checks that `person` started it on the policy branch, and calls `look` with the answer. Null
 * on a command line, without a forge, and where the token may not read runs.
 */
async function askAboutRun<Found>(
  work: Work,
  person: Actor,
  look: (found: WorkflowRun, forge: Forge) => Promise<Found>,
): Promise<Found | null> {
  const { context, delivery, policy } = work;
  const { run, signal, log } = context;
  if (run.by !== 'github') return null;
  const forge = await context.forge();
  if (!isForge(forge)) return null;
  try {
    const found = await forge.workflowRun(run.id, signal);
    if (found === null) throw refusal('PERSON_REFUSED', `${delivery.name}: ${forge.title} knows no run ${run.id}`);
    check(delivery, found, person, policy.branch?.branch ?? null);
    return await look(found, forge);
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error;
    if (error.trouble === 'forbidden') {
      log(`${delivery.name}: this run was not looked up: ${error.message}`);
      return null;
    }
    throw environmentError('FORGE_UNREACHABLE', `${delivery.name}: this run can't be looked up: ${error.message}`, {
      hint: 'run it again once the forge answers: nothing was recorded',
    });
  }
}

/** Throws PLAN_DIFFERS where the plan has changed since a person started the run: that person has seen another plan. */
async function checkPlan(
  { delivery, source }: Work,
  { createdAt, commit }: WorkflowRun,
  { planAt }: AskedFor,
  place: number,
): Promise<void> {
  const isOlder = planAt !== undefined && createdAt.getTime() < Math.floor(Date.parse(planAt) / 1000) * 1000;
  // Until a release is written, its plan is that of today, and the run is of the policy's branch as it was then.
  const seen = place === 0 ? (await source.at(commit))?.find(({ name }) => name === delivery.name) : undefined;
  if (!isOlder && (seen === undefined || planDigest(seen) === planDigest(delivery))) return;
  throw refusal(
    'PLAN_DIFFERS',
    `${delivery.name}: the plan has changed since this run was started`,
    'look at it with stepgate status, then start a new run',
  );
}

/** Those who let the run go on and count. Says of everybody else why not. */
async function counted(
  votes: readonly EnvironmentVote[],
  forge: Forge,
  { signal, log }: Pick<Work['context'], 'signal' | 'log'>,
): Promise<readonly Account[]> {
  const reviewers: Account[] = [];
  for (const { by, isApproving } of votes) {
    if (!isApproving || by === null) continue;
    const why =
      whyNobody(by, votes) ?? ((await mayWrite(forge, by, signal)) ? null : 'may not write in this repository');
    if (why === null) reviewers.push(by);
    else log(`${by.login} let this run go on, which does not count: ${by.login} ${why}`);
  }
  return reviewers;
}

function whyNobody(by: Account, votes: readonly EnvironmentVote[]): string | null {
  if (by.is === 'bot' || personKey(by.login) === null) return 'is not a person';
  // A re-run asks the reviewers again, and the forge tells neither the attempt nor the time of an answer.
  const hasRejected = votes.some((one) => !one.isApproving && one.by?.id === by.id);
  return hasRejected ? 'has also rejected it: start a new run' : null;
}

/** Whether a reviewer of an environment can approve this place. */
function takesEnvironment(delivery: Delivery, place: number): boolean {
  return conditionsAt(delivery, place).some(
    (one) => gates[one.kind].approvers(one)?.by.includes('environment') ?? false,
  );
}

function wrongTitle(
  { title }: WorkflowRun,
  delivery: Delivery,
  { release, place }: { readonly release: string; readonly place: number },
): string {
  const needed = `${delivery.name}, ${release} and ${placeTitle(delivery, place)}`;
  return `reviewers of the environment of this run do not count, because its name '${title}' lacks one of ${needed}`;
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
      `${name}: this run is of the branch ${branch}, and only a workflow of ${policy} may promote or call a start urgent`,
      `start it on ${policy}`,
    );
  }
}
