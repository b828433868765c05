import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Permissions } from '../rest/permissions.ts';
import { type Contexts, filled, isTrue, valueIn } from './expressions.ts';

interface StepText {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface WorkflowText {
  readonly name: string;
  readonly 'run-name'?: string;
  readonly on: string | Readonly<Record<string, Trigger | null>>;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly if?: string;
        readonly environment?: string;
        readonly permissions: Permissions;
        readonly steps: readonly StepText[];
      }
    >
  >;
}

interface Trigger {
  readonly branches?: readonly string[];
  readonly paths?: readonly string[];
  readonly types?: readonly string[];
}

/** What started a run. */
export interface Started {
  readonly event: string;
  readonly action: string | null;
  /** The branch that was pushed to, and the files of the push; both only of a push. */
  readonly branch?: string;
  readonly paths?: readonly string[];
}

/** A workflow of examples/, read as GitHub reads it: its one job, with the step that uses stepgate. */
export interface Example {
  readonly name: string;
  /** `.github/workflows/release.yml`. */
  readonly path: string;
  readonly text: string;
  readonly permissions: Permissions;
  /** The environment that the job needs; null for none. */
  readonly environment: string | null;
  /** Whether GitHub starts the job. */
  starts(by: Started, contexts: Contexts): boolean;
  /** The title of its runs; null for GitHub's own. */
  runName(contexts: Contexts): string | null;
  /** What the step is given. */
  inputs(contexts: Contexts): Readonly<Record<string, string>>;
  /** Of the checkout: null for the whole history. */
  readonly depth: number | null;
  /** Whether the checkout leaves the token in the configuration of git. */
  readonly keepsToken: boolean;
}

export const exampleText = (name: string) =>
  readFileSync(new URL(`../../../examples/${name}`, import.meta.url), 'utf8');

/** A workflow of examples/. Throws where it has more or less than the tests can play. */
export function example(name: string): Example {
  const text = exampleText(name);
  const workflow = parse(text) as WorkflowText;
  const [job, ...others] = Object.values(workflow.jobs);
  if (job === undefined || others.length > 0) throw new Error(`${name} has not exactly one job`);
  const step = only(job.steps, 'OWNER/stepgate@COMMIT', name);
  const checkout = only(job.steps, 'actions/checkout@', name).with ?? {};
  return {
    name: workflow.name,
    path: `.github/workflows/${name}`,
    text,
    permissions: job.permissions,
    environment: job.environment ?? null,
    starts: (by, contexts) => isMeant(workflow.on, by) && (job.if === undefined || isTrue(valueIn(job.if, contexts))),
    runName(contexts) {
      const title = workflow['run-name'];
      return title === undefined ? null : filled(title, contexts).trim();
    },
    inputs: (contexts) => filledInputs(step, contexts),
    depth: checkout['fetch-depth'] === 0 ? null : 1,
    keepsToken: checkout['persist-credentials'] !== false,
  };
}

/** The inputs of the step in examples/app-token.yml, which every workflow may have beside its own. */
export function appTokenInputs(contexts: Contexts): Readonly<Record<string, string>> {
  const steps = parse(exampleText('app-token.yml')) as readonly StepText[];
  return filledInputs(only(steps, 'OWNER/stepgate@COMMIT', 'app-token.yml'), contexts);
}

function filledInputs(step: StepText, contexts: Contexts): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(step.with ?? {}).map(([key, value]) => [key, filled(String(value), contexts)]),
  );
}

function only(steps: readonly StepText[], uses: string, name: string): StepText {
  const [step, ...others] = steps.filter((one) => one.uses?.startsWith(uses));
  if (step === undefined || others.length > 0) throw new Error(`${name} has not exactly one step of ${uses}`);
  return step;
}

function isMeant(on: WorkflowText['on'], { event, action, branch, paths = [] }: Started): boolean {
  if (typeof on === 'string') return on === event;
  if (!Object.hasOwn(on, event)) return false;
  const trigger = on[event] ?? {};
  const matches = (pattern: string) =>
    paths.some((path) => path === pattern || (pattern.endsWith('/**') && path.startsWith(pattern.slice(0, -2))));
  return (
    (trigger.branches?.includes(branch ?? '') ?? true) &&
    (trigger.types?.includes(action ?? '') ?? true) &&
    (trigger.paths?.some(matches) ?? true)
  );
}
