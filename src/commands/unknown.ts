import { didYouMean } from '../config/check.ts';
import { inputError } from '../release/error.ts';

/** The error for a command that is not there, with the one that may be meant. */
export function unknownCommand(name: string, known: readonly string[]) {
  return inputError('USAGE', `there is no command '${name}'`, {
    hint: `${didYouMean(name, known)}one of ${known.join(', ')}`,
  });
}

/** The hint for a command line that can't be read, with the option that may be meant where its message names an unknown one. */
export function usageHint(message: string, command: string, known: readonly string[]): string {
  const written = /^Unknown option '--([a-z-]+)'/.exec(message)?.[1];
  return `${
    written === undefined
      ? ''
      : didYouMean(
          `--${written}`,
          known.map((one) => `--${one}`),
        )
  }stepgate help ${command}`;
}
