import { stamp } from '../../api/marks.ts';
import { controllerRef, type Thing } from '../../api/things.ts';
import { PassFailed } from '../../controllers.ts';
import type { Labels } from '../../workloads/types.ts';
import type { World } from '../../world.ts';
import { type Memory, type Pass, progressOf, waited } from '../context.ts';
import { planOf, type RoutingRef, type Service, stepsOf } from '../types.ts';
import { manager } from '../words.ts';
import type { RouteContext, Share } from './provider.ts';
import { checkRoutes, ensureRoutes, finaliseRoutes } from './routes.ts';

/** Services and routes of one step of one owner (a Rollout, or a TrafficRouting). */
export interface Traffic {
  readonly world: World;
  readonly memory: Memory;
  readonly namespace: string;
  readonly ref: RoutingRef | undefined;
  readonly share: Share;
  readonly owner: Thing;
  readonly revisionKey: string;
  readonly stableRevision: string;
  readonly canaryRevision: string;
  /** Members of the canary Service's selector that get another value. */
  readonly selector: Labels;
  /** The stable Service serves both versions. */
  readonly oneService: boolean;
  readonly onlyRouting: boolean;
  lastUpdateTime: string;
  /** The longest remaining wait. */
  recheck: number;
}

export function trafficOf(pass: Pass): Traffic {
  const { rollout, world, memory, workload } = pass;
  const progress = progressOf(pass);
  const steps = stepsOf(rollout);
  const step = steps[progress.currentStepIndex - 1] ?? steps[0];
  const plan = planOf(rollout);
  const oneService = plan.disableGenerateCanaryService === true;
  return {
    world,
    memory,
    namespace: rollout.metadata.namespace ?? '',
    ref: plan.trafficRoutings?.[0],
    share: { weight: percentIn(step?.traffic), matches: step?.matches ?? [] },
    owner: rollout,
    revisionKey: workload?.revisionKey ?? '',
    stableRevision: progress.stableRevision,
    canaryRevision: progress.podTemplateHash,
    selector:
      oneService || rollout.spec.strategy.blueGreen !== undefined ? {} : (plan.patchPodTemplateMetadata?.labels ?? {}),
    oneService,
    onlyRouting: false,
    lastUpdateTime: progress.lastUpdateTime,
    recheck: 0,
  };
}

function percentIn(traffic: string | undefined): number | undefined {
  return traffic === undefined ? undefined : Number(/^(\d+)%$/.exec(traffic)?.[1] ?? 0);
}

function canaryName(traffic: Traffic, ref: RoutingRef): string {
  return traffic.oneService || traffic.onlyRouting ? ref.service : `${ref.service}-canary`;
}

function routeContext(traffic: Traffic, ref: RoutingRef): RouteContext {
  const { world, namespace, owner } = traffic;
  return { world, namespace, ref, stable: ref.service, canary: canaryName(traffic, ref), owner: controllerRef(owner) };
}

function touch(traffic: Traffic): void {
  traffic.lastUpdateTime = stamp(traffic.world.timeline.now());
}

/** Runs a change and its grace period. Returns whether there is something to wait for. */
function graced(traffic: Traffic, ref: RoutingRef, key: string, change: () => boolean): boolean {
  const { done, left } = waited(traffic, key, ref.gracePeriodSeconds ?? 3, () => {
    const changed = change();
    if (changed) touch(traffic);
    return changed;
  });
  traffic.recheck = Math.max(traffic.recheck, left);
  return !done;
}

function serviceOf(traffic: Traffic, name: string): Service | undefined {
  return traffic.world.api.get('Service', traffic.namespace, name);
}

function selectorOf({ spec }: Service): Labels {
  return spec?.selector ?? {};
}

/** Pins a Service to a revision, or unpins it (null); without a revision is as unpinned. Returns whether that was a change. */
function pin(traffic: Traffic, service: Service, revision: string | null): boolean {
  const selector = selectorOf(service);
  if ((selector[traffic.revisionKey] ?? '') === (revision ?? '')) return false;
  const { [traffic.revisionKey]: _old, ...others } = selector;
  const next = revision === null ? others : { ...others, [traffic.revisionKey]: revision };
  const spec = { ...service.spec, selector: next };
  traffic.world.api.update('Service', { ...service, spec }, { manager });
  return true;
}

/** Throws when the Service or a route object is missing. */
export function initializeTraffic(traffic: Traffic): void {
  const { ref } = traffic;
  if (ref === undefined) return;
  if (serviceOf(traffic, ref.service) === undefined) throw new PassFailed(`Service ${ref.service} is missing`);
  checkRoutes(routeContext(traffic, ref));
}

