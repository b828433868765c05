import type { Deployment, ReplicaSet } from './types.ts';

/** The differences between the Deployment controllers of Kubernetes and Kruise, which share the other code. */
export interface Roller {
  readonly hasher: 'kubernetes' | 'kruise';
  readonly manager: string;
  /** The allowed surplus and missing pods while rolling. */
  readonly surge: (deployment: Deployment) => number;
  readonly unavailable: (deployment: Deployment) => number;
  /** The size to which the new set may grow, from its present size and the size of all sets. */
  readonly newSize: (deployment: Deployment, now: number, all: number) => number;
  /** The minimum size of a new set. */
  readonly firstSize: (deployment: Deployment) => number;
  /** How many old pods may be removed. */
  readonly mayGo: (deployment: Deployment, current: ReplicaSet, old: number) => number;
  /** The order in which old sets are scaled down; the input is ordered oldest first. */
  readonly order: (old: readonly ReplicaSet[]) => readonly ReplicaSet[];
}
