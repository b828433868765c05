import { createHash } from 'node:crypto';
import { matcher } from '../../src/adapters/git/patterns.ts';
import { environmentError, inputError } from '../../src/release/error.ts';
import type { Repo } from '../../src/release/ports.ts';
import type { ForgeBranches } from '../support/forge.ts';
import { branchesOf, changedSince, withChanged } from './branches.ts';

export type Files = Readonly<Record<string, string>>;

export interface Commit {
  readonly id: string;
  /** The first is what the branch went on from; a merge has a second. */
  readonly parents: readonly string[];
  readonly files: Files;
  readonly subject: string;
}

/** The remote and every object that was ever made. Its default branch is main. */
export interface Remote {
  readonly tip: string;
  /** Whether fetches and pushes fail. */
  away: boolean;
  /** Since when it is away; null while it is there. */
  readonly awaySince: number | null;
  /** The tips that the branch has had since then, the one it had at that moment among them. */
  tipsSince(time: number): readonly string[];
  /** So many of the next pushes are refused. */
  refusals: number;
  /** Whether every push is refused. */
  closed: boolean;
  /** What was last pushed to a branch that nobody has merged; null for nothing. */
  readonly aside: string | null;
  /** Its branches as the forge changes them. */
  readonly branches: ForgeBranches;
  /** Somebody pushes a commit with these files to a branch of its own. */
  branch(subject: string, files: Files): string;
  /** Somebody merges what is aside. */
  merge(subject: string, files: Files): void;
  /** Somebody pushes a commit with these files (the others stay as they are). */
  commit(subject: string, files: Files): string;
  at(commit: string): Commit;
  has(commit: string): boolean;
  /** Whether `ancestor` is `commit` or one of its ancestors. */
  contains(commit: string, ancestor: string): boolean;
  /** A commit and its ancestors, newest first. */
  line(from: string): Iterable<Commit>;
  /** A fresh checkout of somebody who could fetch, or had fetched `known` before; of `head` where a run is started again. */
  checkout(known: string | null, head: string | null): Checkout;
  /** Called for each push that was taken. */
  pushed: (commit: string, onto: string) => void;
  /** The same repository for another case: what either does from here on, the other does not see. */
  fork(now: () => number): Remote;
}

export interface Checkout {
  readonly repo: Repo;
  /** The tip it knows of. */
  readonly known: string;
  /** The commit that is checked out. */
  readonly head: string;
}

export function createRemote(files: Files, now: () => number): Remote {
  return remoteOf({ commits: new Map(), others: new Map() }, null, files, now);
}

interface Kept {
  readonly commits: Map<string, Commit>;
  /** The tips of the branches beside main. */
  readonly others: Map<string, string>;
}

