import { conditionWords, earliestOpening } from '../../gates/index.ts';
import { type Amount, type Delivery, isRouted, type Step, type Style } from '../../release/delivery.ts';
import type { ForecastFrom, ForecastStep, StepPods } from '../../release/forecast.ts';
import { isObject, objectAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import { formatQuantity } from '../../release/quantity.ts';
import type { Rendered } from '../../release/target.ts';
import { podResources, times } from './resources.ts';
import { timedByEngine } from './strategy.ts';
import { engineWait } from './times.ts';
import { canSplit, keepsMatches } from './traffic/index.ts';
import { matchWords } from './traffic/words.ts';
import { workloadKind } from './workloads/index.ts';

/** The forecast of each step: how long it takes, and the pods and traffic while it waits (docs/engine.md#pods). */
export function forecast(delivery: Delivery, from: ForecastFrom): readonly ForecastStep[] {
  const { replicas } = from;
  const { requests } = podResources(objectAt(from.rendered.workload, 'spec', 'template', 'spec'));
  const surge = surgeOf(delivery, from);
  const ends = endTimes(delivery, from.now);
  const waiting = stepPods(delivery, replicas);
  return waiting.map(({ step, stablePods, canaryPods }, index) => {
    const before = waiting[index - 1]?.canaryPods ?? 0;
    const isLast = index === waiting.length - 1;
    const mostPods = mostOf(delivery.style, { replicas, surge, before, moved: canaryPods, isLast });
    const pods = mostPods - replicas;
    const extra = times(requests, pods);
    const asked = (name: string) => {
      const amount = extra.get(name);
      return amount === undefined ? null : formatQuantity(name, amount);
    };
    return {
      name: step.name,
      stablePods,
      canaryPods,
      mostPods,
      extra: { pods, cpu: asked('cpu'), memory: asked('memory') },
      traffic: trafficOf(delivery, step, canaryPods, replicas),
      requests: matchesAt(delivery, index, canaryPods < replicas).map(matchWords),
      waitsFor: waitsFor(delivery, index),
      notBefore: ends[index] ?? null,
    };
  });
}

/** The pods of each version while a step waits. The engine never removes pods of the new version during a release. */
export function stepPods(delivery: Delivery, replicas: number): readonly (StepPods & { readonly step: Step })[] {
  let moved = 0;
  return delivery.steps.map((step) => {
    moved = Math.max(moved, plannedPods(delivery, step.replicas, replicas));
    // In canary style and in blueGreen, all stable pods stay beside the new ones until the end.
    const stablePods = delivery.style === 'partition' ? replicas - moved : replicas;
    return { step, stablePods, canaryPods: moved };
  });
}

/** The pods that the workload's own controller adds while it replaces pods: by the source, else by the live workload. */
export function surgeOf(delivery: Delivery, from: Pick<ForecastFrom, 'rendered' | 'live' | 'replicas'>): number {
  return workloadKind(delivery).surge(delivery.style, strategyFrom(from.rendered, from.live), from.replicas);
}

/** The source's settings if they have an update strategy; otherwise the live workload. */
function strategyFrom({ settings }: Rendered, live: KubeObject | null): KubeObject {
  const spec = objectAt(settings, 'spec');
  const says = isObject(spec['strategy']) || isObject(spec['updateStrategy']);
  return settings !== null && says ? settings : (live ?? {});
}

interface Move {
  readonly replicas: number;
  readonly surge: number;
  /** `before`, `moved`: the pods of the new version before and after the step. */
  readonly before: number;
  readonly moved: number;
  readonly isLast: boolean;
}

/** The most pods during a step. At the last step, the workload's own controller also replaces the remaining pods. */
function mostOf(style: Style, { replicas, surge, before, moved, isLast }: Move): number {
  switch (style) {
    case 'partition': {
      const atOnce = Math.max(moved - before, isLast ? replicas - moved : 0);
      return replicas + Math.min(surge, atOnce);
    }
    case 'canary':
      return replicas + moved + (isLast ? Math.min(surge, replicas) : 0);
    case 'blueGreen':
      return replicas + Math.max(moved, isLast ? Math.min(surge, replicas) : 0);
  }
}

/** The earliest end of each step. */
function endTimes(delivery: Delivery, now: Date): readonly (Date | null)[] {
  let time = earliestOpening(delivery.startWhen, now);
  return delivery.steps.map((step, index) => {
    if (time === null) return null;
    const reached = later(time, engineWait(delivery, index));
    time = leftAt(delivery, step, index, reached);
    const isLast = index === delivery.steps.length - 1;
    if (time !== null && isLast) time = earliestOpening(delivery.doneWhen, later(time, engineWait(delivery, 'end')));
    return time;
  });
}

function leftAt(delivery: Delivery, step: Step, index: number, reached: Date): Date | null {
  if (passesByItself(delivery, index)) return reached;
  const timer = timedByEngine(step);
  return timer === null ? earliestOpening(step.leaveWhen, reached) : later(reached, timer);
}

function later(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1000);
}

/** Pods of the new version that a step asks for, out of `replicas`. */
export function plannedPods(delivery: Delivery, amount: Amount, replicas: number): number {
  return workloadKind(delivery).plannedPods(delivery.style, amount, replicas);
}

/** Whether the engine leaves this step without an approval: a last step of exactly 100 %, except in blueGreen (E13). */
export function passesByItself(delivery: Delivery, index: number): boolean {
  const step = delivery.steps[index];
  return step !== undefined && index === delivery.steps.length - 1 && passesAsLast(delivery.style, step.replicas);
}

/** Whether the engine leaves a last step of this amount without an approval. */
export function passesAsLast(style: Style, { unit, value }: Amount): boolean {
  return style !== 'blueGreen' && unit === 'percent' && value === 100;
}

/**
 * The traffic of the new version at a step, in percent; null when the step is not routed. A step with neither traffic nor
 * matches removes the routes, so all pods share the requests (T01 step 3). A step with only matches sends just the matching
 * requests. The engine skips the routes once all pods are new (T43 step 4).
 */
function trafficOf(delivery: Delivery, step: Step, canaryPods: number, replicas: number): number | null {
  if (!canSplit(delivery.traffic)) return null;
  if (!isRouted(step)) return null;
  if (delivery.style === 'partition' && canaryPods >= replicas) return 100;
  return step.traffic ?? 0;
}

/**
 * The matches in force at a step. Some routes keep the matches of an earlier step during later steps by weight. They end at a
 * step with its own matches, at a step that removes the routes, or in partition style at a step that leaves no old pod (T43).
 */
function matchesAt({ traffic, style, steps }: Delivery, index: number, hasOld: boolean): Step['matches'] {
  const step = steps[index];
  if (step === undefined || !canSplit(traffic)) return [];
  const isOver = style === 'partition' && !hasOld;
  if (step.matches.length > 0 || step.traffic === null || isOver || !keepsMatches(traffic)) return step.matches;
  const last = steps.slice(0, index).findLast((one) => one.matches.length > 0 || one.traffic === null);
  return last?.matches ?? [];
}

function waitsFor(delivery: Delivery, index: number): readonly string[] {
  const step = delivery.steps[index];
  if (step === undefined || passesByItself(delivery, index)) return ['passes by itself'];
  const words = step.leaveWhen.map(conditionWords);
  if (timedByEngine(step) !== null) return words.map((one) => `${one} on the engine's timer`);
  return words.length === 0 ? ['ready pods'] : words;
}
