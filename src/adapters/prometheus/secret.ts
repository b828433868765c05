import { X509Certificate } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { type Credential, MetricsError, type SecretPlace } from '../../release/metrics.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const SECRET_BYTES = 64 * 1024;
const CERTIFICATE_BYTES = 1024 * 1024;

/** A credential that is ready to be sent. */
export interface Login {
  /** The Authorization header. */
  readonly header: string;
  /** The texts that no message and no log may show. */
  readonly secrets: readonly string[];
}

/** Reads the secret of a credential. Throws MetricsError (credential), whose message never has a part of the secret. */
export async function loginOf(credential: Credential, env: Environment): Promise<Login> {
  switch (credential.is) {
    case 'bearer': {
      const token = await secretIn(credential.token, env);
      if (!/^[\x21-\x7e]+$/.test(token))
        throw unusable(`the token in ${placeOf(credential.token)} has characters that no token has`);
      return { header: `Bearer ${token}`, secrets: [token] };
    }
    case 'basic': {
      const password = await secretIn(credential.password, env);
      if (/[\x00-\x1f\x7f:]/.test(credential.user)) throw unusable('the user name has a colon or a control character');
      const encoded = Buffer.from(`${credential.user}:${password}`).toString('base64');
      return { header: `Basic ${encoded}`, secrets: [password, encoded] };
    }
  }
}

/** The PEM file of the certificates that are trusted. Throws MetricsError (credential) for a file that has none. */
export async function certificatesIn(path: string): Promise<Buffer> {
  const what = `the file ${path} of the certificates`;
  const pem = await contentOf(path, CERTIFICATE_BYTES, what);
  try {
    new X509Certificate(pem);
  } catch {
    throw unusable(`${what} has no certificate that can be read`);
  }
  return pem;
}

/** The trimmed text, in one line. */
async function secretIn(place: SecretPlace, env: Environment): Promise<string> {
  const what = placeOf(place);
  const text = place.in === 'variable' ? env[place.name] : (await contentOf(place.path, SECRET_BYTES, what)).toString();
  const secret = text?.trim() ?? '';
  if (secret === '') throw unusable(`${what} is ${text === undefined ? 'not set' : 'empty'}`);
  if (/[\x00-\x1f\x7f\u0085\u2028\u2029]/.test(secret))
    throw unusable(`the secret in ${what} has a line break or a control character`);
  return secret;
}

function placeOf(place: SecretPlace): string {
  return place.in === 'variable' ? `the variable ${place.name}` : `the file ${place.path}`;
}

async function contentOf(path: string, limit: number, what: string): Promise<Buffer> {
  if (!isAbsolute(path)) throw unusable(`${what} is not given by an absolute path`);
  try {
    // Without O_NONBLOCK, opening a FIFO would wait for a writer.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await file.stat()).isFile()) throw unusable(`${what} is not a regular file`);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(limit + 1) });
    if (bytesRead > limit) throw unusable(`${what} is larger than ${limit} bytes`);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error && 'code' in error)) throw error;
    throw unusable(`${what} can't be read (${error.code})`, error);
  }
}

function unusable(message: string, cause?: unknown): MetricsError {
  return new MetricsError('credential', message, cause);
}
