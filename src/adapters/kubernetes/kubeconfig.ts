import { newClusters, newContexts, newUsers } from '@kubernetes/client-node/dist/config_types.js';
import { nearest } from '../../config/found.ts';
import { isObject, type JsonObject, listAt, stringAt } from '../../release/json.ts';
import { type Headers, impersonation } from './impersonate.ts';
import { readKubeconfig } from './kubeconfig-file.ts';
import { type Entry, has, invalid, type Login, loginOf, type Source } from './login.ts';

// config_types is client-node's parser for clusters, users and contexts. Its wrapper KubeConfig is not used: it loads undici
// and the generated models (1.2 MB, 70 ms at start-up), runs gcp and azure helpers through a shell, runs exec plugins with
// the whole environment, and reads the files of users that are not selected.

/** A certificate or key: in the kubeconfig itself (base64), or in a file. */
export type Material =
  | { readonly is: 'inline'; readonly base64: string }
  | { readonly is: 'file'; readonly key: string; readonly path: string; readonly source: Source };

/** The selected context, checked. */
export interface Chosen {
  readonly context: string;
  readonly server: URL;
  readonly serverName: string | null;
  readonly ca: Material | null;
  readonly certificate: { readonly cert: Material; readonly key: Material } | null;
  readonly login: Login;
  readonly impersonation: Headers;
  /** The value of `proxy-url`. */
  readonly proxy: string | null;
  /** What the kubeconfig calls the cluster and the user, with the file; for messages. */
  readonly names: { readonly cluster: string; readonly user: string | null };
}

/**
 * Reads the named context, or the current one of the files. When several files have an entry of the same name, the first
 * wins, as in kubectl. Only the cluster and the user of this context are read and checked. Throws KUBECONFIG_INVALID or
 * NOT_SUPPORTED (input); no message quotes a value that may be a credential.
 */
export function choose(sources: readonly Source[], wanted: string | null): Chosen {
  const files = sources.map((source) => ({ source, config: readKubeconfig(source) }));
  const where = sources.map((source) => source.file).join(', ');
  const current = files.map(({ config }) => stringAt(config, 'current-context') ?? '').find((name) => name !== '');
  const name = wanted ?? current;
  if (name === undefined) {
    const names = namesIn(files, 'contexts');
    throw invalid(
      `${where}: no context is named, and there is no current-context`,
      names === null
        ? 'it has no contexts either: sign in to a cluster first, or give another file with --kubeconfig'
        : `name one with --context, or in cluster.context of stepgate.yaml: ${names}`,
    );
  }
  const context = contextNamed(files, name, where);
  const cluster = only(files, 'clusters', context.cluster, `context ${shown(name)}`);
  checkCluster(cluster);
  const user = context.user === undefined ? null : only(files, 'users', context.user, `context ${shown(name)}`);
  if (user !== null) checkUser(user);
  // client-node's parsers are used only now, when every value is a string and every reference is known.
  const [parsedCluster] = newClusters([cluster.entry]);
  const [parsedUser] = newUsers(user === null ? [] : [user.entry]);
  if (parsedCluster === undefined) throw invalid(`${cluster.at} cannot be read`);

  return {
    context: name,
    server: serverOf(parsedCluster.server, cluster),
    serverName: parsedCluster.tlsServerName ?? null,
    ca: material(parsedCluster.caData, parsedCluster.caFile, 'certificate-authority', cluster.source),
    certificate: user === null ? null : certificateOf(parsedUser, user),
    login: user === null ? { is: 'none' } : loginOf(user, cluster),
    impersonation: user === null ? {} : impersonation(user),
    proxy: has(cluster.body, 'proxy-url') ? stringAt(cluster.body, 'proxy-url') : null,
    names: { cluster: nameOf(cluster), user: user === null ? null : nameOf(user) },
  };
}

interface File {
  readonly source: Source;
  readonly config: JsonObject;
}

/** The entries of that name in the first file that has one. The order of two entries in one file has no meaning. */
function entries(files: readonly File[], list: 'clusters' | 'users' | 'contexts', name: string) {
  for (const { source, config } of files) {
    const found = listAt(config, list).filter((entry) => stringAt(entry, 'name') === name);
    if (found.length > 1) throw invalid(`${source.file} has ${found.length} ${list} of the name ${shown(name)}`);
    const [entry] = found;
    if (isObject(entry)) return [{ source, entry }];
  }
  return [];
}

function contextNamed(files: readonly File[], name: string, where: string) {
  const [found] = entries(files, 'contexts', name);
  if (found === undefined) {
    throw invalid(`${where}: there is no context ${shown(name)}`, `it has: ${namesIn(files, 'contexts') ?? 'none'}`);
  }
  const at = `${found.source.file}: context ${shown(name)}`;
  if (stringAt(found.entry, 'context', 'cluster') === null) throw invalid(`${at} names no cluster`);
  const [context] = newContexts([found.entry]);
  if (context === undefined) throw invalid(`${at} cannot be read`);
  return context;
}

