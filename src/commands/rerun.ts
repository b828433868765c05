import type { Context } from '../flow/context.ts';
import type { Work } from '../flow/work.ts';
import { isRerun, isSameAct } from '../release/actor.ts';
import { refusal } from '../release/error.ts';
import type { ReleaseRecord } from '../release/record.ts';

/**
 * Whether an earlier attempt of this run has acted already, or any run for the same comment: a repeat goes on with that act and
 * never adds one.
 */
export function isRepeated({ context }: Work, { runs }: ReleaseRecord, command: string, about?: string): boolean {
  return runs.some(
    (one) => isSameAct(one.run, context.run) && one.command === command && (about === undefined || one.about === about),
  );
}

/**
 * A re-run whose first attempt has recorded nothing is an act of whoever started it again, perhaps days later: it has to
 * say which release it means.
 */
export function refuseBlindRerun(
  { context }: { readonly context: Pick<Context, 'run'> },
  release: string | null,
): void {
  // A comment says when it was written, so a re-run that reads it means what it meant then.
  if (!isRerun(context.run) || context.run.comment !== undefined || (release !== null && release !== 'live')) return;
  throw refusal(
    'RELEASE_REQUIRED',
    'this run was started again, and its first attempt recorded nothing: it has to say which release it means',
    'start a new run, or give the release: stepgate status prints its id',
  );
}
