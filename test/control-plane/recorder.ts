import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { type Door, pathOf, type Resource, send } from './connection.ts';

export type Seen<T> = {
  readonly at: Date;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
};

/** What a watch has shown so far, in the order it came; the first entries are what was there at the start. */
export type Recording<T> = AsyncDisposable & { readonly seen: readonly Seen<T>[] };

/**
 * Watches one kind in one namespace until it is disposed of. For claims such as "there were never two new pods". The
 * watch begins a moment after the call and runs a few ms behind the server. Disposing throws where it ended before.
 */
export function record<T>(to: Door, namespace: string, resource: Resource): Recording<T> {
  const seen: Seen<T>[] = [];
  let ended: unknown = null;
  const failed = (error: Error) => {
    ended ??= error;
  };
  const request = send(to, `${pathOf(namespace, resource)}?watch=true`, {}, (response: IncomingMessage) => {
    const lines = createInterface({ input: response });
    lines.on('line', (line) => {
      const { type, object } = JSON.parse(line) as Omit<Seen<T>, 'at'>;
      seen.push({ at: new Date(), type, object });
    });
    // The reader of lines passes on what befalls its input.
    for (const each of [response, lines]) each.on('error', failed);
    if (response.statusCode !== 200) failed(new Error(`watching ${resource}: ${response.statusCode}`));
    response.on('end', () => failed(new Error(`the watch of ${resource} in ${namespace} ended`)));
  });
  request.on('error', failed);
  return {
    seen,
    async [Symbol.asyncDispose]() {
      const before = ended;
      ended = 'disposed';
      request.destroy();
      if (before !== null) throw before;
    },
  };
}
