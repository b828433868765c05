import { type Decision, leftWords, type Situation, type Wait } from './decision.ts';
import { formatAmount, placeName } from './delivery.ts';
import { judgeDone, judgeStart, judgeStep, resumeWords, type Verdict } from './gate.ts';
import {
  deliveryHold,
  holdOn,
  openRollback,
  type ReleaseRecord,
  type Rollback,
  stableOf,
  versionHold,
} from './record.ts';
import type { ChangeReport, DeliveryReport, ErrorReport, GateReport, ReleaseReport, StepReport } from './report.ts';
import type { Finding, ForecastStep, Observation } from './target.ts';

/** Makes the report of one delivery from its situation and decision. Pure. */
export function deliveryReport(
  situation: Situation,
  decision: Decision,
  {
    loud,
    findings,
    ...extras
  }: {
    readonly findings: readonly Finding[];
    readonly changes: readonly ChangeReport[];
    readonly forecast: readonly ForecastStep[];
    readonly changed: boolean;
    /** Whether this run reports an unfinished revert as an error; otherwise it is a finding. */
    readonly loud: boolean;
  },
): DeliveryReport {
  const { gates, delivery, record, observation } = situation;
  const wait = asWait(decision, record.release);
  const { release } = record;
  const stable = stableOf(record);
  const hold =
    deliveryHold(record) ??
    (release === null ? null : versionHold(record, record.rollback?.from.digest ?? release.digest));
  const step = stepOf(observation);
  const verdicts = gatesAhead(situation)?.verdicts ?? [];
  return {
    name: delivery.name,
    state: wait.state,
    reason: wait.code,
    message: wait.message,
    release: release === null ? null : short(release),
    stable: stable === null ? null : short(stable),
    step: step === null ? null : { index: step, of: delivery.steps.length, name: delivery.steps[step - 1]?.name ?? '' },
    steps: delivery.steps.map((one, index) => ({
      index: index + 1,
      name: one.name,
      replicas: formatAmount(one.replicas),
      traffic: one.traffic,
      is: progress(situation, wait, index + 1),
      waitsFor: one.leaveWhen.map((condition) => gates[condition.kind].words(condition)),
    })),
    next: wait.until?.toISOString() ?? null,
    todo: todo(situation, wait),
    hold: hold === null ? null : { by: hold.by, at: hold.at, reason: hold.reason },
    pods: observation.pods,
    batches: observation.batches,
    trouble: observation.trouble,
    restarts: observation.restarts,
    gates: verdicts.map(gateReport),
    error: loud || !isLeftOpen(record) ? gitTrouble(situation, wait) : null,
    findings: [...findings, ...(loud ? [] : leftOpen(record, delivery.name))],
    ...extras,
  };
}

/** A decision as a wait. A command that only reads executes no decision, so somebody else has to. */
function asWait(decision: Decision, release: ReleaseRecord['release']): Wait {
  if (decision.do === 'wait') return decision;
  const due = (state: Wait['state'], code: Wait['code'], message: string): Wait => ({
    do: 'wait',
    wake: 'gate',
    state,
    code,
    message,
    until: null,
  });
  switch (decision.do) {
    case 'start':
      return due('waiting', 'STARTING', `${decision.release.id} may start: ${decision.why}`);
    case 'advance':
      return due('waiting', 'GATE_SHUT', `step ${decision.step} may go on: every gate is open`);
    case 'finish':
      if (decision.release.id !== release?.id)
        return due(
          'waiting',
          'WAITING_FOR_WINDOW',
          `${decision.release.id} is delivered, but not recorded as delivered yet`,
        );
      return due('done', 'DELIVERED', `${decision.release.id} is delivered, but not recorded as delivered yet`);
    case 'restorePauses':
      return due('waiting', 'PAUSES_LEFT', `the pause of step ${decision.steps.join(', ')} differs from the plan's`);
    case 'rollBack':
      return due('stuck', decision.code, decision.reason);
    case 'repair':
      return due('stuck', 'WEDGED', decision.why);
    case 'removePod':
      return due('rolling', 'POD_NOT_STARTING', decision.why);
    case 'revertWorkload':
    case 'unpauseRollout':
    case 'settleRollback':
      return due('reverting', 'ROLLING_BACK', decision.why);
    case 'restoreBeside':
    case 'pushRevert':
    case 'undoRevert':
      return due('rolledBack', 'ROLLED_BACK_GIT_TODO', decision.why);
  }
}

