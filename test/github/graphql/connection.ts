import { GitHubError } from '../state/github-error.ts';

export interface PageArguments {
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
  readonly before?: string | null;
}

const LARGEST = 100;

/** One page of a connection. As on GitHub, `first` or `last` is required, and at most 100. */
export function connection<Item>(
  name: string,
  items: readonly Item[],
  { first = null, last = null, after = null, before = null }: PageArguments,
  node: (item: Item) => unknown,
) {
  if (first === null && last === null) {
    const message = `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`;
    throw new GitHubError(422, message, { type: 'MISSING_PAGINATION_BOUNDARIES' });
  }
  for (const [bound, value] of Object.entries({ first, last })) {
    if (value === null || (value >= 0 && value <= LARGEST)) continue;
    const message = `Requesting ${value} records on the \`${name}\` connection exceeds the \`${bound}\` limit of ${LARGEST} records.`;
    throw new GitHubError(422, message, { type: 'EXCESSIVE_PAGINATION' });
  }
  const from = after === null ? 0 : positionOf(after);
  const to = before === null ? items.length : positionOf(before) - 1;
  const end = first === null ? to : Math.min(to, from + first);
  const start = last === null ? from : Math.max(from, end - last);
  const shown = items.slice(start, end);
  return {
    totalCount: items.length,
    nodes: shown.map(node),
    edges: shown.map((item, at) => ({ cursor: cursorOf(start + at + 1), node: node(item) })),
    pageInfo: {
      startCursor: shown.length === 0 ? null : cursorOf(start + 1),
      endCursor: shown.length === 0 ? null : cursorOf(start + shown.length),
      hasNextPage: end < items.length,
      hasPreviousPage: start > 0,
    },
  };
}

function cursorOf(position: number): string {
  return Buffer.from(`cursor:v2:${position}`).toString('base64');
}

function positionOf(cursor: string): number {
  const [, position] = /^cursor:v2:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString()) ?? [];
  if (position === undefined) {
    throw new GitHubError(422, `\`${cursor}\` does not appear to be a valid cursor.`, {
      type: 'INVALID_CURSOR_ARGUMENTS',
    });
  }
  return Number(position);
}
