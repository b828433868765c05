import { followLinks } from '../config/links.ts';
import { isBelow } from '../config/repository-path.ts';
import { namedProblems, submodulesIn, whyNothing } from '../config/strange-file.ts';
import type { Path, TextFile } from '../config/yaml.ts';
import { placeOf, withSamePlaces } from '../policy/places.ts';
import { titleOf } from '../release/change.ts';
import type { Delivery, Resolved, Source } from '../release/delivery.ts';
import {
  type InputProblem,
  inputError,
  isInputError,
  type Place,
  StepgateError,
  throwProblems,
} from '../release/error.ts';
import { canonical, stringAt } from '../release/json.ts';
import { withMarks } from '../release/owner.ts';
import type { KubeObject } from '../release/ports.ts';
import type { Rendered } from '../release/target.ts';
import { wholeOf } from '../release/whole.ts';
import type { Context } from './context.ts';
import { kustomizePaths, refuseNoKustomization } from './kustomize-paths.ts';
import { type CommitFiles, commitFiles, matchingWithLinks, type Wrong } from './linked.ts';
import { configAt, withHistory } from './load.ts';
import { readFiles } from './read-files.ts';

/**
 * The delivery with the source paths of the commit's own config, or else of the policy. So manifests that were moved
 * later are found at their old paths.
 */
async function withSourceAt(context: Context, delivery: Delivery, commit: string): Promise<Delivery> {
  const config = await configAt(context, commit);
  const own = config?.deliveries.find((one) => one.name === delivery.name);
  return own === undefined ? delivery : withSamePlaces({ ...delivery, source: own.source }, own);
}

/**
 * Whether the configs of two commits name different paths for a delivery's source. `alone`: they differ in nothing else.
 */
