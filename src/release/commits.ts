/**
 * Which commits may be released. A rollback never asks. `refs`: those on the policy branch, on a branch that one of the
 * patterns names, and those of a tag that one names.
 */
export type CommitRule =
  | { readonly allow: 'policyBranch' }
  | { readonly allow: 'any' }
  | { readonly allow: 'refs'; readonly branches: readonly string[]; readonly tags: readonly string[] };
