import type { Json, JsonMap } from '../api/json.ts';
import type { Selector, Thing } from '../api/things.ts';
import type { Amount, RollingUpdate } from './amounts.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Template {
  readonly metadata?: { readonly labels?: Labels; readonly annotations?: Labels };
  readonly spec?: JsonMap;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastUpdateTime: string;
  readonly lastTransitionTime: string;
}

export interface Deployment extends Thing {
  readonly spec: {
    readonly replicas: number;
    readonly selector: Selector;
    readonly template: Template;
    readonly strategy: { readonly type: string; readonly rollingUpdate?: RollingUpdate };
    readonly paused?: boolean;
    readonly minReadySeconds?: number;
    readonly progressDeadlineSeconds?: number;
    readonly revisionHistoryLimit?: number;
  };
  readonly status?: DeploymentStatus;
}

export interface DeploymentStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly unavailableReplicas?: number;
  readonly conditions?: readonly Condition[];
}

export interface ReplicaSet extends Thing {
  readonly spec: {
    readonly replicas: number;
    readonly minReadySeconds?: number;
    readonly selector: Selector;
    readonly template: Template;
  };
  readonly status?: {
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly fullyLabeledReplicas?: number;
    readonly observedGeneration?: number;
  };
}

export interface Pod extends Thing {
  readonly spec: JsonMap;
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime?: string;
    }[];
    readonly containerStatuses?: readonly JsonMap[];
  };
}

/** StatefulSets, native and Kruise's. */
export interface StatefulSet extends Thing {
  readonly spec: {
    readonly replicas: number;
    readonly selector: Selector;
    readonly template: Template;
    readonly podManagementPolicy?: string;
    readonly minReadySeconds?: number;
    readonly revisionHistoryLimit?: number;
    readonly updateStrategy: {
      readonly type: string;
      readonly rollingUpdate?: {
        readonly partition?: number;
        readonly maxUnavailable?: Amount;
        readonly paused?: boolean;
        readonly podUpdatePolicy?: string;
        readonly minReadySeconds?: number;
        readonly unorderedUpdate?: Json;
      };
    };
  };
  readonly status?: RevisionStatus;
}

export interface RevisionStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly currentReplicas?: number;
  readonly updatedReplicas?: number;
  readonly updatedReadyReplicas?: number;
  readonly currentRevision?: string;
  readonly updateRevision?: string;
  readonly collisionCount?: number;
}

export interface CloneSet extends Thing {
  readonly spec: {
    readonly replicas: number;
    readonly selector: Selector;
    readonly template: Template;
    readonly minReadySeconds?: number;
    readonly updateStrategy: {
      readonly type?: string;
      readonly partition?: Amount;
      readonly maxSurge?: Amount;
      readonly maxUnavailable?: Amount;
      readonly paused?: boolean;
    };
  };
  readonly status?: RevisionStatus;
}

export interface DaemonSet extends Thing {
  readonly spec: {
    readonly selector: Selector;
    readonly template: Template;
    readonly updateStrategy: {
      readonly type: string;
      readonly rollingUpdate?: {
        readonly partition?: number;
        readonly maxUnavailable?: Amount;
        readonly paused?: boolean;
        readonly rollingUpdateType?: string;
      };
    };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly desiredNumberScheduled?: number;
    readonly currentNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberReady?: number;
    readonly numberAvailable?: number;
    readonly numberUnavailable?: number;
    readonly daemonSetHash?: string;
  };
}

export interface ControllerRevision extends Thing {
  readonly data: { readonly spec: { readonly template: Template & { readonly $patch?: string } } };
  readonly revision: number;
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
}

/** Whether a pod has been ready for at least this many seconds. */
export function isAvailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  if (!isReady(pod)) return false;
  if (minReadySeconds === 0) return true;
  const since = pod.status?.conditions?.find((one) => one.type === 'Ready')?.lastTransitionTime;
  return since !== undefined && Date.parse(since) + minReadySeconds * 1000 <= now;
}
