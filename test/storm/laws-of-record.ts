import type { Condition, Delivery } from '../../src/release/delivery.ts';
import type { Thing } from '../../src/simulator/api/things.ts';
import { publishedAs } from './applications.ts';
import {
  type Approval,
  type Hold,
  hasComeBack,
  holdName,
  idOf,
  type Noted,
  notedIn,
  planWords,
  pointOf,
  policyWords,
  wantedVersion,
} from './facts.ts';
import { factsAround } from './facts-around.ts';
import { mayApprove } from './gates.ts';
import { delivered, judgeBack } from './laws-of-ends.ts';
import { noteAtForge } from './laws-of-forge.ts';
import { judgeAsked, noteRollback } from './laws-of-rollbacks.ts';
import { judgePerson, noteActs } from './laws-of-runs.ts';
import { judgeRestored, judgeUrgent, noteSettled } from './laws-of-settings.ts';
import { isMeant, type Run } from './ledger.ts';
import {
  heldSince,
  imageOf,
  isOurs,
  lookAge,
  policiesSince,
  type Sight,
  underAnotherPlan,
  wholeDelivery,
  writtenId,
} from './sight.ts';

export function noteRecord(sight: Sight, run: Run | undefined, object: Thing, old: Thing | undefined): void {
  const [is, was] = [notedIn(object), notedIn(old)];
  if (is.text === was.text) return;
  run?.wrote.add('record');
  if (run === undefined) sight.recordEditedAt = sight.now();
  const same = (one: Approval, two: Approval) =>
    one.release === two.release && one.step === two.step && one.by === two.by && one.forced === two.forced;
  const added = is.approvals.filter((one) => !was.approvals.some((other) => same(one, other)));
  const gone = was.approvals.filter((one) => !is.approvals.some((other) => same(one, other)));
  for (const one of added) {
    sight.ledger.givers.add(one.by);
    judgeGiven(sight, run, is, one, object);
    if (run !== undefined && isMeant(run, one)) run.gave.push(one);
    else
      sight.breaks(
        'nobody’s approval is made up',
        `${one.by} for step ${one.step} of ${one.release}, by ${run?.command}`,
      );
  }
  if (
    run !== undefined &&
    run.means?.to === null &&
    new Set(run.gave.map((one) => `${one.release}/${one.step}`)).size > 1
  )
    sight.breaks('one promotion approves one step', run.gave.map((one) => `${one.step} of ${one.release}`).join(', '));
  for (const one of gone) {
    const replaced = is.approvals.some(
      (other) => other.release === one.release && other.step === one.step && other.by === one.by,
    );
    const back = run?.means?.to !== null && run?.means !== null && run !== undefined;
    const delivered = is.history[0]?.id === one.release;
    const dropped = is.release?.id !== one.release || (is.rollback !== null && is.rollback.cluster === 'todo');
    const retaken = is.release?.plan !== was.release?.plan;
    const reset = run?.command === 'deploy' && (sight.strangers.size > 0 || retaken);
    if (!replaced && !back && !delivered && !dropped && !reset)
      sight.breaks(
        'no approval is lost',
        `step ${one.step} of ${one.release} by ${one.by}, dropped by ${run?.command ?? 'nobody'}`,
      );
  }
  const before = sight.ledger.approvals;
  sight.ledger.approvals = [
    ...sight.ledger.approvals.filter((one) => !gone.some((other) => same(one, other))),
    ...added.map((one) => ({ ...one, under: plansOf(sight, run, one, object) })),
  ];
  const lifted = noteHolds(sight, run, is, was);
  noteAtForge(sight, run, is, was);
  noteActs(sight, run, { is, was, added, lifted });
  if (run !== undefined) judgeKept(sight, is, was);
  noteRollback(sight, run, is, was);
  noteSettled(sight, run, is, was);
  judgeUrgent(sight, run, is, was);
  if (was.release !== null && is.release?.id !== was.release.id)
    sight.replaced = { id: was.release.id, at: sight.now() };
  if (is.release !== null && is.release.id !== was.release?.id && is.rollback === null && run?.command === 'deploy') {
    if (pointOf(object).phase === 'Progressing' && was.release !== null) sight.counts.supersessions += 1;
    const isLive = writtenId(sight, sight.written()) === is.release.id;
    if (isLive) sight.takenOn.add(`${is.release.id} ${wantedVersion(sight.workload())}`);
  }
  if (is.release !== null && is.release.made !== was.release?.made) {
    // What KubeVela has made is noted as it is found: a restart by hand in between keeps the image.
    const live = wantedVersion(sight.workload());
    if (imageOf(live) === sight.used.get(is.release.id)) sight.takenOn.add(`${is.release.id} ${live}`);
  }
  if (is.release !== null && is.release.id === was.release?.id && is.release.template !== was.release.template) {
    // A restart by hand keeps image and id (E34): a deploy takes on what it would have written.
    const live = wantedVersion(sight.workload());
    if (run?.command === 'deploy' && imageOf(live) === imageOf(sight.used.get(is.release.id) ?? ''))
      sight.takenOn.add(`${is.release.id} ${live}`);
    if (
      is.approvals.some((one) => one.release === is.release?.id && one.step > 0) &&
      sight.takenOn.size > 0 &&
      run?.command === 'deploy'
    )
      sight.breaks('an approval is of one template', is.release.id);
  }
  const isBack = hasComeBack(is, was);
  const asked = !isBack && is.release !== null && is.release.id !== was.release?.id && run?.command === 'deploy';
  const since = heldSince(sight, is.release);
  if (
    asked &&
    run !== undefined &&
    since !== null &&
    since < run.began - lookAge &&
    writtenId(sight, sight.written()) !== is.release?.id
  )
    sight.breaks('what is held is not asked for', is.release?.id ?? '');
  if (asked && run !== undefined && is.release !== null && writtenId(sight, sight.written()) !== is.release.id)
    judgeAsked(sight, run, is.release, was);
  if (asked && was.rollback?.cluster === 'todo')
    sight.breaks('nothing is asked for while a rollback is under way', is.release?.id ?? '');
  if (isBack && is.rollback !== null) {
    judgeBack(sight, run, is.rollback.to);
    judgeRestored(sight, run, is.rollback);
  }
  const first = is.history[0];
  if (first !== undefined && first.id !== was.history[0]?.id && is.rollback === null)
    delivered(sight, run, first.id, was, before);
}

