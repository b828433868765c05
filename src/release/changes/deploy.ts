import { isLiveTemplate } from '../as-written.ts';
import { type Apply, withVersion } from '../change.ts';
import type { Delivery, Release } from '../delivery.ts';
import { refusal } from '../error.ts';
import type { Surroundings } from '../finding.ts';
import { at, covers, type JsonObject, objectAt, same } from '../json.ts';
import type { KubeObject } from '../ports.ts';
import { stableOf } from '../record.ts';
import { type Rendered, writtenOf } from '../target.ts';
import { ofPlan } from './applies.ts';
import { bound } from './bound.ts';
import { again, type Changes, done, writing } from './changes.ts';
import type { Compared, Survey } from './compared.ts';
import { type Facts, from, type Observed, ours, patch, recordChanges } from './facts.ts';

/**
 * Creates the Rollout if it is missing, because it has the record, and names its controller where it has one. The release updates
 * the plan of an existing one.
 */
export function ensureChanges(facts: Facts, rendered: Rendered | null): Changes {
  const { target, delivery, observed } = facts;
  const { observation, rollout: live } = observed;
  const isOurs = observation.rollout?.delivery != null;
  const labels = objectAt(rendered?.rollout, 'metadata', 'labels');
  if (isOurs && live !== null) return labelled(facts, live, labels, () => done);
  const first = target.first(delivery, rendered, observed);
  switch (first.is) {
    case 'apply': {
      const write = ours(facts, first.object, 'the Rollout is applied before the workload');
      return writing([{ ...write, takes: ofPlan(target) }]);
    }
    case 'after the carrier':
      return writing([ours(facts, first.carrier, 'it moves no pod, and the record needs what is made of it')], () =>
        again('what is made of it has to be there first'),
      );
    case 'wait':
      return again(first.why);
  }
}

/**
 * Puts labels back that the Rollout lacks, by which its controller knows that it may write it: without them neither the Rollout nor the
 * workload is made. The plan stays as it is.
 */
export function labelled(facts: Facts, live: KubeObject, labels: JsonObject, next: () => Changes): Changes {
  const { target, delivery } = facts;
  if (covers(objectAt(live, 'metadata', 'labels'), labels)) return next();
  const body = target.patches.label(live, labels);
  const why = 'its controller writes nothing without these labels';
  return writing([patch({ ref: target.refs(delivery).rollout, body, manager: target.managers.apply, why })], next);
}

/**
 * A deploy without a release: writes the objects that differ; those that the engine changes only while it is idle. Each
 * write tests the compared version, so that it can't undo a rollback that began meanwhile. `release`: what the objects are rendered
 * from. `replaces`: what they had before, where the record has noted already what they get. `adopted`: stepgate takes the
 * workload over, and applies it even without a difference.
 */
export function sameChanges(
  facts: Facts,
  { before, idleOnly, written, carried }: Survey,
  {
    release,
    replaces,
    adopted,
  }: { readonly release: Release; readonly replaces: Release | null; readonly adopted: boolean },
): Changes {
  const { target, delivery, observed } = facts;
  const isIdle = observed.observation.engine.at === 'idle';
  const beside = [...before, ...(isIdle ? idleOnly : [])].filter(
    ({ change, left }) => change !== 'none' && left === undefined,
  );
  const writes = beside.map(({ apply }): Apply => ({ ...apply, why: 'differs, but there is nothing to release' }));
  const { live, answer } = written;
  const differs = adopted || !same(at(live, 'spec'), at(answer, 'spec'));
  const isSame =
    live !== null &&
    same(target.templateOf(delivery, live), target.templateOf(delivery, answer)) &&
    (!carried || isLiveTemplate(observed, target.templateHash(delivery, answer)));
  // A carrier has the plan too, which a release under way takes on by `newPlanChanges`.
  const later = carried && takesPlan(facts, delivery);
  const { carrier } = observed.observation;
  // Somebody may have edited a carrier since it was rendered, and its controller sees no edit under the name that it has.
  const object = carrier?.id == null ? written.apply.object : target.named(written.apply.object, carrier.id, live);
  const write = over({ ...written, apply: { ...written.apply, object } }, 'differs outside the template');
  const last = differs && isSame && !later ? [write] : [];
  return writes.length === 0 ? writing(last) : bound(facts, { ...release, replaces }, writes, () => writing(last));
}

