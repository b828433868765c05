import { at, isMap, textAt } from '../../src/simulator/api/json.ts';
import type { Thing } from '../../src/simulator/api/things.ts';
import { publishedAs, traitIn, versionIn as versionWritten, writtenIn } from './applications.ts';
import { changedSince } from './branches.ts';
import { judgeSettings, restingSettings } from './endings-of-settings.ts';
import {
  holdName,
  idOf,
  isGated,
  isHoldOf,
  isReadyPod,
  isRunning,
  type Noted,
  type NotedRollback,
  notedIn,
  planIn,
  pointOf,
  policyWords,
  rests,
  versionOf,
  wantedVersion,
} from './facts.ts';
import { timerOf } from './facts-around.ts';
import { settledAtEnd } from './facts-of-metrics.ts';
import { shutGates } from './gates.ts';
import { branchStands } from './git-facts.ts';
import { judgeForge, judgeProposed } from './laws-of-forge-ends.ts';
import { judgeMetrics } from './laws-of-metrics.ts';
import { imageOf } from './sight.ts';
import { contentIn, settingsNames, versionIn } from './source.ts';
import { isFrozenAt, standingVotes } from './votes.ts';
import { isShut } from './workloads.ts';
import type { World } from './world.ts';

/** The laws about how a case ends, once everything is healthy again and ticks have come by. */
export function judgeEnding(world: World): void {
  const { store } = world.cluster.api;
  const { observer } = world;
  const noted = notedIn(store.get('Rollout', 'shop', 'shop'));
  if (noted.rollback !== null) judgeRollback(world, noted, noted.rollback);
  if (noted.rollback?.cluster === 'todo') return;
  judgePauses(world);
  judgeSettings(world, noted);
  const live = store.get(world.kind, 'shop', 'shop');
  judgeForge(world, noted);
  const written = writtenIn(store, world.written);
  const { release: asked } = noted;
  const held = noted.holds.some((one) => one.digest === null || (asked !== null && isHoldOf(one, asked)));
  if (noted.release === null || live === undefined) return;
  const version = versionIn(world.remote.at(noted.release.commit).files);
  const isWanted = observer.idOf(written) === noted.release.id;
  const ours = !isWanted || (wantedVersion(live) === version && versionWritten(written) === version);
  if (isWanted && versionWritten(written) === version) judgeMade(world, live, written);
  // A hold does not keep what is bad.
  if (ours) judgeMetrics(world, noted, settledAtEnd);
  if (held) return;
  const rollout = store.get('Rollout', 'shop', 'shop');
  if (rollout === undefined || !ours || observer.isUnderAnotherPlan(rollout, noted.release.id, world.policy())) return;
  if (at(rollout, 'spec', 'strategy', 'paused') === true) return;
  const point = pointOf(rollout);
  const pods = store.list('Pod', 'shop');
  const policy = world.policy();
  const id = noted.release.id;
  const isFrozen = isFrozenAt(world.remote, world.remote.tip, world.now());
  const isClosed = (number: number) => world.forge?.state(number) === 'closed';
  const standing = { now: world.now(), today: policyWords(policy), isClosed };
  const votes = (step: number) => standingVotes(observer.ledger.forge, { release: id, step }, standing);
  const given = (step: number) => observer.ledger.approvals.filter((one) => one.release === id && one.step === step);
  const around = observer.factsAround(noted.release.commit);
  const evidence = { now: world.now(), soakedSince: observer.soakedSince(), skew: 0, ...around };
  // An image that KubeVela puts back within the engine's first seconds begins a release of stable onto itself, which has no new pods.
  const isOntoItself =
    world.written.kind === 'Application' && observer.strangers.size > 0 && noted.history[0]?.id === id;
  // KubeVela removes the Rollout at the end of the release.
  const hasNoSteps =
    world.written.kind === 'Application' &&
    traitIn(written) === undefined &&
    publishedAs(live) === publishedAs(written) &&
    publishedAs(rollout) !== publishedAs(written);
  if (isWanted && !isOntoItself && !hasNoSteps && idOf(live) === id && rests(point) && point.id === id) {
    // Nobody's force ends a step that the engine times.
    const isTimed = timerOf(policy, point.step) !== null;
    const approvals = given(point.step).map((one) => ({ ...one, forced: one.forced && !isTimed }));
    const shut = shutGates(
      policy.steps[point.step - 1]?.leaveWhen ?? [],
      { ...evidence, approvals, votes: votes(point.step) },
      false,
    );
    if (!isFrozen) judgeProposed(world, noted.release, point.step);
    const ours_ = pods.filter((pod) => versionOf(pod) === wantedVersion(live));
    const ready = ours_.length > 0 && ours_.every((pod) => isReadyPod(pod) && isRunning(pod));
    if (shut.length === 0 && ready && !isFrozen)
      observer.breaks('no approval is lost', `step ${point.step} of ${id} still waits, and every gate is open`);
  }
  const idle = point.phase === 'Healthy';
  if (
    observer.idOf(written) !== id &&
    idle &&
    !isFrozen &&
    world.remote.contains(world.remote.tip, noted.release.commit) &&
    written !== undefined &&
    !isOwnedByHand(written) &&
    !settingsNames.some(observer.isEdited) &&
    shutGates(policy.startWhen, { ...evidence, approvals: given(0), votes: votes(0) }, false).length === 0
  )
    observer.breaks('what was asked for starts', `${id} has not started, and every gate is open`);
  const isWhole = (pod: Thing) => versionOf(pod) === wantedVersion(live) && isReadyPod(pod) && isRunning(pod);
  const whole = pods.length > 0 && pods.every(isWhole);
  if (isWanted && idOf(live) === id && idle && whole && noted.history[0]?.id !== id) {
    const end = policy.steps.length + 1;
    // Nobody's force opens a gate of the end.
    const approvals = given(end).map((one) => ({ ...one, forced: false }));
    const shut = shutGates(policy.doneWhen, { ...evidence, approvals, votes: votes(end) }, false);
    if (shut.length === 0) observer.breaks('what is whole is called delivered', `${id} is not`);
  }
  // A restart by hand as the engine closes a release leaves it paused, as `kubectl rollout pause` does: the next one frees it.
  const byHand = observer.strangers.has(wantedVersion(live));
  if (idle && isShut(live) && !isGated(live) && !byHand) observer.breaks('no workload is left wedged', id);
}