/** Holds as the record has them now: only `resume` lifts one, and none that came after it began. */
function noteHolds(sight: Sight, run: Run | undefined, is: Noted, was: Noted): readonly string[] {
  const lifted: string[] = [];
  const { heldAt } = sight;
  const nameOf = (hold: Hold) => holdName(hold) ?? wholeDelivery;
  for (const hold of is.holds) {
    const before = was.holds.find((one) => holdName(one) === holdName(hold));
    const known = heldAt.get(nameOf(hold));
    if (known === undefined || before?.at !== hold.at)
      heldAt.set(nameOf(hold), { since: known?.since ?? sight.now(), last: sight.now() });
    sight.ledger.forge.lastHeld.set(nameOf(hold), sight.now());
  }
  for (const [name, { last }] of heldAt) {
    if (is.holds.some((one) => nameOf(one) === name)) continue;
    heldAt.delete(name);
    lifted.push(name);
    const wants = run?.wants ?? null;
    const undone =
      wants?.act === 'rollback' &&
      wants.undo &&
      was.rollback?.bad.some((one) => [one.digest, holdName(one)].includes(name));
    // Whether a comment asked for it is a law of its own.
    if (undone || run?.command === 'answer') continue;
    judgePerson(sight, run, `lifts ${name}`);
    const what = `${name.slice(0, 12)} by ${run?.command ?? 'nobody'}`;
    if (run?.command !== 'resume') sight.breaks('only resume lifts a hold', what);
    else if (name === wholeDelivery && last > run.began + resumeAge) sight.breaks('a later hold stays', what);
    const isNamed = wants?.act === 'resume' && (name === wholeDelivery) === (wants.release === null);
    if (
      run?.command === 'resume' &&
      (!isNamed || ![null, name, name.split(' ')[0], wholeDelivery].includes(wants.digest))
    )
      sight.breaks('resume lifts what it names', `${what}, ${JSON.stringify(wants)}`);
  }
  return lifted;
}

