import type { Deployment } from '../state/deployments.ts';
import { GitHubError } from '../state/github-error.ts';
import type { Repository } from '../state/repository.ts';
import { sees } from '../state/tokens.ts';
import { type Context, requireGrant } from './context.ts';

/** The thing of a global id. Only deployments are found by theirs. */
export function nodeWith(context: Context, id: string) {
  for (const repository of context.world.repositories.values()) {
    const found = repository.deployments.find(({ nodeId }) => nodeId === id);
    if (found !== undefined && sees(context.token, repository)) return deploymentNode(context, repository, found);
  }
  throw new GitHubError(404, `Could not resolve to a node with the global id of '${id}'`);
}

function deploymentNode(context: Context, repository: Repository, { id, nodeId, statuses }: Deployment) {
  requireGrant(context, repository, [['deployments', 'read']]);
  const latest = statuses.at(-1);
  return {
    __typename: 'Deployment',
    id: nodeId,
    databaseId: id,
    latestStatus:
      latest === undefined
        ? null
        : { id: latest.nodeId, state: latest.state.toUpperCase(), description: latest.description },
  };
}
