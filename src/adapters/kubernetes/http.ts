import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StepgateError } from '../../release/error.ts';
import { isObject, type JsonObject } from '../../release/json.ts';
import type { ClusterError } from '../../release/ports.ts';
import type { Credentials, Endpoint } from './auth.ts';
import type { ServerClock } from './server-clock.ts';
import { clusterError, parsed } from './status.ts';
import {
  isPassing,
  isSilence,
  nonsense,
  notAnApi,
  Slow,
  TooLong,
  Unconnected,
  unreachable,
  wasNeverSent,
} from './trouble.ts';
import { pauseBefore, type Tuning } from './tuning.ts';
import { agentFor } from './tunnel.ts';

export interface Request {
  readonly method: 'GET' | 'PATCH' | 'POST' | 'DELETE';
  /** Path and query, relative to the server's address. */
  readonly path: string;
  readonly contentType?: string;
  /** Media types of the answer; JSON where it is left out. */
  readonly accept?: string;
  readonly body?: unknown;
  /** Whether it may be sent twice: reads, reviews and dry-runs. */
  readonly repeatable: boolean;
}

/** Counters of a connection, for benchmarks. */
export interface Stats {
  readonly requests: number;
  readonly connections: number;
}

/** An answer whose body is not read yet. */
export interface Opened {
  readonly response: IncomingMessage;
  /** The credentials that it was sent with, for `renew` of the endpoint. */
  readonly credentials: Credentials;
  /** Ends it now; the reader of the body gets `reason`. */
  readonly stop: (reason: unknown) => void;
  /** Why it was stopped, or undefined. */
  readonly why: () => unknown;
}

/** One API server over a few kept-alive sockets. An answer that is not 2xx throws ClusterError, a network error StepgateError. */
export interface Connection extends AsyncDisposable {
  readonly stats: Stats;
  /** The server's clock, estimated from its answers. */
  now(): Date | null;
  /** The JSON object of the answer. Retries when that is safe. */
  ask(request: Request, signal: AbortSignal): Promise<JsonObject>;
  /** The body of the answer to a GET as text, for a body that is not JSON. Retries when that is safe. */
  read(path: string, signal: AbortSignal): Promise<string>;
  /**
   * One try of a GET whose body the caller reads, and a second one with a fresh credential. The time limit covers only the head of
   * the answer.
   */
  open(path: string, signal: AbortSignal): Promise<Opened>;
}

