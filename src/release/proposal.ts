import type { Condition, Delivery, Step, Style, Traffic } from './delivery.ts';
import type { KubeObject } from './ports.ts';

/** What an object of a repository is to a delivery. */
export type Role =
  /** A workload that can be released in steps, in the config's words. */
  | { readonly is: 'workload'; readonly workload: Delivery['workload'] }
  /** It runs pods and can't be released in steps. */
  | { readonly is: 'runs pods'; readonly why: string }
  /** A plan that somebody wrote for the engine itself. */
  | { readonly is: 'plan'; readonly why: string }
  | { readonly is: 'other' };

/** How a workload is released, for a repository that has no config yet. */
export interface Proposal {
  /** A name for the plan, the same for equal plans. */
  readonly plan: string;
  readonly style: Style;
  readonly startWhen: readonly Condition[];
  readonly steps: readonly Step[];
  readonly traffic: Traffic | null;
  /** Why, each with the key of the delivery's block that it is about. Foreign text may be in it. */
  readonly why: readonly { readonly key: readonly (string | number)[]; readonly text: string }[];
}

/** Reads the manifests of a repository that has no config yet. All of it is pure. */
export interface Proposer {
  roleOf(object: KubeObject): Role;
  /**
   * The objects that belong to a workload: what its pods read, what leads to them, and what sets their number. They have to be in one
   * namespace.
   */
  belonging(workload: KubeObject, among: readonly KubeObject[]): readonly KubeObject[];
  /** `beside`: what belongs to the workload and to no other one. */
  propose(workload: KubeObject, beside: readonly KubeObject[]): Proposal;
}
