import { isLiveTemplate } from '../release/as-written.ts';
import { type Applies, applies } from '../release/changes/applies.ts';
import { takenOver, tooFarWords } from '../release/decision.ts';
import { environmentError, refusal } from '../release/error.ts';
import { resumeWords } from '../release/gate.ts';
import { holdOn, type ReleaseRecord } from '../release/record.ts';
import { nextId, refuseDuringRollback } from '../release/rollback-request.ts';
import { type Rendered, withWritten, writtenOf } from '../release/target.ts';
import { carriesBad } from './branch-state.ts';
import { containsAfterFetch, obtain } from './commits.ts';
import { keepsToFirstStep } from './situation.ts';
import { renderAt, sourcePaths } from './source.ts';
import type { Observed, Work } from './work.ts';

/** What a deploy of a commit would do. */
export type PlannedRelease =
  /** The wanted template is live or already requested. `rendered` has the id under which it is live. */
  | { readonly is: 'same'; readonly rendered: Rendered; readonly template: string }
  | { readonly is: 'first'; readonly rendered: Rendered; readonly template: string }
  /** The workload was not released by stepgate and already has the wanted template: it is adopted unchanged. */
  | { readonly is: 'adopt'; readonly rendered: Rendered; readonly template: string }
  | {
      readonly is: 'release';
      readonly rendered: Rendered;
      readonly template: string;
      readonly supersedes: string | null;
    };

/**
 * Finds out by a server-side dry-run what a deploy of a commit would do. Throws a refusal when the deploy must not
 * happen: because of a hold, an older commit, an unknown live commit, or the state of the engine. Writes nothing.
 */
export async function planRelease(
  work: Work,
  observed: Observed,
  commit: string,
  liveRef: string | null,
): Promise<PlannedRelease> {
  // A deploy uses today's plan, even when the release under way has another one.
  const { today: delivery, context, target } = work;
  const { record, observation, written: live } = observed;
  const first = await renderAt(context, delivery, commit, 1);
  const wanted = first.release;
  refuseDuringRollback(delivery, record, 'stepgate tick finishes it; deploy after that');
  const hold = holdOn(record, wanted);
  if (hold !== null) {
    throw refusal(
      'HELD',
      hold.digest === null
        ? `${delivery.name}: the delivery is held by ${hold.by}: ${hold.reason}`
        : `${delivery.name}: this template (${wanted.digest.slice(0, 8)}) is held by ${hold.by}: ${hold.reason}`,
      `${hold.digest === null ? '' : 'deploy another commit, or '}lift the hold: ${resumeWords(hold)} --delivery ${delivery.name}`,
    );
  }
  await refuseBadInside(work, record, commit);
  const templateAfter = async (rendered: Rendered) => {
    const answer = await work.writer.dryRun(writtenOf(rendered), { manager: target.managers.apply, takes: [] });
    return target.templateHash(delivery, answer);
  };
  if (live === null) refuseMadeByOthers(work, observed);
  // A carrier of which nothing was made yet is no release.
  const isEmpty = target.carrier !== null && observation.workload === null && record.release === null;
  if (live === null || isEmpty) {
    return { is: 'first', rendered: first, template: await templateAfter(first) };
  }
  // A requested release whose template was written and is no longer live needs a new id: somebody has changed the
  // template since.
  const { release } = record;
  const written =
    release !== null && (release.id === observation.workload?.id || takenOver(record, release, observation.workload));
  const again = isPending(record, wanted) && !written ? record.release : null;
  const id = again?.id ?? nextId(record, wanted, observation.workload?.id ?? null);
  const rendered = id === wanted.id ? first : await renderAt(context, delivery, commit, attemptIn(id));
  const template = await templateAfter(rendered);
  const isLive = isLiveTemplate(observed, template);
  if (record.release === null) {
    if (isLive) return { is: 'adopt', rendered, template };
    if (observation.engine.at !== 'idle' && observation.engine.at !== 'absent') {
      throw refusal(
        'FOREIGN_RELEASE',
        `${delivery.name}: a release is under way that stepgate did not start`,
        'finish it or roll it back by hand first',
      );
    }
    if (liveRef === null) {
      throw refusal(
        'LIVE_COMMIT_UNKNOWN',
        `${delivery.name}: the commit of the live version is unknown, so a rollback would have no release to go back to`,
        'name the commit that is live: deploy --live REF',
      );
    }
    return { is: 'release', rendered, template, supersedes: null };
  }
  if (isLive && observation.workload !== null) {
    const liveId = observation.workload.id ?? id;
    // A later commit with the same template keeps the live id: there is nothing to release (E31).
    const named = target.named(writtenOf(rendered), liveId, live);
    return { is: 'same', rendered: withWritten(rendered, named), template };
  }
  if (again !== null) return { is: 'same', rendered, template };
  await refuseGoingBack(work, observed, commit, liveRef);
  refuseUntimely(work, observed, target.planDifferences(rendered.rollout, observed.rollout ?? rendered.rollout));
  const running = observation.engine.at !== 'idle' ? record.release.id : null;
  return { is: 'release', rendered, template, supersedes: running };
}

