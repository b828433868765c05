import { personKey } from './actor.ts';
import type { Condition, Delivery, Kind, Step } from './delivery.ts';
import { type Approval, type Hold, holdOn, type ReleaseRecord } from './record.ts';
import type { Observation } from './target.ts';

/** What a gate says about the evidence. `until` is when it opens by itself. */
export type Judgement = {
  readonly source: string;
  readonly observedAt: Date;
  readonly why: string;
} & (
  | { readonly is: 'open' | 'skipped' }
  | {
      readonly is: 'shut' | 'failed';
      readonly until: Date | null;
      readonly missing: readonly string[];
      readonly opener: Opener;
    }
);

/** The judgement of a gate. `ready` and `hold` are no conditions: every step has them. */
export type Verdict = Judgement & { readonly name: string; readonly kind: Kind | 'ready' | 'hold' };

/** What opens a shut gate: a person by a command, time, the release's own pods, a change of the policy, another delivery. */
export type Opener =
  | { readonly by: 'promote' | 'resume' | 'time' | 'pods' | 'policy' }
  | { readonly by: 'delivery'; readonly name: string };

/** A fact that a gate rests on and that is looked up only for it: whether another delivery has delivered the release. */
export interface Need {
  readonly is: 'delivered';
  readonly delivery: string;
}

/** Whether another delivery has delivered the release, or a later one. `unknown` where Git or that cluster can't tell. */
export interface AfterEvidence {
  readonly delivery: string;
  readonly has: boolean | 'unknown';
  readonly why: string;
  readonly observedAt: Date;
}

export interface Evidence {
  /** By the cluster's clock, which all its times are compared with. */
  readonly now: Date;
  /** By the runner's clock: a schedule is open when both say so. */
  readonly runnerNow?: Date;
  /** What the plan routes with and is not there; asked for only where the engine may wait for it. */
  readonly missing?: readonly string[];
  readonly after: readonly AfterEvidence[];
}

/** What a gate is judged by. */
export interface Facts {
  /** Of this place of the release, and given for the plan in force. */
  readonly approvals: readonly Approval[];
  readonly observation: Observation;
  readonly evidence: Evidence;
}

/** One kind of gate, as far as a release is concerned. Pure. */
export interface Gate<K extends Kind = Kind> {
  judge(condition: Condition<K>, facts: Facts): Judgement;
  /** A condition in the words of a plan. */
  words(condition: Condition<K>): string;
  /** What a release waits for while a gate is shut, in words. */
  shutWords(shut: Pick<Verdict, 'name' | 'why'>): string;
  /** Whether `promote --force` skips it. */
  readonly isForceable: boolean;
  /** Whether a person, by personKey, may approve what waits for this. */
  admits(condition: Condition<K>, person: string): boolean;
}

/** Every kind of gate. release/ is given them, and knows none by name. */
export type Gates = Readonly<Record<Kind, Gate>>;

/** What verdicts on a release rest on. */
export interface Grounds {
  readonly gates: Gates;
  readonly delivery: Delivery;
  /** The digest of the delivery's plan: approvals that were given for another one don't count. */
  readonly plan: string;
  readonly record: ReleaseRecord;
  readonly observation: Observation;
  readonly evidence: Evidence;
}

export function isOpen(verdict: Verdict): boolean {
  return verdict.is === 'open' || verdict.is === 'skipped';
}

/** The earliest moment at which every shut gate will be open by itself; null where one of them needs more than time. */
export function opensAt(verdicts: readonly Verdict[]): Date | null {
  let latest: Date | null = null;
  for (const verdict of verdicts) {
    if (!('until' in verdict)) continue;
    if (verdict.until === null) return null;
    if (latest === null || verdict.until > latest) latest = verdict.until;
  }
  return latest;
}

/** Verdicts on leaving a step of the asked-for release: its conditions, ready pods, and any hold. */
export function judgeStep(grounds: Grounds, step: number): readonly Verdict[] {
  const { gates, delivery, record, observation, evidence } = grounds;
  const given = approvalsOf(grounds, step);
  const conditions = delivery.steps[step - 1]?.leaveWhen ?? [];
  // Forcing takes the right to approve the step, as it is given today.
  const forced = given.find((approval) => approval.forced && mayApprove(gates, conditions, approval.by));
  const verdicts = [ready(observation, evidence.now), ...judge(grounds, conditions, given)].map((verdict) =>
    forced === undefined ? verdict : force(gates, verdict, forced),
  );
  return [...holds(record, evidence.now), ...verdicts];
}

