import { StringDecoder } from 'node:string_decoder';

/**
 * Bytes into lines as the runner's reader cuts them: at `\n`, `\r` and `\r\n` and nowhere else. (Node's readline cuts at
 * Unicode's separators too, and would show commands where the runner sees none.)
 */
export function lineReader(line: (text: string) => void): { push(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const cut = (text: string) => {
    // A carriage return at the end may be half of a line break.
    const parts = (rest + text).split(/\r\n|\n|\r(?!$)/u);
    rest = parts.pop() ?? '';
    for (const part of parts) line(part);
  };
  return {
    push: (chunk) => cut(decoder.write(chunk)),
    end() {
      cut(decoder.end());
      if (rest !== '') line(rest.replace(/\r$/u, ''));
      rest = '';
    },
  };
}
