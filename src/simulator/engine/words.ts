/** Keys the engine reads and writes (docs/engine.md#keys). */
export const idLabel = 'rollouts.kruise.io/rollout-id';
export const batchLabel = 'rollouts.kruise.io/rollout-batch-id';
export const typeLabel = 'rollouts.kruise.io/workload-type';
export const stableLabel = 'rollouts.kruise.io/stable-revision';
export const advancedLabel = 'rollouts.kruise.io/controlled-by-advanced-deployment-controller';
export const canaryLabel = 'rollouts.kruise.io/canary-deployment';
export const noNeedLabel = 'rollouts.kruise.io/no-need-update';
export const progressingAnnotation = 'rollouts.kruise.io/in-progressing';
export const inBatchAnnotation = 'rollouts.kruise.io/rollback-in-batch';
export const routingAnnotation = 'rollouts.kruise.io/trafficrouting';
export const hashAnnotation = 'rollouts.kruise.io/hash';
export const controlAnnotation = 'batchrelease.rollouts.kruise.io/control-info';
export const strategyAnnotation = 'rollouts.kruise.io/deployment-strategy';
export const extraStatusAnnotation = 'rollouts.kruise.io/deployment-extra-status';
export const originalAnnotation = 'rollouts.kruise.io/original-deployment-strategy';
export const rolloutFinalizer = 'rollouts.kruise.io/rollout';
export const batchFinalizer = 'rollouts.kruise.io/batch-release-finalizer';
export const canaryFinalizer = 'finalizer.rollouts.kruise.io/batch-release';
export const routingFinalizer = 'rollouts.kruise.io/trafficrouting';
export const routingProgressing = 'progressing.rollouts.kruise.io/';

export const maxReadySeconds = 2147483646;
export const maxProgressSeconds = 2147483647;
export const hpaSuffix = '-DisableByRollout';
export const manager = 'kruise-rollout';

/** The time until the next pass when nothing else causes one (docs/engine.md#times). */
export const recheck = 3000;
export const batchRecheck = 2000;
