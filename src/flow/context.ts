import type { Actor, RunRef } from '../release/actor.ts';
import type { Decision, Situation } from '../release/decision.ts';
import type { Delivery } from '../release/delivery.ts';
import type { Forge, NoForge } from '../release/forge.ts';
import type { Clock, Cluster, KubeObject, Kustomize, Repo } from '../release/ports.ts';
import type { Targets } from '../release/target.ts';
import type { ConfigParser } from './load.ts';

/** The ports of a run, and who runs it. Everything that waits gets the signal. */
export interface Context {
  readonly repo: Repo;
  /** The parser of stepgate.yaml, and its path in the repository. */
  readonly config: { readonly parser: ConfigParser; readonly file: string };
  readonly kustomize: Kustomize;
  /** The forge that holds the repository, opened when it is first asked for; or why this run has none. */
  forge(): Promise<Forge | NoForge>;
  readonly clock: Clock;
  readonly targets: Targets;
  /** Connects to the cluster of a delivery. The same cluster gets the same connection. */
  connect(cluster: Delivery['cluster']): Promise<Cluster>;
  /** Parses YAML text into Kubernetes objects. Throws YAML_INVALID or SOURCE_INVALID. */
  parseManifests(files: readonly { readonly file: string; readonly text: string }[]): readonly KubeObject[];
  /** Who runs this, for the record. */
  readonly actor: Actor;
  /** Which run this is. */
  readonly run: RunRef;
  /** The pull request or issue whose new comment started this run; absent when another event did. */
  readonly pullRequest?: number;
  /** Writes a line to the log (stderr). */
  log(line: string): void;
  /** Called with every decision before it is executed. */
  decided?(situation: Situation, decision: Decision): void;
  readonly signal: AbortSignal;
}
