import type { Repo, WorkTree } from '../release/ports.ts';
import { cloneAt } from './git/clone.ts';
import { commitFiles } from './git/commit.ts';
import { defaultBranch } from './git/default-branch.ts';
import { eventBranch } from './git/event.ts';
import * as history from './git/history.ts';
import { commitId, repositoryPath } from './git/names.ts';
import { reader } from './git/objects.ts';
import { fetchRefs, refs } from './git/refs.ts';
import * as remotes from './git/remote.ts';
import { revert, sameAt } from './git/revert.ts';
import type { Env } from './git/run.ts';
import { sharedTrees, writeTree } from './git/tree.ts';
import { uncommitted } from './git/uncommitted.ts';
import { workTree } from './git/work-tree.ts';

export interface OpenRepo extends Repo {
  /** The top folder of the work tree. */
  readonly root: string;
  readonly work: WorkTree;
  /** Fetches the history that a shallow clone lacks. Returns whether it is complete now. Throws GIT_FAILED. */
  ensureHistory(): Promise<boolean>;
}

/**
 * The repository of a folder. In a job of GitHub Actions, `env` has the path of the event, which may name the default
 * branch. Throws TOOL_MISSING, or GIT_FAILED when there is no repository.
 */
export async function openRepo({ folder, env }: { readonly folder: string; readonly env: Env }): Promise<OpenRepo> {
  const clone = await cloneAt(folder, env);
  const { root, run, objects, programs } = clone;
  const { entries, read, files, links } = reader(objects, (commit) => history.missingCommit(clone, commit));
  const place = { run, programs, env, entries: (commit: string) => entries(commitId(commit)) };

  const contains = ancestry((commit, ancestor) => history.contains(clone, commit, ancestor));
  const trees = sharedTrees(async (commit) => writeTree(clone, await entries(commit)));
  const event = eventBranch(env);
  const main = shared(() => defaultBranch(clone, event));
  const inTurn = queue();

  return {
    root,
    work: workTree(clone),
    resolve: (ref) => history.resolve(clone, ref),
    defaultBranch: main,
    remoteBranch: (ref) => remotes.remoteBranch(clone, ref),
    has: async (commit) => history.has(run, commitId(commit)),
    sameAt: (left, right, paths) => sameAt(place, { left, right, paths }),
    refs: (query) => refs(clone, query),
    read: async (commit, path) => read(commitId(commit), path),
    files: async (commit, path) => files(commitId(commit), path),
    uncommitted: async (commit, isWanted) =>
      uncommitted({
        run,
        objects,
        root,
        commit,
        isWanted,
        entries: await entries(commitId(commit)),
        read: (path) => read(commit, path),
      }),
    links: async (commit) => links(commitId(commit)),
    contains: async (commit, ancestor) => contains(commitId(commit), commitId(ancestor)),
    log: async (from, to, paths) => history.log(clone, commitId(from), commitId(to), paths.map(repositoryPath)),
    commitsSaying: async (from, to, words) =>
      history.commitsSaying(clone, { from: commitId(from), to: commitId(to), words }),
    changedOn: async (head, base) => history.changedOn(clone, commitId(head), commitId(base)),
    tree: async (commit) => trees(commitId(commit)),
    revert: (request) => revert(place, request),
    commitFiles: (request) => commitFiles(place, request),
    fetch: (remote, branch) => remotes.fetch(clone, remote, branch),
    push: async (remote, commit, branch) => remotes.push(clone, remote, commitId(commit), branch),
    fetchRefs: (remote, query) => fetchRefs(clone, remote, query),
    fetchCommit: async (remote, commit) => {
      const id = commitId(commit);
      return inTurn(() => remotes.fetchCommit(clone, remote, id));
    },
    ensureHistory: shared(() => inTurn(() => remotes.ensureHistory(clone, main))),
  };
}

/** Cached, because ancestry never changes: git is asked once for each pair. */
function ancestry(ask: Repo['contains']): Repo['contains'] {
  const known = new Map<string, ReturnType<Repo['contains']>>();
  return async (commit, ancestor) => {
    const pair = `${commit} ${ancestor}`;
    const asked = known.get(pair) ?? ask(commit, ancestor);
    known.set(pair, asked);
    const forget = () => known.delete(pair);
    // A clone that is too shallow may get more history later.
    asked.then((answer) => answer === 'unknown' && forget(), forget);
    return asked;
  };
}

/** While a call runs, further calls with the same key get its result. */
function shared<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return () => {
    running ??= work().finally(() => {
      running = null;
    });
    return running;
  };
}

/** Runs work in sequence. git locks a shallow clone when it fetches history, and does not wait for the lock. */
function queue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
}
