import { webUrl } from '../rest/shapes/repository.ts';
import type { BaseRole } from '../state/accounts.ts';
import { GitHubError } from '../state/github-error.ts';
import { isPull, type PullRequest, pullsOf } from '../state/pulls.ts';
import { type Repository, roleOf } from '../state/repository.ts';
import { grantsIn } from '../state/tokens.ts';
import { commitById, commitNode } from './commit.ts';
import { connection, type PageArguments } from './connection.ts';
import { actorNode, type Context, requireGrant } from './context.ts';
import { issueNode } from './issue.ts';
import { pullNode } from './pull.ts';

interface PullFilter extends PageArguments {
  readonly states?: readonly string[] | null;
  readonly baseRefName?: string | null;
  readonly headRefName?: string | null;
  readonly orderBy?: { readonly direction: 'ASC' | 'DESC' } | null;
}

interface IssueFilter extends PageArguments {
  readonly states?: readonly string[] | null;
  readonly labels?: readonly string[] | null;
}

export function repositoryNode(context: Context, repository: Repository) {
  const { world } = context;
  const { bare } = repository;
  return {
    __typename: 'Repository',
    id: repository.nodeId,
    databaseId: repository.id,
    name: repository.name,
    nameWithOwner: repository.fullName,
    owner: actorNode(repository.owner),
    isFork: repository.parent !== null,
    isPrivate: repository.private,
    url: webUrl(world, repository),
    viewerPermission: () => permissionOf(context, repository),
    defaultBranchRef: () => refNode(context, repository, bare.head),
    ref: ({ qualifiedName }: { qualifiedName: string }) => {
      const names = qualifiedName.startsWith('refs/')
        ? [qualifiedName]
        : [`refs/heads/${qualifiedName}`, `refs/tags/${qualifiedName}`];
      const found = names.find((name) => bare.tip(name) !== null);
      return found === undefined ? null : refNode(context, repository, found);
    },
    object: ({ oid, expression }: { oid?: string | null; expression?: string | null }) => {
      requireGrant(context, repository, [['contents', 'read']]);
      const commit = bare.resolve(oid ?? expression ?? '');
      return commit === null ? null : commitNode(context, repository, commit);
    },
    pullRequest: ({ number }: { number: number }) => {
      requireGrant(context, repository, [['pull_requests', 'read']]);
      const issue = repository.issues.get(number);
      if (issue !== undefined && isPull(issue)) return pullNode(context, issue);
      throw new GitHubError(404, `Could not resolve to a PullRequest with the number of ${number}.`);
    },
    pullRequests: (filter: PullFilter) => pullsIn(context, repository, pullsOf(repository), filter),
    issueOrPullRequest: ({ number }: { number: number }) => {
      const issue = repository.issues.get(number);
      if (issue === undefined) {
        throw new GitHubError(404, `Could not resolve to an issue or pull request with the number of ${number}.`);
      }
      return isPull(issue) ? pullNode(context, issue) : issueNode(context, issue);
    },
    issues: ({ states, labels, ...page }: IssueFilter) => {
      requireGrant(context, repository, [['issues', 'read']]);
      const found = [...repository.issues.values()].filter(
        (issue) =>
          !isPull(issue) &&
          (states?.includes(issue.state.toUpperCase()) ?? true) &&
          (labels ?? []).every((name) => issue.labels.some((label) => label.name === name)),
      );
      return connection('issues', found, page, (issue) => issueNode(context, issue));
    },
    refs: ({ refPrefix, query, ...page }: PageArguments & { refPrefix: string; query?: string | null }) => {
      requireGrant(context, repository, [['contents', 'read']]);
      const names = [...bare.refs(refPrefix).keys()];
      const found = names.filter((name) => name.slice(refPrefix.length).includes(query ?? ''));
      return connection('refs', found, page, (name) => refNode(context, repository, name));
    },
  };
}

function pullsIn(
  context: Context,
  repository: Repository,
  all: readonly PullRequest[],
  { states, baseRefName, headRefName, orderBy, ...page }: PullFilter,
) {
  requireGrant(context, repository, [['pull_requests', 'read']]);
  const found = all.filter(
    (issue) =>
      (states?.includes(issue.pull.merged !== null ? 'MERGED' : issue.state.toUpperCase()) ?? true) &&
      (baseRefName ?? issue.pull.base.branch) === issue.pull.base.branch &&
      (headRefName ?? issue.pull.head.branch) === issue.pull.head.branch,
  );
  const ordered = orderBy?.direction === 'DESC' ? found.toReversed() : found;
  return connection('pullRequests', ordered, page, (issue) => pullNode(context, issue));
}

export function refNode(context: Context, repository: Repository, ref: string) {
  const id = repository.bare.tip(ref);
  if (id === null) return null;
  const [, prefix = '', name = ''] = /^(refs\/[^/]+\/)(.+)$/.exec(ref) ?? [];
  return {
    __typename: 'Ref',
    id: `REF_${ref}`,
    name,
    prefix,
    target: () => commitById(context, repository, id),
    associatedPullRequests: (filter: PullFilter) => {
      const here = pullsOf(repository).filter(
        ({ pull: { head } }) => head.repository === repository && `refs/heads/${head.branch}` === ref,
      );
      return pullsIn(context, repository, here, filter);
    },
  };
}

function permissionOf({ token, by }: Context, repository: Repository): string | null {
  if (token.is !== 'person') return grantsIn(token, repository).contents === 'write' ? 'WRITE' : 'READ';
  const names: Readonly<Record<BaseRole, string | null>> = {
    none: null,
    read: 'READ',
    triage: 'TRIAGE',
    write: 'WRITE',
    maintain: 'MAINTAIN',
    admin: 'ADMIN',
  };
  return names[roleOf(repository, by.account).base];
}
