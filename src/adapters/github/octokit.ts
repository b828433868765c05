import { getOctokit } from '@actions/github';
import { isObject } from '../../release/json.ts';
import type { Answer, Outcome, Request } from './answer.ts';

/** The version of the REST API that is asked for. Without it, a server would choose. */
const VERSION = '2022-11-28';
/** Milliseconds for one answer. */
const PATIENCE = 30_000;
/** A longer answer is an error, in bytes. */
const LONGEST = 32 * 1024 * 1024;

export interface OctokitOptions {
  /** Address of the REST API. */
  readonly api: string;
  readonly token: string;
  log(line: string): void;
}

/** Sends one request. Rejects only when the signal aborts. */
export type Send = (request: Request, signal: AbortSignal) => Promise<Outcome>;

/**
 * Octokit as @actions/github makes it: with the token, and through the proxy of HTTPS_PROXY and NO_PROXY. It neither retries
 * nor waits.
 */
export function octokitSend({ api, token, log }: OctokitOptions): Send {
  const octokit = getOctokit(token, { baseUrl: api, userAgent: 'stepgate' });
  // This fetch knows the proxy.
  const fetch: typeof globalThis.fetch = octokit.request.endpoint.DEFAULTS.request?.fetch;
  const bounded: typeof globalThis.fetch = async (input, init) => whole(await fetch(input, init));
  const logger = { debug: () => {}, info: () => {}, warn: log, error: log };
  return async ({ method, url, query, body, headers = {} }, signal) => {
    signal.throwIfAborted();
    try {
      const answer = await octokit.request({
        method,
        url,
        ...query,
        ...(body === undefined ? {} : { data: body }),
        headers: { ...headers, 'x-github-api-version': VERSION },
        request: { signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]), log: logger, fetch: bounded },
      });
      signal.throwIfAborted();
      return { is: 'answer', answer: answerOf(answer) };
    } catch (error) {
      signal.throwIfAborted();
      const answer = error instanceof Error && 'response' in error ? error.response : undefined;
      // Octokit throws for every status that is not 2xx.
      if (isAnswer(answer)) return { is: 'answer', answer: answerOf(answer) };
      return noAnswer(error);
    }
  };
}

/** Reads the whole body with a size limit. Octokit itself has no limit, and treats a truncated body as an empty one. */
async function whole({ body, status, statusText, headers }: Response): Promise<Response> {
  if (body === null) return new Response(null, { status, statusText, headers: [...headers] });
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > LONGEST) throw new Error(`the answer is longer than ${LONGEST} bytes`);
    chunks.push(chunk);
  }
  // The Response constructor throws when a status without a body (204, 205, 304) gets one.
  const kept = [204, 205, 304].includes(status) ? null : new Blob(chunks);
  return new Response(kept, { status, statusText, headers: [...headers] });
}

interface OctokitAnswer {
  readonly status: number;
  readonly headers: object;
  readonly data?: unknown;
}

function isAnswer(value: unknown): value is OctokitAnswer {
  return isObject(value) && typeof value['status'] === 'number' && isObject(value['headers']);
}

function answerOf({ status, headers, data }: OctokitAnswer): Answer {
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  return { status, headers: Object.fromEntries(named), data };
}

/** Why there is no answer. The error itself has the request in it, and is dropped. */
function noAnswer(error: unknown): Outcome {
  const all = causesOf(error);
  const codes = all.map((one) => ('code' in one && typeof one.code === 'string' ? one.code : ''));
  const lasts = codes.some((code) => code === 'ENOTFOUND' || isTls(code));
  if (all.some(({ name }) => name === 'TimeoutError')) {
    return { is: 'none', why: `no answer within ${PATIENCE / 1000} s`, lasts };
  }
  // The innermost error says it best. Node's for a name with several addresses has a code, and no text.
  const texts = [...all.map(({ message }) => message).toReversed(), ...codes];
  return { is: 'none', why: texts.find((text) => text !== '') ?? String(error), lasts };
}

/** An error and what caused it, outermost first. */
function causesOf(error: unknown): readonly Error[] {
  const found: Error[] = [];
  for (let one = error; one instanceof Error && found.length < 10; one = one.cause) found.push(one);
  return found;
}

function isTls(code: string): boolean {
  return /^(ERR_TLS_|ERR_SSL_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|EPROTO$)/.test(code);
}
