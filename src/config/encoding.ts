/**
 * The text of a file: UTF-16 where its byte order mark says so, as in kubectl, and UTF-8 otherwise. Where that is no text, the first
 * wrong byte becomes a lone surrogate, which no file can have, and which every reader of YAML refuses: a replacement character would be
 * written to the cluster as if somebody had meant it. {@link wrongByte} tells the byte.
 */
export function textOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  let [from, offset] = [0, 0];
  for (let at = text.indexOf(replacement); at >= 0; at = text.indexOf(replacement, at + 1)) {
    offset += new TextEncoder().encode(text.slice(from, at)).length;
    const byte = bytes[offset] ?? 0;
    const isWritten = byte === 0xef && bytes[offset + 1] === 0xbf && bytes[offset + 2] === 0xbd;
    if (!isWritten) return `${text.slice(0, at)}${String.fromCharCode(SURROGATES + byte)}${text.slice(at + 1)}`;
    offset += 3;
    from = at + 1;
  }
  return text;
}

/** The byte of a file that {@link textOf} could not read, where a character of its text stands for one; else null. */
export function wrongByte(character: string): number | null {
  const code = character.charCodeAt(0) - SURROGATES;
  return character.length === 1 && code >= 0x80 && code <= 0xff ? code : null;
}

const replacement = '\ufffd';
const SURROGATES = 0xdc00;
