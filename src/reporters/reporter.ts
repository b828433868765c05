import type { Problem } from '../release/error.ts';
import type { ExitCode, Report } from '../release/report.ts';

/** Brings a report to one place where people or programs look. */
export interface Reporter {
  /** What is missing when `report` rejects: the start of a warning. */
  readonly missing: string;
  report(report: Report, run: RunFacts): Promise<void>;
}

/** What a reporter gets beside the report. Secrets are redacted, here and in the report. */
export interface RunFacts {
  readonly now: Date;
  /** How the log shows the report. */
  readonly log: { readonly format: 'text' | 'json' | 'markdown'; readonly color: boolean };
  /** The YAML that `config` and `render` answer with; null for the commands that answer with a report. */
  readonly yaml: string | null;
  /** Every problem that was found in a file; the report carries the first. */
  readonly problems: readonly Problem[];
  /** The exit code that the command line would have. */
  readonly exitCode: ExitCode;
}

/** Everything reporters write to. */
export interface ReporterPorts {
  readonly runner: Runner;
}

/** GitHub's runner, as a step writes to it. Messages are one line and free of workflow commands. */
export interface Runner {
  info(line: string): void;
  warning(message: string): void;
  notice(message: string, label: Label): void;
  error(message: string, label?: Label): void;
  setOutput(name: string, value: string): void;
  addSummary(markdown: string): Promise<void>;
}

/** The title of an annotation, and the place in the repository that it is shown at. */
export interface Label {
  readonly title: string;
  readonly file?: string;
  readonly startLine?: number;
  readonly startColumn?: number;
}
