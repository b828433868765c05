/** A terminal's window of so many columns and rows, as far as pictures are drawn on it, with what has left it at the top. */
export function terminalScreen(columns: number, rows: number) {
  const lines: string[][] = [[]];
  let [row, column] = [0, 0];
  let top = 0;

  function down(): void {
    row += 1;
    if (row === lines.length) lines.push([]);
    top = Math.max(top, row - rows + 1);
  }

  function put(sign: string): void {
    if (column === columns) {
      column = 0;
      down();
    }
    const line = lines[row] ?? [];
    while (line.length < column) line.push(' ');
    line[column] = sign;
    column += 1;
  }

  return {
    /** Takes text with the sequences that stepgate uses; any other is an error. */
    write(text: string): void {
      for (const [token] of text.matchAll(/\u001b\[[0-9;]*[A-Za-z]|[\s\S]/gu)) {
        const up = /^\u001b\[(\d+)A$/u.exec(token)?.[1];
        if (up !== undefined) row = Math.max(top, row - Number(up));
        else if (token === '\u001b[J') {
          lines.length = row + 1;
          lines[row]?.splice(column);
        } else if (token === '\r') column = 0;
        else if (token === '\n') {
          column = 0;
          down();
        } else if (/^\u001b\[[0-9;]*m$/u.test(token)) continue;
        else if (token.startsWith('\u001b')) throw new Error(`what is ${JSON.stringify(token)}?`);
        else put(token);
      }
    },
    /** Everything that can be read, from the first line that was ever written. */
    text: () => lines.map((line) => line.join('').trimEnd()).join('\n'),
  };
}
