import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from './command.ts';
import { environment, type GithubContext } from './environment.ts';
import { createFileCommands, type Summary } from './file-commands.ts';
import { type Inputs, readInputs } from './inputs.ts';
import type { Masks } from './masks.ts';
import type { Metadata } from './metadata.ts';
import { type Ended, runNode } from './process.ts';
import { createStepLog, type StepLog } from './step-log.ts';
import { createCommandReader } from './workflow-commands.ts';

/** One entry of a job's `steps` that uses a JavaScript action. */
export interface StepSpec {
  readonly id: string;
  /** `owner/name@ref`, or `./folder` of the workspace: that has no `pre`. */
  readonly uses: string;
  /** Where the action was downloaded to: its action.yml is read there. */
  readonly folder: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly if?: string;
  readonly continueOnError?: boolean;
  readonly timeoutMinutes?: number;
}

export type Stage = 'pre' | 'main' | 'post';

/** What the steps of a job share. `env` and `path` grow from step to step. */
export interface JobState {
  readonly workspace: string;
  readonly temp: string;
  readonly machine: Readonly<Record<string, string>>;
  readonly github: GithubContext;
  readonly runner: Readonly<Record<string, string>>;
  readonly masks: Masks;
  readonly debugging: boolean;
  readonly runtimeToken: string;
  readonly trackingId: string;
  readonly env: Map<string, string>;
  readonly path: string[];
}

/** An action in its job: what `main` saves, `post` finds. */
export interface Instance {
  readonly spec: StepSpec;
  readonly metadata: Metadata;
  readonly state: Map<string, string>;
}

/** What a stage of a step did, before the job draws its conclusion from it. */
export interface Ran {
  readonly process: Ended | null;
  readonly failed: boolean;
  readonly cancelled: boolean;
  /** What the runner says about the step before it starts: inputs and environment. */
  readonly heading: readonly string[];
  readonly log: StepLog;
  readonly commands: readonly Command[];
  readonly outputs: ReadonlyMap<string, string>;
  readonly summary: Summary;
  /** The file commands as they were written. */
  readonly written: Readonly<Record<'path' | 'env' | 'step_summary' | 'state' | 'output', string>>;
}

/**
 * Runs one script of an action as the runner does (Runner.Worker/ActionRunner): its files are read whatever its end. It
 * fails by its exit code, by a command that can't be carried out, and by being cut off. `cancel` aborts with the sentence
 * that is to be shown. Rejects only where this runner has no model of what the action asks for.
 */
export async function runStage(job: JobState, { spec, metadata, state }: Instance, stage: Stage, cancel: AbortSignal) {
  const heading = createStepLog(job.masks, job.debugging);
  const log = createStepLog(job.masks, job.debugging);
  const outputs = new Map<string, string>();
  const effects = { outputs, state, env: job.env, path: job.path };
  const local = spec.uses.startsWith('./');
  if (local && metadata.runs.pre !== null)
    log.annotate('warning', `\`pre\` is not run for the local action ${spec.uses}`);

  const [repository = '', ref = ''] = local ? [] : spec.uses.split('@');
  const github = { ...job.github, action: spec.id, action_repository: repository, action_ref: ref };
  const inputs = readInputs(metadata.inputs, spec.with ?? {}, { github, runner: job.runner });
  for (const warning of inputs.warnings) log.annotate('warning', warning);
  const workflow = { ...Object.fromEntries(job.env), ...spec.env };
  announce(heading, spec, stage, inputs, workflow);

  const files = await createFileCommands(job.temp, randomUUID());
  const reader = createCommandReader({
    log,
    masks: job.masks,
    effects,
    workspace: job.workspace,
    echo: job.debugging,
    env: workflow,
  });
  let ended: Ended | null = null;
  let failed = false;
  try {
    const script = path.resolve(spec.folder, metadata.runs[stage] ?? metadata.runs.main);
    if (!(await isFile(script))) throw new Error(`File not found: '${script}'`);
    ended = await runNode({
      script,
      cwd: job.workspace,
      cancel,
      line: reader.read,
      env: environment({ ...job, github, workflow, state, inputs: inputs.env, files: files.files }),
    });
    failed = ended.code !== 0;
  } catch (thrown) {
    failed = true;
    log.annotate('error', thrown instanceof Error ? thrown.message : String(thrown));
  }
  const { failed: unreadable, summary, written } = await files.process({ effects, log, masks: job.masks });
  if (reader.unknown !== null) throw new Error(`this runner has no model of ${reader.unknown}`);
  if (cancel.aborted) log.annotate('error', String(cancel.reason));
  return {
    process: ended,
    failed: failed || unreadable || reader.failed,
    cancelled: cancel.aborted,
    heading: heading.lines,
    log,
    commands: reader.commands,
    // Only `main` has a name that outputs can be asked for by.
    outputs: stage === 'main' ? outputs : new Map<string, string>(),
    summary,
    written,
  } satisfies Ran;
}

function announce(
  heading: StepLog,
  { uses }: StepSpec,
  stage: Stage,
  { values }: Inputs,
  env: Readonly<Record<string, string>>,
): void {
  if (stage === 'post') {
    heading.write('Post job cleanup.');
    return;
  }
  heading.write(`##[group]Run ${uses}`);
  const block = (title: string, entries: readonly (readonly [string, string])[]) => {
    if (entries.length > 0) heading.write(title);
    for (const [name, value] of entries) heading.write(`  ${name}: ${value}`);
  };
  block(
    'with:',
    Object.entries(values).filter(([, value]) => value !== ''),
  );
  block('env:', Object.entries(env));
  heading.write('##[endgroup]');
}

async function isFile(file: string): Promise<boolean> {
  return await stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}
