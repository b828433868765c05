import type { Release } from '../release/delivery.ts';
import type { Repo } from '../release/ports.ts';

export interface Commit {
  readonly commit: string;
  readonly subject: string;
}

/** How a branch stands to a release that was taken back. */
export type BranchState =
  /** It has stable's content, or had it at a commit after the bad release: the revert is on the branch. */
  | { readonly is: 'reverted' }
  /** It ends with the bad release: a revert undoes that, and what lies between stable and it. */
  | { readonly is: 'bad'; readonly undone: readonly Commit[] }
  /** Newer commits stand on these paths, on top of the bad release. Newest first. */
  | { readonly is: 'ahead'; readonly newer: readonly Commit[] };

/**
 * How the branch that ends at `tip` stands to the releases that were taken back, on a delivery's paths. Throws REF_UNKNOWN
 * or GIT_SHALLOW where the clone lacks one of the commits.
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
    /** The commit whose content is stable's. */
    readonly to: string;
    readonly tip: string;
    readonly paths: readonly string[];
  },
): Promise<BranchState> {
  if (await repo.sameAt(to, tip, paths)) return { is: 'reverted' };
  const since = await repo.log(to, tip, paths);
  // A commit that brings a bad release's content back names that release as its own commit does.
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

/** The commits of the releases that this clone has: one that it lacks is on no branch of it. */
async function present(repo: Repo, releases: readonly Release[]): Promise<readonly string[]> {
  const commits = [...new Set(releases.map((one) => one.commit))];
  const there = await Promise.all(commits.map((commit) => repo.has(commit)));
  return commits.filter((_, index) => there[index]);
}

/** Whether a commit is one of these, or came before one. */
async function isWithin(repo: Repo, commits: readonly string[], commit: string): Promise<boolean> {
  for (const one of commits) if (one === commit || (await repo.contains(one, commit)) === true) return true;
  return false;
}

/**
 * Whether a commit has a bad release in it that no revert has taken out again: nothing of that is released until the revert
 * is on the branch, or a person lets it through. `unknown` where the clone can't tell.
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
    // A clone that is too shallow to tell must not let it through.
    if (has === true || has === 'unknown') inside.push(one);
  }
  const [first] = inside;
  if (first === undefined) return null;
  if (!(await repo.has(to))) return first;
  const state = await branchState(repo, { bad: inside, to, tip: commit, paths: await pathsOf() });
  return state.is === 'reverted' ? null : first;
}
