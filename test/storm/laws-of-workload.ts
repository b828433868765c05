import type { Thing } from '../../src/simulator/api/things.ts';
import {
  idOf,
  isBlueGreen,
  isGated,
  notedIn,
  planIn,
  planWords,
  pointOf,
  policyWords,
  versionOf,
  wantedVersion,
} from './facts.ts';
import { factsAround } from './facts-around.ts';
import { shutBy, shutGates } from './gates.ts';
import { look, noteServing } from './laws-of-pods.ts';
import type { Run } from './ledger.ts';
import {
  isFrozenSince,
  judgeHold,
  lookAge,
  policiesSince,
  type Sight,
  soakedSince,
  underAnotherPlan,
  votesOf,
} from './sight.ts';
import { sizeOf, workloadKinds } from './workloads.ts';

export function workloadChanged(sight: Sight, actor: string, object: Thing, old: Thing | undefined): void {
  const [is, was] = [wantedVersion(object), wantedVersion(old)];
  const run = sight.runOf(actor);
  const moves = is !== was || idOf(object) !== idOf(old);
  if (idOf(object) !== idOf(old)) sight.liveSince = sight.now();
  if (run !== undefined) run.wrote.add(is === was ? 'other' : 'template');
  if (run !== undefined && is !== was) sight.strangeSince = null;
  if (actor === 'person' && is !== was) {
    sight.strangers.add(is);
    sight.strangeSince = sight.now();
    sight.meddled = true;
    sight.meddledAt = sight.now();
  }
  if (sizeOf(old) > 0 && sizeOf(object) > sizeOf(old)) noteShares(sight, sizeOf(old), sizeOf(object));
  if (sizeOf(object) < sizeOf(old)) sight.shrunk = { from: sizeOf(old), version: is, at: sight.now() };
  if (run !== undefined && moves && old !== undefined && !run.saw.versions.has(old.metadata.resourceVersion))
    sight.breaks('no template is written over a version that was not seen', `${idOf(object)} by ${run.command}`);
  if (run !== undefined && moves) templateWritten(sight, run, object, old, is !== was);
  if (is !== was) {
    sight.allReadyAt = sight.readySince === null ? Number.NEGATIVE_INFINITY : sight.now();
    sight.enoughReadyAt = sight.allReadyAt;
    sight.soakedBefore = soakedSince(sight);
    sight.readySince = null;
  }
  look(sight);
  noteServing(sight);
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

function templateWritten(sight: Sight, run: Run, object: Thing, old: Thing | undefined, isNew: boolean): void {
  const noted = notedIn(sight.rollout());
  const id = idOf(object);
  const what = `${id} (${wantedVersion(object)}) by ${run.command}`;
  const { rollback, release } = noted;
  // In mid-release blueGreen takes nothing but the engine's own stable version, which then goes first.
  const isVia = id === `${rollback?.to.id}-via-stable` && wantedVersion(object) === sight.stable;
  const takesBack = rollback !== null && rollback.cluster === 'todo' && (rollback.to.id === id || isVia);
  // Asked again right before the write: what is asked for within that one request is not seen.
  const justReplaced = sight.replaced.id === id && sight.now() - sight.replaced.at <= request;
  if (!takesBack && release?.id !== id && run.asked !== id && !justReplaced) {
    sight.breaks('the record comes before what it records', `${what}; the record says ${release?.id ?? 'nothing'}`);
  }
  // Also a restart by hand on which a deploy puts its id: the image is what it applies, or the server refuses (E34).
  if (isNew || idOf(old) !== id) sight.takenOn.add(`${id} ${wantedVersion(object)}`);
  const before = sight.used.get(id);
  if (before !== undefined && idOf(old) !== id) sight.breaks('no id goes out twice', what);
  sight.used.set(id, wantedVersion(object));
  if (takesBack || old === undefined || !isNew) return;
  if (!isGated(object) && sight.stable !== null) sight.breaks('no template is written ungated', what);
  const point = pointOf(sight.rollout());
  // A Rollout that somebody pauses at that moment keeps what it is given behind the gate (E24).
  const window =
    point.phase === 'Healthy' || point.phase === 'Initial' || ['InRolling', 'Paused'].includes(point.reason);
  // Where somebody has just changed the template, the engine begins anew a moment before stepgate can know.
  const begins = point.reason === 'Initializing' && sight.now() - sight.meddledAt < lookAge;
  if (!window && !begins)
    sight.breaks('no template is written while the engine closes a release (E3)', `${what}: ${point.reason}`);
  judgeHold(sight, noted, { id, sent: run.sent, what });
  const { git } = sight;
  if (release?.id === id && !git.tipsSince(run.sent - startAge).some((tip) => git.contains(tip, release.commit)))
    sight.breaks('what nobody has merged is not rendered for a write', what);
  const plan = planIn(sight.rollout());
  // The server compares neither plan nor clock with what is written: a write on its way can't see what comes meanwhile.
  const zero = [...sight.pauses].find(([step, { at }]) => plan[step - 1]?.pause !== null && run.sent - at > lookAge);
  if (zero !== undefined) sight.breaks('no release begins with a pause left open (E1)', `${what}: step ${zero[0]}`);
  const policies = policiesSince(sight, run.sent - startAge);
  if (run.sent - sight.planMeddledAt > lookAge && underAnotherPlan(sight, sight.rollout() ?? object, '', policies))
    sight.breaks('no release begins under another plan', what);
  sight.startedUnder.set(id, planWords(sight.rollout()));
  if (sight.stable === null) return;
  const { awaySince } = sight.git;
  if (awaySince !== null && run.sent - awaySince > startAge)
    sight.breaks('nothing goes on without today’s policy', what);
  const today = policies.map(policyWords);
  const approvals = sight.ledger.approvals.filter(
    (one) => one.release === id && one.step === 0 && one.under.some((plan) => today.includes(plan)),
  );
  const around = factsAround(sight, release?.commit ?? '', run.sent);
  if (isFrozenSince(sight, run.sent - startAge, run.sent + clockSlack))
    sight.breaks('a frozen delivery starts nothing', what);
  const votes = votesOf(sight, { release: id, step: 0, plan: planWords(sight.rollout()) }, run.sent);
  const evidence = { now: run.sent, approvals, votes, soakedSince: null, skew: run.skew, ...around };
  if (policies.at(-1)?.startWhen.some(({ kind }) => kind === 'after')) sight.counts.afters += 1;
  const shut = shutBy(policies, ({ startWhen }) => shutGates(startWhen, evidence, true));
  if (shut.length > 0) sight.breaks('no release begins before its gates', `${what}: ${shut.join('; ')}`);
}
