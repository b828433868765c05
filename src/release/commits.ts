/**
 * Which commits may be released; a rollback ignores the rule. `refs`: commits on the policy branch, on a branch that
 * matches a pattern, or of a tag that matches one.
 */
export type CommitRule =
  | { readonly allow: 'policyBranch' }
  | { readonly allow: 'any' }
  | { readonly allow: 'refs'; readonly branches: readonly string[]; readonly tags: readonly string[] };
