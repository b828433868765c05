import { personKey } from './actor.ts';
import { ok, type Said, warning } from './check.ts';
import { firstOf } from './first-of.ts';
import type { ReviewedEnvironment } from './repository-settings.ts';
import { isGroup, names } from './vote.ts';

/** An approval that a reviewer of an environment can give. */
export interface EnvironmentApproval {
  readonly name: string;
  readonly from: readonly string[];
  readonly notAuthor: boolean;
}

/** An environment in which a job promotes, and who reviews it; null when the forge has none of that name. */
export interface FoundEnvironment {
  readonly name: string;
  readonly found: ReviewedEnvironment | null;
}

/** The page at GitHub. */
export const ENVIRONMENTS = 'Settings > Environments';

/** No reviewer can give these approvals, because no job with an environment promotes. */
export function noEnvironmentSaid(approvals: readonly EnvironmentApproval[]): Said {
  return warning(
    `votes for ${namesOf(approvals)} come from reviewers of the environment of a job, and no workflow has a job with an environment that runs promote`,
    'add such a workflow to the policy branch: docs/workflows.md has one, under "Promotions by an environment"',
  );
}

/**
 * What the settings of one environment mean for the approvals that a reviewer can give. `all`: every environment in which a job
 * promotes; null when some of them are not known. An environment without reviewers is in nobody's way while another has some.
 */
export function environmentSaid(
  { name, found }: FoundEnvironment,
  approvals: readonly EnvironmentApproval[],
  all: readonly FoundEnvironment[] | null,
): Said {
  if (found === null || !isReviewed(found)) {
    const why = found === null ? 'it is not there, or not for this token' : 'it has no required reviewers';
    if (all === null || all.some((one) => one.found !== null && isReviewed(one.found)))
      return ok(`${why}: nobody is asked, and its runs give no vote`);
    return warning(
      `${why}, so nobody is ever asked, and there are no votes for ${namesOf(approvals)}`,
      `give ${name} required reviewers under ${ENVIRONMENTS}; private repositories need GitHub Pro, Team or Enterprise for them`,
    );
  }
  const who = reviewersOf(found);
  const unserved = approvals.filter((one) => all?.every((other) => !mayCount(one, other.found)) ?? false);
  if (unserved.length > 0) {
    return warning(
      `${who} review it, and none of them is in from of ${namesOf(unserved)}: what they let go on gives no vote`,
      `let the same people be in from and in the required reviewers of ${name}, under ${ENVIRONMENTS}`,
    );
  }
  const served = approvals.filter((one) => mayCount(one, found));
  const strict = served.filter(({ notAuthor }) => notAuthor);
  if (strict.length > 0 && !found.preventsSelfReview) {
    return warning(
      `${who} review it, also runs that they have started themselves: where that is an author of the release, ${namesOf(strict)} gets no vote`,
      `switch on "Prevent self-review" of ${name}, under ${ENVIRONMENTS}`,
    );
  }
  return ok(served.length === 0 ? `${who} review it` : `${who} review it, for ${namesOf(served)}`);
}

function isReviewed({ people, teams }: ReviewedEnvironment): boolean {
  return people.length + teams.length > 0;
}

/** Whether one of the reviewers may be among those who may approve. Who is in a group is not asked. */
function mayCount({ from }: EnvironmentApproval, found: ReviewedEnvironment | null): boolean {
  if (found === null || !isReviewed(found)) return false;
  if (from.length === 0 || from.some(isGroup) || found.teams.length > 0) return true;
  return found.people.some((one) => {
    const person = personKey(one);
    return person !== null && names(from, person, new Map());
  });
}

function reviewersOf({ people, teams }: ReviewedEnvironment): string {
  return firstOf([...people, ...teams.map((team) => `the team ${team}`)]);
}

function namesOf(approvals: readonly EnvironmentApproval[]): string {
  return firstOf(approvals.map(({ name }) => name));
}
