import type { Source } from '../release/delivery.ts';
import { asError } from '../release/error.ts';
import { stringAt } from '../release/json.ts';
import { isOf } from '../release/kinds.ts';
import type { Kind, KubeObject, ObjectRef } from '../release/ports.ts';
import type { Context } from './context.ts';
import { kustomizations, kustomizePaths } from './source.ts';

/** Where a workload's manifest lies in the repository. */
export interface FoundSource {
  /** What renders the workload: one where it is clear which. */
  readonly sources: readonly Source[];
  /** Files that have a manifest of the Rollout, and whether the only source has one too. */
  readonly rollouts: readonly string[];
  readonly rendersRollout: boolean;
  /** Other manifests beside the file that is the only source. */
  readonly beside: readonly string[];
  /** Kustomizations that may render it, and why that was not tried or did not work. */
  readonly untried: readonly { readonly folder: string; readonly why: string }[];
}

/** What is looked for, at which commit. */
export interface SourceSearch {
  readonly commit: string;
  readonly workload: ObjectRef;
  readonly rollout: { readonly kind: Kind; readonly name: string };
  /** Files that are no manifests: the config itself. */
  readonly not: readonly string[];
}

/** Each build starts a program, so a repository with hundreds of overlays is not built through. */
const MOST_BUILDS = 24;

interface ManifestFile {
  readonly path: string;
  readonly objects: readonly KubeObject[];
}

/**
 * Searches a commit for what renders a workload: kustomizations are built, for a name may be put together, and else the file
 * with its manifest. What does not parse, such as the templates of a chart, is passed over.
 */
export async function findSource(context: Context, search: SourceSearch): Promise<FoundSource> {
  const { commit, workload, rollout } = search;
  const all = (await context.repo.files(commit, '')).filter((path) => !search.not.includes(path));
  const files = await manifestFiles(context, search, all);
  const holding = files.filter(({ objects }) => objects.some((one) => isWorkload(one, workload)));
  const { built, untried } = await overlays(context, search, { all, files });
  const rendered = atTheTop(nearest(built, workload.namespace));
  const covered = new Set(built.flatMap(({ paths }) => paths));
  const alone = nearest(
    holding.filter(({ path }) => !covered.has(path)),
    workload.namespace,
  );
  const sources: readonly Source[] = [
    ...rendered.map(({ folder }): Source => ({ kind: 'kustomize', folder })),
    ...alone.map(({ path }): Source => ({ kind: 'files', patterns: [path] })),
  ];
  const [only, second] = [...rendered, ...alone];
  const isRollout = (one: KubeObject) => isOf(rollout.kind, one) && stringAt(one, 'metadata', 'name') === rollout.name;
  const chosen = second === undefined ? only : undefined;
  const file = chosen !== undefined && 'path' in chosen ? chosen.path : null;
  return {
    sources,
    rollouts: files.filter(({ objects }) => objects.some(isRollout)).map(({ path }) => path),
    rendersRollout: chosen?.objects.some(isRollout) ?? false,
    beside: file === null ? [] : files.filter((one) => besides(file, one)).map(({ path }) => path),
    untried,
  };

  function nearest<T extends { readonly objects: readonly KubeObject[] }>(
    candidates: readonly T[],
    namespace: string | null,
  ): readonly T[] {
    const named = candidates.filter(({ objects }) =>
      objects.some((one) => isWorkload(one, workload) && stringAt(one, 'metadata', 'namespace') === namespace),
    );
    return named.length > 0 ? named : candidates;
  }

  function besides(file: string, { path, objects }: ManifestFile): boolean {
    return path !== file && folderOf(path) === folderOf(file) && !objects.some(isRollout);
  }
}

/** The files that are YAML of Kubernetes objects, with these. */
async function manifestFiles(
  context: Context,
  { commit }: SourceSearch,
  all: readonly string[],
): Promise<readonly ManifestFile[]> {
  const paths = all.filter((path) => /\.(ya?ml|json)$/i.test(path) && !kustomizations.includes(nameOf(path)));
  const texts = await Promise.all(paths.map(async (path) => ({ path, text: await context.repo.read(commit, path) })));
  return texts.flatMap(({ path, text }) => {
    // What has no kind is no manifest; most YAML of a repository is none.
    if (text === null || !/\bkind\b/.test(text)) return [];
    const objects = parsed(context, path, text);
    return objects === null ? [] : [{ path, objects }];
  });
}

/** Null where the text is none of Kubernetes objects. */
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
  { commit, workload }: SourceSearch,
  { all, files }: { readonly all: readonly string[]; readonly files: readonly ManifestFile[] },
): Promise<{ readonly built: readonly Overlay[]; readonly untried: FoundSource['untried'] }> {
  const folders = all.filter((path) => kustomizations.includes(nameOf(path))).map(folderOf);
  const seeds = new Set(
    files.filter(({ objects }) => objects.some((one) => mayBecome(one, workload))).map(({ path }) => path),
  );
  const candidates: { readonly folder: string; readonly paths: readonly string[] }[] = [];
  for (const folder of seeds.size === 0 ? [] : folders) {
    const paths = await kustomizePaths(context, folder, commit, all);
    if (paths.some((path) => seeds.has(path))) candidates.push({ folder: folder || '.', paths });
  }
  if (candidates.length === 0) return { built: [], untried: [] };
  await using tree = await context.repo.tree(commit);
  const built: Overlay[] = [];
  const untried = candidates
    .slice(MOST_BUILDS)
    .map(({ folder }) => ({ folder, why: `more than ${MOST_BUILDS} kustomizations may render it` }));
  for (const { folder, paths } of candidates.slice(0, MOST_BUILDS)) {
    try {
      const text = await context.kustomize.build(`${tree.folder}/${folder}`);
      const objects = context.parseManifests([{ file: folder, text }]);
      if (objects.some((one) => isWorkload(one, workload))) built.push({ folder, paths, objects });
    } catch (error) {
      const known = asError(error);
      if (known.family === 'bug' || context.signal.aborted) throw error;
      untried.push({ folder, why: known.message });
    }
  }
  return { built, untried };
}

/** Without those that another one reads: a base is rendered by its overlay. */
function atTheTop(built: readonly Overlay[]): readonly Overlay[] {
  const own = ({ folder, paths }: Overlay) =>
    paths.filter((path) => folderOf(path) === (folder === '.' ? '' : folder) && kustomizations.includes(nameOf(path)));
  return built.filter(
    (one) => !built.some((other) => other !== one && own(one).some((path) => other.paths.includes(path))),
  );
}

/** The workload, wherever it is put: a manifest without a namespace goes to the delivery's. */
function isWorkload(object: KubeObject, { kind, namespace, name }: ObjectRef): boolean {
  const own = stringAt(object, 'metadata', 'namespace');
  const there = own === null || namespace === null || namespace === '' || own === namespace;
  return isOf(kind, object) && there && stringAt(object, 'metadata', 'name') === name;
}

/** A kustomization may put something before and behind a name, and set the namespace. */
function mayBecome(object: KubeObject, { kind, name }: ObjectRef): boolean {
  return isOf(kind, object) && name.includes(stringAt(object, 'metadata', 'name') ?? name);
}

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
