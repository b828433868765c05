import { gitIn, text } from './adapters/git/run.ts';
import { openRepo } from './adapters/git.ts';
import { runIn } from './adapters/github-run.ts';
import { kustomize } from './adapters/kustomize.ts';
import { noRepo } from './adapters/no-repo.ts';
import type { CommandName, Result } from './commands/index.ts';
import type { InputOf, ValuesOf } from './commands/input.ts';
import type { Runners } from './commands/run.ts';
import { parseManifests } from './config/manifest.ts';
import type { Context } from './flow/context.ts';
import type { ConfigParser } from './flow/load.ts';
import { parseRoot, resolveConfig } from './policy/schema.ts';
import type { OpenStage } from './rehearse/stage.ts';
import { asError } from './release/error.ts';
import type { Clock, Cluster, Repo } from './release/ports.ts';
import type { Report } from './release/report.ts';
import { targets } from './targets/index.ts';
import { inWorkflow } from './workflow.ts';

export { clock as machineClock } from './adapters/clock.ts';

/** What the process around us has to offer. */
export interface Surface {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  log(line: string): void;
  mask(secret: string): void;
  show(report: Report): void;
}

/** Loaded when a release is rehearsed: the model of a cluster is larger than all that works with a real one. */
const openStage: OpenStage = async (options) => (await import('./adapters/stage.ts')).openStage(options);

const report = async (made: Promise<Report>): Promise<Result> => ({ kind: 'report', report: await made });
const printed = async (made: Promise<string>): Promise<Result> => ({ kind: 'text', text: await made });

/** What runs each command, loaded when it is run: a command without a cluster loads nothing for one. */
const loaders: Runners<CommandName, Result> = {
  config: async (run) => printed((await import('./commands/render.ts')).config(run)),
  render: async (run) => printed((await import('./commands/render.ts')).render(run)),
  plan: async (run) => report((await import('./commands/plan.ts')).plan(run)),
  deploy: async (run) => report((await import('./commands/deploy.ts')).deploy(run)),
  status: async (run) => report((await import('./commands/status.ts')).status(run)),
  promote: async (run) => report((await import('./commands/promote.ts')).promote(run)),
  tick: async (run) => report((await import('./commands/tick.ts')).tick(run)),
  rollback: async (run) => report((await import('./commands/rollback.ts')).rollback(run)),
  hold: async (run) => report((await import('./commands/hold.ts')).hold(run)),
  resume: async (run) => report((await import('./commands/hold.ts')).resume(run)),
  rehearse: async (run) => (await import('./rehearse/rehearse.ts')).showRehearsal(run, openStage),
};

const parser: ConfigParser = {
  includes: (file, text) => parseRoot({ file, text }).include,
  resolve: (root, included) => resolveConfig(parseRoot(root), included),
};

/** The cluster of the demo. Loaded when it is played. */
export async function startCluster(speed: number) {
  return (await import('./adapters/fast-cluster.ts')).startCluster(speed);
}

/** git as a person runs it in a folder, its output as text. Throws GIT_FAILED. */
export function git(folder: string, env: Surface['env']): (args: readonly string[]) => Promise<string> {
  return async (args) => text(await gitIn(folder, env)(args), args.join(' '));
}

/** The repository around the folder. A rollback, a hold and the tick that goes on with one are not kept by there being none. */
async function repository(name: CommandName, { folder, env }: Surface): Promise<Repo> {
  try {
    return await openRepo({ folder, env });
  } catch (error) {
    const known = asError(error);
    if (known.family === 'bug' || !['rollback', 'hold', 'resume', 'tick'].includes(name)) throw error;
    return noRepo(known);
  }
}

/** What the real parts depend on. Not every command takes a kubeconfig, or says who acts. */
type ForContext = ValuesOf<'config'> & Partial<ValuesOf<'kubeconfig' | 'who'>>;

/** Runs one command with the real parts. The only place that knows which they are. */
export async function run<C extends CommandName>(name: C, input: InputOf<C>, surface: Surface): Promise<Result> {
  const { env, signal, clock, log, mask } = surface;
  const { config: file, kubeconfig = null, who = null }: ForContext = input;
  const open = new Map<string, Promise<Cluster & AsyncDisposable>>();
  await using connections = new AsyncDisposableStack();
  const context: Context = {
    repo: await repository(name, surface),
    config: { parser, file },
    kustomize: kustomize({ env }),
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
    parseManifests: (files) => parseManifests(files).map(({ object }) => object),
    ...runIn(env, { who, inWorkflow: inWorkflow(env) }),
    log,
    signal,
  };
  return await loaders[name]({ context, input, show: surface.show });

  // The Kubernetes client costs more start-up than everything else together: loaded when a cluster is asked for.
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
      mask,
      ...(clock.elapsed === undefined ? {} : { elapsed: clock.elapsed }),
    });
    connections.use(cluster);
    return cluster;
  }
}
