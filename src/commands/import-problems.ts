import { FILL_IN } from '../policy/written.ts';
import { asError, type InputProblem, isInputError } from '../release/error.ts';
import { wrap } from '../views/lines.ts';
import { oneLine } from '../views/neutral.ts';
import type { RunWith } from './run.ts';

/** How wide the text of a comment is. */
export const COMMENT_WIDTH = 92;

const toFillIn = new RegExp(`^ +(namespace|source): ${FILL_IN}$`);

/**
 * The config with a comment above each line that the config's own reader refuses, and a line of the log for each of these
 * problems. What is to be filled in has its comment already.
 */
export function withProblems(
  run: RunWith<'config'>,
  text: string,
): { readonly text: string; readonly problems: readonly string[] } {
  const found = problemsOf(run, text);
  const printed: string[] = [];
  const problems: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const here = toFillIn.test(line) ? [] : found.filter(({ at }) => (at?.line ?? 1) === index + 1);
    const indent = /^\s*/.exec(line)?.[0] ?? '';
    const told = here.map(({ message, hint }) => oneLine(`${message}${hint === null ? '' : `; ${hint}`}`));
    for (const one of told) printed.push(...wrap(`error: ${one}`, COMMENT_WIDTH).map((part) => `${indent}# ${part}`));
    printed.push(line);
    problems.push(...told.map((one) => `${run.input.config}:${printed.length}: ${one}`));
  }
  return { text: printed.join('\n'), problems };
}

function problemsOf({ context, input }: RunWith<'config'>, text: string): readonly InputProblem[] {
  try {
    context.config.parser.resolve({ file: input.config, text }, []);
    return [];
  } catch (thrown) {
    const error = asError(thrown);
    if (isInputError(error)) return error.problems;
    throw error;
  }
}
