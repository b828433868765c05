import type { Decision } from '../release/decision.ts';
import { refusal, StepgateError } from '../release/error.ts';
import { parseReleaseId, viaStable } from '../release/identity.ts';
import { at, covers, same } from '../release/json.ts';
import type { KubeObject } from '../release/ports.ts';
import { clusterBack, delivered, type Rollback, stableOf } from '../release/record.ts';
import { renderAt } from './load.ts';
import { pushRevert } from './revert.ts';
import { beginRollback } from './rollback.ts';
import { start } from './start.ts';
import { type Seen, there, type Work, writeRecord } from './work.ts';
import { Moved, title, withVersion } from './write.ts';

/**
 * Carries out one decision. Every write tests what was decided on; what has changed since is thrown as Moved, and is
 * decided anew. Confirmation is the next observation, never the answer to a write.
 */
export async function carryOut(work: Work, seen: Seen, decision: Exclude<Decision, { do: 'wait' }>): Promise<void> {
  const { context, delivery, writer, following } = work;
  const { target } = context;
  const refs = target.refs(delivery);
  switch (decision.do) {
    case 'start':
      return start(work, seen, decision.release, decision.why);
    case 'advance': {
      const rollout = there(seen.rollout);
      const { manager, why } = {
        manager: target.managers.promote,
        why: `step ${decision.step} of ${decision.release} may go on: ${decision.why}`,
      };
      if (work.method === 'plan' && work.jumpTo === null) {
        const body = target.patches.openPause(rollout, decision.step);
        return following.wrote(await writer.patch(refs.rollout, body, { manager, why }));
      }
      const body = work.jumpTo === null ? target.patches.approve(rollout) : target.patches.jump(rollout, work.jumpTo);
      return following.wrote(await writer.patch(refs.rollout, body, { manager, subresource: 'status', why }));
    }
    case 'finish':
      return writeRecord(
        work,
        seen,
        delivered(seen.record, decision.release, now(work)),
        `${decision.release.id} is stable: ${decision.why}`,
      );
    case 'restorePauses': {
      const body = target.patches.restorePauses(there(seen.rollout), target.rolloutOf(delivery), decision.steps);
      return following.wrote(
        await writer.patch(refs.rollout, body, { manager: target.managers.promote, why: decision.why }),
      );
    }
    case 'rollBack':
      return beginRollback(work, seen, { to: decision.to, reason: decision.reason, also: false });
    case 'revertWorkload':
      return revertWorkload(work, seen, decision.rollback, decision.why);
    case 'unpauseRollout':
      return following.wrote(
        await writer.patch(refs.rollout, target.patches.unpause(), {
          manager: target.managers.rollback,
          why: decision.why,
        }),
      );
    case 'settleRollback':
      return settleRollback(work, seen, decision.rollback);
    case 'pushRevert':
      return pushRevert(work, seen, decision.rollback);
    case 'repair':
      return repair(work, seen, decision.why);
  }
}

/** Unpauses only what was shown to have stable's template: any other would go to every pod, with no step at all. */
async function repair(work: Work, seen: Seen, why: string): Promise<void> {
  const { context, delivery, writer, following } = work;
  const { target } = context;
  const live = there(seen.workload);
  const { rollback } = seen.record;
  const underWay = rollback?.cluster === 'todo' ? rollback : null;
  const stable = underWay?.to ?? stableOf(seen.record);
  if (stable === null) throw refusal('WEDGED', `${delivery.name}: ${why}, and no stable release is known`);
  const rendered = await renderAt(context, delivery, stable.commit, parseReleaseId(stable.id)?.attempt ?? 1);
  // A rollback has to come to its end also where somebody owns a field by now.
  const answer = await (underWay === null
    ? writer.rehearse(rendered.workload, target.managers.apply)
    : rehearseOwning(work, rendered.workload));
  if (answer === null || target.templateHash(answer) !== target.templateHash(live)) {
    if (underWay !== null) return revertWorkload(work, seen, underWay, `${why}, and somebody has changed the template`);
    throw refusal(
      'WEDGED',
      `${delivery.name}: ${why}, and its template is not that of ${stable.id}: unpaused, it would go to every pod`,
      'stepgate rollback takes it back',
    );
  }
  const manager = target.managers.rollback;
  following.wrote(await writer.patch(target.refs(delivery).workload, target.patches.repair(live), { manager, why }));
}

