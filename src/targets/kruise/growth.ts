import type { ForecastStep } from '../../release/forecast.ts';
import { forecast } from './forecast.ts';
import { expectedSize } from './size.ts';
import type { TrapInput } from './trap-input.ts';

/** A number of additional pods, and when they are added. */
export interface Growth {
  readonly pods: number;
  /** `at step 2 (half)`. */
  readonly when: string;
}

/**
 * The pods that a release adds. `most` is the highest number, which may last only for a moment. `atRest` is the highest
 * number while a step waits: when there is no room for those pods, the step is never ready.
 */
export function growthOf(look: TrapInput): { readonly most: Growth; readonly atRest: Growth } {
  const { observation, delivery, rendered, around } = look;
  const live = observation.workload;
  const { pods: size } = expectedSize(delivery, rendered, { live: live?.replicas ?? null, around });
  if (live === null) {
    const first = { pods: size, when: 'with the first deploy' };
    return { most: first, atRest: first };
  }
  const { stable, canary } = observation.pods;
  const steps = forecast(delivery, {
    replicas: size,
    rendered,
    live: around.workload,
    now: observation.takenAt,
  });
  const growth = (count: (step: ForecastStep) => number) => largest(steps, count, stable.total + canary.total);
  return {
    most: growth(({ mostPods }) => mostPods),
    atRest: growth(({ stablePods, canaryPods }) => stablePods + canaryPods),
  };
}

function largest(steps: readonly ForecastStep[], count: (step: ForecastStep) => number, present: number): Growth {
  return steps.reduce<Growth>(
    (found, step, index) => {
      const pods = count(step) - present;
      return pods > found.pods ? { pods, when: `at step ${index + 1} (${step.name})` } : found;
    },
    { pods: 0, when: '' },
  );
}

/** `1 pod`, `3 pods`. */
export function podsText(pods: number): string {
  return `${pods} ${pods === 1 ? 'pod' : 'pods'}`;
}
