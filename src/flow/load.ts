import { readYaml } from '../config/yaml.ts';
import type { Delivery, Resolved } from '../release/delivery.ts';
import { inputError, StepgateError } from '../release/error.ts';
import { canonical } from '../release/json.ts';
import type { KubeObject, Repo } from '../release/ports.ts';
import type { Rendered } from '../release/target.ts';
import type { Context } from './context.ts';
import { matching } from './matching.ts';

/** The config as the policy ref has it: all that grants comes from there (design 4). */
export interface Policy extends Resolved {
  /** What the caller or the remote called it. */
  readonly ref: string;
  readonly commit: string;
  /** Where reverts go; null where there is no remote. */
  readonly branch: { readonly remote: string; readonly branch: string } | null;
}

/** Two-phase parser of the config: the root names what it includes, then all of it is resolved. */
export interface ConfigParser {
  includes(file: string, text: string): readonly string[];
  resolve(
    root: { readonly file: string; readonly text: string },
    included: readonly { readonly file: string; readonly text: string }[],
  ): Resolved;
}

/** Reads the policy. Without a ref: the remote's default branch, or HEAD where there is no remote. */
export async function loadPolicy(
  context: Context,
  parser: ConfigParser,
  { config, policyRef }: { readonly config: string; readonly policyRef: string | null },
): Promise<Policy> {
  const { repo } = context;
  const main = await revertBranch(repo, policyRef);
  const ref = policyRef ?? (main === null ? 'HEAD' : `${main.remote}/${main.branch}`);
  const commit = await policyCommit(context, policyRef, main);
  const text = await repo.read(commit, config);
  if (text === null) {
    throw inputError('CONFIG_NOT_FOUND', `${config} is not in ${ref} (${commit.slice(0, 10)})`, {
      hint: `commit it there, or name another place: --config FILE, --policy-ref REF`,
    });
  }
  const patterns = parser.includes(config, text);
  const paths = patterns.length === 0 ? [] : matching(await repo.files(commit, ''), patterns);
  const included = await Promise.all(
    paths.map(async (file) => ({ file, text: (await repo.read(commit, file)) ?? '' })),
  );
  const resolved = parser.resolve({ file: config, text }, included);
  return { ...resolved, ref, commit, branch: main === null ? null : { remote: main.remote, branch: main.branch } };
}

/** The remote's default branch; where nobody tells which one that is, the one that the caller names as REMOTE/BRANCH. */
async function revertBranch(repo: Repo, policyRef: string | null): ReturnType<Repo['defaultBranch']> {
  try {
    return await repo.defaultBranch();
  } catch (error) {
    const [, remote, branch] = /^(?:refs\/remotes\/)?(?!refs\/)([^/]+)\/(.+)$/.exec(policyRef ?? '') ?? [];
    if (!(error instanceof StepgateError) || error.code !== 'GIT_FAILED' || !remote || !branch) throw error;
    return { remote, branch, ref: `refs/remotes/${remote}/${branch}` };
  }
}

/** A checkout of a topic branch does not have the default branch: it is fetched where it is missing. */
async function policyCommit(
  { repo }: Context,
  policyRef: string | null,
  main: Awaited<ReturnType<Repo['defaultBranch']>>,
): Promise<string> {
  const ref = policyRef ?? main?.ref ?? 'HEAD';
  try {
    return await repo.resolve(ref);
  } catch (error) {
    if (policyRef !== null || main === null || !(error instanceof StepgateError) || error.code !== 'REF_UNKNOWN')
      throw error;
    await repo.fetch(main.remote, main.branch);
    return await repo.resolve(ref);
  }
}

/** Reads something of an older commit; where the clone is too shallow for it, the history is fetched first. */
async function withHistory<T>({ repo }: Context, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const missing = error instanceof StepgateError && (error.code === 'GIT_SHALLOW' || error.code === 'REF_UNKNOWN');
    if (!missing || !(await repo.ensureHistory())) throw error;
    return await read();
  }
}

