import { type Approval, idOf, isGated, isReadyPod, type Named, type Noted, versionOf, wantedVersion } from './facts.ts';
import { factsAround } from './facts-around.ts';
import { shutBy, shutGates } from './gates.ts';
import type { Run } from './ledger.ts';
import { imageOf, lookAge, policiesSince, type Sight, votesOf } from './sight.ts';
import { versionIn } from './source.ts';

/** Stepgate says that the cluster is back: it had to be when it sent that. */
export function judgeBack(sight: Sight, run: Run | undefined, { id, commit }: Named): void {
  const sent = run?.sent ?? sight.now();
  const live = sight.workload();
  const version = wantedVersion(live);
  const others = sight.pods().filter((pod) => versionOf(pod) !== version || !isReadyPod(pod));
  if (idOf(live) !== id) sight.breaks('back is what was gone back to', `${idOf(live)} is live, not ${id}`);
  const wanted = versionIn(sight.git.at(commit).files);
  if (imageOf(version) !== wanted && !sight.strangers.has(version))
    sight.breaks('back is what was gone back to', `${version} is live, not ${wanted}`);
  const meddled = sent - sight.meddledAt < lookAge;
  const recently = meddled || sent - sight.allReadyAt < lookAge;
  if (others.length > 0 && !recently)
    sight.breaks('a rollback ends with only stable serving', `${id}: ${others.length} pods are not`);
  if (isGated(live) && !meddled) sight.breaks('a rollback ends with only stable serving', `${id} is gated`);
}

/** Stepgate calls a release delivered. */
export function delivered(
  sight: Sight,
  run: Run | undefined,
  id: string,
  was: Noted,
  given: readonly Approval[],
): void {
  const version = wantedVersion(sight.workload());
  const sent = run?.sent ?? sight.now();
  const recently = sent - sight.meddledAt < lookAge;
  const others = recently ? [] : sight.pods().filter((pod) => versionOf(pod) !== version);
  // Published by hand while this write was on its way: the record is bound to the record alone.
  const isOvertaken = sight.meddledAt > sent;
  if (idOf(sight.workload()) !== id && was.release !== null && was.history.length > 0 && !isOvertaken)
    sight.breaks('only what is live is called delivered', id);
  const isOld = !recently && sent - sight.allReadyAt > lookAge;
  const unready = isOld ? sight.pods().filter((pod) => !isReadyPod(pod)) : [];
  if (others.length + unready.length > 0 && run !== undefined)
    sight.breaks(
      'only what is whole is called delivered',
      `${id}: ${others.length} other pods, ${unready.length} not ready`,
    );
  if (run === undefined || run.command === 'rollback') return;
  const approvals = given.filter((one) => one.release === id && one.step === run.policy.steps.length + 1);
  const around = factsAround(sight, was.release?.commit ?? '', sent);
  const votes = votesOf(sight, { release: id, step: run.policy.steps.length + 1, plan: null }, sent);
  // Somebody may have changed the pods after stepgate looked at them: then those of before count.
  const soakedSince = recently ? (sight.readySince ?? sight.soakedBefore) : sight.readySince;
  const evidence = { now: sent, approvals, votes, soakedSince, skew: run.skew, ...around };
  const policies = [run.policy, ...policiesSince(sight, run.began)];
  const shut = shutBy(policies, ({ doneWhen }) => shutGates(doneWhen, evidence, true));
  if (shut.length > 0 && was.release !== null)
    sight.breaks('no release is called delivered before its gates', `${id}: ${shut.join('; ')}`);
}
