import { type Cluster, ClusterError, type ListQuery, type PageQuery } from '../../src/release/ports.ts';

/** What was asked of a cluster: `list rollouts`, `list pods in team-1`, `list pods in team-1 by app=x`, `watch ...`, `patch rollouts/status`. */
export interface Doorman {
  readonly cluster: Cluster;
  readonly asked: readonly string[];
  readonly lists: readonly string[];
}

export interface Rules {
  /** The status that a list is refused with, by the words for it (a later page has ` ...` behind); null lets it through. */
  readonly refuse?: (words: string) => number | null;
  /** No page has more. */
  readonly page?: number;
  /** After an answer to a list. */
  readonly after?: (words: string) => void;
}

/** Stands before a cluster, counts what is asked, and refuses what its rules refuse. */
export function doorman(inner: Cluster, { refuse = () => null, page, after = () => {} }: Rules = {}): Doorman {
  const asked: string[] = [];
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
      after(words);
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
    watch(query, since, signal) {
      asked.push(`watch ${place(query)}`);
      return inner.watch(query, since, signal);
    },
    discover: (apiVersion, kind, signal) => inner.discover(apiVersion, kind, signal),
    now: () => inner.now(),
    user: (signal) => inner.user(signal),
  };
  return {
    cluster,
    asked,
    get lists() {
      return asked.filter((words) => words.startsWith('list '));
    },
  };
}

function place({ kind, namespace, labelSelector, fieldSelector }: ListQuery | PageQuery): string {
  const by = [labelSelector, fieldSelector].filter((one) => one !== undefined).join(' ');
  return `${kind.plural}${namespace === null ? '' : ` in ${namespace}`}${by === '' ? '' : ` by ${by}`}`;
}