function short({ id, commit }: ReleaseReport): ReleaseReport {
  return { id, commit };
}

function stepOf({ engine }: Observation): number | null {
  return 'step' in engine && engine.step !== 0 ? engine.step : null;
}

function progress({ observation: { engine } }: Situation, wait: Wait, index: number): StepReport['is'] {
  switch (engine.at) {
    case 'moving':
    case 'waiting':
    case 'frozen':
    case 'refusing':
      if (index < engine.step) return 'done';
      if (index > engine.step) return 'ahead';
      return engine.at === 'moving' ? 'moving' : 'waiting';
    case 'finishing':
      return 'done';
    case 'idle':
      return wait.state === 'done' || wait.state === 'finishing' ? 'done' : 'ahead';
    case 'absent':
    case 'off':
    case 'unseen':
    case 'noWorkload':
    case 'starting':
    case 'cancelling':
      return 'ahead';
  }
}

/** The next gates of the release and their place: the start, the present step, or the end. */
function gatesAhead(situation: Situation): { readonly place: number; readonly verdicts: readonly Verdict[] } | null {
  const { delivery, record, observation } = situation;
  const { release } = record;
  const { engine, workload } = observation;
  if (release === null) return null;
  // The engine may still wait at a step of the previous release.
  if (workload?.id !== release.id) return { place: 0, verdicts: judgeStart(situation) };
  if (engine.at === 'waiting') return { place: engine.step, verdicts: judgeStep(situation, engine.step) };
  if (engine.at === 'idle' && stableOf(record)?.id !== release.id)
    return { place: delivery.steps.length + 1, verdicts: judgeDone(situation) };
  return null;
}

function gateReport(verdict: Verdict): GateReport {
  return {
    name: verdict.name,
    kind: verdict.kind,
    is: verdict.is,
    until: 'until' in verdict ? (verdict.until?.toISOString() ?? null) : null,
    source: verdict.source,
    observedAt: verdict.observedAt.toISOString(),
    why: verdict.why,
    missing: 'missing' in verdict ? verdict.missing : [],
  };
}

/** The command that a person should run next; null when there is none. */
function todo(situation: Situation, wait: Wait): string | null {
  const { delivery, record } = situation;
  const to = `--delivery ${delivery.name}`;
  switch (wait.code) {
    case 'GATE_SHUT':
    case 'PODS_NOT_READY':
    case 'START_GATE_SHUT':
    case 'DONE_GATE_SHUT': {
      if (wait.code === 'PODS_NOT_READY') return `stepgate rollback ${to}`;
      const ahead = gatesAhead(situation);
      const openers = (ahead?.verdicts ?? []).flatMap((verdict) => ('opener' in verdict ? [verdict.opener] : []));
      if (ahead !== null && openers.some(({ by }) => by === 'promote')) {
        const release = record.release?.id ?? '';
        return `stepgate promote ${to} --release ${release} --step ${placeName(delivery, ahead.place)}`;
      }
      // No command opens the remaining gates. Another delivery has to be checked; the rest is done by a later tick.
      const other = openers.find((one) => one.by === 'delivery');
      return other === undefined ? `stepgate tick ${to}` : `stepgate status --delivery ${other.name}`;
    }
    case 'HELD': {
      const hold = record.release === null ? deliveryHold(record) : holdOn(record, record.release.digest);
      return hold === null ? null : `${resumeWords(hold)} ${to}`;
    }
    case 'STUCK':
    case 'POD_NOT_STARTING':
    case 'FOREIGN_RELEASE':
    case 'PLAN_DIFFERS':
    case 'SUPERSEDE_REFUSED':
      return record.history.length > 0 ? `stepgate rollback ${to}` : null;
    case 'ROLLED_BACK_GIT_TODO':
      return todoInGit(record.rollback, to);
    case 'ROLLING_BACK':
    case 'REVERT_NOT_RECOGNISED':
    case 'PAUSES_LEFT':
    case 'WEDGED':
    case 'WAITING_FOR_WINDOW':
      return `stepgate tick ${to}`;
    case 'LIVE_COMMIT_UNKNOWN':
    case 'ABSENT':
      return `stepgate deploy ${to}`;
    case 'OFFLINE':
    case 'STARTING':
    case 'UPGRADING':
    case 'FINISHING':
    case 'DELIVERED':
    case 'FIRST_DEPLOY':
    case 'PAUSED':
    case 'ROLLED_BACK':
    case 'UNGATED':
    case 'DISABLED':
    case 'WORKLOAD_MISSING':
    case 'LOST_APPROVAL':
    case 'TRAFFIC_TARGET_MISSING':
      return null;
  }
}

