import type { Named } from './facts.ts';
import type { Commit, Remote } from './repo.ts';
import { contentIn } from './source.ts';

/** How the branch stands to what was taken back. Read from the commits alone: nothing here is stepgate's own reading. */

type Git = Pick<Remote, 'at' | 'contains' | 'line'>;

/** All that a delivery reads at a commit. */
export function contentAt(git: Git, commit: string): string {
  return contentIn(git.at(commit).files);
}

/** Commits that `tip` has and `from` has not, and which change what the delivery reads. Newest first. */
function touching(git: Git, tip: string, from: string): readonly Commit[] {
  const before = new Set([...git.line(from)].map((one) => one.id));
  return [...git.line(tip)].filter(
    (one) => !before.has(one.id) && one.parents.every((parent) => contentAt(git, parent) !== contentIn(one.files)),
  );
}

/**
 * `reverted`: the branch names stable's content, or did after the bad releases. `ahead`: somebody has merged something newer on
 * top of them. `bad`: it ends with one of them.
 */
export function branchStands(
  git: Git,
  { bad, to, tip }: { readonly bad: readonly Named[]; readonly to: Named; readonly tip: string },
): 'reverted' | 'bad' | 'ahead' {
  const stable = contentAt(git, to.commit);
  if (contentAt(git, tip) === stable) return 'reverted';
  const worst = new Set(bad.map((one) => contentAt(git, one.commit)));
  let newer = 0;
  for (const one of touching(git, tip, to.commit)) {
    if (worst.has(contentIn(one.files)) || bad.some(({ commit }) => git.contains(commit, one.id))) break;
    if (contentIn(one.files) === stable) return 'reverted';
    newer += 1;
  }
  return newer > 0 ? 'ahead' : 'bad';
}

/** The release that was taken back and that a commit has in it, with no revert in between; null for none. */
export function badInside(
  git: Git,
  { bad, to, commit }: { readonly bad: readonly Named[]; readonly to: Named; readonly commit: string },
): Named | null {
  const inside = bad.filter((one) => git.contains(commit, one.commit));
  const [first] = inside;
  if (first === undefined) return null;
  return branchStands(git, { bad: inside, to, tip: commit }) === 'reverted' ? null : first;
}
