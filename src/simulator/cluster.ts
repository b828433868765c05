import { type Admission, type Api, createApi } from './api/api.ts';
import type { KruiseGates } from './api/defaults.ts';
import { createStore, type Pair } from './api/store.ts';
import { labelOf } from './api/things.ts';
import { approlloutControllers, type VelaVersion } from './approllout/index.ts';
import { type Controller, type Delays, runController } from './controllers.ts';
import { advancedDeploymentController } from './engine/advanced.ts';
import { batchReleaseController } from './engine/batch/controller.ts';
import type { Memory } from './engine/context.ts';
import { asSeen, modern, oldKind, validateOldRollout, withOldRollouts } from './engine/old-rollouts.ts';
import { rolloutController } from './engine/rollout.ts';
import { trafficRoutingController } from './engine/traffic/routing.ts';
import { validateRollout } from './engine/webhook-rollout.ts';
import { gateWorkload } from './engine/webhook-workload.ts';
import { applicationController, GATED_LABEL } from './kubevela/application.ts';
import { seeded } from './random.ts';
import type { Timeline } from './time.ts';
import { cloneSetController } from './workloads/cloneset.ts';
import { daemonSetController } from './workloads/daemonset.ts';
import { deploymentController } from './workloads/deployment.ts';
import { collectGarbage } from './workloads/garbage.ts';
import { kwokStages, podController } from './workloads/pods.ts';
import { replicaSetController } from './workloads/replicaset.ts';
import { statefulSetController } from './workloads/statefulset.ts';
import { validateAdvancedStatefulSet, validateStatefulSet } from './workloads/validate-statefulset.ts';
import { isOf, type Kinds, type PodStages, type World } from './world.ts';

export interface ClusterOptions {
  readonly timeline: Timeline;
  /** The source of names, uids and delays: equal seeds give equal runs. */
  readonly seed?: number;
  readonly stages?: PodStages;
  readonly nodes?: number;
  readonly gates?: KruiseGates;
  /** The only version of Rollouts that is served; v1beta1 when left out. */
  readonly rollouts?: 'v1beta1' | 'v1alpha1';
  /** KubeVela. The engine is that of its addon, which serves v1alpha1 alone and gates only workloads with the addon's label; with `rollouts` another one. */
  readonly kubevela?: true;
  /** KubeVela of a version that has AppRollouts. */
  readonly approllout?: VelaVersion;
}

/** A cluster in memory: objects, the workloads' controllers, pods, and the engine with its webhooks. */
export interface EmbeddedCluster {
  readonly api: Api<Kinds>;
  readonly world: World;
  readonly memory: Memory;
  /** Whether no controller has a running or waiting pass, except for timers. */
  readonly idle: boolean;
  /** Sets the seed for all random numbers from now on. */
  reseed(seed: number): void;
  stop(): void;
}

export function createCluster(options: ClusterOptions): EmbeddedCluster {
  const { timeline, seed = 1, stages = kwokStages, nodes = 5, gates, kubevela = false, approllout } = options;
  const { rollouts = kubevela ? 'v1alpha1' : 'v1beta1' } = options;
  const chance = { names: seeded(seed), delays: seeded(seed * 7919 + 17) };
  const random = () => chance.names();
  const store = createStore();
  const memory: Memory = { grace: new Map() };
  const admission: Admission = {
    review(info, object, old) {
      const write: Pair = { kind: info.id, object, old };
      if (isOf(write, 'Rollout')) validateRollout(seen, write.object, write.old);
      if (write.kind === oldKind) {
        validateOldRollout(object);
        validateRollout(seen, modern(object), old === undefined ? undefined : modern(old));
      }
      const gated = kubevela && isOld && labelOf(object, GATED_LABEL) !== 'true' ? object : gateWorkload(seen, write);
      const admitted: Pair = { ...write, object: gated };
      if (isOf(admitted, 'StatefulSet')) validateStatefulSet(admitted.object, admitted.old);
      if (isOf(admitted, 'AdvancedStatefulSet')) validateAdvancedStatefulSet(admitted.object);
      return gated;
    },
  };
  const isOld = rollouts === 'v1alpha1';
  const api = createApi<Kinds>({
    store,
    admission,
    now: () => timeline.now(),
    random,
    unserved: [isOld ? 'Rollout' : oldKind, ...unservedOf(kubevela, approllout)],
    ...(gates === undefined ? {} : { gates }),
  });
  const world: World = {
    api,
    timeline,
    random,
    stages,
    nodes,
    labels: !isOld,
    hasher: isOld ? 'kubernetes' : 'kruise',
  };
  /** The world as controllers and webhooks see it. */
  const seen: World = isOld ? { ...world, api: withOldRollouts(api) } : world;
  const jitter = () => chance.delays();
  // Usually about as long as named, sometimes several times longer, so that races between controllers end in both ways.
  const about = (ms: number) => ms * Math.exp(1.8 * (jitter() + jitter() + jitter() - 1.5));
  const delays = (notice: number, work: number): Delays => ({
    notice: () => about(notice),
    work: () => about(work),
    late: () => jitter() < 0.4,
  });
  // The engine limits itself to 20 requests a second, so with many Rollouts each pass takes longer.
  const load = [1, 1, 1, 2, 4, 8][Math.floor(jitter() * 6)] ?? 1;
  const running = [
    ...workloadControllers(seen).map((controller) => runController(controller, timeline, delays(6, 4))),
    ...engineControllers(seen, memory).map((controller) => runController(controller, timeline, delays(8, 9 * load))),
    ...(kubevela ? [runController(applicationController(api, rollouts, timeline), timeline, delays(60, 200))] : []),
    ...approlloutControllers(seen, approllout).map((controller) => runController(controller, timeline, delays(8, 15))),
  ];
  const unlisten = store.listen((change) => {
    for (const controller of running) controller.changed(isOld ? asSeen(change) : change);
    collectGarbage(seen, change);
  });
  return {
    api,
    world,
    memory,
    get idle() {
      return running.every((controller) => controller.idle);
    },
    reseed(next) {
      chance.names = seeded(next);
      chance.delays = seeded(next * 7919 + 17);
    },
    stop() {
      unlisten();
      for (const controller of running) controller.stop();
      timeline.stop();
    },
  };
}

/** The kinds of KubeVela that a cluster lacks. */
function unservedOf(kubevela: boolean, approllout: VelaVersion | undefined): readonly string[] {
  if (approllout !== undefined) return [];
  return kubevela ? ['AppRollout'] : ['Application', 'ApplicationRevision', 'AppRollout'];
}

function workloadControllers(world: World): readonly Controller[] {
  return [
    podController(world),
    replicaSetController(world),
    deploymentController(world),
    statefulSetController(world, 'StatefulSet'),
    statefulSetController(world, 'AdvancedStatefulSet'),
    cloneSetController(world),
    daemonSetController(world),
  ];
}

function engineControllers(world: World, memory: Memory): readonly Controller[] {
  return [
    rolloutController(world, memory),
    batchReleaseController(world),
    advancedDeploymentController(world),
    trafficRoutingController(world, memory),
  ];
}
