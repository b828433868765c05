import { environmentError, StepgateError } from '../../release/error.ts';
import { ClusterError } from '../../release/ports.ts';
import type { Endpoint } from './auth.ts';

/** An answer, or a watch's next line, that did not come in time. */
export class Slow extends Error {
  constructor(milliseconds: number) {
    super(`no answer within ${milliseconds / 1000} s`);
  }
}

/** An answer above the cap: another try would bring the same. */
export class TooLong extends Error {}

/** An answer that no API server gives; to ask again would bring the same. */
export function nonsense(title: string, what: string): StepgateError {
  return environmentError('CLUSTER_UNREACHABLE', `${title} does not answer like a Kubernetes API server: ${what}`, {
    hint: "check the kubeconfig's server address, and what stands between here and there",
  });
}

/** Whether the same request may well succeed a little later. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ClusterError) return error.status === 429 || error.status >= 500;
  if (error instanceof StepgateError) return isPassing(error.cause);
  if (error instanceof Slow) return true;
  const code = codeOf(error);
  return code !== '' && !isPermanent(code);
}

/** Whether it failed while connecting: the server has not seen a byte of the request. */
export function wasNeverSent(error: unknown): boolean {
  // What Node throws when a name has several addresses and none of them answers.
  if (error instanceof AggregateError) return true;
  const connecting = error instanceof Error && 'syscall' in error && error.syscall === 'connect';
  return connecting || codeOf(error) === 'EAI_AGAIN';
}

function codeOf(error: unknown): string {
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

/** What the network did, as an environment error; anything that is no network trouble is passed on as it is. */
export function unreachable(endpoint: Endpoint, error: unknown, write = false): unknown {
  if (error instanceof StepgateError || error instanceof ClusterError) return error;
  const code = codeOf(error);
  if (!(error instanceof Slow) && !(error instanceof TooLong) && code === '') return error;
  const what = error instanceof Error && error.message !== '' ? error.message : code;
  const outcome = write && !wasNeverSent(error) ? '; whether the write was carried out is not known' : '';
  return environmentError('CLUSTER_UNREACHABLE', `${endpoint.title} cannot be reached: ${what}${outcome}`, {
    cause: error,
    hint: isTlsTrouble(code)
      ? "the server's certificate or the client's was not accepted: check certificate-authority, tls-server-name and the client certificate in the kubeconfig"
      : endpoint.proxyInEnv
        ? 'check the network; HTTPS_PROXY is set, but stepgate connects to clusters directly'
        : "check the network and the kubeconfig's server address",
  });
}
