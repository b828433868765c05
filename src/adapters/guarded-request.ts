import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { guardedLookup, type Internal, isRefusedLiteral, namesLoopback } from './addresses.ts';

/** One request to an address that a person has chosen: for a webhook, a server of metrics, or a check of an address. */
export interface GuardedRequest {
  /** As {@link addressIn} returns it: http or https, without a user. */
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  /** The value of the Authorization header. A request with one fails over plain HTTP, except to this machine. */
  readonly authorization: string | null;
  readonly body: string | null;
  /** PEM certificates, the only ones that are trusted; null for those that Node.js trusts. */
  readonly ca: Buffer | null;
  readonly internal: Internal;
  /** The limit for the whole request, from the look-up of the name to the last byte of the answer. */
  readonly timeoutMs: number;
  /** A longer body is an error, in bytes. With null the body is not read. */
  readonly bodyLimit: number | null;
}

export interface GuardedAnswer {
  /** Never 1xx and never 3xx. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body; empty if `bodyLimit` was null. */
  readonly text: string;
}

/** Why there is no whole answer. */
export type RequestTrouble =
  /** The address is that of this machine, of its network link, or of the metadata service of a cloud. */
  | 'internal'
  /** A credential would go over plain HTTP. */
  | 'exposed'
  /** No connection, no trust in the certificate, or a connection that broke off. */
  | 'unreachable'
  | 'slow'
  | 'redirect'
  | 'long'
  /** The answer is not HTTP, or it is compressed or switches the protocol, which was not asked for. */
  | 'garbled';

/**
 * A request without a whole answer. `message` never has the address or a header, because they may be secrets. For a redirect it
 * names the host that the redirect leads to.
 */
export class RequestError extends Error {
  readonly trouble: RequestTrouble;
  /** The status of a redirect. */
  readonly status: number | null;

  constructor(trouble: RequestTrouble, message: string, more: { status?: number; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'RequestError';
    this.trouble = trouble;
    this.status = more.status ?? null;
  }
}

/** An http or https address without a user; null for every other text. */
export function addressIn(text: string): URL | null {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return null;
  return url.username === '' && url.password === '' ? url : null;
}

/**
 * Sends one request and reads its answer. It never tries again, follows no redirect, uses no proxy and refuses a compressed
 * answer. Rejects with RequestError if there is no whole answer, and with the reason of the signal if that aborts.
 */
export async function guardedRequest(asked: GuardedRequest, signal: AbortSignal): Promise<GuardedAnswer> {
  signal.throwIfAborted();
  const { url, authorization, body, bodyLimit, timeoutMs, internal } = asked;
  if (isRefusedLiteral(url, internal)) throw refusal();
  if (authorization !== null && url.protocol !== 'https:' && !namesLoopback(url))
    throw new RequestError('exposed', 'a credential goes over https alone, except to this machine itself');

  const { promise, resolve, reject } = Promise.withResolvers<GuardedAnswer>();
  const sent = (url.protocol === 'https:' ? https : http).request(url, {
    method: asked.method,
    headers: {
      'user-agent': 'stepgate',
      ...asked.headers,
      ...(authorization === null ? {} : { authorization }),
      ...(body === null ? {} : { 'content-length': Buffer.byteLength(body) }),
    },
    // A fresh agent for each request: the global one may be set to use a proxy by the environment.
    agent: false,
    lookup: guardedLookup(internal, refusal),
    maxHeaderSize: 16 * 1024,
    // An earlier step of a job could turn it off by NODE_TLS_REJECT_UNAUTHORIZED.
    rejectUnauthorized: true,
    ...(asked.ca === null ? {} : { ca: asked.ca }),
  });
  let answered = false;
  // Without a listener Node hangs up silently at 101, and emits neither a response nor an error.
  sent.on('upgrade', () => reject(new RequestError('garbled', 'the server answered 101, another protocol')));
  sent.on('response', (response) => {
    answered = true;
    response.on('error', (cause) => reject(brokenOff(cause)));
    response.on('close', () => reject(brokenOff()));
    const refused = refusedHead(response, url);
    if (refused !== null) reject(refused);
    else if (bodyLimit === null) resolve(answerOf(response, ''));
    else collect(response, bodyLimit, resolve, reject);
  });
  sent.on('error', (error) => reject(error instanceof RequestError ? error : unreachable(error)));
  // The request may close before the end of an answer that is already here.
  sent.on('close', () => answered || reject(brokenOff()));

  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => reject(new RequestError('slow', `no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  sent.end(body ?? undefined);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    sent.destroy();
  }
}

/** The error for an answer whose status or headers are refused; null if its body may be read. */
function refusedHead({ statusCode = 0, headers }: IncomingMessage, url: URL): RequestError | null {
  if (statusCode >= 300 && statusCode < 400) {
    const target = URL.parse(headers.location ?? '', url.href);
    const where = target === null || target.host === url.host ? '' : ` to ${target.host.slice(0, 200)}`;
    const message = `the server answered ${statusCode}, a redirect${where}, and none is followed`;
    return new RequestError('redirect', message, { status: statusCode });
  }
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() === 'identity') return null;
  return new RequestError('garbled', 'the answer is compressed, which was not asked for');
}

function collect(
  response: IncomingMessage,
  limit: number,
  resolve: (answer: GuardedAnswer) => void,
  reject: (error: RequestError) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else reject(new RequestError('long', `the answer is longer than ${limit} bytes`));
  });
  response.on('end', () => resolve(answerOf(response, Buffer.concat(chunks).toString('utf8'))));
}

function answerOf({ statusCode = 0, headers }: IncomingMessage, text: string): GuardedAnswer {
  return { status: statusCode, headers, text };
}

function refusal(): RequestError {
  return new RequestError('internal', 'leads to this machine or its own network link');
}

function brokenOff(cause?: unknown): RequestError {
  return new RequestError('unreachable', 'the connection broke off before the end of the answer', { cause });
}

function unreachable(error: Error): RequestError {
  const code = 'code' in error ? String(error.code) : error.name;
  const more = { cause: error };
  if (code.startsWith('HPE_'))
    return new RequestError('garbled', `the answer is no HTTP that can be read (${code})`, more);
  if (/^(ERR_SSL_|EPROTO$)/.test(code))
    return new RequestError('garbled', `the server does not answer in TLS as it should (${code})`, more);
  if (/^(ERR_TLS_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_)/.test(code))
    return new RequestError('unreachable', `the certificate of the server is not trusted (${code})`, more);
  return new RequestError('unreachable', `the server can't be reached (${code})`, more);
}
