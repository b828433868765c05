import type { Delivery } from '../release/delivery.ts';
import type { Clock, Cluster, KubeObject } from '../release/ports.ts';

/** What becomes of a pod in a rehearsal. Milliseconds. */
export type Fate =
  | { readonly is: 'ready'; readonly after: number }
  /** Its containers never start. */
  | { readonly is: 'broken' }
  /** No node has room for it; after `until` it is like the others, null is for ever. */
  | { readonly is: 'unplaced'; readonly until: number | null; readonly after: number };

export interface ClusterChange {
  /** The context of the cluster. */
  readonly cluster: string | null;
  readonly object: KubeObject;
  readonly gone: boolean;
}

/** Embedded clusters on one virtual clock, empty at first: where rehearsals happen. */
export interface Stage extends Disposable {
  readonly clock: Clock;
  /** The cluster of that context; the same one for the same context. */
  connect(cluster: Delivery['cluster']): Promise<Cluster>;
  /** Runs work that waits by the clock: time moves while all of it waits. */
  play<T>(work: () => Promise<T>): Promise<T>;
  /** Work outside of virtual time (a program, a file): time stands meanwhile. */
  outside<T>(work: () => Promise<T>): Promise<T>;
  /** Whether its clusters know the kind. */
  serves(object: KubeObject): boolean;
}

export type OpenStage = (options: {
  readonly start: Date;
  /** Asked once a pod, when it is about to be created. */
  fate(pod: KubeObject, now: Date): Fate;
  /** Told of every change in a cluster as it happens. */
  changed(change: ClusterChange): void;
}) => Promise<Stage>;
