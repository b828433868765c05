import type { CodeOf } from '../release/codes.ts';
import { environmentError } from '../release/error.ts';
import { ForgeError } from '../release/forge.ts';

/** Turns an error of the forge into one with a code that says what to do. Returns any other error unchanged. */
export function forgeTrouble(error: unknown): unknown {
  if (!(error instanceof ForgeError)) return error;
  const say = (code: CodeOf<'environment'>, hint: string) =>
    environmentError(code, error.message, { hint, cause: error });
  switch (error.trouble) {
    case 'away':
      return say('FORGE_UNREACHABLE', 'try again; what was done so far is continued');
    case 'limited':
      return say(
        'FORGE_UNREACHABLE',
        `try again ${error.retryAt === null ? 'later' : `after ${error.retryAt.toISOString()}`}`,
      );
    case 'unknownToken':
      return say('FORGE_REFUSED', 'check the token, and whether it has expired');
    case 'forbidden':
      return say(
        'FORGE_REFUSED',
        error.needs === null
          ? 'give a token that may do this'
          : `give the token ${error.needs}: in a workflow, under permissions of the job`,
      );
    case 'missing':
      return say('FORGE_REFUSED', 'check the name, and whether the token may read the repository');
    case 'refused':
      return say(
        'FORGE_REFUSED',
        'change the setting or the rule of the repository, or give a token that it does not bind',
      );
    case 'conflict':
      return say('FORGE_REFUSED', 'run it again: it looks anew at what is there');
    case 'tooMuch':
      return say('FORGE_REFUSED', 'narrow down what is asked for');
  }
}