async function revertWorkload(work: Work, seen: Seen, rollback: Rollback, why: string): Promise<void> {
  const { context, delivery, writer, following, cluster } = work;
  const { target, signal } = context;
  const live = there(seen.workload);
  const rendered = await renderAt(context, delivery, rollback.to.commit, 1);
  if (rendered.release.digest !== rollback.to.digest) {
    throw refusal(
      'REVERT_NOT_PROVEN',
      `${rollback.to.commit.slice(0, 10)} no longer renders what was released from it`,
      'correct the source, or roll back --to another release',
    );
  }
  await restore(work, rendered.before, 'stable reads it');
  const sets = await cluster.list({ kind: target.kinds.replicaSet, namespace: delivery.namespace }, signal);
  const stable = target.stableTemplate(there(seen.rollout), live, sets.items);
  const wanted = at(rendered.workload, 'spec', 'template') ?? {};
  const isStable = stable !== null && covers(stable, wanted);
  const viaOther =
    stable !== null && !isStable && seen.observation.engine.at !== 'idle' && delivery.style === 'blueGreen';
  const template = isStable || viaOther ? stable : wanted;
  const id = viaOther ? viaStable(rollback.to.id) : rollback.to.id;
  if (id === seen.observation.workload?.id && same(template, at(live, 'spec', 'template')))
    throw new Moved('the engine has not seen the restored template yet');
  const manager = target.managers.rollback;
  const body = target.patches.revert(live, template, id);
  const told = viaOther
    ? `${why}, to the engine's own stable version first: blueGreen takes no other in mid-release`
    : why;
  following.wrote(await writer.patch(target.refs(delivery).workload, body, { manager, why: told }));
}

/** Cleans up behind a template that was replaced (E33), and records that the cluster is back. */
async function settleRollback(work: Work, seen: Seen, rollback: Rollback): Promise<void> {
  const { context, delivery, writer, following } = work;
  const { target } = context;
  const { apply, rollback: manager } = target.managers;
  const live = there(seen.workload);
  const attempt = parseReleaseId(rollback.to.id)?.attempt ?? 1;
  const rendered = await renderAt(context, delivery, rollback.to.commit, attempt);
  await restore(work, rendered.idleOnly, 'stable has it so, and the engine is idle');
  const guarded = withVersion(rendered.workload, live);
  const answer = await rehearseOwning(work, guarded);
  const wanted = at(rendered.workload, 'spec', 'template');
  const isStable =
    answer === null
      ? covers(at(live, 'spec', 'template'), wanted)
      : target.templateHash(answer) === target.templateHash(live);
  if (isStable) {
    const why = "stable's own manifest owns its fields again";
    const owned = answer === null ? live : await writer.apply(guarded, { manager: apply, why });
    following.wrote(owned);
    const forget = target.patches.forgetManager(owned, manager);
    if (forget !== null) {
      following.wrote(
        await writer.patch(target.refs(delivery).workload, forget, {
          manager,
          why: 'the patch of the rollback owns nothing any more (E33)',
        }),
      );
    }
  } else if (covers(at(live, 'spec', 'template'), wanted)) {
    context.log(`${delivery.name}: stable runs with a template that Git does not render exactly; it is left as it was`);
  } else {
    return revertWorkload(work, seen, rollback, 'somebody has changed the template again');
  }
  await writeRecord(
    work,
    seen,
    clusterBack(seen.record, rollback, target.templateHash(live), now(work)),
    'only stable serves',
  );
}

/**
 * The workload as stable's manifest would own it; null where somebody else owns a field of it (`kubectl scale`): the pods
 * are back all the same, and the rollback must come to its end.
 */
async function rehearseOwning({ context, delivery, writer }: Work, workload: KubeObject): Promise<KubeObject | null> {
  try {
    return await writer.rehearse(workload, context.target.managers.apply);
  } catch (error) {
    if (!(error instanceof StepgateError) || error.code !== 'CLUSTER_CONFLICT') throw error;
    context.log(`${delivery.name}: ${title(workload)} is left as it is: ${error.message}`);
    return null;
  }
}

/** What goes with stable. The pods go back whatever becomes of it: what cannot be written is told and left. */
async function restore(
  { context, delivery, writer }: Work,
  objects: readonly KubeObject[],
  why: string,
): Promise<void> {
  for (const object of objects) {
    try {
      await writer.apply(object, { manager: context.target.managers.apply, why });
    } catch (error) {
      if (!(error instanceof StepgateError) || error.family === 'bug') throw error;
      context.log(`${delivery.name}: ${title(object)} is left as it is: ${error.message}`);
    }
  }
}

function now(work: Work): string {
  return work.context.clock.now().toISOString();
}
