import type { Delivery } from '../../src/release/delivery.ts';
import { textAt } from '../../src/simulator/api/json.ts';
import type { Thing } from '../../src/simulator/api/things.ts';
import { editOf, planOfTrait, publishedAs, traitIn, versionIn } from './applications.ts';
import {
  idOf,
  isBlueGreen,
  isGated,
  notedIn,
  type PlanStep,
  planIn,
  pointOf,
  policyWords,
  versionOf,
  wantedVersion,
  wordsOf,
} from './facts.ts';
import { factsAround } from './facts-around.ts';
import { shutBy, shutGates } from './gates.ts';
import { look, noteServing } from './laws-of-pods.ts';
import { judgeClaimed, judgeImageStays, noteThrough, withUrgency } from './laws-of-settings.ts';
import type { Run } from './ledger.ts';
import {
  imageOf,
  isFrozenSince,
  judgeHold,
  lookAge,
  policiesSince,
  type Sight,
  soakedSince,
  votesOf,
  writtenId,
} from './sight.ts';
import { sizeOf, workloadKinds } from './workloads.ts';

export function workloadChanged(sight: Sight, actor: string, object: Thing, old: Thing | undefined): void {
  const [is, was] = [wantedVersion(object), wantedVersion(old)];
  const run = sight.runOf(actor);
  const moves = is !== was || idOf(object) !== idOf(old);
  if (!sight.carried && idOf(object) !== idOf(old)) sight.liveSince = sight.now();
  if (run !== undefined) run.wrote.add(is === was ? 'other' : 'template');
  // What is made of an Application is whose that Application is.
  const isMade = sight.carried && actor === 'engine';
  // A restart by hand stays on it.
  const isByHand = actor === 'person' || (isMade && [is, imageOf(is)].some((one) => sight.strangers.has(one)));
  if ((run !== undefined || isMade) && is !== was && !isByHand) sight.strangeSince = null;
  if (isByHand && is !== was) {
    sight.strangers.add(is);
    sight.strangeSince = sight.now();
    noteMeddled(sight);
  }
  // What takes the workload out of the engine's sight, between the write of an Application and what is made of it, nobody can see.
  if (sight.carried && actor === 'person' && isWatched(old) && !isWatched(object)) noteMeddled(sight);
  if (isMade && is !== was && !isByHand) judgeMade(sight, object, old);
  if (sizeOf(old) > 0 && sizeOf(object) > sizeOf(old)) noteShares(sight, sizeOf(old), sizeOf(object));
  if (sizeOf(object) < sizeOf(old)) sight.shrunk = { from: sizeOf(old), version: is, at: sight.now() };
  if (!sight.carried && run !== undefined && moves) {
    const version = old?.metadata.resourceVersion ?? null;
    const [before, plan] = [old === undefined ? null : idOf(old), planIn(sight.rollout())];
    templateWritten(sight, run, { id: idOf(object), before, version, is, was, plan, over: old });
    if (old !== undefined && is !== was) judgeGate(sight, object, `${idOf(object)} (${is}) by ${run.command}`);
  }
  if (is !== was) {
    sight.allReadyAt = sight.readySince === null ? Number.NEGATIVE_INFINITY : sight.now();
    sight.enoughReadyAt = sight.allReadyAt;
    sight.soakedBefore = soakedSince(sight);
    sight.readySince = null;
  }
  look(sight);
  noteServing(sight);
}

function isWatched(workload: Thing | undefined): boolean {
  return textAt(workload, 'metadata', 'labels', 'rollouts.kruise.io/workload-type') !== '';
}

function noteMeddled(sight: Sight): void {
  sight.meddled = true;
  sight.meddledAt = sight.now();
}

/** KubeVela has made another template of an Application that stepgate wrote. */
function judgeMade(sight: Sight, object: Thing, old: Thing | undefined): void {
  // What somebody has changed by hand is put back whenever KubeVela looks, whatever the engine does at that moment; and whatever
  // stepgate has decided by what was there right before.
  if (sight.strangers.has(wantedVersion(old))) {
    noteMeddled(sight);
    sight.counts.putBacks += 1;
  }
  if (old === undefined || sight.now() - sight.meddledAt < lookAge) return;
  judgeGate(sight, object, `${idOf(object)} (${wantedVersion(object)})`);
}

function judgeGate(sight: Sight, object: Thing, what: string): void {
  if (takesBack(sight, idOf(object), wantedVersion(object))) return;
  if (!isGated(object) && sight.stable !== null) sight.breaks('no template is written ungated', what);
}

