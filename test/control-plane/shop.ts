import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { DeliveryReport, Report } from '../../src/release/report.ts';
import { type GitRemote, gitRemote } from '../support/git-remote.ts';
import { type Files, type Repository, repository } from '../support/repository.ts';
import { built } from './build.ts';
import { type Connection, createNamespace, type Door } from './connection.ts';
import { cluster, confined, embedded } from './fixture.ts';

/** The built CLI, run as a person runs it. `STEPGATE_DIST` names another build, from the project's root. */
export const cli = path.resolve(import.meta.dirname, '../..', process.env.STEPGATE_DIST ?? 'dist', 'cli.js');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  /** The log: every write is a line that begins with `write:`. */
  readonly stderr: string;
  /** Of a command run with --json; throws where stdout is none. */
  readonly report: Report;
  /** The only delivery of the report. */
  readonly delivery: DeliveryReport;
  /** The writes, in order. */
  readonly writes: readonly string[];
}

export interface Shop extends AsyncDisposable {
  readonly namespace: string;
  /** Where the API keeps its workload. */
  readonly resource: (typeof kinds)[WorkloadKind]['resource'];
  /** As its manifest has it. */
  readonly kind: (typeof kinds)[WorkloadKind]['kind'];
  /** What the delivery is called. */
  readonly delivery: string;
  readonly repo: Repository;
  readonly remote: GitRemote;
  /** Runs `stepgate COMMAND ... --json`. */
  stepgate(...args: readonly string[]): Promise<Ended>;
  /** The same, as a process to be killed. */
  start(...args: readonly string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> };
  /** The same shop for somebody else, or from somewhere else. */
  as(other: Other): Pick<Shop, 'stepgate' | 'start'>;
  /** Commits the workload with this image and pushes; the commit. */
  release(image: string, more?: Files): Promise<string>;
}

/** The kinds as the config names them, and as the API does. */
const kinds = {
  Deployment: { apiVersion: 'apps/v1', kind: 'Deployment', resource: 'deployments' },
  StatefulSet: { apiVersion: 'apps/v1', kind: 'StatefulSet', resource: 'statefulsets' },
  CloneSet: { apiVersion: 'apps.kruise.io/v1alpha1', kind: 'CloneSet', resource: 'clonesets.apps.kruise.io' },
  AdvancedStatefulSet: {
    apiVersion: 'apps.kruise.io/v1beta1',
    kind: 'StatefulSet',
    resource: 'statefulsets.apps.kruise.io',
  },
  AdvancedDaemonSet: {
    apiVersion: 'apps.kruise.io/v1alpha1',
    kind: 'DaemonSet',
    resource: 'daemonsets.apps.kruise.io',
  },
} as const;

export type WorkloadKind = keyof typeof kinds;

export interface ShopOptions {
  readonly kind?: WorkloadKind;
  /** Of a StatefulSet: its pods one after the other, as where nothing is said, or all at once. */
  readonly pods?: 'OrderedReady' | 'Parallel';
  readonly style?: 'partition' | 'canary' | 'blueGreen';
  /** What the delivery is called: `shop`, or by a name that no other shop of the cluster has. */
  readonly called?: 'shop' | 'alone';
  /** YAML flow mapping of `source`. */
  readonly source?: string;
  /** YAML flow items of `steps`. */
  readonly steps?: readonly string[];
  /** Further lines of the delivery block, indented by 4. */
  readonly config?: string;
  readonly replicas?: number;
  readonly image?: string;
  readonly files?: Files;
  /** Another kubeconfig than the administrator's. */
  readonly kubeconfig?: string;
  /** Further variables of the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Another cluster than the suite's. */
  readonly on?: Door & Pick<Connection, 'kubeconfig'>;
}

export interface Other {
  readonly who?: string;
  readonly kubeconfig?: string;
  /** Another working folder than the repository. */
  readonly folder?: string;
  /** Another PATH. */
  readonly path?: string;
  /** Further variables of the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What a person reads in the place of --json; then there is no report. */
  readonly text?: true;
}

const plainSteps = ['{ name: one, replicas: 20% }', '{ name: most, replicas: 60% }', '{ name: all, replicas: 100% }'];

