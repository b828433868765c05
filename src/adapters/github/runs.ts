import type { Forge } from '../../release/forge.ts';
import { listAt, stringAt } from '../../release/json.ts';
import { path } from './answer.ts';
import type { Client } from './client.ts';
import { accountAt, commitIn, dateIn, numberIn, textIn } from './foreign.ts';

/** Runs of workflows, and what reviewers of environments said about them. */
export function runs(client: Client): Pick<Forge, 'workflowRun' | 'environmentVotes'> {
  const { owner, name } = client.place;
  return {
    async workflowRun(id, signal) {
      if (!/^[1-9]\d{0,15}$/.test(id)) return null;
      const url = path`/repos/${owner}/${name}/actions/runs/${id}`;
      const { status, data } = await client.rest('workflowRun', { method: 'GET', url, accept: [404] }, signal);
      if (status === 404) return null;
      return {
        id: String(numberIn(data, 'id')),
        attempt: numberIn(data, 'run_attempt'),
        url: textIn(data, 'html_url'),
        event: textIn(data, 'event'),
        title: textIn(data, 'display_title'),
        // GitHub may write the ref that the file was taken from behind it.
        file: textIn(data, 'path').replace(/@.*$/su, ''),
        branch: stringAt(data, 'head_branch') ?? '',
        commit: commitIn(data, 'head_sha'),
        startedBy: accountAt(data, 'triggering_actor'),
        createdAt: dateIn(data, 'created_at'),
        status: statusOf(stringAt(data, 'status')),
        conclusion: stringAt(data, 'conclusion'),
      };
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
