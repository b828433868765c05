import type { Json, JsonMap } from '../api/json.ts';
import type { Thing } from '../api/things.ts';
import type { Amount } from '../workloads/amounts.ts';
import type { Labels } from '../workloads/types.ts';
import type { WorkloadRef } from './workload-ref.ts';

export interface Match {
  readonly path?: { readonly type?: string; readonly value?: string };
  readonly headers?: readonly { readonly name: string; readonly type?: string; readonly value: string }[];
  readonly queryParams?: readonly { readonly name: string; readonly type?: string; readonly value: string }[];
}

export interface Step {
  readonly replicas?: Amount;
  readonly traffic?: string;
  readonly matches?: readonly Match[];
  readonly requestHeaderModifier?: Json;
  readonly pause?: { readonly duration?: number };
}

export interface RoutingRef {
  readonly service: string;
  readonly gracePeriodSeconds?: number;
  readonly ingress?: { readonly classType?: string; readonly name: string };
  readonly gateway?: { readonly httpRouteName?: string };
  readonly customNetworkRefs?: readonly WorkloadRef[];
}

export interface Plan {
  readonly steps?: readonly Step[];
  readonly trafficRoutings?: readonly RoutingRef[];
  readonly failureThreshold?: Amount;
  readonly enableExtraWorkloadForCanary?: boolean;
  readonly patchPodTemplateMetadata?: { readonly labels?: Labels; readonly annotations?: Labels };
  readonly disableGenerateCanaryService?: boolean;
}

export interface Rollout extends Thing {
  readonly spec: {
    readonly disabled?: boolean;
    readonly workloadRef: WorkloadRef;
    readonly strategy: { readonly paused?: boolean; readonly canary?: Plan; readonly blueGreen?: Plan };
  };
  readonly status?: Json;
}

export type Style = 'Partition' | 'Canary' | 'BlueGreen';

export function styleOf(rollout: Rollout): Style {
  const { canary, blueGreen } = rollout.spec.strategy;
  if (blueGreen !== undefined) return 'BlueGreen';
  return canary?.enableExtraWorkloadForCanary === true ? 'Canary' : 'Partition';
}

export function planOf(rollout: Rollout): Plan {
  const { canary, blueGreen } = rollout.spec.strategy;
  return blueGreen ?? canary ?? {};
}

export function stepsOf(rollout: Rollout): readonly Step[] {
  return planOf(rollout).steps ?? [];
}

/** Partition style, even with the flag, when the kind is not Deployment (docs/engine.md#spec). */
export function isRealPartition(rollout: Rollout): boolean {
  const style = styleOf(rollout);
  if (style === 'BlueGreen') return false;
  const { apiVersion, kind } = rollout.spec.workloadRef;
  return !(apiVersion === 'apps/v1' && kind === 'Deployment' && style === 'Canary');
}

export function routes(step: Step | undefined): boolean {
  return step?.traffic !== undefined || (step?.matches ?? []).length > 0;
}

export interface ReleasePlan {
  readonly batches: readonly { readonly canaryReplicas: Amount }[];
  /** The batch to stop at; without one the workload is released. */
  readonly batchPartition?: number;
  readonly rolloutID?: string;
  readonly failureThreshold?: Amount;
  readonly finalizingPolicy?: 'WaitResume' | 'Immediate';
  readonly patchPodTemplateMetadata?: { readonly labels?: Labels; readonly annotations?: Labels };
  readonly rollingStyle?: Style;
  readonly enableExtraWorkloadForCanary: boolean;
}

/** Written only by the engine. */
export interface BatchStatus {
  readonly phase: 'Preparing' | 'Progressing' | 'Finalizing' | 'Completed';
  readonly message?: string;
  readonly observedGeneration?: number;
  readonly observedReleasePlanHash?: string;
  readonly observedRolloutID?: string;
  readonly observedWorkloadReplicas?: number;
  readonly stableRevision?: string;
  readonly updateRevision?: string;
  readonly conditions?: readonly Json[];
  readonly canaryStatus: {
    readonly currentBatch: number;
    readonly batchState?: 'Upgrading' | 'Verifying' | 'Ready';
    readonly batchReadyTime?: string;
    readonly updatedReplicas?: number;
    readonly updatedReadyReplicas?: number;
    readonly noNeedUpdateReplicas?: number;
  };
}

export interface BatchRelease extends Thing {
  readonly spec: { readonly workloadRef: WorkloadRef; readonly releasePlan: ReleasePlan };
  readonly status?: BatchStatus;
}

export interface TrafficRouting extends Thing {
  readonly spec: {
    readonly objectRef: readonly RoutingRef[];
    readonly strategy?: { readonly weight?: number; readonly matches?: readonly Match[] };
  };
  readonly status?: { readonly phase?: string };
}

export interface Service extends Thing {
  readonly spec?: JsonMap & { readonly selector?: Labels };
}
