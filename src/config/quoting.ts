import { type Document, visit } from 'yaml';
import { resolvePlain } from './scalar.ts';

/** How documents are printed, so that no reader has to fold or unfold a line. */
export const printOptions = { lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER } as const;

/** What a YAML reader may refuse, take for the end of a line, or leave out: it is written as an escape. */
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|\p{Surrogate}/gu;
/**
 * Texts that some reader takes for a boolean, null or a number: words, and numbers of any base, of base 60, with underscores, or without a
 * digit before `e`. Dates are not listed, because kubectl reads them as text.
 */
const word = /^(?:[yn]|yes|no|on|off|true|false|null|~|=|<<|[-+]?\.(?:inf|nan))$/i;
const number =
  /^[-+]?(?:0x[0-9a-f_]*|0b[-+01_]*|0o[0-9_]*|\.?[0-9][0-9_]*(?:\.[0-9_]*)?(?:e[-+]?[0-9_]*)?|[.0-9_]*e[-+]?[0-9]+|[0-9][0-9_]*(?::[0-9_]+)+(?:\.[0-9_]*)?)$/i;
/** Lines that every reader takes as they are in a block: text in the first one, no line of spaces alone, no empty one at the end. */
const block = /^[^ \t\r\n](?!.*\n[ \t]+(?:\n|$))(?!.*\r)(?!.*\n\n$)/s;

/** Puts every string of a document in quotes that a reader could take for something else, in YAML 1.1, in YAML 1.2 or in kubectl. */
export function quoteStrings(document: Document): void {
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && !isPlain(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
}

/** Whether YAML 1.1, YAML 1.2 and kubectl all read this text without quotes as a string. Its characters are not checked. */
export function readsAsText(text: string): boolean {
  const read = resolvePlain(text);
  return read.is === 'value' && read.value === text && !word.test(text) && !number.test(text);
}

function isPlain(text: string): boolean {
  return readsAsText(text) && text.search(unseen) === -1 && (!text.includes('\n') || block.test(text));
}

/** A printed document whose strings are quoted, with escapes for every character that is not to be seen. */
export function withEscapes(printed: string): string {
  return printed.replace(unseen, (sign) => `\\u${(sign.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
}
