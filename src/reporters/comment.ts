import type { DeliveryReport, PullRequestReport, Report } from '../release/report.ts';
import { planSection, releaseSection, supersededSection } from '../views/comment-section.ts';
import type { Section } from '../views/living-comment.ts';
import { worstFirst } from '../views/words.ts';
import type { ForgeRun } from './forge-run.ts';
import { type Change, changeComment, withSection } from './living-comment.ts';
import type { SharedPorts } from './ports.ts';
import type { Reporter, RunFacts, Telling } from './reporter.ts';
import { type Told, toldReleases } from './standing.ts';

/** Requests for one comment: who we are, to read it, to write it, and to read it again. */
const COST = 4;
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
      for (const group of groups) {
        if (run.affords(COST)) await commentReleases(run, group, facts);
        else left.push(...group);
      }
      run.leftOut('the comment', left);
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

async function commentReleases(run: ForgeRun, group: Group, facts: RunFacts): Promise<void> {
  const [newest] = group[0].delivery.pullRequests;
  if (newest === undefined) return;
  await changeComment(run.forge, newest.number, releasesIn(group, facts), facts.signal);
  for (const one of group) await endOlder(run, one, newest, facts.signal);
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

/** Ends the sections of releases that this one was requested in the place of. Writes no new comment. */
async function endOlder(
  run: ForgeRun,
  { delivery, release, standing }: Told,
  newest: PullRequestReport,
  signal: AbortSignal,
): Promise<void> {
  if (!delivery.changed || standing === 'superseded') return;
  for (const { number } of delivery.pullRequests.slice(1, 1 + MOST_OLDER)) {
    if (!run.affords(COST)) return;
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
