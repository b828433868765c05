import { embeddedCluster } from '../../src/adapters/embedded.ts';
import { runIn } from '../../src/adapters/github/job.ts';
import { withOlderVersions } from '../../src/adapters/older-versions.ts';
import { parseDuration } from '../../src/config/time.ts';
import type { Context } from '../../src/flow/context.ts';
import { madeMetrics, type Value } from '../../src/rehearse/made-metrics.ts';
import { asError, environmentError, inputError } from '../../src/release/error.ts';
import type { PageAnswer } from '../../src/release/fact.ts';
import type { Cluster } from '../../src/release/ports.ts';
import type { ReleaseRecord } from '../../src/release/record.ts';
import { RECORD_ANNOTATION } from '../../src/release/record-fields.ts';
import { formatRecord, parseRecord } from '../../src/release/record-text.ts';
import { failureReport } from '../../src/release/report.ts';
import { at, listAt, textAt } from '../../src/simulator/api/json.ts';
import { kinds } from '../../src/simulator/api/kinds.ts';
import { isGoing, type Thing } from '../../src/simulator/api/things.ts';
import { createCluster, type EmbeddedCluster } from '../../src/simulator/cluster.ts';
import { conduct } from '../../src/simulator/conductor.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';
import { targets } from '../../src/targets/index.ts';
import { doorman } from '../support/doorman.ts';
import type { MemoryForge } from '../support/forge.ts';
import { type Changed, type Clone, createOrigin, type Files, type Origin } from '../support/memory-git.ts';
import { noHelm } from '../support/no-helm.ts';
import { everybody } from '../support/readers.ts';
import { manifests, parser, perform, readLine, type Told, told } from './command-lines.ts';
import { config, manifest, versionIn, type WorkloadKind } from './files.ts';
import { beforeWrites, guarded, type Meddling } from './guarded.ts';

export type { Told } from './command-lines.ts';

export interface RunOptions extends Meddling {
  /** How far this machine's clock is from the cluster's, in milliseconds. */
  readonly skew?: number;
  /** A run of a workflow: its id, attempt and event. A command line where it is left out. */
  readonly workflow?: { readonly id: string; readonly attempt?: number; readonly event?: string };
  /** Whether the clone is fetched and HEAD put on the branch first; it is where the remote answers. */
  readonly pull?: boolean;
  /** Whether the run has kustomize. */
  readonly kustomize?: 'missing';
  /** A clone of the caller's instead of the person's own. */
  readonly clone?: Clone;
  /** Takes what the run asks of clusters, in the words of a doorman. */
  readonly asked?: string[];
  /** The pull request whose comment started the run. */
  readonly pullRequest?: number;
  /** What stands between the run and the API server. */
  readonly through?: (cluster: Cluster) => Cluster;
}

/** Runs a command line as somebody: `await ada('rollback --reason slow')`. */
export interface Person {
  (line: string, options?: RunOptions): Promise<Told>;
  readonly clone: Clone;
}

export interface Shop extends Disposable {
  readonly origin: Origin;
  readonly cluster: EmbeddedCluster;
  /** Contexts whose API server does not answer. */
  readonly unreachable: Set<string>;
  /** The forge of every run; null for none. */
  forge: MemoryForge | null;
  /** What a kustomization with a remote base gets from it, at each reading of a commit; null where the base is gone. */
  base: string | ((files: Files) => string) | null;
  /** What every server of metrics says; nothing, to begin with. */
  metrics: Value;
  /** What an address answers; 404, to begin with. Throws MetricsError where it is away. */
  page: (url: string) => PageAnswer;
  person(name: string): Person;
  /** Somebody pushes a version to a branch; its commit. */
  push(
    version: string,
    more?: { readonly files?: Changed; readonly branch?: string; readonly line?: string | undefined },
  ): string;
  /** Pushes a version and releases it to its end, with ada's approvals. The id under which it is live. */
  deliver(version: string, environment?: string): Promise<string>;
  /** Lets commands run side by side in virtual time. */
  together(...runs: readonly (() => Promise<Told>)[]): Promise<readonly Told[]>;
  now(): Date;
  /** Lets time pass: milliseconds, or a duration such as 10m. */
  wait(duration: string | number): Promise<void>;
  /** Every pod of a version is no longer ready, and stays so. */
  down(version: string): void;
  /** The version in the live template. */
  live(namespace?: string, context?: string): string;
  /** The id in the workload's label. */
  id(namespace?: string): string;
  /** How many pods there are of each version: `v1:3 v2:1`. */
  pods(namespace?: string): string;
  /** The version that a branch of the remote names. */
  git(branch?: string): string;
  record(namespace?: string): ReleaseRecord;
  /** Somebody edits the record by hand. */
  edit(change: (record: ReleaseRecord) => ReleaseRecord): void;
  /** For others to begin with; the shop comes to rest for it. */
  begun(): Promise<Begun>;
  /** Somebody patches an object of the cluster by hand (a merge patch). */
  patch(kind: 'Rollout' | WorkloadKind, body: unknown): void;
}

