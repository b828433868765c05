import http from 'node:http';
import { connect as connectTo, type Socket } from 'node:net';

export interface Tunnels extends AsyncDisposable {
  readonly port: number;
  /** The target and the credentials of each CONNECT. */
  readonly asked: readonly string[];
}

/** A proxy on loopback that opens tunnels to the port of each target on this machine, or answers with a status. */
export async function proxy(status = 200): Promise<Tunnels> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = http.createServer((_, response) => response.writeHead(405).end());
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
  });
  server.on('connect', (request, client) => {
    asked.push(`${request.url} ${request.headers['proxy-authorization'] ?? '-'}`);
    if (status === 0) return;
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      return;
    }
    const up = connectTo(Number(request.url?.split(':').at(-1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      up.pipe(client).pipe(up);
    });
    up.on('error', () => client.destroy());
    client.on('error', () => up.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : 0,
    asked,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
