import { diffTrees, type FileChange } from '../../git/diff.ts';
import { GitHubError, invalid, notAccessible, notFound } from '../../state/github-error.ts';
import { mergeMethods, mergePull } from '../../state/merging.ts';
import {
  closePull,
  commitsOf,
  editPull,
  forkPoint,
  headLabel,
  openPull,
  type PullRequest,
  pullOf,
  pullsOf,
  reopenPull,
} from '../../state/pulls.ts';
import type { Repository } from '../../state/repository.ts';
import { type Call, created, type Handler, ok, page } from '../call.ts';
import type { OperationId } from '../permissions.ts';
import { commitShape } from '../shapes/commit.ts';
import { pullShape, reviewShape, simplePullShape } from '../shapes/pull.ts';
import { fileShape, sum } from './commits.ts';

export const pulls = {
  'pulls/list': (call) => {
    const { world, repository, query } = call;
    const [state, head, base] = [query.get('state') ?? 'open', query.get('head'), query.get('base')];
    const found = pullsOf(repository)
      .filter((issue) => state === 'all' || issue.state === state)
      .filter(({ pull }) => head === null || headLabel(pull) === head)
      .filter(({ pull }) => base === null || pull.base.branch === base);
    const sorted = sort(found, query.get('sort') ?? 'created', query.get('direction'));
    return page(call, sorted, (issue) => simplePullShape(world, issue));
  },

  'pulls/get': (call) => ok(shapeOf(call, pullIn(call))),

  'pulls/create': (call) => {
    const { world, repository, by, body } = call;
    const issue = openPull(world, repository, by, {
      title: body.text('title') ?? '',
      body: body.text('body') ?? null,
      head: headOf(call, body.text('head') ?? ''),
      base: body.text('base') ?? '',
      draft: body.flag('draft') ?? false,
    });
    return created(shapeOf(call, issue));
  },

  'pulls/update': (call) => {
    const { world, by, body } = call;
    const issue = pullIn(call);
    if (by.account !== issue.author) call.requireRole('triage', 'Must have admin rights to Repository.');
    const title = body.text('title');
    editPull(world, issue, by, {
      ...(title === undefined ? {} : { title }),
      ...(body.has('body') ? { body: body.text('body') ?? null } : {}),
    });
    const state = body.oneOf('state', ['open', 'closed']);
    if (state === 'closed') closePull(world, issue, by);
    if (state === 'open') reopenPull(world, issue, by);
    return ok(shapeOf(call, issue));
  },

  'pulls/merge': (call) => {
    const { world, by, body } = call;
    const [sha, title, message] = [body.text('sha'), body.text('commit_title'), body.text('commit_message')];
    const commit = mergePull(world, pullIn(call), by, {
      method: body.oneOf('merge_method', mergeMethods) ?? 'merge',
      ...(sha === undefined ? {} : { sha }),
      ...(title === undefined ? {} : { title }),
      ...(message === undefined ? {} : { message }),
    });
    return ok({ sha: commit, merged: true, message: 'Pull Request successfully merged' });
  },

  'pulls/list-commits': (call) => {
    const issue = pullIn(call);
    return page(call, commitsOf(issue), (commit) => commitShape(call.world, issue.repository, commit));
  },

  'pulls/list-files': (call) => {
    const issue = pullIn(call);
    const { repository, pull } = issue;
    return page(call, changesOf(issue), (one) => fileShape(call.world, repository, pull.head.sha, one));
  },

  'pulls/list-reviews': (call) => {
    const issue = pullIn(call);
    return page(call, issue.pull.reviews, (review) => reviewShape(call.world, issue, review));
  },
} satisfies Partial<Record<OperationId, Handler>>;

export function changesOf(issue: PullRequest): readonly FileChange[] {
  const { bare } = issue.repository;
  const [before, after] = [bare.resolve(forkPoint(issue)), bare.resolve(issue.pull.head.sha)];
  if (before === null || after === null) throw new Error(`pull request #${issue.number} has lost its commits`);
  return diffTrees(bare.store, before.tree, after.tree);
}

function pullIn(call: Call): PullRequest {
  return pullOf(call.repository, call.number('pull_number'));
}

function shapeOf({ world }: Call, issue: PullRequest) {
  const changes = changesOf(issue);
  const [additions, deletions] = [sum(changes, 'additions'), sum(changes, 'deletions')];
  return pullShape(world, issue, { additions, deletions, files: changes.length });
}

/** Parses `branch`, or `owner:branch` for a branch of a fork. */
function headOf({ world, repository, by }: Call, head: string): { repository: Repository; branch: string } {
  const [, owner = null, branch = head] = /^([^:]+):(.+)$/.exec(head) ?? [];
  if (owner === null || owner.toLowerCase() === repository.owner.login.toLowerCase()) return { repository, branch };
  const fork = [...world.repositories.values()].find(
    (one) => one.parent === repository && one.owner.login.toLowerCase() === owner.toLowerCase(),
  );
  if (fork === undefined) throw invalid([{ resource: 'PullRequest', field: 'head', code: 'invalid' }]);
  if (by.job) throw new GitHubError(403, notAccessible);
  return { repository: fork, branch };
}

function sort(found: readonly PullRequest[], by: string, direction: string | null): readonly PullRequest[] {
  if (!['created', 'updated'].includes(by)) throw notFound(`the fake does not sort by ${by}`);
  const at = ({ createdAt, updatedAt }: PullRequest) => (by === 'created' ? createdAt : updatedAt).getTime();
  const rising = found.toSorted((one, other) => at(one) - at(other) || one.number - other.number);
  return (direction ?? 'desc') === 'asc' ? rising : rising.toReversed();
}
