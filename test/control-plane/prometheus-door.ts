import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** What becomes of a request: it is passed on, at once or after some milliseconds, or answered by another program. */
export type Passage =
  | { readonly is: 'open' }
  | { readonly is: 'late'; readonly ms: number }
  | { readonly is: 'answered'; readonly status: number; readonly body: string };

/** A proxy on loopback before a Prometheus, which lets in who has its token alone. */
export type PrometheusDoor = AsyncDisposable & {
  readonly url: string;
  /** From the next request on. */
  let(passage: Passage): void;
  /** How many requests have come with the token, and without it. */
  readonly came: { readonly known: number; readonly unknown: number };
};

/** Where Prometheus is away, the connection is broken off. */
export async function prometheusDoor(url: string, token: string): Promise<PrometheusDoor> {
  const { origin, pathname } = new URL(url);
  const came = { known: 0, unknown: 0 };
  let passage: Passage = { is: 'open' };

  async function serve(asked: IncomingMessage, response: ServerResponse): Promise<void> {
    if (asked.headers.authorization !== `Bearer ${token}`) {
      came.unknown += 1;
      response.writeHead(401).end('who are you?');
      return;
    }
    came.known += 1;
    const now = passage;
    if (now.is === 'answered') {
      response.writeHead(now.status).end(now.body);
      return;
    }
    if (now.is === 'late') await sleep(now.ms);
    const { method = 'GET', headers } = asked;
    const onward = request(`${origin}${asked.url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    response.once('close', () => onward.destroy());
    onward.on('error', () => response.destroy());
    asked.pipe(onward);
  }

  const server = createServer((asked, response) => void serve(asked, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the door has no port');
  return {
    url: `http://127.0.0.1:${bound.port}${pathname}`,
    came,
    let(next) {
      passage = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
