import { parseReleaseId } from './identity.ts';

/** The commands that a comment may give. */
const verbs = ['promote', 'hold', 'resume', 'rollback', 'status', 'help'] as const;
type Verb = (typeof verbs)[number];

/** A command in a comment. `delivery` and `step` are names as written; `release` is a rollout-id. */
export type CommentCommand =
  | { readonly is: 'promote'; readonly delivery: string; readonly release: string; readonly step: string }
  /** Of the version with `release`; null for the whole delivery. */
  | { readonly is: 'hold'; readonly delivery: string; readonly release: string | null; readonly reason: string }
  | { readonly is: 'resume'; readonly delivery: string; readonly release: string | null }
  | { readonly is: 'rollback'; readonly delivery: string; readonly release: string; readonly reason: string }
  /** Of every delivery when `delivery` is null. */
  | { readonly is: 'status'; readonly delivery: string | null }
  | { readonly is: 'help' };

/** Close to a command, and none. `meant` is the line that would have been understood; it has no foreign text in it. */
export interface Unclear {
  readonly is: 'unclear';
  readonly meant: string;
}

const PREFIX = '/stepgate';
/** Maximum length of a reason, in characters; a longer one is cut. */
const LONGEST_REASON = 500;
/** A longer word is no misspelled one. */
const LONGEST_VERB = 16;

/** Other words for a verb. They are no commands; the answer names the verb. */
const otherWords: ReadonlyMap<string, Verb> = new Map([
  ['approve', 'promote'],
  ['continue', 'resume'],
  ['pause', 'hold'],
  ['stop', 'hold'],
  ['revert', 'rollback'],
]);

/**
 * Reads the command in the first line of a comment; null when the comment is not for stepgate. A line that is indented,
 * quoted or in a code block does not begin with the prefix, so it is never a command: it shows one. Works for any text, in
 * time that is linear in its length.
 */
export function readCommand(body: string): CommentCommand | Unclear | null {
  const [line = ''] = body.split(/[\r\n]/, 1);
  const [prefix = '', verb = '', ...rest] = line.split(/[ \t]+/);
  const words = rest.filter((word) => word !== '');
  if (!prefix.startsWith('/')) return null;
  if (prefix !== PREFIX) return isLike(prefix.toLowerCase(), PREFIX, 1) ? unclear(verb, words) : null;
  return (isVerb(verb) ? commandOf(verb, words) : null) ?? unclear(verb, words);
}

/** The line that is read as this command. */
export function formatCommand(command: CommentCommand): string {
  const parts = { delivery: null, release: null, step: null, reason: null, ...command };
  const words = [command.is, parts.delivery, parts.release, parts.step, parts.reason];
  return [PREFIX, ...words].filter((word) => word !== null && word !== '').join(' ');
}

/** The command of a verb with these words; null when a part is missing, wrong or too many. */
function commandOf(verb: Verb, words: readonly string[]): CommentCommand | null {
  const [delivery, second, third] = words;
  switch (verb) {
    case 'help':
      return words.length === 0 ? { is: verb } : null;
    case 'status':
      if (delivery === undefined) return { is: verb, delivery: null };
      return words.length === 1 && isDelivery(delivery) ? { is: verb, delivery } : null;
    case 'promote':
      if (words.length !== 3 || !isDelivery(delivery) || !isRelease(second) || !isStep(third)) return null;
      return { is: verb, delivery, release: second, step: third };
    case 'rollback':
      if (!isDelivery(delivery) || !isRelease(second)) return null;
      return { is: verb, delivery, release: second, reason: reasonOf(words.slice(2)) };
    case 'resume':
      if (words.length > 2 || !isDelivery(delivery)) return null;
      if (second === undefined) return { is: verb, delivery, release: null };
      return isRelease(second) ? { is: verb, delivery, release: second } : null;
    case 'hold': {
      if (!isDelivery(delivery)) return null;
      if (isRelease(second)) return { is: verb, delivery, release: second, reason: reasonOf(words.slice(2)) };
      // A mistyped release must not become the reason of a hold of the whole delivery.
      const isMeant = second !== undefined && (isLikeRelease(second) || (words.length === 2 && isLive(second)));
      return isMeant ? null : { is: verb, delivery, release: null, reason: reasonOf(words.slice(1)) };
    }
  }
}

function reasonOf(words: readonly string[]): string {
  return words.join(' ').slice(0, LONGEST_REASON).toWellFormed().trimEnd();
}

