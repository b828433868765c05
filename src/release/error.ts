import type { Code, CodeFamily, CodeOf } from './codes.ts';

/** Whose move it is when stepgate cannot go on. */
export type Family = Exclude<CodeFamily, 'state' | 'finding'>;

/** A place in a file of the repository; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
}

/** One problem of one file: what was found and, in `hint`, what would do. */
export interface Problem<C extends Code = Code> {
  readonly code: C;
  readonly message: string;
  readonly hint: string | null;
  readonly at: Place | null;
}

export type InputProblem = Problem<CodeOf<'input'>>;

/** The one exception type. Only the functions below make one, each of the codes of its family. `problems` holds all of them when several were found in one go (the first is the headline). */
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
export function throwProblems(problems: readonly InputProblem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  throw new StepgateError('input', first.code, first.message, {
    problems,
    ...(first.hint === null ? {} : { hint: first.hint }),
    ...(first.at === null ? {} : { at: first.at }),
  });
}

/** Whether the error is of the family `input`, and so all its problems. */
export function isInputError(
  error: StepgateError,
): error is StepgateError & { readonly problems: readonly InputProblem[] } {
  return error.family === 'input';
}

export function inputError(
  code: CodeOf<'input'>,
  message: string,
  more: { hint?: string; at?: Place; cause?: unknown } = {},
) {
  return new StepgateError('input', code, message, more);
}

export function environmentError(
  code: CodeOf<'environment'>,
  message: string,
  more: { hint?: string; cause?: unknown } = {},
) {
  return new StepgateError('environment', code, message, more);
}

export function refusal(code: CodeOf<'refused'>, message: string, hint?: string) {
  return new StepgateError('refused', code, message, hint === undefined ? {} : { hint });
}

/** The same error, told in another sentence. */
export function retold(
  { family, code, hint }: StepgateError,
  message: string,
  more: { hint?: string; cause?: unknown },
) {
  return new StepgateError(family, code, message, hint === null ? more : { ...more, hint });
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
