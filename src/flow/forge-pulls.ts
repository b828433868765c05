import { login } from '../release/actor.ts';
import { type Account, isForge, type PullRequest } from '../release/forge.ts';
import { type ReleaseRecord, stableOf } from '../release/record.ts';
import type { DeliveryReport, ReleaseReport } from '../release/report.ts';
import { revertBranches } from '../release/revert.ts';
import { type Asked, type Involved, known, unknown } from '../release/vote.ts';
import { type Asker, askerOf, type Pulls } from './forge-answers.ts';
import { sourcePaths } from './source.ts';
import { observe, type Work } from './work.ts';

/** The pull requests that were merged between stable and the release and touch the delivery's paths. */
export async function pullRequests(
  work: Work,
  asker: Asker,
  { commit }: Pick<ReleaseReport, 'commit'>,
  record: ReleaseRecord,
): Promise<Asked<Pulls>> {
  const { delivery, policy } = work;
  const { branch } = policy;
  if (branch === null) return unknown('the policy is on no branch of a remote');
  const from = stableOf(record)?.commit ?? null;
  return asker.pulls(`${delivery.name} ${from ?? ''} ${commit}`, () => asked(work, asker, branch.branch, from, commit));
}

async function asked(
  { context, delivery }: Work,
  asker: Asker,
  branch: string,
  from: string | null,
  to: string,
): Promise<Pulls> {
  const { repo } = context;
  const between = from === null || from === to || !(await repo.has(from)) ? null : from;
  const paths = between === null ? [] : await sourcePaths(context, delivery, [between, to]);
  const log = between === null ? [] : (await repo.log(between, to, paths)).map((one) => one.commit);
  const commits = log.length === 0 ? [to] : log;
  const found = await asker.pullRequestsOf(commits, branch);
  const isRevert = ({ head }: PullRequest) => head.isOwn && head.branch.startsWith(revertBranches(delivery.name));
  const direct: string[] = [];
  const merged = new Map<number, PullRequest>();
  for (const one of commits) {
    const pulls = found.get(one) ?? [];
    // A revert by stepgate brings stable's content back: what is older is not in the release any more.
    if (pulls.every(isRevert) && between !== null && (await repo.sameAt(one, between, paths))) break;
    if (pulls.length === 0) direct.push(one);
    for (const pull of pulls) merged.set(pull.number, pull);
  }
  const time = ({ mergedAt }: PullRequest) => mergedAt?.getTime() ?? 0;
  return { merged: [...merged.values()].sort((one, other) => time(other) - time(one)), direct };
}

/**
 * The report with the pull requests of its release, or of the one that was rolled back. They are asked for where something is
 * told at the forge: in a run of a workflow, of a release that is under way or was just written.
 */
export async function withPullRequests(work: Work, report: DeliveryReport): Promise<DeliveryReport> {
  const { context } = work;
  const told = report.rolledBack ?? report.release;
  const rests = report.state === 'done' || report.state === 'idle' || report.state === 'absent';
  if (context.run.by !== 'github' || told === null || (rests && !report.changed)) return report;
  const forge = await context.forge();
  if (!isForge(forge)) return report;
  const found = await pullRequests(work, askerOf(context, forge, 'known'), told, recordBefore(work, told.id));
  if (found.is === 'unknown') {
    context.log(`${report.name}: its pull requests are unknown: ${found.why}`);
    return report;
  }
  return { ...report, pullRequests: found.value.merged.map(({ number, url }) => ({ number, url })) };
}

/** The record as it was before a release was delivered: with the stable that it was released on. */
function recordBefore(work: Work, release: string): ReleaseRecord {
  const { record } = observe(work);
  const { history } = record;
  return history[0]?.id === release ? { ...record, history: history.slice(1) } : record;
}

/** Those who opened the pull requests of a release, or have commits in them. */
export function writersOf(pulls: Asked<Pulls>): Asked<readonly Involved[]> {
  return peopleOf(pulls, ({ author, committers }) => [author, ...committers]);
}

/** Those who merged them. */
export function mergersOf(pulls: Asked<Pulls>): Asked<readonly Involved[]> {
  return peopleOf(pulls, ({ mergedBy }) => [mergedBy]);
}

/** Unknown when a commit came by no pull request, because nobody says who pushed it. */
function peopleOf(
  pulls: Asked<Pulls>,
  read: (pull: PullRequest) => readonly (Account | null)[],
): Asked<readonly Involved[]> {
  if (pulls.is === 'unknown') return pulls;
  const { merged, direct } = pulls.value;
  const [first] = direct;
  if (first !== undefined) return unknown(`commit ${first.slice(0, 10)} came by no pull request`);
  const found = new Map<string, Involved>();
  for (const one of merged.flatMap(read)) {
    if (one !== null) found.set(`${one.id} ${login(one.login)}`, { login: login(one.login), account: one.id });
  }
  return known([...found.values()]);
}
