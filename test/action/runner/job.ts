import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Annotation } from './annotations.ts';
import { holds, type JobStatus, type Result, workflowCondition } from './conditions.ts';
import { type GithubContext, githubContext, runnerContext } from './environment.ts';
import { createMasks } from './masks.ts';
import { parseMetadata } from './metadata.ts';
import { endOrphans } from './process.ts';
import { type Instance, type JobState, type Ran, runStage, type Stage, type StepSpec } from './step.ts';

export interface JobOptions {
  readonly workspace: string;
  readonly steps: readonly StepSpec[];
  /** Masked from the start, each with its lines. The workflow's token is in any case. */
  readonly secrets?: readonly string[];
  /** The job's `env`. */
  readonly env?: Readonly<Record<string, string>>;
  /** The environment the runner itself runs in; PATH, and an empty HOME, unless it says otherwise. */
  readonly machine?: Readonly<Record<string, string>>;
  /** Over what a push would say. */
  readonly github?: GithubContext;
  /** The payload of the event, as GITHUB_EVENT_PATH has it. */
  readonly payload?: unknown;
  /** The job's outputs: name to step and output. */
  readonly outputs?: Readonly<Record<string, { readonly step: string; readonly output: string }>>;
  /** ACTIONS_STEP_DEBUG. */
  readonly debugging?: boolean;
  /** RUNNER_TEMP, emptied before and after; a fresh one, removed, unless it is given. */
  readonly temp?: string;
  /** Cancels the job as its button does, once this has come. */
  readonly cancel?: Promise<unknown>;
  /** Milliseconds that `always()` has after that, before everything is killed: five minutes. */
  readonly afterCancel?: number;
}

export interface StepResult extends Ran {
  readonly id: string;
  readonly stage: Stage;
  /** How it ended, and what that counts as: `continue-on-error` makes a failure a success. */
  readonly outcome: Result;
  readonly conclusion: Result;
}

export interface JobResult {
  readonly status: JobStatus;
  /** In the order in which they ran; skipped ones are not there. */
  readonly steps: readonly StepResult[];
  readonly skipped: readonly { readonly id: string; readonly stage: Stage }[];
  readonly outputs: Readonly<Record<string, string>>;
  /** What the run's page shows: 50 annotations and 20 summaries of a job (github.md 1.4). */
  readonly annotations: readonly Annotation[];
  readonly summaries: readonly string[];
  /** What the runner says at the end. */
  readonly completion: readonly string[];
  readonly masks: readonly string[];
  /** Processes that steps had left behind. */
  readonly orphans: readonly number[];
}

const ANNOTATIONS = 50;
const SUMMARIES = 20;
/** All outputs of a job, counted as UTF-16 (github.md 1.1). The service refuses more, and the runner then fails the job. */
const LARGEST_OUTPUTS = 1024 * 1024;

/** Runs a job's steps as the runner does: every `pre` first, then the steps, then each `post` that was reached, last first. */
export async function runJob(options: JobOptions): Promise<JobResult> {
  const root = await mkdtemp(path.join(tmpdir(), 'stepgate-runner-'));
  try {
    return await runIn(root, options);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function runIn(root: string, options: JobOptions): Promise<JobResult> {
  const temp = options.temp ?? path.join(root, '_temp');
  const home = path.join(root, 'home');
  await mkdir(home);
  await empty(temp);
  const job = await prepare(options, temp, home);
  const instances: Instance[] = [];
  for (const spec of options.steps) {
    const metadata = parseMetadata(await readFile(path.join(spec.folder, 'action.yml'), 'utf8'));
    instances.push({ spec, metadata, state: new Map() });
  }

  let status: JobStatus = 'success';
  const steps: StepResult[] = [];
  const skipped: { id: string; stage: Stage }[] = [];
  const posts: Instance[] = [];
  const cancelling = watchCancel(options);

  const run = async (instance: Instance, stage: Stage, condition: string): Promise<void> => {
    const { id, timeoutMinutes, uses, continueOnError } = instance.spec;
    if (cancelling.cancelled) status = 'cancelled';
    if (cancelling.killed || !holds(condition, status)) {
      skipped.push({ id, stage });
      return;
    }
    // A `post` is due once `pre` or `main` has begun, whatever comes of it.
    if (stage !== 'post' && instance.metadata.runs.post !== null && !posts.includes(instance)) posts.push(instance);
    const stop = new AbortController();
    let timedOut = false;
    // Cancelled, a job asks a running step for its condition again: one that holds goes on.
    const unwatch = cancelling.watch((kill) => {
      if (kill || !holds(condition, 'cancelled')) stop.abort('The operation was canceled.');
    });
    const timer =
      timeoutMinutes === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = !stop.signal.aborted;
            stop.abort(`The action '${uses}' has timed out after ${timeoutMinutes} minutes.`);
          }, timeoutMinutes * 60_000);
    const ran = await runStage(job, instance, stage, stop.signal).finally(() => {
      clearTimeout(timer);
      unwatch();
    });
    if (cancelling.cancelled) status = 'cancelled';
    const outcome = ran.cancelled && !timedOut ? 'cancelled' : ran.failed || timedOut ? 'failure' : 'success';
    const conclusion = outcome === 'failure' && continueOnError === true ? 'success' : outcome;
    steps.push({ id, stage, outcome, conclusion, ...ran });
    if (conclusion === 'failure' && status === 'success') status = 'failure';
  };

  for (const instance of instances) {
    if (instance.metadata.runs.pre === null || instance.spec.uses.startsWith('./')) continue;
    await run(instance, 'pre', instance.metadata.runs.preIf);
  }
  for (const instance of instances) await run(instance, 'main', workflowCondition(instance.spec.if));
  for (const instance of posts.toReversed()) await run(instance, 'post', instance.metadata.runs.postIf);
  cancelling.end();

  const { outputs, completion, tooLarge } = jobOutputs(options, steps, job);
  const orphans = endOrphans(job.trackingId);
  await empty(temp);
  return {
    status: tooLarge && status === 'success' ? 'failure' : status,
    steps,
    skipped,
    outputs,
    completion,
    annotations: steps.flatMap(({ log }) => log.annotations).slice(0, ANNOTATIONS),
    summaries: steps.flatMap(({ summary }) => (summary.kind === 'shown' ? [summary.text] : [])).slice(0, SUMMARIES),
    masks: job.masks.values,
    orphans,
  };
}

