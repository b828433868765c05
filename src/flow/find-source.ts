import { folderOf, isKustomization, nameOf } from '../config/repository-path.ts';
import type { Source } from '../release/delivery.ts';
import { asError } from '../release/error.ts';
import type { InSource } from '../release/imported.ts';
import { stringAt } from '../release/json.ts';
import type { KubeObject } from '../release/ports.ts';
import type { Context } from './context.ts';
import { kustomizePaths } from './kustomize-paths.ts';

/** The places in the repository that render what a release writes. */
export interface FoundSource {
  /** The sources that render it. One source is a clear answer. */
  readonly sources: readonly Source[];
  /** Files that have the plan too, as a Rollout; and whether the only source does. */
  readonly rollouts: readonly string[];
  readonly rendersRollout: boolean;
  /** Other manifests beside the file that is the only source. */
  readonly beside: readonly string[];
  /** Kustomizations and charts that may render it and were not rendered, with the reason. */
  readonly untried: readonly Untried[];
}

interface Untried {
  readonly source: Source;
  readonly why: string;
}

/** What is looked for, at which commit. */
export interface SourceSearch {
  readonly commit: string;
  readonly its: InSource;
  /** Of the delivery; null where it is not known. */
  readonly namespace: string | null;
  /** Files that are no manifests: the config itself. */
  readonly not: readonly string[];
}

/** The most kustomizations that are built, because each build starts a program. */
const MOST_BUILDS = 24;

interface ManifestFile {
  readonly path: string;
  readonly objects: readonly KubeObject[];
}

/**
 * Searches a commit for the sources of a workload. Kustomizations are built, because a kustomization can change names. A
 * file counts when no kustomization reads it. Files that do not parse, such as templates of a chart, are skipped.
 */
export async function findSource(context: Context, search: SourceSearch): Promise<FoundSource> {
  const { commit, its, namespace } = search;
  const all = (await context.repo.files(commit, '')).filter((path) => !search.not.includes(path));
  const files = await manifestFiles(context, search, all);
  const holding = files.filter(({ objects }) => objects.some((one) => isWanted(one, search)));
  const { built, untried } = await overlays(context, search, { all, files });
  const rendered = atTheTop(nearest(built));
  const covered = new Set(built.flatMap(({ paths }) => paths));
  const alone = nearest(holding.filter(({ path }) => !covered.has(path)));
  const sources: readonly Source[] = [
    ...rendered.map(({ folder }): Source => ({ kind: 'kustomize', folder })),
    ...alone.map(({ path }): Source => ({ kind: 'files', patterns: [path] })),
  ];
  const [only, second] = [...rendered, ...alone];
  const chosen = second === undefined ? only : undefined;
  const file = chosen !== undefined && 'path' in chosen ? chosen.path : null;
  return {
    sources,
    rollouts: files.filter(({ objects }) => objects.some(its.hasPlan)).map(({ path }) => path),
    rendersRollout: chosen?.objects.some(its.hasPlan) ?? false,
    beside: file === null ? [] : files.filter((one) => besides(file, one)).map(({ path }) => path),
    untried: [...untried, ...charts(all)],
  };

  function nearest<T extends { readonly objects: readonly KubeObject[] }>(candidates: readonly T[]): readonly T[] {
    const named = candidates.filter(({ objects }) =>
      objects.some((one) => isWanted(one, search) && stringAt(one, 'metadata', 'namespace') === namespace),
    );
    return named.length > 0 ? named : candidates;
  }

  function besides(file: string, { path, objects }: ManifestFile): boolean {
    return path !== file && folderOf(path) === folderOf(file) && !objects.some(its.hasPlan);
  }
}

/** The charts, without those below charts/ of another. What they are rendered with is nowhere in the repository. */
function charts(all: readonly string[]): readonly Untried[] {
  const folders = all.filter((path) => nameOf(path) === 'Chart.yaml').map(folderOf);
  return folders
    .filter((folder) => !folders.some((other) => folder.startsWith(other === '' ? 'charts/' : `${other}/charts/`)))
    .map((folder) => ({
      source: { kind: 'helm', chart: folder || '.', values: [], release: 'NAME', kubeVersion: '', apiVersions: [] },
      why: 'write the release, and the files of values',
    }));
}

