import { dispatch } from '../../state/dispatch.ts';
import { GitHubError, invalid, notAccessible, notFound } from '../../state/github-error.ts';
import { currentAttempt, reviewEnvironment, type WorkflowRun } from '../../state/runs.ts';
import { type Call, type Handler, noContent, ok, page } from '../call.ts';
import type { OperationId } from '../permissions.ts';
import { apiUrl, webUrl } from '../shapes/repository.ts';
import { approvalShape, pendingShape, runShape } from '../shapes/run.ts';

export const runs = {
  'actions/get-workflow-run': (call) => {
    const run = runIn(call);
    return ok(runShape(call.world, run, currentAttempt(run)));
  },

  'actions/get-workflow-run-attempt': (call) => {
    const run = runIn(call);
    const attempt = run.attempts.find(({ number }) => number === call.number('attempt_number'));
    if (attempt === undefined) throw notFound();
    return ok(runShape(call.world, run, attempt));
  },

  'actions/list-workflow-runs-for-repo': (call) => list(call, call.repository.runs),

  'actions/list-workflow-runs': (call) => {
    const wanted = call.text('workflow_id');
    const ofWorkflow = call.repository.runs.filter(
      ({ workflow }) => String(workflow.id) === wanted || workflow.path === `.github/workflows/${wanted}`,
    );
    return list(call, ofWorkflow);
  },

  'actions/get-reviews-for-run': (call) => {
    const run = runIn(call);
    return ok(run.approvals.map((approval) => approvalShape(call.world, run, approval)));
  },

  'actions/get-pending-deployments-for-run': (call) => {
    const viewer = call.token?.is === 'person' ? call.by.account : null;
    return ok(pendingShape(call.world, runIn(call), viewer));
  },

  'actions/review-pending-deployments-for-run': (call) => {
    const { by, body } = call;
    if (by.app !== null) throw new GitHubError(403, notAccessible);
    const run = runIn(call);
    const ids = body.list('environment_ids');
    const chosen = run.pending.filter(({ id }) => ids.includes(id));
    if (chosen.length !== ids.length) throw invalid([], 'No pending deployment requests to approve or reject');
    const state = body.oneOf('state', ['approved', 'rejected']) ?? 'rejected';
    for (const environment of chosen) {
      reviewEnvironment(call.world, run, { environment, state, by: by.account, comment: body.text('comment') ?? '' });
    }
    return ok([]);
  },

  'actions/get-github-actions-default-workflow-permissions-repository': ({ repository }) =>
    ok({
      default_workflow_permissions: 'read',
      can_approve_pull_request_reviews: repository.settings.actionsMayOpenPullRequests,
    }),

  'actions/create-workflow-dispatch': (call) => {
    const { world, repository, by, body } = call;
    const wanted = call.text('workflow_id');
    const run = dispatch(world, repository, by, {
      workflow: repository.runs.find(({ workflow }) => String(workflow.id) === wanted)?.workflow.path ?? wanted,
      ref: body.text('ref') ?? '',
      inputs: body.record('inputs'),
      withRun: body.flag('return_run_details') === true,
    });
    if (run === null) return noContent;
    return ok({
      workflow_run_id: run.id,
      run_url: `${apiUrl(world, repository)}/actions/runs/${run.id}`,
      html_url: `${webUrl(world, repository)}/actions/runs/${run.id}`,
    });
  },
} satisfies Partial<Record<OperationId, Handler>>;

function runIn(call: Call): WorkflowRun {
  const found = call.repository.runs.find(({ id }) => id === call.number('run_id'));
  if (found === undefined) throw notFound();
  return found;
}

/** Newest first, with GitHub's filters. */
function list(call: Call, all: readonly WorkflowRun[]) {
  const { world, query } = call;
  const [actor, branch, event, sha, status] = ['actor', 'branch', 'event', 'head_sha', 'status'].map((name) =>
    query.get(name),
  );
  const found = all
    .filter((run) => (actor ?? run.actor.login) === run.actor.login && (branch ?? run.headBranch) === run.headBranch)
    .filter((run) => (event ?? run.event) === run.event && (sha ?? run.headSha) === run.headSha)
    .filter((run) => {
      const attempt = currentAttempt(run);
      return status == null || status === attempt.status || status === attempt.conclusion;
    })
    .toReversed();
  const wrap = (shown: readonly unknown[], total: number) => ({ total_count: total, workflow_runs: shown });
  return page(call, found, (run) => runShape(world, run, currentAttempt(run)), wrap);
}