/** A controller does not take over a workload that nobody made it of. */
function refuseMadeByOthers({ delivery, target }: Work, { workload }: Observed): void {
  if (target.carrier === null || workload === null) return;
  const { kind, name } = delivery.workload;
  throw refusal(
    'FOREIGN_OBJECT',
    `${delivery.name}: ${kind}/${name} is there, and no ${target.carrier.kind.kind} of the namespace makes it`,
    'give the component another name, or remove the workload that is there',
  );
}

/** Everything that a deploy applies. What the deploy would do is the reason for the apply of the workload. */
export function appliesOf({ target }: Work, asked: PlannedRelease): Applies {
  return applies(target, asked.rendered, workloadWhy(asked));
}

function workloadWhy(asked: PlannedRelease): string {
  const { id } = asked.rendered.release;
  switch (asked.is) {
    case 'same':
      return 'differs outside the pod template, so nothing is released';
    case 'adopt':
      return `already has this template: adopted as ${id}`;
    case 'first':
      return `first deploy as ${id}, which is not progressive`;
    case 'release':
      return asked.supersedes === null
        ? `starts release ${id}`
        : `starts release ${id}, which supersedes ${asked.supersedes}`;
  }
}

/** The commit that a person names as live, when the commit in the record can't be fetched any more. */
async function liveBy(work: Work, observed: Observed, asked: string, liveRef: string | null): Promise<string> {
  if (liveRef !== null) return (await provedLive(work, observed, liveRef)).commit;
  throw refusal(
    'LIVE_COMMIT_UNKNOWN',
    `${work.delivery.name}: the live commit ${asked.slice(0, 10)} is no longer in this clone or on the remote, so stepgate can't tell whether this commit is newer`,
    'name a commit that renders the live template: deploy --live REF',
  );
}

/** Whether the wanted release is the last requested one and not delivered yet, so that it is requested again. */
function isPending(record: ReleaseRecord, wanted: { readonly commit: string; readonly digest: string }): boolean {
  const { release } = record;
  return (
    release !== null &&
    release.commit === wanted.commit &&
    release.digest === wanted.digest &&
    record.history[0]?.id !== release.id
  );
}

function attemptIn(id: string): number {
  const found = /-(\d+)$/.exec(id.replace(/^[0-9a-f]{10}-[0-9a-f]{8}/, ''));
  return found?.[1] === undefined ? 1 : Number(found[1]);
}

/**
 * Throws BAD_RELEASE_INSIDE when a commit contains a release that was rolled back, and the revert is not on the branch.
 * Such a commit is as bad as that release, whatever it adds.
 */
async function refuseBadInside({ context, delivery }: Work, record: ReleaseRecord, commit: string): Promise<void> {
  for (const { bad, to, by, reason } of withoutRevert(record)) {
    const found = await carriesBad(context.repo, {
      bad,
      to,
      commit,
      pathsOf: () => sourcePaths(context, delivery, [to, commit]),
    });
    if (found === null) continue;
    throw refusal(
      'BAD_RELEASE_INSIDE',
      `${delivery.name}: ${commit.slice(0, 10)} contains ${found.id}, which ${by} rolled back, and its revert is not on the branch: ${reason}`,
      `let stepgate tick push the revert, or revert it yourself; if newer commits have fixed it: stepgate resume --delivery ${delivery.name} --release ${found.id}`,
    );
  }
}