/** The release under way has taken on settings: it is rendered from their commit now. */
export function takenOn(facts: Facts, { release: { id, commit, whole } }: Rendered): Changes {
  const { record } = facts.observed;
  const { release } = record;
  if (release === null || release.commit === commit) return done;
  const taken = { ...release, commit, ...(whole === undefined ? {} : { whole }), settings: id };
  return recordChanges(facts, { ...record, release: taken }, `${release.id} has taken on the settings of ${id}`);
}

/** The apply, bound to the version that was compared. */
function over({ apply, live }: Compared, why: string): Apply {
  return { ...apply, object: live === null ? apply.object : withVersion(apply.object, live), why };
}

/** A release under way, its live Rollout, and its new plan. */
export interface NewPlan {
  readonly today: Delivery;
  readonly rendered: Rendered;
  readonly around: Surroundings;
}

/**
 * Whether a deploy of the release under way has to write today's plan. Either the record names another plan. Or the record names today's,
 * and the Rollout has other steps, because an earlier run was killed after it wrote the record and before it wrote the Rollout.
 */
export function takesPlan({ target, observed, policy }: Facts, today: Delivery): boolean {
  const { release } = observed.record;
  // A delivered release, or one that a rollback restored, follows no plan any more.
  if (release === null || release.plan === null || stableOf(observed.record)?.id === release.id) return false;
  if (release.plan !== policy.today) return true;
  const { rollout } = observed;
  return isMidway(observed) && rollout !== null && target.planDifferences(target.rolloutOf(today), rollout).length > 0;
}

function isMidway({ record, observation }: Observed): boolean {
  return observation.engine.at !== 'idle' && observation.workload?.id === record.release?.id;
}

/**
 * A deploy of the release that is under way, after the plan has changed: the release continues under today's plan, and its
 * approvals, which were for the old plan, are dropped. Throws PLAN_DIFFERS when the engine does not accept the change
 * during a release.
 */
export function newPlanChanges(facts: Facts, { today, rendered, around }: NewPlan): Changes {
  const { target, observed, policy, act } = facts;
  const { record, observation, rollout } = observed;
  const { release } = record;
  const { today: plan } = policy;
  if (rollout === null || release === null || !takesPlan(facts, today)) return done;
  const midway = isMidway(observed);
  const isNoted = release.plan === plan;
  const wanted = target.rolloutOf(today);
  const differs = target.planDifferences(wanted, rollout);
  // `rendered` has the plan in force, but the findings have to be about today's plan.
  const findings = target.traps(today, { ...rendered, rollout: wanted }, observation, around);
  const denied = findings.find((one) => one.code === 'PLAN_CHANGED_MIDWAY' && one.severity === 'error');
  if (midway && denied !== undefined) {
    throw refusal(
      'PLAN_DIFFERS',
      `${today.name}: ${release.id} can't continue under the new plan: ${denied.message}: ${denied.facts.join(', ')}`,
      isNoted
        ? `run stepgate rollback --delivery ${today.name}`
        : 'it ends under the plan that it started with; the new plan applies to the next release',
    );
  }
  // The record is written first: while it names the new plan and the old steps are live, nothing is promoted.
  const taken = isNoted
    ? record
    : { ...record, release: { ...release, policy: policy.commit, plan, planAt: act.at }, approvals: [] };
  const why = `${release.id} continues under the new plan, and its approvals are dropped`;
  return recordChanges(facts, taken, why, (written) => {
    if (!midway || differs.length === 0) return done;
    const why = `the new plan: ${differs.join('; ')}`;
    if (target.carrier === null) return writing([ours(facts, withVersion(wanted, written ?? rollout), why)]);
    return from(observed.written, (live) => {
      const object = target.named(writtenOf(rendered), release.id, live);
      return writing([ours(facts, withVersion(object, live), why)]);
    });
  });
}
