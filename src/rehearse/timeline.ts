import type { Code } from '../release/codes.ts';
import type { Finding } from '../release/finding.ts';
import type { PodCount } from '../release/observation.ts';
import { type ExitCode, type GateReport, type ReleaseReport, worstExit } from '../release/report.ts';

/** The result of a rehearsal on a virtual clock. Times are ISO 8601 in UTC, durations in seconds. */
export interface Rehearsal {
  readonly version: 1;
  readonly command: 'rehearse';
  /** The failure to simulate, as given in --with; null for none. */
  readonly scenario: string | null;
  readonly commit: string;
  /** When the release is requested. */
  readonly start: string;
  /** The time between two ticks. */
  readonly every: number;
  /** How long a person takes to approve once asked. */
  readonly answerAfter: number;
  /** How long a pod takes to get ready once it is scheduled. */
  readonly readyAfter: number;
  /** Assumptions about facts that the repository does not have. */
  readonly notes: readonly string[];
  readonly deliveries: readonly RehearsedDelivery[];
}

export interface RehearsedDelivery {
  readonly name: string;
  readonly release: ReleaseReport | null;
  readonly ending: Ending;
  /** In the order of the release; each begins when the one before ends. */
  readonly stations: readonly Station[];
  readonly people: readonly Need[];
  readonly events: readonly TimelineEvent[];
  readonly findings: readonly Finding[];
}

export type Ending =
  | { readonly is: 'delivered'; readonly at: string }
  | { readonly is: 'rolledBack'; readonly at: string; readonly code: Code; readonly why: string }
  /** A guard or a finding refused the release, and nothing was started. */
  | {
      readonly is: 'refused';
      readonly at: string;
      readonly code: Code;
      readonly why: string;
      readonly todo: string | null;
    }
  /** The release is not finished, and nothing changes any more. */
  | {
      readonly is: 'never';
      readonly at: string;
      readonly code: Code;
      readonly why: string;
      readonly todo: string | null;
    };

/** A place where a release spends time: before its start, at a step, at its end, or in a rollback. */
export interface Station {
  readonly kind: 'start' | 'step' | 'end' | 'rollback';
  /** 0 for the start, the number of the step, or the number of steps plus one for the end and a rollback. */
  readonly number: number;
  readonly name: string;
  /** As in the plan; null for a station that is not a step. */
  readonly replicas: string | null;
  readonly traffic: number | null;
  readonly from: string;
  /** When the engine was done, and only gates and ticks remained; null when that did not happen. */
  readonly waits: string | null;
  readonly left: string | null;
  /** The pods at `waits`, or at `left` when `waits` is null. */
  readonly pods: { readonly stable: PodCount; readonly canary: PodCount };
  readonly gates: readonly GateSpan[];
}

/** One gate during the time in which the release waited for it. */
export interface GateSpan {
  readonly name: string;
  readonly kind: GateReport['kind'];
  /** When it was first seen shut; null when it was open at once. */
  readonly shut: string | null;
  /** When it opened; null when it never did. */
  readonly opened: string | null;
  /** When a tick saw it open; a gate that opens by time may have opened earlier. */
  readonly seen: string | null;
  /** Why it opened, or why it is shut. */
  readonly why: string;
  readonly missing: readonly string[];
}

/** An approval that a person has to give. */
export interface Need {
  readonly station: number;
  readonly gate: string;
  /** When the person was asked. */
  readonly from: string;
  readonly answered: string | null;
  readonly who: string;
}

export interface TimelineEvent {
  readonly at: string;
  readonly what: 'run' | 'engine' | 'ready' | 'pods' | 'shut' | 'open' | 'needed' | 'person' | 'git' | 'end';
  readonly text: string;
}

/** 0 when every release is delivered or rolled back by policy, 1 when one never finishes, 4 when one is refused. */
export function rehearsalExit({ deliveries }: Rehearsal, detailed: boolean): ExitCode {
  return worstExit(deliveries.map(({ ending }) => exitOf(ending, detailed)));
}

function exitOf(ending: Ending, detailed: boolean): ExitCode {
  switch (ending.is) {
    case 'delivered':
      return 0;
    case 'rolledBack':
      return detailed ? 11 : 0;
    case 'refused':
      return 4;
    case 'never':
      return ending.code === 'BUG' ? 70 : 1;
  }
}
