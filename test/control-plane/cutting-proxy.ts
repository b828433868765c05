import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http, { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentFor, type Door, isPlain } from './connection.ts';

/** Where a run is cut off: right before the n-th write reaches the API server, or right after it was made. */
export interface Cut {
  readonly at: 'before' | 'after';
  /** From 1. */
  readonly write: number;
}

/** A plain HTTP door to an API server that can be shut in the middle of a run. */
export interface CuttingProxy extends AsyncDisposable {
  readonly kubeconfig: string;
  /** How many writes came since the last `cutAt`; dry-runs are none. */
  readonly writes: number;
  /** From here on writes count from 1. At the cut `kill` is called, and nothing passes any more until the next `cutAt`. */
  cutAt(cut: Cut | null, kill: () => void): void;
}

export async function cuttingProxy({ server, caFile, token }: Door): Promise<CuttingProxy> {
  const agent = agentFor({ server, caFile });
  const { request: ask } = isPlain(server) ? http : https;
  const home = await mkdtemp(join(tmpdir(), 'stepgate-proxy-'));
  let cut: Cut | null = null;
  let kill = () => {};
  let writes = 0;
  let shut = false;

  function shutDoor(): void {
    shut = true;
    kill();
    door.closeAllConnections();
  }

  function serve(request: IncomingMessage, response: ServerResponse): void {
    if (shut) {
      request.destroy();
      return;
    }
    const url = new URL(request.url ?? '/', server);
    const isWrite = request.method !== 'GET' && !url.searchParams.has('dryRun');
    if (isWrite) writes += 1;
    const here = isWrite && cut?.write === writes ? cut.at : null;
    if (here === 'before') {
      shutDoor();
      return;
    }
    const headers = { ...request.headers, host: url.host };
    const onward = ask(url, { agent, method: request.method ?? 'GET', headers }, (answer) => {
      if (here === 'after') {
        // The write is made; nobody learns of it.
        answer.resume();
        answer.once('end', shutDoor);
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    response.once('close', () => onward.destroy());
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  }

  const door = createServer(serve);
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const { port } = door.address() as AddressInfo;
  const kubeconfig = join(home, 'kubeconfig');
  const text = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });
  await writeFile(kubeconfig, text, { mode: 0o600 });
  return {
    kubeconfig,
    get writes() {
      return writes;
    },
    cutAt(next, then) {
      cut = next;
      kill = then;
      writes = 0;
      shut = false;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => door.close(resolve));
      door.closeAllConnections();
      await closed;
      agent.destroy();
      await rm(home, { recursive: true, force: true });
    },
  };
}