export interface ShopOptions {
  /** Beside the config and the manifest of v1. */
  readonly files?: Files;
  /** Further clusters, each with the versions that are delivered there. */
  readonly contexts?: readonly string[];
  /** When it begins; a Wednesday morning. */
  readonly start?: string;
  /** What kustomizations get from a remote base. */
  readonly base?: string;
  /** The only version of Rollouts that the clusters serve; v1beta1. */
  readonly rollouts?: 'v1alpha1' | 'v1beta1';
  /** Whether the clusters have KubeVela, with the engine of its addon. */
  readonly kubevela?: true;
  /** Whether the clusters have KubeVela v1.1, which has AppRollouts. */
  readonly approllout?: true;
  /** What is released; a Deployment. */
  readonly kind?: WorkloadKind;
}

/** A shop at rest, for others to begin with. */
interface Begun {
  readonly at: number;
  readonly things: readonly (readonly [kind: string, thing: Thing])[];
  readonly origin: Origin;
}

/** A repository with a remote, a cluster (one for each context) and people, on virtual time. Nothing is deployed yet. */
export function openShop(
  {
    files = {},
    contexts = [],
    start = '2026-11-25T10:00:00Z',
    base,
    kind = 'Deployment',
    kubevela,
    approllout,
    rollouts = kubevela ? 'v1alpha1' : 'v1beta1',
  }: ShopOptions = {},
  begun: Begun | null = null,
): Shop {
  const timeline = virtualTimeline(begun?.at ?? Date.parse(start));
  const conductor = conduct(timeline);
  const clusters = new Map(
    ['', ...contexts].map((name, index) => [
      name,
      createCluster({
        timeline,
        rollouts,
        seed: index + 1,
        ...(kubevela ? { kubevela } : {}),
        ...(approllout ? { approllout: 'v1.1.13' } : {}),
      }),
    ]),
  );
  const cluster = clusters.get('') ?? createCluster({ timeline });
  for (const [kind, thing] of begun?.things ?? []) cluster.api.store.put(kind, thing);
  const origin =
    begun?.origin.fork() ??
    createOrigin({ 'stepgate.yaml': config({ kind }), 'deploy/shop.yaml': manifest('v1', { kind }), ...files });
  const unreachable = new Set<string>();
  const never = new AbortController().signal;
  const known = new Map<string, Person>();
  let runs = 0;

  function connectAs(
    user: string,
    before: () => Promise<unknown>,
    { asked, through = (cluster) => cluster }: Pick<RunOptions, 'asked' | 'through'>,
  ): Context['connect'] {
    const noted = new Map<string, Cluster>();
    return async ({ context }) => {
      const name = context ?? '';
      const found = clusters.get(name);
      if (found === undefined) throw inputError('KUBECONFIG_INVALID', `there is no context ${name}`);
      const { api } = found;
      const made =
        noted.get(name) ??
        through(
          guarded(
            withOlderVersions(
              embeddedCluster({ api, timeline, user, noticed: conductor.touch }),
              targets.usual.olderVersions,
            ),
            {
              isAway: () => unreachable.has(name),
              before,
            },
          ),
        );
      const opened = asked === undefined || noted.has(name) ? made : doorman(made, { heard: asked }).cluster;
      noted.set(name, opened);
      return opened;
    };
  }

  async function execute(who: string, clone: Clone, line: string, options: RunOptions): Promise<Told> {
    const { skew = 0, workflow, kustomize, pull = !origin.away } = options;
    if (pull) {
      clone.fetch();
      clone.head = origin.tip();
    }
    const lines: string[] = [];
    const life = new AbortController();
    const { name, given } = readLine(line);
    runs += 1;
    const { id = String(runs), attempt = 1, event = 'workflow_dispatch' } = workflow ?? {};
    const job = {
      GITHUB_ACTIONS: 'true',
      GITHUB_EVENT_NAME: event,
      GITHUB_TRIGGERING_ACTOR: who,
      GITHUB_RUN_ID: id,
      GITHUB_RUN_ATTEMPT: String(attempt),
      GITHUB_REPOSITORY: 'shop/shop',
    };
    const forge = shop.forge?.as() ?? { missing: 'there is no forge here' };
    const context: Context = {
      repo: clone.repo,
      config: { parser, file: 'stepgate.yaml' },
      forge: async () => forge,
      helm: noHelm,
      kustomize: { build: async (folder) => kustomized(folder, kustomize) },
      metrics: async () => madeMetrics({ now: () => new Date(timeline.now()) }, shop.metrics),
      page: async ({ url }) => shop.page(url),
      clock: { now: () => new Date(timeline.now() + skew), sleep: conductor.clock.sleep },
      targets,
      readers: everybody,
      ...(options.pullRequest === undefined ? {} : { pullRequest: options.pullRequest }),
      connect: connectAs(who, beforeWrites(options, life), options),
      parseManifests: manifests,
      ...(workflow === undefined ? runIn({}, { who, inWorkflow: false }) : runIn(job, { who: null, inWorkflow: true })),
      log: (text) => lines.push(text),
      signal: life.signal,
    };
    try {
      return told(await perform(name, given, context), lines);
    } catch (error) {
      const known = asError(error);
      if (known.family === 'bug') throw error;
      return told(failureReport(name, known), lines);
    }
  }

  function kustomized(folder: string, missing: RunOptions['kustomize']): string {
    if (missing !== undefined) throw environmentError('TOOL_MISSING', 'kustomize is not installed');
    const [, , commit = '', ...rest] = folder.split('/');
    const prefix = `${rest.join('/')}/`;
    const { files } = origin.at(commit);
    const here = Object.entries(files).filter(([path]) => path.startsWith(prefix));
    const remote = here.some(([, text]) => text.includes('https://'));
    if (remote && shop.base === null) throw inputError('SOURCE_INVALID', 'the remote base does not answer');
    const own = here.filter(([path]) => !path.endsWith('kustomization.yaml')).map(([, text]) => text);
    const base = typeof shop.base === 'function' ? shop.base(files) : shop.base;
    return [...own, ...(remote && base !== null ? [base] : [])].join('---\n');
  }

  const stored = (kind: string) => (kind === 'Rollout' && rollouts === 'v1alpha1' ? 'OldRollout' : kind);
  const get = (kind: 'Rollout' | WorkloadKind, namespace = 'shop', context = '') =>
    clusters.get(context)?.api.get(stored(kind), namespace, 'shop');
  const recordText = (namespace?: string) =>
    textAt(get('Rollout', namespace), 'metadata', 'annotations', RECORD_ANNOTATION);
  const patch = (kind: 'Rollout' | WorkloadKind, body: unknown) => {
    cluster.api.patch(stored(kind), 'shop', 'shop', body as never, { type: 'merge', manager: 'kubectl' });
  };

  const shop: Shop = {
    origin,
    cluster,
    unreachable,
    forge: null,
    base: base ?? null,
    metrics: () => [],
    page: () => ({ status: 404, text: '' }),
    person(name) {
      const found = known.get(name);
      if (found !== undefined) return found;
      const clone = origin.clone();
      const made: Person = Object.assign(
        (line: string, options: RunOptions = {}) =>
          conductor.run(() => execute(name, options.clone ?? clone, line, options)),
        { clone },
      );
      known.set(name, made);
      return made;
    },
    push(version, { files: changed = {}, branch = 'main', line } = {}) {
      const text = manifest(version, line === undefined ? { kind } : { line, kind });
      return origin.commit({ 'deploy/shop.yaml': text, ...changed }, { branch, subject: version });
    },
    async deliver(version, environment) {
      if (versionIn(origin.at(origin.tip()).files) !== version) shop.push(version);
      const name = environment === undefined ? '' : ` --delivery shop@${environment}`;
      const ada = shop.person('ada');
      const first = shop.record(environment).history.length === 0;
      let last = await ada(`deploy${first ? ' --until done' : ''}${name}`);
      for (let left = 5; last.state === 'waiting' && left > 0; left -= 1) {
        await ada(`promote${name}`);
        last = await ada(`tick --until done${name}`);
      }
      if (last.state !== 'done') throw new Error(`${version}: ${last.state} ${last.code}\n${last.log}`);
      return shop.id(environment);
    },
    together: (...all) => Promise.all(all.map((one) => one())),
    now: () => new Date(timeline.now()),
    async wait(duration) {
      const parsed = typeof duration === 'number' ? { value: duration / 1000 } : parseDuration(duration);
      if (!('value' in parsed)) throw new Error(parsed.wrong);
      await conductor.run(() => conductor.clock.sleep(parsed.value * 1000, never));
    },
    down(version) {
      for (const pod of cluster.api.list('Pod', 'shop')) {
        if (imageOf({ spec: { template: pod } }) !== version) continue;
        const lastTransitionTime = new Date(timeline.now()).toISOString();
        const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime }];
        const status = { ...pod.status, conditions };
        cluster.api.update('Pod', { ...pod, status }, { manager: 'kubelet', subresource: 'status' });
      }
    },
    live: (namespace, context) => imageOf(get(kind, namespace, context)),
    id: (namespace) => textAt(get(kind, namespace), 'metadata', 'labels', 'rollouts.kruise.io/rollout-id'),
    pods(namespace = 'shop') {
      const counts = new Map<string, number>();
      for (const pod of cluster.api.list('Pod', namespace)) {
        if (pod.metadata.deletionTimestamp !== undefined) continue;
        const version = imageOf({ spec: { template: pod } });
        counts.set(version, (counts.get(version) ?? 0) + 1);
      }
      return [...counts]
        .sort()
        .map(([version, count]) => `${version}:${count}`)
        .join(' ');
    },
    git: (branch) => versionIn(origin.at(origin.tip(branch)).files),
    record: (namespace) => parseRecord(recordText(namespace) === '' ? null : recordText(namespace)),
    edit: (change) =>
      patch('Rollout', {
        metadata: { annotations: { [RECORD_ANNOTATION]: formatRecord(change(shop.record())) } },
      }),
    patch,
    async begun() {
      await shop.wait('30s');
      const { store } = cluster.api;
      const things = kinds.flatMap(({ id }) => store.list(id, null).map((thing) => [id, thing] as const));
      if (!cluster.idle || things.some(([, thing]) => isGoing(thing))) throw new Error('the shop is not at rest');
      return { at: timeline.now(), things, origin: origin.fork() };
    },
    [Symbol.dispose]() {
      for (const one of clusters.values()) one.stop();
    },
  };
  return shop;
}