function only(files: readonly File[], list: 'clusters' | 'users', name: unknown, by: string): Entry {
  const [found] = typeof name === 'string' ? entries(files, list, name) : [];
  const singular = list === 'clusters' ? 'cluster' : 'user';
  if (found === undefined || typeof name !== 'string') {
    throw invalid(
      `${by} names the ${singular} ${shown(name)}, which is not in the kubeconfig`,
      `its ${list} are: ${namesIn(files, list) ?? 'none'}`,
    );
  }
  const body = found.entry[singular] ?? {};
  const at = `${found.source.file}: ${singular} ${shown(name)}`;
  if (!isObject(body)) throw invalid(`${at} is not a mapping`);
  return { ...found, body, at, name: `${singular} ${shown(name)}` };
}

function nameOf({ name, source }: Entry): string {
  return `${name} of ${source.file}`;
}

/** The names of a list, for a hint; null where it has none. */
function namesIn(files: readonly File[], list: 'clusters' | 'users' | 'contexts'): string | null {
  const names = files.flatMap(({ config }) => listAt(config, list).map((entry) => stringAt(entry, 'name') ?? ''));
  const some = [...new Set(names)].filter((name) => name !== '').map(shown);
  return some.length === 0 ? null : some.slice(0, 10).join(', ') + (some.length > 10 ? ', ...' : '');
}

function checkCluster(entry: Entry): void {
  checkStrings(entry, [
    'server',
    'certificate-authority',
    'certificate-authority-data',
    'tls-server-name',
    'proxy-url',
  ]);
  const { body, at } = entry;
  if (!has(body, 'server')) {
    const close = nearest('server', Object.keys(body));
    throw invalid(
      `${at} has no server`,
      close === null ? 'write server: https://host:port' : `write server for ${shown(close)}`,
    );
  }
  if (has(body, 'insecure-skip-tls-verify') && body['insecure-skip-tls-verify'] !== false) {
    throw invalid(
      `${at} turns off the check of the server's certificate (insecure-skip-tls-verify)`,
      'give certificate-authority or certificate-authority-data instead',
    );
  }
}

function checkUser(entry: Entry): void {
  checkStrings(entry, [
    'client-certificate',
    'client-certificate-data',
    'client-key',
    'client-key-data',
    'token',
    'tokenFile',
    'username',
    'password',
    'as',
    'as-uid',
  ]);
  const { body, at } = entry;
  if (has(body, 'auth-provider')) {
    throw invalid(`${at} uses an auth-provider, which Kubernetes has removed`, 'use an exec plugin or a token');
  }
  // client-node would read this file while parsing, from any folder; kubectl does not have this key.
  if (has(body, 'token-file')) throw invalid(`${at} has token-file, which kubectl does not know`, 'write tokenFile');
}

function checkStrings({ body, at }: Entry, keys: readonly string[]): void {
  for (const key of keys) {
    if (has(body, key) && typeof body[key] !== 'string') throw invalid(`${at}: ${key} is not a string`, 'quote it');
  }
}

function serverOf(text: string, { at }: Entry): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) throw invalid(`${at}: its server is not an address`, 'write https://host:port');
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw invalid(`${at}: its server has more than scheme, host, port and path`, 'write https://host:port');
  }
  if (url.protocol === 'https:') return url;
  if (url.protocol !== 'http:') throw invalid(`${at}: its server is not https`, 'write https://host:port');
  // Addresses only: a hosts file or a resolver decides where the name localhost leads.
  if (!/^(127(\.\d+){3}|\[::1\])$/.test(url.hostname)) {
    throw invalid(
      `${at}: its server is plain http, which would show the credentials to the network`,
      'use https; plain http is for the loopback addresses 127.0.0.1 and [::1] only',
    );
  }
  return url;
}

function material(data: unknown, file: unknown, key: string, source: Source): Material | null {
  // As in kubectl, an inline value wins over a file.
  if (typeof data === 'string' && data !== '') return { is: 'inline', base64: data };
  if (typeof file === 'string' && file !== '') return { is: 'file', key, path: file, source };
  return null;
}

function certificateOf(user: ReturnType<typeof newUsers>[number] | undefined, { source, at }: Entry) {
  const cert = material(user?.certData, user?.certFile, 'client-certificate', source);
  const key = material(user?.keyData, user?.keyFile, 'client-key', source);
  if (cert !== null && key !== null) return { cert, key };
  if (cert === null && key === null) return null;
  throw invalid(`${at} has a client certificate or its key, but not both`);
}

/** A name from the kubeconfig, for a message. */
function shown(name: unknown): string {
  return typeof name === 'string' ? JSON.stringify(name.slice(0, 100)) : 'without a name';
}
