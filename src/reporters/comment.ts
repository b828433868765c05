import type { DeliveryReport, PullRequestReport, Report } from '../release/report.ts';
import { planSection, releaseSection, supersededSection } from '../views/comment-section.ts';
import type { Section } from '../views/living-comment.ts';
import { worstFirst } from '../views/words.ts';
import type { ForgeRun } from './forge-run.ts';
import { type Change, changeComment, withSection, wouldChange } from './living-comment.ts';
import type { SharedPorts } from './ports.ts';
import type { Reporter, RunFacts, Telling } from './reporter.ts';
import { type Told, toldReleases } from './standing.ts';

/** Requests for one comment: who we are, to read it, to write it, and to read it again. */
const COST = 4;
/** Comments that are read at the same time. */
const READ_AT_ONCE = 10;
/** Pull requests of one release, beside the newest, whose comments are brought to an end. */
const MOST_OLDER = 3;

/** One comment a pull request for all its deliveries. */
export function comment({ runner, forgeRun }: SharedPorts): Reporter {
  return {
    missing: 'the comment of the pull request is not up to date',
    async report(report, facts) {
      const { tells } = facts;
      const told = toldReleases(report, facts);
      const groups = byPullRequest(told);
      const run = tells?.is === 'plan' || groups.length > 0 ? await forgeRun(told) : null;
      if (run === null) return;
      if (tells?.is === 'plan') {
        const left = await commentPlan(run, report, facts, tells);
        if (left !== null) runner.info(`left out: the comment: ${left}`);
        return;
      }
      const left: Told[] = [];
      const older: Told[] = [];
      const written: Told[] = [];
      for (const group of await stale(run, groups, facts)) {
        const isAfforded = run.affords(COST);
        if (isAfforded) await commentReleases(run, group, facts);
        (isAfforded ? written : left).push(...group);
      }
      for (const one of written) if (!(await endOlder(run, one, facts.signal))) older.push(one);
      // A comment is compared by every run. Older ones are not, so the deployment has to remember them for the next run.
      for (const one of [...left, ...older]) if (olderOf(one).length > 0) run.missed(one, 'report');
      run.leftOut('the comment', left);
      run.leftOut('the comments of older pull requests', older);
    },
  };
}

/** Releases that share a comment. */
type Group = readonly [Told, ...Told[]];

/** The releases of each newest pull request. One without a pull request is told by its check alone. */
function byPullRequest(told: readonly Told[]): readonly Group[] {
  const groups = new Map<number, [Told, ...Told[]]>();
  for (const one of told) {
    const [newest] = one.delivery.pullRequests;
    if (newest === undefined) continue;
    const group = groups.get(newest.number);
    if (group === undefined) groups.set(newest.number, [one]);
    else group.push(one);
  }
  return [...groups.values()];
}

/**
 * The groups whose comments may have to be written. The comments are read at the same time, which the forge answers together; a
 * comment that changes is read once more, right before it is written.
 */
async function stale(run: ForgeRun, groups: readonly Group[], facts: RunFacts): Promise<readonly Group[]> {
  if (groups.length < 2) return groups;
  const found: Group[] = [];
  for (let at = 0; at < groups.length; at += READ_AT_ONCE) {
    const some = groups.slice(at, at + READ_AT_ONCE);
    const isStale = run.affords(COST) ? await Promise.all(some.map((group) => isOpen(run, group, facts))) : null;
    found.push(...some.filter((_, index) => isStale?.[index] ?? true));
  }
  return found;
}

async function isOpen(run: ForgeRun, group: Group, facts: RunFacts): Promise<boolean> {
  const [newest] = group[0].delivery.pullRequests;
  if (newest === undefined || group.some(({ delivery }) => delivery.changed)) return true;
  for (const one of group) if (olderOf(one).length > 0 && (await run.mayBeMissed(one, facts.signal))) return true;
  return await wouldChange(run.forge, newest.number, releasesIn(group, facts), facts.signal);
}

async function commentReleases(run: ForgeRun, group: Group, facts: RunFacts): Promise<void> {
  const [newest] = group[0].delivery.pullRequests;
  if (newest !== undefined) await changeComment(run.forge, newest.number, releasesIn(group, facts), facts.signal);
}

function releasesIn(told: readonly Told[], facts: RunFacts): Change {
  return (before) =>
    told.reduce<readonly Section[]>((sections, { delivery, standing }) => {
      const mine = releaseSection(delivery, facts);
      if (mine === null) return sections;
      // A run that followed an older release knows less than the run of the newer one.
      const written = sections.find((one) => one.delivery === mine.delivery);
      if (standing === 'superseded' && (written?.is !== 'release' || written.of !== mine.of)) return sections;
      return withSection(sections, mine);
    }, before);
}

/**
 * Ends the sections of releases that this one was requested in the place of. Writes no new comment. Returns whether it is done:
 * a run that may not send so many requests leaves it to the next one.
 */
async function endOlder(run: ForgeRun, told: Told, signal: AbortSignal): Promise<boolean> {
  const { delivery, release, standing } = told;
  const [newest] = delivery.pullRequests;
  const older = olderOf(told);
  if (newest === undefined || older.length === 0 || standing === 'superseded') return true;
  if (!delivery.changed && !(await run.mayBeMissed(told, signal))) return true;
  for (const { number } of older) {
    if (!run.affords(COST)) return false;
    await changeComment(
      run.forge,
      number,
      (before) =>
        before.map((one) =>
          one.delivery === delivery.name && one.is === 'release' && one.state === 'open' && one.of !== release.id
            ? supersededSection(one, { id: release.id, pullRequest: newest })
            : one,
        ),
      signal,
    );
  }
  return true;
}

/** The older pull requests of a release whose comments are brought to an end. */
function olderOf({ delivery: { pullRequests } }: Told): readonly PullRequestReport[] {
  return pullRequests.slice(1, 1 + MOST_OLDER);
}

/** Comments on the pull request that was planned. Returns why it does not; null when it does. */
async function commentPlan(
  run: ForgeRun,
  { deliveries }: Report,
  facts: RunFacts,
  { pullRequest: number, head }: Extract<Telling, { is: 'plan' }>,
): Promise<string | null> {
  if (!run.affords(COST + 1)) return 'the run has sent too many requests to the forge';
  const found = await run.forge.pullRequest(number, facts.signal);
  if (found?.state !== 'open') return `pull request ${number} is not open`;
  if (found.head.commit !== head) return `pull request ${number} has a newer commit than the one that was planned`;
  const mine = worstFirst(deliveries)
    .filter(isTouched)
    .map((delivery) => planSection(delivery, { ...facts, head }));
  const planned = new Set(deliveries.map(({ name }) => name));
  const change: Change = (before) => {
    const kept = before.filter(
      ({ is, delivery }) => is === 'release' || !planned.has(delivery) || mine.some((one) => one.delivery === delivery),
    );
    return mine.reduce<readonly Section[]>(
      // The pull request was merged and is going out: that says more than a plan.
      (all, one) =>
        all.some(({ is, delivery }) => is === 'release' && delivery === one.delivery) ? all : withSection(all, one),
      kept,
    );
  };
  await changeComment(run.forge, number, change, facts.signal);
  return null;
}

/** Whether the pull request changes the delivery's files; where Git can't tell, whether a deploy would write anything. */
function isTouched({ touched, changes, error }: DeliveryReport): boolean {
  return touched ?? (error !== null || changes.some(({ what }) => what !== 'none'));
}
