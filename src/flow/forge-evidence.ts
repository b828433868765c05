import { codeownersPaths, ownersOf } from '../config/codeowners.ts';
import { login } from '../release/actor.ts';
import { readCommand } from '../release/comment-command.ts';
import { type Delivery, placeNamed } from '../release/delivery.ts';
import { asError } from '../release/error.ts';
import { type Account, atLeast, type Comment, isForge, type PullRequest } from '../release/forge.ts';
import type { Need } from '../release/gate.ts';
import { type AskedFor, type ReleaseRecord, stableOf } from '../release/record.ts';
import {
  type Asked,
  type ForgeEvidence,
  isGroup,
  known,
  names,
  OWNERS,
  type Uncounted,
  unknown,
  type Vote,
} from '../release/vote.ts';
import { type Asker, askerOf, type Pulls } from './forge-answers.ts';
import { sourcePaths } from './source.ts';
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
  const wanted = needs.filter(({ is }) => is !== 'delivered');
  if (release === null || wanted.length === 0) return null;
  const { context } = work;
  const now = context.clock.now();
  const teams = wanted.flatMap((need) => (need.is === 'group' ? [need.name] : []));
  const forge = await context.forge();
  if (!isForge(forge)) {
    const why = unknown(forge.missing);
    return {
      observedAt: now,
      votes: why,
      uncounted: [],
      groups: new Map(teams.map((name) => [name, why])),
      authors: why,
      mergers: why,
      pullRequest: null,
    };
  }
  const asker = askerOf(context, forge, how);
  const voters = wanted.flatMap((need) => (need.is === 'votes' ? [need.from] : []));
  const needsPulls = voters.length > 0 || wanted.some(({ is }) => is === 'authors');
  const [pulls, found] = await Promise.all([
    needsPulls ? pullRequests(work, asker, release, record) : known(noPulls),
    Promise.all(teams.map(async (name) => [name, await membersOf(work, asker, name, release)] as const)),
  ]);
  const groups = new Map(found);
  const votes =
    voters.length === 0
      ? known({ votes: [], uncounted: [] })
      : await votesOf(work, asker, pulls, release, (person) =>
          voters.some((from) => from.length === 0 || names(from, person, groups)),
        );
  const newest = pulls.is === 'known' ? (pulls.value.merged[0] ?? null) : null;
  return {
    observedAt: asker.oldest(),
    votes: votes.is === 'known' ? known(votes.value.votes) : votes,
    uncounted: votes.is === 'known' ? votes.value.uncounted : [],
    groups,
    authors: peopleOf(pulls, ({ author, committers }) => [author, ...committers]),
    mergers: peopleOf(pulls, ({ mergedBy }) => [mergedBy]),
    pullRequest: newest === null ? null : { number: newest.number, url: newest.url },
  };
}

const noPulls: Pulls = { merged: [], direct: [] };

/** The pull requests that were merged between stable and the release and touch the delivery's paths. */
async function pullRequests(
  work: Work,
  asker: Asker,
  { commit }: AskedFor,
  record: ReleaseRecord,
): Promise<Asked<Pulls>> {
  const { context, delivery, policy } = work;
  const { branch } = policy;
  if (branch === null) return unknown('the policy is on no branch of a remote');
  const stable = stableOf(record);
  return asker.pulls(`${delivery.name} ${stable?.commit ?? ''} ${commit}`, async (forge) => {
    const commits = await commitsOf(work, stable?.commit ?? null, commit);
    const found = await forge.pullRequestsOf(commits, branch.branch, context.signal);
    const merged = new Map([...found.values()].flat().map((pull) => [pull.number, pull]));
    const newestFirst = [...merged.values()].sort(
      (one, other) => (other.mergedAt?.getTime() ?? 0) - (one.mergedAt?.getTime() ?? 0),
    );
    return { merged: newestFirst, direct: commits.filter((one) => (found.get(one) ?? []).length === 0) };
  });
}

/** The commits of a release: those since stable that touch its paths; its own commit where there is no stable. */
async function commitsOf({ context, delivery }: Work, from: string | null, to: string): Promise<readonly string[]> {
  const { repo } = context;
  if (from === null || from === to || !(await repo.has(from))) return [to];
  const paths = await sourcePaths(context, delivery, [from, to]);
  const log = await repo.log(from, to, paths);
  return log.length === 0 ? [to] : log.map((one) => one.commit);
}

