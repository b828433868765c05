import type { Decision } from '../decision.ts';
import { refusal, StepgateError } from '../error.ts';
import { parseReleaseId, viaStable } from '../identity.ts';
import { covers, type Json, objectAt, same } from '../json.ts';
import type { KubeObject } from '../ports.ts';
import { type LeftObject, type Rollback, rollbackUnderWay, stableOf } from '../record.ts';
import { clusterBack, renamed, withLeft } from '../record-after.ts';
import { nextId } from '../rollback-request.ts';
import { type Rendered, writtenOf } from '../target.ts';
import { again, type Changes, done, writing } from './changes.ts';
import { labelled } from './deploy.ts';
import { type Facts, from, patch, recordChanges, writtenRef } from './facts.ts';
import { badRendered, restoreChanges } from './restore.ts';
import { dryRunOwning, type Owned, owning, restoringIdle, stableOrTip, stableRendered } from './stable.ts';
import { leftBehind } from './taken-back.ts';

/**
 * Replaces the workload's template by the target of a rollback. The template comes from the cluster: from the revision
 * whose hash is in the record, or from the engine's stable revision. It is rendered only when the cluster has neither, so
 * that a rollback of the pods does not depend on Git or on the policy.
 */
export function revertChanges(facts: Facts, rollback: Rollback, why: string): Changes {
  const { rollout, written } = facts.observed;
  return stableRendered(facts, rollback, 'as it is', (stable) => {
    const replace = (): Changes => ({
      is: 'revisions',
      next: (revisions) =>
        from(rollout, (there) =>
          from(written, (live) => replaced(facts, rollback, { stable, rollout: there, live, revisions, why })),
        ),
    });
    const labels = stable instanceof StepgateError ? {} : objectAt(stable.rollout, 'metadata', 'labels');
    return restoreChanges(facts, rollback, stable, () =>
      from(rollout, (there) => labelled(facts, there, labels, replace)),
    );
  });
}

/** For a preview of a rollback whose pods serve already: restores everything else, and writes no record. */
export function restoredChanges(facts: Facts, rollback: Rollback): Changes {
  return stableRendered(facts, rollback, 'as it is', (stable) =>
    restoreChanges(facts, rollback, stable, ({ bad }) =>
      stable instanceof StepgateError
        ? done
        : from(facts.observed.written, (live) =>
            owning(facts, { live, stable, id: rollback.to.id, bad }, () => leftBehind(facts, stable, bad, () => done)),
          ),
    ),
  );
}

/** For a preview of any other rollback: what is restored once the engine is idle, and what only the bad releases have. */
export function laterChanges(facts: Facts, rollback: Rollback): Changes {
  return stableRendered(facts, rollback, 'as it is', (stable) =>
    stable instanceof StepgateError
      ? done
      : badRendered(rollback, (bad) =>
          restoringIdle(facts, stable, bad, () => leftBehind(facts, stable, bad, () => done)),
        ),
  );
}

/** The objects in which the target template is looked up. */
interface Sources {
  readonly stable: Rendered | StepgateError;
  readonly rollout: KubeObject;
  readonly live: KubeObject;
  readonly revisions: readonly KubeObject[];
  readonly why: string;
}

