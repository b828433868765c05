import type { Deployment, DeploymentStatus, Environment } from '../../state/deployments.ts';
import type { Repository } from '../../state/repository.ts';
import { stamp } from '../../state/stamp.ts';
import type { World } from '../../state/world.ts';
import { appShape, userShape } from './account.ts';
import { apiUrl, webUrl } from './repository.ts';

export function deploymentShape(world: World, repository: Repository, deployment: Deployment) {
  const api = apiUrl(world, repository);
  const url = `${api}/deployments/${deployment.id}`;
  return {
    url,
    id: deployment.id,
    node_id: deployment.nodeId,
    sha: deployment.sha,
    ref: deployment.ref,
    task: deployment.task,
    payload: deployment.payload,
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    creator: userShape(world, deployment.creator),
    created_at: stamp(deployment.createdAt),
    updated_at: stamp(deployment.updatedAt),
    statuses_url: `${url}/statuses`,
    repository_url: api,
    transient_environment: deployment.transient,
    production_environment: deployment.production,
    performed_via_github_app: deployment.app === null ? null : appShape(world, deployment.app),
  };
}

export function deploymentStatusShape(
  world: World,
  repository: Repository,
  { id }: Deployment,
  status: DeploymentStatus,
) {
  const api = apiUrl(world, repository);
  const at = stamp(status.at);
  return {
    url: `${api}/deployments/${id}/statuses/${status.id}`,
    id: status.id,
    node_id: status.nodeId,
    state: status.state,
    creator: userShape(world, status.creator),
    description: status.description,
    environment: status.environment,
    target_url: status.logUrl,
    created_at: at,
    updated_at: at,
    deployment_url: `${api}/deployments/${id}`,
    repository_url: api,
    environment_url: status.environmentUrl,
    log_url: status.logUrl,
    performed_via_github_app: status.app === null ? null : appShape(world, status.app),
  };
}

export function environmentShape(world: World, repository: Repository, environment: Environment) {
  const reviewers = environment.reviewers.map((account) => ({ type: 'User', reviewer: userShape(world, account) }));
  const at = stamp(environment.createdAt);
  const rule = {
    id: environment.id + 1,
    node_id: `GA_${environment.id}`,
    type: 'required_reviewers',
    prevent_self_review: environment.preventSelfReview,
    reviewers,
  };
  return {
    ...environmentName(world, repository, environment),
    created_at: at,
    updated_at: at,
    protection_rules: reviewers.length === 0 ? [] : [rule],
    deployment_branch_policy: null,
  };
}

/** The fields by which other objects name an environment. */
export function environmentName(world: World, repository: Repository, { id, nodeId, name }: Environment) {
  const path = encodeURIComponent(name);
  return {
    id,
    node_id: nodeId,
    name,
    url: `${apiUrl(world, repository)}/environments/${path}`,
    html_url: `${webUrl(world, repository)}/deployments/activity_log?environments_filter=${path}`,
  };
}