/** What is written to an Application is made, and made whole, as long as KubeVela may write what it has made. */
function judgeMade({ observer, written: place }: World, live: Thing, written: Thing | undefined): void {
  if (place.kind !== 'Application' || observer.isDisowned()) return;
  const [is, was] = [versionWritten(written), wantedVersion(live)];
  const id = observer.idOf(written);
  if (idOf(live) !== id) observer.breaks('what is written is made', `${idOf(live)}, not ${id}`);
  else if (is !== imageOf(was) && !observer.strangers.has(was))
    observer.breaks('what is written is made', `${was}, not ${is}`);
}

/** Somebody's tool owns fields that the manifest sets: nothing is written over them unless it is told to take over. */
function isOwnedByHand({ metadata }: Thing): boolean {
  const sets = [
    ['f:spec'],
    ['f:metadata', 'f:labels', 'f:rollouts.kruise.io/rollout-id'],
    ['f:metadata', 'f:annotations', 'f:app.oam.dev/publishVersion'],
  ];
  return (metadata.managedFields ?? []).some(
    (one) => one.manager === 'kubectl' && sets.some((path) => isMap(at(one, 'fieldsV1', ...path))),
  );
}

/** A pause that would let a step go by itself is put back as soon as anybody of ours comes by (E1). */
function judgePauses(world: World): void {
  const { cluster, observer } = world;
  const rollout = cluster.api.store.get('Rollout', 'shop', 'shop');
  // Under another plan nothing is promoted, and the next deploy writes its own plan first.
  const id = notedIn(rollout).release?.id ?? '';
  if (rollout === undefined || observer.isUnderAnotherPlan(rollout, id, world.policy())) return;
  const point = pointOf(rollout);
  const passed = point.phase === 'Progressing' ? point.step : 0;
  for (const [index, { pause }] of planIn(rollout).entries())
    if (pause !== null && pause !== timerOf(world.policy(), index + 1) && index + 1 > passed)
      observer.breaks('no pause that is not the plan’s stays (E1)', `step ${index + 1}: ${pause} s`);
}

