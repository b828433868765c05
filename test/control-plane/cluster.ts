import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { built } from './build.ts';
import { type Connection, type KubectlOptions, kubectl } from './connection.ts';
import { type EngineVersion, engineManifests, engineService } from './engine.ts';
import { kruiseManifests, kruiseService } from './kruise.ts';
import { freePort, type Household, makeHousehold, type Service } from './processes.ts';

/** A running cluster. Everything of it goes at {@link Cluster.stop}, or when this process dies. */
export type Cluster<User extends string = string> = Connection<User> &
  AsyncDisposable & {
    /** Answers kubectl's stdout; throws with its stderr. */
    kubectl(args: readonly string[], options?: KubectlOptions): Promise<string>;
    /** The Kruise Rollouts controller. */
    readonly engine: Service;
    /** The API server; what it knows outlives it. */
    readonly apiServer: Service;
    stop(): Promise<void>;
  };

/** Nodes of a cluster where nothing else is said: as many as the embedded cluster has, for a DaemonSet's pods. */
export const clusterNodes = 5;

export type ClusterOptions<User extends string> = {
  /** Names of users to test RBAC with; each gets a token and a kubeconfig, and no right. */
  readonly users?: readonly User[];
  readonly nodes?: number;
  /** The Kruise Rollouts controller, with its CRDs; v0.6 when left out. */
  readonly rollouts?: EngineVersion;
  /** Whether OpenKruise is there too: the CloneSet and the Advanced kinds. */
  readonly kruise?: boolean;
};

/**
 * Boots etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kwok and the Kruise Rollouts controller on free
 * loopback ports in a temporary folder; `buildMissing` must have run. What pods do, see kwok.yaml.
 */
export async function bootCluster<const User extends string = never>(
  options: ClusterOptions<User> = {},
): Promise<Cluster<User>> {
  const household = await makeHousehold();
  try {
    return await furnish(household, options);
  } catch (error) {
    await household.release();
    throw error;
  }
}

async function furnish<User extends string>(
  household: Household,
  { users = [], nodes = clusterNodes, rollouts = 'v0.6', kruise = false }: ClusterOptions<User>,
): Promise<Cluster<User>> {
  const { connection, apiServer } = await bootApi(household, users);
  await Promise.all(controllers(household, connection).map((each) => each.start()));
  const items = [
    ...nodeManifests(nodes),
    ...(await engineManifests(rollouts)),
    ...(kruise ? await kruiseManifests() : []),
  ];
  const objects = { apiVersion: 'v1', kind: 'List', items };
  await kubectl(connection, ['create', '--validate=false', '-f', '-'], { input: JSON.stringify(objects) });

  const engine = await engineService(household, connection, rollouts);
  // The engine looks once which kinds there are.
  if (kruise) await waitFor(connection, '--for=condition=Established', 'crd', '--all');
  await Promise.all([
    engine.start(),
    kruise ? kruiseService(household, connection).then((manager) => manager.start()) : null,
    waitFor(connection, '--for=condition=Ready', 'node', '--all'),
    waitFor(connection, '--for=condition=Established', 'crd', '--all'),
    waitFor(connection, '--for=create', 'serviceaccount/default'),
  ]);
  return {
    ...connection,
    kubectl: (args, more) => kubectl(connection, args, more),
    engine,
    apiServer,
    stop: household.release,
    [Symbol.asyncDispose]: household.release,
  };
}

/**
 * `kubectl wait` for a minute. It ends in an error where it meets an object whose `status.conditions` is still null, as
 * that of a CustomResourceDefinition in its first moment; it is begun again then.
 */
async function waitFor(connection: Connection, ...args: readonly string[]): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      await kubectl(connection, ['wait', ...args, '--timeout=60s']);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

