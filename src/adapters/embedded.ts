import { isObject, stringAt } from '../release/json.ts';
import {
  type Cluster,
  ClusterError,
  type Kind,
  KindMissing,
  type KubeObject,
  type ListQuery,
  type WatchEvent,
} from '../release/ports.ts';
import { Refusal } from '../simulator/api/answers.ts';
import type { Api } from '../simulator/api/api.ts';
import { clean } from '../simulator/api/json.ts';
import { type KindInfo, kindFor } from '../simulator/api/kinds.ts';
import { createPages } from '../simulator/api/pages.ts';
import { fieldSelector, labelSelector } from '../simulator/api/selectors.ts';
import type { Change } from '../simulator/api/store.ts';
import type { Thing } from '../simulator/api/things.ts';
import type { Timeline } from '../simulator/time.ts';
import { logOf } from '../simulator/workloads/logs.ts';
import { statusError } from './kubernetes/status.ts';

export interface EmbeddedOptions {
  readonly api: Api;
  /** The clock of the cluster. Without it, `now()` of the cluster is null. */
  readonly timeline?: Pick<Timeline, 'now'>;
  /** The user name in a SelfSubjectReview; `admin` by default. */
  readonly user?: string;
  /** Called when a watch has an event. */
  readonly noticed?: () => void;
}

/** The embedded cluster in this process, without a socket. Returned objects are not copied and must not be changed. */
export function embeddedCluster(options: EmbeddedOptions): Cluster {
  const { api, timeline, user = 'admin' } = options;
  const pages = createPages(api.store);
  return {
    title: 'the embedded cluster',

    async get(ref) {
      const found = api.get(served(api, ref.kind).id, ref.namespace ?? '', ref.name);
      return found === undefined ? null : object(found);
    },

    async list(query) {
      const { labelSelector: labels, fieldSelector: fields, namespace, limit = null } = query;
      const wanted = labels === undefined && fields === undefined ? null : selected(query);
      const asked = { kind: served(api, query.kind).id, namespace, wanted, limit, from: query.continue ?? null };
      const { items, version, next, remaining } = answered(() => pages.page(asked));
      return {
        items: items.map(object),
        resourceVersion: String(version),
        ...(next === null ? {} : { continue: next }),
        ...(remaining === null ? {} : { remaining }),
      };
    },

    async apply(given, { manager, force, dryRun }) {
      const [apiVersion, kind] = [stringAt(given, 'apiVersion') ?? '', stringAt(given, 'kind') ?? ''];
      const info = servedFor(api, { apiVersion, kind });
      if (info === null) {
        throw new ClusterError(404, 'NotFound', `the server does not serve the kind ${kind} of ${apiVersion}`);
      }
      const namespace = stringAt(given, 'metadata', 'namespace') ?? '';
      const name = stringAt(given, 'metadata', 'name') ?? '';
      const options = { manager, force, dryRun, apiVersion };
      return object(answered(() => api.apply(info.id, namespace, name, given, options).object));
    },

    async patch(ref, body, { manager, subresource, dryRun }) {
      const { id } = served(api, ref.kind);
      const options = { type: 'json', manager, subresource, dryRun } as const;
      return object(answered(() => api.patch(id, ref.namespace ?? '', ref.name, clean(body), options)));
    },

    async remove(ref, uid) {
      try {
        answered(() => api.remove(served(api, ref.kind).id, ref.namespace ?? '', ref.name, { uid }));
      } catch (error) {
        if (!(error instanceof ClusterError) || error.status !== 404) throw error;
      }
    },

    async logs({ namespace, pod, container, previous }) {
      const found = api.get('Pod', namespace, pod);
      if (found === undefined) throw new ClusterError(404, 'NotFound', `pods "${pod}" not found`);
      return answered(() => logOf(found, { container, previous }));
    },

    watch: (query, since, signal) => watch(options, query, since, signal),

    async discover(apiVersion, kind) {
      const info = servedFor(api, { apiVersion, kind });
      return info === null ? null : { apiVersion, kind, plural: info.plural, namespaced: info.namespaced };
    },

    now: () => (timeline === undefined ? null : new Date(timeline.now())),
    user: async () => user,
    // It knows no roles.
    may: async () => true,
  };
}

function servedFor(api: Api, { apiVersion, kind }: Pick<Kind, 'apiVersion' | 'kind'>): KindInfo | null {
  const info = kindFor(apiVersion, kind);
  return info === undefined || !api.serves(info.id) ? null : info;
}

function served(api: Api, kind: Kind): KindInfo {
  const info = servedFor(api, kind);
  if (info === null) throw new KindMissing(kind);
  return info;
}

function answered<T>(ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (error instanceof Refusal) throw statusError(error.code, error.status);
    throw error;
  }
}

function object(thing: Thing): KubeObject {
  if (!isObject(thing)) throw new Error('a stored object that is none');
  return thing;
}

function selected({ labelSelector: labels = '', fieldSelector: fields = '' }: ListQuery): (thing: Thing) => boolean {
  const tests = [labelSelector(labels), fieldSelector(fields)];
  return (thing) => tests.every((test) => test(thing));
}

/** The changes after a version, in order; a new list when the server has dropped that version (410). */
async function* watch(
  { api, noticed = () => {} }: EmbeddedOptions,
  query: ListQuery,
  since: string,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent, void, undefined> {
  const { id } = served(api, query.kind);
  const wanted = selected(query);
  const queue: WatchEvent[] = [];
  let wake = () => {};
  const take = (change: Change) => {
    if (change.kind !== id || (query.namespace !== null && change.object.metadata.namespace !== query.namespace))
      return;
    const event = eventOf(change, wanted);
    if (event === null) return;
    queue.push(event);
    noticed();
    wake();
  };
  const ended = () => wake();
  try {
    for (const change of api.store.since(Number(since), id)) take(change);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const items = api.store.list(id, query.namespace).filter(wanted).map(object);
    queue.push({ type: 'reset', items, resourceVersion: String(api.store.version) });
  }
  const unlisten = api.store.listen(take);
  signal.addEventListener('abort', ended, { once: true });
  try {
    while (!signal.aborted) {
      for (let event = queue.shift(); event !== undefined && !signal.aborted; event = queue.shift()) yield event;
      if (queue.length > 0 || signal.aborted) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    unlisten();
    signal.removeEventListener('abort', ended);
  }
}

/** A change as a watch with a selector sees it; null when the watch does not see it. */
function eventOf({ type, object: now, old }: Change, wanted: (thing: Thing) => boolean): WatchEvent | null {
  const is = type !== 'DELETED' && wanted(now);
  const was = old !== undefined && wanted(old);
  if (!is && !was) return null;
  return { type: !is ? 'deleted' : was ? 'modified' : 'added', object: object(now) };
}
