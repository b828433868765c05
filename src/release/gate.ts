import { personKey } from './actor.ts';
import type { Condition, Delivery, Step } from './delivery.ts';
import { freezesOn, freezeWords, liftWords, sourceWords } from './freeze.ts';
import { latest } from './moments.ts';
import type { Observation } from './observation.ts';
import { type Approval, type AskedFor, type Hold, holdOn, type ReleaseRecord } from './record.ts';
import {
  type Approver,
  type BuiltIn,
  type Evidence,
  type Gates,
  type Grounds,
  isOpen,
  type Opener,
  type Verdict,
} from './verdict.ts';
import type { ForgeEvidence } from './vote.ts';

/** Verdicts on leaving a step of the requested release: its conditions, ready pods, any hold and freezes. */
export function judgeStep(grounds: Grounds, step: number): readonly Verdict[] {
  const { gates, delivery, record, observation, evidence } = grounds;
  const given = approvalsOf(grounds, step);
  const conditions = delivery.steps[step - 1]?.leaveWhen ?? [];
  // Forcing needs the right to approve the step under today's policy.
  const forced = given.find((approval) => approval.forced && mayForce(gates, conditions, approval, evidence.forge));
  const verdicts = [ready(observation, evidence.now), ...judge(grounds, conditions, step)].map((verdict) =>
    forced === undefined ? verdict : force(gates, verdict, forced),
  );
  return [...holds(record, evidence.now), ...judgeFreezes(delivery, evidence), ...verdicts];
}

/** The steps between the two ends of a jump. */
export function passedSteps({ steps }: Delivery, from: number, to: number): readonly Step[] {
  return steps.slice(from, Math.max(from, to - 1));
}

/** Verdicts on the steps that a jump skips. `ready`, `hold` and `freeze` are not judged again. */
export function judgePassed(
  grounds: Grounds,
  { from, to }: { readonly from: number; readonly to: number },
): readonly Verdict[] {
  const passed = passedSteps(grounds.delivery, from, to);
  return passed.flatMap(({ name }, index) =>
    judgeStep(grounds, from + index + 1)
      .filter(({ kind }) => !isBuiltIn(kind))
      .map((verdict) => ({ ...verdict, name: `${name}: ${verdict.name}` })),
  );
}

/** Verdicts on starting the requested release. Where it is urgent, schedules and freezes are skipped. */
export function judgeStart(grounds: Grounds): readonly Verdict[] {
  const { gates, delivery, record, evidence } = grounds;
  const verdicts = [...judgeFreezes(delivery, evidence), ...judge(grounds, delivery.startWhen, 0)];
  return [...holds(record, evidence.now), ...verdicts.map((verdict) => hurry(gates, verdict, record.release))];
}

function hurry(gates: Gates, verdict: Verdict, release: AskedFor | null): Verdict {
  const { name, kind, source, observedAt } = verdict;
  const yields = kind === 'freeze' || (!isBuiltIn(kind) && gates[kind].yieldsToUrgency);
  if (isOpen(verdict) || !yields || release?.urgent === undefined) return verdict;
  const why = `skipped: urgent, says ${release.by}: ${release.urgent}`;
  return { name, kind, source, observedAt, is: 'skipped', why, since: new Date(release.at) };
}

/** A verdict for each freeze of a delivery that is in force. */
export function judgeFreezes(
  delivery: Pick<Delivery, 'name' | 'environment'>,
  { freezes, ...clocks }: Pick<Evidence, 'now' | 'runnerNow' | 'freezes'>,
): readonly Verdict[] {
  return freezesOn(delivery, freezes, clocks).map((found): Verdict => {
    const { freeze, until } = found;
    const lift = liftWords(freeze);
    const byPerson: Opener = freeze.from.is === 'file' ? { by: 'thaw', run: lift } : { by: 'issue' };
    return {
      name: freeze.name,
      kind: 'freeze',
      source: sourceWords(freeze),
      observedAt: clocks.now,
      is: 'shut',
      until,
      why: freezeWords(found),
      missing: [lift],
      opener: until === null ? byPerson : { by: 'time' },
    };
  });
}

/** Verdicts on calling the release delivered, once every pod has the new version. Their approvals have the step N+1. */
export function judgeDone(grounds: Grounds): readonly Verdict[] {
  const { steps, doneWhen } = grounds.delivery;
  return judge(grounds, doneWhen, steps.length + 1);
}

