import { columns } from './lines.ts';

/** A terminal's window, in columns and rows of characters. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The control sequence that erases these lines, the last of the window, and puts the cursor where the first began. */
export function wipe(lines: readonly string[], size: Size): string {
  const rows = Math.min(rowsOf(lines, size), size.rows - 1);
  return `${rows > 0 ? `\u001b[${rows}A` : ''}\r\u001b[J`;
}

/**
 * The first lines that fit in a window, with a line that counts the others. The last row is the cursor's. Lines that have left
 * the window cannot be drawn over.
 */
export function fitting(lines: readonly string[], size: Size): readonly string[] {
  const room = size.rows - 1;
  if (rowsOf(lines, size) <= room) return lines;
  const kept: string[] = [];
  for (const line of lines) {
    if (rowsOf([...kept, line, note(lines.length)], size) > room) break;
    kept.push(line);
  }
  return [...kept, note(lines.length - kept.length)];
}

function note(count: number): string {
  return `... ${count} more ${count === 1 ? 'line' : 'lines'}`;
}

/** The rows that lines take in a window; a long line takes several. */
function rowsOf(lines: readonly string[], { columns: width }: Size): number {
  return lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(columns(visible(line)) / Math.max(1, width))), 0);
}

/** A line without its colours. */
function visible(line: string): string {
  return line.replace(/\u001b\[[0-9;]*m/gu, '');
}
