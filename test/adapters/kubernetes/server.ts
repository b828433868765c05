import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http, { type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectedCluster, type ConnectOptions, connect } from '../../../src/adapters/kubernetes/index.ts';
import type { Tuning } from '../../../src/adapters/kubernetes/tuning.ts';
import type { Kind } from '../../../src/release/ports.ts';

/** What the server got. */
export interface Seen {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the server does with one request. */
export type Reply = (response: ServerResponse, seen: Seen) => unknown;

export interface Fake extends AsyncDisposable {
  readonly port: number;
  readonly address: string;
  readonly seen: readonly Seen[];
  /** Sockets that are open. */
  readonly sockets: ReadonlySet<Socket>;
}

/**
 * An HTTP server on loopback that gives its n-th request its n-th reply, and any further one the last; over TLS where a
 * certificate is given.
 */
export async function serve(replies: readonly Reply[], tls?: https.ServerOptions, port = 0): Promise<Fake> {
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  const listener: http.RequestListener = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const reply = replies[Math.min(seen.length, replies.length - 1)];
    const { method = '', url = '', headers } = request;
    const one = { method, url: new URL(url, 'http://server'), headers, body };
    seen.push(one);
    await reply?.(response, one);
  };
  const server = tls === undefined ? http.createServer(listener) : https.createServer(tls, listener);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const bound = server.address();
  const at = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return {
    port: at,
    address: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${at}`,
    seen,
    sockets,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An answer with a JSON body. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export function text(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return (response) => response.writeHead(status, headers).end(body);
}

/** The server's own words for an answer that is not 2xx. */
export function failure(code: number, reason: string, message: string, more: object = {}): Reply {
  return json(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, ...more });
}

/** Breaks the connection off, after some text or before any. */
export function cut(after?: string): Reply {
  return async (response) => {
    if (after !== undefined) {
      response.writeHead(200);
      response.write(after);
      await sleep(20);
    }
    response.socket?.destroy();
  };
}

/** Never answers; with a text, never ends. */
export function hang(after?: string): Reply {
  return (response) => {
    if (after !== undefined) response.writeHead(200).write(after);
  };
}

/** A reply, and when it was asked for first. */
export function noticed(reply: Reply): { readonly reply: Reply; readonly asked: Promise<void> } {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  return {
    asked,
    reply: (response, seen) => {
      resolve();
      return reply(response, seen);
    },
  };
}

export const maps: Kind = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };

/** What `apply` asks first. */
export const discovery = json(200, { resources: [{ name: 'configmaps', kind: 'ConfigMap', namespaced: true }] });

/** Pauses short enough for tests. What a server has to answer in stays long: a busy machine is no silent server. */
export const quick: Partial<Tuning> = {
  pauseMs: 5,
  pauseCapMs: 40,
  retryAfterCapMs: 60,
};

export interface Folder extends AsyncDisposable {
  readonly path: string;
  write(name: string, content: string, mode?: number): Promise<string>;
}

export async function folder(): Promise<Folder> {
  const where = await mkdtemp(path.join(tmpdir(), 'stepgate-test-'));
  return {
    path: where,
    async write(name, content, mode = 0o600) {
      const file = path.join(where, name);
      await writeFile(file, content, { mode });
      return file;
    },
    [Symbol.asyncDispose]: () => rm(where, { recursive: true, force: true }),
  };
}

/** A kubeconfig with one context; JSON is YAML. */
export function kubeconfig(cluster: object, user: object, more: object = {}): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
    ...more,
  });
}

/** Our client of a server, with a token and short times. */
export async function client(
  address: string,
  options: { readonly tuning?: Partial<Tuning>; readonly user?: object } & Partial<ConnectOptions> = {},
): Promise<ConnectedCluster> {
  const { tuning, user = { token: 'canary-token' }, ...more } = options;
  await using temporary = await folder();
  const file = await temporary.write('config', kubeconfig({ server: address }, user));
  return await connect({
    kubeconfig: file,
    context: null,
    exec: [],
    env: {},
    ...more,
    tuning: { ...quick, ...tuning },
  });
}

/** What a promise was rejected with. */
export async function thrownBy(what: Promise<unknown>): Promise<unknown> {
  return what.then(
    (value) => {
      throw new Error(`nothing was thrown, the answer was ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}
