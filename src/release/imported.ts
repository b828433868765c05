import type { Delivery } from './delivery.ts';
import type { Severity } from './finding.ts';
import type { KubeObject } from './ports.ts';

/** What of a Rollout that somebody else wrote the config does not say, or says otherwise. */
export interface Unsaid {
  /** Where it stands: `spec.strategy.canary.failureThreshold`. Foreign text may be in it. */
  readonly field: string;
  /** What stands there, as JSON. Foreign text. */
  readonly found: string;
  /** What becomes of it, and what to do. */
  readonly means: string;
  /** `error`: no release starts until something is done. `warning`: a deploy changes something. `note`: nothing changes. */
  readonly severity: Severity;
  /** The key of the delivery's block that is about it; empty for the block itself. */
  readonly key: readonly (string | number)[];
}

/** A Rollout that somebody else wrote, in the words of the config. */
export interface Imported {
  /** Its source is not known: it names no files. Its namespace is empty where nothing says it. */
  readonly delivery: Delivery;
  readonly unsaid: readonly Unsaid[];
}

/** How the object that a release writes is recognised among manifests. The namespace is not compared. */
export interface InSource {
  /** What it is, as text. */
  readonly title: string;
  isIts(object: KubeObject): boolean;
  /** Whether a kustomization can make it of this manifest, by a prefix and a suffix of the name. */
  mayBecome(object: KubeObject): boolean;
  /** Whether a manifest has the plan too, which is in the config. */
  hasPlan(object: KubeObject): boolean;
  /** What that is, as text. */
  readonly plan: string;
}

/** Field managers, neither ours nor the engine's, that own what a deploy writes. */
export interface Owners {
  /** Of the plan, where the rendered Rollout says it otherwise: the first deploy takes it from them. */
  readonly plan: readonly string[];
  /** Of the pod template: the first new version takes it from them. */
  readonly template: readonly string[];
}
