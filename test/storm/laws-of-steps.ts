import type { Delivery } from '../../src/release/delivery.ts';
import type { Thing } from '../../src/simulator/api/things.ts';
import type { Counts } from './counts.ts';
import {
  idOf,
  isBlueGreen,
  notedIn,
  type Point,
  planIn,
  planWords,
  pointOf,
  pointWords,
  versionOf,
  wantedVersion,
} from './facts.ts';
import { factsAround, isTimed } from './facts-around.ts';
import { shutBy, shutGates } from './gates.ts';
import type { Run } from './ledger.ts';
import {
  isFrozenSince,
  isOurs,
  isOut,
  judgeHold,
  lookAge,
  policiesSince,
  policyAge,
  type Sight,
  soakedSince,
  underAnotherPlan,
  votesOf,
} from './sight.ts';
import type { Vote } from './votes.ts';
import type { KindName } from './workloads.ts';

/** The engine's own move from one step to another. */
export function walked(sight: Sight, is: Point, was: Point, object: Thing): void {
  const leaves = was.reason === 'InRolling' && was.state === 'StepPaused' && is.state !== 'StepPaused';
  const again = was.reason === 'InRolling' && is.reason === 'InRolling' && is.step === was.step;
  const left =
    was.id === is.id && was.step > 0 && was.reason === 'InRolling' && (is.step > was.step || is.state === 'Completed');
  if (left && was.state !== 'Completed') {
    noteLeft(sight, was, object);
    permit(sight, was, object);
  } else if (leaves && again && is.state === 'StepReady') {
    permit(sight, was, object);
  }
}

/** Stepgate lets a step go: by status, by a jump, or by plan. */
export function letGo(sight: Sight, run: Run, object: Thing, was: Point, to: number): void {
  run.wrote.add('status');
  // In a timed pause the engine rests as well: it takes an approval there, and writes nothing until the time is over.
  if (!was.message.includes('manually confirm') && !was.message.includes('wait duration'))
    sight.breaks(
      'an approval is sent only when the engine asks (E4)',
      `step ${was.step} of ${was.id}: '${was.message}'`,
    );
  const { takenOut } = sight;
  if (takenOut !== null && isOut(takenOut, sight.now()) && run.sent - takenOut.at > lookAge)
    sight.takenOut = { ...takenOut, wentOn: true };
  judgeLetGo(sight, run, object, was, to);
  sight.letGo.set(`${was.id}/${was.step}`, run.actor);
}

export function notePlan(sight: Sight, actor: string, object: Thing, old: Thing | undefined): void {
  const [is, was] = [planIn(object), planIn(old)];
  if (is === was || JSON.stringify(is) === JSON.stringify(was)) return;
  const run = sight.runOf(actor);
  if (actor === 'person') sight.planMeddledAt = sight.now();
  else if (run !== undefined) run.wrote.add('pause');
  for (const [index, step] of is.entries()) {
    const before = was[index];
    if (before !== undefined && before.pause === step.pause) continue;
    if (step.pause === null || isTimed(sight, index + 1, step.pause)) {
      sight.pauses.delete(index + 1);
      continue;
    }
    sight.pauses.set(index + 1, { by: actor, at: sight.now() });
    const point = pointOf(object);
    if (run !== undefined && step.pause === 0) {
      if (point.step !== index + 1 || point.state !== 'StepPaused')
        sight.breaks('a pause is opened only where the engine waits', `step ${index + 1} of ${point.id}`);
      else letGo(sight, run, object, point, point.step + 1);
    }
  }
}

/** What is written rests on what is there, not on what was there once. */
export function judgeSeen(sight: Sight, { saw, command }: Run, object: Thing, old: Thing): void {
  const [is, was] = [notedIn(object), notedIn(old)];
  const decided = is.text !== was.text || pointOf(object).state !== pointOf(old).state;
  if (decided && was.text !== '' && !saw.records.has(was.text))
    sight.breaks('nothing is written on a record that was not seen', command);
  const point = pointWords(pointOf(old));
  const goes = pointOf(object).state !== pointOf(old).state || pointOf(object).next !== pointOf(old).next;
  if (goes && !saw.points.has(point))
    sight.breaks('no step is let go that was not seen to wait', `${command}: ${point}`);
}

const oldVersion = 'rollouts.kruise.io/v1alpha1';

/** Counts what is left, by what is drawn. */
function noteLeft(sight: Sight, was: Point, object: Thing): void {
  const { counts } = sight;
  counts.steps += 1;
  if (sight.carried) counts.carriedSteps += 1;
  if (sight.carried && object.apiVersion === oldVersion) counts.oldEngineSteps += 1;
  const ofKind = stepsOfKind[sight.kind];
  if (ofKind !== null) counts[ofKind] += 1;
  const [policy] = policiesSince(sight, sight.now());
  if (policy?.steps[was.step - 1]?.leaveWhen.some(({ kind }) => kind === 'noRestarts')) counts.quietSteps += 1;
  const measured = (policy?.steps[was.step - 1]?.leaveWhen ?? []).filter(({ kind }) => kind === 'metric');
  if (measured.length > 0) counts.metricSteps += 1;
  if (measured.some(({ name }) => name === 'compared')) counts.comparedSteps += 1;
  if (policy?.traffic?.canaryService === false) counts.sharedSteps += 1;
  if (sight.enoughReadyAt > sight.allReadyAt) counts.sparedSteps += 1;
  if (planIn(object)[was.step - 1]?.pause !== null && !sight.letGo.has(`${was.id}/${was.step}`)) counts.timedSteps += 1;
}

