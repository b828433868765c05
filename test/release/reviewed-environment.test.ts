import { expect, test } from 'vitest';
import type { ReviewedEnvironment } from '../../src/release/repository-settings.ts';
import {
  type EnvironmentApproval,
  environmentSaid,
  type FoundEnvironment,
  noEnvironmentSaid,
} from '../../src/release/reviewed-environment.ts';

const by = (people: readonly string[], more: Partial<ReviewedEnvironment> = {}): ReviewedEnvironment => ({
  people,
  teams: [],
  preventsSelfReview: false,
  ...more,
});
const approval = (from: readonly string[], more: Partial<EnvironmentApproval> = {}): EnvironmentApproval => ({
  name: 'sre',
  from,
  notAuthor: false,
  ...more,
});
const strict = approval([], { notAuthor: true });
const other = (found: ReviewedEnvironment | null): FoundEnvironment => ({ name: 'other', found });

const asked = 'so nobody is ever asked, and there are no votes for sre';
const quiet = 'nobody is asked, and its runs give no vote';
const self =
  'review it, also runs that they have started themselves: where that is an author of the release, sre gets no vote';
const nobody = 'review it, and none of them is in from of sre: what they let go on gives no vote';

const rows: readonly {
  readonly name: string;
  readonly found: ReviewedEnvironment | null;
  readonly approvals: readonly EnvironmentApproval[];
  /** The other environments; null where some are not known. */
  readonly others?: readonly FoundEnvironment[] | null;
  readonly says: string;
  readonly todo?: RegExp;
}[] = [
  {
    name: 'is not there',
    found: null,
    approvals: [approval([])],
    says: `it is not there, or not for this token, ${asked}`,
    todo: /^give promotion required reviewers under Settings > Environments/,
  },
  {
    name: 'has no reviewers',
    found: by([]),
    approvals: [approval([])],
    says: `it has no required reviewers, ${asked}`,
    todo: /private repositories need GitHub Pro, Team or Enterprise for them$/,
  },
  {
    name: 'has none, and another one has',
    found: by([]),
    approvals: [approval([])],
    others: [other(by(['ada']))],
    says: `it has no required reviewers: ${quiet}`,
  },
  {
    name: 'is not there, and another one is not either',
    found: null,
    approvals: [approval([])],
    others: [other(null)],
    says: `it is not there, or not for this token, ${asked}`,
    todo: /^give promotion/,
  },
  {
    name: 'has none, and what others have is not known',
    found: by([]),
    approvals: [approval([])],
    others: null,
    says: `it has no required reviewers: ${quiet}`,
  },
  { name: 'anybody may review', found: by(['ada']), approvals: [approval([])], says: 'ada review it, for sre' },
  {
    name: 'has reviewers who may approve, however they are written',
    found: by(['Ada', 'cid']),
    approvals: [approval(['@ada', 'bob'])],
    says: 'Ada, cid review it, for sre',
  },
  {
    name: 'has reviewers who may not approve',
    found: by(['cid']),
    approvals: [approval(['ada', 'bob'])],
    says: `cid ${nobody}`,
    todo: /^let the same people be in from and in the required reviewers of promotion/,
  },
  {
    name: 'has them, and another one has those who may',
    found: by(['cid']),
    approvals: [approval(['ada'])],
    others: [other(by(['ada']))],
    says: 'cid review it',
  },
  {
    name: 'serves one approval and not the other',
    found: by(['cid']),
    approvals: [approval(['ada']), approval(['cid'], { name: 'qa' })],
    says: `cid ${nobody}`,
    todo: /^let the same people/,
  },
  {
    name: 'has a team, whose members are not asked',
    found: by([], { teams: ['sre'] }),
    approvals: [approval(['ada'])],
    says: 'the team sre review it, for sre',
  },
  {
    name: 'has people, and the approval a team',
    found: by(['cid']),
    approvals: [approval(['acme/sre'])],
    says: 'cid review it, for sre',
  },
  {
    name: 'lets authors review their own run',
    found: by(['ada']),
    approvals: [strict],
    says: `ada ${self}`,
    todo: /^switch on "Prevent self-review" of promotion/,
  },
  {
    name: 'keeps them from it',
    found: by(['ada'], { preventsSelfReview: true }),
    approvals: [strict],
    says: 'ada review it, for sre',
  },
  {
    name: 'has many reviewers',
    found: by(['a', 'b', 'c', 'd'], { teams: ['x'] }),
    approvals: [approval([])],
    says: 'a, b, c and 2 more review it, for sre',
  },
];

test.each(rows)('an environment: it $name', ({ found, approvals, others = [], says, todo }) => {
  const one = { name: 'promotion', found };
  const said = environmentSaid(one, approvals, others === null ? null : [one, ...others]);
  expect([said.says, said.is, said.exit]).toEqual([says, todo === undefined ? 'ok' : 'warning', 0]);
  if (todo !== undefined) expect(said.todo).toMatch(todo);
});

test('no job with an environment promotes', () => {
  const said = noEnvironmentSaid([approval([]), approval([], { name: 'qa' })]);
  expect([said.is, said.says]).toEqual(['warning', expect.stringMatching(/^votes for sre, qa come from reviewers/)]);
});
