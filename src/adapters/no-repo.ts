import type { StepgateError } from '../release/error.ts';
import type { Repo } from '../release/ports.ts';

/**
 * Stands for a repository that is not there, for commands that can do without one: whatever asks for something of it gets
 * the reason why there is none.
 */
export function noRepo(why: StepgateError): Repo {
  const refuse = () => Promise.reject(why);
  return {
    resolve: refuse,
    defaultBranch: refuse,
    remoteBranch: refuse,
    read: refuse,
    files: refuse,
    has: refuse,
    contains: refuse,
    sameAt: refuse,
    ensureHistory: refuse,
    fetchCommit: refuse,
    refs: refuse,
    fetchRefs: refuse,
    log: refuse,
    tree: refuse,
    revert: refuse,
    fetch: refuse,
    push: refuse,
  };
}