/** The approvals for a step of the requested release under the plan in force. */
function approvalsOf({ plan, record: { release, approvals } }: Grounds, step: number): readonly Approval[] {
  if (release === null) return [];
  return approvals.filter((one) => one.release === release.id && one.step === step && one.plan === plan);
}

/** Whether a person may approve a place with these conditions. Without an approval condition everybody may. */
export function mayApprove(
  gates: Gates,
  conditions: readonly Condition[],
  name: string,
  forge: ForgeEvidence | null,
): boolean {
  const person = personKey(name);
  return person !== null && conditions.every((one) => gates[one.kind].admits(one, person, forge));
}

/** Whether a person may force a place with these conditions: whoever may approve it, and whose approval counts for this release. */
export function mayForce(
  gates: Gates,
  conditions: readonly Condition[],
  approver: Approver,
  forge: ForgeEvidence | null,
): boolean {
  const isBarred = conditions.some((one) => gates[one.kind].bars(one, approver, forge));
  return !isBarred && mayApprove(gates, conditions, approver.by, forge);
}

/** Verdicts on the conditions at a place of the requested release. */
export function judge(grounds: Grounds, conditions: readonly Condition[], place: number): readonly Verdict[] {
  const { gates, observation, evidence } = grounds;
  const approvals = approvalsOf(grounds, place);
  const found = evidence.forge?.votes;
  const votes = found?.is === 'known' ? found.value.filter(({ step }) => step === place) : [];
  return conditions.map((condition) => {
    const { name, kind } = condition;
    return { name, kind, ...gates[kind].judge(condition, { approvals, votes, observation, evidence }) };
  });
}

/** Whether as many new pods are ready as a step needs. At least one has to be. */
export function enoughReady({ pods: { canary }, mayBeUnready }: Observation): boolean {
  if (canary.ready === canary.total) return true;
  return canary.ready > 0 && canary.ready + mayBeUnready >= canary.total;
}

/** The engine does not check a step's pods again once it waits, so stepgate always does. */
function ready(observation: Observation, now: Date): Verdict {
  const { canary } = observation.pods;
  const { engine, mayBeUnready } = observation;
  const base = { name: 'ready', kind: 'ready', source: 'the pods of the new version', observedAt: now } as const;
  const counted = `${canary.ready} of ${canary.total} new pods ready`;
  if (canary.total > 0 && enoughReady(observation)) {
    const spared = canary.ready < canary.total ? `, and ${mayBeUnready} may be unready` : '';
    const since = latest([engine.at === 'waiting' ? engine.since : null, observation.readySince]);
    return { ...base, is: 'open', why: `${counted}${spared}`, ...(since === null ? {} : { since }) };
  }
  const first = observation.trouble.find((trouble) => trouble.version === 'canary');
  const why = `${counted}${first === undefined ? '' : `: ${first.pod} ${first.reason}`}`;
  return { ...base, is: 'shut', until: null, why, missing: ['ready pods'], opener: { by: 'pods' } };
}

function holds(record: ReleaseRecord, now: Date): readonly Verdict[] {
  const hold = record.release === null ? null : holdOn(record, record.release);
  if (hold === null) return [];
  return [
    {
      name: 'hold',
      kind: 'hold',
      source: 'the record on the Rollout',
      observedAt: now,
      is: 'failed',
      until: null,
      why: `held by ${hold.by}: ${hold.reason}`,
      missing: [resumeWords(hold)],
      opener: { by: 'resume' },
    },
  ];
}

export function resumeWords({ digest, release }: Hold): string {
  return digest === null ? 'stepgate resume' : `stepgate resume --release ${release ?? digest}`;
}

function force(gates: Gates, verdict: Verdict, by: Approval): Verdict {
  const { name, kind, source, observedAt } = verdict;
  if (isOpen(verdict) || !(kind === 'ready' || (!isBuiltIn(kind) && gates[kind].isForceable))) return verdict;
  return { name, kind, source, observedAt, is: 'skipped', why: `skipped: forced by ${by.by}`, since: new Date(by.at) };
}

/** What the release waits for while this gate is shut, as text. */
export function shutWords(gates: Gates, verdict: Verdict): string {
  const { name, kind, why } = verdict;
  if (kind === 'freeze') return `is ${why}`;
  return isBuiltIn(kind) ? `waits for ${name} (${why})` : gates[kind].shutWords(verdict);
}

function isBuiltIn(kind: Verdict['kind']): kind is BuiltIn {
  return kind === 'ready' || kind === 'hold' || kind === 'freeze';
}
