import { clock } from '../../src/adapters/clock.ts';
import { embeddedCluster } from '../../src/adapters/embedded.ts';
import { openRepo } from '../../src/adapters/git.ts';
import { deploy } from '../../src/commands/deploy.ts';
import type { CommandName } from '../../src/commands/index.ts';
import { type Given, readInput } from '../../src/commands/input.ts';
import type { Run } from '../../src/commands/run.ts';
import { parseManifests } from '../../src/config/manifest.ts';
import type { Context } from '../../src/flow/context.ts';
import type { ConfigParser } from '../../src/flow/load.ts';
import { parseRoot, resolveConfig } from '../../src/policy/schema.ts';
import type { Delivery, Release } from '../../src/release/delivery.ts';
import type { Clock, Cluster, KubeObject } from '../../src/release/ports.ts';
import { approved } from '../../src/release/record-after.ts';
import { RECORD_ANNOTATION } from '../../src/release/record-fields.ts';
import { formatRecord, parseRecord } from '../../src/release/record-text.ts';
import type { Api } from '../../src/simulator/api/api.ts';
import { createApi } from '../../src/simulator/api/api.ts';
import { createStore } from '../../src/simulator/api/store.ts';
import type { Thing } from '../../src/simulator/api/things.ts';
import { asMap } from '../../src/simulator/api/things.ts';
import { createCluster } from '../../src/simulator/cluster.ts';
import { conduct } from '../../src/simulator/conductor.ts';
import { seeded as chance } from '../../src/simulator/random.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';
import type { Kinds } from '../../src/simulator/world.ts';
import { targets } from '../../src/targets/index.ts';
import { kruise } from '../../src/targets/kruise/index.ts';
import { noHelm } from './no-helm.ts';
import { noMetrics, noPage } from './no-metrics.ts';
import { everybody } from './readers.ts';
import { type Repository, repository } from './repository.ts';

/** Thousands of releases in flight, each waiting at its first step, put straight into an embedded API server's store. */

export const parser: ConfigParser = {
  includes: (file, text) => parseRoot({ file, text }).include,
  resolve: (root, included) => resolveConfig(parseRoot(root), included),
};

/** A run of a command over a repository and clusters of the caller's. */
export async function runOver<C extends CommandName>(
  command: C,
  repo: Pick<Repository, 'folder' | 'env'>,
  connect: (cluster: Delivery['cluster']) => Promise<Cluster>,
  { given = {}, time = clock, signal = new AbortController().signal, log = () => {} }: RunOptions = {},
): Promise<Run<C>> {
  const context: Context = {
    repo: await openRepo({ folder: repo.folder, env: repo.env }),
    forge: async () => ({ missing: 'there is no forge here' }),
    metrics: noMetrics,
    page: noPage,
    helm: noHelm,
    kustomize: { build: () => Promise.reject(new Error('no kustomize here')) },
    clock: time,
    readers: everybody,
    targets,
    connect,
    parseManifests: (files) => parseManifests(files).map(({ object }) => object),
    actor: { name: 'tester', is: 'person', known: 'given' },
    run: { by: 'host', host: 'here', user: 'tester' },
    config: { parser, file: 'stepgate.yaml' },
    log,
    signal,
  };
  return { context, input: readInput(command, given), startedAt: context.clock.now(), show: () => {} };
}

export interface RunOptions {
  readonly given?: Given;
  readonly time?: Clock;
  readonly signal?: AbortSignal;
  readonly log?: (line: string) => void;
}

export interface Fleet {
  readonly count: number;
  readonly namespaces: number;
  /** Every so many-th release has the approval of the step it waits at. */
  readonly dueEvery: number;
}

/** The repository's files: one small file a service, as a team keeps its own. */
export function manyFiles({ count, namespaces }: Fleet, version: string): Readonly<Record<string, string>> {
  const names = Array.from({ length: count }, (_, index) => nameOf(index));
  return Object.fromEntries([
    ['stepgate.yaml', root],
    ...names.map((name, index) => [`services/${name}/stepgate.yaml`, service(name, namespaceOf(index, namespaces))]),
    ...names.map((name) => [`services/${name}/app.yaml`, deployment(name, version)]),
  ]);
}

let seeded: Promise<Seed> | null = null;

