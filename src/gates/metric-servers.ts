import { complain, complainUnknown, type Reader } from '../config/check.ts';
import { type Key, type Keys, keys, text } from '../config/shapes.ts';
import { parseDuration, parsedValue } from '../config/time.ts';
import type { Path } from '../config/yaml.ts';
import { type Json, objectAt, stringAt } from '../release/json.ts';
import type { Credential, MetricsServer, SecretPlace } from '../release/metrics.ts';

const TIMEOUT = 10;
/** A run that waits longer for one answer is over before it. Seconds. */
const LONGEST_TIMEOUT = 3600;

/** How a server is asked: the keys beside its address. */
export const askingKeys = {
  tokenVariable: { about: 'the environment variable with a bearer token', shape: text('variable') },
  tokenFile: { about: 'the file with a bearer token, read at each use', shape: text('absolutePath') },
  user: { about: 'the user for basic authentication', shape: text('text') },
  passwordVariable: { about: 'the environment variable with the password', shape: text('variable') },
  passwordFile: { about: 'the file with the password, read at each use', shape: text('absolutePath') },
  ca: { about: 'a PEM file with the only certificates to trust', shape: text('absolutePath') },
  timeout: { about: 'how long an answer may take, at most 1h; 10s by default', shape: text('duration') },
} as const satisfies Keys['keys'];

/** The config key with the servers that metrics name. */
export const servers: Key = {
  about: 'servers that metrics name: Prometheus, or what speaks its API',
  shape: {
    is: 'names',
    names: 'word',
    of: keys({
      url: { about: 'its address, such as https://prom.example', shape: text('address'), required: true },
      ...askingKeys,
    }),
  },
};

/** The servers of the config, by name. */
export function readServers(reader: Reader): ReadonlyMap<string, MetricsServer> {
  const entries = Object.entries(objectAt(reader.document.value, 'prometheus'));
  return new Map(
    entries.map(([name, entry]) => [name, readServer(reader, { name, entry, path: ['prometheus', name] })]),
  );
}

/** A server with the keys of `askingKeys` and an address. */
export function readServer(
  reader: Reader,
  { name, entry, path }: { readonly name: string; readonly entry: Json; readonly path: Path },
): MetricsServer {
  const url = stringAt(entry, 'url') ?? '';
  const credential = readCredential(reader, entry, path);
  const timeout = parsedValue(parseDuration(stringAt(entry, 'timeout') ?? ''));
  if (timeout !== null && timeout > LONGEST_TIMEOUT)
    complain(reader, { path: [...path, 'timeout'], says: 'is longer than an hour', hint: 'write at most 1h' });
  if (credential !== null && isPlain(url)) {
    const says = 'is http, and a credential is sent only over https';
    complain(reader, { path: [...path, 'url'], says, hint: 'write an https address, or leave the credential out' });
  }
  return { name, url, credential, ca: stringAt(entry, 'ca'), timeoutSeconds: timeout ?? TIMEOUT };
}

/** The server that a metric names: an entry, or an address. Null when it is neither. */
export function serverOf(
  reader: Reader,
  { named, path }: { readonly named: string; readonly path: Path },
  known: ReadonlyMap<string, MetricsServer>,
): MetricsServer | null {
  const url = URL.canParse(named) && named.includes('://') ? new URL(named) : null;
  if (url !== null) {
    return { name: url.host, url: named, credential: null, ca: null, timeoutSeconds: TIMEOUT };
  }
  const found = known.get(named);
  if (found === undefined) complainUnknown(reader, { path, name: named, known, of: 'entries of prometheus' });
  return found ?? null;
}

function readCredential(reader: Reader, entry: unknown, path: Path): Credential | null {
  const user = stringAt(entry, 'user');
  const token = placeOf(entry, 'token');
  const password = placeOf(entry, 'password');
  const wrong = (key: string, says: string, hint: string) => complain(reader, { path: [...path, key], says, hint });
  for (const kind of ['token', 'password'] as const) {
    if (stringAt(entry, `${kind}Variable`) === null || stringAt(entry, `${kind}File`) === null) continue;
    wrong(`${kind}File`, `is given beside ${kind}Variable`, 'remove one of them');
  }
  if (token !== null) {
    if (user !== null) wrong('user', 'is given beside a token', 'remove one of them');
    return { is: 'bearer', token };
  }
  if (user?.includes(':')) wrong('user', 'has a colon', 'basic authentication has no users with one: use another');
  if (user === null && password === null) return null;
  if (user !== null && password !== null) return { is: 'basic', user, password };
  if (user !== null) wrong('user', 'has no password', 'add passwordVariable or passwordFile');
  else wrong(stringAt(entry, 'passwordFile') === null ? 'passwordVariable' : 'passwordFile', 'has no user', 'add user');
  return null;
}

function placeOf(entry: unknown, kind: 'token' | 'password'): SecretPlace | null {
  const path = stringAt(entry, `${kind}File`);
  const name = stringAt(entry, `${kind}Variable`);
  if (name !== null) return { in: 'variable', name };
  return path === null ? null : { in: 'file', path };
}

/** Whether an address sends what it is given unencrypted over a network. */
function isPlain(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === 'http:' && !['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
}