/** Whether that is what a rollback under way writes. In mid-release blueGreen takes the engine's own stable version first. */
function takesBack(sight: Sight, id: string, version: string): boolean {
  const { rollback } = notedIn(sight.rollout());
  if (rollback === null || rollback.cluster !== 'todo') return false;
  return rollback.to.id === id || (id === `${rollback.to.id}-via-stable` && version === sight.stable);
}

/** The Application of the release has changed: what stepgate writes, KubeVela makes. */
export function applicationChanged(sight: Sight, actor: string, object: Thing, old: Thing | undefined): void {
  const run = sight.runOf(actor);
  const edit = editOf(object);
  const [is, was] = [versionIn(object), versionIn(old)];
  const isPublished = publishedAs(object) !== publishedAs(old);
  if (isPublished) sight.liveSince = sight.now();
  noteTakenOut(sight, object, old);
  if (actor === 'person' && edit !== editOf(old)) {
    sight.counts.applicationEdits += 1;
    if (is !== was) sight.strangers.add(is);
    if (is !== was || isPublished) noteMeddled(sight);
    if (isPublished) sight.planMeddledAt = sight.now();
    if (isPublished) sight.displaced.add(writtenId(sight, old));
  }
  const wasPublished = sight.published.has(publishedAs(object));
  // The name that somebody has given says nothing about an id.
  if (isPublished && !wasPublished && actor !== 'person') sight.published.set(publishedAs(object), idOf(object));
  if (run === undefined || edit === editOf(old)) return;
  run.wrote.add(is === was ? 'other' : 'template');
  sight.carriedAt = sight.now();
  sight.counts.publications += 1;
  const what = `${idOf(object)} (${is}) by ${run.command}`;
  if (isPublished && wasPublished) sight.breaks('no publishVersion is used twice', `${publishedAs(object)}: ${what}`);
  if (!isPublished) sight.breaks('what is written is published', what);
  // KubeVela removes the Rollout of a component without its trait, and the record with it.
  if (traitIn(object) === undefined) sight.breaks('what is written has its steps', what);
  const [before, version] = old === undefined ? [null, null] : [writtenId(sight, old), editOf(old)];
  // Its id was edited before KubeVela saw it, so it was never that of the workload.
  const meant = sight.published.get(publishedAs(old));
  if (meant !== undefined && meant !== before) sight.displaced.add(meant);
  const workload = wantedVersion(sight.workload());
  const plan = planOfTrait(object);
  templateWritten(sight, run, { id: idOf(object), before, version, is, was: workload, plan, over: old });
}

function noteTakenOut(sight: Sight, object: Thing, old: Thing | undefined): void {
  const [is, was] = [traitIn(object) !== undefined, traitIn(old) !== undefined];
  if (!is && was) sight.takenOut = { at: sight.now(), until: Number.POSITIVE_INFINITY, wentOn: false };
  if (is && sight.takenOut !== null && !was) sight.takenOut = { ...sight.takenOut, until: sight.now() };
}

function noteShares(sight: Sight, from: number, to: number): void {
  const counted = new Map<string, number>();
  for (const pod of sight.pods()) counted.set(versionOf(pod), (counted.get(versionOf(pod)) ?? 0) + 1);
  // In blueGreen the surge is over both versions: what the old one lacks by then, the new one gets.
  const blueGreen = isBlueGreen(sight.rollout());
  for (const [version, count] of counted)
    sight.shares.set(version, blueGreen ? Number.POSITIVE_INFINITY : workloadKinds[sight.kind].grown(count, from, to));
}

/** A start takes several requests after its policy was fetched, and may stand still before any of them. Milliseconds. */
const startAge = 25_000;

/** A freeze ends by whole seconds of the clock, and what was looked at is a moment old. Milliseconds. */
const clockSlack = 2_500;

/** So long may two requests on their way take, in milliseconds. */
const request = 100;

/** A write of what a release writes. */
interface Template {
  readonly id: string;
  /** The id before; null where the object was not there. */
  readonly before: string | null;
  /** What was written over, as it was shown to the run. */
  readonly version: string | null;
  /** The version that the pods get, and the one that they had. */
  readonly is: string;
  readonly was: string;
  /** The steps that it goes out with: those in the Rollout, or in what is written. */
  readonly plan: readonly PlanStep[];
  /** What was written over. */
  readonly over: Thing | undefined;
}

