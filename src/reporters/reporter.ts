import type { Problem } from '../release/error.ts';
import type { Forge, NoForge } from '../release/forge.ts';
import type { Webhook } from '../release/ports.ts';
import type { ExitCode, Report } from '../release/report.ts';

/** Brings a report to one place, such as the job summary. */
export interface Reporter {
  /** What is missing when `report` rejects; the beginning of the warning. */
  readonly missing: string;
  report(report: Report, run: RunFacts): Promise<void>;
}

/** The input of a reporter beside the report. Secrets are redacted in both. */
export interface RunFacts {
  readonly now: Date;
  /** How the log shows the report. */
  readonly log: { readonly format: 'text' | 'json' | 'markdown'; readonly color: boolean };
  /** The YAML that `config` and `render` print; null for commands with a report. */
  readonly yaml: string | null;
  /** Every problem that was found in files; the report has only the first. */
  readonly problems: readonly Problem[];
  /** The exit code of the CLI for this result. */
  readonly exitCode: ExitCode;
  /** What people at the forge are told of this run; null for nothing. */
  readonly tells: Telling | null;
  /** The page of the run at the forge; null outside of a workflow. */
  readonly url: string | null;
  /** Ends every wait for the forge. */
  readonly signal: AbortSignal;
}

/** Where releases stand, or what a pull request would change. `head`: the commit of the pull request that was planned. */
export type Telling =
  | { readonly is: 'release' }
  | { readonly is: 'plan'; readonly pullRequest: number; readonly head: string };

/** The ports of reporters. */
export interface ReporterPorts {
  readonly runner: Runner;
  /** The forge of the run, opened when it is first asked for; or why there is none. */
  forge(): Promise<Forge | NoForge>;
  /** Where a message goes when a person is needed; null when no place is configured. */
  readonly webhook: Webhook | null;
}

/** GitHub's runner, as a step uses it. Messages are one line without workflow commands. */
export interface Runner {
  info(line: string): void;
  warning(message: string): void;
  notice(message: string, label: Label): void;
  error(message: string, label?: Label): void;
  setOutput(name: string, value: string): void;
  addSummary(markdown: string): Promise<void>;
}

/** The title of an annotation, and its place in the repository. */
export interface Label {
  readonly title: string;
  readonly file?: string;
  readonly startLine?: number;
  readonly startColumn?: number;
}
