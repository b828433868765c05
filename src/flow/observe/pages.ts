import { type Cluster, ClusterError, type Kind, type KubeObject, type PageQuery } from '../../release/ports.ts';

/** The first page shows how big the objects are and how many there are, before much was asked for. Objects. */
const FIRST_PAGE = 100;
const LARGEST_PAGE = 1000;
/** What a page should come to as JSON: a quarter of what our client takes, for the next one may have larger objects. */
const PAGE_BYTES = 8 * 1024 * 1024;
/** So often a list is tried whose pages the server forgets (410) before the last has come. */
const TRIES = 3;

export interface Wide {
  readonly kind: Kind;
  /** Null: all of them. */
  readonly namespace: string | null;
  /** With more objects it isn't worth it. */
  readonly most: number;
  slim(object: KubeObject): KubeObject;
}

export interface Collected {
  readonly items: readonly KubeObject[];
  readonly since: string;
}

/** Every object of a kind, all of one moment; null where there are too many. */
export async function collect(cluster: Cluster, wide: Wide, signal: AbortSignal): Promise<Collected | null> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await walk(cluster, wide, signal);
    } catch (error) {
      if (!(error instanceof ClusterError) || error.status !== 410 || tries === TRIES) throw error;
    }
  }
}

async function walk(
  cluster: Cluster,
  { kind, namespace, most, slim }: Wide,
  signal: AbortSignal,
): Promise<Collected | null> {
  const items: KubeObject[] = [];
  let query: PageQuery = { kind, namespace, limit: FIRST_PAGE };
  for (;;) {
    const page = await cluster.list(query, signal);
    for (const item of page.items) items.push(slim(item));
    if (items.length + (page.remaining ?? 0) > most) return null;
    if (page.continue === undefined) return { items, since: page.resourceVersion };
    query = { ...query, limit: pageSize(page.items), continue: page.continue };
  }
}

function pageSize(items: readonly KubeObject[]): number {
  const some = items.filter((_, index) => index % 5 === 0);
  const bytes = some.reduce((sum, item) => sum + JSON.stringify(item).length, 0) / Math.max(1, some.length);
  return Math.max(1, Math.min(LARGEST_PAGE, Math.floor(PAGE_BYTES / Math.max(1, bytes))));
}