/** The engine releases stable over stable, and never moves its traffic: a person switches the Rollout off and on. */
function releasesStable(rollout: Thing | undefined): boolean {
  const sub = at(rollout, 'status', 'canaryStatus');
  return pointOf(rollout).state === 'StepTrafficRouting' && textAt(sub, 'podTemplateHash') === '';
}

function judgeRollback(world: World, noted: Noted, { to, cluster, git, bad }: NotedRollback): void {
  const { store } = world.cluster.api;
  const { observer, remote } = world;
  const live = store.get(world.kind, 'shop', 'shop');
  // Nobody but a deploy says again whose the Rollout is, once KubeVela has been told to make the rollback's target.
  const isLost = world.written.kind === 'Application' && observer.isDisowned();
  if (cluster === 'todo') {
    if (isLost || releasesStable(store.get('Rollout', 'shop', 'shop'))) return;
    observer.breaks('a rollback comes to its end', `${to.id} is still to go out`);
    return;
  }
  if (noted.release?.id !== to.id) return;
  // What somebody has merged on top of the bad release is not undone.
  if (git === 'todo' && branchStands(remote, { bad, to, tip: remote.tip }) !== 'ahead')
    observer.breaks('a rollback reverts Git', `${to.id}: Git is still to be reverted, and the remote is there`);
  const image = versionIn(remote.at(to.commit).files);
  const wanted = wantedVersion(live);
  // Somebody has changed it since: what serves is no longer the rollback's.
  if (wanted !== image && observer.strangers.has(wanted)) return;
  // A restart by hand stays on the template: it is nobody's version.
  const strange = imageOf(wanted) !== image;
  const others = store.list('Pod', 'shop').filter((pod) => imageOf(versionOf(pod)) !== image);
  if (strange || others.length > 0)
    observer.breaks(
      'a rollback ends with only stable serving',
      `${others.length} other pods, template ${wantedVersion(live)}`,
    );
  // KubeVela puts back what somebody has changed, and the engine may take that for a release, which waits at its steps.
  const isPutBack =
    world.written.kind === 'Application' &&
    observer.strangers.size > 0 &&
    pointOf(store.get('Rollout', 'shop', 'shop')).phase === 'Progressing';
  if (isPutBack) return;
  if (live !== undefined && isShut(live))
    observer.breaks('a rollback ends with only stable serving', 'the pods are kept');
  const service = store.get('Service', 'shop', 'shop');
  const selector = at(service, 'spec', 'selector');
  const pinned = isMap(selector) && 'pod-template-hash' in selector;
  const canaries = [...store.list('Service', 'shop'), ...store.list('Ingress', 'shop')].filter(
    (object) => object.metadata.name !== 'shop',
  );
  if (pinned || canaries.length > 0)
    observer.breaks(
      'a rollback ends with only stable serving',
      `routes are left: ${pinned ? 'the selector' : canaries.map((one) => `${one.kind} ${one.metadata.name}`).join(', ')}`,
    );
}