/** The releases of the open and of earlier rollbacks that have no revert on the branch. */
function withoutRevert({ rollback, holds }: ReleaseRecord) {
  const open = rollback !== null && rollback.git === 'todo' ? [{ ...rollback, to: rollback.to.commit }] : [];
  const before = holds.flatMap(({ digest, release, unreverted, by, reason }) => {
    if (digest === null || unreverted === undefined) return [];
    const { commit, to } = unreverted;
    return [{ bad: [{ id: release ?? digest, commit, digest }], to, by, reason }];
  });
  return [...open, ...before];
}

/** Throws WOULD_GO_BACK when a commit is older than what was asked for last, and GIT_SHALLOW when that can't be told. */
export async function refuseGoingBack(
  work: Work,
  observed: Observed,
  commit: string,
  liveRef: string | null,
): Promise<void> {
  const { context, delivery } = work;
  const asked = observed.record.release?.commit;
  if (asked === undefined || asked === commit) return;
  const live = (await obtain(work, asked)) ? asked : await liveBy(work, observed, asked, liveRef);
  const back = await containsAfterFetch(context.repo, live, commit);
  if (back === 'unknown') {
    throw environmentError(
      'GIT_SHALLOW',
      `${delivery.name}: this clone is too shallow to tell whether ${commit.slice(0, 10)} is older than the live ${live.slice(0, 10)}`,
      { hint: 'check out with fetch-depth: 0' },
    );
  }
  if (back) {
    throw refusal(
      'WOULD_GO_BACK',
      `${delivery.name}: ${commit.slice(0, 10)} is an ancestor of the live ${live.slice(0, 10)}`,
      'to go back: stepgate rollback; to release old content: revert in Git',
    );
  }
}

function refuseUntimely(
  { today: delivery, target }: Work,
  { observation, record }: Observed,
  planDiffers: readonly string[],
): void {
  const { engine } = observation;
  const running =
    engine.at === 'waiting' ||
    engine.at === 'moving' ||
    engine.at === 'starting' ||
    engine.at === 'frozen' ||
    engine.at === 'refusing';
  if (!running) return;
  if (!target.takesThird(delivery)) {
    throw refusal(
      'SUPERSEDE_REFUSED',
      `${delivery.name}: ${delivery.style} accepts no other version while ${record.release?.id ?? 'a release'} is under way`,
      'finish it or run stepgate rollback, then deploy',
    );
  }
  if (!keepsToFirstStep(target, delivery, observation)) {
    const step = 'step' in engine ? engine.step : 0;
    throw refusal(
      'SUPERSEDE_REFUSED',
      `${delivery.name}: ${tooFarWords(delivery.workload.kind, step)}`,
      'finish the release under way or run stepgate rollback, then deploy',
    );
  }
  if (planDiffers.length > 0) {
    throw refusal(
      'PLAN_DIFFERS',
      `${delivery.name}: the plan changed while a release is under way: ${planDiffers.join('; ')}`,
      'finish the release or roll it back first; the new plan applies to the next release',
    );
  }
}

/** The release of a ref, when a dry-run shows that its template is live. Throws LIVE_COMMIT_UNKNOWN. */
export async function provedLive(work: Work, observed: Observed, liveRef: string) {
  const { context, target, delivery } = work;
  const commit = await context.repo.resolve(liveRef);
  const rendered = await renderAt(context, delivery, commit, 1);
  const answer = await work.writer.dryRun(writtenOf(rendered), { manager: target.managers.apply, takes: [] });
  if (target.templateHash(delivery, answer) !== observed.observation.workload?.template) {
    throw refusal(
      'LIVE_COMMIT_UNKNOWN',
      `${delivery.name}: ${liveRef} (${commit.slice(0, 10)}) does not render the live template`,
      'name the commit whose template is live: stepgate plan --at REF shows the difference',
    );
  }
  return rendered.release;
}
