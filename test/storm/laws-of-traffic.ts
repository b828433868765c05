import { at, listAt, mapAt, numberAt, textAt } from '../../src/simulator/api/json.ts';
import type { Thing } from '../../src/simulator/api/things.ts';
import { idOf, isReadyPod, notedIn, type Point, planIn, pointOf, rests, versionOf, wantedVersion } from './facts.ts';
import type { Sight } from './sight.ts';

/** Notes how far the routes of a release may have come: an approval that is lost takes the step back, and not its routes. */
export function noteRouted({ routedTo, pausedAt, now }: Sight, is: Point, was: Point): void {
  if (is.reason !== 'InRolling') return;
  const arrives = rests(is) && !rests(was) && pausedAt === now();
  routedTo.set(is.id, arrives ? is.step : Math.max(is.step, routedTo.get(is.id) ?? 0));
}

/**
 * No more requests go to new pods than the steps that were let go say: as the Services, the Ingress and the route in the
 * cluster send them at this moment, whoever wrote them. Where both versions share one Service, steps say nothing about it.
 */
export function judgeShare(sight: Sight): void {
  const rollout = sight.rollout();
  const plan = planIn(rollout);
  const point = pointOf(rollout);
  if ((plan[point.step - 1]?.traffic ?? '') === '' || sight.meddled) return;
  const live = sight.workload();
  const version = wantedVersion(live);
  const moves = point.phase === 'Progressing' && point.reason === 'InRolling' && point.id === idOf(live);
  if (!moves || point.state === 'Completed' || version === sight.stable || sight.strangers.has(version)) return;
  if (notedIn(rollout).rollback?.cluster === 'todo' || isShared(rollout)) return;
  const asked = plan.slice(0, sight.routedTo.get(point.id) ?? point.step);
  const allowed = Math.max(...asked.map(({ traffic }) => (traffic === '' ? 100 : Number.parseInt(traffic, 10))));
  const [weight, by] = weightOf(sight);
  if (by !== null) sight.counts[by] += 1;
  const [stable, canary] = ['shop', 'shop-canary'].map((name) => partOf(sight, name, version));
  const share = (100 - weight) * (stable ?? 0) + weight * (canary ?? 0);
  if (share > allowed + 1e-6)
    sight.breaks(
      'no more requests go to new pods than the step allows',
      `${share.toFixed(0)} % to ${version}, ${allowed} % allowed (step ${point.step} ${point.state})`,
    );
}

/** Whether the engine makes no Service of the new pods. */
function isShared(rollout: Thing | undefined): boolean {
  const strategy = at(rollout, 'spec', 'strategy');
  return (
    at(strategy, 'canary', 'disableGenerateCanaryService') === true ||
    at(strategy, 'blueGreen', 'disableGenerateCanaryService') === true
  );
}

/** The percentage of requests that goes to the canary Service, and what splits it off. */
function weightOf({ route }: Sight): readonly [number, 'ingressShares' | 'routeShares' | null] {
  const ingress = route('Ingress', 'shop-canary');
  const weight = textAt(ingress, 'metadata', 'annotations', 'nginx.ingress.kubernetes.io/canary-weight');
  if (weight !== '') return [Number.parseInt(weight, 10), 'ingressShares'];
  const weights = listAt(route('HTTPRoute', 'shop'), 'spec', 'rules').flatMap((rule) => {
    const refs = listAt(rule, 'backendRefs');
    const all = refs.reduce((sum: number, ref) => sum + numberAt(ref, 'weight'), 0);
    const canary = refs.find((ref) => textAt(ref, 'name') === 'shop-canary');
    return canary === undefined || all === 0 ? [] : [(100 * numberAt(canary, 'weight')) / all];
  });
  return weights.length === 0 ? [0, null] : [Math.max(...weights), 'routeShares'];
}

/** Which part of the ready pods that a Service selects is of a version, from 0 to 1. */
function partOf(sight: Sight, name: string, version: string): number {
  const selector = Object.entries(mapAt(sight.route('Service', name), 'spec', 'selector'));
  if (selector.length === 0) return 0;
  const pods = sight
    .pods()
    .filter((pod) => isReadyPod(pod) && selector.every(([key, value]) => at(pod, 'metadata', 'labels', key) === value));
  return pods.length === 0 ? 0 : pods.filter((pod) => versionOf(pod) === version).length / pods.length;
}
