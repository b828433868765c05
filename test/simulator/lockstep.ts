import { stringAt } from '../../src/release/json.ts';
import type { Cluster, ListQuery, WatchEvent } from '../../src/release/ports.ts';
import { kindFor } from '../../src/simulator/api/kinds.ts';
import type { EmbeddedCluster } from '../../src/simulator/cluster.ts';
import type { EmbeddedServer } from '../../src/simulator/server/serve.ts';

/**
 * A client of the embedded server in the server's own process, in step with virtual time: while anything is on its way
 * between the two, time stands; and what has come is handed on when all of it has, in an order of its own (events by their
 * versions, then answers as they were asked for). Sockets are read in an order that nobody promises.
 */
export interface Lockstep {
  /** Whether something is on its way, or not handed on yet: for the conductor. */
  busy(): boolean;
  /** The same client in step. */
  of(client: Cluster): Cluster;
}

interface Listener {
  readonly query: ListQuery;
  /** The version up to which it knows. */
  seen: number;
  readonly events: WatchEvent[];
  wake(): void;
}

interface Request {
  readonly send: () => Promise<unknown>;
  /** Null until there is an answer. */
  done: (() => void) | null;
}

export function lockstep({ api }: EmbeddedCluster, server: EmbeddedServer): Lockstep {
  const listeners = new Set<Listener>();
  const requests: Request[] = [];
  /** Watches that are being closed by the client. */
  let closing = 0;
  let sending = false;
  let polling = false;

  /** Watches of the server and of the client are the same, and have come equally far. */
  function arrived(): boolean {
    if (closing > 0 || server.watches.length !== listeners.size) return false;
    return [...listeners].every(({ query, seen }) => {
      const { labelSelector = '', fieldSelector = '', namespace, kind } = query;
      const id = kindFor(kind.apiVersion, kind.kind)?.id;
      const same = server.watches.filter(
        (watch) =>
          watch.call.kind === id &&
          watch.call.namespace === namespace &&
          watch.labelSelector === labelSelector &&
          watch.fieldSelector === fieldSelector,
      );
      return same.length > 0 && same.every(({ written }) => written <= seen);
    });
  }

  /** One request after the other, as they were asked for. */
  async function sendAll(): Promise<void> {
    if (sending) return;
    sending = true;
    for (let next = requests.find(({ done }) => done === null); next !== undefined; ) {
      await next.send();
      next = requests.find(({ done }) => done === null);
    }
    sending = false;
    handOn();
  }

  function handOn(): void {
    if (sending) return;
    if (arrived()) {
      const told = [...listeners].filter(({ events }) => events.length > 0);
      const first = ({ events }: Listener) => (events[0] === undefined ? 0 : (versionOf(events[0]) ?? 0));
      for (const listener of told.sort((one, two) => first(one) - first(two))) listener.wake();
      for (const { done } of requests.splice(0)) done?.();
    } else if (!polling) {
      // The socket's own events come between two turns of the loop.
      polling = true;
      setImmediate(() => {
        polling = false;
        handOn();
      });
    }
  }

  function inStep<T>(ask: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const request: Request = {
        done: null,
        send: () =>
          ask().then(
            (value) => {
              request.done = () => resolve(value);
            },
            (error: unknown) => {
              request.done = () => reject(error);
            },
          ),
      };
      requests.push(request);
      void sendAll();
    });
  }

  async function* watch(client: Cluster, query: ListQuery, since: string, signal: AbortSignal) {
    let wake = () => {};
    const listener: Listener = { query, seen: Number(since), events: [], wake: () => wake() };
    let failed: { readonly error: unknown } | null = null;
    let ended = false;
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const reading = (async () => {
      try {
        for await (const event of client.watch(query, since, either)) {
          listener.seen = versionOf(event) ?? api.store.version;
          listener.events.push(event);
          handOn();
        }
      } catch (error) {
        failed = { error };
      } finally {
        ended = true;
        if (!listeners.delete(listener)) closing -= 1;
        wake();
      }
    })();
    listeners.add(listener);
    const close = () => {
      if (listeners.delete(listener)) closing += 1;
    };
    either.addEventListener('abort', close, { once: true });
    try {
      for (;;) {
        if (listener.events.length === 0 && !ended) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        if (failed !== null) throw (failed as { readonly error: unknown }).error;
        if (ended) return;
        for (const event of listener.events.splice(0)) yield event;
      }
    } finally {
      stop.abort();
      await reading;
    }
  }

  return {
    busy() {
      const waiting = requests.length > 0 || !arrived() || [...listeners].some(({ events }) => events.length > 0);
      if (waiting) handOn();
      return waiting;
    },
    of: (client) => ({
      title: client.title,
      get: (ref, signal) => inStep(() => client.get(ref, signal)),
      list: (query, signal) => inStep(() => client.list(query, signal)),
      apply: (object, options) => inStep(() => client.apply(object, options)),
      patch: (ref, body, options) => inStep(() => client.patch(ref, body, options)),
      remove: (ref, uid, signal) => inStep(() => client.remove(ref, uid, signal)),
      discover: (apiVersion, kind, signal) => inStep(() => client.discover(apiVersion, kind, signal)),
      now: () => client.now(),
      user: (signal) => inStep(() => client.user(signal)),
      may: (access, signal) => inStep(() => client.may(access, signal)),
      logs: (query, signal) => inStep(() => client.logs(query, signal)),
      watch: (query, since, signal) => watch(client, query, since, signal),
    }),
  };
}

/** Null for a fresh list. */
function versionOf(event: WatchEvent): number | null {
  return event.type === 'reset' ? null : Number(stringAt(event.object, 'metadata', 'resourceVersion'));
}
