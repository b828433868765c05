/**
 * Which commits may be released. A rollback never asks. `refs`: those on the policy branch, on a branch that one of the
 * patterns names, and those of a tag that one names.
 */
export type CommitRule =
  | { readonly allow: 'policyBranch' }
  | { readonly allow: 'any' }
  | { readonly allow: 'refs'; readonly branches: readonly string[]; readonly tags: readonly string[] };

/**
 * Whether the name of a branch or tag, without `refs/heads/` or `refs/tags/`, is one of a pattern of `commits`: `*` is any
 * text without a slash, `**` any text, `?` one character that is no slash; all else stands for itself, in its case.
 */
export function refMatches(pattern: string, name: string): boolean {
  const tokens = pattern.match(/\*{2,}|[\s\S]/gu) ?? [];
  // Which beginnings of the pattern match the name up to here. A regular expression could take for ever over a name that
  // somebody chose to be slow.
  let reached = open(tokens, [true, ...tokens.map(() => false)]);
  for (const letter of name) {
    const next = reached.map((_, index) => {
      const [stay, before] = [tokens[index], index === 0 ? undefined : tokens[index - 1]];
      const stays = reached[index] === true && isStar(stay) && takes(stay, letter);
      const moves = before !== undefined && reached[index - 1] === true && !isStar(before) && takes(before, letter);
      return stays || moves;
    });
    reached = open(tokens, next);
  }
  return reached[tokens.length] === true;
}

/** A star matches no text as well: where its place is reached, so is the place behind it. */
function open(tokens: readonly string[], reached: readonly boolean[]): readonly boolean[] {
  const all = [...reached];
  for (const [index, token] of tokens.entries()) if (isStar(token) && all[index] === true) all[index + 1] = true;
  return all;
}

function isStar(token: string | undefined): token is string {
  return token?.startsWith('*') ?? false;
}

function takes(token: string, letter: string): boolean {
  if (token === '*' || token === '?') return letter !== '/';
  return token.startsWith('**') || token === letter;
}
