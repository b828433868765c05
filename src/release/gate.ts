import { personKey } from './actor.ts';
import type { Condition, Delivery, Kind, Step } from './delivery.ts';
import { type Freeze, freezesOn, freezeWords, liftWords, sourceWords } from './freeze.ts';
import type { Observation } from './observation.ts';
import { type Approval, type Hold, holdOn, type ReleaseRecord } from './record.ts';
import type { ForgeEvidence, ForgeWay, Vote, Way } from './vote.ts';

/** The result of judging the evidence. `until` is when the gate opens by itself. */
export type Judgement = {
  readonly source: string;
  readonly observedAt: Date;
  readonly why: string;
} /** `since`: when it opened by itself, where time opens it. */ & (
  | { readonly is: 'open' | 'skipped'; readonly since?: Date }
  | {
      readonly is: 'shut' | 'failed';
      readonly until: Date | null;
      readonly missing: readonly string[];
      readonly opener: Opener;
    }
);

/** The judgement of a named gate. The gates `ready`, `hold` and `freeze` are not in the config. */
export type Verdict = Judgement & { readonly name: string; readonly kind: Kind | BuiltIn };

/** `ready`: at every step. `hold` and `freeze`: at the start and at every step, while there is one. */
type BuiltIn = 'ready' | 'hold' | 'freeze';

/**
 * What opens a shut gate: a person with a command or at the forge, time, the pods, a change of the policy, an issue, or another
 * delivery.
 */
export type Opener =
  | { readonly by: 'resume' | 'time' | 'pods' | 'policy' | 'issue' }
  /** `ways` has those at the forge that do too. */
  | { readonly by: 'promote'; readonly ways: readonly Way[] }
  | { readonly by: 'forge'; readonly ways: readonly ForgeWay[] }
  | { readonly by: 'delivery'; readonly name: string }
  /** `thaw`: the command that lifts the freeze. */
  | { readonly by: 'thaw'; readonly run: string };

/** Evidence that has to be fetched for a gate. */
export type Need =
  /** Whether another delivery has delivered the release. */
  | { readonly is: 'delivered'; readonly delivery: string }
  /** The approvals at the forge of those who are named; an empty list is everybody. */
  | { readonly is: 'votes'; readonly ways: readonly ForgeWay[]; readonly from: readonly string[] }
  /** The members of a group that an approval names. */
  | { readonly is: 'group'; readonly name: string }
  /** Who wrote and merged the release. */
  | { readonly is: 'authors' };

/** Whether another delivery has delivered the release, or a later one. `unknown` when Git or its cluster can't be read. */
export interface AfterEvidence {
  readonly delivery: string;
  readonly has: boolean | 'unknown';
  readonly why: string;
  readonly observedAt: Date;
}

export interface Evidence {
  /** The cluster's clock; times from the cluster are compared with it. */
  readonly now: Date;
  /** The runner's clock. A schedule is open when it is open by both clocks. */
  readonly runnerNow?: Date;
  /** Missing Services and routes of the plan; looked for only when the engine may wait for them. */
  readonly missing?: readonly string[];
  readonly after: readonly AfterEvidence[];
  /** Null when no gate in front of the release needs it. */
  readonly forge: ForgeEvidence | null;
  /** Every freeze that is there, of any delivery, in force or not. */
  readonly freezes: readonly Freeze[];
}

/** The input of a judgement. */
export interface Facts {
  /** Approvals for this place of the release, and for the plan in force. */
  readonly approvals: readonly Approval[];
  /** Approvals at the forge for this place of the release. */
  readonly votes: readonly Vote[];
  readonly observation: Observation;
  readonly evidence: Evidence;
}

