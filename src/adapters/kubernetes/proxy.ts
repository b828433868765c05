import { BlockList, isIP } from 'node:net';
import type { Env } from '../programs.ts';
import { invalid, unsupported } from './login.ts';

/** A proxy on the way to the API server. */
export interface ProxyServer {
  /** Its address without credentials, and what names it, for messages. */
  readonly title: string;
  /** What names it: `HTTPS_PROXY`, or `proxy-url` of a cluster. */
  readonly from: string;
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** The certificate authority of the cluster, which is trusted beside those that Node.js trusts. */
  readonly ca: Buffer | null;
  /** The header with the credentials of its address. */
  authorization(): Readonly<Record<string, string>>;
}

export interface ProxyOptions {
  readonly server: URL;
  /** The value of `proxy-url`, and the cluster that has it; null where it has none. */
  readonly given: { readonly text: string; readonly at: string } | null;
  readonly env: Env;
  readonly ca: Buffer | null;
  /** Called with every secret of the address. */
  readonly mask: (secret: string) => void;
}

/**
 * The proxy of the kubeconfig's `proxy-url`, which every connection goes through, else that of `HTTPS_PROXY`, with the exceptions of
 * `NO_PROXY` and of loopback, as kubectl reads both; null for a direct connection. Throws KUBECONFIG_INVALID or NOT_SUPPORTED
 * (input); no message quotes the address, which may have a password.
 */
export function proxyFor({ server, given, env, ca, mask }: ProxyOptions): ProxyServer | null {
  if (given !== null) {
    const proxy = parse(given.text, { from: `proxy-url of ${given.at}`, ca, mask });
    if (server.protocol === 'http:' && !isLoopback(proxy.host)) {
      throw invalid(
        `${given.at}: its server is plain http, which would show the credentials to the proxy`,
        'use https, or connect to the loopback address without proxy-url',
      );
    }
    return proxy;
  }
  if (server.protocol !== 'https:') return null;
  const [name, text] = set(env, 'HTTPS_PROXY', 'https_proxy') ?? ['', ''];
  if (text === '') return null;
  const [, exceptions] = set(env, 'NO_PROXY', 'no_proxy') ?? ['', ''];
  const host = server.hostname.replace(/^\[|\]$/g, '');
  const port = server.port === '' ? '443' : server.port;
  if (isLoopback(host) || isExcepted(exceptions, host, port)) return null;
  // Like curl and Go, a value without a scheme is taken as http.
  return parse(text.includes('://') ? text : `http://${text}`, { from: name, ca, mask });
}

function set(env: Env, ...names: readonly string[]): readonly [string, string] | undefined {
  return names.map((name): [string, string] => [name, (env[name] ?? '').trim()]).find(([, value]) => value !== '');
}

function parse(
  text: string,
  { from, ca, mask }: Pick<ProxyOptions, 'ca' | 'mask'> & { readonly from: string },
): ProxyServer {
  const url = URL.parse(text);
  const what = 'write http://host:port or https://host:port';
  if (url === null) throw invalid(`${from} is no address`, what);
  if (/^socks/.test(url.protocol)) {
    throw unsupported(
      `${from} is a SOCKS proxy, which is not supported`,
      'give the address of a proxy that speaks HTTP; ssh -L and kubectl proxy bring a port of the server to this machine',
    );
  }
  if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') {
    throw invalid(`${from} is neither http nor https`, what);
  }
  const secure = url.protocol === 'https:';
  const { username, password } = url;
  let header: string | null = null;
  if (username !== '' || password !== '') {
    const plain = [username, password].map(decoded);
    if (plain.includes(null)) throw invalid(`${from} has a name or a password that is not percent-encoded`, what);
    const encoded = Buffer.from(plain.join(':')).toString('base64');
    for (const secret of [password, plain[1] ?? '', encoded]) mask(secret);
    header = `Basic ${encoded}`;
  }
  return {
    title: `the proxy ${url.protocol}//${url.host} (${from})`,
    from,
    secure,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    ca,
    authorization: () => (header === null ? {} : { 'proxy-authorization': header }),
  };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Whether NO_PROXY names the host: by name with everything below it, address, range (10.0.0.0/8), `*`, each with or without a port. */
function isExcepted(list: string, host: string, port: string): boolean {
  return list
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== '' && (entry === '*' || excepts(entry, host.toLowerCase(), port)));
}

function excepts(entry: string, host: string, port: string): boolean {
  const range = /^(.+)\/(\d{1,3})$/.exec(entry);
  if (range !== null) return isWithin(range[1] ?? '', Number(range[2]), host);
  const [, bracketed, plain, wanted] = /^(?:\[([^\]]*)\]|([^:]*)|.*:.*:.*)(?::(\d+))?$/.exec(entry) ?? [];
  if (wanted !== undefined && wanted !== port) return false;
  const name = bracketed ?? plain ?? entry;
  if (isIP(name) !== 0) return isWithin(name, isIP(name) === 6 ? 128 : 32, host);
  const suffix = name.replace(/^\*/, '');
  return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}

function isWithin(net: string, bits: number, host: string): boolean {
  const version = isIP(net);
  if (version === 0 || isIP(host) === 0 || bits > (version === 6 ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(net, bits, version === 6 ? 'ipv6' : 'ipv4');
  return list.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || isWithin('127.0.0.0', 8, host) || isWithin('::1', 128, host);
}
