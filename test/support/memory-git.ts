import { createHash } from 'node:crypto';
import { matcher } from '../../src/adapters/git/patterns.ts';
import { environmentError, inputError } from '../../src/release/error.ts';
import { PushRefused, type Repo } from '../../src/release/ports.ts';

export type Files = Readonly<Record<string, string>>;

export interface Commit {
  readonly id: string;
  readonly parents: readonly string[];
  readonly files: Files;
  readonly subject: string;
  /** When it was made, for the order of logs. */
  readonly order: number;
}

/** A remote in memory, with branches, tags and merges. Its default branch is main. */
export interface Origin {
  /** Whether fetches and pushes fail. */
  away: boolean;
  /** Whether a rule of the server refuses every push of ours; or those to main alone. */
  closed: boolean | 'main';
  tip(branch?: string): string;
  at(commit: string): Commit;
  /** Whether `ancestor` is `commit` or one of its ancestors. */
  contains(commit: string, ancestor: string): boolean;
  /** Somebody pushes a commit with these files changed, where null removes one. `from`: where the branch begins. */
  commit(
    files: Changed,
    where?: { readonly branch?: string; readonly subject?: string; readonly from?: string },
  ): string;
  /** Merges a branch into another with a merge commit, or with one commit that has only what it changes. */
  merge(from: string, into?: string, how?: 'merge' | 'squash'): string;
  tag(name: string, commit: string): void;
  remove(branch: string): void;
  /** Whether there is a branch. */
  has(branch: string): boolean;
  /** Makes a branch at a commit. */
  branch(name: string, commit: string): void;
  /** Rewrites a branch: one commit without parents has all that its tip had. The old commits are given out no more. */
  squash(branch?: string): string;
  clone(): Clone;
  /** The same remote for another test: what happens to either from here on, the other does not see. */
  fork(): Origin;
}

export type Changed = Readonly<Record<string, string | null>>;

/** Somebody's clone. It has what was fetched, and what was committed in it. */
export interface Clone {
  readonly repo: Repo;
  /** What HEAD is. */
  head: string;
  /** Fetches every branch and tag, as `git fetch` does. */
  fetch(): void;
  /** A commit on top of HEAD that nobody else has. */
  commit(files: Changed, subject?: string): string;
}

interface Kept {
  readonly commits: Map<string, Commit>;
  readonly branches: Map<string, string>;
  readonly tags: Map<string, string>;
  /** What the server gives out by id. */
  readonly served: Set<string>;
}

export function createOrigin(files: Files): Origin {
  const origin = originOf({ commits: new Map(), branches: new Map(), tags: new Map(), served: new Set() });
  origin.commit(files, { subject: 'begin' });
  return origin;
}

