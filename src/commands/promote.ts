import { presentEvidence } from '../flow/evidence.ts';
import { writeRecord } from '../flow/execute.ts';
import { forgeEvidence } from '../flow/forge-evidence.ts';
import { refuseTooNew } from '../flow/too-new.ts';
import { actBy, type Observed, observe, type Work, withRun } from '../flow/work.ts';
import { gates, needsOf } from '../gates/index.ts';
import { planDigest } from '../policy/plan-digest.ts';
import { personKey } from '../release/actor.ts';
import { isAsWritten } from '../release/as-written.ts';
import { conditionsAt, placeWords } from '../release/delivery.ts';
import { inputError, refusal } from '../release/error.ts';
import { judgeFreezes, mayApprove, mayForce, resumeWords } from '../release/gate.ts';
import type { Observation } from '../release/observation.ts';
import { type AskedFor, holdOn, type ReleaseRecord, stableOf } from '../release/record.ts';
import { approved } from '../release/record-after.ts';
import type { DeliveryReport, Report } from '../release/report.ts';
import { refuseDuringRollback } from '../release/rollback-request.ts';
import type { Approver } from '../release/verdict.ts';
import type { ForgeEvidence } from '../release/vote.ts';
import { contentWords, isNamed } from '../release/whole.ts';
import { eachDelivery } from './fleet.ts';
import { jump } from './jump.ts';
import { approverOf, mayNotApprove, personOf } from './person.ts';
import { placeMeant, stepMeant } from './place.ts';
import { lookUp } from './promoting-run.ts';
import { driveAndPropose } from './propose.ts';
import { isRepeated, refuseBlindRerun } from './rerun.ts';
import { chosen, goal, policyOf, type Run, reportOf } from './run.ts';

/** Records a person's approval of what waits, and does what is due then. */
export async function promote(run: Run<'promote'>): Promise<Report> {
  const { input, context } = run;
  // An approval is for what its person saw. A run of a workflow may start much later, so it has to name that.
  if (context.run.by === 'github' && (input.release === null || (input.step === null && input.to === null))) {
    throw inputError('RELEASE_REQUIRED', 'in a workflow, promote needs the release and the step', {
      hint: 'give release and step as stepgate status prints them, such as inputs of workflow_dispatch',
    });
  }
  const source = await policyOf(run, 'fetched');
  const meant = new Map<string, { readonly release: string; readonly step: number }>();
  const access = { read: 'alone', tells: true, method: input.method } as const;
  const reports = await eachDelivery(run, source, chosen(source.current, input, true), access, (work) =>
    promoteOne(run, work, meant),
  );
  return reportOf('promote', reports);
}

