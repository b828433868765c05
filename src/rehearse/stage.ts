import type { Delivery } from '../release/delivery.ts';
import type { Clock, Cluster, KubeObject } from '../release/ports.ts';

/** How a simulated pod behaves; times in milliseconds. */
export type Fate =
  | { readonly is: 'ready'; readonly after: number }
  /** Its containers never start. */
  | { readonly is: 'broken' }
  /** No node has room until `until` (null: for ever); after that the pod gets ready. */
  | { readonly is: 'unplaced'; readonly until: number | null; readonly after: number };

export interface ClusterChange {
  /** The kubeconfig context of the cluster. */
  readonly cluster: string | null;
  readonly object: KubeObject;
  readonly gone: boolean;
}

/** Embedded clusters on one virtual clock, for a rehearsal. They are empty at first. */
export interface Stage extends Disposable {
  readonly clock: Clock;
  /** The cluster of a context; the same context gives the same cluster. */
  connect(cluster: Delivery['cluster']): Promise<Cluster>;
  /** Runs work that waits on the clock. Time moves while all of the work waits. */
  play<T>(work: () => Promise<T>): Promise<T>;
  /** Runs work outside of virtual time (a program, a file). Time stands still meanwhile. */
  outside<T>(work: () => Promise<T>): Promise<T>;
  /** Whether the clusters serve the kind. */
  serves(object: KubeObject): boolean;
}

export type OpenStage = (options: {
  readonly start: Date;
  /** Whether the clusters have a controller that makes workloads of carriers. */
  readonly carriers: boolean;
  /** Called once for each pod, before it is created. */
  fate(pod: KubeObject, now: Date): Fate;
  /** Called for every change in a cluster. */
  changed(change: ClusterChange): void;
}) => Promise<Stage>;