function replaced(facts: Facts, rollback: Rollback, sources: Sources): Changes {
  const { target, delivery, observed } = facts;
  const { record, observation } = observed;
  const { live, why } = sources;
  const { template: wanted, engine } = templateToRestore(facts, rollback, sources);
  // When the engine accepts no third version, it accepts only its own stable version during a release.
  const viaOther =
    engine !== null && !same(engine, wanted) && observation.engine.at !== 'idle' && !target.takesThird(delivery);
  const template = viaOther ? engine : wanted;
  const { id: wantedId } = rollback.to;
  const isLive = observation.workload?.id === wantedId;
  // A rollback to the version that serves keeps its id. A late write of the bad release may have replaced that version since.
  const wasDelivered = record.history.some((one) => one.id === wantedId);
  if (viaOther ? isLive : wasDelivered && !isLive) {
    // The engine has released something else under or after this id, so the target needs a new one.
    const anew = renamed(record, rollback, nextId(record, rollback.to, observation.workload?.id ?? null));
    return recordChanges(facts, anew, `${wantedId} was used already, so it is released again under another id`);
  }
  const id = viaOther ? viaStable(wantedId) : wantedId;
  const isWritten = id === observation.workload?.id && same(template, target.restorableOf(delivery, live));
  // Of a carrier that is as it should be, another write has the controller put back what somebody has changed of what it made.
  if (isWritten && observation.workload?.remade !== true) {
    const written = target.templateHash(delivery, live);
    if (observation.carrier === null || rollback.to.template === null || rollback.to.template === written)
      return again('the engine has not seen the restored template yet');
    // What is written then is the target all the same.
    const to = { ...rollback.to, template: written };
    return recordChanges(
      facts,
      { ...record, rollback: { ...rollback, to } },
      `${id} renders to another template by now`,
    );
  }
  const told = viaOther
    ? `restore the engine's own stable version first, because ${delivery.style} accepts no other during a release (${why})`
    : `restore the pod template of ${wantedId} (${why})`;
  return writing([
    patch({
      ref: writtenRef(facts, live),
      body: target.patches.revert(delivery, live, template, id),
      manager: target.managers.rollback,
      why: told,
    }),
  ]);
}

/** The target template, and the engine's stable one; null when the engine has none. */
function templateToRestore(
  { target, delivery, observed: { record } }: Facts,
  { to, from: left }: Rollback,
  { stable, rollout, live, revisions }: Sources,
): { readonly template: Json; readonly engine: Json | null } {
  const objects = { rollout, written: live, revisions };
  const engine = target.stableTemplate(delivery, objects);
  const kept = target.keptTemplate(delivery, objects, to);
  if (kept !== null) return { template: kept, engine };
  if (!(stable instanceof StepgateError)) {
    const wanted = target.restorableOf(delivery, writtenOf(stable));
    return { template: engine !== null && covers(engine, wanted) ? engine : wanted, engine };
  }
  // During a release, the engine's stable version is the last delivered one in the record.
  const midway = !record.history.some((one) => one.id === left.id);
  if (engine !== null && midway && stableOf(record)?.digest === to.digest) return { template: engine, engine };
  throw stable;
}

/** Restores the field owners after a replaced template (E33), and records that the cluster is back. */
export function settleChanges(facts: Facts, rollback: Rollback): Changes {
  const { delivery, observed, act, target } = facts;
  const settle = ({ isStable, written, left }: Owned, beside: Rollback['beside']): Changes => {
    if (!isStable) return revertChanges(facts, rollback, 'somebody has changed the template again');
    const record = clusterBack(observed.record, rollback, {
      template: target.templateHash(delivery, written),
      made: observed.observation.workload?.made ?? null,
      revision: observed.observation.servingRevision,
      at: act.at,
      beside,
      left,
    });
    if (beside === 'done') return recordChanges(facts, record, 'only stable serves');
    const text = `${delivery.name}: a later tick restores the objects that stable reads`;
    const why = 'only stable serves; the objects that it reads are still to be restored';
    return { is: 'tell', text, next: () => recordChanges(facts, record, why) };
  };
  return stableRendered(facts, rollback, 'as it is', (stable) =>
    restoreChanges(facts, rollback, stable, ({ bad, left }) =>
      from(observed.written, (live) =>
        stable instanceof StepgateError
          ? isRestored(facts, rollback, live, (isStable) => settle({ isStable, written: live, left }, 'todo'))
          : owning(facts, { live, stable, id: rollback.to.id, bad }, (owned) =>
              leftBehind(facts, stable, bad, (added) =>
                settle({ ...owned, left: [...left, ...owned.left, ...added] }, 'done'),
              ),
            ),
      ),
    ),
  );
}

