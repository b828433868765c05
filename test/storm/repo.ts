import { createHash } from 'node:crypto';
import { matcher } from '../../src/adapters/git/patterns.ts';
import { environmentError, inputError } from '../../src/release/error.ts';
import type { Repo } from '../../src/release/ports.ts';

export type Files = Readonly<Record<string, string>>;

export interface Commit {
  readonly id: string;
  readonly parent: string | null;
  readonly files: Files;
  readonly subject: string;
}

/** The remote and every object that was ever made. Its default branch is main. */
export interface Remote {
  readonly tip: string;
  /** Whether fetches and pushes fail. */
  away: boolean;
  /** So many of the next pushes are refused. */
  refusals: number;
  /** Somebody pushes a commit with these files (the others stay as they are). */
  commit(subject: string, files: Files): string;
  at(commit: string): Commit;
  /** Whether `ancestor` is `commit` or one of its ancestors. */
  contains(commit: string, ancestor: string): boolean;
  /** A fresh checkout of somebody who could fetch, or had fetched `known` before. */
  checkout(known: string | null): Checkout;
  /** Called for each push that was taken. */
  pushed: (commit: string) => void;
  /** The same repository for another case: what either does from here on, the other does not see. */
  fork(): Remote;
}

export interface Checkout {
  readonly repo: Repo;
  /** The tip it knows of. */
  readonly known: string;
}

export function createRemote(files: Files): Remote {
  return remoteOf(new Map(), null, files);
}

function remoteOf(commits: Map<string, Commit>, at: string | null, files: Files): Remote {
  let tip = at ?? add(null, files, 'begin').id;

  function add(parent: string | null, content: Files, subject: string): Commit {
    const hash = createHash('sha1').update(JSON.stringify([parent, content, subject, commits.size]));
    const made = { id: hash.digest('hex'), parent, files: content, subject };
    commits.set(made.id, made);
    return made;
  }

  function get(id: string): Commit {
    const found = commits.get(id);
    if (found === undefined) throw inputError('REF_UNKNOWN', `no commit ${id}`);
    return found;
  }

  function* line(from: string): Generator<Commit> {
    for (let here: string | null = from; here !== null; ) {
      const commit = get(here);
      yield commit;
      here = commit.parent;
    }
  }

  function contains(commit: string, ancestor: string): boolean {
    for (const one of line(commit)) if (one.id === ancestor) return true;
    return false;
  }

  const remote: Remote = {
    get tip() {
      return tip;
    },
    away: false,
    refusals: 0,
    pushed: () => {},
    fork: () => Object.assign(remoteOf(new Map(commits), tip, files), { away: remote.away, refusals: remote.refusals }),
    commit(subject, changed) {
      tip = add(tip, { ...get(tip).files, ...changed }, subject).id;
      return tip;
    },
    at: get,
    contains,
    checkout(before) {
      let known = remote.away && before !== null ? before : tip;
      const head = known;
      const touches = (commit: Commit, paths: readonly string[]) => {
        const old = commit.parent === null ? {} : get(commit.parent).files;
        return paths.some((path) => old[path] !== commit.files[path]);
      };
      const reachable = () => {
        if (remote.away) throw environmentError('GIT_FAILED', 'the remote does not answer');
      };
      const repo: Repo = {
        async resolve(ref) {
          if (ref === 'HEAD') return head;
          if (ref === 'origin/main' || ref === 'refs/remotes/origin/main') return known;
          return get(ref).id;
        },
        remoteBranch: async () => ({ remote: 'origin', branch: 'main' }),
        defaultBranch: async () => ({ remote: 'origin', branch: 'main', ref: 'origin/main' }),
        read: async (commit, path) => get(commit).files[path] ?? null,
        files: async (commit, folder) => Object.keys(get(commit).files).filter((path) => path.startsWith(folder)),
        has: async (commit) => commits.has(commit),
        async sameAt(left, right, paths) {
          const [one, other] = [get(left).files, get(right).files];
          return paths.every((path) => one[path] === other[path]);
        },
        refs: async ({ branches }) => (matcher(branches)('main') ? [{ name: 'main', commit: known }] : []),
        contains: async (commit, ancestor) => contains(commit, ancestor),
        ensureHistory: async () => true,
        async log(from, to, paths) {
          const found: { readonly commit: string; readonly subject: string }[] = [];
          for (const one of line(to)) {
            if (contains(from, one.id)) break;
            if (touches(one, paths)) found.push({ commit: one.id, subject: one.subject });
          }
          return found;
        },
        tree: () => Promise.reject(new Error('nothing here is rendered from a folder')),
        async revert({ onto, paths, from, message }) {
          const [base, wanted] = [get(onto).files, get(from).files];
          const kept = Object.entries(base).filter(([path]) => !paths.includes(path));
          const restored = Object.entries(wanted).filter(([path]) => paths.includes(path));
          const content = Object.fromEntries([...kept, ...restored]);
          const paths_ = new Set([...Object.keys(base), ...Object.keys(content)]);
          if ([...paths_].every((path) => base[path] === content[path])) return null;
          return add(onto, content, message.split('\n')[0] ?? '').id;
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
          if (remote.refusals > 0) {
            remote.refusals -= 1;
            throw environmentError('GIT_PUSH_FAILED', 'a rule protects the branch');
          }
          if (!contains(commit, tip)) throw environmentError('GIT_PUSH_FAILED', 'not a fast-forward');
          tip = commit;
          known = commit;
          remote.pushed(commit);
        },
      };
      return {
        repo,
        get known() {
          return known;
        },
      };
    },
  };
  return remote;
}
