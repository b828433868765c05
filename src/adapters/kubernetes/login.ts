import { inputError } from '../../release/error.ts';
import { isObject, type JsonObject, listAt, stringAt } from '../../release/json.ts';

/** One kubeconfig file. Relative paths in it start from `folder`. */
export interface Source {
  readonly file: string;
  readonly folder: string;
  readonly text: string;
}

/** How the user logs in, beside a client certificate. */
export type Login =
  | { readonly is: 'none' }
  | { readonly is: 'token'; readonly token: string }
  /** `otherwise` is the token for when there is no such file. */
  | { readonly is: 'tokenFile'; readonly path: string; readonly source: Source; readonly otherwise: string | null }
  | { readonly is: 'basic'; readonly username: string; readonly password: string }
  | { readonly is: 'exec'; readonly plugin: ExecPlugin };

export interface ExecPlugin {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly apiVersion: string;
  readonly installHint: string | null;
  /** The cluster data for a plugin that requests it. */
  readonly cluster: JsonObject | null;
  /** The folder from which a relative command starts. */
  readonly folder: string;
}

/** A cluster or a user in the kubeconfig. */
export interface Entry {
  readonly source: Source;
  readonly entry: JsonObject;
  /** Its `cluster` or `user` part. */
  readonly body: JsonObject;
  /** The file and the entry, for messages. */
  readonly at: string;
  /** What it is, and its name: `user "ada"`. */
  readonly name: string;
}

/**
 * The login of a user, with the ranks of kubectl: the token of a file before one that is written down, and a program only where
 * there is no token, password or client certificate. A token beside a password is refused.
 */
export function loginOf(user: Entry, cluster: Entry): Login {
  const { body, source, at } = user;
  const tokens = ['token', 'tokenFile'].filter((key) => has(body, key));
  const passwords = ['username', 'password'].filter((key) => has(body, key));
  if (tokens.length > 0 && passwords.length > 0) {
    throw invalid(`${at} has ${[...tokens, ...passwords].join(' and ')}`, 'keep the token or the password');
  }
  const written = stringAt(body, 'token') ?? '';
  const token = written === '' ? null : checkedToken(written, `${at}: its token`);
  const path = stringAt(body, 'tokenFile') ?? '';
  if (path !== '') return { is: 'tokenFile', path, source, otherwise: token };
  if (token !== null) return { is: 'token', token };
  if (passwords.length > 0) {
    if (!has(body, 'username')) throw invalid(`${at} has a password without username`, 'write the username');
    return { is: 'basic', username: stringAt(body, 'username') ?? '', password: stringAt(body, 'password') ?? '' };
  }
  const certificate = ['client-certificate', 'client-certificate-data'].some((key) => has(body, key));
  if (has(body, 'exec') && !certificate) return { is: 'exec', plugin: pluginOf(user, cluster) };
  return { is: 'none' };
}

/**
 * Checks a token for use in a header. The check also prevents that the content of another file, such as a key, is sent to
 * the server, because such content has white space.
 */
export function checkedToken(text: string, what: string): string {
  const token = text.trim();
  if (!/^[\x21-\x7e]{1,65536}$/.test(token)) {
    throw invalid(`${what} is not a token: it is empty, or has white space or other characters that no token has`);
  }
  return token;
}

function pluginOf(user: Entry, cluster: Entry): ExecPlugin {
  const exec = user.body['exec'];
  const at = `${user.at}: exec`;
  const command = stringAt(exec, 'command');
  if (!isObject(exec) || command === null || command === '') throw invalid(`${at} has no command`);
  const apiVersion = stringAt(exec, 'apiVersion') ?? '';
  if (!/^client\.authentication\.k8s\.io\/v1(beta1)?$/.test(apiVersion)) {
    throw invalid(`${at}.apiVersion is not client.authentication.k8s.io/v1 or v1beta1`, 'update the kubeconfig');
  }
  if (stringAt(exec, 'interactiveMode') === 'Always') {
    throw unsupported(`${at} needs a terminal (interactiveMode: Always)`, 'use credentials that need nobody to type');
  }
  const args = listAt(exec, 'args').map((arg) => {
    if (typeof arg !== 'string') throw invalid(`${at}.args has an entry that is not a string`, 'quote it');
    return arg;
  });
  const env = listAt(exec, 'env').map((pair) => {
    const name = stringAt(pair, 'name');
    const value = stringAt(pair, 'value');
    if (name === null || value === null) throw invalid(`${at}.env has an entry without name and value as strings`);
    return { name, value };
  });
  const installHint = stringAt(exec, 'installHint');
  return {
    command,
    args,
    env,
    apiVersion,
    installHint: installHint === '' ? null : installHint,
    cluster: exec['provideClusterInfo'] === true ? clusterInfo(cluster) : null,
    folder: user.source.folder,
  };
}

function clusterInfo({ body }: Entry): JsonObject {
  const passed = ['server', 'tls-server-name', 'certificate-authority-data', 'proxy-url'].filter((key) =>
    has(body, key),
  );
  const config = listAt(body, 'extensions').find(
    (extension) => stringAt(extension, 'name') === 'client.authentication.k8s.io/exec',
  );
  return {
    ...Object.fromEntries(passed.map((key) => [key, body[key] ?? null])),
    ...(isObject(config) ? { config: config['extension'] ?? null } : {}),
  };
}

/** Whether a key is there and not empty. */
export function has(body: JsonObject, key: string): boolean {
  const value = Object.hasOwn(body, key) ? body[key] : undefined;
  return value !== undefined && value !== null && value !== '';
}

export function invalid(message: string, hint?: string) {
  return inputError('KUBECONFIG_INVALID', message, hint === undefined ? {} : { hint });
}

export function unsupported(message: string, hint: string) {
  return inputError('NOT_SUPPORTED', message, { hint });
}
