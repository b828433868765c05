import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { count, type Given } from '../../src/gates/approvers.ts';
import type { Approvers } from '../../src/gates/row.ts';
import type { Approval } from '../../src/release/record.ts';
import { type Asked, type ForgeEvidence, known, unknown, type Vote } from '../../src/release/vote.ts';

const now = new Date('2026-11-30T09:00:00Z');
const asked: ForgeEvidence = {
  observedAt: now,
  votes: known([]),
  uncounted: [],
  groups: new Map([['acme/sre', known(['bob', 'cy'])]]),
  authors: known([{ login: 'ada', account: 3 }]),
  mergers: known([{ login: 'bob', account: 103 }]),
  pullRequest: null,
  promotions: [],
};

function approvers(given: Partial<Approvers>): Approvers {
  return { by: ['command', 'comment'], from: [], count: 1, notAuthor: false, notMerger: false, ...given };
}

function command(by: string, more: Partial<Approval> = {}): Approval {
  return { by, at: now.toISOString(), run: null, release: 'r', step: 1, forced: false, plan: 'p', ...more };
}

function comment(by: string, account = by.length): Vote {
  return { way: 'comment', by, account, step: 1, at: now, url: 'https://github.example/c' };
}

interface Row {
  readonly what: string;
  readonly of?: Partial<Approvers>;
  readonly given?: Partial<Given>;
  readonly counted?: readonly string[];
  readonly awaited?: readonly string[];
  readonly notes?: readonly string[];
}

const away: Asked<never> = unknown('the forge is away');

