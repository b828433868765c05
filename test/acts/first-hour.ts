import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { embeddedCluster } from '../../src/adapters/embedded.ts';
import { openRepo } from '../../src/adapters/git.ts';
import { runIn } from '../../src/adapters/github/job.ts';
import { doctor } from '../../src/commands/doctor.ts';
import { init } from '../../src/commands/init.ts';
import { type Given, readInput } from '../../src/commands/input.ts';
import type { Context } from '../../src/flow/context.ts';
import type { RunRef } from '../../src/release/actor.ts';
import { asError, inputError } from '../../src/release/error.ts';
import type { Forge } from '../../src/release/forge.ts';
import type { Cluster, HelmChart, Repo, Tree } from '../../src/release/ports.ts';
import { failureReport } from '../../src/release/report.ts';
import { at, listAt, textAt } from '../../src/simulator/api/json.ts';
import { type ClusterOptions, createCluster, type EmbeddedCluster } from '../../src/simulator/cluster.ts';
import { type Conductor, conduct } from '../../src/simulator/conductor.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';
import { targets } from '../../src/targets/index.ts';
import type { Examined } from '../../src/views/doctor.ts';
import { type GitRemote, gitRemote } from '../support/git-remote.ts';
import { noMetrics } from '../support/no-metrics.ts';
import { everybody } from '../support/readers.ts';
import { checkout, type Files, type Repository } from '../support/repository.ts';
import { drawn, manifests, parser, perform, readLine, type Told, told } from './command-lines.ts';

/** What a run of doctor has in place of what is there. */
export interface Change {
  readonly through?: (cluster: Cluster) => Cluster;
  readonly forge?: Forge;
  /** Which run it is. */
  readonly run?: RunRef;
  /** Where there is no repository. */
  readonly repo?: Repo;
}

/** A real repository with a real remote, and a cluster of this process on virtual time. */
export interface FirstHour extends AsyncDisposable {
  readonly clone: Repository;
  readonly remote: GitRemote;
  readonly cluster: EmbeddedCluster;
  /** Runs `stepgate init`; what it prints, and the config. */
  init(options?: Given): Promise<{ readonly text: string; readonly config: string }>;
  /** Runs `stepgate doctor`: its exit code, and what it prints as JSON. `through`: what stands between it and the API server. */
  doctor(options?: Given, change?: Change): Promise<Examined & { readonly exit: number }>;
  /** Lets seconds pass. */
  wait(seconds: number): Promise<void>;
  /** Commits everything in the work tree, and pushes it. */
  push(files?: Files): Promise<string>;
  /** Runs a command line. */
  stepgate(line: string): Promise<Told>;
  /** Releases what is pushed to its end: every approval is given at once. */
  deliver(name: string): Promise<Told>;
  /** The images that a workload's template names, by kind and name of Kubernetes. */
  image(kind: string, namespace: string, name: string): string;
}

interface Beginning extends Pick<ClusterOptions, 'kubevela' | 'approllout' | 'rollouts'> {
  /** The folders that the clone has written out. */
  readonly sparse?: readonly string[];
}

