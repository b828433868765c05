import type { Decision } from '../release/decision.ts';
import { refusal, StepgateError } from '../release/error.ts';
import { parseReleaseId, viaStable } from '../release/identity.ts';
import { covers, type Json, same } from '../release/json.ts';
import type { KubeObject } from '../release/ports.ts';
import { clusterBack, type Rollback, renamed, stableOf } from '../release/record.ts';
import { nextId } from '../release/rollback-request.ts';
import type { Rendered } from '../release/target.ts';
import { obtain } from './commits.ts';
import { fetchTip, noteTrouble, tipOf } from './revert.ts';
import { renderAt } from './source.ts';
import { type Observed, serverTime, there, type Work, writeRecord } from './work.ts';
import { Moved, title, withVersion } from './write.ts';
import { changeFor, write } from './write-change.ts';

/**
 * Replaces the workload's template by the one that a rollback goes back to. It comes from the cluster: from the revision
 * whose hash the record kept, or from the engine's own stable one. Only where the cluster has lost both is it rendered, so
 * that neither Git nor the policy of that time can keep the pods from going back.
 */
export async function revertWorkload(work: Work, observed: Observed, rollback: Rollback, why: string): Promise<void> {
  const { target, delivery, writer, following } = work;
  const live = there(observed.workload);
  const rendered = await renderedStable(work, rollback);
  if ('release' in rendered) await restore(work, rendered.before, 'stable reads it');
  const { template: wanted, engine } = await templateToRestore(work, observed, rollback, rendered);
  // Where the engine takes no third version, it takes its own stable one alone in mid-release.
  const viaOther =
    engine !== null &&
    !same(engine, wanted) &&
    observed.observation.engine.at !== 'idle' &&
    !target.takesThird(delivery);
  const template = viaOther ? engine : wanted;
  if (viaOther && observed.observation.workload?.id === rollback.to.id) {
    // It went out under that id already, and will again after the detour: no id goes out twice.
    const next = renamed(observed.record, rollback, nextId(observed.record, rollback.to, rollback.to.id));
    return writeRecord(
      work,
      observed,
      next,
      `${rollback.to.id} has gone out already: it goes out again under another id`,
    );
  }
  const id = viaOther ? viaStable(rollback.to.id) : rollback.to.id;
  if (id === observed.observation.workload?.id && same(template, target.templateOf(live)))
    throw new Moved('the engine has not seen the restored template yet');
  const manager = target.managers.rollback;
  const body = target.patches.revert(live, template, id);
  const told = viaOther
    ? `restore the engine's own stable version first, for ${delivery.style} takes no other in mid-release (${why})`
    : `restore the pod template of ${rollback.to.id} (${why})`;
  following.wrote(await writer.patch(target.refs(delivery).workload, body, { manager, why: told }));
}

/** Who was told why stable can't be rendered: it is tried at each part of a rollback, and said once. */
const told = new WeakSet<Work['following']>();

/** What stable renders to, or why it can't be rendered: no more than a proof, which must not keep the pods. */
async function renderedStable(work: Work, { to }: Rollback): Promise<Rendered | StepgateError> {
  const { context, delivery } = work;
  try {
    if (work.policy.missing !== null) throw work.policy.missing;
    const rendered = await renderAt(context, delivery, to.commit, parseReleaseId(to.id)?.attempt ?? 1);
    if (rendered.release.digest === to.digest) return rendered;
    throw refusal(
      'REVERT_NOT_PROVEN',
      `${to.commit.slice(0, 10)} no longer renders what was released from it`,
      'the source reads something that has changed since: pin it, or revert by hand',
    );
  } catch (error) {
    if (!(error instanceof StepgateError) || error.family === 'bug' || context.signal.aborted) throw error;
    const why = told.has(work.following) ? 'see above' : error.message;
    told.add(work.following);
    context.log(`${delivery.name}: stable can't be rendered, the cluster's own revision is restored (${why})`);
    return error;
  }
}

