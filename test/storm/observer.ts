import type { Api } from '../../src/rehearsal/api/api.ts';
import type { Change } from '../../src/rehearsal/api/store.ts';
import { isGoing, type Thing } from '../../src/rehearsal/api/things.ts';
import {
  type Approval,
  idOf,
  isGated,
  isReadyPod,
  type Noted,
  notedIn,
  type Point,
  planIn,
  podsOf,
  pointOf,
  pointWords,
  rests,
  versionOf,
  wantedVersion,
} from './facts.ts';
import { shutGates } from './gates.ts';
import { isMeant, type Ledger, type Run } from './ledger.ts';
import type { Stage } from './ports.ts';

/** A promise that was broken, and when. */
export interface Broken {
  readonly law: string;
  readonly what: string;
  readonly at: number;
}

export interface Counts {
  /** Steps the engine has left. */
  steps: number;
  lost: number;
  kills: number;
  supersessions: number;
  rollbacks: number;
  conflicts: number;
}

export interface Observer {
  readonly broken: Broken[];
  readonly counts: Counts;
  readonly ledger: Ledger;
  /** Versions that somebody else than stepgate has put into the template. */
  readonly strangers: ReadonlySet<string>;
  /** The version that last served whole. */
  readonly stable: string | null;
  /** Somebody else has edited plan or status since the release began. */
  readonly meddled: boolean;
  /** When the pods of the step that waits were in place and ready. */
  soakedSince(): number | null;
  begin(run: Run): void;
  breaks(law: string, what: string): void;
}

/** Whether the engine stands at a step: it waits, or somebody has paused the Rollout. */
function stands(point: Point): boolean {
  return rests(point) || point.reason === 'Paused';
}

/** How old a look may be that something was decided on: calls take their time, and there are several to a decision. */
const lookAge = 3_000;

