import { type Commit, readCommit } from '../../git/commits.ts';
import { diffTrees, type FileChange } from '../../git/diff.ts';
import { isAncestor, log, mergeBase } from '../../git/history.ts';
import { readTree } from '../../git/trees.ts';
import { GitHubError, invalid, notFound } from '../../state/github-error.ts';
import { pullsOf } from '../../state/pulls.ts';
import { changeRef } from '../../state/refs.ts';
import type { Repository } from '../../state/repository.ts';
import type { World } from '../../state/world.ts';
import { type Call, created, type Handler, noContent, ok, page } from '../call.ts';
import type { OperationId } from '../permissions.ts';
import { commitShape, gitCommitShape } from '../shapes/commit.ts';
import { simplePullShape } from '../shapes/pull.ts';
import { apiUrl, webUrl } from '../shapes/repository.ts';

/** The most files that a comparison lists. */
const FILES = 300;

export const commits = {
  'git/create-ref': ({ world, repository, by, body }) => {
    const ref = body.text('ref') ?? '';
    const sha = body.text('sha') ?? '';
    if (!/^refs\/[^/]+\/./.test(ref))
      throw invalid([], `Reference name must start with 'refs/' and have at least three parts`);
    if (repository.bare.resolve(sha) === null) throw invalid([], 'Object does not exist');
    if (repository.bare.tip(ref) !== null) throw invalid([], 'Reference already exists');
    changeRef(world, repository, { ref, before: null, after: sha, by });
    return created(refShape(world, repository, ref, sha));
  },

  'git/delete-ref': (call) => {
    const { world, repository, by } = call;
    const ref = `refs/${call.text('ref')}`;
    const before = repository.bare.tip(ref);
    if (before === null) throw invalid([], 'Reference does not exist');
    changeRef(world, repository, { ref, before, after: null, by });
    return noContent;
  },

  'git/get-commit': (call) => ok(gitCommitShape(call.world, call.repository, commitAt(call, 'commit_sha'))),

  'git/get-ref': (call) => {
    const { world, repository } = call;
    const ref = `refs/${call.text('ref')}`;
    const sha = repository.bare.tip(ref);
    if (sha === null) throw notFound();
    return ok(refShape(world, repository, ref, sha));
  },

  'git/list-matching-refs': (call) => {
    const { world, repository } = call;
    const refs = [...repository.bare.refs()].filter(([name]) => name.startsWith(`refs/${call.text('ref')}`));
    return ok(refs.map(([ref, sha]) => refShape(world, repository, ref, sha)));
  },

  'git/update-ref': (call) => {
    const { world, repository, by, body } = call;
    const ref = `refs/${call.text('ref')}`;
    const sha = body.text('sha') ?? '';
    const before = repository.bare.tip(ref);
    if (before === null) throw invalid([], 'Reference does not exist');
    if (repository.bare.resolve(sha) === null) throw invalid([], 'Object does not exist');
    if (body.flag('force') !== true && !isAncestor(repository.bare.store, before, sha)) {
      throw invalid([], 'Update is not a fast forward');
    }
    changeRef(world, repository, { ref, before, after: sha, by });
    return ok(refShape(world, repository, ref, sha));
  },

  'repos/compare-commits-with-basehead': (call) => ok(compare(call)),

  'repos/get-commit': (call) => {
    const { world, repository } = call;
    const commit = commitAt(call, 'ref');
    const before = repository.bare.resolve(commit.parents[0] ?? '');
    const changes = before === null ? [] : diffTrees(repository.bare.store, before.tree, commit.tree);
    const [additions, deletions] = [sum(changes, 'additions'), sum(changes, 'deletions')];
    return ok({
      ...commitShape(world, repository, commit),
      stats: { additions, deletions, total: additions + deletions },
      files: changes.map((change) => fileShape(world, repository, commit.id, change)),
    });
  },

  'repos/list-commits': (call) => {
    const { world, repository, query } = call;
    const from = repository.bare.resolve(query.get('sha') ?? repository.defaultBranch);
    if (from === null) throw notFound();
    const path = query.get('path');
    const all = log(repository.bare.store, from.id).filter(
      (commit) => path === null || touches(repository, commit, path),
    );
    return page(call, all, (commit) => commitShape(world, repository, commit));
  },

  /** The merged pull requests that brought the commit, and the open ones that contain it. */
  'repos/list-pull-requests-associated-with-commit': (call) => {
    const { world, repository } = call;
    const found = associatedPulls(repository, commitAt(call, 'commit_sha').id);
    return page(call, found, (issue) => simplePullShape(world, issue));
  },
} satisfies Partial<Record<OperationId, Handler>>;

