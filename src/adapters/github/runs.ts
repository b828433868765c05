import type { Forge, WorkflowRun } from '../../release/forge.ts';
import { listAt, numberAt, stringAt } from '../../release/json.ts';
import { path } from './answer.ts';
import type { Client } from './client.ts';
import { accountAt, commitIn, dateIn, numberIn, textIn } from './foreign.ts';

/** Runs of workflows, and what reviewers of environments said about them. */
export function runs(
  client: Client,
): Pick<Forge, 'workflowRun' | 'workflowRuns' | 'startWorkflow' | 'environmentVotes'> {
  const { owner, name } = client.place;
  return {
    async workflowRun(id, signal) {
      if (!/^[1-9]\d{0,15}$/.test(id)) return null;
      const url = path`/repos/${owner}/${name}/actions/runs/${id}`;
      const { status, data } = await client.rest('workflowRun', { method: 'GET', url, accept: [404] }, signal);
      if (status === 404) return null;
      return runOf(data);
    },

    async workflowRuns(file, event, signal) {
      const url = path`/repos/${owner}/${name}/actions/workflows/${file}/runs`;
      const query = { event, per_page: 100 };
      const { status, data } = await client.rest('workflowRuns', { method: 'GET', url, query, accept: [404] }, signal);
      return status === 404 ? [] : listAt(data, 'workflow_runs').map(runOf);
    },

    async startWorkflow({ file, branch, inputs }, signal) {
      const url = path`/repos/${owner}/${name}/actions/workflows/${file}/dispatches`;
      const body = { ref: branch, inputs, return_run_details: true };
      // Never repeated: what was asked for twice would run twice.
      const { data } = await client.rest('startWorkflow', { method: 'POST', url, body }, signal);
      const id = numberAt(data, 'workflow_run_id');
      return id === null ? null : String(id);
    },

    async environmentVotes(runId, signal) {
      if (!/^[1-9]\d{0,15}$/.test(runId)) return [];
      const url = path`/repos/${owner}/${name}/actions/runs/${runId}/approvals`;
      const { data } = await client.rest('environmentVotes', { method: 'GET', url }, signal);
      return listAt({ data }, 'data').flatMap((vote) => {
        const state = stringAt(vote, 'state');
        if (state !== 'approved' && state !== 'rejected') return [];
        return listAt(vote, 'environments').map((environment) => ({
          environment: textIn(environment, 'name'),
          by: accountAt(vote, 'user'),
          isApproving: state === 'approved',
        }));
      });
    },
  };
}

/** One run in an answer. Throws ForgeError for a shape that GitHub does not describe. */
function runOf(data: unknown): WorkflowRun {
  return {
    id: String(numberIn(data, 'id')),
    attempt: numberIn(data, 'run_attempt'),
    url: textIn(data, 'html_url'),
    event: textIn(data, 'event'),
    title: textIn(data, 'display_title'),
    // GitHub may append the ref of the workflow file, as in .github/workflows/release.yml@main.
    file: textIn(data, 'path').replace(/@.*$/su, ''),
    branch: stringAt(data, 'head_branch') ?? '',
    commit: commitIn(data, 'head_sha'),
    startedBy: accountAt(data, 'triggering_actor'),
    createdAt: dateIn(data, 'created_at'),
    status: statusOf(stringAt(data, 'status')),
    conclusion: stringAt(data, 'conclusion'),
  };
}

function statusOf(status: string | null): 'queued' | 'running' | 'completed' {
  switch (status) {
    case 'completed':
      return 'completed';
    case 'in_progress':
      return 'running';
    default:
      return 'queued';
  }
}
