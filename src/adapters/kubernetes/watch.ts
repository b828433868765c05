import { isObject, numberAt, stringAt } from '../../release/json.ts';
import { ClusterError, type Listed, type WatchEvent } from '../../release/ports.ts';
import type { Endpoint } from './auth.ts';
import { type Connection, type Opened, pause } from './http.ts';
import { parsed, statusError } from './status.ts';
import { isPassing, nonsense, Slow, unreachable } from './trouble.ts';
import { pauseBefore, type Tuning } from './tuning.ts';

export interface WatchOptions {
  readonly connection: Connection;
  readonly endpoint: Endpoint;
  readonly tuning: Tuning;
  /** Path and query of the watch that begins after a resourceVersion. */
  readonly path: (resourceVersion: string) => string;
  /** The same objects by a fresh list, for when the server no longer knows that version. */
  readonly list: (signal: AbortSignal) => Promise<Listed>;
  readonly since: string;
  readonly signal: AbortSignal;
}

/**
 * Every change after `since`, in order, each once. Dropped connections are resumed after the last event or bookmark
 * seen; where the server has forgotten that version there is a fresh list and a `reset`. Ends quietly on abort; throws
 * what trying again cannot mend, and CLUSTER_UNREACHABLE when the server stays away for longer than its patience.
 */
export async function* watch(options: WatchOptions): AsyncGenerator<WatchEvent, void, undefined> {
  const { connection, endpoint, tuning, signal } = options;
  /** Null: the server has forgotten our version, a fresh list is needed. */
  let version: string | null = options.since;
  /** Turns in a row that brought nothing. */
  let empty = 0;
  /** Since when the server does not take the watch at all. */
  let troubleSince: number | null = null;
  let renewed = false;
  while (!signal.aborted) {
    const began = Date.now();
    try {
      if (version === null) {
        const fresh: Listed = await options.list(signal);
        version = fresh.resourceVersion;
        yield { type: 'reset', items: fresh.items, resourceVersion: version };
        if (signal.aborted) return;
      }
      const opened = await connection.open(options.path(version), signal);
      troubleSince = null;
      renewed = false;
      try {
        for await (const line of lines(opened, endpoint, tuning)) {
          const news = read(line, endpoint);
          version = news.version;
          empty = 0;
          if (news.event !== null) yield news.event;
          if (signal.aborted) return;
        }
      } finally {
        opened.stop(new Error('the watch was closed'));
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ClusterError && error.status === 401 && !renewed && endpoint.renew()) {
        renewed = true;
        continue;
      }
      const gone = error instanceof ClusterError && error.status === 410;
      if (gone) version = null;
      if (!gone && !isPassing(error)) throw unreachable(endpoint, error);
      troubleSince ??= Date.now();
      if (Date.now() - troubleSince > tuning.watchPatienceMs) throw unreachable(endpoint, error);
    }
    // A watch that lasted is resumed at once; one that keeps ending must not spin.
    empty = Date.now() - began > tuning.pauseCapMs ? 1 : empty + 1;
    if (empty > 1) await pause(pauseBefore(empty - 1, tuning), signal).catch((error) => quiet(error, signal));
  }
}

/** Nothing when the wait was ended by the signal: the loop sees that itself. */
function quiet(error: unknown, signal: AbortSignal): void {
  if (!signal.aborted) throw error;
}

interface News {
  readonly version: string;
  readonly event: WatchEvent | null;
}

const types = { ADDED: 'added', MODIFIED: 'modified', DELETED: 'deleted' } as const;

function read(line: string, endpoint: Endpoint): News {
  const found = parsed(line);
  const type = stringAt(found, 'type');
  const object = isObject(found) ? found['object'] : undefined;
  if (type === 'ERROR') throw statusError(numberAt(object, 'code') ?? 500, object);
  const version = stringAt(object, 'metadata', 'resourceVersion');
  if (isObject(object) && version !== null && version !== '') {
    if (type === 'BOOKMARK') return { version, event: null };
    if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') {
      return { version, event: { type: types[type], object } };
    }
  }
  throw nonsense(endpoint.title, 'a line of a watch that is no watch event');
}

/**
 * The body's lines as they come. Split by bytes, so that a character cut in two between chunks is whole again; what
 * stands behind the last line break when the body ends is half an event, and left to the next connection.
 */
async function* lines(opened: Opened, endpoint: Endpoint, tuning: Tuning): AsyncGenerator<string, void, undefined> {
  const silence = () => opened.stop(new Slow(tuning.watchIdleMs));
  const timer = setTimeout(silence, tuning.watchIdleMs);
  let pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of opened.response) {
      timer.refresh();
      let rest: Buffer = chunk;
      for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
        pieces.push(rest.subarray(0, end));
        const line = Buffer.concat(pieces).toString('utf8').trim();
        pieces = [];
        size = 0;
        rest = rest.subarray(end + 1);
        if (line !== '') yield line;
        timer.refresh();
      }
      pieces.push(rest);
      size += rest.length;
      if (size > tuning.lineBytes)
        throw nonsense(endpoint.title, `a watch event of more than ${tuning.lineBytes} bytes`);
    }
  } catch (error) {
    throw opened.why() ?? error;
  } finally {
    clearTimeout(timer);
  }
  const why = opened.why();
  if (why !== undefined) throw why;
}