export function associatedPulls(repository: Repository, sha: string) {
  const { store } = repository.bare;
  return pullsOf(repository).filter(({ state, pull }) => {
    const { merged, head, base } = pull;
    if (state === 'closed' && merged === null) return false;
    const brought = merged === null ? log(store, head.sha, base.sha) : log(store, merged.commit, merged.onto);
    return brought.some(({ id }) => id === sha);
  });
}

export function fileShape(world: World, repository: Repository, commit: string, change: FileChange) {
  const web = webUrl(world, repository);
  const path = change.path.split('/').map(encodeURIComponent).join('/');
  return {
    sha: change.blob,
    filename: change.path,
    status: change.status,
    additions: change.additions,
    deletions: change.deletions,
    changes: change.additions + change.deletions,
    blob_url: `${web}/blob/${commit}/${path}`,
    raw_url: `${web}/raw/${commit}/${path}`,
    contents_url: `${apiUrl(world, repository)}/contents/${path}?ref=${commit}`,
    ...(change.from === null ? {} : { previous_filename: change.from }),
  };
}

export function sum(changes: readonly FileChange[], field: 'additions' | 'deletions'): number {
  return changes.reduce((total, change) => total + change[field], 0);
}

/** The commit that a path parameter names. */
export function commitAt(call: Call, name: string): Commit {
  const given = call.text(name);
  const found = call.repository.bare.resolve(given);
  if (found === null) throw new GitHubError(422, `No commit found for SHA: ${given}`);
  return found;
}

function touches({ bare: { store } }: Repository, { tree, parents }: Commit, path: string): boolean {
  const inside = ({ path: changed }: FileChange) => changed === path || changed.startsWith(`${path}/`);
  const before = parents.flatMap((parent) => readCommit(store, parent)?.tree ?? []);
  if (before.length === 0)
    return [...readTree(store, tree).keys()].some((one) => one === path || one.startsWith(`${path}/`));
  return before.every((one) => diffTrees(store, one, tree).some(inside));
}

function refShape(world: World, repository: Repository, ref: string, sha: string) {
  const api = apiUrl(world, repository);
  const type = repository.bare.store.find(sha)?.type ?? 'commit';
  return {
    ref,
    node_id: `REF_${ref}`,
    url: `${api}/git/${ref}`,
    object: { sha, type, url: `${api}/git/${type}s/${sha}` },
  };
}

/** `commit`, or `owner:branch` for a branch of a fork. */
function sideOf({ world, repository }: Call, name: string): Commit | null {
  const [, owner, branch] = /^([^:]+):(.+)$/.exec(name) ?? [];
  if (owner === undefined || branch === undefined) return repository.bare.resolve(name);
  const { store } = repository.bare;
  const network = [...world.repositories.values()].filter(({ bare }) => bare.store === store);
  const found = network.find((one) => one.owner.login.toLowerCase() === owner.toLowerCase());
  return found?.bare.resolve(branch) ?? null;
}

function compare(call: Call) {
  const { world, repository, query } = call;
  const { bare } = repository;
  const [, left = '', right = ''] = /^(.+?)\.\.\.(.+)$/.exec(call.text('basehead')) ?? [];
  const [base, head] = [left, right].map((name) => sideOf(call, name));
  const point = base && head ? bare.resolve(mergeBase(bare.store, base.id, head.id) ?? '') : null;
  if (base == null || head == null || point === null) throw notFound();
  const ahead = log(bare.store, head.id, base.id).toReversed();
  const behind = log(bare.store, base.id, head.id);
  const size = Number(query.get('per_page') ?? 250);
  const shown = ahead.slice((Number(query.get('page') ?? 1) - 1) * size).slice(0, size);
  const changes = diffTrees(bare.store, point.tree, head.tree).slice(0, FILES);
  const web = `${webUrl(world, repository)}/compare/${base.id}...${head.id}`;
  const status =
    behind.length === 0 ? (ahead.length === 0 ? 'identical' : 'ahead') : ahead.length === 0 ? 'behind' : 'diverged';
  return {
    url: `${apiUrl(world, repository)}/compare/${call.text('basehead')}`,
    html_url: web,
    permalink_url: web,
    diff_url: `${web}.diff`,
    patch_url: `${web}.patch`,
    base_commit: commitShape(world, repository, base),
    merge_base_commit: commitShape(world, repository, point),
    status,
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    commits: shown.map((commit) => commitShape(world, repository, commit)),
    files: changes.map((change) => fileShape(world, repository, head.id, change)),
  };
}
