import { X509Certificate } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { Env } from '../programs.ts';
import { howToGive, kubeconfigs, type Places, read, serviceAccountFolder } from './files.ts';
import type { Headers } from './impersonate.ts';
import { type Chosen, choose } from './kubeconfig.ts';
import { invalid } from './login.ts';
import { checkAllowed } from './plugin.ts';
import { prover } from './prover.ts';
import { type ProxyServer, proxyFor } from './proxy.ts';
import { refusedWords } from './refused.ts';

export interface AuthOptions extends Places {
  /** The path of the kubeconfig. Null: the files of KUBECONFIG, else ~/.kube/config, else the pod's service account. */
  readonly kubeconfig: string | null;
  /** The context; null: the current context of the kubeconfig. */
  readonly context: string | null;
  /** Exec plugins that may run: names in PATH, or absolute paths. */
  readonly exec: readonly string[];
  /** The environment: KUBECONFIG, HOME, RUNNER_TEMP, KUBERNETES_SERVICE_HOST and _PORT, and variables for exec plugins. */
  readonly env: Env;
  /** A folder of the repository, in which no program is started. */
  readonly folder?: string;
  /** Called with every secret before its first use. */
  readonly mask?: (secret: string) => void;
  readonly pluginTimeoutMs?: number;
}

export interface Tls {
  readonly ca?: Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: true;
}

export interface Credentials {
  readonly headers: Headers;
  readonly tls: Tls;
  /** What they were made from: the same for all that come from one sign-in. */
  readonly proof: object;
}

/** The address of the API server, and the login. Secrets are only in closures. */
export interface Endpoint {
  /** The context and the host, for messages. */
  readonly title: string;
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** The prefix of every API path; empty for most servers. */
  readonly basePath: string;
  /** What is on the way to the server; null for a direct connection. */
  readonly proxy: ProxyServer | null;
  /** What the kubeconfig calls the cluster, for hints. */
  readonly cluster: string;
  /** The key of the kubeconfig with the certificate authority; null when there is none. */
  readonly authority: string | null;
  /** The credentials for the next request; they are renewed when they have expired. */
  credentials(signal: AbortSignal): Promise<Credentials>;
  /**
   * After a 401: drops the credentials that were refused, unless others have taken their place already. Returns whether there
   * can be others.
   */
  renew(refused: Credentials): boolean;
  /** What to do about credentials that the server has refused. */
  refused(credentials: Credentials): string;
  /** Ends a plugin that is still running. */
  close(): void;
}

/** Reads and checks the kubeconfig. Throws KUBECONFIG_INVALID or NOT_SUPPORTED (input). Runs no plugin, and sends nothing. */
export async function authenticate(options: AuthOptions): Promise<Endpoint> {
  const { env } = options;
  const sources = await kubeconfigs(options);
  const chosen = sources === null ? inCluster(options) : choose(sources, options.context);
  const mask = masker(options);
  if (chosen.login.is === 'exec') checkAllowed(chosen.login.plugin, options.exec);

  const { server, serverName, names } = chosen;
  const ca = chosen.ca === null ? null : await read(chosen.ca, options);
  const cert = chosen.certificate === null ? null : await read(chosen.certificate.cert, options);
  const key = chosen.certificate === null ? null : await read(chosen.certificate.key, options);
  if (key !== null) mask(key.toString('utf8'));
  if (chosen.certificate?.key.is === 'inline') mask(chosen.certificate.key.base64);
  checkTls(ca, cert, key, chosen);
  const tls: Tls = {
    // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment has no effect.
    rejectUnauthorized: true,
    ...(ca === null ? {} : { ca }),
    ...(cert === null || key === null ? {} : { cert, key }),
    ...(serverName === null ? {} : { servername: serverName }),
  };
  const identity = prover(chosen.login, options, mask);
  const secure = server.protocol === 'https:';
  const given = chosen.proxy === null ? null : { text: chosen.proxy, at: names.cluster };
  const proxy = proxyFor({ server, given, env, ca, mask });

  return {
    title: `${chosen.context} (${server.host})`,
    secure,
    host: server.hostname.replace(/^\[|\]$/g, ''),
    port: server.port === '' ? (secure ? 443 : 80) : Number(server.port),
    basePath: server.pathname.replace(/(?<!\/)\/+$/, ''),
    proxy,
    cluster: names.cluster,
    authority: chosen.ca === null ? null : chosen.ca.is === 'inline' ? 'certificate-authority-data' : chosen.ca.key,
    async credentials(signal) {
      const proof = await identity.prove(signal);
      return {
        headers: { ...(proof.header === null ? {} : { authorization: proof.header }), ...chosen.impersonation },
        tls: proof.certificate === null ? tls : { ...tls, ...proof.certificate },
        proof,
      };
    },
    renew: ({ proof }) => identity.renew(proof),
    refused: ({ headers, tls }) => refusedWords(chosen, { headers, cert: tls.cert ?? null, now: Date.now() }),
    close: identity.close,
  };
}

function inCluster(options: AuthOptions): Chosen {
  if (options.context !== null) {
    throw invalid(`the context ${JSON.stringify(options.context)} is given, but there is no kubeconfig`, howToGive);
  }
  const { env } = options;
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '443';
  const text = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  if (!URL.canParse(text)) throw invalid('KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not an address');
  const folder = options.serviceAccount ?? serviceAccountFolder;
  const source = { file: folder, folder, text: '' };
  return {
    context: 'in-cluster',
    server: new URL(text),
    serverName: null,
    ca: { is: 'file', key: 'ca.crt', path: 'ca.crt', source },
    certificate: null,
    login: { is: 'tokenFile', path: 'token', source, otherwise: null },
    impersonation: {},
    proxy: null,
    names: { cluster: 'KUBERNETES_SERVICE_HOST', user: "the pod's service account" },
  };
}

/** Names the broken part; OpenSSL's message at the first connection does not. */
function checkTls(ca: Buffer | null, cert: Buffer | null, key: Buffer | null, { context }: Chosen): void {
  const parts = [
    { name: 'certificate-authority', ok: () => ca === null || new X509Certificate(ca) },
    { name: 'client-certificate', ok: () => cert === null || new X509Certificate(cert) },
    { name: 'client-key', ok: () => cert === null || key === null || createSecureContext({ cert, key }) },
  ];
  for (const { name, ok } of parts) {
    try {
      ok();
    } catch {
      // The cause is left out, because it may quote bytes of a key.
      throw invalid(`context ${JSON.stringify(context)}: ${name} can not be read, or does not match the other parts`);
    }
  }
}

function masker({ mask }: AuthOptions): (secret: string) => void {
  return (secret) => {
    // Masking a short or common text would make logs unreadable.
    if (mask !== undefined && secret.trim().length >= 6) mask(secret.trim());
  };
}