/** Services first, then the routes, each with its wait. Returns true when everything matches the step. */
export function doTraffic(traffic: Traffic): boolean {
  const { ref, share, world } = traffic;
  if (ref === undefined || (share.weight === undefined && share.matches.length === 0)) return true;
  const stable = serviceOf(traffic, ref.service);
  if (stable === undefined) return false;
  const grace = (ref.gracePeriodSeconds ?? 3) <= 0 ? 3 : (ref.gracePeriodSeconds ?? 3);
  if (traffic.lastUpdateTime !== '' && Date.parse(traffic.lastUpdateTime) + grace * 1000 > world.timeline.now())
    return false;
  if (!traffic.onlyRouting && !traffic.oneService) {
    // Kruise's DaemonSet has no stable revision: its routes wait for ever (docs/engine.md#traffic).
    if (traffic.stableRevision === '' || traffic.canaryRevision === '') return false;
    const made = ensureCanaryService(traffic, ref, stable);
    const pinned = pin(traffic, stable, traffic.stableRevision);
    if (made || pinned) {
      touch(traffic);
      return false;
    }
  }
  return ensureRoutes(routeContext(traffic, ref), share);
}

function ensureCanaryService(traffic: Traffic, ref: RoutingRef, stable: Service): boolean {
  const name = canaryName(traffic, ref);
  const found = serviceOf(traffic, name);
  if (found !== undefined) return pin(traffic, found, traffic.canaryRevision);
  const spec = stable.spec ?? {};
  const {
    clusterIP: _ip,
    clusterIPs: _ips,
    externalIPs: _external,
    ipFamilyPolicy: _policy,
    ipFamilies: _families,
    loadBalancerIP: _lb,
    ...kept
  } = spec;
  const patched = Object.entries(traffic.selector).filter(([key]) => selectorOf(stable)[key] !== undefined);
  const selector = {
    ...selectorOf(stable),
    [traffic.revisionKey]: traffic.canaryRevision,
    ...Object.fromEntries(patched),
  };
  traffic.world.api.create(
    'Service',
    {
      metadata: { name, namespace: traffic.namespace, ownerReferences: [controllerRef(traffic.owner)] },
      spec: { ...kept, selector },
    },
    { manager },
  );
  return true;
}

/** Undoes everything. Returns true when there is nothing to wait for. */
export function finaliseTraffic(traffic: Traffic): boolean {
  return (
    traffic.ref === undefined || (!restoreStable(traffic) && !restoreRoutes(traffic) && !removeCanaryService(traffic))
  );
}

/** Each returns whether there is something to wait for. */
export function restoreStable(traffic: Traffic): boolean {
  const { ref } = traffic;
  const service = ref === undefined ? undefined : serviceOf(traffic, ref.service);
  if (ref === undefined || service === undefined) return false;
  return graced(traffic, ref, `${service.metadata.uid} restoreService`, () => pin(traffic, service, null));
}

export function restoreRoutes(traffic: Traffic): boolean {
  const { ref } = traffic;
  if (ref === undefined) return false;
  return graced(traffic, ref, `${traffic.owner.metadata.uid} restoreGateway`, () =>
    finaliseRoutes(routeContext(traffic, ref)),
  );
}

export function routeAllToNew(traffic: Traffic): boolean {
  const { ref } = traffic;
  if (ref === undefined) return false;
  return graced(
    traffic,
    ref,
    `${traffic.owner.metadata.uid} updateRoute`,
    () => !ensureRoutes(routeContext(traffic, ref), { weight: 100, matches: [] }),
  );
}

export function removeCanaryService(traffic: Traffic): boolean {
  const { ref } = traffic;
  if (ref === undefined || traffic.onlyRouting || traffic.oneService) return false;
  const name = canaryName(traffic, ref);
  return graced(traffic, ref, `${traffic.namespace}/${name} removeCanaryService`, () => {
    if (serviceOf(traffic, name) === undefined) return false;
    traffic.world.api.remove('Service', traffic.namespace, name);
    return true;
  });
}

export function patchStable(traffic: Traffic): boolean {
  const { ref } = traffic;
  if (ref === undefined) return false;
  if (traffic.onlyRouting || traffic.oneService) return true;
  const service = serviceOf(traffic, ref.service);
  if (service === undefined) throw new PassFailed(`Service ${ref.service} is missing`);
  return graced(traffic, ref, `${service.metadata.uid} patchService`, () =>
    pin(traffic, service, traffic.stableRevision),
  );
}
