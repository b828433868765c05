import { type Apply, withVersion } from '../change.ts';
import { refusal, StepgateError } from '../error.ts';
import { parseReleaseId } from '../identity.ts';
import { at, same, stringAt } from '../json.ts';
import type { KubeObject } from '../ports.ts';
import { type AskedFor, askedFor } from '../record.ts';
import { RECORD_ANNOTATION } from '../record-text.ts';
import type { Rendered } from '../target.ts';
import { applies } from './applies.ts';
import { again, type Changes, writing } from './changes.ts';
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
  if (rendered.release.digest !== release.digest || rendered.release.id !== release.id) {
    throw refusal(
      'RELEASE_CHANGED',
      `${release.commit.slice(0, 10)} now renders to ${rendered.release.id}, but ${release.id} was requested`,
      'deploy again',
    );
  }
  return stillAsked(facts, () => beside(start));
}

/**
 * Another run may have requested another release, which must not be overwritten. And somebody may have edited the plan, or
 * opened a pause, which would let the release through unapproved (E1).
 */
function stillAsked({ observed }: Facts, next: () => Changes): Changes {
  const judge = (fresh: KubeObject): Changes => {
    const record = stringAt(fresh, 'metadata', 'annotations', RECORD_ANNOTATION);
    if (record !== (observed.observation.rollout?.record ?? null)) return again('another release was requested');
    if (!same(at(fresh, 'spec'), at(observed.rollout, 'spec'))) return again('somebody has edited the Rollout');
    return next();
  };
  return { is: 'rollout', next: (fresh) => from(fresh, judge) };
}

/** The writes before the workload. */
function beside(start: Start): Changes {
  const { facts, rendered, why } = start;
  const { target, observed } = facts;
  const isIdle = observed.observation.engine.at === 'idle' || observed.observation.engine.at === 'noWorkload';
  const parts = applies(target, rendered, why);
  const { before } = parts;
  if (!isIdle) return writing(before, () => gated(start));
  return from(observed.rollout, (rollout) => {
    const differs = target.planDifferences(rendered.rollout, rollout);
    if (differs.length > 0) {
      const plan: Apply = { ...parts.rollout, why: `the plan: ${differs.join('; ')}` };
      return writing([...before, plan], (answers) => {
        // What another manager owns and the plan does not say stays, however often the plan is written.
        const left = target.planDifferences(rendered.rollout, answers.at(-1) ?? rendered.rollout);
        if (left.length > 0) throw planStays(facts, left);
        return again('the engine has to see the new plan first');
      });
    }
    const all = [...before, ...parts.idleOnly];
    if (observed.workload === null) return writing([...all, parts.workload]);
    return writing(all, () => settings(start));
  });
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
  const { facts, rendered } = start;
  return from(facts.observed.workload, (live) => {
    const object = withVersion(rendered.workload, live);
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
  { facts, release, why }: Start,
  { live, object, answer }: Readonly<Record<'live' | 'object' | 'answer', KubeObject>>,
): Changes {
  const { target, delivery, observed } = facts;
  const template = target.templateHash(answer);
  const changes = template !== target.templateHash(live);
  if (changes && !target.wouldGate(delivery, answer, observed.rollout)) throw wouldNotGate(facts);
  if (template !== release.template) {
    const record = askedFor(observed.record, { ...release, template });
    return recordChanges(facts, record, 'the server now fills in other defaults');
  }
  // Checked again, as late as possible, because the process may have been suspended.
  return stillAsked(facts, () => writing([ours(facts, object, why)]));
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
