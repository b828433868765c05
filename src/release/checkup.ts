import type { Said } from './check.ts';
import type { Delivery } from './delivery.ts';
import type { Looked, Wanted } from './finding.ts';
import type { Observation } from './observation.ts';
import type { Kind, KubeObject } from './ports.ts';

/** A line of a checkup: what it is about, and what the look has shown. */
export interface Line {
  readonly name: string;
  readonly said: Said;
}

/** Something that has to be installed in a cluster, such as an engine. Targets that need the same one share it. All of it is pure. */
export interface Installation {
  /** The objects that show it, to be read by name. `deliveries`: those of the cluster whose targets need it. */
  wanted(deliveries: readonly Delivery[]): readonly Wanted[];
  /** Judges them. */
  judge(looked: (wanted: Wanted) => Looked, deliveries: readonly Delivery[]): readonly Line[];
}

/** What shows whether all is installed as it has to be, and what a broken release leaves behind. All of it is pure. */
export interface Checkup {
  readonly installations: readonly Installation[];
  /** What the engine has left on a workload that has no plan any more; null where there is nothing. */
  leftOver(delivery: Delivery, workload: KubeObject): LeftOver | null;
  readonly leftObjects: LeftObjects;
}

/** What a release that broke off leaves beside the workload. */
export interface LeftObjects {
  /** The objects to be read by name. */
  wanted(delivery: Delivery, rollout: KubeObject | null): readonly Wanted[];
  /** The objects in the delivery's namespace to be listed by a label; null where there are none. */
  labelled(delivery: Delivery): { readonly kind: Kind; readonly labelSelector: string } | null;
  /** What of them is left, a line each. */
  judge(seen: Seen): readonly Line[];
}

/** What the lines about objects that are left go by. */
export interface Seen {
  readonly delivery: Delivery;
  readonly observation: Observation;
  readonly rollout: KubeObject | null;
  readonly pods: readonly KubeObject[];
  readonly labelled: readonly KubeObject[];
  /** What was read by name, the objects of the installations too. */
  looked(wanted: Wanted): Looked;
}

export interface LeftOver {
  readonly says: string;
  /** Whether the workload can be set free without a change of any pod. */
  readonly isHarmless: boolean;
}