/** The logins of people in pull requests; unknown when a commit came by none, because nobody says who pushed it. */
function peopleOf(
  pulls: Asked<Pulls>,
  read: (pull: PullRequest) => readonly (Account | null)[],
): Asked<readonly string[]> {
  if (pulls.is === 'unknown') return pulls;
  const { merged, direct } = pulls.value;
  const [first] = direct;
  if (first !== undefined) return unknown(`commit ${first.slice(0, 10)} came by no pull request`);
  return known([...new Set(merged.flatMap(read).flatMap((one) => (one === null ? [] : [login(one.login)])))]);
}

/** The approvals by comment on the newest pull request of the release, of people who are named in a condition. */
async function votesOf(
  { delivery }: Work,
  asker: Asker,
  pulls: Asked<Pulls>,
  release: AskedFor,
  isNamed: (person: string) => boolean,
): Promise<Asked<{ readonly votes: readonly Vote[]; readonly uncounted: readonly Uncounted[] }>> {
  if (pulls.is === 'unknown') return pulls;
  const [newest] = pulls.value.merged;
  if (newest === undefined) return unknown('the release came by no pull request, so there is none to comment on');
  const comments = await asker.comments(newest.number);
  if (comments.is === 'unknown') return comments;
  const meant = comments.value.flatMap((comment) => promotionIn(comment, delivery, release.id) ?? []);
  const votes: Vote[] = [];
  const uncounted: Uncounted[] = [];
  for (const { step, comment, by } of meant) {
    const wrong = whyUncounted(comment, by, release) ?? (isNamed(login(by.login)) ? null : `${by.login} is not named`);
    const right = wrong === null ? await asker.right(by.login) : known('none' as const);
    if (right.is === 'unknown') return right;
    if (wrong !== null) uncounted.push({ by: by.login, url: comment.url, why: wrong });
    else if (atLeast(right.value, 'write'))
      votes.push({ way: 'comment', by: by.login, account: by.id, step, at: comment.at, url: comment.url });
    else uncounted.push({ by: by.login, url: comment.url, why: `${by.login} may not write in this repository` });
  }
  return known({ votes, uncounted });
}

/** Why a comment approves nothing, whoever may approve; null when nothing about it is wrong. */
function whyUncounted(comment: Comment, by: Account, release: AskedFor): string | null {
  if (by.is === 'bot') return 'a bot approves nothing';
  if (comment.isEdited) return 'the comment was edited: write a new one';
  // The forge tells whole seconds. A plan that is taken on later starts the approvals anew.
  const asked = Math.floor(Date.parse(release.at) / 1000) * 1000;
  return comment.at.getTime() < asked ? 'it is older than the plan of this release: write a new one' : null;
}

/** The promotion of this release that a comment means. */
function promotionIn(
  comment: Comment,
  delivery: Delivery,
  release: string,
): { readonly step: number; readonly comment: Comment; readonly by: Account } | null {
  const found = readCommand(comment.body);
  if (found?.is !== 'promote' || comment.author === null) return null;
  if (found.delivery !== delivery.name || found.release !== release) return null;
  const step = placeNamed(delivery, found.step);
  return step === null ? null : { step, comment, by: comment.author };
}

/** The logins of a group's members. */
async function membersOf(work: Work, asker: Asker, name: string, release: AskedFor): Promise<Asked<readonly string[]>> {
  if (name !== OWNERS) return teamOf(asker, name);
  const owners = await ownersAt(work, release).catch((error: unknown) => unknown(asError(error).message));
  if (owners.is === 'unknown') return owners;
  const found = new Set<string>();
  for (const owner of owners.value) {
    const members = isGroup(owner) ? await teamOf(asker, owner) : known([login(owner)]);
    if (members.is === 'unknown') return members;
    for (const one of members.value) found.add(one);
  }
  return known([...found]);
}

async function teamOf(asker: Asker, team: string): Promise<Asked<readonly string[]>> {
  const members = await asker.members(team);
  if (members.is === 'unknown') return members;
  if (members.value === null)
    return unknown("this token may not read it: give the token of an App with 'members: read' as github-token");
  return known(members.value.filter(({ is }) => is === 'person').map((one) => login(one.login)));
}

/** The owners of the delivery's paths, by the file on the policy branch. */
async function ownersAt({ context, policy, delivery }: Work, release: AskedFor): Promise<Asked<readonly string[]>> {
  for (const path of codeownersPaths) {
    const text = await context.repo.read(policy.commit, path);
    if (text !== null) return known(ownersOf(text, await sourcePaths(context, delivery, [release.commit])));
  }
  return unknown(`${policy.ref} has no CODEOWNERS file`);
}
