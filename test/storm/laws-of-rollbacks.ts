import { textAt } from '../../src/simulator/api/json.ts';
import { holdName, idOf, isGated, isHoldOf, type Named, type Noted, type NotedRollback, pointOf } from './facts.ts';
import { badInside, branchStands, contentAt } from './git-facts.ts';
import { backForMetric, metricIn } from './laws-of-metrics.ts';
import type { Rolling, Run } from './ledger.ts';
import { lookAge, policiesSince, type Sight, writtenId } from './sight.ts';

/** The record's rollback has changed, or a release was asked for over one. */
export function noteRollback(sight: Sight, run: Run | undefined, is: Noted, was: Noted): void {
  if (was.rollback?.cluster === 'todo' && is.rollback === null)
    sight.breaks('no rollback is forgotten', was.rollback.from.id);
  if (is.rollback?.cluster === 'todo' && was.rollback?.to.id !== is.rollback.to.id && !isRenamed(is, was))
    began(sight, run, is, was);
  if (is.rollback?.git === 'ahead' && was.rollback?.git === 'todo') letThrough(sight, run, is.rollback);
  if (is.rollback !== null && is.rollback.undo !== null && was.rollback?.undo === null) undone(sight, run, is, was);
  // Whoever asks for another release replaces what is open.
  const isReplaced = is.release?.id !== was.release?.id;
  if (was.rollback !== null && was.rollback.undo !== null && is.rollback === null && !isReplaced)
    namedAgain(sight, was.rollback);
}

/** It goes to the same version under another id: the one before has gone out already. */
function isRenamed({ rollback: is }: Noted, { rollback: was }: Noted): boolean {
  return is !== null && was?.cluster === 'todo' && was.from.id === is.from.id && isVersion(is.to, was.to);
}

function isVersion(one: Named, other: Named): boolean {
  return one.commit === other.commit && one.digest === other.digest;
}

/** Whether two releases are the same to those who take one of them back: pods and settings. */
function isSameContent({ git }: Sight, one: Named, other: Named): boolean {
  return one.digest === other.digest && contentAt(git, one.commit) === contentAt(git, other.commit);
}

function began(sight: Sight, run: Run | undefined, is: Noted, was: Noted): void {
  sight.counts.rollbacks += 1;
  sight.rollbackAt = sight.now();
  if (isInSteps(sight)) sight.counts.rollbacksInSteps += 1;
  const { rollback } = is;
  if (run === undefined || rollback === null) return;
  const { from, to } = rollback;
  // Pods that are bad are so with any settings.
  const isHeld = is.holds.some((one) => isHoldOf(one, from) && (from.digest === to.digest || one.whole === undefined));
  if (!isSameContent(sight, from, to) && !isHeld) sight.breaks('what is rolled back is held', from.id);
  if (run.wants?.act === 'rollback') asIsMeant(sight, run, run.wants, rollback, was);
  else byPolicy(sight, run, rollback);
}

/** Whether the engine goes back through the steps. */
function isInSteps(sight: Sight): boolean {
  const mark = textAt(sight.rollout(), 'metadata', 'annotations', 'rollouts.kruise.io/rollback-in-batch');
  return mark === 'true' && pointOf(sight.rollout()).phase === 'Progressing';
}

/** Nobody's rollback goes on with another's: it takes back what its person saw, and goes where its person said. */
function asIsMeant(sight: Sight, run: Run, wants: Rolling, { from, to }: NotedRollback, was: Noted): void {
  const before = was.rollback;
  const underWay = before !== null && before.cluster === 'todo' ? before : null;
  const rested = before !== null && underWay === null && was.release?.id === before.to.id ? before : null;
  const open = underWay ?? rested;
  const named = wants.release ?? run.liveThen;
  // The id of its last settings change names the release too.
  const meant = named !== null && named === was.release?.settings ? was.release.id : named;
  const goesOn = open !== null && from.id === (underWay === null ? was.release?.id : underWay.from.id);
  const what = `${from.id} to ${to.id}`;
  const live = writtenId(sight, sight.written());
  // Nothing was delivered before what serves: then it is the release asked for since that is meant.
  const earlier = was.history.slice(was.history.findIndex((one) => one.id === meant) + 1);
  const serving = was.history.find((one) => one.id === live) ?? was.history[0];
  const isAsked =
    wants.release === null &&
    from.id === was.release?.id &&
    serving !== undefined &&
    isSameContent(sight, to, serving) &&
    earlier.every((one) => isSameContent(sight, one, serving));
  const there = [live, was.release?.id].includes(from.id) || run.sent - sight.liveSince < lookAge;
  // What somebody has written into an Application may not be made, as under a name that was used before: what serves is meant.
  const isUnmade = sight.carried && idOf(sight.workload()) === from.id;
  if (!goesOn && ((from.id !== meant && !isAsked && !isUnmade) || !there))
    sight.breaks('what is not meant is not taken back', `${what}: ${meant} was meant, and ${live} is live`);
  if (open !== null && wants.to === null && goesOn) {
    sight.breaks('a rollback is replaced only by one that says where it goes', `${what}, ${open.to.id} before`);
  }
  // What is asked for may have the content of what serves, where somebody has edited that by hand: then that is put back.
  const entry =
    wants.to === null
      ? (was.history
          .slice(was.history.findIndex((one) => one.id === from.id) + 1)
          .find((one) => !isSameContent(sight, one, from)) ?? (isAsked ? was.history[0] : undefined))
      : (was.history.find((one) => (one.settings ?? one.id) === wants.to) ??
        was.history.find((one) => one.id === wants.to));
  if (entry === undefined || !isVersion(entry, to))
    sight.breaks('a rollback goes where its person said', `${what}, not ${entry?.id ?? 'nowhere'}`);
}

