import { barCodes, type Decision, leftWords, type Situation, type Wait } from './decision.ts';
import { formatAmount } from './delivery.ts';
import { eventsOf } from './events.ts';
import type { Finding } from './finding.ts';
import type { ForecastStep, StepPods } from './forecast.ts';
import { freezesOn, freezeWords, liftWords, sourceWords } from './freeze.ts';
import { gateReport, metricsOf } from './gate-report.ts';
import type { Observation } from './observation.ts';
import type { PolicyNote } from './policy-note.ts';
import { deliveryHold, openRollback, type ReleaseRecord, type Rollback, stableOf, versionHold } from './record.ts';
import type { ChangeReport, DeliveryReport, ErrorReport, ReleaseReport, StepReport } from './report.ts';
import { gatesAhead, missingApproval, todo, undecidedCode } from './todo.ts';
import { restartFinding } from './while-waiting.ts';
import { contentId } from './whole.ts';

/** Makes the report of one delivery from its situation and decision. Pure. */
export function deliveryReport(
  situation: Situation,
  decision: Decision,
  {
    loud,
    findings,
    expected,
    ...extras
  }: {
    readonly findings: readonly Finding[];
    readonly changes: readonly ChangeReport[];
    readonly forecast: readonly ForecastStep[];
    /** What each step of the plan in force comes to; empty where the workload's size is not known. */
    readonly expected: readonly StepPods[];
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
    deliveryHold(record) ?? (release === null ? null : versionHold(record, record.rollback?.from ?? release));
  const step = stepOf(observation);
  const verdicts = gatesAhead(situation)?.verdicts ?? [];
  const isBack = wait.state === 'rolledBack' || wait.state === 'reverting';
  const restarted = restartFinding(observation, delivery.name);
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
      pods: podsAt(expected[index]),
    })),
    next: wait.until?.toISOString() ?? null,
    todo: todo(situation, wait),
    hold: hold === null ? null : { by: hold.by, at: hold.at, reason: hold.reason },
    pods: observation.pods,
    batches: observation.batches,
    trouble: observation.trouble,
    restarts: observation.restarts,
    diagnosis: null,
    gates: verdicts.map(gateReport),
    metrics: metricsOf(situation, verdicts),
    error: (loud && !waitsForMerge(record)) || !isLeftOpen(record) ? gitTrouble(situation, wait) : null,
    events: eventsOf(record),
    approval: missingApproval(situation, wait),
    touched: null,
    rolledBack: isBack && record.rollback !== null ? short(record.rollback.from) : null,
    pullRequests: [],
    findings: [
      ...findings,
      ...(restarted === null ? [] : [restarted]),
      // Where a release waits, its gates show the freezes.
      ...(verdicts.some(({ kind }) => kind === 'freeze') ? [] : frozenFindings(situation)),
      ...urgentFindings(record),
      ...(isBack ? notRestored(record) : []),
      ...(loud && !waitsForMerge(record) ? [] : leftOpen(record, delivery.name)),
    ],
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
    case 'aim':
      return due('rolling', 'STARTING', `${decision.release} may begin: ${decision.why}`);
    case 'noteMade':
      return due('rolling', 'STARTING', `${decision.release.id} is about to begin`);
    case 'advance':
      return due('waiting', 'GATE_SHUT', `step ${decision.step} may go on: every gate is open`);
    case 'startJob':
      return due('waiting', 'GATE_SHUT', `a run of ${decision.job.workflow} may be started for ${decision.name}`);
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
    case 'note':
      return noteWait(decision.note, decision.why, due);
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

/** What is about to be noted, as a wait. */
function noteWait(
  note: PolicyNote,
  why: string,
  due: (...told: readonly [Wait['state'], Wait['code'], string]) => Wait,
): Wait {
  switch (note.is) {
    case 'stop':
      return due('stuck', 'SHORTAGE', why);
    case 'go':
      return due('rolling', 'UPGRADING', why);
    case 'claim':
      return due('stuck', 'STUCK', why);
    case 'hold':
      return due('held', barCodes[note.bars], why);
  }
}

