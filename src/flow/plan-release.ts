import { type Applies, applies } from '../release/changes/applies.ts';
import { environmentError, refusal } from '../release/error.ts';
import { resumeWords } from '../release/gate.ts';
import { holdOn, type ReleaseRecord } from '../release/record.ts';
import { nextId } from '../release/rollback-request.ts';
import type { Rendered } from '../release/target.ts';
import { carriesBad } from './branch-state.ts';
import { containsAfterFetch, obtain } from './commits.ts';
import { renderAt, sourcePaths } from './source.ts';
import type { Observed, Work } from './work.ts';

/** What a deploy comes to, before anything is written. */
export type PlannedRelease =
  /** The wanted template is live or already asked for; `rendered` carries the id it is live under. */
  | { readonly is: 'same'; readonly rendered: Rendered; readonly template: string }
  | { readonly is: 'first'; readonly rendered: Rendered; readonly template: string }
  /** The workload runs, was never ours, and has the wanted template: it is taken on as it is. */
  | { readonly is: 'adopt'; readonly rendered: Rendered; readonly template: string }
  | {
      readonly is: 'release';
      readonly rendered: Rendered;
      readonly template: string;
      readonly supersedes: string | null;
    };

/**
 * Works out what deploying a commit means here, from a server-side dry-run. Throws a refusal where it must
 * not happen: held, going back, unknown, or not in this state of the engine. Writes nothing.
 */
export async function planRelease(
  work: Work,
  observed: Observed,
  commit: string,
  liveRef: string | null,
): Promise<PlannedRelease> {
  // What is deployed goes by today's plan, whatever the release that runs goes by.
  const { today: delivery, context, target } = work;
  const { record, observation, workload } = observed;
  const first = await renderAt(context, delivery, commit, 1);
  const wanted = first.release;
  if (record.rollback !== null && record.rollback.cluster !== 'done') {
    throw refusal(
      'ROLLBACK_UNDER_WAY',
      `${delivery.name}: ${record.rollback.from.id} is being rolled back`,
      'stepgate tick finishes it; deploy then',
    );
  }
  const hold = holdOn(record, wanted.digest);
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
  if (workload === null) {
    const answer = await work.writer.dryRun(first.workload, target.managers.apply);
    return { is: 'first', rendered: first, template: target.templateHash(answer) };
  }
  // Written already, and not live any more: somebody changed it since, and it takes a new attempt to be where Git says.
  const written = record.release !== null && record.release.id === observation.workload?.id;
  const again = isPending(record, wanted) && !written ? record.release : null;
  const id = again?.id ?? nextId(record, wanted, observation.workload?.id ?? null);
  const rendered = id === wanted.id ? first : await renderAt(context, delivery, commit, attemptIn(id));
  const answer = await work.writer.dryRun(rendered.workload, target.managers.apply);
  const template = target.templateHash(answer);
  const isLive = template === observation.workload?.template;
  if (record.release === null) {
    if (isLive) return { is: 'adopt', rendered, template };
    if (observation.engine.at !== 'idle' && observation.engine.at !== 'absent') {
      throw refusal(
        'FOREIGN_RELEASE',
        `${delivery.name}: a release runs that stepgate did not start`,
        'finish it or roll it back by hand first',
      );
    }
    if (liveRef === null) {
      throw refusal(
        'LIVE_COMMIT_UNKNOWN',
        `${delivery.name} runs, but not from a commit that stepgate knows: there would be nothing to roll back to`,
        'say which commit is live: deploy --live REF',
      );
    }
    return { is: 'release', rendered, template, supersedes: null };
  }
  if (isLive && observation.workload !== null) {
    const live = observation.workload.id ?? id;
    // A later commit with the same template keeps the live id: there is nothing to release (E31).
    return { is: 'same', rendered: { ...rendered, workload: target.named(rendered.workload, live) }, template };
  }
  if (again !== null) return { is: 'same', rendered, template };
  await refuseGoingBack(work, observed, commit, liveRef);
  refuseUntimely(work, observed, target.planDifferences(rendered.rollout, observed.rollout ?? rendered.rollout));
  const running = observation.engine.at !== 'idle' ? record.release.id : null;
  return { is: 'release', rendered, template, supersedes: running };
}