function byPolicy(sight: Sight, run: Run, { from, reason }: NotedRollback): void {
  const policies = [run.policy, ...policiesSince(sight, run.began)];
  const wedged = isWedged(sight);
  const isFor = (metric: boolean) =>
    policies.some(({ rollback }) => rollback.on.some((one) => (one === 'metric') === metric));
  const metric = metricIn(reason);
  const allowed = !run.looks && (isFor(metric !== null) || (wedged && metric === null));
  if (!allowed) sight.breaks('nothing rolls back unasked', `${from.id} by ${run.command}: ${reason}`);
  if (metric !== null) {
    backForMetric(sight, run, { id: from.id, name: metric, policies });
    return;
  }
  // The step has begun, or a pod is down, for as long as the policy gives, by the cluster's clock.
  const patience = Math.min(...policies.map(({ rollback }) => rollback.stuckAfterSeconds)) * 1_000 - lookAge;
  const since = Math.min(sight.stepSince, sight.allReadyAt);
  if (!wedged && run.sent - since < patience)
    sight.breaks('policy takes nothing back before its time', `${from.id} after ${(run.sent - since) / 1_000} s`);
}

function isWedged(sight: Sight): boolean {
  const live = sight.workload();
  return pointOf(sight.rollout()).phase === 'Healthy' && live !== undefined && !isGated(live);
}

/** Git is called ahead only where a person says that what is on top of the bad release makes it good. */
function letThrough(sight: Sight, run: Run | undefined, { bad }: NotedRollback): void {
  const wants = run?.wants;
  const named =
    wants?.act === 'resume' &&
    (wants.release === 'live' || bad.some((one) => one.digest === wants.digest || one.id === wants.release));
  if (!named) sight.breaks('only resume lets what was rolled back through', `by ${run?.command ?? 'nobody'}`);
}

/** A lifted rollback frees what it held, and nothing else. */
function undone(sight: Sight, run: Run | undefined, is: Noted, was: Noted): void {
  if (run?.wants?.act !== 'rollback' || !run.wants.undo)
    sight.breaks('only undo lifts a rollback', `by ${run?.command ?? 'nobody'}`);
  const bad = was.rollback?.bad ?? [];
  const left = is.holds.filter((one) => bad.some((other) => isHoldOf(one, other)));
  if (left.length > 0) sight.breaks('undo frees what its rollback held', left.map((one) => one.digest).join(', '));
  const gone = was.holds.filter((one) => !is.holds.some((other) => holdName(other) === holdName(one)));
  const others = gone.filter((one) => !bad.some((other) => isHoldOf(one, other)));
  if (others.length > 0) sight.breaks('undo lifts no other hold', others.map((one) => one.digest).join(', '));
}

/** So long ago may the branch have been read by whoever says that it names the version again. Milliseconds. */
const branchAge = 15_000;

function namedAgain(sight: Sight, { from, to, bad }: NotedRollback): void {
  const { git } = sight;
  const stands = git.tipsSince(sight.now() - branchAge).map((tip) => branchStands(git, { bad, to, tip }));
  if (!isSameContent(sight, from, to) && stands.every((one) => one === 'reverted'))
    sight.breaks('undo lets Git name the version again', from.id);
}

/** What a deploy may ask for: something merged, with nothing in it that was taken back. */
export function judgeAsked(sight: Sight, run: Run, { id, commit }: Named, was: Noted): void {
  const { git } = sight;
  if (!git.tipsSince(run.began - branchAge).some((tip) => git.contains(tip, commit)))
    sight.breaks('what nobody has merged is not rendered for a write', `${id} by ${run.command}`);
  const { rollback } = was;
  if (rollback === null || rollback.git !== 'todo') return;
  const found = badInside(git, { bad: rollback.bad, to: rollback.to, commit });
  if (found !== null) sight.breaks('nothing on top of the bad release is asked for', `${id} contains ${found.id}`);
}