/** The steps that a jump from one to another leaves out. */
export function passedSteps({ steps }: Delivery, from: number, to: number): readonly Step[] {
  return steps.slice(from, Math.max(from, to - 1));
}

/** Verdicts on jumping over the steps between two of the asked-for release; what all steps share is not judged again. */
export function judgePassed(
  grounds: Grounds,
  { from, to }: { readonly from: number; readonly to: number },
): readonly Verdict[] {
  const passed = passedSteps(grounds.delivery, from, to);
  return passed.flatMap(({ name }, index) =>
    judgeStep(grounds, from + index + 1)
      .filter(({ kind }) => kind !== 'ready' && kind !== 'hold')
      .map((verdict) => ({ ...verdict, name: `${name}: ${verdict.name}` })),
  );
}

/** Verdicts on starting the asked-for release. */
export function judgeStart(grounds: Grounds): readonly Verdict[] {
  const { delivery, record, evidence } = grounds;
  return [...holds(record, evidence.now), ...judge(grounds, delivery.startWhen, approvalsOf(grounds, 0))];
}

/** Verdicts on calling the release delivered, once every pod is the new version. Step N+1 holds their approvals. */
export function judgeDone(grounds: Grounds): readonly Verdict[] {
  const { steps, doneWhen } = grounds.delivery;
  return judge(grounds, doneWhen, approvalsOf(grounds, steps.length + 1));
}

/** The approvals of a step of the asked-for release that were given for the plan in force. */
function approvalsOf({ plan, record: { release, approvals } }: Grounds, step: number): readonly Approval[] {
  if (release === null) return [];
  return approvals.filter((one) => one.release === release.id && one.step === step && one.plan === plan);
}

/** Whether a name may approve what has these conditions: those without an approval are anybody's. */
export function mayApprove(gates: Gates, conditions: readonly Condition[], name: string): boolean {
  const person = personKey(name);
  return person !== null && conditions.every((one) => gates[one.kind].admits(one, person));
}

function judge(
  { gates, observation, evidence }: Grounds,
  conditions: readonly Condition[],
  approvals: readonly Approval[],
): readonly Verdict[] {
  return conditions.map((condition) => {
    const { name, kind } = condition;
    return { name, kind, ...gates[kind].judge(condition, { approvals, observation, evidence }) };
  });
}

/** The engine never looks at a step's pods again once it waits, so this gate is always there. */
function ready(observation: Observation, now: Date): Verdict {
  const { canary } = observation.pods;
  const base = { name: 'ready', kind: 'ready', source: 'the pods of the new version', observedAt: now } as const;
  if (canary.total > 0 && canary.ready === canary.total) {
    return { ...base, is: 'open', why: `${canary.ready} of ${canary.total} new pods ready` };
  }
  const first = observation.trouble.find((trouble) => trouble.version === 'canary');
  const why = `${canary.ready} of ${canary.total} new pods ready${first === undefined ? '' : `: ${first.pod} ${first.reason}`}`;
  return { ...base, is: 'shut', until: null, why, missing: ['ready pods'], opener: { by: 'pods' } };
}

function holds(record: ReleaseRecord, now: Date): readonly Verdict[] {
  const hold = record.release === null ? null : holdOn(record, record.release.digest);
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

/** The command that lifts a hold. */
export function resumeWords({ digest, release }: Hold): string {
  return digest === null ? 'stepgate resume' : `stepgate resume --release ${release ?? digest}`;
}

function force(gates: Gates, verdict: Verdict, by: Approval): Verdict {
  const { name, kind, source, observedAt } = verdict;
  if (isOpen(verdict) || kind === 'hold' || (kind !== 'ready' && !gates[kind].isForceable)) return verdict;
  return { name, kind, source, observedAt, is: 'skipped', why: `skipped: forced by ${by.by}` };
}

/** What a release waits for while this gate is shut, in words. */
export function shutWords(gates: Gates, verdict: Verdict): string {
  const { name, kind, why } = verdict;
  return kind === 'ready' || kind === 'hold' ? `waits for ${name} (${why})` : gates[kind].shutWords(verdict);
}