export function observe(api: Api, stage: Stage, now: () => number): Observer {
  const { store } = api;
  const broken: Broken[] = [];
  const counts: Counts = { steps: 0, lost: 0, kills: 0, supersessions: 0, rollbacks: 0, conflicts: 0 };
  const ledger: Ledger = { runs: new Map(), approvals: [], givers: new Set() };
  const strangers = new Set<string>();
  const quotas = new Map<string, number>();
  /** Pods of a version that came of a scale by hand: a paused Deployment grows by the versions' shares, whatever the step. */
  const shares = new Map<string, number>();
  /** Who last wrote each step's pause, where it is not the plan's. */
  const pauses = new Map<number, { readonly by: string; readonly at: number }>();
  /** Steps that stepgate, or somebody else, has let go. */
  const let_ = new Map<string, string>();
  let stable: string | null = null;
  let meddled = false;
  let meddledAt = Number.NEGATIVE_INFINITY;
  let planMeddledAt = Number.NEGATIVE_INFINITY;
  let strangeSince: number | null = null;
  /** Ids that were on the workload, and what they named. */
  const used = new Map<string, string>();
  let pausedAt = 0;
  let allReadyAt = Number.NEGATIVE_INFINITY;
  let readySince: number | null = null;
  const heldAt = new Map<string, number>();

  const rollout = () => store.get('Rollout', 'shop', 'shop');
  const workload = () => store.get('Deployment', 'shop', 'shop');
  const pods = () => store.list('Pod', 'shop').filter((pod) => !isGoing(pod));
  const breaks = (law: string, what: string) => broken.push({ law, what, at: now() });
  const runOf = (actor: string): Run | undefined => ledger.runs.get(actor);

  function soakedSince(): number | null {
    return readySince === null ? null : Math.max(readySince, pausedAt);
  }

  /** What an open promotion that names nothing may mean. */
  function notePoints(): void {
    const here = pointHere();
    if (here === null) return;
    for (const run of ledger.runs.values()) if (!run.ended && run.means !== null) run.points.add(here);
  }

  function pointHere(): string | null {
    const noted = notedIn(rollout());
    if (noted.release === null) return null;
    const { id } = noted.release;
    if (idOf(workload()) !== id) return `${id}/0`;
    const point = pointOf(rollout());
    if (point.phase === 'Progressing') return stands(point) && point.id === id ? `${id}/${point.step}` : null;
    return `${id}/${planIn(rollout()).length + 1}`;
  }

  function changed(change: Change): void {
    const { actor } = stage;
    switch (change.kind) {
      case 'Rollout':
        if (change.type !== 'DELETED') rolloutChanged(actor, change.object, change.old);
        break;
      case 'Deployment':
        if (change.object.metadata.name === 'shop' && change.type !== 'DELETED')
          workloadChanged(actor, change.object, change.type === 'ADDED' ? undefined : change.old);
        break;
      case 'Pod':
        podChanged(change);
        break;
      default:
        runOf(actor)?.wrote.add('other');
    }
    notePoints();
  }

  function rolloutChanged(actor: string, object: Thing, old: Thing | undefined): void {
    const [is, was] = [pointOf(object), pointOf(old)];
    const run = runOf(actor);
    if (actor === 'person') {
      meddled = true;
      meddledAt = now();
    }
    if (run !== undefined && old !== undefined) judgeSeen(run, object, old);
    noteRecord(run, object, old);
    notePlan(actor, object, old);
    if (run !== undefined && was.state === 'StepPaused' && was.step > 0) {
      if (is.state === 'StepReady') letGo(run, object, was, was.step + 1);
      else if (is.next !== was.next) letGo(run, object, was, is.next);
    }
    if (actor === 'person' && was.state === 'StepPaused' && (is.state === 'StepReady' || is.next !== was.next))
      let_.set(`${was.id}/${was.step}`, 'person');
    if (run === undefined && actor !== 'person') walked(is, was, object);
    // An approval that is lost takes the step back to its pause, and begins no soak anew.
    if (is.state === 'StepPaused' && !['StepPaused', 'StepReady'].includes(was.state)) pausedAt = now();
    if (is.id !== was.id && is.phase === 'Progressing') meddled = actor === 'person' || now() - meddledAt < lookAge;
  }

  /** What is written rests on what is there, not on what was there once. */
  function judgeSeen({ saw, command }: Run, object: Thing, old: Thing): void {
    const [is, was] = [notedIn(object), notedIn(old)];
    const decided = is.text !== was.text || pointOf(object).state !== pointOf(old).state;
    if (decided && was.text !== '' && !saw.records.has(was.text))
      breaks('nothing is written on a record that was not seen', command);
    const point = pointWords(pointOf(old));
    const goes = pointOf(object).state !== pointOf(old).state || pointOf(object).next !== pointOf(old).next;
    if (goes && !saw.points.has(point)) breaks('no step is let go that was not seen to wait', `${command}: ${point}`);
  }

  /** The engine's own move from one step to another. */
  function walked(is: Point, was: Point, object: Thing): void {
    const leaves = was.reason === 'InRolling' && was.state === 'StepPaused' && is.state !== 'StepPaused';
    const again = was.reason === 'InRolling' && is.reason === 'InRolling' && is.step === was.step;
    const left =
      was.id === is.id &&
      was.step > 0 &&
      was.reason === 'InRolling' &&
      (is.step > was.step || is.state === 'Completed');
    if (left && was.state !== 'Completed') {
      counts.steps += 1;
      permit(is, was, object);
    } else if (leaves && again && is.state === 'StepReady') {
      permit(is, was, object);
    }
  }

  function permit(_is: Point, was: Point, object: Thing): void {
    const key = `${was.id}/${was.step}`;
    if (let_.has(key)) return;
    const plan = planIn(object);
    const step = plan[was.step - 1];
    const isLast = was.step === plan.length;
    if (isLast && step?.replicas === '100%' && !isBlueGreen(object)) return;
    if (meddled) return;
    const pause = pauses.get(was.step);
    const zero = step !== undefined && step.pause !== null;
    breaks(
      'no step is left unapproved',
      `the engine left step ${was.step} of ${was.id} by itself${zero ? `: its pause is ${step.pause}, written by ${pause?.by ?? 'nobody'}` : ''}`,
    );
  }

  /** Stepgate lets a step go: by status, by a jump, or by plan. */
  function letGo(run: Run, object: Thing, was: Point, to: number): void {
    run.wrote.add('status');
    if (!was.message.includes('manually confirm'))
      breaks('an approval is sent only when the engine asks (E4)', `step ${was.step} of ${was.id}: '${was.message}'`);
    judgeLetGo(run, object, was, to);
    let_.set(`${was.id}/${was.step}`, run.actor);
  }

  function judgeLetGo(run: Run, object: Thing, was: Point, to: number): void {
    const noted = notedIn(object);
    const what = `step ${was.step} of ${was.id} by ${run.command}`;
    const { rollback } = noted;
    if (rollback !== null && rollback.cluster === 'todo') {
      if (rollback.to.id !== was.id) breaks('a rollback advances only stable', what);
      const ours = pods().filter((pod) => versionOf(pod) === wantedVersion(workload()));
      if (now() - allReadyAt > lookAge && ours.length > 0) breaks('no step is left with pods that are not ready', what);
      return;
    }
    judgeHold(noted, was.id, what);
    if (to <= was.step) {
      if (run.means === null || run.means.to !== to) breaks('nobody asked to jump back', what);
      if (noted.approvals.some((one) => one.release === was.id && one.step >= to))
        breaks('a jump back takes later approvals away', what);
      return;
    }
    if (noted.release?.id !== was.id) breaks('only the release of the record is advanced', what);
    if (idOf(workload()) !== was.id) breaks('only what is live is advanced', what);
    if (now() - planMeddledAt > lookAge && planDiffers(run, object))
      breaks('nothing is promoted under another plan', what);
    for (let step = was.step; step < to; step += 1) {
      const conditions = run.policy.steps[step - 1]?.leaveWhen ?? [];
      const approvals = ledger.approvals.filter((one) => one.release === was.id && one.step === step);
      const soaked = step === was.step ? soakedSince() : null;
      const shut = shutGates(conditions, { now: now(), approvals, soakedSince: soaked }, true);
      if (shut.length > 0) breaks('no step is left unapproved', `${what}, step ${step}: ${shut.join('; ')}`);
      const forced = approvals.some((one) => one.forced);
      if (step === was.step && !forced && now() - allReadyAt > lookAge)
        breaks('no step is left with pods that are not ready', what);
    }
    if (strangers.has(wantedVersion(workload())) && !isOurs(noted))
      breaks('a stranger’s template is not promoted', what);
  }

  /** Whether the record says that what runs now was taken on. */
  function isOurs(noted: Noted): boolean {
    return noted.release?.id === idOf(workload()) && takenOn.has(`${noted.release.id} ${wantedVersion(workload())}`);
  }
  const takenOn = new Set<string>();

  function planDiffers(run: Run, object: Thing): boolean {
    const plan = planIn(object);
    return (
      plan.length !== run.policy.steps.length ||
      run.policy.steps.some(({ replicas: { unit, value } }, index) => {
        const found = plan[index]?.replicas;
        return found !== (unit === 'percent' ? `${value}%` : value);
      })
    );
  }

  function judgeHold(noted: Noted, id: string, what: string): void {
    const { release } = noted;
    if (release?.id !== id) return;
    const since = heldAt.get(release.digest);
    if (since !== undefined && now() - since > lookAge) breaks('what is held neither starts nor advances', what);
  }

  function notePlan(actor: string, object: Thing, old: Thing | undefined): void {
    const [is, was] = [planIn(object), planIn(old)];
    if (is === was || JSON.stringify(is) === JSON.stringify(was)) return;
    const run = runOf(actor);
    if (actor === 'person') planMeddledAt = now();
    else if (run !== undefined) run.wrote.add('pause');
    for (const [index, step] of is.entries()) {
      const before = was[index];
      if (before !== undefined && before.pause === step.pause) continue;
      if (step.pause === null) {
        pauses.delete(index + 1);
        continue;
      }
      pauses.set(index + 1, { by: actor, at: now() });
      const point = pointOf(object);
      if (run !== undefined && step.pause === 0) {
        if (point.step !== index + 1 || point.state !== 'StepPaused')
          breaks('a pause is opened only where the engine waits', `step ${index + 1} of ${point.id}`);
        else letGo(run, object, point, point.step + 1);
      }
    }
  }

  function noteRecord(run: Run | undefined, object: Thing, old: Thing | undefined): void {
    const [is, was] = [notedIn(object), notedIn(old)];
    if (is.text === was.text) return;
    run?.wrote.add('record');
    const same = (one: Approval, two: Approval) =>
      one.release === two.release && one.step === two.step && one.by === two.by && one.forced === two.forced;
    const added = is.approvals.filter((one) => !was.approvals.some((other) => same(one, other)));
    const gone = was.approvals.filter((one) => !is.approvals.some((other) => same(one, other)));
    for (const one of added) {
      ledger.givers.add(one.by);
      judgeGiven(run, is, one, object);
      if (run !== undefined && isMeant(run, one)) run.gave.push(one);
      else
        breaks('nobody’s approval is made up', `${one.by} for step ${one.step} of ${one.release}, by ${run?.command}`);
    }
    if (
      run !== undefined &&
      run.means?.to === null &&
      new Set(run.gave.map((one) => `${one.release}/${one.step}`)).size > 1
    )
      breaks('one promotion approves one step', run.gave.map((one) => `${one.step} of ${one.release}`).join(', '));
    for (const one of gone) {
      const replaced = is.approvals.some(
        (other) => other.release === one.release && other.step === one.step && other.by === one.by,
      );
      const back = run?.means?.to !== null && run?.means !== null && run !== undefined;
      const delivered = is.history[0]?.id === one.release;
      const dropped = is.release?.id !== one.release || (is.rollback !== null && is.rollback.cluster === 'todo');
      const reset = run?.command === 'deploy' && strangers.size > 0;
      if (!replaced && !back && !delivered && !dropped && !reset)
        breaks(
          'no approval is lost',
          `step ${one.step} of ${one.release} by ${one.by}, dropped by ${run?.command ?? 'nobody'}`,
        );
    }
    const before = ledger.approvals;
    ledger.approvals = [...ledger.approvals.filter((one) => !gone.some((other) => same(one, other))), ...added];
    for (const { digest } of is.holds) if (!heldAt.has(digest)) heldAt.set(digest, now());
    for (const digest of heldAt.keys()) {
      if (is.holds.some((one) => one.digest === digest)) continue;
      heldAt.delete(digest);
      if (run?.command !== 'resume')
        breaks('only resume lifts a hold', `${digest.slice(0, 8)} by ${run?.command ?? 'nobody'}`);
    }
    if (was.rollback?.cluster === 'todo' && is.rollback === null)
      breaks('no rollback is forgotten', was.rollback.from.id);
    if (is.rollback?.cluster === 'todo' && was.rollback?.to.id !== is.rollback.to.id) beganRollback(run, is);
    if (is.release !== null && is.release.id !== was.release?.id && is.rollback === null && run?.command === 'deploy') {
      if (pointOf(object).phase === 'Progressing' && was.release !== null) counts.supersessions += 1;
      const isLive = idOf(workload()) === is.release.id;
      if (isLive) takenOn.add(`${is.release.id} ${wantedVersion(workload())}`);
    }
    if (is.release !== null && is.release.id === was.release?.id && is.release.template !== was.release.template) {
      // A restart by hand keeps image and id (E34): a deploy takes on what it would have written.
      const live = wantedVersion(workload());
      if (run?.command === 'deploy' && imageOf(live) === imageOf(used.get(is.release.id) ?? ''))
        takenOn.add(`${is.release.id} ${live}`);
      if (is.approvals.some((one) => one.release === is.release?.id) && takenOn.size > 0 && run?.command === 'deploy')
        breaks('an approval is of one template', is.release.id);
    }
    const isBack = is.rollback?.cluster === 'done' && was.rollback?.cluster === 'todo';
    const asked = !isBack && is.release !== null && is.release.id !== was.release?.id && run?.command === 'deploy';
    const heldSince = heldAt.get(is.release?.digest ?? '');
    if (
      asked &&
      run !== undefined &&
      heldSince !== undefined &&
      heldSince < run.began - lookAge &&
      idOf(workload()) !== is.release?.id
    )
      breaks('what is held is not asked for', is.release?.id ?? '');
    if (asked && was.rollback?.cluster === 'todo')
      breaks('nothing is asked for while a rollback is under way', is.release?.id ?? '');
    if (is.rollback?.cluster === 'done' && was.rollback?.cluster === 'todo') judgeBack(is.rollback.to.id);
    const first = is.history[0];
    if (first !== undefined && first.id !== was.history[0]?.id && is.rollback === null)
      delivered(run, first.id, was, before);
  }

  /** What refuses an approval, refuses it before it is recorded. */
  function judgeGiven(run: Run | undefined, noted: Noted, one: Approval, object: Thing): void {
    if (run === undefined) return;
    const what = `step ${one.step} of ${one.release} by ${one.by}`;
    const since = heldAt.get(noted.release?.digest ?? '');
    if (since !== undefined && since < run.began - lookAge) breaks('no approval of what is held is taken', what);
    if (one.step > 0 && planMeddledAt < run.began - lookAge && planDiffers(run, object))
      breaks('no approval under another plan is taken', what);
    const strange = strangeSince !== null && strangeSince < run.began - lookAge && idOf(workload()) === one.release;
    if (strange && !isOurs(noted)) breaks('no approval of a stranger’s template is taken', what);
    if (noted.rollback?.cluster === 'todo') breaks('no approval is taken while a rollback is under way', what);
  }

  function beganRollback(run: Run | undefined, noted: Noted): void {
    counts.rollbacks += 1;
    const { rollback } = noted;
    if (run === undefined || rollback === null) return;
    const byPolicy = !run.looks && (run.policy.rollback.on.length > 0 || isWedged());
    if (rollback.from.digest !== rollback.to.digest && !noted.holds.some((one) => one.digest === rollback.from.digest))
      breaks('what is rolled back is held', rollback.from.id);
    if (run.command !== 'rollback' && !byPolicy)
      breaks('nothing rolls back unasked', `${rollback.from.id} by ${run.command}`);
  }

  /** Stepgate says that the cluster is back: it has to be, at that moment. */
  function judgeBack(id: string): void {
    const live = workload();
    const version = wantedVersion(live);
    const others = pods().filter((pod) => versionOf(pod) !== version || !isReadyPod(pod));
    if (idOf(live) !== id) breaks('back is what was gone back to', `${idOf(live)} is live, not ${id}`);
    const recently = now() - meddledAt < lookAge || now() - allReadyAt < lookAge;
    if (others.length > 0 && !recently)
      breaks('a rollback ends with only stable serving', `${id}: ${others.length} pods are not`);
    if (isGated(live)) breaks('a rollback ends with only stable serving', `${id} is gated`);
  }

  function isWedged(): boolean {
    const live = workload();
    return pointOf(rollout()).phase === 'Healthy' && live !== undefined && !isGated(live);
  }

  /** Stepgate calls a release delivered. */
  function delivered(run: Run | undefined, id: string, was: Noted, given: readonly Approval[]): void {
    const version = wantedVersion(workload());
    const others = pods().filter((pod) => versionOf(pod) !== version);
    if (idOf(workload()) !== id && was.release !== null && was.history.length > 0)
      breaks('only what is live is called delivered', id);
    const unready = now() - allReadyAt > lookAge ? pods().filter((pod) => !isReadyPod(pod)) : [];
    if (others.length + unready.length > 0 && run !== undefined)
      breaks(
        'only what is whole is called delivered',
        `${id}: ${others.length} other pods, ${unready.length} not ready`,
      );
    if (run === undefined || run.command === 'rollback') return;
    const conditions = run.policy.doneWhen;
    const approvals = given.filter((one) => one.release === id && one.step === run.policy.steps.length + 1);
    const shut = shutGates(conditions, { now: now(), approvals, soakedSince: readySince }, true);
    if (shut.length > 0 && !adopted(was))
      breaks('no release is called delivered before its gates', `${id}: ${shut.join('; ')}`);
  }

  const adopted = (was: Noted) => was.release === null;

  function workloadChanged(actor: string, object: Thing, old: Thing | undefined): void {
    const [is, was] = [wantedVersion(object), wantedVersion(old)];
    const run = runOf(actor);
    const moves = is !== was || idOf(object) !== idOf(old);
    if (run !== undefined) run.wrote.add(is === was ? 'other' : 'template');
    if (run !== undefined && is !== was) strangeSince = null;
    if (actor === 'person' && is !== was) {
      strangers.add(is);
      strangeSince = now();
      meddled = true;
      meddledAt = now();
    }
    if (actor === 'person' && sizeOf(old) > 0 && sizeOf(object) > sizeOf(old)) noteShares(sizeOf(object) / sizeOf(old));
    if (run !== undefined && moves && old !== undefined && !run.saw.versions.has(old.metadata.resourceVersion))
      breaks('no template is written over a version that was not seen', `${idOf(object)} by ${run.command}`);
    if (run !== undefined && moves) templateWritten(run, object, old, is !== was);
    if (is !== was) {
      allReadyAt = Number.NEGATIVE_INFINITY;
      readySince = null;
    }
    look();
    noteServing();
  }

  function noteShares(growth: number): void {
    const counted = new Map<string, number>();
    for (const pod of pods()) counted.set(versionOf(pod), (counted.get(versionOf(pod)) ?? 0) + 1);
    for (const [version, count] of counted) shares.set(version, Math.ceil(count * growth));
  }

  function templateWritten(run: Run, object: Thing, old: Thing | undefined, isNew: boolean): void {
    const noted = notedIn(rollout());
    const id = idOf(object);
    const what = `${id} (${wantedVersion(object)}) by ${run.command}`;
    const { rollback, release } = noted;
    const takesBack = rollback !== null && rollback.cluster === 'todo' && rollback.to.id === id;
    if (!takesBack && release?.id !== id && run.asked !== id) {
      breaks('the record comes before what it records', `${what}; the record says ${release?.id ?? 'nothing'}`);
    }
    if (isNew) takenOn.add(`${id} ${wantedVersion(object)}`);
    const before = used.get(id);
    if (before !== undefined && idOf(old) !== id) breaks('no id goes out twice', what);
    used.set(id, wantedVersion(object));
    if (takesBack || old === undefined || !isNew) return;
    if (!isGated(object) && stable !== null) breaks('no template is written ungated', what);
    const point = pointOf(rollout());
    const window = point.phase === 'Healthy' || point.phase === 'Initial' || point.reason === 'InRolling';
    if (!window) breaks('no template is written while the engine closes a release (E3)', `${what}: ${point.reason}`);
    judgeHold(noted, id, what);
    const plan = planIn(rollout());
    const zero = [...pauses].find(([step, { at }]) => plan[step - 1]?.pause !== null && now() - at > lookAge);
    if (zero !== undefined) breaks('no release begins with a pause left open (E1)', `${what}: step ${zero[0]}`);
    if (now() - planMeddledAt > lookAge && planDiffers(run, rollout() ?? object))
      breaks('no release begins under another plan', what);
    if (stable === null) return;
    const approvals = ledger.approvals.filter((one) => one.release === id && one.step === 0);
    const shut = shutGates(run.policy.startWhen, { now: now(), approvals, soakedSince: null }, true);
    if (shut.length > 0) breaks('no release begins before its gates', `${what}: ${shut.join('; ')}`);
  }

  function podChanged({ type, object, old }: Change): void {
    if (type === 'ADDED') exposed(object);
    if (
      type === 'MODIFIED' &&
      old !== undefined &&
      isReadyPod(object) === isReadyPod(old) &&
      isGoing(object) === isGoing(old)
    )
      return;
    look();
    noteServing();
  }

  /** Notes since when every pod of the wanted version is ready. */
  function look(): void {
    const version = wantedVersion(workload());
    const ours = pods().filter((pod) => versionOf(pod) === version);
    const ready = ours.length > 0 && ours.every(isReadyPod);
    if (ready) readySince ??= now();
    else {
      if (readySince !== null) allReadyAt = now();
      readySince = null;
    }
    if (ready) allReadyAt = Number.POSITIVE_INFINITY;
  }

  function noteServing(): void {
    const { phase } = pointOf(rollout());
    if (phase === 'Progressing') return;
    const live = workload();
    const version = wantedVersion(live);
    const all = pods();
    const size = sizeOf(live);
    if (
      live !== undefined &&
      size > 0 &&
      all.length === size &&
      all.every((pod) => versionOf(pod) === version && isReadyPod(pod))
    )
      stable = version;
  }

  /** No more pods of a version than the steps that were let go allow. */
  function exposed(pod: Thing): void {
    const version = versionOf(pod);
    if (stable === null || version === stable || strangers.has(version)) return;
    const noted = notedIn(rollout());
    if (noted.rollback !== null && noted.rollback.cluster === 'todo') return;
    const live = workload();
    const point = pointOf(rollout());
    const isLive = wantedVersion(live) === version;
    const size = sizeOf(live);
    if (isLive && point.phase === 'Progressing' && point.id === idOf(live)) {
      const step = planIn(rollout())[point.step - 1];
      const through = point.reason !== 'InRolling' || point.state === 'Completed';
      quotas.set(version, through || step === undefined ? size : podsOf(step, size));
    }
    const count = pods().filter((one) => versionOf(one) === version).length;
    const quota = Math.max(quotas.get(version) ?? 0, shares.get(version) ?? 0);
    if (count > quota && !meddled && !(isLive && quota === size))
      breaks(
        'no more pods than the step allows',
        `${count} of ${version}, ${quota} allowed (${point.phase} ${point.reason} step ${point.step})`,
      );
  }

  store.listen(changed);

  return {
    broken,
    counts,
    ledger,
    strangers,
    get stable() {
      return stable;
    },
    get meddled() {
      return meddled;
    },
    soakedSince,
    begin(run) {
      ledger.runs.set(run.actor, run);
      notePoints();
    },
    breaks,
  };
}

/** A version without its restarts. */
function imageOf(version: string): string {
  return version.split(' ', 1)[0] ?? version;
}

function sizeOf(workload: Thing | undefined): number {
  const spec = (workload as { readonly spec?: { readonly replicas?: number } } | undefined)?.spec;
  return spec?.replicas ?? 0;
}

function isBlueGreen(rollout: Thing): boolean {
  return (
    (rollout as { readonly spec?: { readonly strategy?: { readonly blueGreen?: unknown } } }).spec?.strategy
      ?.blueGreen !== undefined
  );
}
