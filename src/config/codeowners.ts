import ignore from 'ignore';

/** Where GitHub looks for the file, in its order: the first one that exists counts. */
export const codeownersPaths: readonly string[] = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'];

/** GitHub reads no larger file. */
const LARGEST_FILE = 3 * 1024 * 1024;

/**
 * The owners of paths by the text of a CODEOWNERS file: logins and teams (`acme/sre`) without @. For each path the last line
 * whose pattern matches counts, and a line without owners takes the owners away. Addresses of mail are left out, because
 * only the forge knows whose they are. Patterns are those of .gitignore, without negation and character ranges, as GitHub
 * documents them.
 */
export function ownersOf(text: string, paths: readonly string[]): readonly string[] {
  if (text.length > LARGEST_FILE) return [];
  const lines = text.split(/\r\n|\n|\r/).flatMap((line) => {
    const [pattern, ...owners] = line
      .replace(/(^|\s)#.*$/, '')
      .split(/\s+/)
      .filter((part) => part !== '');
    if (pattern === undefined || /^!|[[\]]/.test(pattern)) return [];
    return [{ matcher: ignore({ allowRelativePaths: true }).add(pattern), owners }];
  });
  const found = new Set<string>();
  for (const path of paths) {
    const last = lines.findLast(({ matcher }) => matcher.ignores(path));
    for (const owner of last?.owners ?? []) if (owner.startsWith('@')) found.add(owner.slice(1));
  }
  return [...found];
}