/** The template to go back to, and the engine's own stable one; null where the engine knows none. */
async function templateToRestore(
  { context, target, delivery, cluster }: Work,
  observed: Observed,
  { to, from }: Rollback,
  rendered: Rendered | StepgateError,
): Promise<{ readonly template: Json; readonly engine: Json | null }> {
  const { signal } = context;
  const live = there(observed.workload);
  const { items } = await cluster.list({ kind: target.revisions(delivery), namespace: delivery.namespace }, signal);
  const objects = { rollout: there(observed.rollout), workload: live, revisions: items };
  const engine = target.stableTemplate(delivery, objects);
  const kept = target.keptTemplate(delivery, objects, to);
  if (kept !== null) return { template: kept, engine };
  const wanted = 'release' in rendered ? target.templateOf(rendered.workload) : null;
  if (wanted !== null) return { template: engine !== null && covers(engine, wanted) ? engine : wanted, engine };
  // In mid-release the engine's stable version is what was delivered last, and the record knows no other.
  const midway = !observed.record.history.some((one) => one.id === from.id);
  if (engine !== null && midway && stableOf(observed.record)?.digest === to.digest) return { template: engine, engine };
  throw rendered;
}

/** Cleans up behind a template that was replaced (E33), and records that the cluster is back. */
export async function settleRollback(work: Work, observed: Observed, rollback: Rollback): Promise<void> {
  const { context, target, delivery, following } = work;
  const live = there(observed.workload);
  const rendered = await renderedStable(work, rollback);
  const owned = 'release' in rendered ? await own(work, live, rendered) : null;
  const isStable = owned?.isStable ?? (await isRestored(work, observed, rollback, rendered));
  if (!isStable) return revertWorkload(work, observed, rollback, 'somebody has changed the template again');
  const workload = owned?.workload ?? live;
  following.wrote(workload);
  await writeRecord(
    work,
    observed,
    clusterBack(observed.record, rollback, {
      template: target.templateHash(workload),
      revision: observed.observation.servingRevision,
      at: serverTime(work).toISOString(),
      beside: owned === null ? 'todo' : 'done',
    }),
    owned === null
      ? `only stable serves; what it reads beside its template is still to be restored`
      : 'only stable serves',
  );
  if (owned === null) context.log(`${delivery.name}: a later tick restores what stable reads beside its template`);
}

/** Whether the live template is the one to go back to, where stable can't be rendered; true where nothing can tell. */
async function isRestored(
  work: Work,
  observed: Observed,
  rollback: Rollback,
  rendered: Rendered | StepgateError,
): Promise<boolean> {
  const { target, cluster, delivery } = work;
  const { signal } = work.context;
  const live = there(observed.workload);
  const { to } = rollback;
  if (to.template !== null) return to.template === target.templateHash(live);
  if ('release' in rendered) return covers(target.templateOf(live), target.templateOf(rendered.workload));
  const { items } = await cluster.list({ kind: target.revisions(delivery), namespace: delivery.namespace }, signal);
  const kept = target.keptTemplate(delivery, { workload: live, revisions: items }, to);
  return kept === null || same(kept, target.templateOf(live));
}

/** Applies what goes with stable, and lets stable's own manifest own the workload's fields again (E33). */
async function own(
  work: Work,
  live: KubeObject,
  rendered: Rendered,
): Promise<{ readonly isStable: boolean; readonly workload: KubeObject }> {
  const { context, target, delivery, writer, following } = work;
  const { apply, rollback: manager } = target.managers;
  await restore(work, rendered.idleOnly, 'stable has it so, and the engine is idle');
  const guarded = withVersion(rendered.workload, live);
  const answer = await dryRunOwning(work, guarded);
  const template = target.templateOf(live);
  const covered = covers(template, target.templateOf(rendered.workload));
  if (answer === null || target.templateHash(answer) !== target.templateHash(live)) {
    if (covered && answer !== null)
      context.log(
        `${delivery.name}: stable runs with a template that Git does not render exactly; it is left as it was`,
      );
    if (answer !== null || !covered) return { isStable: covered, workload: live };
  }
  const why = "stable's own manifest owns its fields again";
  const owned = answer === null ? live : await writer.apply(guarded, { manager: apply, why });
  following.wrote(owned);
  const forget = target.patches.forgetManager(owned, manager);
  if (forget === null) return { isStable: true, workload: owned };
  const cleaned = await writer.patch(target.refs(delivery).workload, forget, {
    manager,
    why: 'the patch of the rollback owns nothing any more',
  });
  return { isStable: true, workload: cleaned };
}

