import { isForge } from '../release/forge.ts';
import type { AskedFor, ReleaseRecord } from '../release/record.ts';
import { isVoteNeed, type Need, type VoteNeed } from '../release/verdict.ts';
import { type Asked, type ForgeEvidence, type ForgeWay, known, names, unknown } from '../release/vote.ts';
import { type Asker, askerOf, type Pulls, unknownBy } from './forge-answers.ts';
import { membersOf } from './forge-groups.ts';
import { mergersOf, pullRequests, writersOf } from './forge-pulls.ts';
import { type Found, noVotes, votesByComment, votesByPromotion } from './forge-votes.ts';
import type { Work } from './work.ts';

/**
 * What the forge says about the release that is asked for: the approvals there, the members of groups, and who wrote the
 * release. Null when no gate needs it. `anew`: everything that may change is asked in this turn, because a write depends on
 * it. What can't be learned is `unknown`, so a forge that is away opens no gate, and nothing is lost.
 */
export async function forgeEvidence(
  work: Work,
  record: ReleaseRecord,
  needs: readonly Need[],
  how: 'known' | 'anew',
): Promise<ForgeEvidence | null> {
  const { release } = record;
  const wanted = needs.filter(isVoteNeed);
  if (release === null || wanted.length === 0) return null;
  const { context } = work;
  const forge = await context.forge();
  if (!isForge(forge)) return nothingKnown(context.clock.now(), wanted, forge.missing);

  const asker = askerOf(context, forge, how);
  const { ways, voters, pulls, groups } = await involved(work, asker, { wanted, release, record });
  const isNamed = (person: string) => voters.some(({ from }) => from.length === 0 || names(from, person, groups));
  const found = await votesIn(work, asker, { pulls, release, ways, isNamed });
  const newest = pulls.is === 'known' ? (pulls.value.merged[0] ?? null) : null;
  return {
    observedAt: asker.oldest(),
    votes: found.is === 'known' ? known(found.value.votes) : found,
    uncounted: found.is === 'known' ? found.value.uncounted : [],
    groups,
    authors: writersOf(pulls),
    mergers: mergersOf(pulls),
    pullRequest: newest === null ? null : { number: newest.number, url: newest.url },
    promotions: found.is === 'known' ? found.value.promotions : [],
  };
}

/**
 * What the forge says about a commit before its release is requested: the members of groups, and who wrote and merged it. Approvals are
 * not asked for. Null when `needs` asks for none of that.
 */
export async function evidenceOnCommit(
  work: Work,
  record: ReleaseRecord,
  needs: readonly Need[],
  commit: string,
): Promise<ForgeEvidence | null> {
  const { context } = work;
  const wanted = needs.filter(isVoteNeed).filter(({ is }) => is !== 'votes');
  if (wanted.length === 0) return null;
  const forge = await context.forge();
  if (!isForge(forge)) return nothingKnown(context.clock.now(), wanted, forge.missing);
  const asker = askerOf(context, forge, 'anew');
  const { pulls, groups } = await involved(work, asker, { wanted, release: { commit }, record });
  const none = nothingKnown(asker.oldest(), [], 'approvals are of a release that was asked for');
  return { ...none, groups, authors: writersOf(pulls), mergers: mergersOf(pulls) };
}

/** Reads the pull requests and groups that `wanted` names. `voters` and `ways`: the needs that are votes, and how these may be given. */
async function involved(
  work: Work,
  asker: Asker,
  {
    wanted,
    release,
    record,
  }: {
    readonly wanted: readonly VoteNeed[];
    readonly release: Pick<AskedFor, 'commit'>;
    readonly record: ReleaseRecord;
  },
) {
  const voters = wanted.flatMap((need) => (need.is === 'votes' ? [need] : []));
  const teams = teamsIn(wanted);
  const ways = new Set(voters.flatMap((need) => need.ways));
  const needsPulls = ways.has('comment') || wanted.some(({ is }) => is === 'authors');
  const [pulls, groups] = await Promise.all([
    needsPulls ? pullRequests(work, asker, release, record) : known(noPulls),
    Promise.all(teams.map(async (name) => [name, await membersOf(work, asker, name, release)] as const)),
  ]);
  return { ways, voters, pulls, groups: new Map(groups) };
}

const noPulls: Pulls = { merged: [], direct: [] };

function teamsIn(needs: readonly VoteNeed[]): readonly string[] {
  return needs.flatMap((need) => (need.is === 'group' ? [need.name] : []));
}

function nothingKnown(now: Date, needs: readonly VoteNeed[], missing: string): ForgeEvidence {
  const why = unknown(missing);
  return {
    observedAt: now,
    votes: why,
    uncounted: [],
    groups: new Map(teamsIn(needs).map((name) => [name, why])),
    authors: why,
    mergers: why,
    pullRequest: null,
    promotions: [],
  };
}

/** The approvals in all the ways that the gates name. */
async function votesIn(
  work: Work,
  asker: Asker,
  {
    pulls,
    release,
    ways,
    isNamed,
  }: {
    readonly pulls: Asked<Pulls>;
    readonly release: AskedFor;
    readonly ways: ReadonlySet<ForgeWay>;
    readonly isNamed: (person: string) => boolean;
  },
): Promise<Asked<Found>> {
  const byPromotion = ways.has('review') || ways.has('merge');
  const found = await Promise.all([
    ways.has('comment') ? votesByComment(work, asker, { pulls, release, isNamed }) : known(noVotes),
    byPromotion ? votesByPromotion(work, asker, { release, isNamed }).catch(unknownBy) : known(noVotes),
  ]);
  const all: Found[] = [];
  for (const one of found) {
    if (one.is === 'unknown') return one;
    all.push(one.value);
  }
  return known({
    votes: all.flatMap(({ votes }) => votes),
    uncounted: all.flatMap(({ uncounted }) => uncounted),
    promotions: all.flatMap(({ promotions }) => promotions),
  });
}
