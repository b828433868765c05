import { text } from './adapters/git/ran.ts';
import { gitIn } from './adapters/git/run.ts';
import { openRepo } from './adapters/git.ts';
import { commentedOn, placeIn, runIn, workflowFileIn } from './adapters/github/job.ts';
import { helm } from './adapters/helm.ts';
import { kustomize } from './adapters/kustomize.ts';
import { noRepo } from './adapters/no-repo.ts';
import { withOlderVersions } from './adapters/older-versions.ts';
import { randomKey } from './adapters/random.ts';
import { secretFinder } from './adapters/secret-finder.ts';
import type { CommandName, Result } from './commands/index.ts';
import type { InputOf, ValuesOf } from './commands/input.ts';
import type { Runners } from './commands/run.ts';
import { parseManifests } from './config/manifest.ts';
import type { Context, Readers } from './flow/context.ts';
import type { ConfigParser } from './flow/load.ts';
import { parseRoot, resolveConfig } from './policy/schema.ts';
import type { OpenStage } from './rehearse/stage.ts';
import { asError } from './release/error.ts';
import { fingerprints } from './release/fingerprint.ts';
import type { Forge, NoForge } from './release/forge.ts';
import type { Metrics, MetricsServer } from './release/metrics.ts';
import type { Clock, Cluster, Webhook } from './release/ports.ts';
import type { Report } from './release/report.ts';
import { targets } from './targets/index.ts';
import { inWorkflow } from './workflow.ts';

export { clock as machineClock } from './adapters/clock.ts';
export { tokenIn } from './adapters/github/job.ts';

/** The parts of the process that commands use. */
export interface Surface {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  log(line: string): void;
  /** Hides a credential in everything that is printed. */
  mask(secret: string): void;
  /** Hides a value of a Secret that was read or rendered, or a credential that was found. */
  maskRead(value: string): void;
  /** Who reads what is printed. */
  readonly readers: Readers['are'];
  /** From `forgeOf`. */
  forge(): Promise<Forge | NoForge>;
  show(report: Report): void;
}

/** Loaded only for a rehearsal, because the model of a cluster is larger than the code for a real one. */
const openStage: OpenStage = async (options) => (await import('./adapters/stage.ts')).openStage(options);

const report = async (made: Promise<Report>): Promise<Result> => ({ kind: 'report', report: await made });
const printed = async (made: Promise<string>): Promise<Result> => ({ kind: 'text', text: await made });

/** The loader of each command. A command without a cluster loads no code for one. */
const loaders: Runners<CommandName, Result> = {
  init: async (run) => (await import('./commands/init.ts')).init(run),
  doctor: async (run) => (await import('./commands/doctor.ts')).doctor(run),
  config: async (run) => printed((await import('./commands/render.ts')).config(run)),
  import: async (run) => printed((await import('./commands/import.ts')).importConfig(run)),
  render: async (run) => printed((await import('./commands/render.ts')).render(run)),
  permissions: async (run) => printed((await import('./commands/permissions.ts')).permissions(run)),
  plan: async (run) => report((await import('./commands/plan.ts')).plan(run)),
  deploy: async (run) => report((await import('./commands/deploy.ts')).deploy(run)),
  status: async (run) => report((await import('./commands/status.ts')).status(run)),
  promote: async (run) => report((await import('./commands/promote.ts')).promote(run)),
  tick: async (run) => report((await import('./commands/tick.ts')).tick(run)),
  rollback: async (run) => report((await import('./commands/rollback.ts')).rollback(run)),
  hold: async (run) => report((await import('./commands/hold.ts')).hold(run)),
  resume: async (run) => report((await import('./commands/hold.ts')).resume(run)),
  adopt: async (run) => report((await import('./commands/adopt.ts')).adopt(run)),
  retire: async (run) => report((await import('./commands/retire.ts')).retire(run)),
  answer: async (run) => report((await import('./commands/answer.ts')).answer(run)),
  freeze: async (run) => report((await import('./commands/freeze.ts')).freeze(run)),
  thaw: async (run) => report((await import('./commands/thaw.ts')).thaw(run)),
  'set-image': async (run) => report((await import('./commands/set-image.ts')).setImage(run)),
  'gate try': async (run) => report((await import('./commands/gate-try.ts')).gateTry(run)),
  rehearse: async (run) => (await import('./rehearse/rehearse.ts')).showRehearsal(run, openStage),
};

const parser: ConfigParser = {
  includes: (file, text) => parseRoot({ file, text }).include,
  resolve: (root, included) => resolveConfig(parseRoot(root), included),
};

/** The cluster of the demo. Loaded only for the demo. */
export async function startCluster(speed: number) {
  return (await import('./adapters/fast-cluster.ts')).startCluster(speed);
}

/** Runs git in a folder like a person would, and returns its output. Throws GIT_FAILED. */
export function git(folder: string, env: Surface['env']): (args: readonly string[]) => Promise<string> {
  return async (args) => text(await gitIn(folder, env)(args), args.join(' '));
}

