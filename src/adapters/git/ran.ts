import { environmentError, type StepgateError } from '../../release/error.ts';

/** The result of a git command. A failed command is a result too: only the caller knows what its exit code means. */
export interface Ran {
  readonly exit: number;
  readonly out: Buffer;
  readonly err: string;
}

/** The output of a command; throws GIT_FAILED with git's message. `what` ends the sentence "git could not ...". */
export function done(ran: Ran, what: string): Buffer {
  if (ran.exit === 0) return ran.out;
  throw failed(ran, what);
}

export function text(ran: Ran, what: string): string {
  return done(ran, what).toString();
}

/** GIT_FAILED for a command that failed, with a hint for known causes. */
export function failed(ran: Ran, what: string): StepgateError {
  const words = gitWords(ran);
  const foreign = /dubious ownership in repository at '([^']*)'/.exec(words);
  if (foreign !== null) {
    return environmentError(
      'GIT_FAILED',
      `git could not ${what}: the repository ${foreign[1]} belongs to another user`,
      {
        hint: `usual in container jobs; if you trust the folder: git config --global --add safe.directory '${foreign[1]}'`,
      },
    );
  }
  return environmentError('GIT_FAILED', `git could not ${what}: ${words}`);
}

/** Whether a command failed because its folder is in no clone with a work tree. */
export function isNoClone(ran: Ran): boolean {
  const words = /not a git repository|must be run in a work tree|cannot use bare repository/;
  return ran.exit !== 0 && words.test(gitWords(ran));
}

/** The message of git on one line, without credentials, hints and prefixes. Foreign text: neutralise when printing. */
export function gitWords(ran: Ran): string {
  const said = ran.err
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('hint:'))
    .join('; ')
    .replace(/(^|; )(fatal|error): /g, '$1');
  return withoutCredentials(said === '' ? `it ended with exit code ${ran.exit}` : said).slice(0, 2_000);
}

/** The text without user and password in its URLs. */
export function withoutCredentials(words: string): string {
  return words.replace(/(:\/\/)[^\s/'"]*@/g, '$1');
}
