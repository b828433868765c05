import { ok, type Said, warning } from './check.ts';
import type { Delivery } from './delivery.ts';
import { firstOf } from './first-of.ts';
import type { BranchRules } from './repository-settings.ts';

type Reverted = Pick<Delivery, 'name' | 'rollback'>;

/** Something that the rules of the policy branch bring about; `todo` where it is in somebody's way. */
interface Remark {
  readonly says: string;
  readonly todo: string | null;
}

/** Whether a branch refuses a commit that is pushed to it. `unknown`: only administrators may read what it asks for. */
export function refusesPush({ isProtected, reviews, queue, checks, isClosed }: BranchRules): 'yes' | 'no' | 'unknown' {
  if (reviews !== null || queue || checks || isClosed) return 'yes';
  return isProtected ? 'unknown' : 'no';
}

/** The branch that the policy is read from, and the policy's file there. */
export interface PolicyBranch {
  readonly name: string;
  readonly file: string;
  /** Whether CODEOWNERS names owners of the file. */
  readonly isOwned: boolean;
}

/**
 * What the rules of the policy branch mean: whether somebody else looks at a change of the policy, and how the revert of a rollback
 * comes there. A warning where nobody looks, or where the config asks for a way that the rules close.
 */
export function policyBranchSaid(branch: PolicyBranch, rules: BranchRules, deliveries: readonly Reverted[]): Said {
  const remarks = [...reviewRemarks(branch, rules), ...revertRemarks(rules, deliveries)];
  const says = [asksWords(branch.name, rules), ...remarks.map((one) => one.says)].join('; ');
  const todos = [...new Set(remarks.flatMap(({ todo }) => todo ?? []))];
  return todos.length === 0 ? ok(says) : warning(says, todos.join('; '));
}

/** What it means that a branch may have no rules. */
export function unruledBranchSaid(branch: string, why: string): Said {
  return warning(
    `${why}; without rules, ${openWords(branch, null)}`,
    `change that, or let few people push to ${branch}`,
  );
}

const PROTECTION = 'a branch protection, whose details only administrators may read';

function asksWords(branch: string, rules: BranchRules): string {
  const { isProtected, reviews, ownersReview, signatures, queue, checks, isClosed } = rules;
  const asks = [
    ...(reviews === null ? [] : [pullWords(reviews, ownersReview)]),
    ...(queue ? ['the merge queue'] : []),
    ...(checks ? ['checks that pass'] : []),
    ...(signatures ? ['signed commits'] : []),
    ...(isClosed ? ['a place on the bypass list'] : []),
  ];
  if (asks.length > 0) return `${branch} asks for ${asks.join(', ')}${isProtected ? `, and has ${PROTECTION}` : ''}`;
  return isProtected ? `${branch} has ${PROTECTION}` : `no rule covers changes of ${branch}`;
}

function pullWords(reviews: number, ownersReview: boolean): string {
  const review = reviews === 1 ? 'an approving review' : `${reviews} approving reviews`;
  const by = [...(reviews === 0 ? [] : [review]), ...(ownersReview ? ['a review of the owners of the files'] : [])];
  return by.length === 0 ? 'a pull request' : `a pull request with ${by.join(' and ')}`;
}

function openWords(branch: string, reviews: number | null): string {
  const may = reviews === null ? 'push to' : 'merge into';
  return `whoever may ${may} ${branch} may change the policy alone, and with it the gates and who approves`;
}

function reviewRemarks({ name, file, isOwned }: PolicyBranch, rules: BranchRules): readonly Remark[] {
  const { isProtected, reviews, ownersReview, isClosed } = rules;
  if (isProtected || isClosed || (ownersReview && isOwned) || (reviews ?? 0) > 0) return [];
  const open = openWords(name, reviews);
  if (ownersReview)
    return [{ says: `${file} has no owners: ${open}`, todo: `name the owners of ${file} in .github/CODEOWNERS` }];
  const todo = `require a pull request with an approving review for ${name}: Settings > Rules > Rulesets`;
  return [{ says: open, todo }];
}

/** The way out where stepgate itself may pass a rule: the account of a job can't be put on a bypass list. */
const BYPASS = 'give stepgate the token of a GitHub App that is on the bypass list of the rule';

function revertRemarks(rules: BranchRules, deliveries: readonly Reverted[]): readonly Remark[] {
  const by = (git: Delivery['rollback']['git']) => namesOf(deliveries.filter(({ rollback }) => rollback.git === git));
  const [auto, commit, pull] = [by('auto'), by('commit'), by('pull-request')];
  const asked =
    pull === '' ? [] : [note(`the revert of a rollback of ${pull} waits in a pull request, as its config says`)];
  const merging = namesOf(deliveries.filter(({ rollback: { git, merge } }) => git !== 'commit' && merge === true));
  return [...pushRemarks(rules, auto, commit), ...asked, ...mergeRemarks(rules, merging)];
}

function pushRemarks(rules: BranchRules, auto: string, commit: string): readonly Remark[] {
  switch (refusesPush(rules)) {
    case 'yes':
      return [
        note('freeze, thaw and set-image push to it, which is refused'),
        ...(auto === '' ? [] : [note(`so is a revert: that of ${auto} then waits in a pull request`)]),
        ...(commit === ''
          ? []
          : [
              {
                says: `a rollback of ${commit} leaves Git on the bad release, because rollback.git: commit has no other way`,
                todo: `write rollback: { git: auto } for ${commit}, or ${BYPASS}`,
              },
            ]),
      ];
    case 'unknown':
      return [
        ...(auto === '' ? [] : [note(`where it refuses a push, the revert of ${auto} waits in a pull request`)]),
        ...(commit === ''
          ? []
          : [note(`where it refuses a push, a rollback of ${commit} leaves Git on the bad release`)]),
      ];
    case 'no':
      return rules.signatures ? signatureRemarks(auto, commit) : [];
  }
}

/** A commit by the API is signed by GitHub; one that is pushed only where git is configured to. */
function signatureRemarks(auto: string, commit: string): readonly Remark[] {
  return [
    ...(auto === ''
      ? []
      : [note(`a revert of ${auto} that git does not sign waits in a pull request, whose commit GitHub signs`)]),
    ...(commit === ''
      ? []
      : [
          {
            says: `a revert of ${commit} that git does not sign is refused, and rollback.git: commit has no other way`,
            todo: `let git sign with a key that GitHub knows, or write rollback: { git: auto } for ${commit}`,
          },
        ]),
  ];
}

function mergeRemarks({ reviews, ownersReview, queue, isClosed }: BranchRules, merging: string): readonly Remark[] {
  const isLeft = (reviews ?? 0) > 0 || ownersReview || queue || isClosed;
  if (merging === '' || !isLeft) return [];
  const says = `people have to merge the revert of ${merging}: the rules keep rollback.merge from it`;
  return [{ says, todo: `leave rollback.merge out for ${merging}, or ${BYPASS}` }];
}

function note(says: string): Remark {
  return { says, todo: null };
}

function namesOf(deliveries: readonly Reverted[]): string {
  return firstOf(deliveries.map(({ name }) => name));
}
