import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';

/** One request as it came through. */
export interface Passed {
  readonly method: string;
  readonly path: string;
  readonly at: number;
  readonly watch: boolean;
}

/** A plain HTTP door on loopback to an API server, that counts what goes through it. */
export interface ApiProxy extends AsyncDisposable {
  /** Written into the folder given; the token goes along. */
  readonly kubeconfig: string;
  readonly requests: readonly Passed[];
  readonly connections: number;
  /** Called with every event of a watch, a line of JSON, as it comes by. */
  onWatched: (line: string, at: number) => void;
  onRequest: (request: Passed) => void;
  reset(): void;
}

/** Opens a door to `server`; times are of performance.now(), in milliseconds. */
export async function apiProxy(of: {
  readonly server: string;
  readonly caFile: string;
  readonly token: string;
  readonly folder: string;
}): Promise<ApiProxy> {
  const agent = new Agent({ keepAlive: true, ca: readFileSync(of.caFile) });
  let requests: Passed[] = [];
  let connections = 0;
  const hooks: Pick<ApiProxy, 'onWatched' | 'onRequest'> = { onWatched: () => {}, onRequest: () => {} };

  const door = createServer((incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method = 'GET', url = '/' } = incoming;
    const watch = /[?&]watch=(true|1)/.test(url);
    const passed = { method, path: url, at: performance.now(), watch };
    requests.push(passed);
    hooks.onRequest(passed);
    const onward = request(
      `${of.server}${url}`,
      { agent, method, headers: { ...incoming.headers, host: new URL(of.server).host } },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        let rest = '';
        answer.on('data', (chunk: Buffer) => {
          outgoing.write(chunk);
          if (!watch) return;
          const lines = `${rest}${chunk.toString()}`.split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) hooks.onWatched(line, performance.now());
        });
        answer.once('end', () => outgoing.end());
        answer.once('error', () => outgoing.destroy());
      },
    );
    onward.once('error', () => outgoing.destroy());
    outgoing.once('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  door.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const { port } = door.address() as AddressInfo;
  const kubeconfig = `${of.folder}/proxied-${port}.kubeconfig`;
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}` } }],
      users: [{ name: 'u', user: { token: of.token } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
  return {
    kubeconfig,
    get requests() {
      return requests;
    },
    get connections() {
      return connections;
    },
    set onWatched(call: ApiProxy['onWatched']) {
      hooks.onWatched = call;
    },
    set onRequest(call: ApiProxy['onRequest']) {
      hooks.onRequest = call;
    },
    reset() {
      requests = [];
      connections = 0;
    },
    async [Symbol.asyncDispose]() {
      door.closeAllConnections();
      await new Promise((resolve) => door.close(resolve));
      agent.destroy();
    },
  };
}
