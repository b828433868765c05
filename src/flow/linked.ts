import { followLinks } from '../config/links.ts';
import { pathMatcher } from '../config/path-pattern.ts';
import type { Repo } from '../release/ports.ts';
import { folderOf, hasFolder, matching } from './matching.ts';

/** The files and the symbolic links of a commit. */
export interface CommitFiles {
  readonly files: readonly string[];
  /** Targets, as they are written, by the path of the link. */
  readonly links: ReadonlyMap<string, string>;
}

/** What patterns find in a commit. */
export interface Matches {
  /** The files, in their order. A file that is found twice, by its name and by links, is there once. */
  readonly files: readonly string[];
  /** The links on the way to them. */
  readonly links: readonly string[];
  /** Patterns that find nothing, and links that they find and that lead to nothing in the repository. */
  readonly wrong: readonly Wrong[];
}

export interface Wrong {
  /** The place of the pattern among the patterns. */
  readonly index: number;
  readonly link?: { readonly path: string; readonly why: string };
}

/** More folders than links of any repository lead to. */
const MOST_FOLDERS = 1_000;

export async function commitFiles(repo: Pick<Repo, 'files' | 'links'>, commit: string): Promise<CommitFiles> {
  const [files, links] = await Promise.all([repo.files(commit, ''), repo.links(commit)]);
  return { files, links };
}

/**
 * The files that match patterns, also by links to files and to folders. As in a shell, `**` stands for no folder that is a link, and
 * a link to a folder is followed where the pattern has a name or a part with `*` for it.
 */
export function matchingWithLinks(commit: CommitFiles, patterns: readonly string[]): Matches {
  const named = matching(commit.files, patterns);
  const linked = new Set<string>();
  const links = new Set<string>();
  const wrong: Wrong[] = [];
  for (const [index, pattern] of patterns.entries()) {
    const found = commit.links.size === 0 ? nothing : throughLinks(commit, pattern);
    for (const one of found.files) linked.add(one);
    for (const one of found.links) links.add(one);
    wrong.push(...found.refused.map((link) => ({ index, link })));
    const isEmpty = found.files.length + found.refused.length === 0 && matching(commit.files, [pattern]).length === 0;
    if (isEmpty) wrong.push({ index });
  }
  if (linked.size === 0) return { files: named, links: [...links], wrong };
  for (const one of named) linked.add(one);
  return { files: commit.files.filter((path) => linked.has(path)), links: [...links], wrong };
}

interface Found {
  readonly files: readonly string[];
  readonly links: readonly string[];
  readonly refused: readonly { readonly path: string; readonly why: string }[];
}

const nothing: Found = { files: [], links: [], refused: [] };

/** What a pattern finds through at least one link. */
function throughLinks({ files, links }: CommitFiles, pattern: string): Found {
  const all = new Set(files);
  const found = { files: [] as string[], links: [] as string[] };
  const refused = new Map<string, string>();
  let folders = 0;

  /** Searches a folder for the rest of the pattern. `way`: the links that led to it. */
  const search = (folder: string, rest: readonly string[], way: readonly string[]) => {
    folders += 1;
    const prefix = folder === '' ? '' : `${folder}/`;
    const isWanted = pathMatcher(rest.join('/'));
    const literal = `${prefix}${folderOf(rest.join('/'))}`;
    if (way.length > 0) {
      const hits = files.filter((path) => path.startsWith(prefix) && isWanted(path.slice(prefix.length)));
      found.files.push(...hits);
      if (hits.length > 0) found.links.push(...way);
    }
    for (const link of links.keys()) {
      if (!link.startsWith(prefix) || !(link.startsWith(literal) || literal.startsWith(`${link}/`))) continue;
      const parts = link.slice(prefix.length).split('/');
      const start = rest.slice(0, parts.length);
      const isWhole = isWanted(parts.join('/'));
      const isStart =
        parts.length < rest.length && !start.includes('**') && pathMatcher(start.join('/'))(parts.join('/'));
      if (isWhole || isStart) follow(link, { isWhole, rest: rest.slice(parts.length), way });
    }
  };

  const follow = (
    link: string,
    { isWhole, rest, way }: { isWhole: boolean; rest: readonly string[]; way: readonly string[] },
  ) => {
    const followed = followLinks(links, link);
    if (followed.is === 'refused') {
      refused.set(followed.link, followed.why);
      return;
    }
    const isFolder = followed.path === '' || hasFolder(files, followed.path);
    if (!isFolder && !all.has(followed.path)) {
      refused.set(link, 'leads to nothing in the repository');
    } else if (!isFolder && isWhole) {
      found.files.push(followed.path);
      found.links.push(...way, ...followed.through);
    } else if (isFolder && !isWhole && folders >= MOST_FOLDERS) {
      refused.set(link, 'is one of too many that lead to folders');
    } else if (isFolder && !isWhole) {
      search(followed.path, rest, [...way, ...followed.through]);
    }
  };

  search('', pattern.split('/'), []);
  return { ...found, refused: [...refused].map(([path, why]) => ({ path, why })) };
}