/** What a delivery's source comes to at a commit. Throws SOURCE_INVALID, SOURCE_UNSTABLE, or what the YAML says. */
export async function renderAt(
  context: Context,
  delivery: Delivery,
  commit: string,
  attempt: number,
): Promise<Rendered> {
  return context.target.render(
    delivery,
    commit,
    await withHistory(context, () => manifestsAt(context, delivery, commit)),
    attempt,
  );
}

async function manifestsAt(context: Context, delivery: Delivery, commit: string): Promise<readonly KubeObject[]> {
  const { repo, kustomize } = context;
  const { source } = delivery;
  switch (source.kind) {
    case 'files': {
      const paths = matching(await repo.files(commit, ''), source.patterns);
      if (paths.length === 0) {
        throw inputError(
          'SOURCE_INVALID',
          `${delivery.name}: no file at ${commit.slice(0, 10)} matches ${source.patterns.join(', ')}`,
          {
            hint: 'correct source.files, or commit the manifests',
          },
        );
      }
      const files = await Promise.all(
        paths.map(async (file) => ({ file, text: (await repo.read(commit, file)) ?? '' })),
      );
      return context.parseManifests(files);
    }
    case 'kustomize': {
      await using tree = await repo.tree(commit);
      const folder = `${tree.folder}/${source.folder}`;
      // A generator or a remote base that moves would make every proof about the revert worthless: rendered twice.
      const [first, second] = await Promise.all([kustomize.build(folder), kustomize.build(folder)]);
      const objects = context.parseManifests([{ file: source.folder, text: first }]);
      if (
        first !== second &&
        canonical(objects) !== canonical(context.parseManifests([{ file: source.folder, text: second }]))
      ) {
        throw inputError('SOURCE_UNSTABLE', `${delivery.name}: ${source.folder} rendered differently twice`);
      }
      return objects;
    }
  }
}

/** Repository paths that a delivery's source reads, at any of the commits: what a revert restores. */
export async function sourcePaths(
  context: Context,
  delivery: Delivery,
  commits: readonly string[],
): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const commit of commits) {
    const all = await withHistory(context, () => context.repo.files(commit, ''));
    for (const path of await pathsAt(context, delivery, commit, all)) found.add(path);
  }
  return [...found].sort();
}

async function pathsAt(
  context: Context,
  { source }: Delivery,
  commit: string,
  all: readonly string[],
): Promise<readonly string[]> {
  switch (source.kind) {
    case 'files':
      return matching(all, source.patterns);
    case 'kustomize':
      return kustomizePaths(context, source.folder, commit, all);
  }
}

/** A kustomization's own folder and, followed from it, every local folder and file that it names. */
async function kustomizePaths(
  context: Context,
  folder: string,
  commit: string,
  all: readonly string[],
): Promise<readonly string[]> {
  const found = new Set<string>();
  const open = [normalise(folder)];
  const seen = new Set<string>();
  for (let here = open.pop(); here !== undefined; here = open.pop()) {
    if (seen.has(here)) continue;
    seen.add(here);
    const prefix = here === '' ? '' : `${here}/`;
    for (const path of all) if (path.startsWith(prefix) && !path.slice(prefix.length).includes('/')) found.add(path);
    for (const name of ['kustomization.yaml', 'kustomization.yml', 'Kustomization']) {
      const text = await context.repo.read(commit, `${prefix}${name}`);
      if (text === null) continue;
      for (const reference of references(`${prefix}${name}`, text)) {
        const target = normalise(`${prefix}${reference}`);
        if (all.includes(target)) found.add(target);
        else if (all.some((path) => path.startsWith(`${target}/`))) open.push(target);
      }
    }
  }
  return [...found];
}

/** Values in a kustomization that are names or contents, never paths. */
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

/** Every string in a kustomization that could be a path: over-reading is harmless, what is not in Git is not a path. */
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

function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
