import type { Context } from '../flow/context.ts';
import { withoutFreezes } from '../flow/freezes.ts';
import type { ConfigParser } from '../flow/load.ts';
import type { Delivery, Resolved } from '../release/delivery.ts';
import { digestOf } from '../release/identity.ts';
import { at, stringAt } from '../release/json.ts';
import type { Metrics } from '../release/metrics.ts';
import type { Helm, HelmChart, KubeObject, Kustomize, KustomizeOptions, Repo } from '../release/ports.ts';
import type { Rendered, Target, Targets } from '../release/target.ts';
import type { Stage } from './stage.ts';

/** An annotation on the pods of the previous version; the only difference from the rehearsed version. */
export const STABLE_ANNOTATION = 'stepgate.dev/rehearsed-stable';

/** The repository, targets and policy of a rehearsal. They write nothing. */
export interface World {
  /** The commit of the previous version; Git has no such commit. */
  readonly stable: string;
  /** The context of one run of a person. `told` receives the log. */
  context(who: string, told: (line: string) => void): Context;
  /** The same without findings, to release the previous version. */
  readonly untrapped: Targets;
}

export interface WorldOptions {
  readonly real: Context;
  readonly stage: Stage;
  /** The rehearsed commit. */
  readonly commit: string;
  /** What every server of metrics answers. */
  readonly metrics: Metrics;
  decided: NonNullable<Context['decided']>;
  /** Called when a revert is pushed. */
  pushed(commit: string, branch: string): void;
}

export function createWorld({ real, stage, commit, metrics, decided, pushed }: WorldOptions): World {
  const stable = digestOf(`what was live before ${commit}`).slice(0, 40);
  const { repo, kustomize, helm, before } = rehearsedGit({ real, stage, commit, stable, pushed });
  const targets = eachTarget(real.targets, (target) =>
    withStage(
      withStable(target, (one) => before(one)),
      stage,
    ),
  );
  return {
    stable,
    untrapped: eachTarget(targets, (target) => ({ ...target, traps: () => [] })),
    context: (who, told) => ({
      ...real,
      repo,
      kustomize,
      helm,
      metrics: async () => metrics,
      targets,
      actor: { name: who, is: 'person', known: 'github' },
      run: { by: 'host', host: 'rehearsal', user: who },
      decided,
      clock: stage.clock,
      connect: (cluster) => stage.connect(cluster),
      parseManifests: (files) => real.parseManifests(files).filter((object) => stage.serves(object)),
      log: told,
    }),
  };
}

/** Applies a change to every target. */
function eachTarget(targets: Targets, change: (target: Target) => Target): Targets {
  const changed = new Map(targets.all.map((target) => [target, change(target)]));
  return {
    of: (delivery) => changed.get(targets.of(delivery)) ?? change(targets.of(delivery)),
    usual: changed.get(targets.usual) ?? change(targets.usual),
    all: [...changed.values()],
  };
}

/** A target whose findings read nothing of kinds that rehearsals do not support. */
function withStage(target: Target, stage: Stage): Target {
  return {
    ...target,
    lookups: (...about) => target.lookups(...about).filter(({ kind }) => stage.serves({ ...kind })),
  };
}

/** A target that marks the pods of every commit before the rehearsed one. */
function withStable(target: Target, isStable: (commit: string) => boolean): Target {
  return {
    ...target,
    render: (delivery, commit, manifests, attempt, autoscalers) =>
      target.render(
        delivery,
        commit,
        isStable(commit) ? manifests.map((object) => marked(target, delivery, object)) : manifests,
        attempt,
        autoscalers,
      ),
  };
}

function marked(target: Target, delivery: Delivery, object: KubeObject): KubeObject {
  return target.withPodAnnotation(delivery, object, STABLE_ANNOTATION, 'true') ?? object;
}

export function isStablePod(pod: KubeObject): boolean {
  return at(pod, 'metadata', 'annotations', STABLE_ANNOTATION) === 'true';
}

/**
 * The repository with one more commit before the rehearsed one, and with the reverts of the rehearsal. These commits have
 * the files of the rehearsed commit and render differently. Everything is read once; nothing is fetched or pushed.
 */
