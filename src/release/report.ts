import type { Code } from './codes.ts';
import type { SeenEvent } from './diagnosis.ts';
import type { Family, Place, StepgateError } from './error.ts';
import type { Finding } from './finding.ts';
import type { ForecastStep } from './forecast.ts';
import type { Numbers } from './measured.ts';
import type { PodBatch, PodCount, PodRestart, PodTrouble } from './observation.ts';
import type { Verdict } from './verdict.ts';
import type { Way } from './vote.ts';

/** The state of a delivery, for people and scripts. */
export type State =
  | 'absent'
  | 'idle'
  | 'rolling'
  | 'waiting'
  | 'finishing'
  | 'done'
  | 'reverting'
  | 'rolledBack'
  | 'held'
  | 'stuck'
  | 'failed'
  | 'superseded'
  | 'ungated';

/** An error in a report. Every key is always present. */
export interface ErrorReport {
  readonly family: Family;
  readonly code: Code;
  readonly message: string;
  readonly hint: string | null;
  readonly at: Place | null;
}

export interface GateReport {
  readonly name: string;
  readonly kind: Verdict['kind'];
  readonly is: 'open' | 'shut' | 'failed' | 'skipped';
  /** ISO time at which the gate opens by itself; null when that is not known. */
  readonly until: string | null;
  readonly source: string;
  readonly observedAt: string;
  readonly why: string;
  /** The persons or conditions that are missing. */
  readonly missing: readonly string[];
}

/** A metric that was asked for: of the gates ahead, or watched in every step. */
export interface MetricReport {
  readonly name: string;
  /** The kind of its gate. */
  readonly kind: Verdict['kind'];
  readonly is: 'good' | 'notYet' | 'bad';
  readonly why: string;
  readonly source: string;
  readonly observedAt: string;
  /** What was asked, with everything filled in; empty where nothing was. Foreign text. */
  readonly asked: readonly string[];
  /** Null where nothing was measured. */
  readonly numbers: NumbersReport | null;
}

/** With ISO times. */
export type NumbersReport = Numbers<string>;

/** One step of the plan, for the pictures. */
export interface StepReport {
  /** From 1. */
  readonly index: number;
  readonly name: string;
  readonly replicas: string;
  readonly traffic: number | null;
  readonly is: 'done' | 'moving' | 'waiting' | 'ahead';
  readonly waitsFor: readonly string[];
  /** Pods of each version once the release waits at the step, at the workload's present size; null when not known. */
  readonly pods: { readonly stable: number; readonly canary: number } | null;
}

/** A past event: an act of a run, or a release that became stable. */
export interface EventReport {
  readonly at: string;
  readonly what: 'act' | 'stable';
  readonly text: string;
}

export interface ReleaseReport {
  readonly id: string;
  readonly commit: string;
  /** The id of the settings change that it has taken on last; null or left out where there is none. */
  readonly settings?: string | null;
}

/** The approval of a person that a release waits for. */
export interface ApprovalReport {
  /** The title of the place, which `promote --step` takes too. */
  readonly step: string;
  /** The persons and teams who could still give it, or how, where everybody may. */
  readonly missing: readonly string[];
  /** The ways that do for every approval that is missing there. */
  readonly ways: readonly Way[];
  /** Where it is given: the pull request for the comment, or else the promotion pull request; null while there is none. */
  readonly pullRequest: PullRequestReport | null;
}

/** A pull request of a release, or for its promotion. */
export interface PullRequestReport {
  readonly number: number;
  readonly url: string;
}

/** One write that a command would make or made. */
export interface ChangeReport {
  readonly object: string;
  /** `apply`: what it changes is not known, for the cluster was not asked. */
  readonly what: 'apply' | 'create' | 'change' | 'none' | 'leave';
  readonly why: string;
  /** Lines of a unified diff, with secrets redacted; null when there is no diff. */
  readonly diff: readonly string[] | null;
}

/** The end of a container's log. Foreign text, shortened; secrets that are recognised are hidden. */
export interface LogReport {
  readonly pod: string;
  readonly container: string;
  /** The log of the run before the present one. */
  readonly previous: boolean;
  readonly lines: readonly string[];
}

/** What `--logs` fetched about pods that are not ready. */
export interface DiagnosisReport {
  readonly logs: readonly LogReport[];
  /** The newest last. */
  readonly events: readonly SeenEvent[];
  /** What could not be read, and what would do. */
  readonly missing: readonly string[];
}

