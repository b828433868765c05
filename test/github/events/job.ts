import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCommit } from '../git/commits.ts';
import { type Grants, grantsFrom, type Permissions } from '../rest/permissions.ts';
import { type Account, person, reaches } from '../state/accounts.ts';
import { environmentNamed } from '../state/deployments.ts';
import type { Pull } from '../state/pulls.ts';
import { roleOf } from '../state/repository.ts';
import {
  awaitEnvironment,
  completeRun,
  currentAttempt,
  startRun,
  type WorkflowRun,
  workflowAt,
} from '../state/runs.ts';
import type { World } from '../state/world.ts';
import type { GitHubEvent } from './event.ts';

export interface JobOptions {
  /** The permissions of the job's token; `contents: read` by default. */
  readonly permissions?: Permissions;
  /** The path of the workflow file; `.github/workflows/deploy.yml` by default. */
  readonly workflow?: string;
  readonly workflowName?: string;
  /** The result of `run-name`; GitHub's own title by default. */
  readonly runName?: string;
  /** Who approves the run, where GitHub asks for that: a pull request that a job opened or updated. */
  readonly approvedBy?: { readonly account: Account };
  /** Inputs of the Action besides `github-token`. */
  readonly with?: Readonly<Record<string, string>>;
}

/** A job of the workflow run that an event started. */
export interface Job {
  readonly run: WorkflowRun;
  readonly event: GitHubEvent;
  readonly options: JobOptions;
  /** The job's own token, valid until the job ends. */
  readonly token: string;
  /** The `github` context, for test/action/runner. */
  readonly context: Readonly<Record<string, string>>;
  readonly payload: unknown;
  /** The environment of the Action's process: `GITHUB_*` and `INPUT_*`. The file at GITHUB_EVENT_PATH exists. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts the job of an event. Throws when GitHub would start none. */
export function jobFor(world: World, event: GitHubEvent, options: JobOptions = {}): Job {
  const { repository, name, action, sha } = event;
  const what = `${name}${action === null ? '' : ` ${action}`}`;
  if (event.starts === 'nothing') {
    throw new Error(`GitHub starts no workflow for ${what}: it was done with the token of a job`);
  }
  if (event.starts === 'workflows after approval') {
    const by = options.approvedBy?.account;
    if (by === undefined || !reaches(roleOf(repository, by), 'write')) {
      throw new Error(
        `the run for ${what} waits for the approval of a person with write access: name one in approvedBy`,
      );
    }
  }
  if (sha === null) throw new Error(`GitHub starts no workflow for ${what}: there is no commit to run`);
  const run = event.run ?? newRun(world, event, sha, options);
  if (options.runName !== undefined) run.title = options.runName;
  return attemptOf(world, run, event, options);
}

function newRun(world: World, event: GitHubEvent, sha: string, { workflow, workflowName }: JobOptions): WorkflowRun {
  const { repository, name, actor, ref } = event;
  const file = workflowAt(world, repository, workflow ?? '.github/workflows/deploy.yml', workflowName ?? 'deploy');
  const pull = pullOf(event);
  return startRun(world, {
    repository,
    workflow: file,
    event: name,
    title: titleOf(event, sha) ?? file.name,
    headBranch: pull?.head.branch ?? ref.replace(/^refs\/(heads|tags)\//, ''),
    headSha: pull?.head.sha ?? sha,
    headRepository: pull?.head.repository ?? repository,
    actor,
  });
}

/** The pull request whose code the run checks out; null for events that run the default branch. */
function pullOf({ name, issue }: GitHubEvent): Pull | null {
  return name === 'pull_request' || name === 'pull_request_review' ? (issue?.pull ?? null) : null;
}

/** The job of the run's newest attempt, with a token of its own. */
export function attemptOf(world: World, run: WorkflowRun, event: GitHubEvent, options: JobOptions): Job {
  const token = tokenFor(world, run, event, options);
  const folder = join(world.folder, 'events');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${run.id}-${currentAttempt(run).number}.json`);
  writeFileSync(file, JSON.stringify(event.payload));
  const context = contextOf(world, run, event, { token, file });
  const inputs = Object.entries({ 'github-token': token, ...options.with });
  const { token: _, ...visible } = context;
  const env = Object.fromEntries([
    ...Object.entries(visible).map(([key, value]) => [`GITHUB_${key.toUpperCase()}`, value]),
    ...inputs.map(([key, value]) => [`INPUT_${key.replaceAll(' ', '_').toUpperCase()}`, value]),
    ['GITHUB_ACTIONS', 'true'],
  ]);
  return { run, event, options, token, context, payload: event.payload, env };
}

/** Lets the job reach an environment. Returns whether the run now waits for a reviewer. */
export function waitFor(world: World, { run }: Job, environment: string): boolean {
  awaitEnvironment(world, run, environmentNamed(world, run.repository, environment));
  return run.pending.length > 0;
}

/** Ends the job and its run: revokes the token and emits `workflow_run`. */
export function endJob(world: World, { run, token }: Job, conclusion: 'cancelled' | 'failure' | 'success'): void {
  world.tokens.delete(token);
  completeRun(world, run, person(run.actor), conclusion);
}

function tokenFor(world: World, run: WorkflowRun, event: GitHubEvent, { permissions }: JobOptions): string {
  const app = world.app('github-actions');
  const value = `ghs_${randomUUID().replaceAll('-', '')}${'0'.repeat(4)}`;
  const given = grantsFrom(permissions ?? { contents: 'read' });
  const grants = isFromFork(event) ? readOnly(given) : given;
  for (const scope of ['members', 'administration'] as const) {
    if (given[scope] !== undefined) throw new Error(`a workflow can't grant its token '${scope}'`);
  }
  world.tokens.set(value, { is: 'job', value, account: app.bot, app, grants, repository: run.repository, run });
  return value;
}

/** Whether the run is for a pull request from a fork: its token can only read. */
function isFromFork(event: GitHubEvent): boolean {
  return (pullOf(event)?.head.repository ?? event.repository) !== event.repository;
}

function readOnly(grants: Grants): Grants {
  return Object.fromEntries(Object.keys(grants).map((scope) => [scope, 'read']));
}

function titleOf({ name, issue, repository }: GitHubEvent, sha: string): string | null {
  if (issue !== null) return issue.title;
  if (name !== 'push' && name !== 'merge_group') return null;
  return readCommit(repository.bare.store, sha)?.message.split('\n')[0] ?? null;
}

function contextOf(
  { url }: World,
  run: WorkflowRun,
  event: GitHubEvent,
  { token, file }: { readonly token: string; readonly file: string },
): Readonly<Record<string, string>> {
  const { name, ref, sha, actor, repository } = event;
  const attempt = currentAttempt(run);
  const pull = pullOf(event);
  const commit = sha ?? '';
  return {
    actor: actor.login,
    actor_id: String(actor.id),
    api_url: url,
    base_ref: pull?.base.branch ?? '',
    event_name: name,
    event_path: file,
    graphql_url: `${url}/graphql`,
    head_ref: pull?.head.branch ?? '',
    ref,
    ref_name: ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    ref_protected: String(repository.protections.has(ref.replace(/^refs\/heads\//, ''))),
    ref_type: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    repository: repository.fullName,
    repository_id: String(repository.id),
    repository_owner: repository.owner.login,
    repository_owner_id: String(repository.owner.id),
    run_attempt: String(attempt.number),
    run_id: String(run.id),
    run_number: String(run.number),
    server_url: url,
    sha: commit,
    token,
    triggering_actor: attempt.triggeringActor.login,
    workflow: run.workflow.name,
    workflow_ref: `${repository.fullName}/${run.workflow.path}@${ref}`,
    workflow_sha: commit,
  };
}
