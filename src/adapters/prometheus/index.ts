import {
  type Metrics,
  type MetricsAnswer,
  MetricsError,
  type MetricsQuery,
  type MetricsServer,
} from '../../release/metrics.ts';
import { addressIn, type GuardedRequest, guardedRequest } from '../guarded-request.ts';
import { BODY_LIMIT, readAnswer } from './answer.ts';
import { asTrouble, hidden, type MetricsOptions, signedIn } from './asking.ts';

/**
 * A server with the HTTP API of Prometheus. Each query is one request, without a retry. Secrets and certificates are read again
 * for each query, so a renewed file is used at once.
 */
export function openMetrics(server: MetricsServer, options: MetricsOptions): Metrics {
  return { query: (query, signal) => ask(server, query, options, signal) };
}

async function ask(
  server: MetricsServer,
  query: MetricsQuery,
  options: MetricsOptions,
  signal: AbortSignal,
): Promise<MetricsAnswer> {
  const secrets: string[] = [];
  try {
    const { authorization, ca } = await signedIn(server, options, secrets);
    const request: GuardedRequest = {
      url: endpointOf(server.url),
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      authorization,
      body: formOf(query, server.timeoutSeconds),
      ca,
      internal: 'named',
      timeoutMs: server.timeoutSeconds * 1000,
      bodyLimit: BODY_LIMIT,
    };
    const { status, headers, text } = await guardedRequest(request, signal);
    return readAnswer({ status, date: headers.date, text, hide: (told) => hidden(told, secrets) }, query);
  } catch (error) {
    throw asTrouble(error, server.name, secrets);
  }
}

/** The address for instant queries. Throws MetricsError (foreign) if the text is not the address of a server. */
function endpointOf(text: string): URL {
  const url = addressIn(text);
  if (url === null || url.search !== '' || url.hash !== '')
    throw new MetricsError('foreign', 'its address is not http or https without a user, a query and a fragment');
  url.pathname = `${url.pathname.replace(/\/$/, '')}/api/v1/query`;
  return url;
}

/** The query as a form. A query may name thousands of pods, and proxies limit the length of an address. */
function formOf({ expression, over, at, staleAfterSeconds }: MetricsQuery, timeoutSeconds: number): string {
  return new URLSearchParams({
    // A subquery instead of a range query: it ends at the server's present time, whatever our clock says. The line breaks
    // end a comment at the end of the expression.
    query: over === null ? expression : `(\n${expression}\n)[${over.seconds}s:${over.stepSeconds}s]`,
    ...(at === null ? {} : { time: (at.getTime() / 1000).toFixed(3) }),
    lookback_delta: `${staleAfterSeconds}s`,
    timeout: `${timeoutSeconds}s`,
    // Thanos answers without a store that is away unless it is told not to.
    partial_response: 'false',
  }).toString();
}
