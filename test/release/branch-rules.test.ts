import { expect, test } from 'vitest';
import { policyBranchSaid, refusesPush } from '../../src/release/branch-rules.ts';
import type { Delivery, RevertWay } from '../../src/release/delivery.ts';
import type { BranchRules } from '../../src/release/repository-settings.ts';
import { noRules } from '../support/forge.ts';

type Reverted = Pick<Delivery, 'name' | 'rollback'>;

function delivery(name: string, git: RevertWay, more: { readonly merge?: true } = {}): Reverted {
  return { name, rollback: { on: [], stuckAfterSeconds: 900, git, ...more } };
}

const auto = delivery('shop', 'auto');
const commit = delivery('shop', 'commit');
const pull = delivery('shop', 'pull-request');
const merging = delivery('shop', 'auto', { merge: true });
const reviewed = { reviews: 1 } as const;

const pushed = 'freeze, thaw and set-image push to it, which is refused';
const waits = 'so is a revert: that of shop then waits in a pull request';
const app = 'give stepgate the token of a GitHub App that is on the bypass list of the rule';
const review = 'require a pull request with an approving review for main: Settings > Rules > Rulesets';
const alone = (may: string) =>
  `whoever may ${may} main may change the policy alone, and with it the gates and who approves`;

const rows: readonly {
  readonly name: string;
  readonly rules: Partial<BranchRules>;
  readonly isOwned?: true;
  readonly deliveries: readonly Reverted[];
  readonly says: readonly string[];
  readonly todo: string | null;
}[] = [
  {
    name: 'no rule',
    rules: {},
    deliveries: [auto],
    says: ['no rule covers changes of main', alone('push to')],
    todo: review,
  },
  {
    name: 'a pull request without a review',
    rules: { reviews: 0 },
    deliveries: [auto],
    says: ['main asks for a pull request', alone('merge into'), pushed, waits],
    todo: review,
  },
  {
    name: 'checks alone: nobody looks',
    rules: { checks: true },
    deliveries: [],
    says: ['main asks for checks that pass', alone('push to'), pushed],
    todo: review,
  },
  {
    name: 'a review, and a revert that goes by pull request where it is refused',
    rules: reviewed,
    deliveries: [auto],
    says: ['main asks for a pull request with an approving review', pushed, waits],
    todo: null,
  },
  {
    name: 'a review of the owners',
    rules: { reviews: 2, ownersReview: true },
    deliveries: [pull],
    says: [
      'main asks for a pull request with 2 approving reviews and a review of the owners of the files',
      pushed,
      'the revert of a rollback of shop waits in a pull request, as its config says',
    ],
    todo: null,
  },
  {
    name: 'a review, and a revert that is only pushed',
    rules: reviewed,
    deliveries: [commit],
    says: [
      'main asks for a pull request with an approving review',
      pushed,
      'a rollback of shop leaves Git on the bad release, because rollback.git: commit has no other way',
    ],
    todo: `write rollback: { git: auto } for shop, or ${app}`,
  },
  {
    name: 'a review, and a revert that stepgate is to merge',
    rules: reviewed,
    deliveries: [merging],
    says: [
      'main asks for a pull request with an approving review',
      pushed,
      waits,
      'people have to merge the revert of shop: the rules keep rollback.merge from it',
    ],
    todo: `leave rollback.merge out for shop, or ${app}`,
  },
  {
    name: 'a review of the owners alone, and the merge queue',
    rules: { ownersReview: true, reviews: 0, queue: true },
    isOwned: true,
    deliveries: [auto],
    says: ['main asks for a pull request with a review of the owners of the files, the merge queue', pushed, waits],
    todo: null,
  },
  {
    name: 'a review of the owners, of which the policy has none',
    rules: { ownersReview: true, reviews: 0 },
    deliveries: [],
    says: [
      'main asks for a pull request with a review of the owners of the files',
      `stepgate.yaml has no owners: ${alone('merge into')}`,
      pushed,
    ],
    todo: 'name the owners of stepgate.yaml in .github/CODEOWNERS',
  },
  {
    name: 'signatures, which the forge gives',
    rules: { isProtected: true, signatures: true },
    deliveries: [auto],
    says: [
      'main asks for signed commits, and has a branch protection, whose details only administrators may read',
      'where it refuses a push, the revert of shop waits in a pull request',
    ],
    todo: null,
  },
  {
    name: 'signatures and no review',
    rules: { signatures: true },
    deliveries: [delivery('pay', 'auto'), commit],
    says: [
      'main asks for signed commits',
      alone('push to'),
      'a revert of pay that git does not sign waits in a pull request, whose commit GitHub signs',
      'a revert of shop that git does not sign is refused, and rollback.git: commit has no other way',
    ],
    todo: `${review}; let git sign with a key that GitHub knows, or write rollback: { git: auto } for shop`,
  },
  {
    name: 'a branch protection that this token can not read',
    rules: { isProtected: true },
    deliveries: [commit],
    says: [
      'main has a branch protection, whose details only administrators may read',
      'where it refuses a push, a rollback of shop leaves Git on the bad release',
    ],
    todo: null,
  },
  {
    name: 'many deliveries',
    rules: { isClosed: true },
    deliveries: ['a', 'b', 'c', 'd', 'e'].map((name) => delivery(name, 'auto')),
    says: [
      'main asks for a place on the bypass list',
      pushed,
      'so is a revert: that of a, b, c and 2 more then waits in a pull request',
    ],
    todo: null,
  },
];

test.each(rows)('$name', ({ rules, isOwned = false, deliveries, says, todo }) => {
  const branch = { name: 'main', file: 'stepgate.yaml', isOwned };
  const said = policyBranchSaid(branch, { ...noRules, ...rules }, deliveries);
  expect([said.says, said.todo, said.is, said.exit]).toEqual([
    says.join('; '),
    todo,
    todo === null ? 'ok' : 'warning',
    0,
  ]);
});

test.each([
  ['nothing', {}, 'no'],
  ['signed commits', { signatures: true }, 'no'],
  ['a pull request', { reviews: 0 }, 'yes'],
  ['the merge queue', { queue: true }, 'yes'],
  ['checks', { checks: true }, 'yes'],
  ['a place on a bypass list', { isClosed: true }, 'yes'],
  ['a branch protection', { isProtected: true }, 'unknown'],
  ['a branch protection and a rule', { isProtected: true, checks: true }, 'yes'],
] as const)('a branch that asks for %s', (_, rules, refuses) => {
  expect(refusesPush({ ...noRules, ...rules })).toBe(refuses);
});