/** Whether the live template is the target, when stable can't be rendered; true when it can't be compared. */
function isRestored(
  { target, delivery }: Facts,
  { to }: Rollback,
  live: KubeObject,
  next: (isStable: boolean) => Changes,
): Changes {
  if (to.template !== null) return next(to.template === target.templateHash(delivery, live));
  return {
    is: 'revisions',
    next: (revisions) => {
      const kept = target.keptTemplate(delivery, { written: live, revisions }, to);
      return next(kept === null || same(kept, target.restorableOf(delivery, live)));
    },
  };
}

/** Restores the objects that stable reads, once stable can be rendered. */
export function besideChanges(facts: Facts, rollback: Rollback): Changes {
  const { delivery, observed } = facts;
  const restored = { ...rollback, beside: 'done' as const, trouble: null, troubleCode: null };
  const recorded = (left: readonly LeftObject[]) =>
    recordChanges(
      facts,
      { ...observed.record, rollback: withLeft(restored, left) },
      'the objects that stable reads are restored',
    );
  return stableOrTip(facts, rollback, (stable) =>
    restoreChanges(facts, rollback, stable, ({ bad, left }) =>
      from(observed.written, (live) =>
        owning(facts, { live, stable, id: rollback.to.id, bad }, (owned) =>
          leftBehind(facts, stable, bad, (added) => {
            const all = [...left, ...owned.left, ...added];
            if (owned.isStable) return recorded(all);
            const text = `${delivery.name}: the live template is not what stable's commit renders`;
            return { is: 'tell', text, next: () => recorded(all) };
          }),
        ),
      ),
    ),
  );
}

/** Unpauses the workload only when it has stable's template: any other template would reach every pod without steps. */
export function repairChanges(facts: Facts, { stable, why }: Extract<Decision, { do: 'repair' }>): Changes {
  const { target, delivery, observed } = facts;
  const underWay = rollbackUnderWay(observed.record);
  return from(observed.workload, (live) =>
    hasTemplateOf(facts, stable, underWay !== null, (has) => {
      if (has) {
        const body = target.patches.repair(delivery, live);
        return writing([patch({ ref: target.refs(delivery).workload, body, manager: target.managers.rollback, why })]);
      }
      if (underWay !== null) return revertChanges(facts, underWay, `${why}, and somebody has changed the template`);
      throw refusal(
        'WEDGED',
        `${delivery.name}: ${why}, and its template is not that of ${stable.id}, so it can't be unpaused: every pod would get the template`,
        'run stepgate rollback',
      );
    }),
  );
}

/** Whether the workload has the template of a release: compares the hashes in the record, or else the rendering of its commit. */
function hasTemplateOf(
  facts: Facts,
  release: Rollback['to'],
  rollsBack: boolean,
  next: (has: boolean) => Changes,
): Changes {
  const { target, delivery } = facts;
  const { record, observation } = facts.observed;
  const hash = observation.workload?.template ?? null;
  // Pods get what a controller made of its carrier, whatever somebody has edited in the carrier since.
  const noted = record.release?.id === release.id ? (record.release.made ?? null) : null;
  const made = observation.workload?.made ?? null;
  if (noted !== null && made !== null) return next(made === noted);
  if (release.template !== null) return next(release.template === hash);
  const judge = (answer: KubeObject | null) => next(answer !== null && target.templateHash(delivery, answer) === hash);
  return {
    is: 'rendered',
    commit: release.commit,
    attempt: parseReleaseId(release.id)?.attempt ?? 1,
    obtained: 'as it is',
    next: (rendered) => {
      if (rendered instanceof StepgateError) throw rendered;
      const written = writtenOf(rendered);
      // A rollback must be able to finish when another manager owns a field by now.
      if (rollsBack) return dryRunOwning(facts, written, judge);
      return {
        is: 'dryRun',
        object: written,
        manager: target.managers.apply,
        next: (answer) => {
          if (answer instanceof StepgateError) throw answer;
          return judge(answer);
        },
      };
    },
  };
}
