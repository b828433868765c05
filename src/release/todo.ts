import { formatCommand } from './comment-command.ts';
import { blockedIn, canRollBack, type Situation, type Wait } from './decision.ts';
import { placeName, placeTitle } from './delivery.ts';
import { judgeDone, judgeStart, judgeStep, resumeWords } from './gate.ts';
import { deliveryHold, holdOn, type ReleaseRecord, type Rollback, rollbackUnderWay, stableOf } from './record.ts';
import type { ApprovalReport } from './report.ts';
import type { Verdict } from './verdict.ts';
import { type ForgeWay, isForgeWay, type Way, ways } from './vote.ts';
import { contentId } from './whole.ts';

/** The next gates of the release and their place: the start, the present step, or the end. */
export function gatesAhead(
  situation: Situation,
): { readonly place: number; readonly verdicts: readonly Verdict[] } | null {
  const { delivery, record, observation } = situation;
  const { release } = record;
  const { engine, workload } = observation;
  if (release === null) return null;
  // The engine may still wait at a step of the previous release.
  if (workload?.id !== release.id) return { place: 0, verdicts: judgeStart(situation) };
  if (engine.at === 'waiting') return { place: engine.step, verdicts: judgeStep(situation, engine.step) };
  if (engine.at === 'idle' && stableOf(record)?.id !== release.id)
    return { place: delivery.steps.length + 1, verdicts: judgeDone(situation) };
  return null;
}

/** The approval by a person that is missing; null when none is, and while a hold or a rollback makes it useless. */
export function missingApproval(situation: Situation, { state }: Wait): ApprovalReport | null {
  if (state === 'held' || rollbackUnderWay(situation.record) !== null) return null;
  const ahead = gatesAhead(situation);
  const shut: { readonly missing: readonly string[]; readonly ways: readonly Way[] }[] = [];
  for (const verdict of ahead?.verdicts ?? []) {
    if ('opener' in verdict && 'ways' in verdict.opener)
      shut.push({ missing: verdict.missing, ways: verdict.opener.ways });
  }
  if (ahead === null || shut.length === 0) return null;
  // One act has to do for every gate that is shut.
  const common = ways.filter((way) => shut.every((one) => one.ways.includes(way)));
  return {
    step: placeTitle(situation.delivery, ahead.place),
    missing: [...new Set(shut.flatMap(({ missing }) => missing))],
    ways: common,
    pullRequest: pullRequestFor(situation, ahead.place, common),
  };
}

/** The pull request where an approval of a place is given. */
function pullRequestFor(
  { evidence: { forge } }: Situation,
  place: number,
  by: readonly Way[],
): ApprovalReport['pullRequest'] {
  if (by.includes('comment')) return forge?.pullRequest ?? null;
  if (!by.some(isForgeWay)) return null;
  const open = forge?.promotions.find((one) => one.place === place);
  return open === undefined ? null : { number: open.number, url: open.url };
}

