import type { Finding, Severity } from '../../release/finding.ts';
import { stringAt } from '../../release/json.ts';
import { routingMoved } from './annotations.ts';
import { type Edit, editsOf, isPause, type Landing, landingOf, type Midway, timedEnd } from './edits.ts';
import { plannedPods } from './forecast.ts';
import { ROLLOUT } from './keys.ts';
import { titleOf } from './manifests.ts';
import { fixedDifferences, livePlanOf } from './strategy.ts';
import { finding, isRunning, listed, nothing, planned, sizeOf, type Trap, type TrapInput } from './trap-input.ts';

/** E7, T20: the effect of each edit of the plan on the running release, if it is written now. */
export const planChangedMidway: Trap = (look) => {
  const { delivery, rendered, observation, around } = look;
  const live = observation.rollout;
  const { engine } = observation;
  const isGoing = engine.at === 'off' && engine.why === 'terminating';
  if (live === null || (!isRunning(look) && !isGoing)) return nothing;
  const wanted = livePlanOf(rendered.rollout);
  const object =
    (listed(around, ROLLOUT) ?? []).find((one) => stringAt(one, 'metadata', 'name') === delivery.workload.name) ?? null;
  const denied = [
    ...(wanted.length === live.steps.length
      ? []
      : [`${live.steps.length} steps in the cluster, ${wanted.length} in the policy`]),
    ...(object === null ? [] : fixedDifferences(rendered.rollout, object)),
  ];
  if (denied.length > 0) {
    const says = `${titleOf(rendered.rollout)}: the engine denies this change of the plan`;
    if (!isGoing) return midwayFinding('error', `${says} while a release runs`, denied);
    const wayOut = 'wait until it is gone, then deploy';
    return finding('error', 'PLAN_CHANGED_MIDWAY', `${says} while the Rollout is being deleted`, denied, wayOut);
  }
  if (isGoing) return nothing;
  const routing = object === null ? null : routingMoved(rendered.rollout, object);
  if (routing !== null) {
    const why = 'the engine takes a TrafficRouting when a release starts, and lets only that one go when it ends';
    return midwayFinding('error', why, [routing]);
  }
  const edits = editsOf(wanted, live.steps);
  if (edits.length === 0) return nothing;
  const step = 'step' in engine ? engine.step : null;
  if (step === null) {
    const why = 'the engine is at no step: it goes by the changed plan from the next one on';
    return midwayFinding('warning', why, edits.map(editText));
  }
  return judged(look, edits, midwayOf(look, { wanted, live: live.steps, step }));
};

function midwayOf(look: TrapInput, plans: Pick<Midway, 'wanted' | 'live' | 'step'>): Midway {
  const { observation, delivery } = look;
  const sizes = [observation.workload?.replicas ?? null, sizeOf(look)].filter((size) => size !== null);
  return {
    ...plans,
    sizes: [...new Set(sizes)],
    // A waiting engine compares with what the step asked for. After a jump back, more pods may be new (T03).
    moved: observation.engine.at === 'waiting' ? 0 : observation.pods.canary.total,
    pods: (amount, size) => plannedPods(delivery, amount, size),
  };
}

function judged(look: TrapInput, edits: readonly Edit[], midway: Midway): readonly Finding[] {
  const { engine } = look.observation;
  const { step } = midway;
  const facts = edits.map((edit) => `${editText(edit)}: ${effectOf(look, edit, midway)}`);
  const lands = landingOf(midway);
  if (lands.step !== step) {
    const why = `the engine would leave step ${step} without an approval, and go on with step ${lands.step}`;
    return midwayFinding('error', `${why}${conditionOf(lands)}`, facts);
  }
  const end = timedEnd(midway, engine);
  if (end !== null) {
    return midwayFinding('warning', `the engine's own timer would end step ${step} without an approval`, facts);
  }
  if (edits.every(isPause)) {
    return midwayFinding('note', 'only pauses change: the engine runs no step again', facts);
  }
  return midwayFinding(
    'warning',
    `the engine runs step ${step} again with the changed plan, and waits there again`,
    facts,
  );
}

function conditionOf({ ifScaled }: Landing): string {
  return ifScaled ? ', if the workload is scaled meanwhile' : '';
}

/** The effect of one edit alone. */
function effectOf(look: TrapInput, edit: Edit, midway: Midway): string {
  const { step, live } = midway;
  if (isPause(edit)) return edit.step === step ? timerText(look, midway) : 'runs no step again';
  const alone = live.map((one, index) => (index + 1 === edit.step ? (midway.wanted[index] ?? one) : one));
  const lands = landingOf({ ...midway, wanted: alone });
  if (lands.step !== step) {
    return `leaves step ${step} without an approval, and goes on with step ${lands.step}${conditionOf(lands)}`;
  }
  const [size] = midway.sizes;
  const pods = edit.step === step && edit.part === 'replicas' && size !== undefined ? podsAt(look, size, step) : null;
  return pods === null
    ? `runs step ${step} again, which then waits again`
    : `runs step ${step} again, with ${pods} of ${size} pods new, and then waits again`;
}

function podsAt(look: TrapInput, size: number, step: number): number | null {
  return planned(look, size)[step - 1]?.pods ?? null;
}

function timerText({ observation }: TrapInput, midway: Midway): string {
  const end = timedEnd(midway, observation.engine);
  if (midway.wanted[midway.step - 1]?.pause === null) return `step ${midway.step} waits without the engine's timer`;
  if (end === null) return `the engine's timer ends step ${midway.step} without an approval`;
  return end <= observation.takenAt
    ? `counts as an approval: step ${midway.step} has waited that long, and the engine leaves it at once`
    : `the engine leaves step ${midway.step} at ${end.toISOString()} without an approval`;
}

function editText({ step, part, wanted, found }: Edit): string {
  return `step ${step}, ${part} ${found ?? 'none'} -> ${wanted ?? 'none'}`;
}

function midwayFinding(severity: Severity, message: string, facts: readonly string[]): readonly Finding[] {
  return finding(
    severity,
    'PLAN_CHANGED_MIDWAY',
    message,
    facts,
    severity === 'error'
      ? 'wait until the release is done or rolled back, then change the plan'
      : 'deploy the same commit to go on under the new plan, which drops the approvals; else the release ends under the plan that it started with',
  );
}
