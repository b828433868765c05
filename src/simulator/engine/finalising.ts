import { annotationOf } from '../api/things.ts';
import { now, type Pass, progressOf } from './context.ts';
import { finaliseBatchRelease, removeBatchRelease } from './release.ts';
import { removeCanaryService, restoreRoutes, restoreStable, routeAllToNew, trafficOf } from './traffic/traffic.ts';
import { progressingAnnotation, routingAnnotation, routingProgressing } from './words.ts';
import { patch, removeFinalizer } from './writes.ts';

export type Reason = 'success' | 'rollback' | 'let go';

const letGo = [
  'RestoreStableService',
  'FinalisingStepRouteTrafficToStable',
  'RemoveCanaryService',
  'ResumeWorkload',
  'ReleaseWorkloadControl',
];

/** The order of the closing work (docs/engine.md#closing-work). */
const orders: Readonly<Record<'canary' | 'blueGreen', Readonly<Record<Reason, readonly string[]>>>> = {
  canary: {
    success: letGo,
    rollback: [
      'FinalisingStepRouteTrafficToStable',
      'ResumeWorkload',
      'ReleaseWorkloadControl',
      'RestoreStableService',
      'RemoveCanaryService',
    ],
    'let go': letGo,
  },
  blueGreen: {
    success: [
      'FinalisingStepRouteTrafficToNew',
      'RestoreStableService',
      'ResumeWorkload',
      'FinalisingStepRouteTrafficToStable',
      'RemoveCanaryService',
      'ReleaseWorkloadControl',
    ],
    rollback: [
      'FinalisingStepRouteTrafficToStable',
      'ResumeWorkload',
      'RestoreStableService',
      'RemoveCanaryService',
      'ReleaseWorkloadControl',
    ],
    'let go': letGo,
  },
};

/** One step of the closing work; returns true when all is done. */
export function finalise(pass: Pass, reason: Reason): boolean {
  const { rollout, status } = pass;
  letTrafficRoutingGo(pass);
  const progress = status.progress;
  if (progress === null) return true;
  removeMark(pass);
  const order = orders[rollout.spec.strategy.blueGreen === undefined ? 'canary' : 'blueGreen'][reason];
  if (progress.finalisingStep === 'END') return true;
  if (progress.finalisingStep === '') {
    progress.finalisingStep = order[0] ?? 'END';
    progress.lastUpdateTime = now(pass);
  }
  const index = order.indexOf(progress.finalisingStep);
  const known =
    index >= 0 ||
    letGo.includes(progress.finalisingStep) ||
    progress.finalisingStep === 'FinalisingStepRouteTrafficToNew';
  if (!known) {
    progress.finalisingStep = order[0] ?? 'END';
    return false;
  }
  if (waits(pass, progress.finalisingStep, reason === 'success')) return false;
  progress.lastUpdateTime = now(pass);
  progress.finalisingStep = index < 0 ? 'END' : (order[index + 1] ?? 'END');
  return progress.finalisingStep === 'END';
}

function waits(pass: Pass, step: string, waitReady: boolean): boolean {
  const traffic = trafficOf(pass);
  switch (step) {
    case 'ResumeWorkload':
      return finaliseBatchRelease(pass, waitReady);
    case 'ReleaseWorkloadControl':
      return removeBatchRelease(pass);
    case 'FinalisingStepRouteTrafficToStable':
      return restoreRoutes(traffic);
    case 'RestoreStableService':
      return restoreStable(traffic);
    case 'RemoveCanaryService':
      return removeCanaryService(traffic);
    default:
      return routeAllToNew(traffic);
  }
}

/** `in-progressing` is removed from the workload first (docs/engine.md#closing-work). */
function removeMark(pass: Pass): void {
  const { workload, world } = pass;
  if (workload === null || annotationOf(workload.object, progressingAnnotation) === '') return;
  patch(world, workload.kind, workload.object, { metadata: { annotations: { [progressingAnnotation]: null } } });
}

function letTrafficRoutingGo(pass: Pass): void {
  const name = annotationOf(pass.rollout, routingAnnotation);
  const namespace = pass.rollout.metadata.namespace ?? '';
  const routing = name === '' ? undefined : pass.world.api.get('TrafficRouting', namespace, name);
  if (routing !== undefined)
    removeFinalizer(pass.world, 'TrafficRouting', routing, `${routingProgressing}${pass.rollout.metadata.name}`);
}

/** Before a superseding release begins: routes back to stable, the BatchRelease gone, the canary Service gone. */
export function reset(pass: Pass): boolean {
  if (trafficOf(pass).ref === undefined) return !removeBatchRelease(pass);
  const progress = progressOf(pass);
  if (
    !['FinalisingStepRouteTrafficToStable', 'ReleaseWorkloadControl', 'RemoveCanaryService'].includes(
      progress.finalisingStep,
    )
  ) {
    progress.finalisingStep = 'FinalisingStepRouteTrafficToStable';
  }
  if (progress.finalisingStep === 'FinalisingStepRouteTrafficToStable') {
    const traffic = trafficOf(pass);
    if (restoreRoutes(traffic)) {
      progress.lastUpdateTime = traffic.lastUpdateTime;
      return false;
    }
    progress.lastUpdateTime = now(pass);
    progress.finalisingStep = 'ReleaseWorkloadControl';
  }
  if (progress.finalisingStep === 'ReleaseWorkloadControl') {
    if (removeBatchRelease(pass)) return false;
    progress.lastUpdateTime = now(pass);
    progress.finalisingStep = 'RemoveCanaryService';
  }
  // The engine does not wait after the last one.
  removeCanaryService(trafficOf(pass));
  return true;
}