/** The files of Kubernetes objects, with their objects. */
async function manifestFiles(
  context: Context,
  { commit }: SourceSearch,
  all: readonly string[],
): Promise<readonly ManifestFile[]> {
  const paths = all.filter((path) => /\.(ya?ml|json)$/i.test(path) && !isKustomization(path));
  const texts = await Promise.all(paths.map(async (path) => ({ path, text: await context.repo.read(commit, path) })));
  return texts.flatMap(({ path, text }) => {
    // A text without `kind` is no manifest. Most YAML files of a repository have none.
    if (text === null || !/\bkind\b/.test(text)) return [];
    const objects = parsed(context, path, text);
    return objects === null ? [] : [{ path, objects }];
  });
}

/** Null when the text has no Kubernetes objects. */
function parsed(context: Context, file: string, text: string): readonly KubeObject[] | null {
  try {
    return context.parseManifests([{ file, text }]);
  } catch (error) {
    if (asError(error).family === 'input') return null;
    throw error;
  }
}

interface Overlay {
  readonly folder: string;
  readonly paths: readonly string[];
  readonly objects: readonly KubeObject[];
}

/** The kustomizations that render the workload, among those that read a manifest of its kind with a part of its name. */
async function overlays(
  context: Context,
  search: SourceSearch,
  { all, files }: { readonly all: readonly string[]; readonly files: readonly ManifestFile[] },
): Promise<{ readonly built: readonly Overlay[]; readonly untried: FoundSource['untried'] }> {
  const { commit, its } = search;
  const folders = all.filter(isKustomization).map(folderOf);
  const seeds = new Set(files.filter(({ objects }) => objects.some(its.mayBecome)).map(({ path }) => path));
  const candidates: { readonly folder: string; readonly paths: readonly string[] }[] = [];
  const links = await context.repo.links(commit);
  for (const folder of seeds.size === 0 ? [] : folders) {
    const paths = await kustomizePaths(context, folder, commit, { files: all, links });
    if (paths.some((path) => seeds.has(path))) candidates.push({ folder: folder || '.', paths });
  }
  if (candidates.length === 0) return { built: [], untried: [] };
  await using tree = await context.repo.tree(commit);
  const built: Overlay[] = [];
  const untried: Untried[] = candidates.slice(MOST_BUILDS).map(({ folder }) => ({
    source: { kind: 'kustomize', folder },
    why: `more than ${MOST_BUILDS} kustomizations may render it`,
  }));
  for (const { folder, paths } of candidates.slice(0, MOST_BUILDS)) {
    try {
      const text = await context.kustomize.build(`${tree.folder}/${folder}`, {
        tree: tree.folder,
        hosts: [],
        signal: context.signal,
      });
      const objects = context.parseManifests([{ file: folder, text }]);
      if (objects.some((one) => isWanted(one, search))) built.push({ folder, paths, objects });
    } catch (error) {
      const known = asError(error);
      if (known.family === 'bug' || context.signal.aborted) throw error;
      untried.push({ source: { kind: 'kustomize', folder }, why: known.message });
    }
  }
  return { built, untried };
}

/** The overlays that no other overlay reads. A base is rendered by its overlay. */
function atTheTop(built: readonly Overlay[]): readonly Overlay[] {
  const own = ({ folder, paths }: Overlay) =>
    paths.filter((path) => folderOf(path) === (folder === '.' ? '' : folder) && isKustomization(path));
  return built.filter(
    (one) => !built.some((other) => other !== one && own(one).some((path) => other.paths.includes(path))),
  );
}

/** Whether a manifest is the one that is looked for. Without a namespace it is applied to the delivery's namespace. */
function isWanted(object: KubeObject, { its, namespace }: SourceSearch): boolean {
  const own = stringAt(object, 'metadata', 'namespace');
  return its.isIts(object) && (own === null || namespace === null || namespace === '' || own === namespace);
}
