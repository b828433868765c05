import type { StepgateError } from '../release/error.ts';
import type { Repo } from '../release/ports.ts';

/**
 * A missing repository, for commands that also work without one. Every method rejects with the reason why it is missing.
 */
export function noRepo(why: StepgateError): Repo {
  const refuse = () => Promise.reject(why);
  return {
    resolve: refuse,
    defaultBranch: refuse,
    remoteBranch: refuse,
    read: refuse,
    files: refuse,
    uncommitted: refuse,
    links: refuse,
    has: refuse,
    contains: refuse,
    sameAt: refuse,
    ensureHistory: refuse,
    fetchCommit: refuse,
    refs: refuse,
    fetchRefs: refuse,
    log: refuse,
    commitsSaying: refuse,
    changedOn: refuse,
    tree: refuse,
    revert: refuse,
    commitFiles: refuse,
    fetch: refuse,
    push: refuse,
  };
}
