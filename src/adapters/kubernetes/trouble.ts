import type { IncomingMessage } from 'node:http';
import { environmentError, StepgateError } from '../../release/error.ts';
import { ClusterError } from '../../release/ports.ts';
import type { Endpoint } from './auth.ts';
import { ProxyTrouble } from './tunnel.ts';

/** A timeout of an answer, or of the next line of a watch. */
export class Slow extends Error {
  constructor(milliseconds: number, what = 'answer') {
    super(`no ${what} within ${milliseconds / 1000} s`);
  }
}

/** A timeout of the connection: nothing was sent. */
export class Unconnected extends Slow {
  constructor(milliseconds: number) {
    super(milliseconds, 'connection');
  }
}

/** An answer above the size limit; a retry would give the same. */
export class TooLong extends Error {}

/** The error for an answer that no API server gives; a retry would give the same. */
export function nonsense(
  { title, cluster, proxy }: Endpoint,
  what: string,
  hint = `check the server of ${cluster}${proxy === null ? ', and proxies on the way to it' : `, and ${proxy.title}`}`,
  cause?: unknown,
): StepgateError {
  return environmentError('CLUSTER_UNREACHABLE', `${title} does not answer like a Kubernetes API server: ${what}`, {
    hint,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The error for a redirect or a page of HTML; null for another answer. No redirect is followed: it could lead the credentials away. */
export function notAnApi(
  { statusCode = 0, headers }: IncomingMessage,
  text: string,
  endpoint: Endpoint,
): StepgateError | null {
  const login = `a login page answers in its place, of a proxy or a single sign-on: sign in there first, or check the server of ${endpoint.cluster}`;
  if (statusCode >= 300 && statusCode < 400) {
    const target = URL.parse(headers.location ?? '')?.host;
    const where = target === undefined || target === '' ? '' : ` to ${target.slice(0, 200)}`;
    return nonsense(endpoint, `it answered ${statusCode}, a redirect${where}, and none is followed`, login);
  }
  const isPage = /^text\/html\b/i.test(headers['content-type'] ?? '') || /^\s*<(!doctype|html)\b/i.test(text);
  if (!isPage) return null;
  const title = /<title[^>]*>([^<]{1,200})/i.exec(text)?.[1]?.replace(/\s+/g, ' ').trim() ?? '';
  const page = title === '' ? 'a page of HTML' : `a page of HTML (${title.slice(0, 100)})`;
  const another = `a load balancer or another server answers in its place: see whether the API server is up, and check the server of ${endpoint.cluster}`;
  const hint = [200, 401, 403, 407].includes(statusCode) ? login : another;
  // A load balancer has pages for a server that is away for a moment.
  const cause = new ClusterError(statusCode, '', `HTTP ${statusCode}`);
  return nonsense(endpoint, `it answered ${statusCode} with ${page}`, hint, cause);
}

/** Whether the same request may succeed later. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ClusterError) return error.status === 429 || error.status >= 500;
  if (error instanceof StepgateError) return isPassing(error.cause);
  if (error instanceof Slow) return true;
  if (error instanceof ProxyTrouble && error.status !== null) return error.status >= 500;
  const code = codeOf(error);
  return code !== '' && !isPermanent(code);
}

/** Whether it failed while connecting, so that the server received nothing. */
export function wasNeverSent(error: unknown): boolean {
  if (error instanceof Unconnected || error instanceof ProxyTrouble) return true;
  // Node throws this when a name has several addresses and none of them answers.
  if (error instanceof AggregateError) return true;
  const connecting = error instanceof Error && 'syscall' in error && error.syscall === 'connect';
  return connecting || codeOf(error) === 'EAI_AGAIN';
}

/** The code of a system error, also of one on the way to a proxy. */
function codeOf(error: unknown): string {
  if (error instanceof ProxyTrouble) return error.cause === undefined ? 'ETIMEDOUT' : codeOf(error.cause);
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function isPermanent(code: string): boolean {
  return code === 'ENOTFOUND' || code === 'ERR_INVALID_CHAR' || isTlsTrouble(code);
}

function isTlsTrouble(code: string): boolean {
  return /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|HOSTNAME_MISMATCH$|EPROTO$)/.test(
    code,
  );
}

/** Whether nothing came at all, neither from the server nor from a proxy. */
export function isSilence(error: unknown): boolean {
  return error instanceof Slow || (error instanceof ProxyTrouble && error.status === null && error.cause === undefined);
}

/** The words of a network error. OpenSSL puts the reason between the places in its source. */
function wordsOf(error: unknown, code: string): string {
  if (!(error instanceof Error) || error.message === '') return code;
  if (code.startsWith('HPE_')) return `no HTTP that can be read (${error.message.replace('Parse Error: ', '')})`;
  if (error.message === 'aborted') return 'the connection broke off in the middle of an answer';
  if (error.message === 'socket hang up') return 'the connection was closed without an answer (socket hang up)';
  const reason = /:SSL routines:[^:]*:([^:\n]+):/.exec(error.message)?.[1];
  return reason === undefined ? error.message : `the TLS connection failed: ${reason} (${code})`;
}

/** A network error as an environment error; every other error is returned unchanged. */
export function unreachable(endpoint: Endpoint, error: unknown, write = false): unknown {
  if (error instanceof StepgateError || error instanceof ClusterError) return error;
  const code = codeOf(error);
  if (!(error instanceof Slow) && !(error instanceof TooLong) && code === '' && !(error instanceof ProxyTrouble))
    return error;
  const { proxy } = endpoint;
  const what = wordsOf(error, code);
  // An answer came, so nothing is wrong with the network.
  if (error instanceof TooLong || code.startsWith('HPE_')) {
    const unknown = write ? '; it is unknown whether the server executed the write' : '';
    return nonsense(endpoint, `${what}${unknown}`, undefined, error);
  }
  const outcome = write && !wasNeverSent(error) ? '; it is unknown whether the server executed the write' : '';
  const through = proxy === null ? '' : error instanceof ProxyTrouble ? `${proxy.title}: ` : `through ${proxy.title}: `;
  return environmentError('CLUSTER_UNREACHABLE', `${endpoint.title} cannot be reached: ${through}${what}${outcome}`, {
    cause: error,
    hint:
      error instanceof ProxyTrouble && proxy !== null
        ? proxyHint(error, proxy)
        : isTlsTrouble(code)
          ? tlsHint(code, endpoint)
          : networkHint(error, code, endpoint),
  });
}

function proxyHint({ status }: ProxyTrouble, { from }: { readonly from: string }): string {
  const direct = from.startsWith('proxy-url')
    ? 'take proxy-url away for a direct connection'
    : 'name the host of the server in NO_PROXY for a direct connection';
  if (status === 407) return `the proxy wants a name and a password: write http://NAME:PASSWORD@host:port as ${from}`;
  if (status !== null && status < 500)
    return `the proxy does not let this address and port through: ask who runs it; or ${direct}`;
  return `check ${from}; or ${direct}`;
}

function tlsHint(code: string, { cluster, authority, proxy, host }: Endpoint): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `the certificate is for other names than ${host}: check the server of ${cluster}, or write a name of the certificate there as tls-server-name`;
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return "the server's certificate is not valid now: have it renewed, and check the clock of this machine";
  if (/^(SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|CERT_)/.test(code)) {
    const whose =
      authority === null
        ? `nothing in ${cluster} says whom to trust: write its certificate-authority-data there`
        : `the ${authority} of ${cluster} has not signed it: take a new kubeconfig from the cluster`;
    return `the server's certificate is not trusted; ${whose}. A proxy that opens TLS shows a certificate of its own`;
  }
  if (/ALERT|HANDSHAKE_FAILURE/.test(code))
    return 'the server has ended the TLS connection: it may want another client certificate than that of this user';
  return `what answers there does not speak TLS as it should: check the port in the server of ${cluster}${proxy === null ? ', and proxies on the way to it' : ''}`;
}

function networkHint(error: unknown, code: string, { cluster, host, port, proxy }: Endpoint): string {
  const address = `${host}:${port}`;
  if (code === 'ECONNREFUSED')
    return `nothing listens at ${address}: see that the cluster is up, and a tunnel to it where it needs one; else correct the server of ${cluster}`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `the name ${host} is not known here: check the server of ${cluster}; names of private clusters need their network or VPN`;
  if (error instanceof Slow || /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN)$/.test(code)) {
    const between = proxy === null ? 'a firewall, a VPN that is off, or a proxy that has to be named' : 'a firewall';
    const how = proxy === null ? ` (HTTPS_PROXY, or proxy-url of ${cluster})` : '';
    return `no answer from ${address}: ${between} may be between${how}; else correct the server of ${cluster}`;
  }
  return `check the network, and the server of ${cluster}`;
}
