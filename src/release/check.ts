import type { Code } from './codes.ts';
import type { StepgateError } from './error.ts';
import { type ErrorReport, type ExitCode, errorReport, exitOf, worstExit } from './report.ts';

/** What a look at one thing has shown. `skipped`: it was not looked at, and `says` is why. */
export type Outcome = 'ok' | 'warning' | 'error' | 'skipped';

/** One line of `doctor`. Foreign text is in the words. */
export interface Check {
  /** What it is about: `git`, `cluster prod`, `shop`, `github`. */
  readonly about: string;
  readonly name: string;
  readonly is: Outcome;
  readonly code: Code | null;
  readonly says: string;
  /** What to do; null where nothing is. */
  readonly todo: string | null;
  /** The exit code of an error; 0 for everything else. */
  readonly exit: ExitCode;
}

/** What a check says, without what it is about. */
export type Said = Omit<Check, 'about' | 'name'>;

export function ok(says: string): Said {
  return { is: 'ok', code: null, says, todo: null, exit: 0 };
}

export function skipped(why: string): Said {
  return { is: 'skipped', code: null, says: why, todo: null, exit: 0 };
}

export function warning(says: string, todo: string, code: Code | null = null): Said {
  return { is: 'warning', code, says, todo, exit: 0 };
}

/** Something that a release would hit: a guard says no. */
export function bad(says: string, todo: string, code: Code | null = null): Said {
  return { is: 'error', code, says, todo, exit: 4 };
}

/** An error that keeps from looking further. */
export function failedCheck(error: StepgateError | ErrorReport): Said {
  const { code, message, hint } = error;
  const report = 'problems' in error ? errorReport(error) : error;
  return { is: 'error', code, says: message, todo: hint, exit: exitOf(report) };
}

export function checkOf(about: string, name: string, said: Said): Check {
  return { about, name, ...said };
}

/** The exit code of all checks: that of the worst one. */
export function checksExit(checks: readonly Check[]): ExitCode {
  return worstExit(checks.map(({ exit }) => exit));
}