function podsAt(step: StepPods | undefined): StepReport['pods'] {
  return step === undefined ? null : { stable: step.stablePods, canary: step.canaryPods };
}

function short({ id, commit, settings = null }: ReleaseReport): ReleaseReport {
  return { id, commit, settings };
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

/** The freezes of a delivery whose release waits at no gate: the next release would wait. */
/** Somebody let the start pass its schedules and freezes: everybody who looks at the release sees it. */
function urgentFindings({ release }: ReleaseRecord): readonly Finding[] {
  if (release?.urgent === undefined) return [];
  const { by, at, urgent } = release;
  return [
    {
      code: 'URGENT',
      severity: 'warning',
      message: 'its start was let pass schedules and freezes',
      facts: [`${by} at ${at}: ${urgent}`],
      wayOut: 'nothing has to be done; the gates of its steps are as they were',
    },
  ];
}

/** What a rollback could not put back, or may not delete. */
function notRestored({ rollback }: ReleaseRecord): readonly Finding[] {
  const left = rollback?.left ?? [];
  if (rollback === null || left.length === 0) return [];
  return [
    {
      code: 'NOT_RESTORED',
      severity: left.some(({ matters }) => matters) ? 'warning' : 'note',
      message: `not everything is as ${contentId(rollback.to)} has it`,
      facts: left.map(({ object, why }) => `${object}: ${why}`),
      wayOut: 'put it right by hand; what is in the source, the next deploy writes',
    },
  ];
}

function frozenFindings({ delivery, evidence }: Situation): readonly Finding[] {
  return freezesOn(delivery, evidence.freezes, evidence).map((found) => {
    const { freeze, until } = found;
    return {
      code: 'FROZEN',
      severity: freeze.unreadable === null ? 'note' : 'warning',
      message: `no release starts or leaves a step: ${freezeWords(found)}`,
      facts: [sourceWords(freeze)],
      wayOut: until === null ? liftWords(freeze) : `wait until it ends, or lift it: ${liftWords(freeze)}`,
    };
  });
}

/** Whether stepgate has done its part: the revert waits in a pull request, which is no failure of the run that opened it. */
function waitsForMerge({ rollback }: ReleaseRecord): boolean {
  return rollback?.troubleCode === 'REVERT_PROPOSED';
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
      facts: [`${contentId(open.from)} was rolled back by ${open.by} at ${open.at}`],
      wayOut: wayOutOfGit(open, delivery),
    },
  ];
}

function wayOutOfGit(rollback: Rollback, delivery: string): string {
  const { troubleCode, from, undo } = rollback;
  const accept =
    undo === null
      ? `; if the release is good: stepgate resume --delivery ${delivery} --release ${contentId(from)}`
      : '';
  switch (undecidedCode(rollback)) {
    case 'REVERT_TOUCHES_OTHERS':
    case 'SIBLING_RUNS_IT':
      return `push the revert anyway: stepgate rollback --delivery ${delivery} --also; or revert by hand and run stepgate tick`;
    case 'GIT_AHEAD':
      return `if the newer commits fix the release: stepgate resume --delivery ${delivery} --release ${contentId(from)}; if not: revert by hand and run stepgate tick`;
    case 'REVERT_PROPOSED':
      return `merge it${accept}`;
    case 'REVERT_CLOSED':
      return `reopen it, or commit the wanted content by hand${accept}`;
    case null:
      if (troubleCode === 'ROLLOUT_ELSEWHERE' || troubleCode === 'DELIVERY_UNKNOWN') {
        const renamed = troubleCode === 'DELIVERY_UNKNOWN' ? ', or adopt it where it was renamed' : '';
        return `revert it by hand, then: stepgate resume --delivery ${delivery} --release ${contentId(from)}${renamed}`;
      }
      if (troubleCode === 'FORGE_REFUSED')
        return `let the token open pull requests, as docs/rollback.md says, and run stepgate tick --delivery ${delivery}`;
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