function templateWritten(sight: Sight, run: Run, { id, before, version, is, was, plan, over }: Template): void {
  const noted = notedIn(sight.rollout());
  const isNew = is !== (sight.carried ? imageOf(was) : was);
  const what = `${id} (${is}) by ${run.command}`;
  if (version !== null && !run.saw.versions.has(version))
    sight.breaks('no template is written over a version that was not seen', `${id} by ${run.command}`);
  const { release } = noted;
  const isBack = takesBack(sight, id, is);
  // Asked again right before the write: what is asked for within that one request is not seen.
  const justReplaced = sight.replaced.id === id && sight.now() - sight.replaced.at <= request;
  // What keeps its id and its version is no release: only what stands around them in an Application is written anew.
  const isOne = before !== id || isNew;
  if (isOne && !isBack && release?.id !== id && !run.asked.includes(id) && !justReplaced) {
    sight.breaks('the record comes before what it records', `${what}; the record says ${release?.id ?? 'nothing'}`);
  }
  // Also a restart by hand on which a deploy puts its id: the image is what it applies, or the server refuses (E34).
  if (isNew || before !== id) sight.takenOn.add(`${id} ${is}`);
  // KubeVela keeps what it does not render: a restart by hand stays on what is made of it.
  if (sight.carried && imageOf(was) === is) sight.takenOn.add(`${id} ${was}`);
  const isAgain = sight.displaced.has(id) && sight.used.get(id) === is;
  if (sight.used.has(id) && before !== id && !isAgain) sight.breaks('no id goes out twice', what);
  // KubeVela puts back what somebody has changed by hand in what it made, whatever is written into the Application.
  const isPutBack = sight.carried && before === id && sight.used.get(id) === is && sight.strangers.has(was);
  sight.used.set(id, is);
  if (isBack && isNew) judgeImageStays(sight, noted, was, what);
  if (!isBack) judgeClaimed(sight, over, what);
  if (isBack || before === null || !isNew || isPutBack) return;
  noteThrough(sight, release ?? { commit: sight.git.tip });
  const point = pointOf(sight.rollout());
  // A Rollout that somebody pauses at that moment keeps what it is given behind the gate (E24).
  const window =
    point.phase === 'Healthy' || point.phase === 'Initial' || ['InRolling', 'Paused'].includes(point.reason);
  // Where somebody has just changed the template, the engine begins anew a moment before stepgate can know.
  const begins = point.reason === 'Initializing' && run.sent - sight.meddledAt < lookAge;
  // stepgate reads the Rollout right before it writes. In between, KubeVela may put stable's template back, which ends the release.
  const closes = sight.carried && point.reason === 'Cancelling' && sight.now() - sight.stepSince <= request;
  if (!window && !begins && !closes)
    sight.breaks('no template is written while the engine closes a release (E3)', `${what}: ${point.reason}`);
  judgeHold(sight, noted, { id, sent: run.sent, what });
  const { git } = sight;
  if (release?.id === id && !git.tipsSince(run.sent - startAge).some((tip) => git.contains(tip, release.commit)))
    sight.breaks('what nobody has merged is not rendered for a write', what);
  // The server compares neither plan nor clock with what is written: a write on its way can't see what comes meanwhile.
  const zero = [...sight.pauses].find(([step, { at }]) => plan[step - 1]?.pause !== null && run.sent - at > lookAge);
  if (zero !== undefined) sight.breaks('no release begins with a pause left open (E1)', `${what}: step ${zero[0]}`);
  const policies = policiesSince(sight, run.sent - startAge);
  const words = wordsOf(plan);
  if (run.sent - sight.planMeddledAt > lookAge && isUnderAnotherPlan(sight, words, policies))
    sight.breaks('no release begins under another plan', what);
  sight.startedUnder.set(id, words);
  if (sight.stable === null) return;
  const { awaySince } = sight.git;
  if (awaySince !== null && run.sent - awaySince > startAge)
    sight.breaks('nothing goes on without today’s policy', what);
  const today = policies.map(policyWords);
  const approvals = run.approved.filter(
    (one) => one.release === id && one.step === 0 && one.under.some((plan) => today.includes(plan)),
  );
  const around = factsAround(sight, release?.commit ?? '', run.sent);
  const isUrgent = release?.urgent !== undefined;
  if (!isUrgent && isFrozenSince(sight, run.sent - startAge, run.sent + clockSlack))
    sight.breaks('a frozen delivery starts nothing', what);
  const votes = votesOf(sight, { release: id, step: 0, plan: words }, run.sent);
  const evidence = { now: run.sent, approvals, votes, soakedSince: null, skew: run.skew, ...around };
  if (policies.at(-1)?.startWhen.some(({ kind }) => kind === 'after')) sight.counts.afters += 1;
  const shut = shutBy(policies, ({ startWhen }) => shutGates(withUrgency(startWhen, isUrgent), evidence, true));
  if (shut.length > 0) sight.breaks('no release begins before its gates', `${what}: ${shut.join('; ')}`);
}

function isUnderAnotherPlan(sight: Sight, words: string, policies: readonly Delivery[]): boolean {
  return sight.rollout() !== undefined && !policies.some((policy) => policyWords(policy) === words);
}
