import type { ForgeBranches } from '../support/forge.ts';
import type { Commit, Files } from './repo.ts';

interface Git {
  readonly tip: () => string;
  readonly moveTo: (commit: string) => void;
  /** The tips of the branches beside main. */
  readonly others: Map<string, string>;
  readonly at: (commit: string) => Commit;
  /** A commit and its ancestors, newest first. */
  readonly line: (from: string) => Iterable<Commit>;
  readonly add: (parents: readonly string[], files: Files, subject: string) => Commit;
}

/** The branches of a remote as the forge changes them, and what a commit has changed since it left the line of another one. */
export function branchesOf({ tip, moveTo, others, at, line, add }: Git): {
  readonly branches: ForgeBranches;
  readonly changedOn: (head: string, base: string) => readonly string[];
} {
  const changedOn = (head: string, base: string) => {
    const known = new Set([...line(base)].map((one) => one.id));
    const fork = [...line(head)].find((one) => known.has(one.id));
    return changedSince(at(head).files, fork?.files ?? {});
  };
  const headOf = (branch: string) => {
    const found = branch === 'main' ? tip() : others.get(branch);
    if (found === undefined) throw new Error(`there is no branch ${branch}`);
    return found;
  };
  const put = (branch: string, commit: string) => {
    if (branch === 'main') moveTo(commit);
    else others.set(branch, commit);
    return commit;
  };
  return {
    changedOn,
    branches: {
      tip: headOf,
      has: (branch) => branch === 'main' || others.has(branch),
      branch: (name, commit) => void put(name, commit),
      remove: (branch) => void others.delete(branch),
      commit(changed, { branch, subject = 'a change' }) {
        const onto = headOf(branch);
        return put(branch, add([onto], withChanged(at(onto).files, changed), subject).id);
      },
      merge(from, into) {
        const [ours, theirs] = [headOf(into), headOf(from)];
        const wanted = at(theirs).files;
        const changed = changedOn(theirs, ours).map((path) => [path, wanted[path] ?? null] as const);
        const content = withChanged(at(ours).files, Object.fromEntries(changed));
        return put(into, add([ours, theirs], content, `Merge ${from}`).id);
      },
    },
  };
}

/** Files with some of them changed; null removes one. */
export function withChanged(files: Files, changed: Readonly<Record<string, string | null>>): Files {
  const all = Object.entries({ ...files, ...changed });
  return Object.fromEntries(all.flatMap(([path, text]) => (text === null ? [] : [[path, text]])));
}

/** The paths whose content differs. */
export function changedSince(files: Files, old: Files): readonly string[] {
  const paths = new Set([...Object.keys(old), ...Object.keys(files)]);
  return [...paths].filter((path) => old[path] !== files[path]);
}