describe('who counts', () => {
  const rows: readonly Row[] = [
    { what: 'nobody yet' },
    { what: 'a command', given: { approvals: [command('ada')] }, counted: ['ada'] },
    { what: 'a comment', given: { votes: [comment('ada')] }, counted: ['ada (comment)'] },
    {
      what: 'one person once, whichever way',
      given: { approvals: [command('Ada')], votes: [comment('ada'), comment('@ADA')] },
      counted: ['Ada'],
    },
    {
      what: 'one account once, whatever its login is by now',
      given: { approvals: [command('ada', { account: 7 })], votes: [comment('ada-l', 7)] },
      counted: ['ada'],
    },
    { what: 'no comment where it is no way', of: { by: ['command'] }, given: { votes: [comment('ada')] } },
    {
      what: 'no command where it is no way',
      of: { by: ['comment'] },
      given: { approvals: [command('ada')], votes: [comment('bob')] },
      counted: ['bob (comment)'],
    },
    {
      what: 'a reviewer of the environment is no command',
      of: { by: ['environment'] },
      given: { approvals: [command('ada'), command('bob', { way: 'environment' })] },
      counted: ['bob (environment)'],
    },
    { what: 'no bot and no look-alike', given: { votes: [comment('ci[bot]'), comment('аda')] } },
    {
      what: 'only those who are named; the others are awaited',
      of: { from: ['ada', 'Bob'] },
      given: { approvals: [command('eve'), command('bob')] },
      counted: ['bob'],
      awaited: ['ada'],
    },
    {
      what: 'the members of a team, which stays awaited',
      of: { from: ['acme/sre'] },
      given: { approvals: [command('cy'), command('ada')] },
      counted: ['cy'],
      awaited: ['acme/sre'],
    },
    {
      what: 'nobody of a team that was not read; those named beside it do',
      of: { from: ['acme/web', 'ada'] },
      given: { approvals: [command('cy'), command('ada')] },
      counted: ['ada'],
      awaited: ['acme/web'],
      notes: ['acme/web is unknown: the forge was not asked'],
    },
    {
      what: 'nobody of a team without a forge',
      of: { from: ['acme/sre'] },
      given: { approvals: [command('cy')], forge: null },
      awaited: ['acme/sre'],
      notes: ['acme/sre is unknown: the forge was not asked'],
    },
    {
      what: 'not who wrote it',
      of: { notAuthor: true },
      given: { approvals: [command('Ada'), command('bob')] },
      counted: ['bob'],
      notes: ['Ada wrote it, so does not count'],
    },
    {
      what: 'not who merged it',
      of: { notMerger: true },
      given: { approvals: [command('bob')] },
      notes: ['bob merged it, so does not count'],
    },
    {
      what: 'nobody, where who wrote it is unknown',
      of: { notAuthor: true },
      given: { approvals: [command('bob')], forge: { ...asked, authors: away } },
      notes: ['nobody counts, because who wrote it is unknown: the forge is away'],
    },
    {
      what: 'not who wrote it under another login',
      of: { notAuthor: true },
      given: { approvals: [command('ada-l', { account: 3 })], votes: [comment('eve', 3)] },
      notes: ['ada-l wrote it, so does not count', 'eve wrote it, so does not count'],
    },
    {
      what: 'nobody of the cluster without an account, where it may have written it',
      of: { notAuthor: true, from: ['kube:ada', 'bob'] },
      given: { approvals: [command('kube:ada'), command('bob')] },
      counted: ['bob'],
      awaited: ['kube:ada'],
      notes: ['whether kube:ada wrote it is unknown, so it does not count: people names no account of it'],
    },
    {
      what: 'a user of the cluster and an account are one, as long as nothing says otherwise',
      of: { count: 2 },
      given: { approvals: [command('kube:ada')], votes: [comment('ada')] },
      counted: ['ada (comment)'],
      notes: [
        'kube:ada does not count beside them: a user of the cluster of whom people names no account may be anybody',
      ],
    },
    {
      what: 'two users of the cluster beside an account are two',
      of: { count: 2 },
      given: { approvals: [command('kube:ada'), command('kube:bob'), command('cy')] },
      counted: ['kube:ada', 'kube:bob'],
      notes: ['cy does not count beside them: a user of the cluster of whom people names no account may be anybody'],
    },
    {
      what: 'a user of the cluster and an account are two where both are named',
      of: { count: 2, from: ['kube:ada', 'bob'] },
      given: { approvals: [command('kube:ada'), command('bob')] },
      counted: ['kube:ada', 'bob'],
    },
    {
      what: 'one person once, whose login and account are told apart by a third approval',
      of: { count: 2 },
      given: { approvals: [command('ada'), command('ada-l', { account: 7 })], votes: [comment('ada', 7)] },
      counted: ['ada'],
    },
    {
      what: 'a command still, where the comments are unknown',
      given: { approvals: [command('bob')], forge: { ...asked, votes: away } },
      counted: ['bob'],
      notes: ['approvals at the forge are unknown: the forge is away'],
    },
  ];
  test.each(rows)('$what', ({ of = {}, given = {}, counted = [], awaited = [], notes = [] }) => {
    const { since, ...tally } = count(approvers(of), { approvals: [], votes: [], forge: asked, ...given });
    expect(tally).toEqual({ counted, awaited, notes });
    expect(since).toEqual(counted.length < (of.count ?? 1) ? null : now);
  });
});

test('by law: what the forge does not tell never adds a person, and no person counts twice', () => {
  const names = fc.constantFrom('ada', 'Ada', 'bob', 'cy', 'eve', 'ci[bot]', '');
  const who = fc.record({
    by: fc.subarray(['command', 'comment', 'environment'] as const, { minLength: 1 }),
    from: fc.subarray(['ada', 'eve', 'acme/sre', 'acme/web']),
    notAuthor: fc.boolean(),
    notMerger: fc.boolean(),
  });
  const given = fc.record({
    approvals: fc.array(fc.record({ by: names, way: fc.constantFrom({}, { way: 'environment' as const }) })),
    votes: fc.array(names),
  });
  const blind: ForgeEvidence = { ...asked, groups: new Map(), authors: away, mergers: away };
  fc.assert(
    fc.property(who, given, (of, { approvals, votes }) => {
      const facts = {
        approvals: approvals.map(({ by, way }) => command(by, way)),
        votes: votes.map((by) => comment(by, 1 + by.toLowerCase().charCodeAt(0))),
      };
      const sees = count(approvers(of), { ...facts, forge: asked }).counted;
      const blindly = count(approvers(of), { ...facts, forge: blind }).counted;
      expect(sees).toEqual(expect.arrayContaining([...blindly]));
      const people = sees.map((one) => one.replace(/ \(.*/, '').toLowerCase());
      expect(new Set(people).size).toBe(people.length);
    }),
  );
});
