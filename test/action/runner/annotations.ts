import path from 'node:path';

export type Level = 'error' | 'warning' | 'notice';

/** Where an annotation points; null for what was not said. Lines and columns from 1. */
export interface Place {
  readonly title: string | null;
  /** Relative to the workspace where it is in there. */
  readonly file: string | null;
  readonly line: number | null;
  readonly endLine: number | null;
  readonly column: number | null;
  readonly endColumn: number | null;
}

export const nowhere: Place = { title: null, file: null, line: null, endLine: null, column: null, endColumn: null };

export interface Annotation extends Place {
  readonly level: Level;
  readonly message: string;
  /** Whether a command of the action made it, or the runner about the action. */
  readonly by: 'action' | 'runner';
}

/**
 * The place in a command's properties (Runner.Worker/ActionCommandManager repairs it, RSWebApi/IssueExtensions reads it):
 * an end alone is a start too, columns go without a line or across lines, an end before its start takes the pair along.
 */
export function placeIn(properties: Readonly<Record<string, string>>, workspace: string): Place {
  const { title, file, line, endline, col, endcolumn } = properties;
  const lines = pair(integer(line), integer(endline));
  const columns = pair(integer(col), integer(endcolumn));
  const acrossLines = lines.end !== null && lines.start !== lines.end;
  const noColumns = lines.start === null || acrossLines || columns.backwards;
  return {
    title: title ?? null,
    file: file === undefined || file.trim() === '' ? null : inside(file, workspace),
    line: lines.backwards ? null : lines.start,
    endLine: lines.backwards ? null : lines.end,
    column: noColumns ? null : columns.start,
    endColumn: noColumns ? null : columns.end,
  };
}

function pair(start: number | null, end: number | null) {
  return { start: start ?? end, end, backwards: start !== null && end !== null && end < start };
}

function integer(text: string | undefined): number | null {
  return text !== undefined && /^\s*[-+]?\d+\s*$/u.test(text) ? Number(text) : null;
}

function inside(file: string, workspace: string): string {
  const root = workspace.endsWith(path.sep) ? workspace : workspace + path.sep;
  return file.startsWith(root) ? file.slice(root.length) : file;
}
