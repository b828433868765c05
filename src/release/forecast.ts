import type { KubeObject } from './ports.ts';
import type { Rendered } from './target.ts';

/** The number of pods from which steps are computed. */
export interface Size {
  readonly pods: number;
  /** The autoscaler whose minimum this is; null when the workload sets its size itself. */
  readonly autoscaler: string | null;
}

/** Pods beyond the size of a workload, and what they request in all; null for a resource that they do not request. */
export interface ExtraPods {
  readonly pods: number;
  readonly cpu: string | null;
  readonly memory: string | null;
}

/** The expected state at the end of a step, and what the step takes. */
export interface ForecastStep {
  readonly name: string;
  readonly stablePods: number;
  readonly canaryPods: number;
  /**
   * The most pods that exist while the step is taken, without those that are being deleted. The last step includes the
   * end of the release.
   */
  readonly mostPods: number;
  /** Those of mostPods that are beyond the workload's size. */
  readonly extra: ExtraPods;
  /** Percentage of the traffic for the new version; null when the step routes none, and pods share the traffic. */
  readonly traffic: number | null;
  /** The requests that go to the new version besides, in words; one after the other, each is enough. */
  readonly requests: readonly string[];
  readonly waitsFor: readonly string[];
  /**
   * The earliest time at which the step may be left, and the last step delivered, for a release that starts at once: the sum
   * of soaks, schedules and the engine's own waits. Null when a condition never opens.
   */
  readonly notBefore: Date | null;
}

/** The pods of each version when a step waits. */
export type StepPods = Pick<ForecastStep, 'stablePods' | 'canaryPods'>;

/** What a forecast is made from, beside the plan. */
export interface ForecastFrom {
  /** The size of the workload. */
  readonly replicas: number;
  readonly rendered: Rendered;
  /** The live workload; null when there is none, or it was not read. */
  readonly live: KubeObject | null;
  /** When the release starts. */
  readonly now: Date;
}
