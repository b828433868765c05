import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { MetricsQuery } from '../../src/release/metrics.ts';
import type { RecordedAnswer } from '../adapters/prometheus.ts';

/** Where unit tests read the answers. */
const folder = join(import.meta.dirname, '../adapters/prometheus-answers');

/** A door to Prometheus. */
export type AnswerRecorder = AsyncDisposable & {
  readonly url: string;
  /** Writes the last answer that came through the door to a file, with what was made of it. */
  keep(name: string, query: MetricsQuery, told: string): Promise<void>;
};

/**
 * With `STEPGATE_RECORD=1`, a server on loopback that passes requests on and remembers the answers. Otherwise the address
 * itself, and nothing is kept.
 */
export async function answerRecorder(url: string): Promise<AnswerRecorder> {
  if (process.env['STEPGATE_RECORD'] !== '1')
    return { url, keep: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
  await mkdir(folder, { recursive: true });
  const { origin, pathname } = new URL(url);
  let last: Pick<RecordedAnswer, 'status' | 'date' | 'body'> | null = null;
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = 'GET', headers } = request;
    const answer = await fetch(`${origin}${request.url}`, {
      method,
      headers: { 'content-type': headers['content-type'] ?? '', accept: headers.accept ?? '' },
      body: Buffer.concat(chunks),
    });
    const body = await answer.text();
    const date = answer.headers.get('date') ?? '';
    last = { status: answer.status, date, body };
    response.writeHead(answer.status, { date, 'content-type': answer.headers.get('content-type') ?? '' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  return {
    url: `http://127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}${pathname}`,
    async keep(name, { over, at, staleAfterSeconds, expression }, told) {
      if (last === null) throw new Error(`there is no answer for ${name}`);
      const shown = expression.length > 200 ? `${expression.slice(0, 200)}...` : expression;
      const recorded: RecordedAnswer = {
        query: { expression: shown, over, at: at?.toISOString() ?? null, staleAfterSeconds },
        ...last,
        told,
      };
      last = null;
      await writeFile(join(folder, `${name}.json`), `${JSON.stringify(recorded, null, 2)}\n`);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
