import type { Actor, RunRef } from '../release/actor.ts';
import type { Decision, Situation } from '../release/decision.ts';
import type { Delivery } from '../release/delivery.ts';
import type { PageAnswer } from '../release/fact.ts';
import type { Fingerprint } from '../release/fingerprint.ts';
import type { Forge, NoForge } from '../release/forge.ts';
import type { Metrics, MetricsServer } from '../release/metrics.ts';
import type { Clock, Cluster, Helm, KubeObject, Kustomize, Repo, WorkTree } from '../release/ports.ts';
import type { Targets } from '../release/target.ts';
import type { ConfigParser } from './load.ts';

/** How a delivery waits for the forge where several are worked on, so that what they ask at the same time is one request. */
export interface Turns {
  /** Waits for an answer. Meanwhile other deliveries may work. */
  aside<T>(answer: () => Promise<T>): Promise<T>;
  /** Resolves when every delivery waits: each has asked what it can ask now. At the latest after a few seconds. */
  quiet(): Promise<void>;
}

/** Who reads what a run prints: the person at its terminal, or everybody to whom it is published or piped. */
export interface Readers {
  readonly are: 'person' | 'public';
  /** Stands for hidden values. Its key is of this run alone. */
  readonly fingerprint: Fingerprint;
  /** Hides a credential that was found in an object, in everything that is printed. */
  hide(credential: string): void;
}

/** The ports of a run, and who runs it. Everything that waits gets the signal. */
export interface Context {
  readonly repo: Repo;
  /** The work tree of the clone; absent where there is none. */
  readonly work?: WorkTree;
  /** The parser of stepgate.yaml, and its path in the repository. */
  readonly config: { readonly parser: ConfigParser; readonly file: string };
  readonly kustomize: Kustomize;
  readonly helm: Helm;
  /** The forge that holds the repository, opened when it is first asked for; or why this run has none. */
  forge(): Promise<Forge | NoForge>;
  /** Opens a server of metrics. The same server gets the same connection. */
  metrics(server: MetricsServer): Promise<Metrics>;
  /** Asks an address with GET. Throws MetricsError where it gives no answer. */
  page(server: MetricsServer, signal: AbortSignal): Promise<PageAnswer>;
  /** Absent where there is one delivery. */
  readonly turns?: Turns;
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
  /** The name of the file of this run's workflow, such as `release.yml`; absent outside of a workflow. */
  readonly workflow?: string;
  /** The pull request or issue whose new comment started this run; absent when another event did. */
  readonly pullRequest?: number;
  readonly readers: Readers;
  /** Writes a line to the log (stderr). */
  log(line: string): void;
  /** Called with every decision before it is executed. */
  decided?(situation: Situation, decision: Decision): void;
  readonly signal: AbortSignal;
}
