import type { Said } from './check.ts';
import type { Delivery } from './delivery.ts';
import type { Looked, Wanted } from './finding.ts';
import type { KubeObject } from './ports.ts';

/** What shows whether an engine is installed as it has to be, and what a broken release leaves behind. All of it is pure. */
export interface Checkup {
  /** The objects of the installation, to be read by name. */
  readonly wanted: readonly Wanted[];
  /** Judges them. `deliveries`: those of the cluster. */
  judge(
    looked: (wanted: Wanted) => Looked,
    deliveries: readonly Delivery[],
  ): readonly { readonly name: string; readonly said: Said }[];
  /** What the engine has left on a workload that has no plan any more; null where there is nothing. */
  leftOver(delivery: Delivery, workload: KubeObject): LeftOver | null;
}

export interface LeftOver {
  readonly says: string;
  /** Whether the workload can be set free without a change of any pod. */
  readonly isHarmless: boolean;
}
