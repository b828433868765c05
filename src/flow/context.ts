import type { Actor, RunRef } from '../release/actor.ts';
import type { Decision, Situation } from '../release/decision.ts';
import type { Delivery } from '../release/delivery.ts';
import type { Clock, Cluster, KubeObject, Kustomize, Repo } from '../release/ports.ts';
import type { Targets } from '../release/target.ts';
import type { ConfigParser } from './load.ts';

/** What a run has to work with. Everything that waits gets the signal. */
export interface Context {
  readonly repo: Repo;
  /** How stepgate.yaml is read, and its path in the repository. */
  readonly config: { readonly parser: ConfigParser; readonly file: string };
  readonly kustomize: Kustomize;
  readonly clock: Clock;
  readonly targets: Targets;
  /** The cluster a delivery lives in; the same connection for the same cluster. */
  connect(cluster: Delivery['cluster']): Promise<Cluster>;
  /** Reads YAML text to Kubernetes objects. Throws YAML_INVALID or SOURCE_INVALID. */
  parseManifests(files: readonly { readonly file: string; readonly text: string }[]): readonly KubeObject[];
  /** Who runs this, for the record. */
  readonly actor: Actor;
  /** Which run this is. */
  readonly run: RunRef;
  /** A line for the log (stderr). */
  log(line: string): void;
  /** Told of every decision before it is executed. */
  decided?(situation: Situation, decision: Decision): void;
  readonly signal: AbortSignal;
}
