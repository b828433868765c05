import type { Delivery } from './delivery.ts';
import type { KubeObject, ListQuery } from './ports.ts';

/** A container's log to ask for. */
export interface AskedLog {
  readonly container: string;
  /** The log of the run before the present one. */
  readonly previous: boolean;
}

/** The events of one object to ask for. `object` is its kind and name. */
export interface EventsAbout {
  readonly object: string;
  readonly query: ListQuery;
}

/** An event of an object. Foreign text. */
export interface SeenEvent {
  readonly object: string;
  /** Normal or Warning. */
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  /** How often it was seen. */
  readonly count: number;
  /** When it was seen last. */
  readonly at: Date | null;
}

/** What to ask about pods that are not ready. */
export interface DiagnosisOf {
  /** The log that says most about a pod; null when no container has one. */
  logOf(pod: KubeObject): AskedLog | null;
  /** Whose events to ask for: of the pods, their controllers, the workload. */
  eventsAbout(delivery: Delivery, pods: readonly KubeObject[]): readonly EventsAbout[];
  eventIn(object: string, event: KubeObject): SeenEvent;
}
