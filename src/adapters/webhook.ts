import { inputError } from '../release/error.ts';
import type { Webhook } from '../release/ports.ts';
import { addressIn, type GuardedRequest, guardedRequest, RequestError } from './guarded-request.ts';

/** How long a message may take. Milliseconds. */
const TIMEOUT = 5_000;

export interface WebhookOptions {
  /** What the address is called in messages, which never have the address itself. */
  readonly name: string;
  /** For tests: plain HTTP to 127.0.0.1. */
  readonly allowLoopback?: boolean;
  /** For tests: how long a message may take. Milliseconds. */
  readonly timeout?: number;
}

/** A webhook at an https address. Follows no redirect; each message has five seconds. */
export function openWebhook(address: string, options: WebhookOptions): Webhook {
  return {
    async post(message, signal) {
      await send(addressOf(address, options), JSON.stringify(message), options, signal);
    },
  };
}

const hint = 'take the address that the chat gives';

/** Throws USAGE for a text that is no address for messages. */
function addressOf(address: string, { name, allowLoopback = false }: WebhookOptions): URL {
  const url = addressIn(address);
  if (url?.protocol === 'https:' || (allowLoopback && url?.hostname === '127.0.0.1')) return url;
  throw inputError('USAGE', `${name} is no https address without a user`, { hint });
}

async function send(
  url: URL,
  body: string,
  { name, allowLoopback = false, timeout = TIMEOUT }: WebhookOptions,
  signal: AbortSignal,
): Promise<void> {
  const request: GuardedRequest = {
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    authorization: null,
    body,
    ca: null,
    internal: allowLoopback ? 'named' : 'never',
    timeoutMs: timeout,
    // What the chat answers is of no use, and could be long.
    bodyLimit: null,
  };
  const { status } = await guardedRequest(request, signal).catch((error: unknown) => {
    throw signal.aborted ? new Error(`${name}: cancelled`) : told(error, name);
  });
  if (status < 200 || status >= 300) throw new Error(`${name}: the server answered ${status}`);
}

function told(error: unknown, name: string): unknown {
  if (!(error instanceof RequestError)) return error;
  if (error.trouble === 'internal') return inputError('USAGE', `${name} ${error.message}`, { hint });
  // The target of a redirect is left out: it may have parts of the address.
  return new Error(`${name}: ${error.status === null ? error.message : `the server answered ${error.status}`}`);
}