export interface DeliveryReport {
  readonly name: string;
  readonly state: State;
  readonly reason: Code;
  readonly message: string;
  readonly release: ReleaseReport | null;
  readonly stable: ReleaseReport | null;
  readonly step: { readonly index: number; readonly of: number; readonly name: string } | null;
  readonly steps: readonly StepReport[];
  /** ISO time at which something happens by itself; null when a person or the engine has to act. */
  readonly next: string | null;
  /** The command that a person should run next; null when there is none. */
  readonly todo: string | null;
  readonly hold: { readonly by: string; readonly at: string; readonly reason: string } | null;
  readonly pods: { readonly stable: PodCount; readonly canary: PodCount };
  /** The pods of each step up to the present one, then those of no step of this release. */
  readonly batches: readonly PodBatch[];
  readonly trouble: readonly PodTrouble[];
  /** Containers of the new pods that have restarted. */
  readonly restarts: readonly PodRestart[];
  /** Null without `--logs`. */
  readonly diagnosis: DiagnosisReport | null;
  readonly gates: readonly GateReport[];
  /** The metrics of these gates, and those that the policy watches in every step. */
  readonly metrics: readonly MetricReport[];
  readonly findings: readonly Finding[];
  readonly changes: readonly ChangeReport[];
  readonly forecast: readonly ForecastStep[];
  /** Of `plan`: whether commits that the policy ref lacks change a file of the source. Null when not known. */
  readonly touched: boolean | null;
  /** What the record still knows of the past, oldest first. */
  readonly events: readonly EventReport[];
  /** Null when no approval is missing, and while a hold or a rollback makes every approval useless. */
  readonly approval: ApprovalReport | null;
  /** The release that is or was rolled back, until something new is released; `release` is stable's after the rollback. */
  readonly rolledBack: ReleaseReport | null;
  /** The pull requests of the release, or of `rolledBack` where there is one, newest merge first; empty when not known. */
  readonly pullRequests: readonly PullRequestReport[];
  /** Whether this run wrote anything for this delivery. */
  readonly changed: boolean;
  readonly error: ErrorReport | null;
}

/** The place whose gates a report shows: 0 is the start, N+1 the end; null when the release is at no place. */
export function placeIn({ reason, step, steps }: DeliveryReport): number | null {
  if (reason === 'START_GATE_SHUT') return 0;
  return reason === 'DONE_GATE_SHUT' ? steps.length + 1 : (step?.index ?? null);
}

/** The result of every command. Text, Markdown, outputs and pictures are made from it. */
export interface Report {
  readonly version: 1;
  readonly command: string;
  readonly changed: boolean;
  readonly error: ErrorReport | null;
  /** Of a scheduled `tick`: ISO time of the run that the same schedule started before; null when not known. */
  readonly lastTick: string | null;
  readonly deliveries: readonly DeliveryReport[];
}

/** The report of a command that failed before it reached any delivery. */
export function failureReport(command: string, error: StepgateError): Report {
  return { version: 1, command, changed: false, error: errorReport(error), lastTick: null, deliveries: [] };
}

export function errorReport({ family, code, message, hint, at }: StepgateError): ErrorReport {
  return { family, code, message, hint, at };
}

export type ExitCode = 0 | 1 | 2 | 3 | 4 | 10 | 11 | 70 | 130;

const byWeight: readonly ExitCode[] = [130, 70, 3, 2, 1, 4, 11, 10, 0];

/** The exit code of several deliveries: that of the worst one; 0 when there are none. */
export function worstExit(codes: readonly ExitCode[]): ExitCode {
  return byWeight.find((code) => codes.includes(code)) ?? 0;
}

/** The exit code of a report: that of the worst delivery. With `detailed`, 10 is waiting, and 11 rolled back or held. */
export function exitCode(report: Report, detailed: boolean): ExitCode {
  const all = report.deliveries.map((delivery) => deliveryExit(delivery, detailed));
  if (report.error !== null) all.push(exitOf(report.error));
  return worstExit(all);
}

function deliveryExit(delivery: DeliveryReport, detailed: boolean): ExitCode {
  if (delivery.error !== null) return exitOf(delivery.error);
  switch (delivery.state) {
    case 'stuck':
    case 'failed':
    case 'ungated':
      return 1;
    case 'rolledBack':
    case 'held':
      return detailed ? 11 : 0;
    case 'waiting':
      return detailed ? 10 : 0;
    case 'absent':
    case 'idle':
    case 'rolling':
    case 'finishing':
    case 'done':
    case 'reverting':
    case 'superseded':
      return 0;
  }
}

/** The exit code of an error. */
export function exitOf(error: ErrorReport): ExitCode {
  if (error.code === 'CANCELLED') return 130;
  if (error.code === 'TIMEOUT' || error.code === 'ROLLED_BACK') return 1;
  switch (error.family) {
    case 'input':
      return 2;
    case 'environment':
      return 3;
    case 'refused':
      return 4;
    case 'bug':
      return 70;
  }
}