function originOf({ commits, branches, tags, served }: Kept): Origin {
  function add(parents: readonly string[], content: Files, subject: string): string {
    const hash = createHash('sha1').update(JSON.stringify([parents, content, subject, commits.size]));
    const made = { id: hash.digest('hex'), parents, files: content, subject, order: commits.size };
    commits.set(made.id, made);
    return made.id;
  }

  function get(id: string): Commit {
    const found = commits.get(id);
    if (found === undefined) throw inputError('REF_UNKNOWN', `git has no commit ${id}`);
    return found;
  }

  function reachable(from: string): ReadonlySet<string> {
    const found = new Set<string>();
    const open = [from];
    for (let here = open.pop(); here !== undefined; here = open.pop()) {
      if (found.has(here)) continue;
      found.add(here);
      open.push(...get(here).parents);
    }
    return found;
  }

  function tip(branch = 'main'): string {
    const found = branches.get(branch);
    if (found === undefined) throw new Error(`there is no branch ${branch}`);
    return found;
  }

  function put(branch: string, commit: string): string {
    branches.set(branch, commit);
    for (const one of reachable(commit)) served.add(one);
    return commit;
  }

  /** The newest commit that both have. */
  function forkOf(theirs: string, ours: string): Commit | null {
    const known = reachable(ours);
    const both = [...reachable(theirs)].map(get).filter(({ id }) => known.has(id));
    return both.sort((one, other) => other.order - one.order)[0] ?? null;
  }

  const origin: Origin = {
    away: false,
    closed: false,
    tip,
    at: get,
    contains: (commit, ancestor) => reachable(commit).has(ancestor),
    commit(changed, { branch = 'main', subject = 'a change', from } = {}) {
      const onto = from ?? branches.get(branch) ?? branches.get('main');
      const old = onto === undefined ? {} : get(onto).files;
      return put(branch, add(onto === undefined ? [] : [onto], changedFiles(old, changed), subject));
    },
    merge(from, into = 'main', how = 'merge') {
      const [ours, theirs] = [tip(into), tip(from)];
      const wanted = get(theirs).files;
      const changed = changedSince(wanted, forkOf(theirs, ours)?.files ?? {});
      const content = changedFiles(
        get(ours).files,
        Object.fromEntries(changed.map((path) => [path, wanted[path] ?? null])),
      );
      return put(into, add(how === 'merge' ? [ours, theirs] : [ours], content, `Merge ${from}`));
    },
    tag(name, commit) {
      tags.set(name, commit);
      for (const one of reachable(commit)) served.add(one);
    },
    has: (branch) => branches.has(branch),
    branch: (name, commit) => void put(name, commit),
    remove(branch) {
      branches.delete(branch);
    },
    squash(branch = 'main') {
      const made = add([], get(tip(branch)).files, 'squashed');
      served.clear();
      return put(branch, made);
    },
    clone: () => cloneOf(),
    fork: () =>
      originOf({
        commits: new Map(commits),
        branches: new Map(branches),
        tags: new Map(tags),
        served: new Set(served),
      }),
  };
  return origin;

  function cloneOf(): Clone {
    const has = new Set<string>();
    const known = new Map<string, string>();
    const knownTags = new Map<string, string>();
    const take = (commit: string) => {
      for (const one of reachable(commit)) has.add(one);
    };
    const ask = () => {
      if (origin.away) throw environmentError('GIT_FAILED', 'the remote does not answer');
    };
    const fetchAll = () => {
      ask();
      known.clear();
      for (const [name, commit] of branches) known.set(name, commit);
      for (const [name, commit] of tags) knownTags.set(name, commit);
      for (const commit of [...branches.values(), ...tags.values()]) take(commit);
    };
    const here = (id: string): Commit => {
      if (!has.has(id)) throw inputError('REF_UNKNOWN', `git has no commit ${id}`, { hint: 'fetch it first' });
      return get(id);
    };
    const branchIn = (ref: string) => /^(?:refs\/remotes\/)?origin\/(.+)$/.exec(ref)?.[1];

    const repo: Repo = {
      async resolve(ref) {
        if (ref === 'HEAD') return clone.head;
        const [, base = ref, back] = /^(.+)~(\d+)$/.exec(ref) ?? [];
        if (back !== undefined) {
          let one = here(await repo.resolve(base));
          for (let left = Number(back); left > 0; left -= 1) one = here(one.parents[0] ?? 'nothing');
          return one.id;
        }
        const branch = branchIn(ref);
        const found = branch === undefined ? (knownTags.get(ref) ?? ref) : known.get(branch);
        if (found === undefined || !has.has(found)) throw inputError('REF_UNKNOWN', `git has no ${ref}`);
        return found;
      },
      async remoteBranch(ref) {
        const branch = branchIn(ref);
        return branch === undefined ? null : { remote: 'origin', branch };
      },
      defaultBranch: async () => ({ remote: 'origin', branch: 'main', ref: 'refs/remotes/origin/main' }),
      read: async (commit, path) => here(commit).files[path] ?? null,
      files: async (commit, folder) => Object.keys(here(commit).files).filter((path) => path.startsWith(folder)),
      links: async () => new Map(),
      has: async (commit) => has.has(commit),
      async sameAt(left, right, paths) {
        const [one, other] = [here(left).files, here(right).files];
        return paths.every((path) => one[path] === other[path]);
      },
      async refs({ branches: wanted, tags: wantedTags }) {
        const named = (all: ReadonlyMap<string, string>, patterns: readonly string[]) =>
          [...all].filter(([name]) => matcher(patterns)(name)).map(([name, commit]) => ({ name, commit }));
        return [...named(known, wanted), ...named(knownTags, wantedTags)];
      },
      // A whole clone has every ancestor of what it has: a commit that it lacks is none.
      contains: async (commit, ancestor) => has.has(ancestor) && reachable(here(commit).id).has(ancestor),
      uncommitted: async () => [],
      ensureHistory: async () => true,
      log: async (from, to, paths) => logOf(here, { not: reachable(here(from).id), to, paths }),
      async commitsSaying(from, to, words) {
        const before = reachable(here(from).id);
        const found = [...reachable(here(to).id)].filter((id) => !before.has(id)).map(here);
        return found
          .filter(({ subject }) => subject.toLowerCase().includes(words.toLowerCase()))
          .sort((one, other) => other.order - one.order)
          .map(({ id, subject }) => ({ commit: id, message: subject }));
      },
      changedOn: async (head, base) =>
        changedSince(here(head).files, forkOf(here(head).id, here(base).id)?.files ?? {}),
      tree: async (commit) => ({ folder: `/tree/${here(commit).id}`, [Symbol.asyncDispose]: async () => {} }),
      async revert({ onto, paths, from, message }) {
        const [base, wanted] = [here(onto).files, here(from).files];
        const kept = Object.entries(base).filter(([path]) => !paths.includes(path));
        const content = Object.fromEntries([
          ...kept,
          ...Object.entries(wanted).filter(([path]) => paths.includes(path)),
        ]);
        if (isSame(base, content)) return null;
        const made = add([onto], content, message.split('\n')[0] ?? '');
        has.add(made);
        return made;
      },
      async commitFiles({ onto, files, message }) {
        const base = here(onto).files;
        const content = changedFiles(base, Object.fromEntries(files));
        if (isSame(base, content)) return null;
        const made = add([onto], content, message.split('\n')[0] ?? '');
        has.add(made);
        return made;
      },
      async fetch(_remote, branch) {
        ask();
        const found = branches.get(branch);
        if (found === undefined) throw environmentError('GIT_FAILED', `the remote has no branch ${branch}`);
        take(found);
        known.set(branch, found);
      },
      async fetchRefs(_remote, query) {
        ask();
        for (const [name, commit] of branches) if (matcher(query.branches)(name)) known.set(name, commit);
        for (const [name, commit] of tags) if (matcher(query.tags)(name)) knownTags.set(name, commit);
        for (const commit of [...known.values(), ...knownTags.values()]) take(commit);
      },
      async fetchCommit(_remote, commit) {
        if (has.has(commit)) return true;
        ask();
        if (served.has(commit)) take(commit);
        return has.has(commit);
      },
      async push(_remote, commit, branch) {
        if (origin.away) throw environmentError('GIT_PUSH_FAILED', 'the remote does not answer');
        if (origin.closed === true || (origin.closed === 'main' && branch === 'main')) {
          const cause = new PushRefused('a rule protects the branch');
          throw environmentError('GIT_PUSH_FAILED', cause.message, { cause });
        }
        if (branches.has(branch) && !reachable(commit).has(tip(branch)))
          throw environmentError('GIT_PUSH_FAILED', 'not a fast-forward');
        put(branch, commit);
        known.set(branch, commit);
      },
    };
    const clone: Clone = {
      repo,
      head: tip(),
      fetch: fetchAll,
      commit(changed, subject = 'local') {
        const made = add([clone.head], changedFiles(here(clone.head).files, changed), subject);
        has.add(made);
        clone.head = made;
        return made;
      },
    };
    fetchAll();
    return clone;
  }
}

