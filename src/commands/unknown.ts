import { didYouMean } from '../config/check.ts';
import { inputError } from '../release/error.ts';

/** The error for a command that is not there, with the one that may be meant. */
export function unknownCommand(name: string, known: readonly string[]) {
  return inputError('USAGE', `there is no command '${name}'`, {
    hint: `${didYouMean(name, known)}one of ${known.join(', ')}`,
  });
}

/**
 * The hint for a command line that can't be parsed: the help command. When `message` names an unknown option, the most similar known option
 * comes first.
 */
export function usageHint(message: string, command: string, known: readonly string[]): string {
  const help = `stepgate help ${command}`;
  const written = /^Unknown option '(--[a-z-]+)'/.exec(message)?.[1];
  if (written === undefined) return help;
  const options = known.map((one) => `--${one}`);
  return `${didYouMean(written, options)}${help}`;
}
