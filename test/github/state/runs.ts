import type { Account, Actor } from './accounts.ts';
import type { Environment } from './deployments.ts';
import { GitHubError, invalid } from './github-error.ts';
import type { Repository } from './repository.ts';
import type { World } from './world.ts';

export interface Workflow {
  readonly id: number;
  readonly nodeId: string;
  readonly name: string;
  /** Such as `.github/workflows/deploy.yml`. */
  readonly path: string;
  readonly createdAt: Date;
}

export interface Approval {
  readonly environment: Environment;
  readonly state: 'approved' | 'rejected';
  readonly by: Account;
  readonly comment: string;
}

export interface Attempt {
  readonly number: number;
  readonly triggeringActor: Account;
  readonly startedAt: Date;
  updatedAt: Date;
  status: 'completed' | 'in_progress' | 'queued' | 'waiting';
  conclusion: string | null;
}

export interface WorkflowRun {
  readonly id: number;
  readonly nodeId: string;
  readonly repository: Repository;
  readonly workflow: Workflow;
  readonly number: number;
  readonly event: string;
  /** The result of `run-name`, or GitHub's own title. */
  title: string;
  readonly headBranch: string | null;
  readonly headSha: string;
  readonly headRepository: Repository;
  readonly actor: Account;
  readonly createdAt: Date;
  /** Oldest first. */
  readonly attempts: [Attempt, ...Attempt[]];
  readonly approvals: Approval[];
  /** The environments whose approval it waits for. */
  readonly pending: Environment[];
}

export function currentAttempt({ attempts }: WorkflowRun): Attempt {
  return attempts.at(-1) ?? attempts[0];
}

/** The workflow of a file; created on first use. */
export function workflowAt(world: World, repository: Repository, path: string, name: string): Workflow {
  const known = repository.runs.find(({ workflow }) => workflow.path === path)?.workflow;
  if (known !== undefined) return known;
  const id = world.nextId();
  return { id, nodeId: `W_${id}`, name, path, createdAt: world.now() };
}

export function startRun(
  world: World,
  of: Pick<
    WorkflowRun,
    'actor' | 'event' | 'headBranch' | 'headRepository' | 'headSha' | 'repository' | 'title' | 'workflow'
  >,
): WorkflowRun {
  const id = world.nextId();
  const now = world.now();
  const attempt: Attempt = {
    number: 1,
    triggeringActor: of.actor,
    startedAt: now,
    updatedAt: now,
    status: 'in_progress',
    conclusion: null,
  };
  const number = of.repository.runs.filter(({ workflow }) => workflow === of.workflow).length + 1;
  const run: WorkflowRun = {
    ...of,
    id,
    nodeId: `WFR_${id}`,
    number,
    createdAt: now,
    attempts: [attempt],
    approvals: [],
    pending: [],
  };
  of.repository.runs.push(run);
  return run;
}

/** Starts another attempt. `by` becomes the triggering actor; the run, its commit and its actor stay. */
export function rerun(world: World, run: WorkflowRun, by: Account): Attempt {
  const last = currentAttempt(run);
  if (last.status !== 'completed') throw new GitHubError(403, 'This workflow is already running');
  const now = world.now();
  const attempt: Attempt = {
    number: last.number + 1,
    triggeringActor: by,
    startedAt: now,
    updatedAt: now,
    status: 'in_progress',
    conclusion: null,
  };
  run.attempts.push(attempt);
  return attempt;
}

export function completeRun(world: World, run: WorkflowRun, by: Actor, conclusion: string): void {
  const attempt = currentAttempt(run);
  attempt.status = 'completed';
  attempt.conclusion = conclusion;
  attempt.updatedAt = world.now();
  world.emit({ name: 'workflow_run', action: 'completed', repository: run.repository, by, run });
}

/** Makes the run wait for an environment that has reviewers. */
export function awaitEnvironment(world: World, run: WorkflowRun, environment: Environment): void {
  if (environment.reviewers.length === 0 || run.pending.includes(environment)) return;
  run.pending.push(environment);
  const attempt = currentAttempt(run);
  attempt.status = 'waiting';
  attempt.updatedAt = world.now();
}

/** Records a reviewer's decision about an environment that the run waits for. */
export function reviewEnvironment(world: World, run: WorkflowRun, { environment, state, by, comment }: Approval): void {
  const at = run.pending.indexOf(environment);
  if (at < 0) throw invalid([], `No pending deployment requests to approve or reject`);
  const own = environment.preventSelfReview && by === currentAttempt(run).triggeringActor;
  if (own || !environment.reviewers.includes(by)) {
    throw new GitHubError(422, 'User is not authorized to approve or reject this deployment');
  }
  run.pending.splice(at, 1);
  run.approvals.push({ environment, state, by, comment });
  const attempt = currentAttempt(run);
  attempt.updatedAt = world.now();
  if (state === 'rejected') {
    attempt.status = 'completed';
    attempt.conclusion = 'failure';
  } else if (run.pending.length === 0) attempt.status = 'in_progress';
}
