import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { built } from './build.ts';

export type Credentials = { readonly token: string; readonly kubeconfig: string };

/** How to reach a cluster: plain data, so that it can be handed to other processes. `User` names its RBAC test users. */
export type Connection<User extends string = string> = {
  /** The cluster's folder; it goes with the cluster. */
  readonly dir: string;
  readonly server: string;
  /** A PEM file; the server's certificate is checked against it. */
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

const agents = new Map<string, Agent>();

/** The body of a GET as the administrator; throws with the server's words when it isn't a 200. */
export function getJson<T>({ server, caFile, token }: Connection, path: string): Promise<T> {
  const agent = agents.get(server) ?? new Agent({ keepAlive: true, ca: readFileSync(caFile) });
  agents.set(server, agent);
  return new Promise((resolve, reject) => {
    const request = get(`${server}${path}`, { agent, headers: { authorization: `Bearer ${token}` } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve(JSON.parse(text) as T);
        else reject(new Error(`GET ${path}: ${response.statusCode} ${text}`));
      });
    });
    request.once('error', reject);
  });
}