export function openConnection(endpoint: Endpoint, tuning: Tuning, clock: ServerClock): Connection {
  const { secure, proxy } = endpoint;
  const { connectMs } = tuning;
  const transport = secure ? https : http;
  const life = new AbortController();
  const stats = { requests: 0, connections: 0 };
  const known = new WeakSet<Socket>();
  let answered = false;
  // Watches have a separate agent, so that they don't use the few sockets of requests.
  const agents = {
    ask: agentFor({
      secure,
      proxy,
      connectMs,
      agent: { keepAlive: true, maxSockets: tuning.sockets, timeout: tuning.socketIdleMs },
    }),
    open: agentFor({ secure, proxy, connectMs, agent: { keepAlive: true, timeout: tuning.socketIdleMs } }),
  };

  async function send(request: Request, agent: http.Agent, signal: AbortSignal): Promise<Opened> {
    const credentials = await endpoint.credentials(signal);
    const { headers, tls } = credentials;
    signal.throwIfAborted();
    const body = request.body === undefined ? null : Buffer.from(JSON.stringify(request.body));
    const begun = clock.elapsed();
    return new Promise((resolve, reject) => {
      const outgoing = transport.request({
        ...tls,
        agent,
        host: endpoint.host,
        port: endpoint.port,
        method: request.method,
        path: endpoint.basePath + request.path,
        headers: {
          ...headers,
          accept: request.accept ?? 'application/json',
          'user-agent': 'stepgate',
          ...(request.contentType === undefined ? {} : { 'content-type': request.contentType }),
          ...(body === null ? {} : { 'content-length': body.length }),
        },
      });
      stats.requests += 1;
      let reason: unknown;
      const stop = (given: unknown) => {
        reason ??= given;
        finish();
        outgoing.destroy();
        // A request that waits for a socket emits no event when it is destroyed.
        reject(reason);
      };
      const onAbort = () => stop(signal.reason);
      const onEnd = () => stop(new Error('the connection was closed'));
      const timer = setTimeout(() => stop(new Slow(tuning.requestMs)), tuning.requestMs);
      let connecting: NodeJS.Timeout | undefined;
      const finish = () => {
        clearTimeout(timer);
        clearTimeout(connecting);
        signal.removeEventListener('abort', onAbort);
        life.signal.removeEventListener('abort', onEnd);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      life.signal.addEventListener('abort', onEnd, { once: true });
      outgoing.on('socket', (socket) => {
        if (known.has(socket)) return;
        known.add(socket);
        stats.connections += 1;
        if (!secure && !socket.connecting) return;
        connecting = setTimeout(() => stop(new Unconnected(connectMs)), connectMs);
        socket.once(secure ? 'secureConnect' : 'connect', () => clearTimeout(connecting));
      });
      outgoing.on('response', (response) => {
        answered = true;
        clock.hear(response.headersDistinct['date'], begun);
        // Only a watch continues after its head; its reader has its own timeout.
        if (agent === agents.open && response.statusCode === 200) clearTimeout(timer);
        resolve({ response, credentials, stop, why: () => reason });
      });
      // Without a listener Node hangs up at 101, and emits neither a response nor an error: the process would end in silence.
      outgoing.on('upgrade', (_, socket) => {
        socket.destroy();
        stop(nonsense(endpoint, 'it answered 101, another protocol'));
      });
      outgoing.on('error', (error) => {
        finish();
        reject(reason ?? error);
      });
      outgoing.on('close', () => {
        finish();
        reject(reason ?? brokenOff());
      });
      outgoing.end(body);
    });
  }

  async function once(request: Request, signal: AbortSignal): Promise<Answer> {
    const opened = await send(request, agents.ask, signal);
    const text = (await bodyOf(opened, tuning.answerBytes)).toString('utf8');
    const { statusCode = 0, headers } = opened.response;
    return {
      status: statusCode,
      retryAfter: headers['retry-after'],
      strange: notAnApi(opened.response, text, endpoint),
      text,
      credentials: opened.credentials,
    };
  }

  async function answerTo(request: Request, signal: AbortSignal): Promise<string> {
    let renewed = false;
    for (let attempt = 1; ; attempt += 1) {
      let last = attempt >= tuning.attempts;
      let answer: Answer;
      try {
        answer = await once(request, signal);
      } catch (error) {
        signal.throwIfAborted();
        last ||= !answered && isSilence(error) && attempt >= tuning.firstAttempts;
        if (last || life.signal.aborted || !mayRepeat(request, error))
          throw unreachable(endpoint, error, !request.repeatable);
        await pause(pauseBefore(attempt, tuning), signal);
        continue;
      }
      if (answer.status >= 200 && answer.status < 300) {
        if (answer.strange !== null) throw answer.strange;
        return answer.text;
      }
      if (answer.status === 401 && !renewed && endpoint.renew(answer.credentials)) {
        // The server refused it unread, so a retry is safe for writes too.
        renewed = true;
        attempt -= 1;
        continue;
      }
      const busy = answer.status === 429 || (request.repeatable && answer.status >= 500);
      if (last || !busy) throw answer.strange ?? refusalIn(answer, endpoint, renewed);
      await pause(
        retryAfter(answer.retryAfter, tuning, clock.now()?.getTime()) ?? pauseBefore(attempt, tuning),
        signal,
      );
    }
  }

  return {
    stats,
    now: clock.now,
    ask: async (request, signal) => objectIn(await answerTo(request, signal), endpoint),
    read: (path, signal) =>
      answerTo({ method: 'GET', path, repeatable: true, accept: 'application/json, */*' }, signal),
    async open(path, signal) {
      for (let renewed = false; ; renewed = true) {
        const opened = await send({ method: 'GET', path, repeatable: true }, agents.open, signal);
        const { statusCode = 0 } = opened.response;
        if (statusCode === 200) return opened;
        const text = (await bodyOf(opened, tuning.answerBytes)).toString('utf8');
        if (statusCode === 401 && !renewed && endpoint.renew(opened.credentials)) continue;
        const answer = { status: statusCode, text, credentials: opened.credentials };
        throw notAnApi(opened.response, text, endpoint) ?? refusalIn(answer, endpoint, renewed);
      }
    },
    async [Symbol.asyncDispose]() {
      life.abort();
      agents.ask.destroy();
      agents.open.destroy();
    },
  };
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The error for what no API server answers; null for the rest. */
  readonly strange: StepgateError | null;
  readonly text: string;
  readonly credentials: Credentials;
}

/** The error for an answer that is not 2xx. */
function refusalIn(
  { status, text, credentials }: Pick<Answer, 'status' | 'text' | 'credentials'>,
  endpoint: Endpoint,
  renewed: boolean,
): ClusterError {
  return clusterError(status, text, { renewed, refused: () => endpoint.refused(credentials) });
}

/** The error that Node itself raises when a connection closes before the response is complete (ECONNRESET). */
function brokenOff(): Error {
  return Object.assign(new Error('the connection broke off before an answer'), { code: 'ECONNRESET' });
}

async function bodyOf(opened: Opened, cap: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of opened.response) {
      const part: Buffer = chunk;
      size += part.length;
      if (size > cap) {
        opened.stop(new TooLong(`the answer is longer than ${cap} bytes`));
        break;
      }
      chunks.push(part);
    }
  } catch (error) {
    throw opened.why() ?? error;
  }
  const why = opened.why();
  if (why !== undefined) throw why;
  return Buffer.concat(chunks, size);
}

function objectIn(text: string, endpoint: Endpoint): JsonObject {
  const value = parsed(text);
  if (isObject(value)) return value;
  throw nonsense(endpoint, 'something that is not a JSON object');
}

/** Waits; rejects with the reason of the signal when it aborts. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** A Retry-After header (seconds or a date) in milliseconds; null when there is none. */
export function retryAfter(header: string | undefined, tuning: Tuning, now = Date.now()): number | null {
  if (header === undefined || header.trim() === '') return null;
  const asked = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  if (Number.isNaN(asked)) return null;
  return Math.min(Math.max(asked, 0), tuning.retryAfterCapMs);
}

function mayRepeat(request: Request, error: unknown): boolean {
  return isPassing(error) && (request.repeatable || wasNeverSent(error));
}
