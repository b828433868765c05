import { readCommit } from '../git/commits.ts';
import { diffTrees, type FileChange } from '../git/diff.ts';
import { log } from '../git/history.ts';
import { associationOf } from '../rest/shapes/issue.ts';
import type { Account } from '../state/accounts.ts';
import type { Comment, Issue } from '../state/issues.ts';
import type { Pull } from '../state/pulls.ts';
import type { Repository } from '../state/repository.ts';
import { currentAttempt, type WorkflowRun } from '../state/runs.ts';
import { stamp } from '../state/stamp.ts';
import type { World } from '../state/world.ts';
import type { Happening } from './event.ts';

/** An event's payload: those of GitHub's fields that a workflow is likely to read. */
export interface Payload {
  readonly action?: string;
  readonly repository: object;
  readonly sender: object;
  readonly [field: string]: unknown;
}

const NONE = '0'.repeat(40);

export function payloadOf(world: World, happening: Happening): Payload {
  const { repository, by, action } = happening;
  return {
    ...(action === null ? {} : { action }),
    ...ownOf(world, happening),
    repository: repositoryOf(world, repository),
    ...(repository.owner.type === 'Organization' ? { organization: accountOf(repository.owner) } : {}),
    sender: accountOf(by.account),
  };
}

function ownOf(world: World, happening: Happening): Readonly<Record<string, unknown>> {
  const { repository } = happening;
  switch (happening.name) {
    case 'push':
      return pushOf(happening);
    case 'issues':
      return { issue: issueOf(world, happening.issue), ...labelOf(happening.label) };
    case 'pull_request': {
      const { issue, label, moved } = happening;
      const shas = moved === undefined ? {} : { before: moved.before ?? NONE, after: moved.after };
      return { number: issue.number, pull_request: pullOf(world, issue), ...labelOf(label), ...shas };
    }
    case 'pull_request_review': {
      const { issue, review } = happening;
      const { id, nodeId, author, body, state, commit, at } = review;
      return {
        pull_request: pullOf(world, issue),
        review: {
          id,
          node_id: nodeId,
          user: accountOf(author),
          body,
          state: state.toLowerCase(),
          commit_id: commit,
          submitted_at: stamp(at),
        },
      };
    }
    case 'issue_comment': {
      const { issue, comment, from } = happening;
      const changes = from === undefined ? {} : { changes: { body: { from } } };
      return { issue: issueOf(world, issue), comment: commentOf(comment), ...changes };
    }
    case 'merge_group': {
      const { ref, base, head } = happening.entry.group;
      const { branch } = happening.entry.issue.pull.base;
      const commit = commitOf(repository, head);
      return {
        merge_group: {
          head_sha: head,
          head_ref: ref,
          base_sha: base,
          base_ref: `refs/heads/${branch}`,
          head_commit: commit,
        },
      };
    }
    case 'schedule':
      return { schedule: happening.cron, workflow: null };
    case 'workflow_dispatch': {
      const { inputs, ref, workflow } = happening;
      return { inputs, ref, workflow };
    }
    case 'repository_dispatch':
      return { branch: repository.defaultBranch, client_payload: happening.payload };
    case 'workflow_run':
      return { workflow_run: runOf(happening.run), workflow: workflowOf(happening.run) };
  }
}

function pushOf({
  repository,
  by,
  ref,
  before,
  after,
  forced,
}: Extract<Happening, { name: 'push' }>): Readonly<Record<string, unknown>> {
  const { store } = repository.bare;
  const commits = after === null ? [] : log(store, after, before).toReversed().slice(-20);
  return {
    ref,
    before: before ?? NONE,
    after: after ?? NONE,
    created: before === null,
    deleted: after === null,
    forced,
    base_ref: null,
    pusher: { name: by.account.login, email: by.account.email },
    commits: commits.map(({ id }) => commitOf(repository, id)),
    head_commit: after === null ? null : commitOf(repository, after),
  };
}

function commitOf({ bare }: Repository, id: string): object | null {
  const commit = readCommit(bare.store, id);
  if (commit === null) return null;
  const { tree, message, author, committer, parents } = commit;
  const before = readCommit(bare.store, parents[0] ?? '');
  const changes = before === null ? [] : diffTrees(bare.store, before.tree, tree);
  const paths = (...statuses: readonly FileChange['status'][]) =>
    changes.filter(({ status }) => statuses.includes(status)).map(({ path }) => path);
  return {
    id,
    tree_id: tree,
    message,
    timestamp: stamp(committer.at),
    author: { name: author.name, email: author.email },
    committer: { name: committer.name, email: committer.email },
    added: paths('added', 'renamed'),
    removed: [...paths('removed'), ...changes.flatMap(({ from }) => from ?? [])],
    modified: paths('modified'),
  };
}

