import { refusal } from '../release/error.ts';
import { parseReleaseId } from '../release/identity.ts';
import { at, same } from '../release/json.ts';
import { planDigest } from '../release/plan-digest.ts';
import type { KubeObject } from '../release/ports.ts';
import { type AskedFor, askedFor } from '../release/record.ts';
import { checkCommit } from './commits.ts';
import { renderAt } from './source.ts';
import { checkRecord, type Seen, there, type Work, writeRecord } from './work.ts';
import { Moved, withVersion } from './write.ts';

/** What the workload reads first, then the Rollout, then the workload, and only behind a gate that was seen. */
export async function start(work: Work, seen: Seen, release: AskedFor, why: string): Promise<void> {
  const { context, delivery, writer, following } = work;
  const { target } = context;
  const { apply, settings } = target.managers;
  await checkCommit(work, release.commit);
  // Until its template is written a release goes by today's plan, and from then on by that one (design 4).
  const plan = planDigest(delivery);
  if (release.plan !== plan) {
    const next = askedFor(seen.record, { ...release, plan, policy: work.policy.commit });
    return writeRecord(work, seen, next, `${release.id} starts under the plan of ${work.policy.ref}`);
  }
  const rendered = await renderAt(context, delivery, release.commit, parseReleaseId(release.id)?.attempt ?? 1);
  if (rendered.release.digest !== release.digest || rendered.release.id !== release.id) {
    throw refusal(
      'RELEASE_CHANGED',
      `${release.commit.slice(0, 10)} now renders to ${rendered.release.id}, ${release.id} was asked for`,
      'deploy again',
    );
  }
  await stillAsked(work, seen);
  const idle = seen.observation.engine.at === 'idle' || seen.observation.engine.at === 'noWorkload';
  for (const object of rendered.before) await writer.apply(object, { manager: apply, why: 'the workload reads it' });
  if (idle) {
    const differs = target.planDifferences(rendered.rollout, there(seen.rollout));
    if (differs.length > 0) {
      following.wrote(await writer.apply(rendered.rollout, { manager: apply, why: `the plan: ${differs.join('; ')}` }));
      throw new Moved('the engine has to see the new plan first');
    }
    for (const object of rendered.idleOnly) await writer.apply(object, { manager: apply, why: 'the engine is idle' });
  }
  if (seen.workload === null) {
    following.wrote(await writer.apply(rendered.workload, { manager: apply, why }));
    return;
  }
  if (idle && rendered.settings !== null) {
    const settled = await writer.rehearse(rendered.settings, settings);
    if (!same(at(settled, 'spec'), at(seen.workload, 'spec'))) {
      following.wrote(
        await writer.apply(rendered.settings, { manager: settings, why: "the user's own rollout settings" }),
      );
      throw new Moved('the workload has a new version');
    }
  }
  await gatedWrite(work, seen, release, rendered.workload, why);
}

/**
 * A second stepgate may have asked for another release: its workload must not be taken for one that is still to start.
 * And somebody may have edited the plan, or opened a pause, which would let the release through unapproved (E1).
 */
async function stillAsked({ context, cluster, delivery, following }: Work, seen: Seen): Promise<void> {
  const fresh = there(await cluster.get(context.target.refs(delivery).rollout, context.signal));
  following.wrote(fresh);
  checkRecord(seen, fresh);
  if (!same(at(fresh, 'spec'), at(seen.rollout, 'spec'))) throw new Moved('somebody has edited the Rollout');
}

/** Right before the write a dry-run must show the gate (design 5.3); the write is bound to the version that showed it. */
async function gatedWrite(work: Work, seen: Seen, release: AskedFor, wanted: KubeObject, why: string): Promise<void> {
  const { context, writer, following } = work;
  const { target } = context;
  const live = there(seen.workload);
  const guarded = withVersion(wanted, live);
  const answer = await writer.rehearse(guarded, target.managers.apply);
  const template = target.templateHash(answer);
  const changes = template !== target.templateHash(live);
  if (changes && !target.wouldGate(answer)) throw wouldNotGate(seen);
  if (template !== release.template) {
    return writeRecord(
      work,
      seen,
      askedFor(seen.record, { ...release, template }),
      'the server fills in other defaults now',
    );
  }
  // Once more, as late as can be: a process may have stood still since.
  await stillAsked(work, seen);
  following.wrote(await writer.apply(guarded, { manager: target.managers.apply, why }));
}

function wouldNotGate({ observation, workload }: Seen) {
  const view = observation.workload;
  const because =
    view === null
      ? 'there is no workload'
      : view.replicas === 0
        ? 'it has no replicas'
        : !view.watched
          ? 'the engine does not watch it yet (no workload-type label)'
          : !view.settled
            ? 'an update of its pods is not finished'
            : 'its webhook did not mark it';
  return refusal(
    'WOULD_NOT_GATE',
    `a dry-run shows that this write would go to every pod at once: ${because}`,
    `nothing was written; look at the Rollout and the workload (generation ${String(at(workload, 'metadata', 'generation'))}), then try again`,
  );
}
