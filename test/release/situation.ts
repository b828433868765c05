import { gates } from '../../src/gates/index.ts';
import { planDigest } from '../../src/policy/plan-digest.ts';
import type { Decision, Situation } from '../../src/release/decision.ts';
import type { Delivery, Step } from '../../src/release/delivery.ts';
import type { Engine, Observation, PodTrouble, WorkloadView } from '../../src/release/observation.ts';
import {
  type Approval,
  type AskedFor,
  type Delivered,
  emptyRecord,
  type Hold,
  type ReleaseRecord,
  type Rollback,
} from '../../src/release/record.ts';

/** Literals of the core's inputs, for rows: everything has a quiet default, a test says only what matters. */
export const now = new Date('2026-11-21T10:00:00Z');
export const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);

const hex = (digit: string, length: number) => digit.repeat(length);

export function asked(name: string): AskedFor {
  const digit = name.charAt(1);
  const id = `${hex(digit, 10)}-${hex(digit, 8)}`;
  return {
    id,
    commit: hex(digit, 40),
    digest: hex(digit, 64),
    template: `template-${digit}`,
    by: 'ann',
    at: ago(600).toISOString(),
    run: null,
    policy: null,
    plan: null,
  };
}

export const v1 = asked('v1');
export const v2 = asked('v2');
export const v3 = asked('v3');

/** Steps in words: `20%` waits for an approval, `50%/` passes when ready, `100%`. */
export function steps(...notations: readonly string[]): readonly Step[] {
  return notations.map((notation, index) => {
    const [amount = '', gates] = notation.split('/');
    const value = Number.parseInt(amount, 10);
    const approval = {
      kind: 'approval',
      by: ['command'],
      notAuthor: false,
      notMerger: false,
      name: 'approval',
      from: [],
      count: 1,
    } as const;
    return {
      name: `step-${index + 1}`,
      replicas: amount.endsWith('%') ? { unit: 'percent', value } : { unit: 'pods', value },
      traffic: null,
      matches: [],
      leaveWhen: gates === undefined && amount !== '100%' ? [approval] : [],
      requestHeaders: null,
      timer: 'stepgate',
    };
  });
}

export function delivery(more: Partial<Delivery> = {}): Delivery {
  return {
    name: 'shop',
    environment: null,
    namespace: 'shop',
    cluster: { context: null, exec: [] },
    workload: { kind: 'Deployment', name: 'shop' },
    source: { kind: 'files', patterns: ['deploy/*.yaml'] },
    style: 'partition',
    steps: steps('20%', '60%', '100%'),
    traffic: null,
    settings: {},
    startWhen: [],
    doneWhen: [],
    rollback: { on: [], stuckAfterSeconds: 900, git: 'commit' },
    ...more,
  };
}

/** A workload on which `live` is live and nothing is wrong. */
export function workload(live: AskedFor, more: Partial<WorkloadView> = {}): WorkloadView {
  return {
    id: live.id,
    replicas: 5,
    gated: false,
    paused: false,
    watched: true,
    whole: true,
    settled: true,
    wedged: false,
    changedAt: ago(300),
    template: live.template,
    made: null,
    taken: true,
    seen: true,
    strategy: 'RollingUpdate',
    ...more,
  };
}

export function waiting(id: string, step: number, more: Partial<Extract<Engine, { at: 'waiting' }>> = {}): Engine {
  return { at: 'waiting', id, step, asks: true, timed: false, since: ago(60), blocked: null, ...more };
}

export function moving(id: string, step: number, more: Partial<Extract<Engine, { at: 'moving' }>> = {}): Engine {
  return { at: 'moving', id, step, leaving: false, since: ago(30), detail: 'upgrading', blocked: null, ...more };
}

