import { versionIn as versionWritten, writtenIn } from './applications.ts';
import { openPromotions } from './at-forge.ts';
import { idOf, type Named, type Noted, pointOf, rests, wantedVersion } from './facts.ts';
import { mayApprove, shutGates } from './gates.ts';
import { isMember, votesIn } from './votes.ts';
import type { World } from './world.ts';

/** The laws about what is left at the forge once a case has come to rest. */
export function judgeForge(world: World, noted: Noted): void {
  const { forge, observer } = world;
  if (forge === null) return;
  const open = openPromotions(forge);
  if (open.length > 1)
    observer.breaks(
      'a delivery has one open promotion pull request',
      open.map(({ number }) => `#${number}`).join(', '),
    );
  judgeClosings(world, noted);
}

/** What waits at a step for a review or a merge has a pull request for it, unless the promotion was merged by others. */
export function judgeProposed({ forge, observer, policy, now }: World, release: Named, step: number): void {
  if (forge === null || observer.ledger.forge.filed.has(`${release.id}/${step}`)) return;
  const asked = (policy().steps[step - 1]?.leaveWhen ?? []).filter(
    (one) => one.kind === 'approval' && one.by.every((way) => way === 'review' || way === 'merge'),
  );
  const around = observer.factsAround(release.commit);
  const votes = votesIn(observer.ledger.forge, { release: release.id, step, plan: null }, { from: now(), to: now() });
  const evidence = { now: now(), approvals: [], votes, soakedSince: null, skew: 0, ...around };
  if (asked.length === 0 || shutGates(asked, evidence, true).length === 0) return;
  const branch = `/${release.id}-s${step}`;
  if (!openPromotions(forge).some(({ head }) => head.branch.endsWith(branch)))
    observer.breaks('what waits for a promotion has a pull request for it', `step ${step} of ${release.id}`);
}

/** Whoever may promote and closes the promotion pull request of what waits, holds it. */
function judgeClosings({ cluster, observer, kind, written, policy, now }: World, { release, holds }: Noted): void {
  // While the whole delivery is held, stepgate does not hold the version too.
  if (holds.some(({ digest }) => digest === null)) return;
  const { store } = cluster.api;
  const point = pointOf(store.get('Rollout', 'shop', 'shop'));
  const live = store.get(kind, 'shop', 'shop');
  if (release === null || idOf(live) !== release.id || !rests(point)) return;
  // What somebody else has put there is not promoted, whatever the forge says.
  const versions = [wantedVersion(live), versionWritten(writtenIn(store, written))];
  if (versions.some((one) => observer.strangers.has(one))) return;
  const { closings, lastHeld, spoiled } = observer.ledger.forge;
  const around = observer.factsAround(release.commit);
  // Only while a review or a merge is all that is asked for is it sure that the place has such a pull request.
  const asked = (policy().steps[point.step - 1]?.leaveWhen ?? []).filter(
    (one) => one.kind === 'approval' && one.by.every((way) => way === 'review' || way === 'merge'),
  );
  const evidence = { now: now(), approvals: [], votes: [], soakedSince: null, skew: 0, ...around };
  if (asked.length === 0 || shutGates(asked, evidence, true).length === 0) return;
  for (const { by, release: id, step, number, at } of closings) {
    // What somebody has changed may say anything by now: whether it holds is left open.
    if (spoiled.has(number) || id !== release.id || step !== point.step || (lastHeld.get(release.digest) ?? 0) >= at)
      continue;
    const may = mayApprove(asked, by, around.teamsOf);
    if (may && isMember(observer.ledger.forge, by, 'repository', { from: now(), to: now() }))
      observer.breaks('closing a promotion pull request holds', `#${number} of step ${step} of ${id}, by ${by}`);
  }
}
