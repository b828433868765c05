import { posix } from 'node:path';
import { type InputProblem, inputError } from '../release/error.ts';
import { folderOf, isKustomization } from './repository-path.ts';
import type { TextFile } from './yaml.ts';

/** What a file of a source is, where it is no manifest. */
interface Recognised {
  readonly is: string;
  readonly hint: string;
}

/** Files that are read as manifests by mistake: the first row that knows a file tells what it is and what to write instead. */
const known: readonly ((file: TextFile) => Recognised | null)[] = [
  ({ file, text }) =>
    isPointer(text) ? { is: 'a pointer of Git LFS, not the file itself', hint: pointerHint(file) } : null,
  ({ file, text }) =>
    isKustomization(file) || /^apiVersion: *["']?kustomize\.config\.k8s\.io\//m.test(text)
      ? {
          is: 'a kustomization, which kustomize has to render',
          hint: `write source: { kustomize: ${posix.dirname(file)} } instead of files`,
        }
      : null,
  ({ file, text }) =>
    /\{\{-?\s*(\.(Values|Release|Chart|Capabilities|Files|Template)\b|(include|template|define|block|if|range|with|end|toYaml|tpl|default|quote|required|lookup)\b|\/\*|\$)/.test(
      text,
    )
      ? {
          is: 'a template, such as those of Helm, which has to be rendered first',
          hint: chartHint(file),
        }
      : null,
  ({ file, text }) =>
    posix.basename(file) === 'Chart.yaml' ||
    (/^values(\..+|-.+)?\.ya?ml$/.test(posix.basename(file)) && !/^kind:/m.test(text))
      ? { is: 'a part of a Helm chart, and no manifest', hint: chartHint(file) }
      : null,
  ({ file, text }) =>
    /^stepgate\.ya?ml$/.test(posix.basename(file)) || /^deliver(ies|y):/m.test(text)
      ? { is: 'a config of stepgate', hint: 'name the manifests alone in files, such as deploy/*.yaml' }
      : null,
  ({ file }) =>
    /\.(ya?ml|json)$/i.test(file)
      ? null
      : {
          is: 'neither YAML nor JSON by its name',
          hint: `name the manifests alone in files, such as ${posix.join(posix.dirname(file), '*.yaml')}`,
        },
];

function chartHint(file: string): string {
  const [, chart] = /^(.*?)\/?templates\//.exec(file) ?? [];
  const folder = chart === undefined ? posix.dirname(file) : chart === '' ? '.' : chart;
  return `write source: { helm: { chart: ${folder} } } where that is a chart, or commit what it renders to, and name that in files`;
}

/**
 * The problems of files, with one for each file that is known to be something else than a manifest in place of all that its text
 * has.
 */
export function namedProblems(files: readonly TextFile[], problems: readonly InputProblem[]): readonly InputProblem[] {
  const strange = new Map(
    files.flatMap((file) => {
      if (!problems.some(({ at }) => at?.file === file.file)) return [];
      const found = known.map((recognise) => recognise(file)).find((one) => one !== null);
      return found === undefined || found === null ? [] : [[file.file, found] as const];
    }),
  );
  const told = new Set<string>();
  return problems.flatMap((problem): readonly InputProblem[] => {
    const file = problem.at?.file ?? '';
    const found = strange.get(file);
    if (found === undefined) return [problem];
    if (told.has(file)) return [];
    told.add(file);
    const at = { file, line: null, column: null };
    return [{ code: 'SOURCE_INVALID', message: `this is ${found.is}`, hint: found.hint, at }];
  });
}

/** Why no file matches the patterns of a source. `all` are the files of the commit, `modules` the folders of its submodules. */
export function whyNothing(
  patterns: readonly string[],
  { all, modules }: { readonly all: readonly string[]; readonly modules: readonly string[] },
): string {
  for (const pattern of patterns) {
    const module = inModule(pattern, modules);
    if (module !== null) return module;
    const folder = pattern
      .split('/')
      .filter((part) => part !== '')
      .join('/');
    if (!all.some((path) => path.startsWith(`${folder}/`))) continue;
    return `${folder} is a folder: write ${folder}/*.yaml for the manifests in it, ${folder}/* for all its files, or ${folder}/**/*.yaml with its folders`;
  }
  if (patterns.some((pattern) => pattern.startsWith('!')))
    return 'a pattern with ! takes nothing away: name the files that are wanted';
  const spellings = new Set(patterns.flatMap((pattern) => [pattern, otherSpelling(pattern)].map(loosely)));
  const other = all.find((path) => spellings.has(loosely(path)));
  return other === undefined ? 'correct the path or pattern, or commit the manifests' : `there is ${other}`;
}

/** Why a folder has no kustomization. `all` are the files of the commit, `modules` the folders of its submodules. */
export function whyNoKustomization(
  folder: string,
  { all, modules }: { readonly all: readonly string[]; readonly modules: readonly string[] },
): string {
  const module = inModule(folder, modules);
  if (module !== null) return module;
  const inside = all.filter((path) => path.startsWith(`${folder}/`));
  const below = inside.filter(isKustomization).map(folderOf);
  if (below.length > 0) return `write one of the folders that have one: ${below.slice(0, 5).join(', ')}`;
  if (inside.some((path) => posix.basename(path) === 'Chart.yaml'))
    return `write source: { helm: { chart: ${folder} } }`;
  if (inside.length > 0) return `for plain manifests write source: { files: [${folder}/*.yaml] }`;
  return all.includes(folder) ? 'write the folder of the kustomization' : 'correct the path, or commit the folder';
}

function inModule(path: string, modules: readonly string[]): string | null {
  const module = modules.find((one) => path === one || path.startsWith(`${one}/`));
  if (module === undefined) return null;
  return `${module} is a submodule, whose files are in another repository: stepgate reads this one alone, so commit the manifests here`;
}

/** Throws CONFIG_INVALID for a config that Git has as a pointer of Git LFS. */
export function refusePointer({ file, text }: TextFile): void {
  if (!isPointer(text)) return;
  throw inputError('CONFIG_INVALID', `${file} is a pointer of Git LFS, not the file itself`, {
    hint: pointerHint(file),
    at: { file, line: 1, column: 1 },
  });
}

/** Whether a text is a pointer of Git LFS, which Git has in place of a file that is kept elsewhere. */
export function isPointer(text: string): boolean {
  return text.startsWith('version https://git-lfs.github.com/spec/');
}

function pointerHint(file: string): string {
  return `stepgate reads what Git has, so keep it out of LFS: git lfs migrate export --include=${file}`;
}

/** A path without what is easily mistaken in it. */
function loosely(path: string): string {
  return path.trim().toLowerCase();
}

function otherSpelling(path: string): string {
  return path.endsWith('.yml') ? path.replace(/yml$/, 'yaml') : path.replace(/yaml$/, 'yml');
}

/** The folders of the submodules that a `.gitmodules` names. */
export function submodulesIn(text: string | null): readonly string[] {
  return (text ?? '').split('\n').flatMap((line) => {
    const [key, value] = line.split('=').map((part) => part.trim());
    return key === 'path' && value !== undefined && value !== '' ? [value.replaceAll('"', '')] : [];
  });
}
