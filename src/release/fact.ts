import type { WorkflowRun } from './forge.ts';
import type { Measured } from './measured.ts';
import type { MetricsServer } from './metrics.ts';
import type { Asked } from './vote.ts';

/** What was asked for a gate, and when by the runner's clock. */
export type Fact =
  | Measured
  | { readonly is: 'page'; readonly name: string; readonly observedAt: Date; readonly found: Asked<PageAnswer> }
  | { readonly is: 'state'; readonly name: string; readonly observedAt: Date; readonly found: Asked<CheckState | null> }
  | { readonly is: 'run'; readonly name: string; readonly observedAt: Date; readonly found: Asked<WorkflowRun | null> };

/** An address of the config that is asked with GET. `url` may have placeholders behind its host. */
export interface Page {
  readonly server: MetricsServer;
  /** The value that a field of the JSON answer has to have; null where the status is enough. */
  readonly expects: { readonly field: string; readonly value: string | number | boolean } | null;
}

/** The answer of a server. Nothing in it is trusted. */
export interface PageAnswer {
  readonly status: number;
  readonly text: string;
}

/** What the forge says about a status or a check of a commit, the newest of that name. */
export interface CheckState {
  readonly is: 'passed' | 'failed' | 'running';
  /** Its conclusion in the forge's words. Foreign text. */
  readonly words: string;
  readonly url: string;
}

/** A workflow that is run for a step. */
export interface Job {
  /** The name of its file. */
  readonly workflow: string;
  /** After this time without a result the run counts as failed. */
  readonly timeoutSeconds: number;
}

/** The fact of one kind for the gate with this name; undefined if it was not asked for. */
export function factOf<I extends Fact['is']>(
  asked: readonly Fact[],
  is: I,
  name: string,
): Extract<Fact, { readonly is: I }> | undefined {
  return asked.find((one): one is Extract<Fact, { readonly is: I }> => one.is === is && one.name === name);
}