function remoteOf({ commits, others }: Kept, at: string | null, files: Files, now: () => number): Remote {
  let tip = at ?? add([], files, 'begin').id;
  let awaySince: number | null = null;
  let aside: string | null = null;
  const tips = [{ commit: tip, at: Number.NEGATIVE_INFINITY }];

  function add(parents: readonly string[], content: Files, subject: string): Commit {
    const [parent = null] = parents;
    const hash = createHash('sha1').update(JSON.stringify([parent, content, subject, commits.size]));
    const made = { id: hash.digest('hex'), parents, files: content, subject };
    commits.set(made.id, made);
    return made;
  }

  function get(id: string): Commit {
    const found = commits.get(id);
    if (found === undefined) throw inputError('REF_UNKNOWN', `no commit ${id}`);
    return found;
  }

  function* line(from: string): Generator<Commit> {
    const open = [from];
    const seen = new Set<string>();
    for (let here = open.shift(); here !== undefined; here = open.shift()) {
      if (seen.has(here)) continue;
      seen.add(here);
      const commit = get(here);
      yield commit;
      open.push(...commit.parents);
    }
  }

  function moveTo(commit: string): void {
    tip = commit;
    tips.push({ commit, at: now() });
  }

  function contains(commit: string, ancestor: string): boolean {
    for (const one of line(commit)) if (one.id === ancestor) return true;
    return false;
  }

  const { branches, changedOn } = branchesOf({ tip: () => tip, moveTo, others, at: get, line, add });

  const remote: Remote = {
    get tip() {
      return tip;
    },
    get away() {
      return awaySince !== null;
    },
    set away(is: boolean) {
      awaySince = is ? (awaySince ?? now()) : null;
    },
    get awaySince() {
      return awaySince;
    },
    tipsSince: (time) =>
      tips.filter((_, index) => (tips[index + 1]?.at ?? Infinity) > time).map(({ commit }) => commit),
    line,
    branches,
    refusals: 0,
    closed: false,
    get aside() {
      return aside;
    },
    branch(subject, changed) {
      aside = add([tip], { ...get(tip).files, ...changed }, subject).id;
      return aside;
    },
    merge(subject, changed) {
      if (aside === null) return;
      moveTo(add([tip, aside], { ...get(tip).files, ...changed }, subject).id);
      aside = null;
    },
    pushed: () => {},
    fork: (clock) =>
      Object.assign(remoteOf({ commits: new Map(commits), others: new Map(others) }, tip, files, clock), {
        away: remote.away,
        refusals: remote.refusals,
        closed: remote.closed,
      }),
    commit(subject, changed) {
      moveTo(add([tip], { ...get(tip).files, ...changed }, subject).id);
      return tip;
    },
    at: get,
    has: (commit) => commits.has(commit),
    contains,
    checkout(before, at) {
      let known = remote.away && before !== null ? before : tip;
      const head = at ?? known;
      const touches = (commit: Commit, paths: readonly string[]) => {
        const before = commit.parents.length === 0 ? [{}] : commit.parents.map((parent): Files => get(parent).files);
        return before.every((old) => paths.some((path) => old[path] !== commit.files[path]));
      };
      const reachable = () => {
        if (remote.away) throw environmentError('GIT_FAILED', 'the remote does not answer');
      };
      const repo: Repo = {
        async resolve(ref) {
          if (ref === 'HEAD') return head;
          if (ref === 'origin/main' || ref === 'refs/remotes/origin/main') return known;
          if (ref.endsWith('~1')) return get(get(ref.slice(0, -2)).parents[0] ?? 'nothing').id;
          return get(ref).id;
        },
        remoteBranch: async () => ({ remote: 'origin', branch: 'main' }),
        defaultBranch: async () => ({ remote: 'origin', branch: 'main', ref: 'origin/main' }),
        read: async (commit, path) => get(commit).files[path] ?? null,
        files: async (commit, folder) => Object.keys(get(commit).files).filter((path) => path.startsWith(folder)),
        links: async () => new Map(),
        has: async (commit) => commits.has(commit),
        async sameAt(left, right, paths) {
          const [one, other] = [get(left).files, get(right).files];
          return paths.every((path) => one[path] === other[path]);
        },
        refs: async ({ branches }) => (matcher(branches)('main') ? [{ name: 'main', commit: known }] : []),
        contains: async (commit, ancestor) => contains(commit, ancestor),
        uncommitted: async () => [],
        ensureHistory: async () => true,
        async log(from, to, paths) {
          const found: { readonly commit: string; readonly subject: string }[] = [];
          const before = new Set([...line(from)].map((one) => one.id));
          for (const one of line(to)) {
            if (before.has(one.id)) continue;
            if (touches(one, paths)) found.push({ commit: one.id, subject: one.subject });
          }
          return found;
        },
        commitsSaying: async () => [],
        changedOn: async (commit, base) => changedOn(commit, base),
        tree: () => Promise.reject(new Error('nothing here is rendered from a folder')),
        async revert({ onto, paths, from, message }) {
          const [base, wanted] = [get(onto).files, get(from).files];
          const kept = Object.entries(base).filter(([path]) => !paths.includes(path));
          const restored = Object.entries(wanted).filter(([path]) => paths.includes(path));
          const content = Object.fromEntries([...kept, ...restored]);
          const paths_ = new Set([...Object.keys(base), ...Object.keys(content)]);
          if ([...paths_].every((path) => base[path] === content[path])) return null;
          return add([onto], content, message.split('\n')[0] ?? '').id;
        },
        async commitFiles({ onto, files: changed, message }) {
          const base = get(onto).files;
          const content = withChanged(base, Object.fromEntries(changed));
          if (changedSince(content, base).length === 0) return null;
          return add([onto], content, message.split('\n')[0] ?? '').id;
        },
        async fetch() {
          reachable();
          known = tip;
        },
        async fetchRefs(_remote, { branches }) {
          reachable();
          if (matcher(branches)('main')) known = tip;
        },
        async fetchCommit(_remote, commit) {
          if (!commits.has(commit)) reachable();
          return commits.has(commit);
        },
        async push(_remote, commit) {
          if (remote.away) throw environmentError('GIT_PUSH_FAILED', 'the remote does not answer');
          if (remote.refusals > 0 || remote.closed) {
            remote.refusals = Math.max(0, remote.refusals - 1);
            throw environmentError('GIT_PUSH_FAILED', 'a rule protects the branch');
          }
          if (!contains(commit, tip)) throw environmentError('GIT_PUSH_FAILED', 'not a fast-forward');
          const onto = tip;
          moveTo(commit);
          known = commit;
          remote.pushed(commit, onto);
        },
      };
      return {
        repo,
        head,
        get known() {
          return known;
        },
      };
    },
  };
  return remote;
}
