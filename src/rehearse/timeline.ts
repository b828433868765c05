import type { Code } from '../release/codes.ts';
import { type ExitCode, type GateReport, type ReleaseReport, worstExit } from '../release/report.ts';
import type { Finding, PodCount } from '../release/target.ts';

/** How a release would go, as rehearsed on a virtual clock. Moments are ISO 8601 in UTC, durations seconds. */
export interface Rehearsal {
  readonly version: 1;
  readonly command: 'rehearse';
  /** What was made to go wrong, as it was given; null for nothing. */
  readonly scenario: string | null;
  readonly commit: string;
  /** When the release is asked for. */
  readonly start: string;
  /** So often does a runner come by. */
  readonly every: number;
  /** So long does a person take who is told to be needed. */
  readonly answerAfter: number;
  /** So long does a pod take from its node to ready. */
  readonly readyAfter: number;
  /** What was assumed because the repository does not say it. */
  readonly notes: readonly string[];
  readonly deliveries: readonly RehearsedDelivery[];
}

export interface RehearsedDelivery {
  readonly name: string;
  readonly release: ReleaseReport | null;
  readonly ending: Ending;
  /** In the order in which the release came to them; each begins where the one before ends. */
  readonly stations: readonly Station[];
  readonly people: readonly Need[];
  readonly events: readonly TimelineEvent[];
  readonly findings: readonly Finding[];
}

export type Ending =
  | { readonly is: 'delivered'; readonly at: string }
  | { readonly is: 'rolledBack'; readonly at: string; readonly code: Code; readonly why: string }
  /** Nothing is started: a guard or a finding says no. */
  | {
      readonly is: 'refused';
      readonly at: string;
      readonly code: Code;
      readonly why: string;
      readonly todo: string | null;
    }
  /** Nothing changes any more, and it is not done. */
  | {
      readonly is: 'never';
      readonly at: string;
      readonly code: Code;
      readonly why: string;
      readonly todo: string | null;
    };

/** A place in the plan where a release spends time: before its start, at a step, at its end, or on the way back. */
export interface Station {
  readonly kind: 'start' | 'step' | 'end' | 'rollback';
  /** 0 for the start, the step's number, and one more for the end and the way back. */
  readonly number: number;
  readonly name: string;
  /** As the plan says it; null where it is no step. */
  readonly replicas: string | null;
  readonly traffic: number | null;
  readonly from: string;
  /** From when on only gates and runners are waited for; null where that never came. */
  readonly waits: string | null;
  readonly left: string | null;
  /** Pods as it came to wait; as it was left where it never did. */
  readonly pods: { readonly stable: PodCount; readonly canary: PodCount };
  readonly gates: readonly GateSpan[];
}

/** One gate over the time in which the release stood before it. */
export interface GateSpan {
  readonly name: string;
  readonly kind: GateReport['kind'];
  /** Since when it was seen shut; null where it was open at first sight. */
  readonly shut: string | null;
  /** When it opened; null where it never did. */
  readonly opened: string | null;
  /** When a runner saw it open; a gate of time may have opened before. */
  readonly seen: string | null;
  /** Why it opened, or why it is still shut. */
  readonly why: string;
  readonly missing: readonly string[];
}

/** Somebody has to do something. */
export interface Need {
  readonly station: number;
  readonly gate: string;
  /** From when on they are told. */
  readonly from: string;
  readonly answered: string | null;
  readonly who: string;
}

export interface TimelineEvent {
  readonly at: string;
  readonly what: 'run' | 'engine' | 'ready' | 'pods' | 'shut' | 'open' | 'needed' | 'person' | 'git' | 'end';
  readonly text: string;
}

/** 0 where every release would be delivered or taken back by policy; what would end nowhere is 1, what is refused 4. */
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
