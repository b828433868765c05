import { Refusal } from './answers.ts';
import type { Store } from './store.ts';
import type { Thing } from './things.ts';

export interface PageQuery {
  readonly kind: string;
  readonly namespace: string | null;
  /** The filter of the selectors; null without selectors. */
  readonly wanted: ((thing: Thing) => boolean) | null;
  /** The page size; null: one answer has everything. */
  readonly limit: number | null;
  /** `continue` of the previous page; null for the first. */
  readonly from: string | null;
}

export interface Page {
  readonly items: readonly Thing[];
  /** The version of the first page; all pages show the objects at that version. */
  readonly version: number;
  /** Null after the last page. */
  readonly next: string | null;
  /** The number of objects after this page; null with selectors, because the real server does not count them. */
  readonly remaining: number | null;
}

/** Lists in pages, in the order of namespace and name. */
export interface Pages {
  /** Throws 410 (Expired) for a continue whose version was dropped, 400 for an invalid one. */
  page(query: PageQuery): Page;
}

interface Begun {
  readonly id: number;
  readonly kind: string;
  readonly version: number;
  readonly counted: boolean;
  readonly items: readonly Thing[];
}

/** Maximum number of unfinished lists; older ones expire. */
const KEPT = 64;

export function createPages(store: Store): Pages {
  let begun: readonly Begun[] = [];
  let ids = 0;

  function first({ kind, namespace, wanted }: PageQuery): Begun {
    const all = store.list(kind, namespace);
    const items = (wanted === null ? [...all] : all.filter(wanted)).sort(byPlace);
    ids += 1;
    return { id: ids, kind, version: store.version, counted: wanted === null, items };
  }

  function found(token: string, kind: string): { readonly list: Begun; readonly at: number } {
    const [, id, at] = /^(\d+)\.(\d+)$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
    if (id === undefined || at === undefined) throw new Refusal(400, 'BadRequest', 'continue key is not valid');
    const list = begun.find((one) => one.id === Number(id) && one.kind === kind);
    if (list === undefined) throw expired();
    try {
      store.since(list.version, kind);
    } catch (error) {
      throw error instanceof Refusal ? expired() : error;
    }
    return { list, at: Number(at) };
  }

  return {
    page(query) {
      const { list, at } = query.from === null ? { list: first(query), at: 0 } : found(query.from, query.kind);
      const end = query.limit === null || query.limit <= 0 ? list.items.length : at + query.limit;
      const { version } = list;
      if (end >= list.items.length) return { items: list.items.slice(at), version, next: null, remaining: null };
      if (at === 0) begun = [...begun.slice(1 - KEPT), list];
      const next = Buffer.from(`${list.id}.${end}`).toString('base64url');
      return {
        items: list.items.slice(at, end),
        version,
        next,
        remaining: list.counted ? list.items.length - end : null,
      };
    },
  };
}

function byPlace(left: Thing, right: Thing): number {
  const [one, two] = [left, right].map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
  return (one ?? '') < (two ?? '') ? -1 : 1;
}

function expired(): Refusal {
  return new Refusal(
    410,
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
  );
}