/** An API server whose store has every release of the fleet, at rest at step 1; nothing in it moves by itself. */
export async function manyReleases(fleet: Fleet): Promise<Api<Kinds>> {
  seeded ??= oneRelease();
  const seed = await seeded;
  const random = chance(1);
  const review = (_info: unknown, object: Thing) => object;
  const api = createApi<Kinds>({ store: createStore(), admission: { review }, now: () => Date.now(), random });
  for (let index = 0; index < fleet.count; index += 1) {
    const due = index % fleet.dueEvery === 0;
    for (const { kind, object } of copies(seed, nameOf(index), namespaceOf(index, fleet.namespaces), due)) {
      api.store.put(kind, object);
    }
  }
  return api;
}

/**
 * As much of the engine as an approval needs: a step that became StepReady is left for the next one, as in every recording
 * of a promotion, a moment after `together` of them have. An edit of the plan's pauses is seen a moment later, and runs nothing
 * again (E7). The answer stops it.
 */
export function letApprovedStepsGo(api: Api, together = 1): () => void {
  const ready: (() => void)[] = [];
  return api.store.listen(({ kind, object }) => {
    const status = (object as Thing & { readonly status?: Status }).status;
    const sub = status?.canaryStatus;
    const { name, namespace = '', generation = 0 } = object.metadata;
    if (kind === 'Rollout' && (status?.observedGeneration ?? 0) < generation)
      setTimeout(() => {
        const now = api.store.get(kind, namespace, name) as Thing & { readonly status?: Status };
        api.store.put(kind, { ...now, status: { ...now.status, observedGeneration: generation } } as Thing);
      }, 20);
    if (kind !== 'Rollout' || sub?.currentStepState !== 'StepReady') return;
    ready.push(() => {
      const next = { ...sub, currentStepIndex: sub.nextStepIndex, nextStepIndex: sub.nextStepIndex + 1 };
      const canaryStatus = { ...next, currentStepState: 'StepUpgrade' };
      api.store.put(kind, { ...object, status: { ...status, canaryStatus } } as Thing);
    });
    if (ready.length < together) return;
    const going = ready.splice(0);
    setTimeout(() => going.forEach((go) => void go()), 20);
  });
}

interface Status {
  readonly observedGeneration?: number;
  readonly canaryStatus?: {
    readonly currentStepState: string;
    readonly currentStepIndex: number;
    readonly nextStepIndex: number;
  };
}

interface Seed {
  readonly objects: readonly { readonly kind: string; readonly object: Thing }[];
  readonly name: string;
  readonly namespace: string;
  readonly delivery: Delivery;
  readonly workload: Thing;
  /** What is stable, and what waits. */
  readonly versions: readonly {
    readonly commit: string;
    readonly manifests: readonly KubeObject[];
    readonly release: Release;
  }[];
}

/** One release as the engine's model and stepgate leave it at its first step: what the others are copied from. */
async function oneRelease(): Promise<Seed> {
  const one: Fleet = { count: 1, namespaces: 1, dueEvery: 1 };
  await using repo = await repository({ files: manyFiles(one, 'v1') });
  const timeline = virtualTimeline(Date.now() - 60_000);
  const { clock: time, run, touch, track } = conduct(timeline);
  const cluster = createCluster({ timeline });
  const embedded = embeddedCluster({ api: cluster.api, timeline, noticed: touch });
  const stable = await repo.head();
  for (const version of ['v1', 'v2']) {
    if (version === 'v2') await repo.commit(manyFiles(one, version));
    const command = await runOver('deploy', repo, async () => embedded, { time });
    const { context } = command;
    // git's answers come from other processes: virtual time stands meanwhile.
    const waited = {
      ...context,
      repo: {
        ...context.repo,
        resolve: (ref: string) => track(() => context.repo.resolve(ref)),
        defaultBranch: () => track(() => context.repo.defaultBranch()),
        remoteBranch: (ref: string) => track(() => context.repo.remoteBranch(ref)),
        has: (commit: string) => track(() => context.repo.has(commit)),
        read: (commit: string, path: string) => track(() => context.repo.read(commit, path)),
        files: (commit: string, folder: string) => track(() => context.repo.files(commit, folder)),
        links: (commit: string) => track(() => context.repo.links(commit)),
        uncommitted: (commit: string, isWanted: (path: string) => boolean) =>
          track(() => context.repo.uncommitted(commit, isWanted)),
        contains: (commit: string, ancestor: string) => track(() => context.repo.contains(commit, ancestor)),
      },
    };
    const { deliveries } = await run(() => deploy({ ...command, context: waited }));
    const [report] = deliveries;
    if (report === undefined || report.error !== null) throw new Error(`deploy: ${JSON.stringify(report)}`);
    if (version === 'v2' && report.reason !== 'GATE_SHUT') throw new Error(`deploy: ${report.reason}`);
  }
  const objects = ['Rollout', 'Deployment', 'ReplicaSet', 'Pod', 'BatchRelease'].flatMap((kind) =>
    cluster.api.list(kind, null).map((object) => ({ kind, object })),
  );
  cluster.stop();
  const [name, namespace] = [nameOf(0), namespaceOf(0, 1)];
  const files = [{ file: 'services/x/stepgate.yaml', text: service(name, namespace) }];
  const [delivery] = parser.resolve({ file: 'stepgate.yaml', text: root }, files).deliveries;
  const workload = objects.find(({ kind }) => kind === 'Deployment')?.object;
  if (delivery === undefined || workload === undefined) throw new Error('the seed is not whole');
  const versions = [stable, await repo.head()].map((commit, index) => {
    const text = deployment(name, `v${index + 1}`);
    const manifests = parseManifests([{ file: 'app.yaml', text }]).map(({ object }) => object);
    return { commit, manifests, release: kruise.render(delivery, commit, manifests, 1).release };
  });
  return { objects, name, namespace, delivery, workload, versions };
}

