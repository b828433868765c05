/** A pkt-line of git's protocol: four hex digits of length, then the content. */
export function pktLine(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
}

/** The flush packet, which ends a list. */
export const FLUSH = Buffer.from('0000');

/** The pkt-lines before the first flush, and the bytes after it. */
export function readLines(bytes: Buffer): { readonly lines: readonly string[]; readonly rest: Buffer } {
  const lines: string[] = [];
  let at = 0;
  while (at + 4 <= bytes.length) {
    const length = Number.parseInt(bytes.toString('latin1', at, at + 4), 16);
    if (Number.isNaN(length) || (length > 0 && length < 4)) throw new Error('this is not a pkt-line');
    if (length === 0) return { lines, rest: bytes.subarray(at + 4) };
    lines.push(bytes.toString('utf8', at + 4, at + length));
    at += length;
  }
  return { lines, rest: Buffer.alloc(0) };
}

/** Content on a band of git's side-band protocol: 1 is data, 2 is text that git prints after `remote: `. */
export function sideBand(band: 1 | 2, content: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < content.length; at += 65_515) {
    parts.push(pktLine(Buffer.concat([Buffer.from([band]), content.subarray(at, at + 65_515)])));
  }
  return Buffer.concat(parts);
}
