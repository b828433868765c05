import { planDigest } from '../policy/plan-digest.ts';
import { refusal } from '../release/error.ts';
import { parseReleaseId } from '../release/identity.ts';
import { at, same } from '../release/json.ts';
import type { KubeObject } from '../release/ports.ts';
import { type AskedFor, askedFor } from '../release/record.ts';
import { checkCommit } from './commits.ts';
import { renderAt } from './source.ts';
import { checkRecord, type Observed, there, type Work, writeRecord } from './work.ts';
import { Moved, withVersion } from './write.ts';

/** What the workload reads first, then the Rollout, then the workload, and only behind a gate that was seen. */
export async function start(work: Work, observed: Observed, release: AskedFor, why: string): Promise<void> {
  const { context, target, delivery, writer, following } = work;
  const { apply, settings } = target.managers;
  await checkCommit(work, release.commit);
  // Until its template is written a release goes by today's plan, and from then on by that one.
  const plan = planDigest(delivery);
  if (release.plan !== plan) {
    const next = askedFor(observed.record, { ...release, plan, policy: work.policy.commit });
    return writeRecord(work, observed, next, `${release.id} starts under the plan of ${work.policy.ref}`);
  }
  const rendered = await renderAt(context, delivery, release.commit, parseReleaseId(release.id)?.attempt ?? 1);
  if (rendered.release.digest !== release.digest || rendered.release.id !== release.id) {
    throw refusal(
      'RELEASE_CHANGED',
      `${release.commit.slice(0, 10)} now renders to ${rendered.release.id}, ${release.id} was asked for`,
      'deploy again',
    );
  }
  await stillAsked(work, observed);
  const idle = observed.observation.engine.at === 'idle' || observed.observation.engine.at === 'noWorkload';
  for (const object of rendered.before) await writer.apply(object, { manager: apply, why: 'the workload reads it' });
  if (idle) {
    const differs = target.planDifferences(rendered.rollout, there(observed.rollout));
    if (differs.length > 0) {
      following.wrote(await writer.apply(rendered.rollout, { manager: apply, why: `the plan: ${differs.join('; ')}` }));
      throw new Moved('the engine has to see the new plan first');
    }
    for (const object of rendered.idleOnly) await writer.apply(object, { manager: apply, why: 'the engine is idle' });
  }
  if (observed.workload === null) {
    following.wrote(await writer.apply(rendered.workload, { manager: apply, why }));
    return;
  }
  if (idle && rendered.settings !== null) {
    const settled = await writer.dryRun(rendered.settings, settings);
    if (!same(at(settled, 'spec'), at(observed.workload, 'spec'))) {
      following.wrote(
        await writer.apply(rendered.settings, { manager: settings, why: "the user's own rollout settings" }),
      );
      throw new Moved('the workload has a new version');
    }
  }
  await gatedWrite(work, observed, release, rendered.workload, why);
}

/**
 * A second stepgate may have asked for another release: its workload must not be taken for one that is still to start.
 * And somebody may have edited the plan, or opened a pause, which would let the release through unapproved (E1).
 */
async function stillAsked({ context, target, cluster, delivery, following }: Work, observed: Observed): Promise<void> {
  const fresh = there(await cluster.get(target.refs(delivery).rollout, context.signal));
  following.wrote(fresh);
  checkRecord(observed, fresh);
  if (!same(at(fresh, 'spec'), at(observed.rollout, 'spec'))) throw new Moved('somebody has edited the Rollout');
}

/** Right before the write a dry-run must show the gate; the write is bound to the version that showed it. */
async function gatedWrite(
  work: Work,
  observed: Observed,
  release: AskedFor,
  wanted: KubeObject,
  why: string,
): Promise<void> {
  const { target, writer, following } = work;
  const live = there(observed.workload);
  const guarded = withVersion(wanted, live);
  const answer = await writer.dryRun(guarded, target.managers.apply);
  const template = target.templateHash(answer);
  const changes = template !== target.templateHash(live);
  if (changes && !target.wouldGate(work.delivery, answer)) throw wouldNotGate(observed);
  if (template !== release.template) {
    return writeRecord(
      work,
      observed,
      askedFor(observed.record, { ...release, template }),
      'the server fills in other defaults now',
    );
  }
  // Once more, as late as can be: a process may have stood still since.
  await stillAsked(work, observed);
  following.wrote(await writer.apply(guarded, { manager: target.managers.apply, why }));
}

function wouldNotGate({ observation, workload }: Observed) {
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