function todoInGit(rollback: Rollback | null, to: string): string {
  if (rollback === null) return `stepgate tick ${to}`;
  switch (undecidedCode(rollback)) {
    case 'GIT_AHEAD':
      return `stepgate resume ${to} --release ${rollback.from.id}`;
    case 'REVERT_TOUCHES_OTHERS':
    case 'SIBLING_RUNS_IT':
      return `stepgate rollback ${to} --also`;
    case null:
      return `stepgate tick ${to}`;
  }
}

/** Reasons for which a revert is not pushed until a person decides. */
const undecided = ['GIT_AHEAD', 'REVERT_TOUCHES_OTHERS', 'SIBLING_RUNS_IT'] as const;

/** The reason of `undecided` that applies to a rollback; null when none does. */
function undecidedCode({ troubleCode }: Rollback): (typeof undecided)[number] | null {
  return undecided.find((code) => code === troubleCode) ?? null;
}

function isLeftOpen(record: ReleaseRecord): boolean {
  const open = openRollback(record);
  return open !== null && undecidedCode(open) !== null;
}

/** A finding for a revert that waits for a person. The run that found it has reported an error. */
function leftOpen(record: ReleaseRecord, delivery: string): readonly Finding[] {
  const open = openRollback(record);
  const code = open === null ? null : undecidedCode(open);
  if (open === null || code === null) return [];
  return [
    {
      code,
      severity: 'warning',
      message: open.trouble ?? 'Git still has the bad release',
      facts: [`${open.from.id} was rolled back by ${open.by} at ${open.at}`],
      wayOut: wayOutOfGit(open, delivery),
    },
  ];
}

function wayOutOfGit(rollback: Rollback, delivery: string): string {
  const { troubleCode, from } = rollback;
  switch (undecidedCode(rollback)) {
    case 'REVERT_TOUCHES_OTHERS':
    case 'SIBLING_RUNS_IT':
      return `push the revert anyway: stepgate rollback --delivery ${delivery} --also; or revert by hand and run stepgate tick`;
    case 'GIT_AHEAD':
      return `if the newer commits fix the release: stepgate resume --delivery ${delivery} --release ${from.id}; if not: revert by hand and run stepgate tick`;
    case null:
      return troubleCode === 'REF_UNKNOWN'
        ? `commit the wanted content by hand; the next stepgate tick --delivery ${delivery} finds it`
        : `run stepgate tick --delivery ${delivery} in a clone that may push`;
  }
}

/** The error of a rollback whose pods are back but whose revert in Git is not done; null for every other state. */
function gitTrouble({ delivery, record: { rollback } }: Situation, wait: Wait): ErrorReport | null {
  if (wait.code !== 'ROLLED_BACK_GIT_TODO' || rollback === null) return null;
  const todo = wayOutOfGit(rollback, delivery.name);
  return {
    family: 'environment',
    code: rollback.troubleCode ?? 'GIT_PUSH_FAILED',
    message: leftWords(rollback),
    hint: `${todo}; until then the hold keeps the bad release out`,
    at: null,
  };
}
