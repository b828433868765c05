import { type Cluster, ClusterError, type ListQuery, type PageQuery } from '../../src/release/ports.ts';

/** What was asked of a cluster: `list rollouts`, `list pods in team-1`, `list pods in team-1 by app=x`, `watch ...`, `patch rollouts/status`. */
export interface Doorman {
  readonly cluster: Cluster;
  readonly asked: readonly string[];
  readonly lists: readonly string[];
  readonly watches: readonly string[];
  /** How many watches are open, and were at most. */
  readonly open: { readonly now: number; readonly most: number };
}

export interface Rules {
  /** The status that a list or watch is refused with, by the words for it (a later page has ` ...` behind); null lets it through. */
  readonly refuse?: (words: string) => number | null;
  /** No page has more. */
  readonly page?: number;
  /** Takes what is asked; several doormen may share one. */
  readonly heard?: string[];
  /** After an answer to a list, and before it arrives. */
  readonly after?: (words: string) => void | Promise<void>;
}

/** Stands before a cluster, counts what is asked, and refuses what its rules refuse. */
export function doorman(inner: Cluster, { refuse = () => null, page, heard, after = () => {} }: Rules = {}): Doorman {
  const asked: string[] = heard ?? [];
  let open = 0;
  let most = 0;
  const cluster: Cluster = {
    title: inner.title,
    get(ref, signal) {
      asked.push(`get ${ref.kind.plural}`);
      return inner.get(ref, signal);
    },
    async list(query, signal) {
      const words = `list ${place(query)}${query.continue === undefined ? '' : ' ...'}`;
      asked.push(words);
      const status = refuse(words);
      if (status !== null) throw new ClusterError(status, '', `refused: ${words}`);
      const { limit } = query;
      const listed = await inner.list(
        limit === undefined || page === undefined ? query : { ...query, limit: Math.min(limit, page) },
        signal,
      );
      await after(words);
      return listed;
    },
    apply(object, options) {
      asked.push('apply');
      return inner.apply(object, options);
    },
    patch(ref, body, options) {
      asked.push(`patch ${ref.kind.plural}${options.subresource === null ? '' : `/${options.subresource}`}`);
      return inner.patch(ref, body, options);
    },
    remove(ref, uid, signal) {
      asked.push(`delete ${ref.kind.plural}`);
      return inner.remove(ref, uid, signal);
    },
    async logs(query, signal) {
      const words = `logs of ${query.container}${query.previous ? ' before' : ''} in ${query.pod}`;
      asked.push(words);
      const status = refuse(words);
      if (status !== null) throw new ClusterError(status, '', `refused: ${words}`);
      return inner.logs(query, signal);
    },
    async *watch(query, since, signal) {
      const words = `watch ${place(query)}`;
      asked.push(words);
      const status = refuse(words);
      if (status !== null) throw new ClusterError(status, '', `refused: ${words}`);
      open += 1;
      most = Math.max(most, open);
      try {
        yield* inner.watch(query, since, signal);
      } finally {
        open -= 1;
      }
    },
    discover: (apiVersion, kind, signal) => inner.discover(apiVersion, kind, signal),
    now: () => inner.now(),
    user: (signal) => inner.user(signal),
    may: (access, signal) => inner.may(access, signal),
  };
  return {
    cluster,
    asked,
    get lists() {
      return asked.filter((words) => words.startsWith('list '));
    },
    get watches() {
      return asked.filter((words) => words.startsWith('watch '));
    },
    get open() {
      return { now: open, most };
    },
  };
}

function place({ kind, namespace, labelSelector, fieldSelector }: ListQuery | PageQuery): string {
  const by = [labelSelector, fieldSelector].filter((one) => one !== undefined).join(' ');
  return `${kind.plural}${namespace === null ? '' : ` in ${namespace}`}${by === '' ? '' : ` by ${by}`}`;
}
