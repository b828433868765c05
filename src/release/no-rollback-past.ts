import type { Finding } from './finding.ts';
import { firstOf } from './first-of.ts';

/** The trailer of a commit that bars the policy from rolling a release back past it. */
export const NO_ROLLBACK_PAST = 'Stepgate-No-Rollback-Past';

/** Characters of a reason that are told. */
const LONGEST = 200;

/** A commit with such a trailer. */
export interface Bar {
  readonly commit: string;
  /** Foreign text. */
  readonly reason: string;
}

/** The bars between the target of a rollback and the release; `unknown` where Git can't tell. */
export type Bars =
  | { readonly is: 'known'; readonly bars: readonly Bar[] }
  | { readonly is: 'unknown'; readonly why: string };

/**
 * The bars in the message of a commit. A squash merge puts the messages of its commits one after the other, so the trailer counts
 * wherever it begins a line, also behind the sign of a list.
 */
export function barsIn({ commit, message }: { readonly commit: string; readonly message: string }): readonly Bar[] {
  const line = new RegExp(`^[ \\t]*(?:[*-][ \\t]+)?${NO_ROLLBACK_PAST}[ \\t]*:(.*)$`, 'gim');
  return [...message.matchAll(line)].map(([, text = '']) => {
    const reason = text.trim().slice(0, LONGEST);
    return { commit, reason: reason === '' ? 'no reason given' : reason };
  });
}

/** The bars in words: `0123456789 (drops a column)`. */
export function barWords(bars: readonly Bar[]): string {
  return firstOf(bars.map(({ commit, reason }) => `${commit.slice(0, 10)} (${reason})`));
}

/** What `plan` says of a release with bars; null where it has none. */
export function barFinding(bars: readonly Bar[], delivery: string): Finding | null {
  if (bars.length === 0) return null;
  return {
    code: 'ROLLBACK_BARRED',
    severity: 'note',
    message: `the policy does not roll this release back: ${NO_ROLLBACK_PAST} is in ${barWords(bars)}`,
    facts: bars.map(({ commit, reason }) => `${commit.slice(0, 10)}: ${reason}`),
    wayOut: `nothing has to be done; a person can roll it back: stepgate rollback --past --delivery ${delivery}`,
  };
}
