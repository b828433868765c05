import { at, numberAt } from '../../src/simulator/api/json.ts';
import type { Thing } from '../../src/simulator/api/things.ts';

/**
 * What of a workload depends on its kind, as its object in the cluster shows it: the one place in the storm that tells kinds
 * apart. Nothing here is stepgate's own reading.
 */
export interface WorkloadKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** What a manifest says beside the selector, the size and the template. */
  spec(shape: Shape): object;
  /** Whether all pods are kept as they are: by the engine's webhook, by the engine as it takes the workload, or by hand. */
  isShut(workload: Thing): boolean;
  /** How many pods there should be. */
  sizeOf(workload: Thing): number;
  /** Whether a pod that is missing is made of the newest template, whatever step holds the others. */
  readonly makesNew: boolean;
  /**
   * Whether what is under way may go on with a template that takes its place, until the engine has seen that one: the batch of
   * a set writes its partition over the gate. A Deployment is held by its pause.
   */
  readonly goesOn: boolean;
  /** How many pods are of a version that had `count` when the workload grew: controllers ask no step about what is added. */
  grown(count: number, from: number, to: number): number;
}

/** How a manifest asks for updates; a kind ignores what it does not have. */
export interface Shape {
  /** Pods of a StatefulSet are replaced without waiting for each other. */
  readonly parallel: boolean;
  /** OpenKruise changes the image of a pod where it is. */
  readonly inPlace: boolean;
}

export type KindName = 'Deployment' | 'StatefulSet' | 'CloneSet' | 'AdvancedStatefulSet' | 'AdvancedDaemonSet';

const replicasOf = (workload: Thing) => numberAt(workload, 'spec', 'replicas');
const partitionOf = (workload: Thing) => at(workload, 'spec', 'updateStrategy', 'rollingUpdate', 'partition');

/** Under a partition, whatever is added is new (S20). */
const addedIsNew = (count: number, from: number, to: number) => count + to - from;

const everyOrdinal = 32_767;

const orderedSet = {
  kind: 'StatefulSet',
  makesNew: false,
  goesOn: true,
  isShut: (workload: Thing) => partitionOf(workload) === everyOrdinal,
  sizeOf: replicasOf,
  grown: addedIsNew,
};

/** By the model's names, which are also those of the config. */
export const workloadKinds: Readonly<Record<KindName, WorkloadKind>> = {
  Deployment: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    makesNew: false,
    goesOn: false,
    spec: () => ({}),
    isShut: (workload) => at(workload, 'spec', 'paused') === true,
    sizeOf: replicasOf,
    // A paused Deployment grows by the shares of its ReplicaSets.
    grown: (count, from, to) => Math.ceil((count * to) / from),
  },
  StatefulSet: {
    ...orderedSet,
    apiVersion: 'apps/v1',
    spec: ({ parallel }) => ({ serviceName: 'shop', ...(parallel ? { podManagementPolicy: 'Parallel' } : {}) }),
  },
  CloneSet: {
    apiVersion: 'apps.kruise.io/v1alpha1',
    kind: 'CloneSet',
    makesNew: false,
    goesOn: true,
    spec: ({ inPlace }) => (inPlace ? { updateStrategy: { type: 'InPlaceIfPossible' } } : {}),
    isShut: (workload) => at(workload, 'spec', 'updateStrategy', 'partition') === '100%',
    sizeOf: replicasOf,
    grown: addedIsNew,
  },
  AdvancedStatefulSet: {
    ...orderedSet,
    apiVersion: 'apps.kruise.io/v1beta1',
    spec: ({ parallel, inPlace }) => ({
      serviceName: 'shop',
      ...(parallel ? { podManagementPolicy: 'Parallel' } : {}),
      ...(inPlace || parallel
        ? {
            updateStrategy: {
              rollingUpdate: {
                ...(parallel ? { maxUnavailable: 2 } : {}),
                ...(inPlace ? { podUpdatePolicy: 'InPlaceIfPossible' } : {}),
              },
            },
          }
        : {}),
    }),
  },
  AdvancedDaemonSet: {
    apiVersion: 'apps.kruise.io/v1alpha1',
    kind: 'DaemonSet',
    makesNew: true,
    goesOn: true,
    spec: ({ inPlace }) =>
      inPlace ? { updateStrategy: { rollingUpdate: { rollingUpdateType: 'InPlaceIfPossible' } } } : {},
    // The engine writes the number of nodes as it takes the set.
    isShut: (workload) =>
      numberAt(workload, 'spec', 'updateStrategy', 'rollingUpdate', 'partition') >= Math.max(1, nodesOf(workload)),
    sizeOf: nodesOf,
    grown: (count) => count,
  },
};

function nodesOf(workload: Thing): number {
  return numberAt(workload, 'status', 'desiredNumberScheduled');
}

/** The kind that a config names. */
export function kindNamed(name: string): KindName {
  const found = Object.keys(workloadKinds).find((one): one is KindName => one === name);
  if (found === undefined) throw new Error(`no case has a ${name}`);
  return found;
}

/** The kind of an object. */
function kindOf({ apiVersion, kind }: Thing): WorkloadKind {
  const found = Object.values(workloadKinds).find((one) => one.apiVersion === apiVersion && one.kind === kind);
  if (found === undefined) throw new Error(`no case has a ${kind} of ${apiVersion}`);
  return found;
}

/** How many pods there should be; 0 where there is no workload. */
export function sizeOf(workload: Thing | undefined): number {
  return workload === undefined ? 0 : kindOf(workload).sizeOf(workload);
}

/** Whether all pods are kept as they are. */
export function isShut(workload: Thing): boolean {
  return kindOf(workload).isShut(workload);
}