function changedFiles(files: Files, changed: Changed): Files {
  const kept = Object.entries({ ...files, ...changed });
  return Object.fromEntries(kept.flatMap(([path, text]) => (text === null ? [] : [[path, text]])));
}

function isSame(one: Files, other: Files): boolean {
  const paths = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return paths.every((path) => one[path] === other[path]);
}

/** As `git log` simplifies history: a merge that has one parent's content is followed on that side alone, and not listed. */
function logOf(
  here: (id: string) => Commit,
  { not, to, paths }: { readonly not: ReadonlySet<string>; readonly to: string; readonly paths: readonly string[] },
): readonly { readonly commit: string; readonly subject: string }[] {
  const same = (one: Commit, other: Commit | null) =>
    paths.every((path) => one.files[path] === (other === null ? undefined : other.files[path]));
  const seen = new Set<string>();
  const found: Commit[] = [];
  const open = [to];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id) || not.has(id)) continue;
    seen.add(id);
    const commit = here(id);
    const parents = commit.parents.map(here);
    const twin = parents.find((parent) => same(commit, parent));
    if (twin !== undefined) {
      open.push(twin.id);
      continue;
    }
    if (parents.length > 0 || !same(commit, null)) found.push(commit);
    open.push(...commit.parents);
  }
  return found
    .sort((one, other) => other.order - one.order)
    .map(({ id, subject }) => ({
      commit: id,
      subject: subject.split('\n')[0] ?? '',
    }));
}

/** The paths whose content differs. */
function changedSince(files: Files, old: Files): readonly string[] {
  const paths = new Set([...Object.keys(old), ...Object.keys(files)]);
  return [...paths].filter((path) => old[path] !== files[path]);
}