/** etcd and the API server, with the files that say how to reach it. */
async function bootApi<User extends string>(household: Household, users: readonly User[]) {
  const { dir } = household;
  const [etcdPort, peerPort, apiPort] = [await freePort(), await freePort(), await freePort()];
  const server = `https://127.0.0.1:${apiPort}`;
  const caFile = join(dir, 'apiserver', 'apiserver.crt');
  const admin = { token: newToken(), kubeconfig: join(dir, 'kubeconfig') };
  const others = users.map((name) => ({ name, token: newToken(), kubeconfig: join(dir, `kubeconfig-${name}`) }));
  const connection: Connection<User> = {
    dir,
    server,
    caFile,
    ...admin,
    users: Object.fromEntries(
      others.map(({ name, ...credentials }) => [name, credentials]),
    ) as Connection<User>['users'],
    engineLog: join(dir, 'kruise-rollouts.log'),
  };

  await mkdir(join(dir, 'apiserver'));
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const serviceAccountKey = join(dir, 'service-account.key');
  await writeFile(serviceAccountKey, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  const tokenLines = [
    `${admin.token},admin,admin,"system:masters"`,
    ...others.map((it) => `${it.token},${it.name},${it.name}`),
  ];
  await writeFile(join(dir, 'tokens.csv'), `${tokenLines.join('\n')}\n`, { mode: 0o600 });

  const etcd = household.service({
    name: 'etcd',
    program: built('etcd'),
    args: [
      `--data-dir=${join(dir, 'etcd')}`,
      `--listen-client-urls=http://127.0.0.1:${etcdPort}`,
      `--advertise-client-urls=http://127.0.0.1:${etcdPort}`,
      `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peerPort}`,
      `--initial-cluster=default=http://127.0.0.1:${peerPort}`,
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    ready: () => accepts(etcdPort),
  });
  const apiServer = household.service({
    name: 'kube-apiserver',
    program: built('kube-apiserver'),
    args: [
      `--etcd-servers=http://127.0.0.1:${etcdPort}`,
      `--secure-port=${apiPort}`,
      '--bind-address=127.0.0.1',
      // It makes its own certificate here, and finds it again after a restart.
      `--cert-dir=${join(dir, 'apiserver')}`,
      `--token-auth-file=${join(dir, 'tokens.csv')}`,
      '--authorization-mode=RBAC',
      `--service-account-key-file=${serviceAccountKey}`,
      `--service-account-signing-key-file=${serviceAccountKey}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      '--service-cluster-ip-range=10.0.0.0/16',
      // With the second, kwok's nodes stay tainted and no pod is ever scheduled.
      '--disable-admission-plugins=ServiceAccount,TaintNodesByCondition',
    ],
    ready: () => serves(server, connection),
  });
  await etcd.start();
  await apiServer.start();
  for (const each of [admin, ...Object.values<typeof admin>(connection.users)]) {
    await writeFile(each.kubeconfig, await kubeconfigText(connection, each.token), { mode: 0o600 });
  }
  return { connection, apiServer };
}

function controllers(household: Household, { kubeconfig, dir }: Connection): Service[] {
  const service = (name: 'kube-controller-manager' | 'kube-scheduler' | 'kwok', args: readonly string[]) =>
    household.service({
      name,
      program: built(name),
      args: [`--kubeconfig=${kubeconfig}`, ...args],
      env: { KWOK_WORKDIR: dir },
      // None of them is asked anything: the nodes, a service account and the first pods show that they work.
      ready: async () => true,
    });
  const control = ['--leader-elect=false', '--secure-port=0', '--kube-api-qps=500', '--kube-api-burst=1000'];
  const absent = ['nodeipam', 'node-lifecycle', 'service-lb', 'cloud-node-lifecycle', 'node-route'];
  return [
    service('kube-controller-manager', [
      ...control,
      // Each of its controllers has its own name then, as in a cluster of kubeadm.
      '--use-service-account-credentials',
      // A name it doesn't know ends it.
      `--controllers=*,${absent.map((name) => (name === 'nodeipam' ? '-nodeipam' : `-${name}-controller`)).join(',')}`,
    ]),
    service('kube-scheduler', control),
    service('kwok', [
      '--manage-all-nodes=true',
      '--node-ip=127.0.0.1',
      `--config=${join(import.meta.dirname, 'kwok.yaml')}`,
    ]),
  ];
}

function nodeManifests(count: number) {
  return Array.from({ length: count }, (_, index) => {
    const name = `node-${index + 1}`;
    const labels = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' };
    return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } };
  });
}

/** JSON, which is YAML too. The CA is inside, so that the text works without its folder. */
async function kubeconfigText({ server, caFile }: Connection, token: string): Promise<string> {
  const authority = (await readFile(caFile)).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': authority } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });
}

function newToken(): string {
  return randomBytes(16).toString('hex');
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const opened = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  socket.destroy();
  return opened;
}

async function serves(server: string, { caFile, token }: Connection): Promise<boolean> {
  const ca = await readFile(caFile, 'utf8').catch(() => undefined);
  if (ca === undefined) return false;
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${token}` };
    get(`${server}/readyz`, { ca, headers, agent: false }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode === 200));
    }).once('error', () => resolve(false));
  });
}
