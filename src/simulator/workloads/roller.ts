import type { Deployment, ReplicaSet } from './types.ts';

/** What Kubernetes' and Kruise's Deployment controllers have in common; they differ in these. */
export interface Roller {
  readonly hasher: 'kubernetes' | 'kruise';
  readonly manager: string;
  /** Pods above replicas, and missing from them, while rolling. */
  readonly surge: (deployment: Deployment) => number;
  readonly unavailable: (deployment: Deployment) => number;
  /** The size a set of the template with so many pods may grow to, where all sets together have so many. */
  readonly newSize: (deployment: Deployment, now: number, all: number) => number;
  /** The least size that a set is made with. */
  readonly firstSize: (deployment: Deployment) => number;
  /** How many of so many old pods may go. */
  readonly mayGo: (deployment: Deployment, current: ReplicaSet, old: number) => number;
  /** Whose pods go first, from old sets with the oldest first. */
  readonly order: (old: readonly ReplicaSet[]) => readonly ReplicaSet[];
}
