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
  /** Path and query of a watch from a resourceVersion. */
  readonly path: (resourceVersion: string) => string;
  /** Lists the same objects, for when the server has dropped that version. */
  readonly list: (signal: AbortSignal) => Promise<Listed>;
  readonly since: string;
  readonly signal: AbortSignal;
}

/**
 * Every change after `since`, in order, each once. A dropped connection is resumed after the last event or bookmark. When
 * the server has dropped that version, there is a new list and a `reset`. Ends without an error on abort. Throws errors for
 * which a retry does not help, and CLUSTER_UNREACHABLE when reconnecting takes too long.
 */
export async function* watch(options: WatchOptions): AsyncGenerator<WatchEvent, void, undefined> {
  const { connection, endpoint, tuning, signal } = options;
  /** Null: the server has dropped our version, so a new list is needed. */
  let version: string | null = options.since;
  /** The number of connections in a row without an event. */
  let empty = 0;
  /** Since when the server does not accept the watch. */
  let troubleSince: number | null = null;
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
      const gone = error instanceof ClusterError && error.status === 410;
      if (gone) version = null;
      if (!gone && !isPassing(error)) throw unreachable(endpoint, error);
      troubleSince ??= Date.now();
      if (Date.now() - troubleSince > tuning.watchPatienceMs) throw unreachable(endpoint, error);
    }
    // A watch that lasted is resumed at once. A watch that keeps ending is resumed after a pause.
    empty = Date.now() - began > tuning.pauseCapMs ? 1 : empty + 1;
    if (empty > 1) await pause(pauseBefore(empty - 1, tuning), signal).catch((error) => quiet(error, signal));
  }
}

/** Waits. Returns when the signal aborts, too: the loop checks the signal. */
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
  throw nonsense(endpoint, 'a line in a watch that is not a watch event');
}

/**
 * The lines of the body as they arrive. The body is split by bytes, so that a character may be divided between two chunks.
 * Text after the last line break is an incomplete event, which the next connection sends again.
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
      if (size > tuning.lineBytes) throw nonsense(endpoint, `a watch event of more than ${tuning.lineBytes} bytes`);
    }
  } catch (error) {
    throw opened.why() ?? error;
  } finally {
    clearTimeout(timer);
  }
  const why = opened.why();
  if (why !== undefined) throw why;
}
