import { answer } from '../../src/commands/answer.ts';
import { deploy } from '../../src/commands/deploy.ts';
import { freeze } from '../../src/commands/freeze.ts';
import { hold, resume } from '../../src/commands/hold.ts';
import type { CommandName as CommandsOfStepgate } from '../../src/commands/index.ts';
import { type Given, readInput } from '../../src/commands/input.ts';
import { promote } from '../../src/commands/promote.ts';
import { rollback } from '../../src/commands/rollback.ts';
import type { Runners } from '../../src/commands/run.ts';
import { status } from '../../src/commands/status.ts';
import { thaw } from '../../src/commands/thaw.ts';
import { tick } from '../../src/commands/tick.ts';
import type { Context } from '../../src/flow/context.ts';
import { actorOf } from '../../src/release/actor.ts';
import { asError } from '../../src/release/error.ts';
import type { Forge } from '../../src/release/forge.ts';
import type { Metrics } from '../../src/release/metrics.ts';
import type { Cluster, Repo } from '../../src/release/ports.ts';
import {
  type DeliveryReport,
  type ErrorReport,
  exitCode,
  failureReport,
  type Report,
} from '../../src/release/report.ts';
import { targets } from '../../src/targets/index.ts';
import { noHelm } from '../support/no-helm.ts';
import { noPage } from '../support/no-metrics.ts';
import { everybody } from '../support/readers.ts';
import type { RunName } from './ledger.ts';
import { parseManifests, parser } from './source.ts';

const commands = {
  answer,
  deploy,
  freeze,
  hold,
  promote,
  resume,
  rollback,
  status,
  thaw,
  tick,
} satisfies Partial<Runners<CommandsOfStepgate, Report>>;

export type CommandName = keyof typeof commands;

const runners: Runners<CommandName, Report> = commands;

export interface Told {
  readonly exit: number;
  readonly delivery: DeliveryReport | null;
  readonly error: ErrorReport | null;
}

export interface Process {
  readonly repo: Repo;
  readonly cluster: Cluster;
  /** Null where there is none. */
  readonly forge: Forge | null;
  readonly metrics: Metrics;
  readonly clock: Context['clock'];
  readonly who: string;
  /** The run of a workflow; null on a command line. */
  readonly name: RunName | null;
  readonly signal: AbortSignal;
  log(line: string): void;
}

/** Runs a command of stepgate's own code, as its entries do, on other ports. */
export async function execute<C extends CommandName>(name: C, given: Given, process: Process): Promise<Told> {
  const { cluster, forge, metrics, who, name: run_, ...rest } = process;
  const known = run_ === null ? 'given' : 'github';
  const context: Context = {
    ...rest,
    actor: actorOf(who, { event: 'workflow_dispatch', known }),
    run:
      run_ === null
        ? { by: 'host', host: 'storm', user: who }
        : { by: 'github', ...run_, event: 'workflow_dispatch', url: `https://github.example/runs/${run_.id}` },
    config: { parser, file: 'stepgate.yaml' },
    forge: async () => forge ?? { missing: 'there is no forge here' },
    metrics: async () => metrics,
    page: noPage,
    helm: noHelm,
    kustomize: { build: () => Promise.reject(new Error('nothing here is rendered by kustomize')) },
    readers: everybody,
    targets,
    connect: async () => cluster,
    parseManifests,
  };
  try {
    const startedAt = context.clock.now();
    const report = await runners[name]({ context, input: readInput(name, given), startedAt, show: () => {} });
    return told(report);
  } catch (error) {
    const known = asError(error);
    if (known.family === 'bug' && known.cause instanceof Error) process.log(known.cause.stack ?? known.message);
    return told(failureReport(name, known));
  }
}

function told(report: Report): Told {
  const [delivery] = report.deliveries;
  return { exit: exitCode(report, false), delivery: delivery ?? null, error: report.error ?? delivery?.error ?? null };
}
