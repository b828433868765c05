import { type Cluster, ClusterError, type Kind, type KubeObject, type PageQuery } from '../../release/ports.ts';

/** Size of the first page. It shows how large the objects are and how many there are, before many are requested. */
const FIRST_PAGE = 100;
const LARGEST_PAGE = 1000;
/** Wanted size of a page as JSON: a quarter of what the client accepts, because the next page may have larger objects. */
const PAGE_BYTES = 8 * 1024 * 1024;
/** How often a list is tried when the server drops its pages (410) before the last one was read. */
const TRIES = 3;

export interface WideList {
  readonly kind: Kind;
  /** Null for all namespaces. */
  readonly namespace: string | null;
  readonly labelSelector?: string;
  /** The size of every page, where one object may be a thousand times as large as the one before. */
  readonly page?: number;
  /** The list is given up when there are more objects. */
  readonly most: number;
  slim(object: KubeObject): KubeObject;
}

export interface Collected {
  readonly items: readonly KubeObject[];
  readonly since: string;
}

/** Every object of a kind at one moment; null when there are more than `most`. */
export async function collect(cluster: Cluster, wide: WideList, signal: AbortSignal): Promise<Collected | null> {
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
  { kind, namespace, labelSelector, page: fixed, most, slim }: WideList,
  signal: AbortSignal,
): Promise<Collected | null> {
  const items: KubeObject[] = [];
  const selected = labelSelector === undefined ? {} : { labelSelector };
  let query: PageQuery = { kind, namespace, ...selected, limit: fixed ?? FIRST_PAGE };
  for (;;) {
    const page = await cluster.list(query, signal);
    for (const item of page.items) items.push(slim(item));
    if (items.length + (page.remaining ?? 0) > most) return null;
    if (page.continue === undefined) return { items, since: page.resourceVersion };
    query = { ...query, limit: fixed ?? pageSize(page.items), continue: page.continue };
  }
}

function pageSize(items: readonly KubeObject[]): number {
  const some = items.filter((_, index) => index % 5 === 0);
  const bytes = some.reduce((sum, item) => sum + JSON.stringify(item).length, 0) / Math.max(1, some.length);
  return Math.max(1, Math.min(LARGEST_PAGE, Math.floor(PAGE_BYTES / Math.max(1, bytes))));
}
