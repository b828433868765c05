import { at, isObject, type JsonObject, listAt, numberAt, stringAt } from '../../release/json.ts';
import type { Client } from './client.ts';
import type { Operation } from './operations.ts';

type Path = readonly (string | number)[];

/** The nodes of one page of a list in GraphQL. Those that the token may not see are null there, and left out. */
export function nodesAt(value: unknown, ...path: Path): readonly JsonObject[] {
  return listAt(value, ...path, 'nodes').filter(isObject);
}

/** Where the next page of a list begins; null on its last page. */
export function nextAt(value: unknown, ...path: Path): string | null {
  if (at(value, ...path, 'pageInfo', 'hasNextPage') !== true) return null;
  return stringAt(value, ...path, 'pageInfo', 'endCursor');
}

/** A query for many things of the repository, each by a name of its own. */
export function ofRepository(asked: readonly string[], fragments: string): string {
  return `query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) {\n${asked.join('\n')}\n} }\n${fragments}`;
}

/** Splits a list into lists of at most `size` items, in the same order. */
export function batches<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

/** The fields of a page that are asked for beside its nodes. */
export const PAGE_INFO = 'totalCount pageInfo { hasNextPage endCursor }';

/**
 * All nodes of a list in GraphQL. `page` reads the page that begins after a place, or the first one. Throws ForgeError
 * `tooMuch` for a list of more than `most`, before its second page.
 */
export async function allNodes(
  { client, operation, most }: { readonly client: Client; readonly operation: Operation; readonly most: number },
  page: (after: string | null) => Promise<JsonObject>,
): Promise<readonly JsonObject[]> {
  const found: JsonObject[] = [];
  const seen = new Set<string>();
  for (let after: string | null = null; ; ) {
    const here: JsonObject = await page(after);
    const nodes = listAt(here, 'nodes');
    found.push(...nodes.filter(isObject));
    const total = Math.max(numberAt(here, 'totalCount') ?? 0, found.length);
    if (total > most) throw client.failed(operation, 'tooMuch', `there are ${total}, and at most ${most} are read`);
    after = nextAt(here);
    if (after === null) return found;
    // Pages without nodes, or the same ones again, would go on for ever.
    if (seen.has(after) || nodes.length === 0) throw client.failed(operation, 'away', 'its pages have no end');
    seen.add(after);
  }
}
