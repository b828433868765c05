/** Where a path leads when every symbolic link on it is followed; `through` has these links. */
export type Followed =
  | { readonly is: 'inside'; readonly path: string; readonly through: readonly string[] }
  | { readonly is: 'refused'; readonly link: string; readonly why: string };

/** As many as Linux follows. */
const MOST_LINKS = 40;
const LONGEST_TARGET = 4096;

/**
 * Follows the links of a repository, by their paths and targets, as a file system does: `..` is the folder above the one that a link
 * led to. Nothing is read, and whether there is anything at the end is not known here.
 */
export function followLinks(links: ReadonlyMap<string, string>, path: string): Followed {
  const ahead = path.split('/').reverse();
  const here: string[] = [];
  const through: string[] = [];
  const refused = (why: string): Followed => ({ is: 'refused', link: through.at(-1) ?? path, why });
  for (let part = ahead.pop(); part !== undefined; part = ahead.pop()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (here.pop() === undefined) return refused('leads out of the repository');
      continue;
    }
    here.push(part);
    const name = here.join('/');
    const target = links.get(name);
    if (target === undefined) continue;
    through.push(name);
    if (target.startsWith('/')) return refused('leads out of the repository');
    if (target === '' || target.length > LONGEST_TARGET) return refused('leads nowhere');
    if (through.length > MOST_LINKS) return refused('leads to itself, or over too many other links');
    here.pop();
    ahead.push(...target.split('/').reverse());
  }
  return { is: 'inside', path: here.join('/'), through };
}
