import { environmentError, StepgateError } from '../../release/error.ts';
import { ClusterError } from '../../release/ports.ts';
import type { Endpoint } from './auth.ts';

/** A timeout of an answer, or of the next line of a watch. */
export class Slow extends Error {
  constructor(milliseconds: number) {
    super(`no answer within ${milliseconds / 1000} s`);
  }
}

/** An answer above the size limit; a retry would give the same. */
export class TooLong extends Error {}

/** The error for an answer that no API server gives; a retry would give the same. */
export function nonsense(title: string, what: string): StepgateError {
  return environmentError('CLUSTER_UNREACHABLE', `${title} does not answer like a Kubernetes API server: ${what}`, {
    hint: 'check the server address in the kubeconfig, and proxies on the way to it',
  });
}

/** Whether the same request may succeed later. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ClusterError) return error.status === 429 || error.status >= 500;
  if (error instanceof StepgateError) return isPassing(error.cause);
  if (error instanceof Slow) return true;
  const code = codeOf(error);
  return code !== '' && !isPermanent(code);
}

/** Whether it failed while connecting, so that the server received nothing. */
export function wasNeverSent(error: unknown): boolean {
  // Node throws this when a name has several addresses and none of them answers.
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

/** A network error as an environment error; every other error is returned unchanged. */
export function unreachable(endpoint: Endpoint, error: unknown, write = false): unknown {
  if (error instanceof StepgateError || error instanceof ClusterError) return error;
  const code = codeOf(error);
  if (!(error instanceof Slow) && !(error instanceof TooLong) && code === '') return error;
  const what = error instanceof Error && error.message !== '' ? error.message : code;
  const outcome = write && !wasNeverSent(error) ? '; it is unknown whether the server executed the write' : '';
  return environmentError('CLUSTER_UNREACHABLE', `${endpoint.title} cannot be reached: ${what}${outcome}`, {
    cause: error,
    hint: isTlsTrouble(code)
      ? 'the certificate of the server or of the client was not accepted: check certificate-authority, tls-server-name and the client certificate in the kubeconfig'
      : endpoint.proxyInEnv
        ? 'check the network; HTTPS_PROXY is set, but stepgate connects to clusters directly'
        : "check the network and the kubeconfig's server address",
  });
}
