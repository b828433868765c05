import type { PageAnswer } from '../release/fact.ts';
import { MetricsError, type MetricsServer } from '../release/metrics.ts';
import { addressIn, type GuardedRequest, guardedRequest } from './guarded-request.ts';
import { asTrouble, type MetricsOptions, signedIn } from './prometheus/asking.ts';

/** A longer body is an error, in bytes. */
const BODY_LIMIT = 256 * 1024;

/** Sends one GET request. Throws MetricsError if there is no whole answer. An answer with any status is returned. */
export async function askPage(
  server: MetricsServer,
  options: MetricsOptions,
  signal: AbortSignal,
): Promise<PageAnswer> {
  const secrets: string[] = [];
  try {
    const url = addressIn(server.url);
    if (url === null) throw new MetricsError('foreign', 'its address is not http or https without a user');
    const { authorization, ca } = await signedIn(server, options, secrets);
    const request: GuardedRequest = {
      url,
      method: 'GET',
      headers: { accept: 'application/json, */*' },
      authorization,
      body: null,
      ca,
      internal: 'named',
      timeoutMs: server.timeoutSeconds * 1000,
      bodyLimit: BODY_LIMIT,
    };
    const { status, text } = await guardedRequest(request, signal);
    return { status, text };
  } catch (error) {
    throw asTrouble(error, server.name, secrets);
  }
}