export function accountOf({ id, nodeId, login, type }: Account): object {
  return { id, node_id: nodeId, login, type };
}

function repositoryOf({ url }: World, repository: Repository): object {
  return {
    id: repository.id,
    node_id: repository.nodeId,
    name: repository.name,
    full_name: repository.fullName,
    private: repository.private,
    owner: accountOf(repository.owner),
    default_branch: repository.defaultBranch,
    fork: repository.parent !== null,
    html_url: `${url}/${repository.fullName}`,
    clone_url: `${url}/${repository.fullName}.git`,
  };
}

function issueOf({ url }: World, issue: Issue): object {
  const { repository, number } = issue;
  const address = `${url}/repos/${repository.fullName}/pulls/${number}`;
  return {
    id: issue.id,
    node_id: issue.nodeId,
    number,
    title: issue.title,
    body: issue.body,
    state: issue.state,
    user: accountOf(issue.author),
    labels: issue.labels.map(({ id, name }) => ({ id, name })),
    html_url: `${url}/${repository.fullName}/${issue.pull === null ? 'issues' : 'pull'}/${number}`,
    created_at: stamp(issue.createdAt),
    updated_at: stamp(issue.updatedAt),
    closed_at: issue.closed === null ? null : stamp(issue.closed.at),
    ...(issue.pull === null
      ? {}
      : { pull_request: { url: address, html_url: `${url}/${repository.fullName}/pull/${number}` } }),
  };
}

function pullOf(world: World, issue: Issue): object {
  const { pull, repository } = issue;
  if (pull === null) throw new Error(`#${issue.number} is no pull request`);
  const { pull_request: _, ...plain }: { readonly pull_request?: unknown } = issueOf(world, issue);
  return {
    ...plain,
    draft: pull.draft,
    head: sideOf(world, pull.head.repository, pull.head.branch, pull.head.sha),
    base: sideOf(world, repository, pull.base.branch, pull.base.sha),
    ...mergedOf(pull),
  };
}

function mergedOf({ merged, trial }: Pull): object {
  return {
    merged: merged !== null,
    merged_at: merged === null ? null : stamp(merged.at),
    merged_by: merged === null ? null : accountOf(merged.by),
    merge_commit_sha: merged?.commit ?? trial?.commit ?? null,
  };
}

function sideOf(world: World, repository: Repository, branch: string, sha: string): object {
  const { login } = repository.owner;
  const repo = repositoryOf(world, repository);
  return { label: `${login}:${branch}`, ref: branch, sha, user: accountOf(repository.owner), repo };
}

function commentOf({ id, nodeId, issue, author, app, body, createdAt, updatedAt }: Comment): object {
  return {
    id,
    node_id: nodeId,
    user: accountOf(author),
    body,
    author_association: associationOf(issue.repository, author),
    performed_via_github_app: app === null ? null : { id: app.id, node_id: app.nodeId, slug: app.slug },
    created_at: stamp(createdAt),
    updated_at: stamp(updatedAt),
  };
}

function runOf(run: WorkflowRun): object {
  const attempt = currentAttempt(run);
  const { repository, headRepository } = run;
  return {
    id: run.id,
    name: run.workflow.name,
    display_title: run.title,
    path: run.workflow.path,
    event: run.event,
    head_branch: run.headBranch,
    head_sha: run.headSha,
    head_repository: { id: headRepository.id, full_name: headRepository.fullName },
    repository: { id: repository.id, full_name: repository.fullName },
    actor: accountOf(run.actor),
    triggering_actor: accountOf(attempt.triggeringActor),
    run_attempt: attempt.number,
    run_number: run.number,
    status: attempt.status,
    conclusion: attempt.conclusion,
    created_at: stamp(run.createdAt),
    updated_at: stamp(attempt.updatedAt),
  };
}

function workflowOf({ workflow }: WorkflowRun): object {
  return { id: workflow.id, name: workflow.name, path: workflow.path };
}

function labelOf(label: string | undefined): object {
  return label === undefined ? {} : { label: { name: label } };
}
