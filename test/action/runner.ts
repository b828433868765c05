import { copyFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { outputs } from '../../src/reporters/outputs.ts';
import { folder } from '../adapters/kubernetes/server.ts';
import type { Annotation } from './runner/annotations.ts';
import type { Command } from './runner/command.ts';
import type { GithubContext } from './runner/environment.ts';
import { runJob } from './runner/job.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** The built files. `STEPGATE_DIST` names another build than `dist`. */
export const dist = path.resolve(root, process.env['STEPGATE_DIST'] ?? 'dist');

/** One step of a job of its own, as GitHub would show it; its parts are in runner/. */
export interface Step {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The log as it is shown: commands carried out, masked with what was known when it was written. */
  readonly log: readonly string[];
  /** Every command the runner took from the output. */
  readonly commands: readonly Command[];
  /** Those that are shown: ten of a kind, 4096 characters each. */
  readonly annotations: readonly Annotation[];
  readonly outputs: Readonly<Record<string, string>>;
  /** Those that another job would get: not the empty ones, and none that has a secret in it. */
  readonly passedOn: Readonly<Record<string, string>>;
  /** What the step left for later ones beside outputs: all of it has to be empty. */
  readonly leftBehind: string;
  /** Masked, as it is shown; null where it is longer than the runner takes. */
  readonly summary: string | null;
  readonly masks: readonly string[];
  /** From the first signal to the end; null where none was sent. */
  readonly endedAfter: number | null;
}

export interface StepOptions {
  readonly workspace: string;
  readonly with: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** `push` unless it says otherwise. */
  readonly event?: string;
  /** The event's payload. */
  readonly payload?: unknown;
  /** `github.*`, over what a push would say: of a job of the GitHub in test/github. */
  readonly github?: GithubContext;
  /** Ends the step as the Cancel button does, once this has come. */
  readonly cancel?: Promise<unknown>;
}

/** Runs the built Action, all of it that a workflow downloads, as the only step of a job. */
export async function runAction(options: StepOptions): Promise<Step> {
  await using downloaded = await folder();
  await copyFile(path.join(root, 'action.yml'), path.join(downloaded.path, 'action.yml'));
  await symlink(dist, path.join(downloaded.path, 'dist'));
  const job = await runJob({
    workspace: options.workspace,
    steps: [
      {
        id: 'stepgate',
        uses: 'acme/stepgate@v1',
        folder: downloaded.path,
        with: options.with,
        ...(options.env === undefined ? {} : { env: options.env }),
      },
    ],
    outputs: Object.fromEntries(outputs.map(({ name }) => [name, { step: 'stepgate', output: name }])),
    github: { ...options.github, ...(options.event === undefined ? {} : { event_name: options.event }) },
    ...(options.payload === undefined ? {} : { payload: options.payload }),
    ...(options.cancel === undefined ? {} : { cancel: options.cancel }),
  });
  const [step] = job.steps;
  if (step === undefined) throw new Error('the step was not run');
  const unexpected = step.log.annotations.find(({ message }) => message.startsWith('Unexpected input(s)'));
  if (unexpected !== undefined) throw new Error(unexpected.message);
  const { summary, written } = step;
  return {
    code: step.process?.code ?? null,
    signal: step.process?.signal ?? null,
    log: step.log.lines,
    commands: step.commands,
    annotations: step.log.annotations,
    outputs: Object.fromEntries(step.outputs),
    passedOn: job.outputs,
    leftBehind: written.state + written.env + written.path,
    summary: summary.kind === 'dropped' ? null : summary.kind === 'none' ? '' : summary.text,
    masks: job.masks,
    endedAfter: step.process?.endedAfter ?? null,
  };
}
