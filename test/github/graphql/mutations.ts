import { readCommit } from '../git/commits.ts';
import type { Needs } from '../rest/permissions.ts';
import { commitFiles } from '../state/commit.ts';
import { GitHubError } from '../state/github-error.ts';
import { addComment, type Comment, type Issue } from '../state/issues.ts';
import { revertPull } from '../state/merging.ts';
import { refusals } from '../state/protection.ts';
import { isPull } from '../state/pulls.ts';
import { moveRef } from '../state/refs.ts';
import { may } from '../state/repository.ts';
import type { World } from '../state/world.ts';
import { commentNode } from './comment.ts';
import { commitById } from './commit.ts';
import { type Context, repositoryNamed, requireGrant } from './context.ts';
import { pullNode } from './pull.ts';
import { refNode } from './repository.ts';

interface Input<Fields> {
  readonly input: Fields & { readonly clientMutationId?: string | null };
}

const WRITE_PULLS: Needs = [['pull_requests', 'write']];
const WRITE_CONTENTS: Needs = [['contents', 'write']];

export function mutations(context: Context) {
  const { world, by } = context;
  return {
    createCommitOnBranch: ({ input }: Input<CommitOnBranch>) => commitOnBranch(context, input),

    revertPullRequest: ({ input }: Input<Revert>) => {
      const issue = issueWith(world, input.pullRequestId);
      if (!isPull(issue)) throw unresolved(input.pullRequestId);
      requireGrant(context, issue.repository, WRITE_CONTENTS);
      requireGrant(context, issue.repository, WRITE_PULLS);
      const revert = revertPull(world, issue, by, {
        ...(input.title == null ? {} : { title: input.title }),
        ...(input.body == null ? {} : { body: input.body }),
        draft: input.draft === true,
      });
      return { ...echo(input), pullRequest: pullNode(context, issue), revertPullRequest: pullNode(context, revert) };
    },

    // Unlike REST, GraphQL does not accept `issues: write` for a pull request.
    addComment: ({ input }: Input<{ readonly subjectId: string; readonly body: string }>) => {
      const issue = issueWith(world, input.subjectId);
      requireGrant(context, issue.repository, isPull(issue) ? WRITE_PULLS : [['issues', 'write']]);
      const comment = commentNode(context, addComment(world, issue, by, input.body));
      const subject = isPull(issue) ? pullNode(context, issue) : null;
      return { ...echo(input), commentEdge: { cursor: comment.id, node: comment }, subject };
    },

    minimizeComment: ({ input }: Input<{ readonly subjectId: string; readonly classifier: string }>) => {
      const comment = commentWith(context, input.subjectId);
      comment.minimized = input.classifier.toLowerCase().replace('_', '-');
      return { ...echo(input), minimizedComment: commentNode(context, comment) };
    },

    unminimizeComment: ({ input }: Input<{ readonly subjectId: string }>) => {
      const comment = commentWith(context, input.subjectId);
      comment.minimized = null;
      return { ...echo(input), unminimizedComment: commentNode(context, comment) };
    },
  };
}

interface Revert {
  readonly pullRequestId: string;
  readonly title?: string | null;
  readonly body?: string | null;
  readonly draft?: boolean | null;
}

interface CommitOnBranch {
  readonly branch: { readonly branchName?: string | null; readonly repositoryNameWithOwner?: string | null };
  readonly expectedHeadOid: string;
  readonly fileChanges?: {
    readonly additions?: readonly { readonly path: string; readonly contents: string }[] | null;
    readonly deletions?: readonly { readonly path: string }[] | null;
  } | null;
  readonly message: { readonly headline: string; readonly body?: string | null };
  readonly clientMutationId?: string | null;
}

/** Adds a signed commit to a branch whose tip is still `expectedHeadOid`. */
function commitOnBranch(context: Context, input: CommitOnBranch) {
  const { world, by } = context;
  const [owner = '', name = ''] = (input.branch.repositoryNameWithOwner ?? '').split('/');
  const branch = (input.branch.branchName ?? '').replace(/^refs\/heads\//, '');
  const repository = repositoryNamed(context, owner, name);
  requireGrant(context, repository, WRITE_CONTENTS);
  const { bare } = repository;
  const ref = `refs/heads/${branch}`;
  const before = bare.tip(ref);
  if (before === null) throw new GitHubError(404, `Branch "${branch}" does not exist`);
  if (before !== input.expectedHeadOid) {
    const message = `Expected branch to point to "${input.expectedHeadOid}" but it did not. Pull and try again.`;
    throw new GitHubError(409, message, { type: 'STALE_DATA' });
  }
  const { headline, body } = input.message;
  const additions = (input.fileChanges?.additions ?? []).map((file): [string, Buffer] => [
    file.path,
    Buffer.from(file.contents, 'base64'),
  ]);
  const deletions = (input.fileChanges?.deletions ?? []).map((file): [string, null] => [file.path, null]);
  const files = Object.fromEntries<Buffer | null>([...additions, ...deletions]);
  const message = body ? `${headline}\n\n${body}` : headline;
  const after = commitFiles(world, repository, { parent: before, files, message, by, signed: true });
  if (readCommit(bare.store, after)?.tree === readCommit(bare.store, before)?.tree) {
    throw new GitHubError(422, 'A commit has to change at least one file');
  }
  const why = refusals(repository, { ref, before, after, by });
  if (why.length > 0) throw new GitHubError(422, `protected branch '${branch}' check failed:\n  ${why.join('\n  ')}`);
  moveRef(world, repository, { ref, before, after, by });
  return { ...echo(input), commit: commitById(context, repository, after), ref: refNode(context, repository, ref) };
}

function issueWith({ repositories }: World, id: string): Issue {
  for (const { issues } of repositories.values())
    for (const issue of issues.values()) if (issue.nodeId === id) return issue;
  throw unresolved(id);
}

/** Finds a comment that the token may hide: as its author, or with write access. */
function commentWith(context: Context, id: string): Comment {
  for (const repository of context.world.repositories.values())
    for (const comment of repository.comments.values()) {
      if (comment.nodeId !== id) continue;
      requireGrant(context, repository, comment.issue.pull === null ? [['issues', 'write']] : WRITE_PULLS);
      const { account } = context.by;
      if (account === comment.author || may(repository, context.by, 'write')) return comment;
      throw new GitHubError(403, `${account.login} does not have permission to minimize this comment`);
    }
  throw unresolved(id);
}

function unresolved(id: string): GitHubError {
  return new GitHubError(404, `Could not resolve to a node with the global id of '${id}'`);
}

function echo({ clientMutationId }: { readonly clientMutationId?: string | null }) {
  return { clientMutationId: clientMutationId ?? null };
}
