import type { Place } from '../release/error.ts';
import { isObject, type Json } from '../release/json.ts';
import { type Path, parseYaml, type TextFile, type YamlDocument } from './yaml.ts';

/** A name in a kustomization that kustomize opens: a file, a folder, or an address. */
export interface Load {
  readonly name: string;
  readonly at: Place;
  /** Whether the file behind the name may name others, as the config of a generator does. */
  readonly isPlugin: boolean;
}

/** Keys whose values are never opened, in a kustomization. Of any other key every text counts, known to us or not. */
const plain = new Set([
  ...['apiVersion', 'kind', 'metadata', 'namespace', 'namePrefix', 'nameSuffix', 'labels', 'commonLabels'],
  ...['commonAnnotations', 'images', 'replicas', 'vars', 'buildMetadata', 'generatorOptions', 'sortOptions'],
  // Of generators, patches and replacements:
  ...['literals', 'options', 'target', 'patch', 'source', 'targets'],
]);
/** The same for the config of a generator or a transformer. */
const plainInPlugin = new Set([...plain, 'annotations', 'patches', 'jsonOp', 'fieldSpecs', 'literal', 'transformers']);
const plugins = new Set(['generators', 'transformers', 'validators']);

/** Everything that a kustomization opens. Throws the problems of a text that is no YAML, or none that means one thing. */
export function loadsIn(file: TextFile): readonly Load[] {
  return parseYaml({ ...file, refusesDisputed: true }).flatMap((document) => walk(document, document.value, [], plain));
}

/** The same for the config of a generator, a transformer or a validator. */
export function pluginLoadsIn(file: TextFile): readonly Load[] {
  const documents = parseYaml({ ...file, refusesDisputed: true });
  return documents.flatMap((document) => walk(document, document.value, [], plainInPlugin));
}

function walk(document: YamlDocument, value: Json, path: Path, skipped: ReadonlySet<string>): readonly Load[] {
  if (typeof value === 'string') return named(document, value, path);
  if (Array.isArray(value)) {
    return value.flatMap((one: Json, index) => walk(document, one, [...path, index], skipped));
  }
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, one]) =>
    skipped.has(key) ? [] : walk(document, one, [...path, key], skipped),
  );
}

function named(document: YamlDocument, value: string, path: Path): readonly Load[] {
  const isPlugin = plugins.has(String(path[0]));
  const at = document.place(path);
  // YAML in place of a name.
  if (value.includes('\n') || /^\s*\{/.test(value)) {
    if (!isPlugin) return [];
    return pluginLoadsIn({ file: document.file, text: value }).map((load) => ({ ...load, at }));
  }
  const load = (name: string): Load => ({ name, at, isPlugin });
  const sign = value.indexOf('=');
  // `key=path` in the files of a generator.
  return sign < 0 ? [load(value)] : [load(value), load(value.slice(sign + 1))];
}

/**
 * The host of an address, which kustomize loads over https, or over http from this machine; null for a name that has no form of an
 * address; 'other' for an address of any other form, such as one of ssh or with a password in it.
 */
export function hostIn(name: string): { readonly host: string } | 'other' | null {
  const text = name.trim().replace(/^git::/i, '');
  const short = /^github\.com\//i.test(text) ? `https://${text}` : text;
  const [, scheme, host, port = ''] =
    /^(https?):\/\/([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?(?:[/?][^\\\s]*)?$/i.exec(short) ?? [];
  if (scheme !== undefined && host !== undefined) {
    const url = URL.parse(`${scheme}://${host}${port}`);
    if (url === null) return 'other';
    const isHere = /^(127(\.\d+){3}|\[::1\])$/.test(url.hostname);
    return url.protocol === 'https:' || isHere ? { host: url.hostname } : 'other';
  }
  const looksLikeOne = /:\/\/|^git::|^gh:|^github\.com[:/]|^[^/@]*@[^/]*[:/]|^[a-z][a-z0-9+.-]*:|[?&](ref|version)=/i;
  return looksLikeOne.test(text) || looksLikeOne.test(name) ? 'other' : null;
}