/** Begins with these files committed and pushed, and with what the cluster has installed. */
export async function firstHour(files: Files, { sparse, ...installed }: Beginning = {}): Promise<FirstHour> {
  const remote = await gitRemote();
  const clone = await checkout(await filled(remote, files), { depth: null });
  if (sparse !== undefined) await clone.git('sparse-checkout', 'set', ...sparse);
  const timeline = virtualTimeline(Date.parse('2026-11-25T10:00:00Z'));
  const conductor = conduct(timeline);
  const cluster = createCluster({ timeline, seed: 1, ...installed });
  const kubernetes = embeddedCluster({ api: cluster.api, timeline, user: 'ada', noticed: conductor.touch });

  async function context(lines: string[]): Promise<Context> {
    const { work, ...repo } = await openRepo({ folder: clone.folder, env: clone.env });
    return {
      repo: waitingFor(conductor, repo),
      work: waitingFor(conductor, work),
      config: { parser, file: 'stepgate.yaml' },
      forge: async () => ({ missing: 'there is no forge here' }),
      kustomize: { build: (folder) => conductor.track(() => kustomized(folder)) },
      helm: { template: (chart) => conductor.track(() => charted(chart)) },
      metrics: noMetrics,
      page: async () => ({ status: 404, text: '' }),
      clock: conductor.clock,
      targets,
      readers: everybody,
      connect: async () => kubernetes,
      parseManifests: manifests,
      ...runIn({}, { who: 'ada', inWorkflow: false }),
      log: (line) => lines.push(line),
      signal: new AbortController().signal,
    };
  }

  const stepgate = async (line: string): Promise<Told> => {
    const lines: string[] = [];
    const { name, given } = readLine(line);
    const its = await context(lines);
    try {
      return told(await conductor.run(() => perform(name, given, its)), lines);
    } catch (thrown) {
      const error = asError(thrown);
      if (error.family === 'bug') throw thrown;
      return told(failureReport(name, error), lines);
    }
  };

  return {
    clone,
    remote,
    cluster,
    stepgate,
    async init(options = {}) {
      const its = { context: await context([]), startedAt: new Date(timeline.now()), show: () => {} };
      const result = await init({ ...its, input: readInput('init', options) });
      const text = drawn(result, new Date(timeline.now()));
      return { text, config: await readFile(join(clone.folder, 'stepgate.yaml'), 'utf8').catch(() => '') };
    },
    async doctor(options = {}, { through = (one: Cluster) => one, forge, repo, run } = {}) {
      const { work, ...known } = await context([]);
      const its: Context = {
        ...known,
        ...(repo !== undefined ? { repo } : work === undefined ? {} : { work }),
        ...(forge === undefined ? {} : { forge: async () => waitingFor(conductor, forge) }),
        ...(run === undefined ? {} : { run }),
        connect: async () => through(kubernetes),
      };
      const input = readInput('doctor', { ...options, output: ['json'] });
      const result = await conductor.run(() =>
        doctor({ context: its, input, startedAt: new Date(timeline.now()), show: () => {} }),
      );
      if (result.kind !== 'drawn') throw new Error(`doctor is ${result.kind}`);
      const text = drawn(result, new Date(timeline.now()));
      return { exit: result.exitCode, ...(JSON.parse(text) as Examined) };
    },
    wait: (seconds) => conductor.run(() => conductor.clock.sleep(seconds * 1000, new AbortController().signal)),
    async push(changed = {}) {
      await clone.write(changed);
      await clone.git('add', '--all');
      await clone.git('commit', '--quiet', '--message', 'change');
      await clone.git(
        '-c',
        `url.file://${remote.folder}.insteadOf=${remote.url}`,
        'push',
        '--quiet',
        'origin',
        'HEAD:main',
      );
      await clone.git('-c', `url.file://${remote.folder}.insteadOf=${remote.url}`, 'fetch', '--quiet', 'origin');
      return clone.head();
    },
    async deliver(name) {
      let last = await stepgate(`deploy --delivery ${name}`);
      for (let left = 5; last.state === 'waiting' && left > 0; left -= 1) {
        await stepgate(`promote --delivery ${name}`);
        last = await stepgate(`tick --until done --delivery ${name}`);
      }
      return last;
    },
    image(kind, namespace, name) {
      const [container] = listAt(at(cluster.api.get(kind, namespace, name), 'spec', 'template'), 'spec', 'containers');
      return textAt(container, 'image');
    },
    async [Symbol.asyncDispose]() {
      cluster.stop();
      await clone[Symbol.asyncDispose]();
      await remote[Symbol.asyncDispose]();
    },
  };
}

/** The remote with a first commit of these files. */
async function filled(remote: GitRemote, files: Files): Promise<GitRemote> {
  const { repository } = await import('../support/repository.ts');
  await using first = await repository({ files });
  await first.connect(remote);
  return remote;
}

/** Virtual time stands still while git works, and while a forge answers. */
function waitingFor<R extends object>({ track }: Conductor, port: R): R {
  return new Proxy(port, {
    get(from, key) {
      const found: unknown = Reflect.get(from, key);
      if (typeof found !== 'function') return found;
      return (...args: readonly unknown[]) =>
        track(async () => {
          const answer: unknown = await Reflect.apply(found, from, args);
          return key === 'tree' ? removedInTime(track, answer as Tree) : answer;
        });
    },
  });
}

function removedInTime(track: Conductor['track'], tree: Tree): Tree {
  return { folder: tree.folder, [Symbol.asyncDispose]: () => track(async () => tree[Symbol.asyncDispose]()) };
}

interface Kustomization {
  readonly resources?: readonly string[];
  readonly namespace?: string;
  readonly nameSuffix?: string;
  readonly images?: readonly { readonly name: string; readonly newTag: string }[];
}

/** As much of kustomize as the shapes use, so that these tests need no program. */
async function kustomized(folder: string): Promise<string> {
  const {
    resources = [],
    namespace,
    images = [],
  } = parse(await readFile(join(folder, 'kustomization.yaml'), 'utf8')) as Kustomization;
  const texts: string[] = [];
  for (const resource of resources) {
    const path = join(folder, resource);
    if (resource.includes('://')) throw inputError('SOURCE_INVALID', `${resource} is not loaded here`);
    texts.push((await stat(path)).isDirectory() ? await kustomized(path) : await readFile(path, 'utf8'));
  }
  const objects = texts.flatMap((text) =>
    parseAllDocuments(text).map((document) => document.toJS() as Record<string, unknown>),
  );
  return objects
    .filter((object) => object !== null)
    .map((object) => {
      const metadata = { ...(object['metadata'] as object), ...(namespace === undefined ? {} : { namespace }) };
      let text = JSON.stringify({ ...object, metadata });
      for (const { name, newTag } of images)
        text = text.replaceAll(new RegExp(`"image":"${name}:[^"]*"`, 'g'), `"image":"${name}:${newTag}"`);
      return text;
    })
    .join('\n---\n');
}

/** A stand-in for helm: it fills in the release and its namespace. helm itself renders in the control-plane suite. */
async function charted({ chart, release, namespace }: HelmChart): Promise<string> {
  const names = (await readdir(chart, { recursive: true })).filter((name) =>
    /(^|\/)templates\/[^/]*\.yaml$/.test(name),
  );
  const texts = await Promise.all(names.sort().map((name) => readFile(join(chart, name), 'utf8')));
  const filled = texts.join('\n---\n').replaceAll('{{ .Release.Name }}', release);
  return filled.replaceAll('{{ .Release.Namespace }}', namespace);
}