function rehearsedGit({
  real: { repo, kustomize, helm },
  stage,
  commit,
  stable,
  pushed,
}: Pick<WorldOptions, 'real' | 'stage' | 'commit' | 'pushed'> & { readonly stable: string }) {
  const reverts: string[] = [];
  const tips = new Map<string, string>();
  const before = (one: string) => one === stable || reverts.includes(one);
  const readable = (one: string) => (before(one) ? commit : one);
  const resolved = memory(stage, (ref) => repo.resolve(ref));
  const defaults = memory(stage, () => repo.defaultBranch());
  const remoteBranches = memory(stage, (ref) => repo.remoteBranch(ref));
  const inCommit = <T>(read: (commit: string, rest: string) => Promise<T>) => {
    const remembered = memory(stage, (key) => read(key.slice(0, 40), key.slice(40)));
    return (one: string, rest: string) => remembered(`${readable(one)}${rest}`);
  };
  const links = inCommit((one) => repo.links(one));
  const rehearsed: Repo = {
    resolve: async (ref) => tips.get(ref) ?? (before(ref) ? ref : resolved(ref)),
    defaultBranch: () => defaults(''),
    read: inCommit((one, path) => repo.read(one, path)),
    // A rehearsal shows the plan. A freeze would stop the version before the rehearsed one, too.
    files: inCommit(async (one, folder) => withoutFreezes(await repo.files(one, folder))),
    links: (one) => links(one, ''),
    has: async (one) => before(one) || stage.outside(() => repo.has(one)),
    async sameAt(left, right, paths) {
      if (before(left) !== before(right)) return false;
      return before(left) || stage.outside(() => repo.sameAt(left, right, paths));
    },
    refs: (query) => stage.outside(() => repo.refs(query)),
    async contains(one, ancestor) {
      if (one === ancestor || ancestor === stable) return true;
      if (one === stable || reverts.includes(ancestor)) return false;
      return stage.outside(() => repo.contains(readable(one), ancestor));
    },
    uncommitted: async () => [],
    ensureHistory: async () => false,
    remoteBranch: (ref) => remoteBranches(ref),
    log: async () => [{ commit, subject: 'the rehearsed release' }],
    commitsSaying: async () => [],
    changedOn: () => Promise.reject(new Error('a rehearsal has no promotion pull requests')),
    tree: async (one) => ({ folder: `/${readable(one)}`, [Symbol.asyncDispose]: async () => {} }),
    commitFiles: () => Promise.reject(new Error('a rehearsal writes no file')),
    async revert({ message }) {
      const made = digestOf(`revert ${reverts.length}: ${message}`).slice(0, 40);
      reverts.push(made);
      return made;
    },
    fetch: async () => {},
    fetchRefs: async () => {},
    fetchCommit: async (_remote, one) => before(one) || stage.outside(() => repo.has(one)),
    async push(remote, made, branch) {
      tips.set(`refs/remotes/${remote}/${branch}`, made);
      pushed(made, `${remote}/${branch}`);
    },
  };
  // Here the folder of a tree is the id of its commit.
  const builds = new Map<string, Kustomize['build']>();
  const build: Kustomize['build'] = (folder, options) => {
    const hosts = options.hosts.join(' ');
    const known = builds.get(hosts) ?? memory(stage, (one) => buildOf(one, options));
    builds.set(hosts, known);
    return known(folder, options);
  };
  const charts = new Map<string, Promise<string>>();
  const template: Helm['template'] = (chart, options) => {
    const key = JSON.stringify(chart);
    const made = charts.get(key) ?? stage.outside(() => templateOf(chart, options));
    charts.set(key, made);
    return made;
  };
  return { repo: rehearsed, kustomize: { build }, helm: { template }, before };

  async function buildOf(folder: string, options: KustomizeOptions): Promise<string> {
    const [, of = '', ...path] = folder.split('/');
    await using tree = await repo.tree(of);
    return await kustomize.build(`${tree.folder}/${path.join('/')}`, { ...options, tree: tree.folder });
  }

  async function templateOf(chart: HelmChart, options: Parameters<Helm['template']>[1]): Promise<string> {
    const [, of = ''] = chart.chart.split('/');
    await using tree = await repo.tree(of);
    const inTree = (place: string) => `${tree.folder}${place.slice(of.length + 1)}`;
    const placed = { ...chart, chart: inTree(chart.chart), values: chart.values.map(inTree) };
    return await helm.template(placed, { ...options, tree: tree.folder });
  }
}

/** Caches results by key, because a rehearsal reads the same data hundreds of times. */
function memory<T>({ outside }: Stage, read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (key) => {
    const made = known.get(key) ?? outside(() => read(key));
    known.set(key, made);
    return made;
  };
}

/**
 * The resolved config, with `change` applied to every delivery. Any commit may be rehearsed, also before it is merged, and
 * persons are names.
 */
export function fixedParser(config: Resolved, change: (delivery: Delivery) => Delivery): ConfigParser {
  const resolved: Resolved = {
    ...config,
    deliveries: config.deliveries.map(change),
    commits: { allow: 'any' },
    people: { by: 'name' },
  };
  return { includes: () => [], resolve: () => resolved };
}

/** The delivery without gates at its start and end, for the previous version. */
export function ungated(delivery: Delivery): Delivery {
  return { ...delivery, startWhen: [], doneWhen: [] };
}

/** The assumptions about a delivery, as text. */
export function assumptions(
  { delivery, rendered }: { readonly delivery: Delivery; readonly rendered: Rendered },
  stage: Stage,
  target: Target,
): string[] {
  const title = (object: KubeObject) => `${stringAt(object, 'kind')} ${stringAt(object, 'metadata', 'name')}`;
  const unknown = [...rendered.before, ...rendered.idleOnly].filter((object) => !stage.serves(object)).map(title);
  const assumed = target.assumedRoutes(delivery, rendered).map(title);
  const routes = target.routes(delivery).filter(({ kind }) => !stage.serves({ ...kind }));
  const left = new Set([...unknown, ...routes.map(({ kind, name }) => `${kind.kind} ${name}`)]);
  return [
    ...(left.size === 0
      ? []
      : [`${delivery.name}: left out, because rehearsals do not support the kind: ${[...left].join(', ')}`]),
    ...(assumed.length === 0 ? [] : [`${delivery.name}: assumed to exist already: ${assumed.join(', ')}`]),
  ];
}