/** The seed's objects under another name: its digests, ids, uids and the record's template hash are that name's own. */
function copies(seed: Seed, name: string, namespace: string, due: boolean): Seed['objects'] {
  const words = new Map<string, string>([
    [seed.name, name],
    [`"${seed.namespace}"`, `"${namespace}"`],
  ]);
  const renamed = <T>(value: T): T => {
    const pattern = new RegExp([...words.keys()].join('|'), 'g');
    return JSON.parse(JSON.stringify(value).replaceAll(pattern, (word) => words.get(word) ?? word));
  };
  const delivery = { ...renamed(seed.delivery), namespace };
  for (const { commit, manifests, release } of seed.versions) {
    const own = kruise.render(delivery, commit, renamed(manifests), 1).release;
    words.set(release.digest, own.digest).set(release.id, own.id);
  }
  const hashOf = (object: Thing) => kruise.templateHash(delivery, asMap(object));
  words.set(hashOf(seed.workload), hashOf(renamed(seed.workload)));
  return seed.objects.map(({ kind, object }) => {
    const copy = renamed(object);
    const metadata = { ...copy.metadata, uid: `${name}-${copy.metadata.uid}` };
    return { kind, object: { ...copy, metadata: due && kind === 'Rollout' ? withApproval(metadata) : metadata } };
  });
}

function withApproval(metadata: Thing['metadata']): Thing['metadata'] {
  const record = parseRecord(metadata.annotations?.[RECORD_ANNOTATION] ?? null);
  const release = record.release?.id ?? '';
  const approval = {
    release,
    step: 1,
    by: 'tester',
    at: '2026-11-25T10:00:00Z',
    forced: false,
    run: null,
    plan: record.release?.plan ?? null,
  };
  return {
    ...metadata,
    annotations: { ...metadata.annotations, [RECORD_ANNOTATION]: formatRecord(approved(record, approval)) },
  };
}

function nameOf(index: number): string {
  return `svc-${String(index + 1).padStart(5, '0')}`;
}

function namespaceOf(index: number, namespaces: number): string {
  return `team-${String((index % namespaces) + 1).padStart(3, '0')}`;
}

const root = `version: 1
include: [services/*/stepgate.yaml]
environments:
  prod: { plan: careful }
plans:
  careful:
    strategy: partition
    steps:
      - { name: one, replicas: 1, leaveWhen: [approval] }
      - { name: all, replicas: 100% }
`;

function service(name: string, namespace: string): string {
  return `delivery: ${name}
workload: { kind: Deployment, name: ${name} }
source: { files: ["services/${name}/app.yaml"] }
in: { prod: { namespace: ${namespace} } }
`;
}

function deployment(name: string, version: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: 2
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers:
        - { name: main, image: "registry.example/${name}:${version}", readinessProbe: { httpGet: { path: /, port: 80 } } }
`;
}
