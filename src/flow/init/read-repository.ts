import { folderOf, isBelow, isKustomization, nameOf } from '../../config/repository-path.ts';
import { KUBE_VERSION } from '../../policy/source.ts';
import type { HelmSource } from '../../release/delivery.ts';
import { asError, type StepgateError } from '../../release/error.ts';
import type { KubeObject } from '../../release/ports.ts';
import type { Context } from '../context.ts';
import { kustomizePaths } from '../kustomize-paths.ts';
import { manifestsAt } from '../source.ts';
import { chartFolders } from './charts.ts';
import type { Found, LeftOut, ManifestFile, Unit } from './found.ts';
import { labelFrom } from './names.ts';

/** How many kustomizations are built at once. Each is a program. */
const BUILDS_AT_ONCE = 2;

/**
 * Reads every manifest of a commit: plain files, charts, and the kustomizations that no other one reads, as they render. What does not
 * parse or build is left out, with the reason. `not`: files that are no manifests. `namespace`: where charts are installed.
 */
export async function readRepository(
  context: Context,
  {
    commit,
    not,
    namespace,
  }: { readonly commit: string; readonly not: readonly string[]; readonly namespace: string | null },
): Promise<Found> {
  const paths = (await context.repo.files(commit, '')).filter((path) => !not.includes(path));
  const charts = chartFolders(paths);
  const outside = paths.filter((path) => !charts.some((folder) => isBelow(path, folder)));
  const tops = await topKustomizations(context, commit, outside);
  const covered = new Set(tops.flatMap((one) => one.paths));
  const { files, leftOut } = await manifestFiles(
    context,
    commit,
    outside.filter((path) => !covered.has(path) && !isHidden(path)),
  );
  const built = await builtUnits(
    context,
    commit,
    tops.map(({ folder }) => folder),
  );
  const installed = await chartUnits(context, { commit, charts, namespace });
  return {
    commit,
    paths,
    files,
    rendered: [...built.units, ...installed.units],
    leftOut: [...installed.leftOut, ...built.leftOut, ...leftOut],
  };
}

/** Folders such as .github have no manifests, and YAML that may look like one. */
function isHidden(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.'));
}

interface Top {
  readonly folder: string;
  /** Every file that it reads. */
  readonly paths: readonly string[];
}

/** The kustomizations that no other one reads. A component is only rendered by what names it. */
async function topKustomizations(context: Context, commit: string, paths: readonly string[]): Promise<readonly Top[]> {
  const links = await context.repo.links(commit);
  const files = paths.filter((path) => isKustomization(path) && !isHidden(path));
  const all: (Top & { readonly file: string; readonly isComponent: boolean })[] = [];
  for (const file of files) {
    const folder = folderOf(file);
    const text = await context.repo.read(commit, file);
    const isComponent = /^kind:\s*["']?Component\b/m.test(text ?? '');
    all.push({
      file,
      folder,
      isComponent,
      paths: await kustomizePaths(context, folder, commit, { files: paths, links }),
    });
  }
  const read = (one: (typeof all)[number]) => all.some((other) => other !== one && other.paths.includes(one.file));
  return all.filter((one) => !one.isComponent && !read(one));
}

async function builtUnits(
  context: Context,
  commit: string,
  folders: readonly string[],
): Promise<{ readonly units: readonly Unit[]; readonly leftOut: readonly LeftOut[] }> {
  if (folders.length === 0) return { units: [], leftOut: [] };
  await using tree = await context.repo.tree(commit);
  const made: (Unit | LeftOut)[] = [];
  for (let start = 0; start < folders.length; start += BUILDS_AT_ONCE) {
    const some = folders.slice(start, start + BUILDS_AT_ONCE);
    made.push(...(await Promise.all(some.map((folder) => built(folder === '' ? '.' : folder)))));
  }
  return {
    units: made.filter((one) => 'source' in one),
    leftOut: made.filter((one) => 'why' in one),
  };

  async function built(folder: string): Promise<Unit | LeftOut> {
    try {
      const options = { tree: tree.folder, hosts: [], signal: context.signal };
      const text = await context.kustomize.build(`${tree.folder}/${folder}`, options);
      const objects = context.parseManifests([{ file: folder, text }]);
      return { source: { kind: 'kustomize', folder }, path: folder, objects };
    } catch (thrown) {
      const error = asError(thrown);
      if (error.family === 'bug' || context.signal.aborted) throw thrown;
      return { what: 'a kustomization', path: folder, why: words(error) };
    }
  }
}

/** Charts as helm renders them with their own values. Without a namespace none is rendered, because templates see it. */
async function chartUnits(
  context: Context,
  {
    commit,
    charts,
    namespace,
  }: { readonly commit: string; readonly charts: readonly string[]; readonly namespace: string | null },
): Promise<{ readonly units: readonly Unit[]; readonly leftOut: readonly LeftOut[] }> {
  const units: Unit[] = [];
  const leftOut: LeftOut[] = [];
  for (const folder of charts) {
    const chart = folder === '' ? '.' : folder;
    const leave = (why: string) => leftOut.push({ what: 'a Helm chart', path: chart, why });
    const file = folder === '' ? 'Chart.yaml' : `${folder}/Chart.yaml`;
    const isLibrary = /^type:\s*["']?library\b/m.test((await context.repo.read(commit, file)) ?? '');
    if (isLibrary) continue;
    if (namespace === null) {
      leave('its templates see the namespace in which it is installed: run init again with --namespace');
      continue;
    }
    const release = labelFrom(nameOf(folder)) || 'app';
    const source: HelmSource = { kind: 'helm', chart, values: [], release, kubeVersion: KUBE_VERSION, apiVersions: [] };
    try {
      units.push({
        source,
        path: chart,
        objects: await manifestsAt(context, { name: release, namespace, source }, commit),
      });
    } catch (thrown) {
      const error = asError(thrown);
      if (error.family === 'bug' || context.signal.aborted) throw thrown;
      leave(words(error));
    }
  }
  return { units, leftOut };
}

async function manifestFiles(
  context: Context,
  commit: string,
  paths: readonly string[],
): Promise<{ readonly files: readonly ManifestFile[]; readonly leftOut: readonly LeftOut[] }> {
  const wanted = paths.filter((path) => /\.(ya?ml|json)$/i.test(path));
  const texts = await Promise.all(wanted.map(async (path) => ({ path, text: await context.repo.read(commit, path) })));
  const files: ManifestFile[] = [];
  const leftOut: LeftOut[] = [];
  for (const { path, text } of texts) {
    // Most YAML and JSON of a repository is no manifest.
    if (text === null || !/\bapiVersion\b/.test(text) || !/\bkind\b/.test(text)) continue;
    const objects = parsed(context, path, text);
    if ('why' in objects) leftOut.push(objects);
    else if (objects.list.length > 0) files.push({ path, objects: objects.list });
  }
  return { files, leftOut };
}

function parsed(context: Context, file: string, text: string): { readonly list: readonly KubeObject[] } | LeftOut {
  try {
    return { list: context.parseManifests([{ file, text }]) };
  } catch (thrown) {
    const error = asError(thrown);
    if (error.family !== 'input') throw thrown;
    return { what: 'a manifest', path: file, why: words(error) };
  }
}

function words({ message, hint, at }: StepgateError): string {
  const place = at?.line === null || at === null ? '' : `line ${at.line}: `;
  return `${place}${message}${hint === null ? '' : `; ${hint}`}`;
}
