import type { Code } from './codes.ts';

/**
 * Whose move it is when stepgate cannot go on: `input` (someone must edit a file or an argument), `environment`
 * (access, network, a server: grant or retry), `refused` (a guard or a hold says no, nothing was written),
 * `bug` (everything else, cause kept).
 */
export type Family = 'input' | 'environment' | 'refused' | 'bug';

/** A place in a file of the repository; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
}

/** One problem of one file: what was found and, in `hint`, what would do. */
export interface Problem {
  readonly code: Code;
  readonly message: string;
  readonly hint: string | null;
  readonly at: Place | null;
}

/** The one exception type. `problems` holds all of them when several were found in one go (the first is the headline). */
export class StepgateError extends Error {
  readonly family: Family;
  readonly code: Code;
  readonly hint: string | null;
  readonly at: Place | null;
  readonly problems: readonly Problem[];

  constructor(
    family: Family,
    code: Code,
    message: string,
    more: { hint?: string; at?: Place; cause?: unknown; problems?: readonly Problem[] } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'StepgateError';
    this.family = family;
    this.code = code;
    this.hint = more.hint ?? null;
    this.at = more.at ?? null;
    this.problems = more.problems ?? [{ code, message, hint: this.hint, at: this.at }];
  }
}

/** An input error over every problem found; throws only when there is one. */
export function throwProblems(problems: readonly Problem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  throw new StepgateError('input', first.code, first.message, {
    problems,
    ...(first.hint === null ? {} : { hint: first.hint }),
    ...(first.at === null ? {} : { at: first.at }),
  });
}

export function inputError(code: Code, message: string, more: { hint?: string; at?: Place; cause?: unknown } = {}) {
  return new StepgateError('input', code, message, more);
}

export function environmentError(code: Code, message: string, more: { hint?: string; cause?: unknown } = {}) {
  return new StepgateError('environment', code, message, more);
}

export function refusal(code: Code, message: string, hint?: string) {
  return new StepgateError('refused', code, message, hint === undefined ? {} : { hint });
}

/** What was thrown as a StepgateError; anything unknown is a bug with its cause kept. */
export function asError(thrown: unknown): StepgateError {
  if (thrown instanceof StepgateError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new StepgateError('bug', 'BUG', message, {
    cause: thrown,
    hint: 'this is a defect of stepgate: please report it',
  });
}
