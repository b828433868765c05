import { at, type Json, type JsonMap, listAt, mapAt, mapOf, numberAt, textAt } from '../api/json.ts';
import { asMap, type Thing } from '../api/things.ts';
import { type Amount, amountAt } from '../workloads/amounts.ts';

/** The releases of KubeVela that were recorded. In v1.1.13 a Deployment never leaves `locatingTargetApp`. */
export type VelaVersion = 'v1.1.0' | 'v1.1.13';

export const API_VERSION = 'core.oam.dev/v1beta1';
export const FINALIZER = 'finalizers.approllout.oam.dev';

export interface Batch {
  readonly replicas: Amount;
  readonly maxUnavailable: Amount | undefined;
}

/** `spec.rolloutPlan`. Batches count from 0; a missing `partition` lets all of them run. */
export interface Plan {
  readonly strategy: string;
  readonly targetSize: number | null;
  readonly batches: readonly Batch[];
  readonly partition: number | null;
  readonly paused: boolean;
}

export interface RolloutSpec {
  readonly target: string;
  /** Empty for a scale operation. */
  readonly source: string;
  readonly component: string;
  readonly plan: Plan;
}

export type RollingState =
  | 'locatingTargetApp'
  | 'verifyingSpec'
  | 'initializing'
  | 'rollingInBatches'
  | 'finalising'
  | 'rolloutSucceed'
  | 'rolloutFailing'
  | 'rolloutFailed'
  | 'rolloutAbandoning'
  | 'RolloutDeletingState';

export type BatchState = 'batchInitializing' | 'batchInRolling' | 'batchVerifying' | 'batchFinalizing' | 'batchReady';

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

/** The status of an AppRollout during a pass, which changes it. */
export interface Status {
  /** Empty before the first pass. */
  rollingState: RollingState | '';
  batchState: BatchState;
  currentBatch: number;
  /** -1 after a reset. */
  targetSize: number;
  originalSize: number;
  upgraded: number;
  ready: number;
  identifier: string;
  lastIdentifier: string;
  lastTarget: string;
  lastSource: string;
  conditions: readonly Condition[];
}

export function specOf(rollout: Thing): RolloutSpec {
  const spec = mapAt(asMap(rollout), 'spec');
  const plan = mapAt(spec, 'rolloutPlan');
  const whole = (key: string) => (typeof plan[key] === 'number' ? plan[key] : null);
  return {
    target: textAt(spec, 'targetAppRevisionName'),
    source: textAt(spec, 'sourceAppRevisionName'),
    component: textAt(spec, 'componentList', 0),
    plan: {
      strategy: textAt(plan, 'rolloutStrategy') || 'IncreaseFirst',
      targetSize: whole('targetSize'),
      batches: listAt(plan, 'rolloutBatches').map((batch) => ({
        replicas: amountAt(batch, 'replicas') ?? 0,
        maxUnavailable: amountAt(batch, 'maxUnavailable'),
      })),
      partition: whole('batchPartition'),
      paused: plan['paused'] === true,
    },
  };
}

export function isTerminal({ rollingState }: Pick<Status, 'rollingState'>): boolean {
  return rollingState === 'rolloutSucceed' || rollingState === 'rolloutFailed';
}

const rollingStates: readonly RollingState[] = [
  'locatingTargetApp',
  'verifyingSpec',
  'initializing',
  'rollingInBatches',
  'finalising',
  'rolloutSucceed',
  'rolloutFailing',
  'rolloutFailed',
  'rolloutAbandoning',
  'RolloutDeletingState',
];
const batchStates: readonly BatchState[] = [
  'batchInitializing',
  'batchInRolling',
  'batchVerifying',
  'batchFinalizing',
  'batchReady',
];

export function readStatus(rollout: Thing): Status {
  const status = mapAt(asMap(rollout), 'status');
  const [rolling, batch] = [textAt(status, 'rollingState'), textAt(status, 'batchRollingState')];
  return {
    rollingState: rollingStates.find((state) => state === rolling) ?? '',
    batchState: batchStates.find((state) => state === batch) ?? 'batchInitializing',
    currentBatch: numberAt(status, 'currentBatch'),
    targetSize: numberAt(status, 'rolloutTargetSize'),
    originalSize: numberAt(status, 'rolloutOriginalSize'),
    upgraded: numberAt(status, 'upgradedReplicas'),
    ready: numberAt(status, 'upgradedReadyReplicas'),
    identifier: textAt(status, 'targetGeneration'),
    lastIdentifier: textAt(status, 'lastAppliedPodTemplateIdentifier'),
    lastTarget: textAt(status, 'lastTargetAppRevision'),
    lastSource: textAt(status, 'LastSourceAppRevision'),
    conditions: listAt(status, 'conditions').map((one) => conditionOf(one)),
  };
}

function conditionOf(one: Json): Condition {
  const read = mapOf(one);
  return {
    type: textAt(read, 'type'),
    status: at(read, 'status') === 'True' ? 'True' : 'False',
    reason: textAt(read, 'reason'),
    message: textAt(read, 'message'),
    lastTransitionTime: textAt(read, 'lastTransitionTime'),
  };
}

/** The status as KubeVela writes it: empty and zero values are left out where its type says so. */
export function printStatus(status: Status): JsonMap {
  const { conditions, originalSize, identifier, lastIdentifier, lastSource } = status;
  return {
    rollingState: status.rollingState,
    batchRollingState: status.batchState,
    currentBatch: status.currentBatch,
    rolloutTargetSize: status.targetSize,
    upgradedReplicas: status.upgraded,
    upgradedReadyReplicas: status.ready,
    lastTargetAppRevision: status.lastTarget,
    ...(conditions.length === 0
      ? {}
      : { conditions: conditions.map(({ message, ...rest }) => (message === '' ? rest : { ...rest, message })) }),
    ...(originalSize === 0 ? {} : { rolloutOriginalSize: originalSize }),
    ...(identifier === '' ? {} : { targetGeneration: identifier }),
    ...(lastIdentifier === '' ? {} : { lastAppliedPodTemplateIdentifier: lastIdentifier }),
    ...(lastSource === '' ? {} : { LastSourceAppRevision: lastSource }),
  };
}
