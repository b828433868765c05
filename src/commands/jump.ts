import { act } from '../flow/act.ts';
import { presentEvidence } from '../flow/evidence.ts';
import { writeRecord } from '../flow/execute.ts';
import { forgeEvidence } from '../flow/forge-evidence.ts';
import { drive } from '../flow/tick.ts';
import { jumping, type Observed, observe, type Work } from '../flow/work.ts';
import { Moved } from '../flow/write.ts';
import { gates, needsOf } from '../gates/index.ts';
import { planDigest } from '../policy/plan-digest.ts';
import type { Actor } from '../release/actor.ts';
import { environmentError, refusal } from '../release/error.ts';
import { judgePassed, passedSteps } from '../release/gate.ts';
import type { ReleaseRecord } from '../release/record.ts';
import type { DeliveryReport } from '../release/report.ts';
import { isOpen } from '../release/verdict.ts';
import { deadline, goal, type Run } from './run.ts';

/** How often a jump back is sent at most, where the engine overwrites it each time. */
const JUMPS = 5;

/**
 * Jumps to a step. Forward, the gates of every step on the way have to be open. Backward, the approvals of those steps are
 * dropped.
 */
export async function jump(
  run: Run<'promote'>,
  work: Work,
  observed: Observed,
  {
    from,
    to,
    release,
    approve,
    person,
  }: {
    from: number;
    to: number;
    release: string;
    person: Actor;
    approve: (record: ReleaseRecord, step: number) => ReleaseRecord;
  },
): Promise<DeliveryReport> {
  const { delivery } = work;
  const { engine } = observed.observation;
  // Before the start, the engine may wait at a step of the release before, which has another plan.
  if (from === 0)
    throw refusal(
      'STEP_CHANGED',
      `${delivery.name}: ${release} has not started, and a jump is taken only from a step that waits`,
      'approve the start with a promote without --to',
    );
  if (engine.at !== 'waiting')
    throw refusal(
      'STEP_CHANGED',
      `${delivery.name}: a jump is taken only from a step that waits`,
      'try again when it waits',
    );
  if (observed.rollout !== null && !work.target.takesJump(observed.rollout)) {
    throw refusal(
      'JUMP_REFUSED',
      `${delivery.name}: the engine in this cluster only goes from each step to the next`,
      'promote step by step; to go back, run stepgate rollback',
    );
  }
  const { force } = run.input;
  const blind = passedSteps(delivery, from, to).find(({ leaveWhen }) =>
    leaveWhen.some(({ kind }) => gates[kind].waitsOn !== 'person' && !(force && gates[kind].isForceable)),
  );
  if (blind !== undefined) {
    throw refusal(
      'GATE_NOT_FORCEABLE',
      `${delivery.name}: step ${blind.name} has gates that stay shut when it is jumped over`,
      'go step by step, or jump with --force',
    );
  }
  if (to <= from) {
    const kept = observed.record.approvals.filter((one) => one.step < to);
    await writeRecord(
      work,
      observed,
      { ...observed.record, approvals: kept },
      `back to step ${to}: later approvals no longer count`,
    );
    const until = deadline(run);
    let report: DeliveryReport | null = null;
    for (let sent = 1; ; sent += 1) {
      const why = `${person.name} jumps back to step ${to}`;
      const cleared = await waitingUnapproved(work, from, to, until);
      if (cleared === null && report !== null) return report;
      if (cleared === null) throw new Moved(`step ${from} has changed since it was read`);
      // A freeze may have been merged meanwhile.
      if (await work.renew()) throw new Moved('the policy has changed');
      await act(jumping(work, to), cleared, { do: 'advance', release, step: from, why });
      report = await drive(work, goal(run, 'act', { advance: false, deadline: until }));
      // Still waiting where it was: the engine's next write has undone the jump (E29).
      const now = observe(work).observation.engine;
      if (to === from || now.at !== 'waiting' || now.step !== from || sent === JUMPS) return report;
    }
  }
  let record = observed.record;
  for (let step = from; step < to; step += 1) record = approve(record, step);
  const passed = passedSteps(delivery, from, to).flatMap(({ leaveWhen }) => leaveWhen);
  const forge = await forgeEvidence(work, record, needsOf(passed), 'anew');
  const evidence = { ...presentEvidence(work), forge };
  const { observation } = observed;
  const grounds = { gates, delivery, plan: planDigest(delivery), record, observation, evidence };
  const shut = judgePassed(grounds, { from, to }).find((one) => !isOpen(one));
  if (shut !== undefined) {
    throw refusal(
      'GATE_SHUT',
      `${delivery.name}: a jump to step ${to} passes ${shut.name}, which ${person.name} alone can't open`,
      'nothing was written; go step by step',
    );
  }
  await writeRecord(work, observed, record, `${person.name} approves steps ${from} to ${to - 1} of ${release}`);
  return drive(to === from + 1 ? work : jumping(work, to), goal(run, 'act'));
}

/**
 * Waits until the engine asks at this step (E4). Null when the engine has left the step, or somebody has approved a
 * later step meanwhile. Throws TIMEOUT.
 */
async function waitingUnapproved(work: Work, step: number, to: number, until: Date): Promise<Observed | null> {
  for (;;) {
    const observed = observe(work);
    const { engine } = observed.observation;
    if (engine.at !== 'waiting' || engine.step !== step) return null;
    if (observed.record.approvals.some((one) => one.step >= to)) return null;
    if (engine.asks || engine.timed) return observed;
    if (work.context.clock.now() >= until)
      throw environmentError('TIMEOUT', `the time ran out: the engine does not ask at step ${step}`, {
        hint: 'is the Kruise Rollouts controller running?',
      });
    await work.following.changed(until);
  }
}