/** Git names stable's content when a rollback calls its half in Git done, and no deploy goes back in it. */
export function watchGit(world: World): void {
  const { cluster, remote, observer, stage } = world;
  cluster.api.store.listen((change) => {
    if (change.kind !== 'Rollout' || change.object.metadata.namespace !== 'shop') return;
    const [is, was] = [notedIn(change.object), notedIn(change.old)];
    if (is.text === was.text) return;
    const [now, before] = [is.release, was.release];
    const isLive = now?.id === observer.idOf(writtenIn(cluster.api.store, world.written));
    const goesBack =
      now !== null && before !== null && now.commit !== before.commit && remote.contains(before.commit, now.commit);
    if (goesBack && !isLive && observer.ledger.runs.get(stage.actor)?.command === 'deploy')
      observer.breaks('no deploy goes back in Git', `from ${before.id} to ${now.id}`);
    if (is.rollback?.git !== 'done' || was.rollback?.git === 'done') return;
    const { to, bad } = is.rollback;
    const [found, wanted] = [remote.tip, to.commit].map((commit) => versionIn(remote.at(commit).files));
    if (branchStands(remote, { bad, to, tip: remote.tip }) !== 'reverted')
      observer.breaks('a rollback reverts Git', `${found} at the tip, ${wanted} is stable`);
  });
  remote.pushed = (commit, onto) => {
    const changed = changedSince(remote.at(commit).files, remote.at(onto).files);
    if (changed.length > 0 && changed.every((path) => path.startsWith('.stepgate/freezes/'))) return;
    const { rollback } = notedIn(cluster.api.store.get('Rollout', 'shop', 'shop'));
    if (rollback === null || rollback.undo !== null) return;
    const { to, bad } = rollback;
    const stands = branchStands(remote, { bad, to, tip: onto });
    if (stands !== 'bad')
      observer.breaks(
        'a revert undoes nothing newer than the bad release',
        `${commit.slice(0, 10)} on a branch that is ${stands}`,
      );
    if (contentIn(remote.at(commit).files) !== contentIn(remote.at(to.commit).files))
      observer.breaks('a revert names stable', `${commit.slice(0, 10)} names ${versionIn(remote.at(commit).files)}`);
  };
}

/** Where everything has come to rest, without times, attempts and names that differ from run to run. */
export function restingState(world: World): unknown {
  const { store } = world.cluster.api;
  const rollout = store.get('Rollout', 'shop', 'shop');
  const live = store.get(world.kind, 'shop', 'shop');
  const point = pointOf(rollout);
  const noted = notedIn(rollout);
  const plain = (id: string) => id.replace(/^([0-9a-f]{10}-[0-9a-f]{8}).*$/, '$1');
  const named = (one: { readonly id: string } | null) => (one === null ? null : plain(one.id));
  const pods: Record<string, number> = {};
  for (const pod of store.list('Pod', 'shop')) {
    const key = `${versionOf(pod)} ${isReadyPod(pod) ? 'ready' : 'not ready'}`;
    pods[key] = (pods[key] ?? 0) + 1;
  }
  const { rollback } = noted;
  return {
    engine: {
      phase: point.phase,
      reason: point.reason,
      // Once it is over, they are where the last release was, whole or cancelled.
      ...(point.phase === 'Progressing' ? { step: point.step, state: point.state } : {}),
      id: plain(point.id),
    },
    plan: planIn(rollout),
    workload: {
      id: plain(idOf(live)),
      version: wantedVersion(live),
      shut: live !== undefined && isShut(live),
      strategy: textAt(live, 'spec', 'strategy', 'type'),
      managers: [...new Set((live?.metadata.managedFields ?? []).map((one) => one.manager))].sort(),
    },
    pods,
    routes: [...store.list('Service', 'shop'), ...store.list('Ingress', 'shop')].map((one) => [
      one.kind,
      one.metadata.name,
    ]),
    record: {
      release: named(noted.release),
      history: noted.history.map(named),
      approvals: noted.approvals.map((one) => `${plain(one.release)} ${one.step} ${one.by} ${one.forced}`).sort(),
      holds: noted.holds.map(holdName).sort(),
      rollback:
        rollback === null
          ? null
          : { from: plain(rollback.from.id), to: plain(rollback.to.id), cluster: rollback.cluster, git: rollback.git },
    },
    settings: restingSettings(world),
    git: versionIn(world.remote.at(world.remote.tip).files),
  };
}