/** The command that was probably meant, with the parts that are known. */
function unclear(verb: string, words: readonly string[]): Unclear {
  const known = nearestVerb(verb);
  const meant = known === null ? 'help' : [known, ...partsMeant(known, words)].join(' ');
  return { is: 'unclear', meant: `${PREFIX} ${meant}` };
}

function partsMeant(verb: Verb, words: readonly string[]): readonly string[] {
  const [first = ''] = words;
  // A reason follows the release: a word after it is not the delivery.
  const hasReason = (verb === 'hold' || verb === 'rollback') && isRelease(first.toLowerCase());
  const { delivery, release, step, triesRelease } = partsIn(hasReason ? [first] : words);
  const optional = release ?? (triesRelease ? 'RELEASE' : null);
  switch (verb) {
    case 'help':
      return [];
    case 'status':
      return delivery === null ? [] : [delivery];
    case 'promote':
      return [delivery ?? 'DELIVERY', release ?? 'RELEASE', step ?? 'STEP'];
    case 'rollback':
      return [delivery ?? 'DELIVERY', release ?? 'RELEASE'];
    case 'hold':
    case 'resume':
      return [delivery ?? 'DELIVERY', ...(optional === null ? [] : [optional])];
  }
}

/** The parts that the first words may be, in any order and case; null for a part that none of them can be. */
function partsIn(words: readonly string[]) {
  const first = words.slice(0, 4).map((word) => word.toLowerCase());
  const [one, ...more] = first.filter((word) => !isRelease(word) && !isLikeRelease(word) && !isLive(word));
  // A number alone is rather the step than the delivery.
  const delivery = isDelivery(one) && !/^\d+$/.test(one) ? one : null;
  return {
    delivery,
    release: first.find(isRelease) ?? null,
    step: (delivery === null && one !== undefined ? [one, ...more] : more).find(isStep) ?? null,
    triesRelease: first.some((word) => isLikeRelease(word) || isLive(word)),
  };
}

function nearestVerb(word: string): Verb | null {
  const lower = word.slice(0, LONGEST_VERB + 1).toLowerCase();
  const other = otherWords.get(lower);
  if (other !== undefined) return other;
  const [nearest] = verbs
    .filter((verb) => isLike(lower, verb, 2))
    .toSorted((one, two) => distance(lower, one) - distance(lower, two));
  return nearest ?? null;
}

function isVerb(word: string): word is Verb {
  return verbs.some((verb) => verb === word);
}

/** `shop` or `shop@prod`. A word that is a rollout-id is none: there the delivery was left out. */
function isDelivery(word: string | undefined): word is string {
  if (word === undefined || word.length > 127 || parseReleaseId(word) !== null) return false;
  const parts = word.split('@');
  return parts.length <= 2 && parts.every(isLabel);
}

function isRelease(word: string | undefined): word is string {
  return word !== undefined && word.length <= 63 && parseReleaseId(word) !== null;
}

/** The name or number of a step, `start` or `end`. */
function isStep(word: string | undefined): word is string {
  return word !== undefined && isLabel(word);
}

function isLabel(word: string): boolean {
  return word.length <= 63 && /^[a-z0-9-]+$/.test(word) && !word.startsWith('-') && !word.endsWith('-');
}

/** Whether somebody meant a rollout-id or a commit by this word. */
function isLikeRelease(word: string): boolean {
  const digits = /^[0-9a-f]{7,}(-|$)/i.exec(word);
  return digits !== null && (digits[1] === '-' || (/\d/.test(word) && /[a-f]/i.test(word)));
}

/** The command line knows the live release by this word. A comment is read later, so it has to name the release. */
function isLive(word: string): boolean {
  return word.toLowerCase() === 'live';
}

/** Whether a word is another one but for so many letters. */
function isLike(word: string, other: string, most: number): boolean {
  return word.length <= LONGEST_VERB && distance(word, other) <= most;
}

/** How many letters have to be added, removed or replaced (Levenshtein). For short words. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...one].entries()) {
    let before = index + 1;
    row = [
      before,
      ...[...other].map((wanted, place) => {
        const [left = 0, above = 0] = [row[place], row[place + 1]];
        before = Math.min(before + 1, above + 1, left + (wanted === letter ? 0 : 1));
        return before;
      }),
    ];
  }
  return row.at(-1) ?? 0;
}
