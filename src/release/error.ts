import type { Code, CodeFamily, CodeOf } from './codes.ts';

/** The family of an error; each family has its own exit code. */
export type Family = Exclude<CodeFamily, 'state' | 'finding'>;

/** A place in a file of the repository; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
}

/** `file:line:column`, which editors and terminals show as a link. */
export function formatPlace({ file, line, column }: Place): string {
  return [file, line, column].filter((part) => part !== null).join(':');
}

/** One problem in one file. `message` says what was found, `hint` what to write instead. */
export interface Problem<C extends Code = Code> {
  readonly code: C;
  readonly message: string;
  readonly hint: string | null;
  readonly at: Place | null;
}

export type InputProblem = Problem<CodeOf<'input'>>;

/**
 * The only exception type that stepgate throws. The functions below create it, one for each family. When several problems
 * were found, `problems` has all of them, and the message is that of the first.
 */
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

/** Throws one input error with all problems; does nothing when there are none. */
export function throwProblems(problems: readonly InputProblem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  throw new StepgateError('input', first.code, first.message, {
    problems,
    ...(first.hint === null ? {} : { hint: first.hint }),
    ...(first.at === null ? {} : { at: first.at }),
  });
}

/** Whether the error, and so each of its problems, is of the family `input`. */
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

/** The same error with another message. */
export function retold(
  { family, code, hint }: StepgateError,
  message: string,
  more: { hint?: string; cause?: unknown },
) {
  return new StepgateError(family, code, message, hint === null ? more : { ...more, hint });
}

/**
 * A thrown value as a StepgateError. A machine that can't write files is an environment error; any other unknown value becomes a
 * bug, with the value as its cause.
 */
export function asError(thrown: unknown): StepgateError {
  if (thrown instanceof StepgateError) return thrown;
  const hint = machineHint(thrown);
  if (hint !== null && thrown instanceof Error)
    return environmentError('FOLDER_UNWRITABLE', thrown.message, { hint, cause: thrown });
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new StepgateError('bug', 'BUG', message, {
    cause: thrown,
    hint: 'this is a defect of stepgate: please report it',
  });
}

/** What to do about an error of the system that comes from the machine and not from stepgate; null for every other value. */
function machineHint(thrown: unknown): string | null {
  if (!(thrown instanceof Error) || !('syscall' in thrown) || !('code' in thrown)) return null;
  switch (thrown.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full: free some room, or let TMPDIR name a folder on another disk';
    case 'EROFS':
      return 'that folder is read-only: let TMPDIR name one that can be written';
    case 'EMFILE':
    case 'ENFILE':
      return 'too many files are open: raise the limit of this machine (ulimit -n)';
  }
  if (thrown.syscall !== 'mkdtemp') return null;
  return thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR'
    ? 'TMPDIR names no folder: make that folder, or unset TMPDIR'
    : 'let TMPDIR name a folder that can be written';
}