async function promoteOne(
  run: Run<'promote'>,
  work: Work,
  meant: Map<string, { readonly release: string; readonly step: number }>,
): Promise<DeliveryReport> {
  // A jump goes by what is in the cluster now. The watches may lag behind, most of all after a write that was refused.
  if (run.input.to !== null) await work.following.refresh();
  const observed = observe(work);
  await work.goBy(observed);
  refuseTooNew(observed.record, 'promote', work.delivery.name);
  if (isRepeated(work, observed.record, 'promote', aboutOf(run))) {
    work.context.log(`${work.delivery.name}: this run has already given its approval, and goes on`);
    return driveAndPropose(work, goal(run, 'act'));
  }
  refuseBlindRerun(run, run.input.release);
  const person = await personOf(work);
  const asked = observed.record.release;
  if (asked === null)
    throw refusal('NO_RELEASE', `${work.delivery.name}: no release runs`, 'stepgate deploy starts one');
  const step = stepToApprove(work, observed, asked);
  check(run, work, observed, { release: asked, step });
  const { id: release } = asked;
  // When somebody else wrote first, this runs again: the approval must not move on to the next step or another release.
  const before = meant.get(work.delivery.name) ?? { release, step };
  meant.set(work.delivery.name, before);
  if (before.release !== release || before.step !== step) {
    throw refusal(
      before.release === release ? 'STEP_CHANGED' : 'RELEASE_CHANGED',
      `${work.delivery.name}: meanwhile somebody else went on to ${placeWords(work.delivery, step)} of ${release}`,
      'look at it with stepgate status, then promote what you see',
    );
  }
  const { input } = run;
  const { to, force } = input;
  const promoting = await lookUp(work, person, asked, step);
  const approver = approverOf(person, promoting.account);
  const approve = (record: ReleaseRecord, of: number): ReleaseRecord => {
    const plan = planDigest(work.delivery);
    const given = { ...actBy(work, person), release, step: of, plan };
    const reviewers = of === step ? promoting.reviewers : [];
    const next = [
      { ...given, ...approver, forced: force },
      ...reviewers.map(({ login: by, id }) => ({
        ...given,
        by,
        account: id,
        forced: false,
        way: 'environment' as const,
      })),
    ].reduce((all, one) => approved(all, one, (left, right) => personKey(left) === personKey(right)), record);
    return next === record ? record : withRun(work, next, { command: 'promote', about: aboutOf(run), actor: person });
  };
  const forge = await forgeEvidence(work, observed.record, needsOf(conditionsAt(work.delivery, step)), 'known');
  tellUncounted(work, step, approver, { force, forge });
  for (const { login: reviewer } of promoting.reviewers) tellUnnamed(work, step, reviewer, forge);
  if (force && (step === 0 || step > work.delivery.steps.length))
    work.context.log(
      `${work.delivery.name}: --force skips no gate of ${placeWords(work.delivery, step)}, only gates of a step`,
    );
  if (to === null) {
    const place = placeWords(work.delivery, step);
    const why = `${person.name} approves ${place} of ${release}${force ? ', forced' : ''}`;
    if (input.release === null || input.step === null)
      work.context.log(`${work.delivery.name}: promotes release ${release}, ${place}`);
    await writeRecord(work, observed, approve(observed.record, step), why);
    return driveAndPropose(work, goal(run, 'act'));
  }
  return jump(run, work, observed, { from: step, to: stepMeant(work.delivery, to), release, approve, person });
}

/** What is approved, as the record's list of runs has it. */
function aboutOf({ input: { release, step, to } }: Run<'promote'>): string {
  return [release ?? '', step ?? '', to === null ? '' : `to ${to}`].join(' ').trim();
}

/**
 * Forcing takes the right to approve the step: throws PERSON_REFUSED for anybody else. A plain approval by somebody who is not
 * named is recorded and does not count, which the log says at once.
 */
function tellUncounted(
  { delivery, context }: Work,
  step: number,
  approver: Approver,
  { force, forge }: { readonly force: boolean; readonly forge: ForgeEvidence | null },
): void {
  const { by: name } = approver;
  const conditions = conditionsAt(delivery, step);
  if (!force) tellUnnamed({ delivery, context }, step, name, forge);
  if (!force || mayForce(gates, conditions, approver, forge)) return;
  throw mayNotApprove(delivery.name, name, { place: placeWords(delivery, step), act: 'force it' });
}

/** Says in which conditions of a step an approval does not count, because they do not name its person. */
function tellUnnamed(
  { delivery, context }: Pick<Work, 'context' | 'delivery'>,
  step: number,
  name: string,
  forge: ForgeEvidence | null,
): void {
  const others = conditionsAt(delivery, step).filter(
    (one) => gates[one.kind].waitsOn === 'person' && !mayApprove(gates, [one], name, forge),
  );
  if (others.length === 0) return;
  const names = others.map((one) => one.name).join(', ');
  context.log(`${delivery.name}: ${name} is not named in ${names}: this approval does not count there`);
}

