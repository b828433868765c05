import type { Delivery, Source } from '../../release/delivery.ts';
import type { KubeObject } from '../../release/ports.ts';

/** A manifest that no kustomization and no chart reads, with its objects. */
export interface ManifestFile {
  readonly path: string;
  readonly objects: readonly KubeObject[];
}

/** What renders objects together: a file with workloads, a kustomization, or a chart. */
export interface Unit {
  readonly source: Source;
  /** Where it lies: a path of the repository. */
  readonly path: string;
  readonly objects: readonly KubeObject[];
}

/** A workload in what renders it. */
export interface Candidate {
  readonly object: KubeObject;
  readonly workload: Delivery['workload'];
  readonly unit: Unit;
  /** As `ungated` names it. */
  readonly title: string;
}

/** Files beside the one of a workload that belong to it, with their objects. */
export interface Attached {
  readonly paths: readonly string[];
  readonly objects: readonly KubeObject[];
}

/** What of the repository is in no delivery, and why. Foreign text. */
export interface LeftOut {
  readonly what: string;
  readonly path: string;
  readonly why: string;
}

/** What a repository has that can be released. */
export interface Found {
  readonly commit: string;
  /** Every path of the work tree. */
  readonly paths: readonly string[];
  readonly files: readonly ManifestFile[];
  /** Charts, and the kustomizations that no other one reads, as they render. */
  readonly rendered: readonly Unit[];
  readonly leftOut: readonly LeftOut[];
}