/** What every write leaves: a record that fits, with all in it that only a newer version knows. */
function judgeKept(sight: Sight, is: Noted, was: Noted): void {
  const size = Buffer.byteLength(is.text);
  if (size > 64 * 1024) sight.breaks('the record stays within its bound', `${size} bytes`);
  const lost = [
    'later' in was && !('later' in is) ? 'the record' : null,
    // After a rollback of settings, the release of before has the same id.
    isLater(was.release) &&
    is.release?.id === was.release?.id &&
    is.release?.whole === was.release?.whole &&
    !isLater(is.release)
      ? 'its release'
      : null,
    ...was.holds.map((hold) => {
      const kept = is.holds.find((one) => holdName(one) === holdName(hold) && one.at === hold.at);
      return isLater(hold) && kept !== undefined && !isLater(kept) ? 'a hold' : null;
    }),
  ].filter((one) => one !== null);
  if (lost.length > 0) sight.breaks('what a newer version noted stays', lost.join(', '));
}

function isLater(entry: object | null): boolean {
  return entry !== null && 'later' in entry;
}

/** What was held so soon after a `resume` began can't be told apart from what was there before. Milliseconds. */
const resumeAge = 1_500;

/** What refuses an approval, refuses it before it is recorded. */
function judgeGiven(sight: Sight, run: Run | undefined, noted: Noted, one: Approval, object: Thing): void {
  if (run === undefined) return;
  const what = `step ${one.step} of ${one.release} by ${one.by}`;
  const since = heldSince(sight, noted.release);
  if (since !== null && since < run.began - lookAge) sight.breaks('no approval of what is held is taken', what);
  const policies = [run.policy, ...policiesSince(sight, run.began)];
  const another = one.step > 0 && underAnotherPlan(sight, object, one.release, policies);
  if (another && sight.planMeddledAt < run.began - lookAge)
    sight.breaks('no approval under another plan is taken', what);
  const strange =
    sight.strangeSince !== null &&
    sight.strangeSince < run.began - lookAge &&
    // What is written and not made yet is not what is there.
    [writtenId(sight, sight.written()), idOf(sight.workload())].every((id) => id === one.release) &&
    (!sight.carried || publishedAs(sight.written()) === publishedAs(sight.workload()));
  if (strange && !isOurs(sight, noted)) sight.breaks('no approval of a stranger’s template is taken', what);
  if (noted.rollback?.cluster === 'todo') sight.breaks('no approval is taken while a rollback is under way', what);
  judgePerson(sight, run, what);
  const { teamsOf } = factsAround(sight, noted.release?.commit ?? '', sight.now());
  if (one.forced && policies.every((policy) => !mayApprove(conditionsOf(policy, one.step), one.by, teamsOf)))
    sight.breaks('force takes the right to approve', what);
}

/** The plans that an approval may be meant for: today's before the start, later also those in the cluster. */
function plansOf(sight: Sight, run: Run | undefined, { release, step }: Approval, rollout: Thing): readonly string[] {
  const policies = run === undefined ? [] : [run.policy, ...policiesSince(sight, run.began)].map(policyWords);
  return step === 0 ? policies : [...policies, planWords(rollout), sight.startedUnder.get(release) ?? ''];
}

/** What a step waits for; 0 is the start, and the one after the last the end. */
function conditionsOf({ startWhen, steps, doneWhen }: Delivery, step: number): readonly Condition[] {
  if (step === 0) return startWhen;
  return step > steps.length ? doneWhen : (steps[step - 1]?.leaveWhen ?? []);
}
