import { type CheckRun, type CommitStatus, latestStatuses } from '../../state/checks.ts';
import type { Repository } from '../../state/repository.ts';
import { stamp } from '../../state/stamp.ts';
import type { World } from '../../state/world.ts';
import { appShape, userShape } from './account.ts';
import { apiUrl, minimalShape, webUrl } from './repository.ts';

export function checkShape(world: World, repository: Repository, check: CheckRun) {
  const url = `${apiUrl(world, repository)}/check-runs/${check.id}`;
  const page = `${webUrl(world, repository)}/runs/${check.id}`;
  const { title, summary, text, annotations } = check.output;
  return {
    id: check.id,
    node_id: check.nodeId,
    name: check.name,
    head_sha: check.headSha,
    external_id: check.externalId,
    url,
    html_url: page,
    details_url: check.detailsUrl ?? page,
    status: check.status,
    conclusion: check.conclusion,
    started_at: stamp(check.startedAt),
    completed_at: check.completedAt === null ? null : stamp(check.completedAt),
    output: { title, summary, text, annotations_count: annotations, annotations_url: `${url}/annotations` },
    check_suite: { id: check.suite },
    app: appShape(world, check.app),
    pull_requests: [],
  };
}

export function statusShape(world: World, repository: Repository, status: CommitStatus) {
  const at = stamp(status.at);
  return { ...simpleStatusShape(world, repository, status), creator: userShape(world, status.creator), created_at: at };
}

function simpleStatusShape(world: World, repository: Repository, status: CommitStatus) {
  const at = stamp(status.at);
  return {
    url: `${apiUrl(world, repository)}/statuses/${status.sha}`,
    avatar_url: `${world.url}/avatars/u/${status.creator.id}?v=4`,
    id: status.id,
    node_id: status.nodeId,
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: at,
    updated_at: at,
  };
}

export function combinedShape(world: World, repository: Repository, sha: string) {
  const api = apiUrl(world, repository);
  const latest = latestStatuses(repository.statuses, sha);
  const states = new Set(latest.map(({ state }) => state));
  const bad = states.has('failure') || states.has('error');
  return {
    state: bad ? 'failure' : latest.length === 0 || states.has('pending') ? 'pending' : 'success',
    sha,
    total_count: latest.length,
    statuses: latest.map((status) => simpleStatusShape(world, repository, status)),
    repository: minimalShape(world, repository),
    commit_url: `${api}/commits/${sha}`,
    url: `${api}/commits/${sha}/status`,
  };
}
