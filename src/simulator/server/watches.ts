import type { ServerResponse } from 'node:http';
import { Refusal } from '../api/answers.ts';
import type { Json } from '../api/json.ts';
import { apiVersionOf } from '../api/kinds.ts';
import type { Change } from '../api/store.ts';
import type { Thing } from '../api/things.ts';
import type { Call, Fault } from '../faults.ts';
import type { World } from '../world.ts';
import { versioned, type Watching } from './asked.ts';

/** An open watch. */
export interface OpenWatch {
  readonly call: Call;
  /** Empty when there is none. */
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** The resourceVersion of the last event written; 0 before the first. */
  readonly written: number;
  /** Ends the connection like a network failure. */
  drop(): void;
}

export interface WatchRequest {
  readonly world: World;
  readonly call: Call;
  readonly watching: Watching;
  readonly fault: Fault | null;
  readonly response: ServerResponse;
  /** Real milliseconds between two bookmarks, which keep the connection of a real client alive at any virtual time. */
  readonly bookmarkMs: number;
  /** Called for each event written. */
  readonly noticed: () => void;
}

/** Begins to answer a watch; `ended` is called once, when its connection is over. */
export function openWatch(request: WatchRequest, ended: () => void): OpenWatch {
  const { world, call, watching, fault, response, noticed } = request;
  const { info, version } = watching;
  const { store } = world.api;
  let written = 0;
  let left = fault?.is === 'drop' ? fault.after : Number.POSITIVE_INFINITY;

  const line = (type: string, object: Json, then = () => {}) =>
    response.write(`${JSON.stringify({ type, object })}\n`, then);
  const drop = () => response.socket?.destroy();
  const bookmark = () =>
    line('BOOKMARK', {
      kind: info.kind,
      apiVersion: apiVersionOf(info, version),
      metadata: { resourceVersion: String(store.version), creationTimestamp: null },
    });

  function send(type: string, thing: Thing): void {
    if (left <= 0) return;
    left -= 1;
    written = Number(thing.metadata.resourceVersion);
    // The connection ends after everything that was written.
    line(type, versioned(thing, info, version), left === 0 ? drop : undefined);
    noticed();
  }

  function take(change: Change): void {
    if (change.kind !== info.id || !isIn(change.object, watching.namespace)) return;
    const event = eventOf(change, watching.wanted);
    if (event !== null) send(event.type, event.object);
  }

  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  const timers: NodeJS.Timeout[] = [];
  let unlisten = () => {};
  const backlog = backlogOf(request);
  if (backlog.is === 'gone') {
    line('ERROR', backlog.status);
    response.end();
  } else if (left === 0) {
    drop();
  } else {
    unlisten = store.listen(take);
    for (const thing of backlog.added) send('ADDED', thing);
    for (const change of backlog.changes) take(change);
    if (watching.bookmarks) timers.push(setInterval(bookmark, request.bookmarkMs));
    if (watching.seconds !== null) timers.push(setTimeout(() => response.end(), watching.seconds * 1000));
  }
  response.once('close', () => {
    unlisten();
    for (const timer of timers) clearTimeout(timer);
    ended();
  });
  return {
    call,
    labelSelector: watching.labelSelector,
    fieldSelector: watching.fieldSelector,
    get written() {
      return written;
    },
    drop,
  };
}

type Backlog =
  | { readonly is: 'known'; readonly added: readonly Thing[]; readonly changes: readonly Change[] }
  | { readonly is: 'gone'; readonly status: Json };

/** The first events of a watch. */
function backlogOf({ world, watching, fault }: WatchRequest): Backlog {
  const { store } = world.api;
  const { info, namespace, wanted, since } = watching;
  if (fault?.is === 'gone') {
    return gone(new Refusal(410, 'Expired', `too old resource version: ${since ?? 0} (${store.version})`));
  }
  if (since === null) return { is: 'known', added: store.list(info.id, namespace).filter(wanted), changes: [] };
  try {
    return { is: 'known', added: [], changes: store.since(since, info.id) };
  } catch (error) {
    if (error instanceof Refusal) return gone(error);
    throw error;
  }
}

function gone({ status }: Refusal): Backlog {
  return { is: 'gone', status };
}

function isIn(thing: Thing, namespace: string | null): boolean {
  return namespace === null || thing.metadata.namespace === namespace;
}

interface Event {
  readonly type: Change['type'];
  readonly object: Thing;
}

/** A change as a watch with a selector sees it: added, changed or deleted; null when the watch does not see it. */
function eventOf({ type, object, old }: Change, wanted: (thing: Thing) => boolean): Event | null {
  const was = old !== undefined && wanted(old);
  if (type === 'DELETED') return was ? { type, object } : null;
  if (wanted(object)) return { type: was ? 'MODIFIED' : 'ADDED', object };
  if (!was) return null;
  // The last selected state, with the version at which it is no longer selected.
  const { resourceVersion } = object.metadata;
  return { type: 'DELETED', object: { ...old, metadata: { ...old.metadata, resourceVersion } } };
}