/** What a command came to, and what the shop then runs, names in Git and holds. */
export function outcome(shop: Shop, { exit, code }: Pick<Told, 'exit' | 'code'>) {
  return { exit, code, live: shop.live(), git: shop.git(), holds: shop.record().holds.length };
}

/** The id under which a delivered version is known to the record. */
export function idOf(shop: Shop, version: string, namespace?: string): string {
  const { history } = shop.record(namespace);
  const found = history.find(({ commit }) => versionIn(shop.origin.at(commit).files) === version);
  if (found === undefined) throw new Error(`the record has no ${version}`);
  return found.id;
}

const kept = new Map<string, Promise<Begun>>();

/**
 * A shop in which these versions were delivered whole, one after the other: the first time it is played, then copied. With
 * environments, such as `v2@staging`.
 */
export async function shopWith(versions: readonly string[], options: ShopOptions = {}): Promise<Shop> {
  const key = JSON.stringify([versions, options]);
  const made = kept.get(key) ?? playTo(versions, options);
  kept.set(key, made);
  return openShop(options, await made);
}

async function playTo(versions: readonly string[], options: ShopOptions): Promise<Begun> {
  using shop = openShop(options);
  for (const one of versions) {
    const [version = '', environment] = one.split('@');
    await shop.deliver(version, environment);
  }
  return await shop.begun();
}

function imageOf(workload: unknown): string {
  const [container] = listAt(at(workload, 'spec', 'template'), 'spec', 'containers');
  return textAt(container, 'image').replace('app:', '');
}
