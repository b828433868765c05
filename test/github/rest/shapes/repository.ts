import type { Repository } from '../../state/repository.ts';
import { stamp } from '../../state/stamp.ts';
import type { World } from '../../state/world.ts';
import { userShape } from './account.ts';

/** `*_url` fields: the path below the repository's own address. Some are URI templates. */
const BELOW = {
  archive: '{archive_format}{/ref}',
  assignees: 'assignees{/user}',
  blobs: 'git/blobs{/sha}',
  branches: 'branches{/branch}',
  collaborators: 'collaborators{/collaborator}',
  comments: 'comments{/number}',
  commits: 'commits{/sha}',
  compare: 'compare/{base}...{head}',
  contents: 'contents/{+path}',
  contributors: 'contributors',
  deployments: 'deployments',
  downloads: 'downloads',
  events: 'events',
  forks: 'forks',
  git_commits: 'git/commits{/sha}',
  git_refs: 'git/refs{/sha}',
  git_tags: 'git/tags{/sha}',
  hooks: 'hooks',
  issue_comment: 'issues/comments{/number}',
  issue_events: 'issues/events{/number}',
  issues: 'issues{/number}',
  keys: 'keys{/key_id}',
  labels: 'labels{/name}',
  languages: 'languages',
  merges: 'merges',
  milestones: 'milestones{/number}',
  notifications: 'notifications{?since,all,participating}',
  pulls: 'pulls{/number}',
  releases: 'releases{/id}',
  stargazers: 'stargazers',
  statuses: 'statuses/{sha}',
  subscribers: 'subscribers',
  subscription: 'subscription',
  tags: 'tags',
  teams: 'teams',
  trees: 'git/trees{/sha}',
} as const;

export function apiUrl({ url }: World, { fullName }: Repository): string {
  return `${url}/repos/${fullName}`;
}

export function webUrl({ url }: World, { fullName }: Repository): string {
  return `${url}/${fullName}`;
}

/** A repository inside another object. */
export function minimalShape(world: World, repository: Repository) {
  const api = apiUrl(world, repository);
  return {
    id: repository.id,
    node_id: repository.nodeId,
    name: repository.name,
    full_name: repository.fullName,
    private: repository.private,
    owner: userShape(world, repository.owner),
    html_url: webUrl(world, repository),
    description: null,
    fork: repository.parent !== null,
    url: api,
    ...Object.fromEntries(Object.entries(BELOW).map(([name, suffix]) => [`${name}_url`, `${api}/${suffix}`])),
  };
}

export function repositoryShape(world: World, repository: Repository) {
  const web = webUrl(world, repository);
  const at = stamp(repository.createdAt);
  const pushed = repository.pushes.at(-1)?.at;
  const open = [...repository.issues.values()].filter(({ state }) => state === 'open').length;
  return {
    ...minimalShape(world, repository),
    default_branch: repository.defaultBranch,
    visibility: repository.private ? 'private' : 'public',
    clone_url: `${web}.git`,
    git_url: `git${web.slice('http'.length)}.git`,
    ssh_url: `git@localhost:${repository.fullName}.git`,
    svn_url: web,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    topics: [],
    archived: false,
    disabled: false,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    has_issues: true,
    has_projects: false,
    has_downloads: false,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    forks: 0,
    forks_count: 0,
    open_issues: open,
    open_issues_count: open,
    size: 0,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    created_at: at,
    updated_at: at,
    pushed_at: pushed === undefined ? at : stamp(pushed),
  };
}

/** A repository that was asked for alone: it has more fields. */
export function fullShape(world: World, repository: Repository) {
  const parents =
    repository.parent === null
      ? {}
      : { parent: repositoryShape(world, repository.parent), source: repositoryShape(world, repository.parent) };
  return { ...repositoryShape(world, repository), network_count: 0, subscribers_count: 0, ...parents };
}