/** One kind of gate, as release/ uses it. Pure. */
export interface Gate<K extends Kind = Kind> {
  judge(condition: Condition<K>, facts: Facts): Judgement;
  /** A condition as text, such as `soak 10m`. */
  words(condition: Condition<K>): string;
  /** What the release waits for while this gate is shut, as text. */
  shutWords(shut: Pick<Verdict, 'name' | 'why'>): string;
  /** Whether `promote --force` skips it at a step. Only what opens by itself may be skipped: not people, not another delivery. */
  readonly isForceable: boolean;
  /** Whether a person (by personKey) may approve this condition, as far as is known about its groups. */
  admits(condition: Condition<K>, person: string, forge: ForgeEvidence | null): boolean;
}

/** Every kind of gate. Passed in, because release/ must not name a kind. */
export type Gates = Readonly<Record<Kind, Gate>>;

/** The input of every verdict on a release. */
export interface Grounds {
  readonly gates: Gates;
  readonly delivery: Delivery;
  /** The digest of the plan in force. Approvals for another plan don't count. */
  readonly plan: string;
  readonly record: ReleaseRecord;
  readonly observation: Observation;
  readonly evidence: Evidence;
}

export function isOpen(verdict: Verdict): boolean {
  return verdict.is === 'open' || verdict.is === 'skipped';
}

/** When the last gate that time opens has opened, once every gate is open; null where none is of that kind. */
export function dueSince(verdicts: readonly Verdict[]): Date | null {
  let latest: Date | null = null;
  for (const verdict of verdicts) {
    if (!isOpen(verdict)) return null;
    const since = 'since' in verdict ? verdict.since : undefined;
    if (since !== undefined && (latest === null || since > latest)) latest = since;
  }
  return latest;
}

/** When the last shut gate opens by itself; null when a gate needs more than time. */
export function opensAt(verdicts: readonly Verdict[]): Date | null {
  let latest: Date | null = null;
  for (const verdict of verdicts) {
    if (!('until' in verdict)) continue;
    if (verdict.until === null) return null;
    if (latest === null || verdict.until > latest) latest = verdict.until;
  }
  return latest;
}

/** Verdicts on leaving a step of the requested release: its conditions, ready pods, any hold and freezes. */
export function judgeStep(grounds: Grounds, step: number): readonly Verdict[] {
  const { gates, delivery, record, observation, evidence } = grounds;
  const given = approvalsOf(grounds, step);
  const conditions = delivery.steps[step - 1]?.leaveWhen ?? [];
  // Forcing needs the right to approve the step under today's policy.
  const forced = given.find(
    (approval) => approval.forced && mayApprove(gates, conditions, approval.by, evidence.forge),
  );
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

/** Verdicts on starting the requested release. */
export function judgeStart(grounds: Grounds): readonly Verdict[] {
  const { delivery, record, evidence } = grounds;
  return [
    ...holds(record, evidence.now),
    ...judgeFreezes(delivery, evidence),
    ...judge(grounds, delivery.startWhen, 0),
  ];
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

/** Verdicts on the conditions at a place of the requested release. */
function judge(grounds: Grounds, conditions: readonly Condition[], place: number): readonly Verdict[] {
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
  const { mayBeUnready } = observation;
  const base = { name: 'ready', kind: 'ready', source: 'the pods of the new version', observedAt: now } as const;
  const counted = `${canary.ready} of ${canary.total} new pods ready`;
  if (canary.total > 0 && enoughReady(observation)) {
    const spared = canary.ready < canary.total ? `, and ${mayBeUnready} may be unready` : '';
    return { ...base, is: 'open', why: `${counted}${spared}` };
  }
  const first = observation.trouble.find((trouble) => trouble.version === 'canary');
  const why = `${counted}${first === undefined ? '' : `: ${first.pod} ${first.reason}`}`;
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

export function resumeWords({ digest, release }: Hold): string {
  return digest === null ? 'stepgate resume' : `stepgate resume --release ${release ?? digest}`;
}

function force(gates: Gates, verdict: Verdict, by: Approval): Verdict {
  const { name, kind, source, observedAt } = verdict;
  if (isOpen(verdict) || !(kind === 'ready' || (!isBuiltIn(kind) && gates[kind].isForceable))) return verdict;
  return { name, kind, source, observedAt, is: 'skipped', why: `skipped: forced by ${by.by}` };
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