/** The repository of the folder. Rollback, hold, resume and tick also work without one, and answer as far as they do. */
async function repository(name: CommandName, { folder, env }: Surface): Promise<Pick<Context, 'repo' | 'work'>> {
  try {
    const repo = await openRepo({ folder, env });
    return { repo, work: repo.work };
  } catch (error) {
    const known = asError(error);
    if (known.family === 'bug' || !['rollback', 'hold', 'resume', 'tick', 'answer', 'doctor'].includes(name))
      throw error;
    return { repo: noRepo(known) };
  }
}

/** The forge of this process, opened when it is first asked for. Commands and reporters share it. */
export function forgeOf(
  token: string | null,
  surface: Pick<Surface, 'env' | 'clock' | 'log' | 'mask'>,
): Surface['forge'] {
  let open: ReturnType<Surface['forge']> | null = null;
  return () => {
    open ??= openForge(token, surface);
    return open;
  };
}

/** Its client brings an HTTP client of its own, so it is loaded here and not before. */
async function openForge(
  token: string | null,
  { env, clock, log, mask }: Pick<Surface, 'env' | 'clock' | 'log' | 'mask'>,
): Promise<Forge | NoForge> {
  if (token === null) {
    return { missing: 'there is no token: github-token of the Action, GITHUB_TOKEN on the command line' };
  }
  const place = placeIn(env);
  if ('missing' in place) return place;
  const github = await import('./adapters/github/index.ts');
  return github.openForge({ place, token, clock, log, mask });
}

/** The variable of the environment with the address for messages. The address is a secret. */
const WEBHOOK = 'STEPGATE_WEBHOOK_URL';
/** A shorter path of that address is no secret, and hiding it would hide other words. */
const SHORTEST_PATH = 16;

/** Where messages for people go; null when no place is configured. */
export function webhookOf(env: Surface['env'], mask: Surface['mask']): Webhook | null {
  const address = (env[WEBHOOK] ?? '').trim();
  if (address === '') return null;
  mask(address);
  // What is secret in such an address is its path, which a text may have without the host.
  const url = URL.parse(address);
  const path = url === null ? '' : `${url.pathname}${url.search}`;
  if (path.length >= SHORTEST_PATH) mask(path);
  return {
    async post(message, abort) {
      const { openWebhook } = await import('./adapters/webhook.ts');
      await openWebhook(address, { name: WEBHOOK }).post(message, abort);
    },
  };
}

/** The inputs that the adapters need. Not every command has a kubeconfig or a person. */
type ForContext = ValuesOf<'config'> & Partial<ValuesOf<'kubeconfig' | 'who'>>;

/** Runs one command with the real adapters. Only this file chooses them. */
export async function run<C extends CommandName>(name: C, input: InputOf<C>, surface: Surface): Promise<Result> {
  const { env, signal, clock, log, mask } = surface;
  const secrets = secretFinder(surface.maskRead);
  const { config: file, kubeconfig = null, who = null }: ForContext = input;
  const open = new Map<string, Promise<Cluster>>();
  await using connections = new AsyncDisposableStack();
  const servers = new Map<string, Promise<Metrics>>();
  const pullRequest = name === 'answer' ? await commentedOn(env) : null;
  const workflow = inWorkflow(env) ? workflowFileIn(env) : null;
  const context: Context = {
    ...(await repository(name, surface)),
    config: { parser, file },
    forge: surface.forge,
    kustomize: kustomize({ env, folder: surface.folder }),
    helm: helm({ env, folder: surface.folder }),
    metrics(server) {
      const key = JSON.stringify(server);
      const made = servers.get(key) ?? openServer(server);
      servers.set(key, made);
      return made;
    },
    page: async (server, abort) => (await import('./adapters/page.ts')).askPage(server, { env, mask }, abort),
    clock,
    targets,
    connect(cluster) {
      const key = JSON.stringify(cluster);
      const known = open.get(key);
      if (known !== undefined) return known;
      const made = connect(cluster);
      open.set(key, made);
      return made;
    },
    parseManifests: (files) => secrets.search(parseManifests(files).map(({ object }) => object)),
    readers: { are: surface.readers, fingerprint: fingerprints(randomKey()), hide: surface.maskRead },
    ...runIn(env, { who, inWorkflow: inWorkflow(env) }),
    ...(workflow === null ? {} : { workflow }),
    ...(pullRequest === null ? {} : { pullRequest }),
    log,
    signal,
  };
  return await loaders[name]({ context, input, startedAt: clock.now(), show: surface.show });

  async function openServer(server: MetricsServer): Promise<Metrics> {
    return (await import('./adapters/prometheus/index.ts')).openMetrics(server, { env, mask });
  }

  // The Kubernetes client takes longer to load than everything else together, so it is loaded only when it is needed.
  async function connect({
    context: name,
    exec,
  }: {
    readonly context: string | null;
    readonly exec: readonly string[];
  }) {
    const kubernetes = await import('./adapters/kubernetes/index.ts');
    const cluster = await kubernetes.connect({
      kubeconfig,
      context: name,
      exec,
      env,
      folder: surface.folder,
      mask,
      ...(clock.elapsed === undefined ? {} : { elapsed: clock.elapsed }),
    });
    connections.use(cluster);
    const older = targets.all.flatMap(({ olderVersions }) => olderVersions);
    return secrets.searching(withOlderVersions(cluster, older));
  }
}
