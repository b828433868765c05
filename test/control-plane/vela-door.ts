import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Connection } from './connection.ts';
import { bootVela, type Vela } from './vela.ts';

/** What is asked to have KubeVela beside the suite's cluster. It is started when the first file asks, and stays for all. */
export type VelaDoor = AsyncDisposable & { readonly url: string };

export async function openVelaDoor(on: Connection): Promise<VelaDoor> {
  let vela: Promise<Vela> | undefined;
  const server = createServer(async (_, response) => {
    vela ??= bootVela(on);
    try {
      await vela;
      response.end();
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      // That it did not start has been told to those who asked.
      await (await vela?.catch(() => undefined))?.[Symbol.asyncDispose]();
    },
  };
}
