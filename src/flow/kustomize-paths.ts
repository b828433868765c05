import { followLinks } from '../config/links.ts';
import { kustomizations } from '../config/repository-path.ts';
import { submodulesIn, whyNoKustomization } from '../config/strange-file.ts';
import { type Path, readYaml } from '../config/yaml.ts';
import { type Place, throwProblems } from '../release/error.ts';
import type { Repo } from '../release/ports.ts';
import type { Context } from './context.ts';
import { type CommitFiles, commitFiles } from './linked.ts';
import { hasFolder } from './matching.ts';

/** Throws SOURCE_INVALID if a source's folder has no kustomization file, which kustomize's own message does not say. */
export async function refuseNoKustomization(
  repo: Repo,
  {
    name,
    commit,
    folder,
    place,
  }: {
    /** Whose source it is, for the message. */
    readonly name: string;
    readonly commit: string;
    readonly folder: string;
    /** Where a key of the source stands in the config. */
    place(...path: Path): Place | null;
  },
): Promise<void> {
  const all = await commitFiles(repo, commit);
  if (hasKustomization(all, folder)) return;
  const modules = submodulesIn(await repo.read(commit, '.gitmodules'));
  const message = `${name}: there is no kustomization in ${folder} at ${commit.slice(0, 10)}`;
  const hint = whyNoKustomization(folder, { all: all.files, modules });
  throwProblems([{ code: 'SOURCE_INVALID', message, hint, at: place('kustomize') }]);
}

function hasKustomization({ files, links }: CommitFiles, folder: string): boolean {
  return kustomizations.some((name) => {
    const followed = followLinks(links, `${folder}/${name}`);
    return followed.is === 'inside' && files.includes(followed.path);
  });
}

/**
 * The folder of a kustomization, and every local folder and file that it names, directly, through another one or by a link. The
 * links on the way are paths too.
 */
export async function kustomizePaths(
  context: Context,
  folder: string,
  commit: string,
  { files, links }: CommitFiles,
): Promise<readonly string[]> {
  const all = new Set(files);
  const found = new Set<string>();
  const visited = new Set<string>();
  const open: string[] = [];
  /** Adds a file, or a folder to read, wherever the links lead. */
  const add = (path: string) => {
    const followed = followLinks(links, path);
    if (followed.is === 'refused') return;
    for (const link of followed.through) found.add(link);
    if (all.has(followed.path)) found.add(followed.path);
    else open.push(followed.path);
  };
  add(folder);
  for (let here = open.pop(); here !== undefined; here = open.pop()) {
    const prefix = here === '' ? '' : `${here}/`;
    const isThere = here === '' || hasFolder(files, here) || [...links.keys()].some((link) => link.startsWith(prefix));
    if (visited.has(here) || !isThere) continue;
    visited.add(here);
    const isHere = (path: string) => path.startsWith(prefix) && !path.slice(prefix.length).includes('/');
    for (const path of files) if (isHere(path)) found.add(path);
    for (const link of links.keys()) {
      const followed = isHere(link) ? followLinks(links, link) : null;
      if (followed?.is !== 'inside' || !all.has(followed.path)) continue;
      for (const path of [followed.path, ...followed.through]) found.add(path);
    }
    for (const name of kustomizations) {
      const named = followLinks(links, `${prefix}${name}`);
      const text = named.is === 'inside' ? await context.repo.read(commit, named.path) : null;
      if (text === null) continue;
      for (const reference of references(`${prefix}${name}`, text)) add(`${prefix}${reference}`);
    }
  }
  return [...found];
}

/** Keys of a kustomization whose values are names or contents, never paths. */
const noPaths = new Set([
  'namespace',
  'namePrefix',
  'nameSuffix',
  'labels',
  'commonLabels',
  'commonAnnotations',
  'images',
  'target',
]);

/** Every string in a kustomization that could be a path. Other strings do no harm, because the commit has no file of that name. */
function references(file: string, text: string): readonly string[] {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === 'string') {
      // `key=path` in a generator's files.
      found.push(value, ...(value.includes('=') ? [value.slice(value.indexOf('=') + 1)] : []));
    } else if (Array.isArray(value)) {
      value.forEach(visit);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) if (!noPaths.has(key)) visit(inner);
    }
  };
  for (const { value } of readYaml({ file, text }).documents) visit(value);
  return found;
}
