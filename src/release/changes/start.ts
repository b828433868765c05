import { type Apply, withVersion } from '../change.ts';
import { refusal, StepgateError } from '../error.ts';
import { parseReleaseId } from '../identity.ts';
import { at, objectAt, same } from '../json.ts';
import { markOf } from '../owner.ts';
import type { KubeObject } from '../ports.ts';
import type { AskedFor } from '../record.ts';
import { askedFor, settled } from '../record-after.ts';
import { type Rendered, writtenOf } from '../target.ts';
import { sameContent } from '../whole.ts';
import { applies } from './applies.ts';
import { bound, stillAsked } from './bound.ts';
import { again, type Changes, done, writing } from './changes.ts';
import { labelled } from './deploy.ts';
import { type Facts, from, ours, recordChanges } from './facts.ts';

/** A release that starts. */
interface Start {
  readonly facts: Facts;
  readonly release: AskedFor;
  readonly rendered: Rendered;
  readonly why: string;
}

/** Writes the objects that the workload reads, then the Rollout, then the workload, when a dry-run has shown its gate. */
export function startChanges(facts: Facts, release: AskedFor, why: string): Changes {
  const { record } = facts.observed;
  const { plan, commit, ref } = facts.policy;
  const rendering = (): Changes => ({
    is: 'rendered',
    commit: release.commit,
    attempt: parseReleaseId(release.id)?.attempt ?? 1,
    obtained: 'as it is',
    next: (rendered) => {
      if (rendered instanceof StepgateError) throw rendered;
      return asRequested({ facts, release, rendered, why });
    },
  });
  // A release follows today's plan until its template is written, and keeps that plan afterwards.
  const underTodaysPlan = () =>
    release.plan === plan
      ? rendering()
      : recordChanges(
          facts,
          askedFor(record, { ...release, plan, policy: commit }),
          `${release.id} starts under the plan of ${ref}`,
        );
  return { is: 'allowed', commit: release.commit, next: underTodaysPlan };
}

function asRequested(start: Start): Changes {
  const { facts, release, rendered } = start;
  if (!sameContent(rendered.release, release) || rendered.release.id !== release.id) {
    throw refusal(
      'RELEASE_CHANGED',
      `${release.commit.slice(0, 10)} now renders to ${rendered.release.id}, but ${release.id} was requested`,
      'deploy again',
    );
  }
  const labels = objectAt(rendered.rollout, 'metadata', 'labels');
  return stillAsked(facts, () =>
    mayWrite(start, () => from(facts.observed.rollout, (live) => labelled(facts, live, labels, () => beside(start)))),
  );
}

/** Days may have passed since the release was requested: what is written may be another delivery's by now. */
function mayWrite({ facts, rendered, why }: Start, next: () => Changes): Changes {
  const { before, idleOnly, written } = applies(facts.target, rendered, why);
  const { owner } = markOf(facts.observed.written);
  const own = owner === null || owner === facts.delivery.name ? [] : [written];
  return { is: 'mayWrite', applies: [...own, ...before, ...(isAtRest(facts) ? idleOnly : [])], next };
}

/** The writes before the workload. */
function beside(start: Start): Changes {
  const { facts, release, rendered, why } = start;
  const { target, observed } = facts;
  const parts = applies(target, rendered, why);
  const { before } = parts;
  if (!isAtRest(facts)) return bound(facts, release, before, () => gated(start));
  return from(observed.rollout, (rollout) => {
    const differs = target.planDifferences(rendered.rollout, rollout);
    if (differs.length > 0) {
      const plan: Apply = { ...parts.rollout, why: `the plan: ${differs.join('; ')}` };
      return bound(facts, release, [...before, plan], (answers) => {
        // What another manager owns and the plan does not say stays, however often the plan is written.
        const left = target.planDifferences(rendered.rollout, answers.at(-1) ?? rendered.rollout);
        if (left.length > 0) throw planStays(facts, left);
        return again('the engine has to see the new plan first');
      });
    }
    const all = [...before, ...parts.idleOnly];
    if (observed.written === null) return bound(facts, release, [...all, parts.written], () => noted(start));
    return bound(facts, release, all, () => settings(start));
  });
}