const stepsOfKind = {
  Deployment: null,
  StatefulSet: 'statefulSetSteps',
  CloneSet: 'cloneSetSteps',
  AdvancedStatefulSet: 'advancedStatefulSetSteps',
  AdvancedDaemonSet: 'daemonSetSteps',
} as const satisfies Record<KindName, keyof Counts | null>;

function permit(sight: Sight, was: Point, object: Thing): void {
  const key = `${was.id}/${was.step}`;
  if (sight.letGo.has(key)) return;
  const plan = planIn(object);
  const step = plan[was.step - 1];
  const isLast = was.step === plan.length;
  if (isLast && step?.replicas === '100%' && !isBlueGreen(object)) return;
  if (sight.meddled) return;
  if (isTimed(sight, was.step, step?.pause ?? null)) {
    const left = sight.pausedAt + (step?.pause ?? 0) * 1_000 - sight.now();
    if (left > timerSlack) sight.breaks('the engine’s timer ends no step before its time', `${key}: ${left} ms left`);
    return;
  }
  const pause = sight.pauses.get(was.step);
  const zero = step !== undefined && step.pause !== null;
  // Whoever opens a pause lets the step go. That none is open when stepgate begins a release is a law of its own.
  if (zero && pause?.by === 'person') return;
  sight.breaks(
    'no step is left unapproved',
    `the engine left step ${was.step} of ${was.id} by itself${zero ? `: its pause is ${step.pause}, written by ${pause?.by ?? 'nobody'}` : ''}`,
  );
}

/** A freeze ends by whole seconds of the clock, and what was looked at is a moment old. Milliseconds. */
const clockSlack = 2_500;

/** Times in the status are whole seconds. */
const timerSlack = 2_000;

function judgeLetGo(sight: Sight, run: Run, object: Thing, was: Point, to: number): void {
  const noted = notedIn(object);
  const what = `step ${was.step} of ${was.id} by ${run.command}`;
  const { rollback } = noted;
  // The server compares record, plan and point with what is written, but neither pods nor clock.
  const { sent } = run;
  if (rollback !== null && rollback.cluster === 'todo') {
    if (rollback.to.id !== was.id) sight.breaks('a rollback advances only stable', what);
    const ours = sight.pods().filter((pod) => versionOf(pod) === wantedVersion(sight.workload()));
    if (sent - sight.enoughReadyAt > lookAge && ours.length > 0)
      sight.breaks('no step is left with pods that are not ready', what);
    return;
  }
  judgeHold(sight, noted, { id: was.id, sent: sight.now(), what });
  if (to <= was.step) {
    if (run.means === null || run.means.to !== to) sight.breaks('nobody asked to jump back', what);
    if (noted.approvals.some((one) => one.release === was.id && one.step >= to))
      sight.breaks('a jump back takes later approvals away', what);
    return;
  }
  if (noted.release?.id !== was.id) sight.breaks('only the release of the record is advanced', what);
  if (idOf(sight.workload()) !== was.id) sight.breaks('only what is live is advanced', what);
  const policies = policiesSince(sight, sent - policyAge);
  if (sight.now() - sight.planMeddledAt > lookAge && underAnotherPlan(sight, object, was.id, policies))
    sight.breaks('nothing is promoted under another plan', what);
  if (isFrozenSince(sight, sent - policyAge, sent + clockSlack)) sight.breaks('a frozen delivery leaves no step', what);
  const { awaySince } = sight.git;
  if (awaySince !== null && sent - awaySince > policyAge) sight.breaks('nothing goes on without today’s policy', what);
  for (let step = was.step; step < to; step += 1) {
    const plan = planWords(object);
    const approvals = sight.ledger.approvals.filter(
      (one) => one.release === was.id && one.step === step && one.under.includes(plan),
    );
    // A pod that went down a moment ago may not have been seen yet.
    const unseen = sent - sight.enoughReadyAt <= lookAge ? sight.soakedBefore : null;
    const soaked = step === was.step ? (soakedSince(sight) ?? unseen) : null;
    const around = factsAround(sight, noted.release?.commit ?? '', sent);
    const votes = votesOf(sight, { release: was.id, step, plan }, sent);
    const evidence = { now: sent, approvals, votes, soakedSince: soaked, skew: run.skew, ...around };
    const shut = shutBy(policies, ({ steps }) => shutGates(steps[step - 1]?.leaveWhen ?? [], evidence, true));
    if (shut.length > 0) sight.breaks('no step is left unapproved', `${what}, step ${step}: ${shut.join('; ')}`);
    noteVotes(sight, policies, step, votes);
    const forced = approvals.some((one) => one.forced);
    if (step === was.step && !forced && sent - sight.enoughReadyAt > lookAge)
      sight.breaks('no step is left with pods that are not ready', what);
  }
  const strange = sight.strangeSince !== null && sent - sight.strangeSince > lookAge;
  if (strange && sight.strangers.has(wantedVersion(sight.workload())) && !isOurs(sight, noted))
    sight.breaks('a stranger’s template is not promoted', what);
}

/** Counts the steps that were left by what people did at the forge. */
function noteVotes({ counts }: Sight, policies: readonly Delivery[], step: number, votes: readonly Vote[]): void {
  const asked = policies.some(({ steps }) =>
    steps[step - 1]?.leaveWhen.some((one) => one.kind === 'approval' && votes.some(({ way }) => one.by.includes(way))),
  );
  if (!asked) return;
  const ways = new Set(votes.map(({ way }) => way));
  if (ways.has('comment')) counts.commentSteps += 1;
  if (ways.has('review')) counts.reviewSteps += 1;
  if (ways.has('merge')) counts.mergeSteps += 1;
}
