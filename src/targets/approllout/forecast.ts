import { conditionWords, earliestOpening } from '../../gates/index.ts';
import type { Delivery } from '../../release/delivery.ts';
import type { ForecastFrom, ForecastStep, Size, StepPods } from '../../release/forecast.ts';
import { numberAt, objectAt } from '../../release/json.ts';
import { formatQuantity } from '../../release/quantity.ts';
import type { Rendered } from '../../release/target.ts';
import { podResources, times } from '../kruise/resources.ts';
import { workloadKind } from '../kruise/workloads/index.ts';
import { goalsOf } from './batches.ts';

/** The pods of each version while a step waits. */
export function stepPods({ steps }: Delivery, replicas: number): readonly StepPods[] {
  return goalsOf(steps, replicas).map((canaryPods) => ({ canaryPods, stablePods: replicas - canaryPods }));
}

/** The size to which the AppRollout steers, else that of the live workload. */
export function expectedSize(_: Delivery, rendered: Rendered, { live }: { readonly live: number | null }): Size {
  const pods = numberAt(rendered.rollout, 'spec', 'rolloutPlan', 'targetSize') ?? live ?? 1;
  return { pods, autoscaler: null };
}

/** The forecast of each step, by KubeVela's arithmetic. Its own waits, of up to 5 s a step, are left out. */
export function forecast(delivery: Delivery, { replicas, rendered, live, now }: ForecastFrom): readonly ForecastStep[] {
  const { requests } = podResources(objectAt(rendered.workload, 'spec', 'template', 'spec'));
  const surge = workloadKind(delivery).surge('partition', live ?? rendered.workload, replicas);
  const ends = endTimes(delivery, now);
  const pods = stepPods(delivery, replicas);
  return delivery.steps.map((step, index): ForecastStep => {
    const { canaryPods, stablePods } = pods[index] ?? { canaryPods: replicas, stablePods: 0 };
    const added = canaryPods - (pods[index - 1]?.canaryPods ?? 0);
    // The new Deployment grows by the whole batch before the old one shrinks.
    const beyond = delivery.workload.kind === 'Deployment' ? added : Math.min(surge, added);
    const extra = times(requests, beyond);
    const asked = (name: string) => {
      const amount = extra.get(name);
      return amount === undefined ? null : formatQuantity(name, amount);
    };
    return {
      name: step.name,
      stablePods,
      canaryPods,
      mostPods: replicas + beyond,
      extra: { pods: beyond, cpu: asked('cpu'), memory: asked('memory') },
      traffic: null,
      requests: [],
      waitsFor: waitsFor(delivery, index),
      notBefore: ends[index] ?? null,
    };
  });
}

function waitsFor({ steps }: Delivery, index: number): readonly string[] {
  const step = steps[index];
  if (step === undefined || index === steps.length - 1) return ['passes by itself'];
  return step.leaveWhen.length === 0 ? ['ready pods'] : step.leaveWhen.map(conditionWords);
}

/** The earliest end of each step; null when a condition before it never opens. */
function endTimes({ steps, startWhen, doneWhen }: Delivery, now: Date): readonly (Date | null)[] {
  let time = earliestOpening(startWhen, now);
  return steps.map(({ leaveWhen }, index) => {
    if (time === null) return null;
    const isLast = index === steps.length - 1;
    time = earliestOpening(isLast ? doneWhen : leaveWhen, time);
    return time;
  });
}