/** Restores what stable reads beside its template, once it can be rendered. Whether a trouble is news. */
export async function restoreBeside(work: Work, observed: Observed, rollback: Rollback): Promise<boolean> {
  return noteTrouble(work, observed, rollback, async () => {
    const rendered = await renderedAnew(work, rollback);
    await restore(work, rendered.before, 'stable reads it');
    const { isStable, workload } = await own(work, there(observed.workload), rendered);
    if (!isStable) work.context.log(`${work.delivery.name}: the live template is not what stable's commit renders`);
    work.following.wrote(workload);
    const next = { ...rollback, beside: 'done' as const, trouble: null, troubleCode: null };
    await writeRecord(
      work,
      observed,
      { ...observed.record, rollback: next },
      'what stable reads beside its template is back',
    );
  });
}

/**
 * Stable as its own commit renders it, else as the branch's tip does: where that commit is in no clone any more, whoever
 * commits its content by hand ends the rollback. Throws why stable's own commit can't be rendered.
 */
async function renderedAnew(work: Work, rollback: Rollback): Promise<Rendered> {
  const { context, delivery } = work;
  const { to } = rollback;
  if (work.policy.missing === null) await obtain(work, to.commit);
  const own = await renderedStable(work, rollback);
  if ('release' in own) return own;
  await fetchTip(work);
  const tip = await tipOf(work);
  if (tip === null) throw own;
  try {
    const twin = await renderAt(context, delivery, tip, 1);
    if (twin.release.digest === to.digest) return { ...twin, workload: work.target.named(twin.workload, to.id) };
  } catch (error) {
    if (!(error instanceof StepgateError) || error.family === 'bug' || context.signal.aborted) throw error;
  }
  throw own;
}

/** Unpauses only what was shown to have stable's template: any other would go to every pod, with no step at all. */
export async function repair(
  work: Work,
  observed: Observed,
  decision: Extract<Decision, { do: 'repair' }>,
): Promise<void> {
  const { delivery } = work;
  const { stable, why } = decision;
  const live = there(observed.workload);
  const { rollback } = observed.record;
  const underWay = rollback?.cluster === 'todo' ? rollback : null;
  if (!(await hasTemplateOf(work, live, stable, underWay !== null))) {
    if (underWay !== null)
      return revertWorkload(work, observed, underWay, `${why}, and somebody has changed the template`);
    throw refusal(
      'WEDGED',
      `${delivery.name}: ${why}, and its template is not that of ${stable.id}: unpaused, it would go to every pod`,
      'stepgate rollback takes it back',
    );
  }
  await write(work, changeFor(work, observed, decision));
}

/** Whether the workload has a release's template: by the hash that the record kept, else by what its commit renders to. */
async function hasTemplateOf(
  work: Work,
  live: KubeObject,
  release: Rollback['to'],
  rollsBack: boolean,
): Promise<boolean> {
  const { context, target, delivery, writer } = work;
  if (release.template !== null) return release.template === target.templateHash(live);
  const attempt = parseReleaseId(release.id)?.attempt ?? 1;
  const rendered = await renderAt(context, delivery, release.commit, attempt);
  // A rollback has to come to its end also where somebody owns a field by now.
  const answer = await (rollsBack
    ? dryRunOwning(work, rendered.workload)
    : writer.dryRun(rendered.workload, target.managers.apply));
  return answer !== null && target.templateHash(answer) === target.templateHash(live);
}

/**
 * The workload as stable's manifest would own it; null where somebody else owns a field of it (`kubectl scale`): the pods
 * are back all the same, and the rollback must come to its end.
 */
async function dryRunOwning(
  { context, target, delivery, writer }: Work,
  workload: KubeObject,
): Promise<KubeObject | null> {
  try {
    return await writer.dryRun(workload, target.managers.apply);
  } catch (error) {
    if (!(error instanceof StepgateError) || error.code !== 'CLUSTER_CONFLICT') throw error;
    context.log(`${delivery.name}: ${title(workload)} is left as it is: ${error.message}`);
    return null;
  }
}

/** What goes with stable. The pods go back whatever becomes of it: what cannot be written is told and left. */
async function restore(
  { context, target, delivery, writer }: Work,
  objects: readonly KubeObject[],
  why: string,
): Promise<void> {
  for (const object of objects) {
    try {
      await writer.apply(object, { manager: target.managers.apply, why });
    } catch (error) {
      if (!(error instanceof StepgateError) || error.family === 'bug') throw error;
      context.log(`${delivery.name}: ${title(object)} is left as it is: ${error.message}`);
    }
  }
}
