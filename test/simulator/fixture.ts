import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http, { type IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { type ConnectedCluster, connect } from '../../src/adapters/kubernetes/index.ts';
import type { Tuning } from '../../src/adapters/kubernetes/tuning.ts';
import { ClusterError, type Kind, type KubeObject } from '../../src/release/ports.ts';
import { createCluster, type EmbeddedCluster } from '../../src/simulator/cluster.ts';
import { type EmbeddedServer, type ServeOptions, serve } from '../../src/simulator/server/serve.ts';
import { realTimeline, type Timeline } from '../../src/simulator/time.ts';

export interface Served extends AsyncDisposable {
  readonly cluster: EmbeddedCluster;
  readonly server: EmbeddedServer;
  /** The real adapter, connected as a kubeconfig says. */
  readonly api: ConnectedCluster;
}

export interface ServedOptions extends ServeOptions {
  readonly timeline?: Timeline;
  readonly seed?: number;
  readonly tuning?: Partial<Tuning>;
}

/** An embedded cluster with the namespace `shop`, its server, and our client of it. */
export async function served(options: ServedOptions = {}): Promise<Served> {
  const { timeline = realTimeline(20), seed = 1, tuning = {}, ...serving } = options;
  const cluster = createCluster({ timeline, seed });
  cluster.api.create('Namespace', { metadata: { name: 'shop' } }, { manager: 'tests' });
  const server = await serve(cluster, serving);
  const api = await clientOf(server.kubeconfig, tuning);
  return {
    cluster,
    server,
    api,
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      cluster.stop();
    },
  };
}

/** Our client of what a kubeconfig names. `elapsed`: the clock that carries the server's time on; the process's own by default. */
export async function clientOf(
  kubeconfig: string,
  tuning: Partial<Tuning> = {},
  elapsed?: () => number,
): Promise<ConnectedCluster> {
  const folder = await mkdtemp(path.join(tmpdir(), 'stepgate-embedded-'));
  try {
    const file = path.join(folder, 'kubeconfig');
    await writeFile(file, kubeconfig, { mode: 0o600 });
    const options = { kubeconfig: file, context: null, exec: [], env: {}, tuning: { ...quick, ...tuning } };
    return await connect({ ...options, ...(elapsed === undefined ? {} : { elapsed }) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const quick: Partial<Tuning> = { pauseMs: 5, pauseCapMs: 40 };

export const maps: Kind = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };

export function configMap(name: string, data: Readonly<Record<string, string>>, namespace = 'shop'): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

/** What was thrown, as a ClusterError. */
export async function refused(what: Promise<unknown>): Promise<ClusterError> {
  const thrown = await what.then(
    (value) => `nothing; the answer was ${inspect(value)}`,
    (error: unknown) => error,
  );
  if (!(thrown instanceof ClusterError)) throw new Error(`no ClusterError, but ${inspect(thrown)}`);
  return thrown;
}

export interface Raw {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; throws where it is none. */
  readonly json: unknown;
}

export interface RawRequest {
  readonly method?: string;
  /** As it stands in the request line: nothing is normalised. */
  readonly path: string;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server and its administrator; `ca` (PEM) where it speaks TLS. */
export interface Bare {
  readonly url: string;
  readonly token: string;
  readonly ca?: string;
}

/** One request with no client of ours in between, with the server's token where no other Authorization is given. */
export function ask({ url, token, ca }: Bare, { method = 'GET', path, body, headers = {} }: RawRequest): Promise<Raw> {
  const { hostname, port } = new URL(url);
  const send = ca === undefined ? http.request : https.request;
  // Node tells no length of a DELETE's body by itself.
  const told =
    body === undefined || 'transfer-encoding' in headers ? {} : { 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const request = send(
      {
        ...(ca === undefined ? {} : { ca }),
        hostname,
        port,
        method,
        path,
        headers: { authorization: `Bearer ${token}`, ...told, ...headers },
      },
      async (response) => {
        const chunks: Buffer[] = [];
        try {
          for await (const chunk of response) chunks.push(chunk);
        } catch (error) {
          reject(error);
        }
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          get json() {
            return JSON.parse(text);
          },
        });
      },
    );
    request.once('error', reject);
    request.end(body);
  });
}