async function prepare(options: JobOptions, temp: string, home: string): Promise<JobState> {
  const { workspace, debugging = false } = options;
  const masks = createMasks();
  const runtimeToken = `runtime-token-${randomUUID()}`;
  const github = githubContext(workspace, temp, options.github ?? {});
  const eventPath = github['event_path'] ?? '';
  await mkdir(path.dirname(eventPath), { recursive: true });
  await writeFile(eventPath, JSON.stringify(options.payload ?? {}));
  for (const secret of [...(options.secrets ?? []), github['token'] ?? '', runtimeToken]) masks.add(secret.trim());
  return {
    workspace,
    temp,
    machine: { PATH: process.env['PATH'] ?? '', HOME: home, ...options.machine },
    github,
    runner: runnerContext(temp, workspace, debugging),
    masks,
    debugging,
    runtimeToken,
    trackingId: `github_${randomUUID()}`,
    env: new Map(Object.entries(options.env ?? {})),
    path: [],
  };
}

/**
 * Tells the running step when the job is cancelled, and again when its grace is over. (There GitHub kills the runner with
 * all it runs; here the step gets the signals of a cancelled one, and nothing after it runs.)
 */
function watchCancel({ cancel, afterCancel = 300_000 }: JobOptions) {
  let state: 'running' | 'cancelled' | 'killed' | 'ended' = 'running';
  let timer: NodeJS.Timeout | undefined;
  let told: ((kill: boolean) => void) | null = null;
  void cancel?.then(() => {
    if (state !== 'running') return;
    state = 'cancelled';
    told?.(false);
    timer = setTimeout(() => {
      state = 'killed';
      told?.(true);
    }, afterCancel);
  });
  return {
    get cancelled() {
      return state === 'cancelled' || state === 'killed';
    },
    get killed() {
      return state === 'killed';
    },
    watch(listener: (kill: boolean) => void) {
      told = listener;
      return () => {
        told = null;
      };
    },
    end() {
      state = 'ended';
      clearTimeout(timer);
    },
  };
}

/** Empty outputs are left out, and so is one with a secret in it (Runner.Worker/JobExtension). */
function jobOutputs(options: JobOptions, steps: readonly StepResult[], { masks }: JobState) {
  const outputs: Record<string, string> = {};
  const completion: string[] = [];
  for (const [name, { step, output }] of Object.entries(options.outputs ?? {})) {
    const found = steps.find(({ id, stage }) => id === step && stage === 'main');
    const value = [...(found?.outputs ?? [])].find(([key]) => key.toLowerCase() === output.toLowerCase())?.[1] ?? '';
    if (value === '') continue;
    if (masks.hide(value) === value) outputs[name] = value;
    else completion.push(`##[warning]Skip output '${name}' since it may contain secret.`);
  }
  const bytes = Object.entries(outputs).reduce((sum, [name, value]) => sum + 2 * (name.length + value.length), 0);
  const tooLarge = bytes > LARGEST_OUTPUTS;
  if (tooLarge) completion.push(`##[error]The outputs of the job are ${bytes} bytes; ${LARGEST_OUTPUTS} are allowed.`);
  return { outputs: tooLarge ? {} : outputs, completion, tooLarge };
}

async function empty(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) await rm(path.join(folder, name), { recursive: true, force: true });
}
