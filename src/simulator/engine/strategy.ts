import { at, numberAt, parsedText, textAt } from '../api/json.ts';
import { annotationOf } from '../api/things.ts';
import { type Amount, amountAt, type RollingUpdate, rollingUpdateAt, scaled } from '../workloads/amounts.ts';
import type { Deployment } from '../workloads/types.ts';
import { controlAnnotation, extraStatusAnnotation, strategyAnnotation } from './words.ts';

/** The strategy in the annotation of a Deployment that Kruise's controller moves. */
export interface Strategy {
  readonly rollingStyle: string;
  readonly rollingUpdate: RollingUpdate | undefined;
  readonly paused: boolean;
  readonly partition: Amount;
}

export function readStrategy(deployment: Deployment): Strategy {
  const text = annotationOf(deployment, strategyAnnotation);
  const found = text === '' ? {} : parsedText(text);
  return {
    rollingStyle: textAt(found, 'rollingStyle'),
    rollingUpdate: rollingUpdateAt(found, 'rollingUpdate'),
    paused: at(found, 'paused') === true,
    partition: amountAt(found, 'partition') ?? 0,
  };
}

/** With the engine's defaults, and its members in the engine's order (E10). */
export function writeStrategy(strategy: Strategy): string {
  const defaulted =
    strategy.rollingStyle === 'Partition' ? withDefaults(strategy.rollingUpdate) : strategy.rollingUpdate;
  return JSON.stringify({
    ...(strategy.rollingStyle === '' ? {} : { rollingStyle: strategy.rollingStyle }),
    ...(defaulted === undefined
      ? {}
      : { rollingUpdate: { maxUnavailable: defaulted.maxUnavailable, maxSurge: defaulted.maxSurge } }),
    ...(strategy.paused ? { paused: true } : {}),
    partition: strategy.partition,
  });
}

function withDefaults(update: RollingUpdate = {}): RollingUpdate {
  const next = { maxUnavailable: update.maxUnavailable ?? '25%', maxSurge: update.maxSurge ?? '25%' };
  return scaled(next.maxSurge, 100) === 0 && scaled(next.maxUnavailable, 100) === 0
    ? { maxUnavailable: 1, maxSurge: 0 }
    : next;
}

/** Ready new pods as Kruise's controller has counted them. */
export function extraStatusOf(deployment: Deployment): number {
  const text = annotationOf(deployment, extraStatusAnnotation);
  return text === '' ? 0 : numberAt(parsedText(text), 'updatedReadyReplicas');
}

/** The new pods of a step: a percentage below 100 leaves one old pod (docs/engine.md#pods). */
export function limitOf(partition: Amount, replicas: number): number {
  const limit = Math.max(0, Math.min(scaled(partition, replicas), replicas));
  return replicas > 1 && typeof partition === 'string' && partition !== '100%' ? Math.min(limit, replicas - 1) : limit;
}

/** Whether Kruise's own controller moves this Deployment. */
export function isAdvanced(deployment: Deployment): boolean {
  return (
    annotationOf(deployment, controlAnnotation) !== '' &&
    deployment.spec.strategy.type === 'Recreate' &&
    deployment.spec.paused === true
  );
}