/** A repository with one workload under stepgate, its HTTP remote, and a namespace of its own; nothing deployed yet. */
export async function shop(options: ShopOptions = {}): Promise<Shop> {
  const { style = 'partition', steps = plainSteps, config = '', replicas = 5, image = 'app:v1', files = {} } = options;
  const { on = cluster, called = 'shop', source = '{ files: [deploy/*.yaml] }' } = options;
  const { kind = 'Deployment', pods = 'OrderedReady' } = options;
  const manifest = (image: string) => workload({ kind, image, replicas, name: 'shop', more: specOf(kind, pods) });
  const name = `shop-${randomBytes(4).toString('hex')}`;
  const delivery = called === 'alone' ? name : 'shop';
  await createNamespace(on, name);
  const hasPolicy = config.includes('rollback: {') && on === cluster && !embedded;
  const own = options.kubeconfig ?? (hasPolicy ? (await confined(name)).kubeconfig : on.kubeconfig);
  const remote = await gitRemote({});
  const repo = await repository({
    files: {
      'stepgate.yaml': [
        'version: 1',
        'deliveries:',
        `  - delivery: ${delivery}`,
        `    namespace: ${name}`,
        `    workload: { kind: ${kind}, name: shop }`,
        `    source: ${source}`,
        `    strategy: ${style}`,
        '    steps:',
        ...steps.map((step) => `      - ${step}`),
        config,
      ].join('\n'),
      'deploy/shop.yaml': manifest(image),
      ...files,
    },
  });
  await repo.connect(remote);
  // As git clone does: which branch is the default is known while the server is away.
  await repo.git('remote', 'set-head', 'origin', 'main');

  function startAs(other: Other, args: readonly string[]) {
    const env = {
      ...repo.env,
      // kustomize, where the machine has none.
      PATH: other.path ?? `${repo.env['PATH']}:${path.dirname(built('kustomize'))}`,
      KUBECONFIG: other.kubeconfig ?? own,
      HOME: repo.folder,
      GITHUB_ACTOR: other.who ?? 'tester',
      ...options.env,
      ...other.env,
    };
    const child = spawn(process.execPath, [cli, ...args, ...(other.text ? [] : ['--json'])], {
      cwd: other.folder ?? repo.folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { child, ended: end(child) };
  }

  return {
    namespace: name,
    resource: kinds[kind].resource,
    kind: kinds[kind].kind,
    delivery,
    repo,
    remote,
    start: (...args) => startAs({}, args),
    stepgate: (...args) => startAs({}, args).ended,
    as: (other) => ({
      start: (...args) => startAs(other, args),
      stepgate: (...args) => startAs(other, args).ended,
    }),
    async release(next, more = {}) {
      const commit = await repo.commit({ 'deploy/shop.yaml': manifest(next), ...more }, `shop ${next}`);
      await repo.push('main');
      return commit;
    },
    async [Symbol.asyncDispose]() {
      await repo[Symbol.asyncDispose]();
      await remote[Symbol.asyncDispose]();
    },
  };
}

export function deployment(image: string, replicas: number, name = 'shop'): string {
  return workload({ kind: 'Deployment', image, replicas, name });
}

/** Lines of `spec` that only this kind has. */
function specOf(kind: WorkloadKind, pods: 'OrderedReady' | 'Parallel'): readonly string[] {
  return kinds[kind].kind === 'StatefulSet' ? [`  serviceName: shop`, `  podManagementPolicy: ${pods}`] : [];
}

interface Written {
  readonly kind: WorkloadKind;
  readonly image: string;
  readonly replicas: number;
  readonly name: string;
  /** Further lines of `spec`. */
  readonly more?: readonly string[];
}

function workload({ kind, image, replicas, name, more = [] }: Written): string {
  const { apiVersion, kind: kindName } = kinds[kind];
  const size = kindName === 'DaemonSet' ? [] : [`  replicas: ${replicas}`];
  return `apiVersion: ${apiVersion}
kind: ${kindName}
metadata: { name: ${name} }
spec:
${[...size, ...more].map((line) => `${line}\n`).join('')}  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers:
        - name: main
          image: "${image}"
          readinessProbe: { httpGet: { path: /, port: 80 } }
`;
}

function end(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({
        code,
        stdout,
        stderr,
        writes: stderr.split('\n').filter((line) => line.startsWith('write:')),
        get report(): Report {
          try {
            return JSON.parse(stdout) as Report;
          } catch (cause) {
            throw new Error(`stepgate printed no report (exit ${code}): ${stdout}\n${stderr}`, { cause });
          }
        },
        get delivery(): DeliveryReport {
          const [only] = (this as Ended).report.deliveries;
          if (only === undefined) throw new Error(`no delivery in the report (exit ${code}): ${stdout}\n${stderr}`);
          return only;
        },
      });
    });
  });
}
