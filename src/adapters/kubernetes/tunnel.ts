import http from 'node:http';
import https from 'node:https';
import { isIP, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getCACertificates } from 'node:tls';
import type { ProxyServer } from './proxy.ts';

/** A proxy that can't be reached, or that opens no tunnel. `status`: that of its answer to CONNECT; null when there was none. */
export class ProxyTrouble extends Error {
  readonly status: number | null;

  constructor(message: string, status: number | null, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
  }
}

export interface AgentOptions {
  readonly secure: boolean;
  readonly proxy: ProxyServer | null;
  /** The limit for the proxy's answer. */
  readonly connectMs: number;
  readonly agent: http.AgentOptions;
}

/**
 * The sockets of one server, through a tunnel (CONNECT) where there is a proxy. The server's TLS is spoken within the tunnel, so a
 * proxy sees neither credentials nor answers. Node's own `proxyEnv` is not used: it came with Node 24.5 and is ignored before that,
 * and to a proxy that speaks TLS it obeys NODE_TLS_REJECT_UNAUTHORIZED.
 */
export function agentFor({ secure, proxy, connectMs, agent }: AgentOptions): http.Agent {
  if (proxy === null) return secure ? new https.Agent(agent) : new http.Agent(agent);
  const life = new AbortController();
  const tunnels: Tunnels = {
    open: ({ host, port }) => tunnel(proxy, { host: host ?? '', port: Number(port), connectMs, signal: life.signal }),
    close: () => life.abort(),
  };
  return secure ? new SecureAgent(agent, tunnels) : new PlainAgent(agent, tunnels);
}

interface Tunnels {
  open(target: http.ClientRequestArgs): Promise<Duplex>;
  close(): void;
}

type Created = (error: Error | null, socket: Duplex) => void;

class SecureAgent extends https.Agent {
  readonly #tunnels: Tunnels;

  constructor(options: http.AgentOptions, tunnels: Tunnels) {
    super(options);
    this.#tunnels = tunnels;
  }

  override createConnection(options: https.RequestOptions, created?: Created): undefined {
    this.#tunnels.open(options).then(
      (socket) => {
        const within = { ...options, socket };
        created?.(null, super.createConnection(within) ?? socket);
      },
      (error: Error) => created?.(error, nothing()),
    );
  }

  override destroy(): void {
    this.#tunnels.close();
    super.destroy();
  }
}

class PlainAgent extends http.Agent {
  readonly #tunnels: Tunnels;

  constructor(options: http.AgentOptions, tunnels: Tunnels) {
    super(options);
    this.#tunnels = tunnels;
  }

  override createConnection(options: http.ClientRequestArgs, created?: Created): undefined {
    this.#tunnels.open(options).then(
      (socket) => created?.(null, socket),
      (error: Error) => created?.(error, nothing()),
    );
  }

  override destroy(): void {
    this.#tunnels.close();
    super.destroy();
  }
}

/** The agent reads no socket beside an error, but the type asks for one. */
function nothing(): Duplex {
  return new Socket();
}

interface Target {
  readonly host: string;
  readonly port: number;
  readonly connectMs: number;
  readonly signal: AbortSignal;
}

function tunnel(proxy: ProxyServer, { host, port, connectMs, signal }: Target): Promise<Duplex> {
  const target = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    const asking = (proxy.secure ? https : http).request({
      method: 'CONNECT',
      host: proxy.host,
      port: proxy.port,
      path: target,
      headers: { host: target, 'user-agent': 'stepgate', ...proxy.authorization() },
      agent: false,
      timeout: connectMs,
      signal,
      // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment has no effect.
      rejectUnauthorized: true,
      // kubectl trusts the certificate authority of the cluster for the proxy too.
      ...(proxy.ca === null ? {} : { ca: [...getCACertificates('default'), proxy.ca] }),
      ...(isIP(proxy.host) === 0 ? { servername: proxy.host } : {}),
    });
    asking.on('connect', ({ statusCode = 0 }, socket, head) => {
      if (statusCode >= 200 && statusCode < 300) {
        socket.setTimeout(0);
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(new ProxyTrouble(`it answered ${statusCode} to CONNECT ${target}`, statusCode));
    });
    asking.on('timeout', () => asking.destroy(new ProxyTrouble(`no answer within ${connectMs / 1000} s`, null)));
    asking.on('error', (error) => {
      reject(error instanceof ProxyTrouble ? error : new ProxyTrouble(error.message, null, error));
    });
    asking.end();
  });
}