/** The step that an approval given now is for: 0 before the start, N+1 after the last. */
function stepToApprove({ delivery }: Work, { observation, record }: Observed, release: AskedFor): number {
  const { engine, workload } = observation;
  if (workload?.id !== release.id) return 0;
  if (isOnItsWay(observation, record)) return 1;
  switch (engine.at) {
    case 'waiting':
    case 'moving':
    case 'frozen':
      return engine.step;
    case 'starting':
      return 1;
    case 'idle':
      // A first deploy has no steps, but it has a last gate where one is configured.
      if (stableOf(record)?.id !== release.id && (record.history.length > 0 || delivery.doneWhen.length > 0))
        return delivery.steps.length + 1;
      throw refusal(
        'NO_RELEASE',
        `${delivery.name}: nothing waits, ${release.id} was delivered`,
        'stepgate status shows where it stands',
      );
    case 'absent':
    case 'off':
    case 'unseen':
    case 'noWorkload':
    case 'refusing':
    case 'finishing':
    case 'cancelling':
      throw refusal(
        'NO_RELEASE',
        `${delivery.name}: nothing waits for an approval here (${engine.at})`,
        'stepgate status shows where it stands',
      );
  }
}

/** Throws what refuses an approval, before anything is written. */
function check(
  { input }: Run<'promote'>,
  work: Work,
  { record, observation, rollout, workload }: Observed,
  { release, step }: { readonly release: AskedFor; readonly step: number },
): void {
  const { delivery, target } = work;
  if (input.release !== null && !isNamed(release, input.release)) {
    throw refusal(
      'RELEASE_CHANGED',
      `${delivery.name}: ${contentWords(release)} is here, not ${input.release}`,
      'look at it with stepgate status, then promote what you see',
    );
  }
  if (input.step !== null && placeMeant(delivery, input.step) !== step) {
    throw refusal(
      'STEP_CHANGED',
      `${delivery.name}: ${release.id} is at ${placeWords(delivery, step)}, not ${input.step}`,
      'look at it with stepgate status, then promote what you see',
    );
  }
  refuseDuringRollback(delivery, record, 'stepgate tick finishes it');
  const hold = holdOn(record, release);
  if (hold !== null)
    throw refusal(
      'HELD',
      `${delivery.name}: ${hold.digest === null ? 'the delivery' : release.id} is held by ${hold.by}: ${hold.reason}`,
      `${resumeWords(hold)} --delivery ${delivery.name} lifts the hold`,
    );
  // Neither a force nor a jump is kept until the freeze ends: it would skip gates at a time for which nobody asked.
  const [freeze] = input.force || input.to !== null ? judgeFreezes(delivery, presentEvidence(work)) : [];
  if (freeze !== undefined) {
    throw refusal(
      'FROZEN',
      `${delivery.name}: ${freeze.why}`,
      `no --force and no --to passes a freeze; without them the approval counts when the freeze ends`,
    );
  }
  const differs = rollout === null ? [] : target.planDifferences(target.rolloutOf(delivery), rollout);
  if (differs.length > 0 && step > 0) {
    throw refusal(
      'PLAN_DIFFERS',
      `${delivery.name}: the plan in the cluster is not that of ${work.policy.ref}: ${differs.join('; ')}`,
      'roll back, or put the plan in Git back until the release is through',
    );
  }
  if (observation.workload?.id === release.id && workload !== null && !isAsWritten(release, observation.workload)) {
    throw refusal(
      'FOREIGN_RELEASE',
      `${delivery.name}: somebody changed the pod template since ${release.id} was released`,
      'deploy again, or roll back',
    );
  }
  const { engine } = observation;
  const onItsWay = ['moving', 'starting'].includes(engine.at) || isOnItsWay(observation, record);
  if (input.step === null && observation.workload?.id === release.id && onItsWay) {
    // Else a second `promote`, a moment after the first, would approve a step that nobody has seen yet.
    throw refusal(
      'STEP_REQUIRED',
      `${delivery.name}: ${release.id} is on its way to step ${step}, and nothing waits yet`,
      `to approve it in advance, name it: --step ${step}`,
    );
  }
}

/** The template is written and the engine has not begun: it still shows the release before. */
function isOnItsWay({ engine, workload }: Observation, record: ReleaseRecord): boolean {
  if (workload === null || !('id' in engine)) return false;
  if (engine.at === 'idle' && workload.gated) return true;
  // What was delivered has no steps left, and the engine may never take up its id (docs/engine.md#status).
  const stable = stableOf(record);
  return stable !== null && stable.id !== workload.id && engine.id !== null && engine.id !== workload.id;
}