export function observation(engine: Engine, of: WorkloadView | null, more: Partial<Observation> = {}): Observation {
  const mid = engine.at === 'waiting' || engine.at === 'moving';
  return {
    takenAt: now,
    engine,
    rollout: { record: null, delivery: 'shop', steps: [] },
    carrier: null,
    workload: of,
    servingRevision: null,
    pods: mid
      ? { stable: { ready: 4, total: 4 }, canary: { ready: 1, total: 1 } }
      : { stable: { ready: 5, total: 5 }, canary: { ready: 0, total: 0 } },
    versions: { new: mid ? ['shop-v2-1'] : ['shop-1'], old: mid ? ['shop-1'] : [], newSince: ago(120) },
    trouble: [],
    shortages: [],
    unplaced: [],
    nodes: [],
    batches: [],
    restarts: [],
    blocking: [],
    mayBeUnready: 0,
    begunAt: ago(120),
    readySince: ago(60),
    running: { since: ago(60), restarts: 0 },
    ...more,
  };
}

/** A release as the history keeps it. */
export function was({ id, commit, digest, at, template }: AskedFor): Delivered {
  return { id, commit, digest, at, template, revision: null };
}

/** `v1` is stable, and `release` was asked for. */
export function record(release: AskedFor | null, more: Partial<ReleaseRecord> = {}): ReleaseRecord {
  return {
    ...emptyRecord,
    release,
    history: [was(v1)],
    ...more,
  };
}

export function rollback(from: AskedFor, to: AskedFor, more: Partial<Rollback> = {}): Rollback {
  const release = ({ id, commit, digest }: AskedFor) => ({ id, commit, digest });
  return {
    from: release(from),
    to: { ...release(to), id: `${to.id}-2`, template: null, revision: null },
    by: 'ann',
    at: ago(10).toISOString(),
    run: null,
    reason: 'bad',
    cluster: 'todo',
    beside: 'done',
    git: 'todo',
    bad: [release(from)],
    revert: null,
    also: false,
    trouble: null,
    troubleCode: null,
    undo: null,
    ...more,
  };
}

/** Stands in an approval for the plan of whatever delivery a test judges; `under` fills it in. */
const THIS_PLAN = 'this plan';

export const approve = (release: AskedFor, step: number, forced = false): Approval => ({
  release: release.id,
  step,
  by: 'ann',
  at: ago(5).toISOString(),
  run: null,
  forced,
  plan: THIS_PLAN,
});

export const holdOf = (release: AskedFor | null, more: Partial<Hold> = {}): Hold => ({
  digest: release?.digest ?? null,
  release: release?.id ?? null,
  by: 'ann',
  at: ago(5).toISOString(),
  run: null,
  reason: 'no',
  ...more,
});

/** The record whose approvals were given for this delivery's plan. */
export function under(of: Delivery, given: ReleaseRecord): ReleaseRecord {
  const plan = planDigest(of);
  const approvals = given.approvals.map((one) => (one.plan === THIS_PLAN ? { ...one, plan } : one));
  return { ...given, approvals };
}

export function broken(seconds: number): PodTrouble {
  return {
    pod: 'shop-x',
    version: 'canary',
    reason: 'ImagePullBackOff',
    message: 'no such image',
    hopeless: true,
    since: ago(seconds),
    step: 1,
    release: null,
  };
}

/** A live version was asked for once, and the record knows its id. */
function knowing(given: ReleaseRecord, { workload: live }: Observation): ReleaseRecord {
  const ids = [v1, v2, v3].map(({ id }) => id).filter((id) => id === live?.id);
  return ids.length === 0 ? given : { ...given, spent: [...given.spent, ...ids] };
}

export function situation(of: ReleaseRecord, seen: Observation, more: Partial<Situation> = {}): Situation {
  const its = more.delivery ?? delivery();
  return {
    gates,
    delivery: its,
    plan: planDigest(its),
    record: under(its, knowing(of, seen)),
    observation: seen,
    evidence: { now, after: [], forge: null, asked: [], freezes: [] },
    planDiffers: [],
    takesThird: (more.delivery ?? delivery()).style !== 'blueGreen',
    keepsToFirstStep: true,
    pausesLeft: [],
    retryGit: false,
    to: null,
    advance: true,
    ...more,
  };
}

/** A decision as the tables write it. */
export function brief(decision: Decision): string {
  return decision.do === 'wait' ? `${decision.wake} ${decision.state} ${decision.code}` : decision.do;
}
