import { MetricsError, type MetricsServer } from '../../release/metrics.ts';
import { RequestError, type RequestTrouble } from '../guarded-request.ts';
import { certificatesIn, type Environment, loginOf } from './secret.ts';

export interface MetricsOptions {
  readonly env: Environment;
  /** Gets each secret before its first use. */
  mask(secret: string): void;
}

/** Masking a shorter text would make logs unreadable. */
const SHORTEST_MASKED = 6;

/**
 * Reads the credential and the certificates of a server. It is called for each request, so a renewed file is used at once. Masks
 * the secrets, and adds them to `secrets`, for {@link hidden} to take out of every message. Throws MetricsError (credential).
 */
export async function signedIn(
  { credential, ca }: MetricsServer,
  { env, mask }: MetricsOptions,
  secrets: string[],
): Promise<{ readonly authorization: string | null; readonly ca: Buffer | null }> {
  const login = credential === null ? null : await loginOf(credential, env);
  for (const secret of login?.secrets ?? []) {
    secrets.push(secret);
    if (secret.length >= SHORTEST_MASKED) mask(secret);
  }
  return { authorization: login?.header ?? null, ca: ca === null ? null : await certificatesIn(ca) };
}

/** The text with `***` for each secret in it. */
export function hidden(text: string, secrets: readonly string[]): string {
  return secrets.reduce((told, secret) => told.replaceAll(secret, '***'), text);
}

const troubles = {
  internal: 'away',
  exposed: 'credential',
  unreachable: 'away',
  slow: 'away',
  redirect: 'foreign',
  long: 'tooMuch',
  garbled: 'foreign',
} as const satisfies Record<RequestTrouble, MetricsError['trouble']>;

/**
 * The error of a request as a MetricsError, whose message has the name of the server and none of its secrets. Throws `error`
 * itself if no request caused it: it is a defect, or the reason why the run was cancelled.
 */
export function asTrouble(error: unknown, name: string, secrets: readonly string[]): MetricsError {
  if (error instanceof MetricsError) return new MetricsError(error.trouble, `${name}: ${error.message}`, error.cause);
  if (!(error instanceof RequestError)) throw error;
  return new MetricsError(troubles[error.trouble], `${name}: ${hidden(error.message, secrets)}`);
}