export async function sourceMoved(
  context: Context,
  { name }: Delivery,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<'no' | 'alone' | 'yes'> {
  const [before, after] = await Promise.all([configAt(context, from), configAt(context, to)]);
  const sourceIn = (config: Resolved | null) => config?.deliveries.find((one) => one.name === name)?.source;
  const [left, right] = [sourceIn(before), sourceIn(after)];
  if (left === undefined || right === undefined || JSON.stringify(left) === JSON.stringify(right)) return 'no';
  const rest = (config: Resolved | null) =>
    JSON.stringify(
      { ...config, deliveries: config?.deliveries.map((one) => (one.name === name ? { ...one, source: null } : one)) },
      (_, value: unknown) => (value instanceof Map ? [...value] : value),
    );
  return rest(before) === rest(after) ? 'alone' : 'yes';
}

/** The source of a delivery at a commit. */
export async function sourceAt(context: Context, delivery: Delivery, commit: string): Promise<Source> {
  return (await withSourceAt(context, delivery, commit)).source;
}

/** The source of a delivery at a commit, and the objects that it has. */
interface Manifests {
  readonly source: Source;
  readonly manifests: readonly KubeObject[];
}

/** How many sources a run keeps. A command reads a source a few times in a row. Those of thousands of deliveries would fill the memory. */
const KEPT = 16;

/** The sources that a run has read last: those of a commit never change, and kustomize or helm may take a second to render one. */
const kept = new WeakMap<Context, Map<string, Promise<Manifests>>>();

/** Reads a source once in a run. Throws SOURCE_INVALID, SOURCE_UNSTABLE, or the errors of the YAML. */
export async function manifestsOf(context: Context, delivery: Delivery, commit: string): Promise<Manifests> {
  const from = await withSourceAt(context, delivery, commit);
  const known = kept.get(context) ?? new Map<string, Promise<Manifests>>();
  kept.set(context, known);
  const key = JSON.stringify([commit, from.name, from.namespace, from.source, from.fetch ?? []]);
  const made = known.get(key) ?? read();
  // An entry that is used moves to the end, so the first one is the one that was not used for longest.
  known.delete(key);
  known.set(key, made);
  for (const oldest of known.keys()) {
    if (known.size <= KEPT) break;
    known.delete(oldest);
  }
  made.catch(() => known.delete(key));
  return made;

  async function read(): Promise<Manifests> {
    const place = (...path: Path) => placeOf(from, ['source', ...path]);
    return {
      source: from.source,
      manifests: await withHistory(context, () => manifestsAt(context, from, commit, place)),
    };
  }
}

/** What a delivery's source renders to at a commit. Throws SOURCE_INVALID, SOURCE_UNSTABLE, or the errors of the YAML. */
export async function renderAt(
  context: Context,
  delivery: Delivery,
  commit: string,
  attempt: number,
): Promise<Rendered> {
  const { manifests } = await manifestsOf(context, delivery, commit);
  const target = context.targets.of(delivery);
  const rendered = target.render(delivery, commit, manifests, attempt);
  // Computed before the marks are added: a mark names the commit, so it differs with every commit.
  const release = { ...rendered.release, whole: wholeOf(target, delivery, rendered) };
  return withMarks(delivery, { ...rendered, release });
}

/** The objects of a source at a commit. `name` says in messages whose it is, `place` where a key of the source stands. */
export async function manifestsAt(
  context: Context,
  { name, namespace, source, fetch = [] }: Pick<Delivery, 'name' | 'namespace' | 'source' | 'fetch'>,
  commit: string,
  place: (...path: Path) => Place | null = () => null,
): Promise<readonly KubeObject[]> {
  const { repo, kustomize, helm } = context;
  switch (source.kind) {
    case 'files': {
      const all = await commitFiles(repo, commit);
      const { files, wrong } = matchingWithLinks(all, source.patterns);
      if (wrong.length > 0) {
        const modules = submodulesIn(await repo.read(commit, '.gitmodules'));
        const why = (pattern: string) => whyNothing([pattern], { all: all.files, modules });
        const at = (index: number) => place('files', index);
        throwProblems(wrong.map((one) => problemOf(one, { name, commit, patterns: source.patterns, place: at, why })));
      }
      return parsed(context, await readFiles(repo, commit, files));
    }
    case 'kustomize': {
      await using tree = await repo.tree(commit);
      const folder = `${tree.folder}/${source.folder}`;
      const options = { tree: tree.folder, hosts: fetch, signal: context.signal };
      const build = () => kustomize.build(folder, options);
      return await renderedTwice(context, { name, file: source.folder }, build).catch(async (error: unknown) => {
        if (error instanceof StepgateError && isInputError(error))
          await refuseNoKustomization(repo, { name, commit, folder: source.folder, place });
        throw error;
      });
    }
    case 'helm': {
      await using tree = await repo.tree(commit);
      const inTree = (path: string) => `${tree.folder}/${path}`;
      const chart = { ...source, chart: inTree(source.chart), values: source.values.map(inTree), namespace };
      const objects = await renderedTwice(context, { name, file: source.chart }, () =>
        helm.template(chart, { tree: tree.folder, signal: context.signal }),
      );
      refuseHooks(name, source.chart, objects);
      return objects;
    }
  }
}

/** The objects of files. A file that is no manifest at all is told as what it is. */
function parsed(context: Context, files: readonly TextFile[]): readonly KubeObject[] {
  try {
    return context.parseManifests(files);
  } catch (error) {
    if (!(error instanceof StepgateError) || !isInputError(error)) throw error;
    throwProblems(namedProblems(files, error.problems));
    throw error;
  }
}

/**
 * The objects of two renderings that have to be the same: if a generator, a remote base or a template changed its output, no proof about a
 * revert would hold. Throws SOURCE_UNSTABLE.
 */
async function renderedTwice(
  context: Context,
  { name, file }: { readonly name: string; readonly file: string },
  render: () => Promise<string>,
): Promise<readonly KubeObject[]> {
  const [first, second] = await Promise.all([render(), render()]);
  const objects = context.parseManifests([{ file, text: first }]);
  if (first === second) return objects;
  const others = context.parseManifests([{ file, text: second }]);
  if (canonical(objects) === canonical(others)) return objects;
  const differing = objects.filter((one, index) => canonical(one) !== canonical(others[index] ?? null)).map(titleOf);
  const what = differing.length === 0 ? '' : ` in ${differing.slice(0, 5).join(', ')}`;
  throw inputError('SOURCE_UNSTABLE', `${name}: two renderings of ${file} differ${what}`, {
    hint: 'what is made anew each time (randAlphaNum, genCA, uuidv4, a remote base without a commit) has to be given: as a value, or as an object that lies outside of the source',
  });
}

/** Throws SOURCE_INVALID for hooks: helm runs them around an install or an upgrade, which a release is not. */
function refuseHooks(name: string, chart: string, objects: readonly KubeObject[]): void {
  const hooks = objects.filter((one) => stringAt(one, 'metadata', 'annotations', 'helm.sh/hook') !== null);
  if (hooks.length === 0) return;
  const titles = hooks
    .map((one) => `${titleOf(one)} (${stringAt(one, 'metadata', 'annotations', 'helm.sh/hook')})`)
    .slice(0, 5);
  throw inputError(
    'SOURCE_INVALID',
    `${name}: ${chart} renders hooks of helm, which stepgate does not run: ${titles.join(', ')}`,
    {
      hint: 'switch them off by a value of the chart; what has to run before a release is a step of the workflow before deploy, or a condition { job: ... } of startWhen',
    },
  );
}

function problemOf(
  { index, link }: Wrong,
  from: {
    readonly name: string;
    readonly commit: string;
    readonly patterns: readonly string[];
    place(index: number): Place | null;
    why(pattern: string): string;
  },
): InputProblem {
  const pattern = from.patterns[index] ?? '';
  const at = from.place(index);
  if (link === undefined) {
    const message = `${from.name}: no file at ${from.commit.slice(0, 10)} matches ${pattern}`;
    return { code: 'SOURCE_INVALID', message, hint: from.why(pattern), at };
  }
  const message = `${from.name}: ${pattern} finds the symbolic link ${link.path}, which ${link.why}`;
  const hint = 'let the link point to a file or folder of the repository, or name what it should point to';
  return { code: 'SOURCE_INVALID', message, hint, at };
}

/** The paths in the repository that a delivery's source reads at any of the commits. A revert restores them. */
export async function sourcePaths(
  context: Context,
  delivery: Delivery,
  commits: readonly string[],
): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const commit of commits) {
    const all = await withHistory(context, () => commitFiles(context.repo, commit));
    for (const path of await pathsAt(context, await withSourceAt(context, delivery, commit), commit, all))
      found.add(path);
  }
  return [...found].sort();
}

async function pathsAt(
  context: Context,
  { source }: Delivery,
  commit: string,
  all: CommitFiles,
): Promise<readonly string[]> {
  switch (source.kind) {
    case 'files': {
      const { files, links } = matchingWithLinks(all, source.patterns);
      return [...files, ...links];
    }
    case 'kustomize':
      return kustomizePaths(context, source.folder, commit, all);
    case 'helm': {
      const chart = followLinks(all.links, source.chart);
      const folder = chart.is === 'inside' ? chart.path : source.chart;
      return all.files.filter((path) => isBelow(path, folder) || source.values.includes(path));
    }
  }
}
