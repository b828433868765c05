import { randomBytes } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '../api/answers.ts';
import type { Json } from '../api/json.ts';
import { createPages } from '../api/pages.ts';
import type { EmbeddedCluster } from '../cluster.ts';
import { answer, type Call, Cut, createFaults, type Fault, type Faults, type Verb } from '../faults.ts';
import type { Action } from './asked.ts';
import { bytesOf } from './bodies.ts';
import { datedBy } from './dated.ts';
import { placeOf } from './places.ts';
import { createUsers, kubeconfigText } from './users.ts';
import { actionOf } from './verbs.ts';
import { type OpenWatch, openWatch } from './watches.ts';

export interface ServeOptions {
  /** The port; 0: any free port. */
  readonly port?: number;
  /** The token of the user `admin`; random by default. */
  readonly token?: string;
  /** Further users with their tokens. There is no RBAC: every user may do everything. */
  readonly users?: Readonly<Record<string, string>>;
  readonly faults?: Faults;
  /** Real milliseconds between two bookmarks of a watch. */
  readonly bookmarkMs?: number;
  /** Called for each event of a watch, before a client can read it. */
  readonly noticed?: () => void;
  /** Called for each parsed request, before it is answered. */
  readonly seen?: (call: Call) => void;
}

/** The embedded cluster's API on loopback. Disposing ends every connection and does not change the cluster. */
export interface EmbeddedServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly token: string;
  /** A kubeconfig (YAML text) with one context, `embedded`, and the token. */
  readonly kubeconfig: string;
  /** The same for another user; throws when there is no such user. */
  kubeconfigOf(user: string): string;
  /** The number of parsed requests, by verb. */
  readonly requests: Readonly<Record<Verb, number>>;
  /** The number of requests without a valid token. */
  readonly strangers: number;
  readonly faults: Faults;
  readonly watches: readonly OpenWatch[];
}

/**
 * Serves the cluster's API on 127.0.0.1 for requests with a user's token. It has only the parts of a real API server that
 * stepgate uses. The Date of every answer is the cluster's time.
 */
export async function serve(
  { world }: Pick<EmbeddedCluster, 'world'>,
  options: ServeOptions = {},
): Promise<EmbeddedServer> {
  const { port = 0, token = randomBytes(24).toString('hex'), faults = createFaults(), bookmarkMs = 60_000 } = options;
  const { api } = world;
  const users = createUsers(token, options.users ?? {});
  const pages = createPages(api.store);
  const requests: Record<Verb, number> = {
    discover: 0,
    review: 0,
    get: 0,
    list: 0,
    watch: 0,
    create: 0,
    apply: 0,
    patch: 0,
    delete: 0,
  };
  const watches = new Set<OpenWatch>();
  const life = new AbortController();
  let strangers = 0;
  // Every cluster has this namespace, and without an object the resourceVersion would be 0, which means "any".
  if (api.get('Namespace', '', 'default') === undefined) {
    api.create('Namespace', { metadata: { name: 'default' } }, { manager: 'kube-apiserver' });
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const user = users.bearing(request.headers.authorization);
    if (user === null) {
      strangers += 1;
      throw new Refusal(401, 'Unauthorized', 'Unauthorized');
    }
    const { path, query } = split(request.url ?? '');
    const place = placeOf(api.serves, path);
    if (place === null) {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n');
      return;
    }
    const action = actionOf(
      { world, pages },
      {
        method: request.method ?? '',
        place,
        query,
        contentType: (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim() ?? '',
        userAgent: request.headers['user-agent'] ?? 'unknown',
        user,
        body: await bytesOf(request),
      },
    );
    requests[action.call.verb] += 1;
    options.seen?.(action.call);
    await respond(action, response);
  }

  async function respond(action: Action, response: ServerResponse): Promise<void> {
    const { call } = action;
    const fault = faults.take(call);
    if (action.is === 'answer') {
      const given = await late(fault, () => answer(api, call, fault, action.perform));
      if ('text' in given) response.writeHead(given.code, { 'content-type': 'text/plain' }).end(given.text);
      else send(response, given.code, given.body);
      return;
    }
    await late(fault, () => answer(api, call, fault, () => null));
    const { watching } = action;
    const noticed = options.noticed ?? (() => {});
    const opened = openWatch({ world, call, watching, fault, response, bookmarkMs, noticed }, () =>
      watches.delete(opened),
    );
    watches.add(opened);
  }

  /** The request takes effect now and is answered later, in real time, because this tests the client's timeout. */
  async function late<T>(fault: Fault | null, act: () => T): Promise<T> {
    try {
      return act();
    } finally {
      if (fault?.is === 'slow') await sleep(fault.ms, undefined, { signal: life.signal });
    }
  }

  const server = http.createServer({ ServerResponse: datedBy(world.timeline) }, (request, response) => {
    handle(request, response).catch((error: unknown) => refuse(request, response, error));
  });
  // The server never closes an idle socket, because a write may be on its way.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`;
  return {
    url,
    token,
    kubeconfig: kubeconfigText(url, token),
    kubeconfigOf: (user) => kubeconfigText(url, users.tokenOf(user)),
    requests,
    get strangers() {
      return strangers;
    },
    faults,
    get watches() {
      return [...watches];
    },
    async [Symbol.asyncDispose]() {
      life.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (error instanceof Cut || response.headersSent || response.destroyed) {
    response.socket?.destroy();
    return;
  }
  const refusal =
    error instanceof Refusal
      ? error
      : new Refusal(
          500,
          'InternalError',
          `Internal error occurred: ${error instanceof Error ? error.message : 'unknown'}`,
        );
  const retry = refusal.retryAfter === null ? {} : { 'retry-after': String(refusal.retryAfter) };
  // The rest of the body is dropped, so that the client can read the answer.
  request.resume();
  send(response, refusal.code, refusal.status, retry);
}

function send(
  response: ServerResponse,
  code: number,
  body: Json,
  headers: Readonly<Record<string, string>> = {},
): void {
  const bytes = Buffer.from(`${JSON.stringify(body)}\n`);
  response
    .writeHead(code, {
      'content-type': 'application/json',
      'cache-control': 'no-cache, private',
      'content-length': bytes.length,
      ...headers,
    })
    .end(bytes);
}

function split(url: string): { readonly path: string; readonly query: URLSearchParams } {
  const mark = url.indexOf('?');
  return mark < 0
    ? { path: url, query: new URLSearchParams() }
    : { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}
