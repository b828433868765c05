import { login, personKey } from './actor.ts';
import { type Condition, type Delivery, goneWords, type Step } from './delivery.ts';
import { planDigest } from './plan-digest.ts';
import { type Approval, type Hold, holdOn, type ReleaseRecord } from './record.ts';
import { scheduleOpen } from './schedule.ts';
import type { Observation } from './target.ts';

/** What a gate says about the evidence. `until` is when it opens by itself. */
export type Verdict = {
  readonly name: string;
  readonly kind: 'approval' | 'soak' | 'schedule' | 'after' | 'ready' | 'hold';
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

/** What opens a shut gate: a person by a command, time, the release's own pods, a change of the policy, another delivery. */
export type Opener =
  | { readonly by: 'promote' | 'resume' | 'time' | 'pods' | 'policy' }
  | { readonly by: 'delivery'; readonly name: string };

/** A fact about another delivery that an `after` gate waits for. `unknown` where Git or that cluster can't tell. */
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
export function judgeStep(
  delivery: Delivery,
  step: number,
  record: ReleaseRecord,
  observation: Observation,
  evidence: Evidence,
): readonly Verdict[] {
  const given = approvalsOf(delivery, record, step);
  const conditions = delivery.steps[step - 1]?.leaveWhen ?? [];
  // Forcing takes the right to approve the step, as it is given today.
  const forced = given.find((approval) => approval.forced && mayApprove(conditions, approval.by));
  const verdicts = [
    ready(observation, evidence.now),
    ...conditions.map((condition) => judge(condition, given, observation, evidence)),
  ].map((verdict) => (forced === undefined ? verdict : force(verdict, forced)));
  return [...holds(record, evidence.now), ...verdicts];
}

/** The steps that a jump from one to another leaves out. */
export function passedSteps({ steps }: Delivery, from: number, to: number): readonly Step[] {
  return steps.slice(from, Math.max(from, to - 1));
}

/** Verdicts on jumping over the steps between two of the asked-for release; what all steps share is not judged again. */
export function judgePassed(
  delivery: Delivery,
  { from, to }: { readonly from: number; readonly to: number },
  record: ReleaseRecord,
  observation: Observation,
  evidence: Evidence,
): readonly Verdict[] {
  const passed = passedSteps(delivery, from, to);
  return passed.flatMap(({ name }, index) =>
    judgeStep(delivery, from + index + 1, record, observation, evidence)
      .filter(({ kind }) => kind !== 'ready' && kind !== 'hold')
      .map((verdict) => ({ ...verdict, name: `${name}: ${verdict.name}` })),
  );
}

/** Verdicts on starting the asked-for release. */
export function judgeStart(delivery: Delivery, record: ReleaseRecord, observation: Observation, evidence: Evidence) {
  const given = approvalsOf(delivery, record, 0);
  return [
    ...holds(record, evidence.now),
    ...delivery.startWhen.map((condition) => judge(condition, given, observation, evidence)),
  ];
}

/** Verdicts on calling the release delivered, once every pod is the new version. Step N+1 holds their approvals. */
export function judgeDone(delivery: Delivery, record: ReleaseRecord, observation: Observation, evidence: Evidence) {
  const given = approvalsOf(delivery, record, delivery.steps.length + 1);
  return delivery.doneWhen.map((condition) => judge(condition, given, observation, evidence));
}

/** The approvals of a step of the asked-for release that were given for the plan in force. */
function approvalsOf(delivery: Delivery, { release, approvals }: ReleaseRecord, step: number): readonly Approval[] {
  if (release === null) return [];
  const plan = planDigest(delivery);
  return approvals.filter((one) => one.release === release.id && one.step === step && one.plan === plan);
}

/** Whether a name may approve what has these conditions: those without an approval are anybody's. */
export function mayApprove(conditions: readonly Condition[], name: string): boolean {
  const key = personKey(name);
  if (key === null) return false;
  return conditions.every(
    (one) => one.kind !== 'approval' || (!one.gone && (one.from.length === 0 || one.from.map(login).includes(key))),
  );
}

/** Each person once, by the name under which the first approval was given. */
function peopleIn(approvals: readonly Approval[]): readonly string[] {
  const found = new Map<string, string>();
  for (const { by } of approvals) {
    const key = personKey(by);
    if (key !== null && !found.has(key)) found.set(key, by);
  }
  return [...found.values()];
}

function judge(
  condition: Condition,
  given: readonly Approval[],
  observation: Observation,
  evidence: Evidence,
): Verdict {
  const base = { name: condition.name, kind: condition.kind, observedAt: evidence.now } as const;
  switch (condition.kind) {
    case 'approval': {
      if (condition.gone) return gone(condition, evidence.now);
      const allowed = condition.from.map(login);
      const counted = given.filter((approval) => allowed.length === 0 || allowed.includes(login(approval.by)));
      const people = peopleIn(counted);
      const source = 'the record on the Rollout';
      if (people.length >= condition.count) {
        return { ...base, source, is: 'open', why: `approved by ${people.join(', ')}` };
      }
      const left = condition.count - people.length;
      const missing = condition.from.length > 0 ? condition.from : ['stepgate promote'];
      const why =
        people.length === 0
          ? `waits for ${left === 1 ? 'an approval' : `${left} approvals`}`
          : `waits for ${left} more: approved by ${people.join(', ')}`;
      return { ...base, source, is: 'shut', until: null, why, missing, opener: { by: 'promote' } };
    }
    case 'soak': {
      const source = "when the engine finished the step, and the pods' own Ready times";
      const since = soakSince(observation);
      if (since === null) {
        return {
          ...base,
          source,
          is: 'shut',
          until: null,
          why: 'starts when the pods are ready',
          missing: ['ready pods'],
          opener: { by: 'pods' },
        };
      }
      const until = new Date(since.getTime() + condition.seconds * 1000);
      const why = `ready since ${since.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
      if (evidence.now >= until) return { ...base, source, is: 'open', why };
      return { ...base, source, is: 'shut', until, why, missing: ['time'], opener: { by: 'time' } };
    }
    case 'schedule': {
      if (condition.gone) return gone(condition, evidence.now);
      const byCluster = scheduleOpen(condition.schedule, evidence.now);
      const { now, runnerNow = now } = evidence;
      const answer = byCluster.open ? scheduleOpen(condition.schedule, runnerNow) : byCluster;
      const source = `schedule ${condition.name} (${condition.schedule.zone})`;
      if (answer.open) return { ...base, source, is: 'open', why: 'inside its window' };
      // All times are told by the cluster's clock: where the runner's keeps it shut, it opens that much earlier or later.
      const ahead = byCluster.open ? now.getTime() - runnerNow.getTime() : 0;
      const until = answer.until === null ? null : new Date(answer.until.getTime() + ahead);
      // One that never opens is the policy's to change.
      const opener = { by: until === null ? 'policy' : 'time' } as const;
      return { ...base, source, is: 'shut', until, why: 'outside its window', missing: ['time'], opener };
    }
    case 'after': {
      const found = evidence.after.find((one) => one.delivery === condition.delivery);
      const source = `the record of ${condition.delivery}`;
      if (found?.has === true) return { ...base, source, observedAt: found.observedAt, is: 'open', why: found.why };
      const why = found?.why ?? `${condition.delivery} was not looked at`;
      const opener = { by: 'delivery', name: condition.delivery } as const;
      return { ...base, source, is: 'shut', until: null, why, missing: [condition.delivery], opener };
    }
  }
}

/** The condition is of the plan that the release started with, and today's policy has no entry of its name. */
function gone({ kind, name }: Extract<Condition, { kind: 'approval' | 'schedule' }>, now: Date): Verdict {
  const missing = [`an entry ${name} of ${kind}s in stepgate.yaml`];
  const why = goneWords({ kind, name });
  const opener = { by: 'policy' } as const;
  return { name, kind, source: "today's policy", observedAt: now, is: 'shut', until: null, why, missing, opener };
}

/**
 * The start of a soak: when the step was in place, or later if a pod became ready again since. It rests on the cluster
 * alone, so it survives our restarts; a pod that flaps starts it anew.
 */
function soakSince(observation: Observation): Date | null {
  const { engine, pods, readySince } = observation;
  if (pods.canary.total === 0 || pods.canary.ready < pods.canary.total) return engine.at === 'idle' ? readySince : null;
  const step = engine.at === 'waiting' ? engine.since : null;
  if (step === null || readySince === null) return step ?? readySince;
  return step > readySince ? step : readySince;
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

function force(verdict: Verdict, by: Approval): Verdict {
  const { name, kind, source, observedAt } = verdict;
  if (isOpen(verdict) || kind === 'approval') return verdict;
  return { name, kind, source, observedAt, is: 'skipped', why: `skipped: forced by ${by.by}` };
}