/** Whether the engine uses none of the objects that are written only while it is idle. */
function isAtRest({ observed: { observation } }: Facts): boolean {
  return observation.engine.at === 'idle' || observation.engine.at === 'noWorkload';
}

/** While the engine is idle, writes the user's values for the fields that the engine changes during a release. */
function settings(start: Start): Changes {
  const { facts, rendered } = start;
  const { target, observed } = facts;
  const object = rendered.settings;
  if (object === null) return gated(start);
  const manager = target.managers.settings;
  const why = "the user's own rollout settings";
  return {
    is: 'dryRun',
    object,
    manager,
    next: (settled) => {
      if (settled instanceof StepgateError) throw settled;
      if (same(at(settled, 'spec'), at(observed.workload, 'spec'))) return gated(start);
      return writing([{ ...ours(facts, object, why), manager }], () =>
        again('the settings were written, so the workload has a new version'),
      );
    },
  };
}

/** A dry-run right before the write must show the gate; the write is bound to the version of the dry-run. */
function gated(start: Start): Changes {
  const { facts, rendered, release } = start;
  return from(facts.observed.written, (live) => {
    // A settings change keeps the id of the live release on the workload.
    const id = release.over ?? release.id;
    const object = withVersion(facts.target.named(writtenOf(rendered), id, live), live);
    return {
      is: 'dryRun',
      object,
      manager: facts.target.managers.apply,
      next: (answer) => {
        if (answer instanceof StepgateError) throw answer;
        return gatedWrite(start, { live, object, answer });
      },
    };
  });
}

function gatedWrite(
  { facts, release, rendered, why }: Start,
  { live, object, answer }: Readonly<Record<'live' | 'object' | 'answer', KubeObject>>,
): Changes {
  const { target, delivery, observed } = facts;
  const template = target.templateHash(delivery, answer);
  // What somebody has written into a carrier may be no more than that.
  const changes = target.carrier !== null || template !== target.templateHash(delivery, live);
  const { rollout, observation } = observed;
  // A carrier of which nothing was made yet has no pods to gate.
  const isFirst = target.carrier !== null && observation.workload === null;
  if (changes && !isFirst && !target.wouldGate(delivery, answer, { rollout, workload: observation.workload }))
    throw wouldNotGate(facts);
  if (template !== release.template) {
    const record = askedFor(observed.record, { ...release, template });
    return recordChanges(facts, record, 'the server now fills in other defaults');
  }
  // Checked again, as late as possible, because the process may have been suspended.
  return stillAsked(facts, () => writing([ours(facts, object, why)], () => noted({ facts, release, rendered, why })));
}

/** Ends a settings change, which has no steps. A release goes on with its steps. */
function noted({ facts, release }: Start): Changes {
  if (release.over === undefined) return done;
  const record = settled(facts.observed.record, facts.act.at);
  return recordChanges(facts, record, `${release.id} is written: its settings serve with the pods of ${release.over}`);
}

function planStays({ delivery }: Facts, left: readonly string[]) {
  return refusal(
    'PLAN_DIFFERS',
    `${delivery.name}: the Rollout has more than the plan, and another manager owns it: ${left.join('; ')}`,
    'remove it from the Rollout, and from what applies it',
  );
}

function wouldNotGate({ observed: { observation, workload } }: Facts) {
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
            : 'the webhook of the engine did not mark it';
  return refusal(
    'WOULD_NOT_GATE',
    `a dry-run shows that this write would go to every pod at once: ${because}`,
    `nothing was written; look at the Rollout and the workload (generation ${String(at(workload, 'metadata', 'generation'))}), then try again`,
  );
}
