import type { Release } from '../release/delivery.ts';
import type { Repo } from '../release/ports.ts';

export interface Commit {
  readonly commit: string;
  readonly subject: string;
}

/** The state of a branch after a release was rolled back. */
export type BranchState =
  /** The branch has stable's content, or had it at a commit after the bad release: the revert is on the branch. */
  | { readonly is: 'reverted' }
  /** The branch ends with the bad release. A revert undoes that release, and the commits between stable and it. */
  | { readonly is: 'bad'; readonly undone: readonly Commit[] }
  /** Commits after the bad release changed these paths. Newest first. */
  | { readonly is: 'ahead'; readonly newer: readonly Commit[] };

/**
 * The state of the branch that ends at `tip`, for the releases that were rolled back, on a delivery's paths. Throws
 * REF_UNKNOWN or GIT_SHALLOW when the clone lacks one of the commits.
 */
export async function branchState(
  repo: Repo,
  {
    bad,
    to,
    tip,
    paths,
  }: {
    readonly bad: readonly Release[];
    /** The commit with stable's content. */
    readonly to: string;
    readonly tip: string;
    readonly paths: readonly string[];
  },
): Promise<BranchState> {
  if (await repo.sameAt(to, tip, paths)) return { is: 'reverted' };
  const since = await repo.log(to, tip, paths);
  // A commit that restores the content of a bad release counts as that release.
  const naming = [...(await present(repo, bad))];
  for (const one of since) {
    for (const commit of naming.slice(0, bad.length)) {
      if (one.commit !== commit && (await repo.sameAt(commit, one.commit, paths))) naming.push(one.commit);
    }
  }
  const newer: Commit[] = [];
  for (const one of since) {
    if (await isWithin(repo, naming, one.commit)) continue;
    if (await repo.sameAt(to, one.commit, paths)) return { is: 'reverted' };
    newer.push(one);
  }
  return newer.length > 0 ? { is: 'ahead', newer } : { is: 'bad', undone: since };
}

/** The commits of the releases that this clone has. A commit that it lacks is on none of its branches. */
async function present(repo: Repo, releases: readonly Release[]): Promise<readonly string[]> {
  const commits = [...new Set(releases.map((one) => one.commit))];
  const there = await Promise.all(commits.map((commit) => repo.has(commit)));
  return commits.filter((_, index) => there[index]);
}

/** Whether a commit is one of these, or an ancestor of one. */
async function isWithin(repo: Repo, commits: readonly string[], commit: string): Promise<boolean> {
  for (const one of commits) if (one === commit || (await repo.contains(one, commit)) === true) return true;
  return false;
}

/**
 * The bad release that a commit contains without its revert; null when there is none. Such a commit is not released until
 * the revert is on the branch, or a person allows it. When the clone can't tell, the commit counts as containing it.
 */
export async function carriesBad(
  repo: Repo,
  {
    bad,
    to,
    commit,
    pathsOf,
  }: {
    readonly bad: readonly Release[];
    readonly to: string;
    readonly commit: string;
    pathsOf(): Promise<readonly string[]>;
  },
): Promise<Release | null> {
  const inside: Release[] = [];
  for (const one of bad) {
    const has = one.commit === commit || ((await repo.has(one.commit)) && (await repo.contains(commit, one.commit)));
    // When the clone is too shallow to tell, the commit must be refused.
    if (has === true || has === 'unknown') inside.push(one);
  }
  const [first] = inside;
  if (first === undefined) return null;
  if (!(await repo.has(to))) return first;
  const state = await branchState(repo, { bad: inside, to, tip: commit, paths: await pathsOf() });
  return state.is === 'reverted' ? null : first;
}