/** Everything that a deploy applies, with what it comes to as the reason for the workload. */
export function appliesOf({ target }: Work, asked: PlannedRelease): Applies {
  return applies(target, asked.rendered, workloadWhy(asked));
}

function workloadWhy(asked: PlannedRelease): string {
  const { id } = asked.rendered.release;
  switch (asked.is) {
    case 'same':
      return 'differs outside the pod template: releases nothing';
    case 'adopt':
      return `already runs this template: taken on as ${id}`;
    case 'first':
      return `first deploy as ${id}: not progressive, there is nothing to go back to`;
    case 'release':
      return asked.supersedes === null
        ? `starts release ${id}`
        : `starts release ${id}, in place of ${asked.supersedes}`;
  }
}

/** The commit that a person says is live, where no clone has the one that the record names any more. */
async function liveBy(work: Work, observed: Observed, asked: string, liveRef: string | null): Promise<string> {
  if (liveRef !== null) return (await provedLive(work, observed, liveRef)).commit;
  throw refusal(
    'LIVE_COMMIT_UNKNOWN',
    `${work.delivery.name}: the live commit ${asked.slice(0, 10)} is in no clone any more, so nothing tells whether this one is newer`,
    'name a commit that renders what runs: deploy --live REF',
  );
}

/** Asked for before, not delivered yet: asking again is the same release. */
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
 * Until the revert of a rolled back release is on the branch, nothing that has that release in it goes out: the same bad
 * image with one more line is as bad.
 */
async function refuseBadInside({ context, delivery }: Work, record: ReleaseRecord, commit: string): Promise<void> {
  for (const { bad, to, by, reason } of leftOnBranch(record)) {
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
      `let stepgate tick push the revert, or revert it yourself; if what is on top of it makes it good: stepgate resume --delivery ${delivery.name} --release ${found.id}`,
    );
  }
}

/** What was rolled back and has no revert on the branch: by the rollback that is open, and by those before it. */
function leftOnBranch({ rollback, holds }: ReleaseRecord) {
  const open = rollback !== null && rollback.git === 'todo' ? [{ ...rollback, to: rollback.to.commit }] : [];
  const before = holds.flatMap(({ digest, release, unreverted, by, reason }) => {
    if (digest === null || unreverted === undefined) return [];
    const { commit, to } = unreverted;
    return [{ bad: [{ id: release ?? digest, commit, digest }], to, by, reason }];
  });
  return [...open, ...before];
}

async function refuseGoingBack(work: Work, observed: Observed, commit: string, liveRef: string | null): Promise<void> {
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
      `${delivery.name}: ${delivery.style} takes no other version while ${record.release?.id ?? 'a release'} runs`,
      'finish it, or stepgate rollback, then deploy',
    );
  }
  if (planDiffers.length > 0) {
    throw refusal(
      'PLAN_DIFFERS',
      `${delivery.name}: the plan changed while a release runs: ${planDiffers.join('; ')}`,
      'finish the release or roll it back first; the new plan counts from the next one',
    );
  }
}

/** The release that a ref stands for, once a dry-run of its rendering has shown that it is what runs. */
export async function provedLive(work: Work, observed: Observed, liveRef: string) {
  const { context, target, delivery } = work;
  const commit = await context.repo.resolve(liveRef);
  const rendered = await renderAt(context, delivery, commit, 1);
  const answer = await work.writer.dryRun(rendered.workload, target.managers.apply);
  if (target.templateHash(answer) !== observed.observation.workload?.template) {
    throw refusal(
      'LIVE_COMMIT_UNKNOWN',
      `${delivery.name}: ${liveRef} (${commit.slice(0, 10)}) does not render what runs`,
      'name the commit whose template is live: stepgate plan --at REF shows the difference',
    );
  }
  return rendered.release;
}
