/** Signs that nobody sees and that could hide or turn a text round. */
const INVISIBLE = /[\p{Cc}\p{Cf}]/gu;

/** Breaks a word for the forge. A reader sees the same text. */
const BREAK = '\u200b';

/** A name that the forge would notify. An address such as `ada@example.com` is none. */
const MENTION = /(?<![\p{L}\p{N}_])@(?=[\p{L}\p{N}])/gu;

/** What closes an issue when the commit reaches the branch: `fixes #1`, `Closes: acme/shop#1`, `resolved GH-1`, `fix https://...`. */
const CLOSING =
  /(?<![\p{L}\p{N}])((?:close[sd]?|fix(?:es|ed)?|resolve[sd]?)[\s:]{0,9}(?:[\w.-]{1,100}\/[\w.-]{1,100})?)(#|gh-|https?:)(?=[\d/])/giu;

/** Words by which CI leaves a commit out, such as `[skip ci]`: they would stop the workflows of the branch. */
const SKIPPING = /\[(?=\s{0,9}(?:skip|no|ci|cd|actions)[\s_-])|\*(?=\*\*NO_CI)/giu;

/** A trailer of our own, which stepgate would read in the message. */
const OWN_TRAILER = /^((?:[*-]\s)?stepgate-[\w-]{1,60})(?=\s?:)/iu;

/**
 * A foreign text, such as a reason or the subject of another commit, as one line of a commit message. It notifies nobody, closes no
 * issue, leaves no workflow out, and is no trailer of stepgate; a zero-width space breaks what would.
 */
export function commitLine(text: string): string {
  return text
    .replace(/\s+/gu, ' ')
    .replace(INVISIBLE, '')
    .trim()
    .replace(MENTION, `@${BREAK}`)
    .replace(CLOSING, `$1$2${BREAK}`)
    .replace(SKIPPING, (sign) => `${sign}${BREAK}`)
    .replace(OWN_TRAILER, `$1${BREAK}`);
}
