import { conditionWords } from '../../gates/index.ts';
import { type Amount, type Delivery, isRouted, type Step, type Style } from '../../release/delivery.ts';
import type { ForecastStep } from '../../release/target.ts';
import { timedByEngine } from './strategy.ts';
import { canSplit } from './traffic/index.ts';
import { matchWords } from './traffic/words.ts';
import { workloadKind } from './workloads/index.ts';

/** What each step will look like when it waits, at a size of `replicas` (docs/engine.md#pods). Pods are never taken back. */
export function forecast(delivery: Delivery, replicas: number): readonly ForecastStep[] {
  let moved = 0;
  return delivery.steps.map((step, index) => {
    moved = Math.max(moved, plannedPods(delivery, step.replicas, replicas));
    return {
      name: step.name,
      // Canary style and blueGreen keep every stable pod beside the new ones until the very end.
      stablePods: delivery.style === 'partition' ? replicas - moved : replicas,
      canaryPods: moved,
      traffic: trafficOf(delivery, step, moved, replicas),
      requests: canSplit(delivery.traffic) ? step.matches.map(matchWords) : [],
      waitsFor: waitsFor(delivery, index),
    };
  });
}

/** Pods of the new version that a step asks for, out of `replicas`. */
export function plannedPods(delivery: Delivery, amount: Amount, replicas: number): number {
  return workloadKind(delivery).plannedPods(delivery.style, amount, replicas);
}

/** Whether the engine leaves this step without being asked: a last step that is literally 100 %, blueGreen aside (E13). */
export function passesByItself(delivery: Delivery, index: number): boolean {
  const step = delivery.steps[index];
  return step !== undefined && index === delivery.steps.length - 1 && passesAsLast(delivery.style, step.replicas);
}

/** Whether a last step of that size is left without being asked. */
export function passesAsLast(style: Style, { unit, value }: Amount): boolean {
  return style !== 'blueGreen' && unit === 'percent' && value === 100;
}

/**
 * A step with neither traffic nor matches takes the routes away again, so that pods share what comes (T01 step 3). One
 * with matches alone sends nothing but what matches. Routes are skipped once every pod is new (T43 step 4).
 */
function trafficOf(delivery: Delivery, step: Step, canaryPods: number, replicas: number): number | null {
  if (!canSplit(delivery.traffic)) return null;
  if (!isRouted(step)) return null;
  if (delivery.style === 'partition' && canaryPods >= replicas) return 100;
  return step.traffic ?? 0;
}

function waitsFor(delivery: Delivery, index: number): readonly string[] {
  const step = delivery.steps[index];
  if (step === undefined || passesByItself(delivery, index)) return ['passes by itself'];
  const words = step.leaveWhen.map(conditionWords);
  if (timedByEngine(step) !== null) return words.map((one) => `${one} on the engine's timer`);
  return words.length === 0 ? ['ready pods'] : words;
}
