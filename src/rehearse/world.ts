import type { Context } from '../flow/context.ts';
import type { ConfigParser } from '../flow/load.ts';
import type { Delivery, Resolved } from '../release/delivery.ts';
import { digestOf } from '../release/identity.ts';
import { at, stringAt } from '../release/json.ts';
import type { KubeObject, Kustomize, Repo } from '../release/ports.ts';
import type { Rendered, Target, Targets } from '../release/target.ts';
import type { Stage } from './stage.ts';

/** On the pods of the version that is stable when a rehearsal begins: all that tells it from the rehearsed one. */
export const STABLE_ANNOTATION = 'stepgate.dev/rehearsed-stable';

/** What a rehearsal has in place of the repository, the target and the clock: nothing of the user's is written by them. */
export interface World {
  /** The commit that stable is released from; Git has no such commit. */
  readonly stable: string;
  /** The surroundings of one run, as that person. `told` is where its log goes. */
  context(who: string, told: (line: string) => void): Context;
  /** The same without traps, for putting stable in. */
  readonly untrapped: Targets;
}

export interface WorldOptions {
  readonly real: Context;
  readonly stage: Stage;
  /** The commit that is rehearsed. */
  readonly commit: string;
  decided: NonNullable<Context['decided']>;
  /** A revert reached the branch. */
  pushed(commit: string, branch: string): void;
}

export function createWorld({ real, stage, commit, decided, pushed }: WorldOptions): World {
  const stable = digestOf(`what was live before ${commit}`).slice(0, 40);
  const { repo, kustomize, before } = rehearsedGit({ real, stage, commit, stable, pushed });
  const targets = eachTarget(real.targets, (target) => withStable(target, (one) => before(one)));
  return {
    stable,
    untrapped: eachTarget(targets, (target) => ({ ...target, traps: () => [] })),
    context: (who, told) => ({
      ...real,
      repo,
      kustomize,
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

/** Every target changed in the same way. */
function eachTarget(targets: Targets, change: (target: Target) => Target): Targets {
  const changed = new Map(targets.all.map((target) => [target, change(target)]));
  return {
    of: (delivery) => changed.get(targets.of(delivery)) ?? change(targets.of(delivery)),
    usual: changed.get(targets.usual) ?? change(targets.usual),
    all: [...changed.values()],
  };
}

/** Whatever is rendered from a commit before the rehearsed one has the mark of stable on its pods. */
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

function marked(target: Target, { workload }: Delivery, object: KubeObject): KubeObject {
  const isIts = stringAt(object, 'kind') === workload.kind && stringAt(object, 'metadata', 'name') === workload.name;
  return isIts ? target.withPodAnnotation(object, STABLE_ANNOTATION, 'true') : object;
}

export function isStablePod(pod: KubeObject): boolean {
  return at(pod, 'metadata', 'annotations', STABLE_ANNOTATION) === 'true';
}

/**
 * The repository with one commit more before the rehearsed one, and with the reverts that are made. They read as the
 * rehearsed commit does, and differ in what they render to. Everything is read once, and nothing is fetched or pushed.
 */
function rehearsedGit({
  real: { repo, kustomize },
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
  const rehearsed: Repo = {
    resolve: async (ref) => tips.get(ref) ?? (before(ref) ? ref : resolved(ref)),
    defaultBranch: () => defaults(''),
    read: inCommit((one, path) => repo.read(one, path)),
    files: inCommit((one, folder) => repo.files(one, folder)),
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
    ensureHistory: async () => false,
    remoteBranch: (ref) => remoteBranches(ref),
    log: async () => [{ commit, subject: 'the rehearsed release' }],
    tree: async (one) => ({ folder: `/${readable(one)}`, [Symbol.asyncDispose]: async () => {} }),
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
  // The folder of a tree is its commit here.
  const build = memory(stage, async (folder) => {
    const [, of = '', ...path] = folder.split('/');
    await using tree = await repo.tree(of);
    return await kustomize.build(`${tree.folder}/${path.join('/')}`);
  });
  return { repo: rehearsed, kustomize: { build } satisfies Kustomize, before };
}

/** Answers by key, asked for once: a rehearsal reads the same few things hundreds of times, and in the same order always. */
function memory<T>({ outside }: Stage, read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (key) => {
    const made = known.get(key) ?? outside(() => read(key));
    known.set(key, made);
    return made;
  };
}

/**
 * The config as it is resolved once; `change` is applied to every delivery. Any commit is rehearsed, before it is merged
 * too, and the people of a rehearsal are names.
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

/** What stands in nobody's way: for the version that was delivered before the rehearsal. */
export function ungated(delivery: Delivery): Delivery {
  return { ...delivery, startWhen: [], doneWhen: [] };
}

/** What is taken to be so of a delivery because the repository does not say it, in words. */
export function assumptions(
  { delivery, rendered }: { readonly delivery: Delivery; readonly rendered: Rendered },
  stage: Stage,
  target: Target,
): string[] {
  const title = (object: KubeObject) => `${stringAt(object, 'kind')} ${stringAt(object, 'metadata', 'name')}`;
  const unknown = [...rendered.before, ...rendered.idleOnly].filter((object) => !stage.serves(object)).map(title);
  const assumed = target.assumedRoutes(delivery, rendered).map(title);
  return [
    ...(unknown.length === 0 ? [] : [`${delivery.name}: left out, its kind is not rehearsed: ${unknown.join(', ')}`]),
    ...(assumed.length === 0 ? [] : [`${delivery.name}: taken to be there already: ${assumed.join(', ')}`]),
  ];
}
