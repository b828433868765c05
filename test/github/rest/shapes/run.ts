import { readCommit } from '../../git/commits.ts';
import type { Account } from '../../state/accounts.ts';
import type { Approval, Attempt, WorkflowRun } from '../../state/runs.ts';
import { stamp } from '../../state/stamp.ts';
import type { World } from '../../state/world.ts';
import { userShape } from './account.ts';
import { environmentName } from './deployment.ts';
import { apiUrl, minimalShape, webUrl } from './repository.ts';

export function runShape(world: World, run: WorkflowRun, attempt: Attempt) {
  const { repository, workflow, headRepository, headSha } = run;
  const api = apiUrl(world, repository);
  const own = `${api}/actions/runs/${run.id}`;
  const commit = readCommit(headRepository.bare.store, headSha);
  return {
    id: run.id,
    name: workflow.name,
    node_id: run.nodeId,
    head_branch: run.headBranch,
    head_sha: headSha,
    path: workflow.path,
    display_title: run.title,
    run_number: run.number,
    event: run.event,
    status: attempt.status,
    conclusion: attempt.conclusion,
    workflow_id: workflow.id,
    check_suite_id: run.id,
    check_suite_node_id: `CS_${run.id}`,
    url: own,
    html_url: `${webUrl(world, repository)}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: stamp(run.createdAt),
    updated_at: stamp(attempt.updatedAt),
    actor: userShape(world, run.actor),
    run_attempt: attempt.number,
    referenced_workflows: [],
    run_started_at: stamp(attempt.startedAt),
    triggering_actor: userShape(world, attempt.triggeringActor),
    jobs_url: `${own}/jobs`,
    logs_url: `${own}/logs`,
    check_suite_url: `${api}/check-suites/${run.id}`,
    artifacts_url: `${own}/artifacts`,
    cancel_url: `${own}/cancel`,
    rerun_url: `${own}/rerun`,
    previous_attempt_url: attempt.number > 1 ? `${own}/attempts/${attempt.number - 1}` : null,
    workflow_url: `${api}/actions/workflows/${workflow.id}`,
    head_commit:
      commit === null
        ? null
        : {
            id: commit.id,
            tree_id: commit.tree,
            message: commit.message,
            timestamp: stamp(commit.committer.at),
            author: { name: commit.author.name, email: commit.author.email },
            committer: { name: commit.committer.name, email: commit.committer.email },
          },
    repository: minimalShape(world, repository),
    head_repository: minimalShape(world, headRepository),
  };
}

export function approvalShape(
  world: World,
  { repository }: WorkflowRun,
  { environment, state, by, comment }: Approval,
) {
  const at = stamp(environment.createdAt);
  return {
    state,
    comment,
    user: userShape(world, by),
    environments: [{ ...environmentName(world, repository, environment), created_at: at, updated_at: at }],
  };
}

export function pendingShape(
  world: World,
  { repository, pending }: WorkflowRun,
  viewer: Account | null,
): readonly unknown[] {
  return pending.map((environment) => ({
    environment: environmentName(world, repository, environment),
    wait_timer: 0,
    wait_timer_started_at: null,
    current_user_can_approve: viewer !== null && environment.reviewers.includes(viewer),
    reviewers: environment.reviewers.map((account) => ({ type: 'User', reviewer: userShape(world, account) })),
  }));
}
