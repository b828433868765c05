import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http, { type Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { built } from './build.ts';

export type Credentials = { readonly token: string; readonly kubeconfig: string };

/** How to reach a cluster: plain data, so that it can be handed to other processes. `User` names its RBAC test users. */
export type Connection<User extends string = string> = {
  /** The cluster's folder; it goes with the cluster. */
  readonly dir: string;
  readonly server: string;
  /** A PEM file; the server's certificate is checked against it. Empty: the server is an embedded one, over plain HTTP. */
  readonly caFile: string;
  /** The administrator's kubeconfig and token. */
  readonly kubeconfig: string;
  readonly token: string;
  /** Users without any right until a test binds a role to them. */
  readonly users: Readonly<Record<User, Credentials>>;
  /** What the engine logged. */
  readonly engineLog: string;
};

export type KubectlOptions = {
  /** stdin, for `-f -`. */
  readonly input?: string;
  /** Another user's kubeconfig; the administrator's if left out. */
  readonly kubeconfig?: string;
};

/** Answers what kubectl printed to stdout; throws with its stderr when it ends in failure. */
export function kubectl(
  { kubeconfig, dir }: Pick<Connection, 'kubeconfig' | 'dir'>,
  args: readonly string[],
  options: KubectlOptions = {},
): Promise<string> {
  // A cache of our own: the one in the home folder is kept by host and port, and ports come back with other clusters.
  const env = { ...process.env, KUBECONFIG: options.kubeconfig ?? kubeconfig, KUBECACHEDIR: `${dir}/kubectl-cache` };
  return new Promise((resolve, reject) => {
    const child = execFile(built('kubectl'), args, { env, maxBuffer: 256 << 20 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`kubectl ${args.join(' ')}: ${stderr.trim() || error.message}`));
    });
    // A kubectl that fails early doesn't read its stdin; its exit says what matters.
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input ?? '');
  });
}

/** What it takes to ask a server as the administrator. */
export type Door = Pick<Connection, 'server' | 'caFile' | 'token'>;

export type Sent = {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly contentType?: string;
  readonly body?: unknown;
};

/** An agent that trusts the server's CA alone. */
export function agentFor({ server, caFile }: Pick<Door, 'server' | 'caFile'>): Agent {
  return isPlain(server)
    ? new http.Agent({ keepAlive: true })
    : new https.Agent({ keepAlive: true, ca: readFileSync(caFile) });
}

export function isPlain(server: string): boolean {
  return server.startsWith('http:');
}

const agents = new Map<string, Agent>();

/** Sends a request as the administrator, over a kept-alive connection; the caller hears of errors. */
export function send(to: Door, path: string, sent: Sent, answered: (response: IncomingMessage) => void): ClientRequest {
  const agent = agents.get(to.server) ?? agentFor(to);
  agents.set(to.server, agent);
  const { method = 'GET', contentType = 'application/json', body } = sent;
  const headers = {
    authorization: `Bearer ${to.token}`,
    ...(body === undefined ? {} : { 'content-type': contentType }),
  };
  const { request } = isPlain(to.server) ? http : https;
  const outgoing = request(`${to.server}${path}`, { agent, method, headers }, answered);
  outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  return outgoing;
}

/** The body of an answer, as the administrator; throws with the server's words when it isn't 2xx. */
export function ask<T>(to: Door, path: string, sent: Sent = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = send(to, path, sent, (response) => {
      const chunks: Buffer[] = [];
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        const { statusCode = 0 } = response;
        if (statusCode >= 200 && statusCode < 300) resolve(JSON.parse(text) as T);
        else reject(new Error(`${sent.method ?? 'GET'} ${path}: ${statusCode} ${text}`));
      });
    });
    request.once('error', reject);
  });
}

export function getJson<T>(to: Door, path: string): Promise<T> {
  return ask<T>(to, path);
}

export async function createNamespace(to: Door, name: string): Promise<void> {
  await ask(to, '/api/v1/namespaces', {
    method: 'POST',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
  });
}

/** By the name that kubectl takes; where two groups have it, with the group. */
const groups = {
  pods: '/api/v1',
  services: '/api/v1',
  configmaps: '/api/v1',
  events: '/api/v1',
  deployments: '/apis/apps/v1',
  replicasets: '/apis/apps/v1',
  statefulsets: '/apis/apps/v1',
  controllerrevisions: '/apis/apps/v1',
  rollouts: '/apis/rollouts.kruise.io/v1beta1',
  batchreleases: '/apis/rollouts.kruise.io/v1beta1',
  ingresses: '/apis/networking.k8s.io/v1',
  httproutes: '/apis/gateway.networking.k8s.io/v1',
  horizontalpodautoscalers: '/apis/autoscaling/v2',
  applications: '/apis/core.oam.dev/v1beta1',
  applicationrevisions: '/apis/core.oam.dev/v1beta1',
  approllouts: '/apis/core.oam.dev/v1beta1',
  'clonesets.apps.kruise.io': '/apis/apps.kruise.io/v1alpha1',
  'statefulsets.apps.kruise.io': '/apis/apps.kruise.io/v1beta1',
  'daemonsets.apps.kruise.io': '/apis/apps.kruise.io/v1alpha1',
} as const;

export type Resource = keyof typeof groups;

/** The path of an object, or of the collection where no name is given. */
export function pathOf(namespace: string, resource: Resource, name = ''): string {
  const [plural = ''] = resource.split('.');
  return `${groups[resource]}/namespaces/${namespace}/${plural}${name === '' ? '' : `/${name}`}`;
}