/** The command that a person should run next, or the comment to write; null when there is none. */
export function todo(situation: Situation, wait: Wait): string | null {
  const { delivery, record } = situation;
  const to = `--delivery ${delivery.name}`;
  // Where there is nothing to go back to, only a better version helps.
  const back = canRollBack(record) ? `stepgate rollback ${to}` : `stepgate deploy ${to}`;
  switch (wait.code) {
    case 'GATE_SHUT':
    case 'START_GATE_SHUT':
    case 'DONE_GATE_SHUT':
    case 'FROZEN': {
      const ahead = gatesAhead(situation);
      const openers = (ahead?.verdicts ?? []).flatMap((verdict) => ('opener' in verdict ? [verdict.opener] : []));
      const promotes = openers.flatMap((one) => (one.by === 'promote' ? [one.ways] : []));
      if (ahead !== null && promotes.length > 0) {
        const release = record.release?.id ?? '';
        if (promotes.some((given) => given.includes('command')))
          return `stepgate promote ${to} --release ${release} --step ${placeName(delivery, ahead.place)}`;
        // What is left takes a reviewer of an environment: a command alone would not count.
        const atPullRequest = promotes.flatMap((given) => given.filter(isForgeWay));
        if (atPullRequest.length > 0) return atForge(situation, ahead.place, atPullRequest);
        const meant = `${delivery.name} ${release} ${placeTitle(delivery, ahead.place)}`;
        return `start the workflow with the protected environment for ${meant}`;
      }
      for (const opener of openers) if (opener.by === 'thaw') return opener.run;
      const forge = openers.find((one) => one.by === 'forge');
      if (ahead !== null && forge !== undefined) return atForge(situation, ahead.place, forge.ways);
      // No command opens the remaining gates. Another delivery has to be checked; the rest is done by a later tick.
      const other = openers.find((one) => one.by === 'delivery');
      return other === undefined ? `stepgate tick ${to}` : `stepgate status --delivery ${other.name}`;
    }
    case 'HELD': {
      const hold = record.release === null ? deliveryHold(record) : holdOn(record, record.release);
      return hold === null ? null : `${resumeWords(hold)} ${to}`;
    }
    // `resume` alone would be followed by the same hold.
    case 'ROLLBACKS_STOPPED':
      return `stepgate rollback ${to}`;
    case 'ROLLBACK_BARRED':
      return `stepgate rollback --past ${to}`;
    case 'SHORTAGE':
      return `stepgate tick ${to}`;
    case 'METRIC_FAILED':
    case 'PODS_NOT_READY':
    case 'STUCK':
    case 'POD_NOT_STARTING':
    case 'FOREIGN_RELEASE':
    case 'SUPERSEDE_REFUSED':
    case 'UNGATED':
    case 'NOT_RENDERED':
      return back;
    // A deploy of the live release writes its steps. A release that has not started can't: the live release has to end first.
    case 'PLAN_DIFFERS': {
      const { release } = record;
      const isLive = release !== null && situation.observation.workload?.id === release.id;
      return isLive ? `stepgate deploy ${to} --at ${release.commit}` : back;
    }
    case 'BLOCKED':
      return wayOutOf(situation) ?? back;
    case 'WORKLOAD_MISSING':
      return record.release === null || rollbackUnderWay(record) !== null
        ? null
        : `stepgate promote ${to} --release ${record.release.id} --step ${placeName(delivery, 0)} --force`;
    case 'SUPERSEDED':
      return `stepgate status ${to}`;
    case 'ROLLED_BACK_GIT_TODO':
      return todoInGit(record, to);
    case 'ROLLING_BACK':
    case 'REVERT_NOT_RECOGNISED':
    case 'PAUSES_LEFT':
    case 'WAITING_FOR_WINDOW':
      return `stepgate tick ${to}`;
    case 'WEDGED':
      return stableOf(record) === null ? `stepgate deploy ${to}` : `stepgate tick ${to}`;
    case 'LIVE_COMMIT_UNKNOWN':
    case 'ABSENT':
      return `stepgate deploy ${to}`;
    case 'GATE_TRIED':
    case 'OFFLINE':
    case 'RETIRED':
    case 'STARTING':
    case 'UPGRADING':
    case 'FINISHING':
    case 'DELIVERED':
    case 'FIRST_DEPLOY':
    case 'PAUSED':
    case 'ROLLED_BACK':
    case 'DISABLED':
    case 'LOST_APPROVAL':
    case 'TRAFFIC_TARGET_MISSING':
      return null;
  }
}

/** What a person does at the forge, so that a later tick goes on. */
function atForge(
  { delivery, record, evidence: { forge } }: Situation,
  place: number,
  ways: readonly ForgeWay[],
): string {
  if (!ways.includes('comment')) {
    const open = forge?.promotions.find((one) => one.place === place);
    return `${ways.join(' or ')} ${open === undefined ? 'its promotion pull request' : open.url}`;
  }
  const line = formatCommand({
    is: 'promote',
    delivery: delivery.name,
    release: record.release?.id ?? '',
    step: placeTitle(delivery, place),
  });
  const pull = forge?.pullRequest ?? null;
  return pull === null ? `comment on its pull request: ${line}` : `comment on ${pull.url}: ${line}`;
}

function todoInGit({ rollback, proposed }: ReleaseRecord, to: string): string {
  if (rollback === null) return `stepgate tick ${to}`;
  switch (undecidedCode(rollback)) {
    case 'GIT_AHEAD':
      return `stepgate resume ${to} --release ${contentId(rollback.from)}`;
    case 'REVERT_TOUCHES_OTHERS':
    case 'SIBLING_RUNS_IT':
      return `stepgate rollback ${to} --also`;
    case 'REVERT_PROPOSED':
      return proposed === undefined ? `stepgate tick ${to}` : `merge ${proposed.url}`;
    case 'REVERT_CLOSED':
      return proposed === undefined ? `stepgate tick ${to}` : `reopen ${proposed.url}`;
    case null:
      return `stepgate tick ${to}`;
  }
}

/** Reasons for which a revert does not reach the branch until a person decides. */
const undecided = [
  'GIT_AHEAD',
  'REVERT_TOUCHES_OTHERS',
  'SIBLING_RUNS_IT',
  'REVERT_PROPOSED',
  'REVERT_CLOSED',
] as const;

/** The reason of `undecided` that applies to a rollback; null when none does. */
export function undecidedCode({ troubleCode }: Rollback): (typeof undecided)[number] | null {
  return undecided.find((code) => code === troubleCode) ?? null;
}

/** The command that unblocks a release. Null when that would release a template to every pod which is not known to be stable's. */
function wayOutOf(situation: Situation): string | null {
  const { record, observation } = situation;
  const blocked = blockedIn(situation);
  if (blocked === null || blocked.releasesAll !== true) return blocked?.run ?? null;
  const { workload } = observation;
  const to = rollbackUnderWay(record)?.to;
  const isBack = workload !== null && workload.id === to?.id && workload.template === to.template;
  return isBack ? blocked.run : null;
}
