import { posix } from 'node:path';
import type { InputProblem } from '../release/error.ts';
import type { TextFile } from './yaml.ts';

/** What a file of a source is, where it is no manifest. */
interface Recognised {
  readonly is: string;
  readonly hint: string;
}

/** Files that are read as manifests by mistake: the first row that knows a file tells what it is and what to write instead. */
const known: readonly ((file: TextFile) => Recognised | null)[] = [
  ({ file, text }) =>
    text.startsWith('version https://git-lfs.github.com/spec/')
      ? {
          is: 'a pointer of Git LFS, not the file itself',
          hint: `stepgate reads what Git has: keep manifests out of LFS: git lfs migrate export --include=${file}`,
        }
      : null,
  ({ file, text }) =>
    /^(kustomization\.ya?ml|Kustomization)$/.test(posix.basename(file)) ||
    /^apiVersion: *["']?kustomize\.config\.k8s\.io\//m.test(text)
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
    const module = modules.find((one) => pattern === one || pattern.startsWith(`${one}/`));
    if (module !== undefined) {
      return `${module} is a submodule, whose files are in another repository: stepgate reads this one alone, so commit the manifests here`;
    }
    const folder = pattern
      .split('/')
      .filter((part) => part !== '')
      .join('/');
    if (!all.some((path) => path.startsWith(`${folder}/`))) continue;
    return `${folder} is a folder: write ${folder}/*.yaml for the manifests in it, ${folder}/* for all its files, or ${folder}/**/*.yaml with its folders`;
  }
  const other = patterns.map(otherSpelling).find((one) => all.includes(one));
  return other === undefined ? 'correct the path or pattern, or commit the manifests' : `there is ${other}`;
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
