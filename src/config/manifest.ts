import { type InputProblem, type Place, throwProblems } from '../release/error.ts';
import { isObject, type Json, type JsonObject, objectAt } from '../release/json.ts';
import { foundWords, quoted, typeWords } from './found.ts';
import { limits, readBudget } from './guard.ts';
import { type Path, readYaml, type TextFile, type YamlDocument } from './yaml.ts';

type PlaceIn = (path: Path, of?: 'key' | 'value') => Place;

/** By object, as it was read. What is made of an object later has no places. */
const places = new WeakMap<JsonObject, PlaceIn>();

/** Where a part of an object stands in its file; null for an object that parseManifests did not read. */
export function placeIn(object: JsonObject, path: Path, of: 'key' | 'value' = 'value'): Place | null {
  return places.get(object)?.(path, of) ?? null;
}

/** An object of the source, and its place. */
export interface Manifest {
  readonly object: JsonObject;
  readonly at: Place;
}

export interface ManifestOptions {
  /** The namespace of objects without one, so that an object with and one without it can be the same object. */
  readonly namespace?: string;
  /** Maximum number of objects in all files; 2000 by default. */
  readonly maxObjects?: number;
  /** Maximum size of all files together, in bytes; 16 MiB by default. */
  readonly maxTotal?: number;
}

/**
 * Parses the Kubernetes objects of YAML texts by kubectl's rules, in the order written. Lists are expanded, `status` is
 * dropped, empty documents are skipped. Throws one input error with every problem: YAML_INVALID for the YAML, and
 * SOURCE_INVALID for a document that is not an object, for a generateName, and for an object that is there twice.
 */
export function parseManifests(files: readonly TextFile[], options: ManifestOptions = {}): readonly Manifest[] {
  const problems: InputProblem[] = [];
  const manifests: Manifest[] = [];
  const maxObjects = options.maxObjects ?? 2000;
  const maxTotal = options.maxTotal ?? limits.sourceBytes;
  const budget = readBudget();
  let total = 0;
  for (const { file, text } of files) {
    total += new TextEncoder().encode(text).length;
    if (total > maxTotal) {
      const at = { file, line: null, column: null };
      throwProblems([...problems, { code: 'SOURCE_INVALID', ...tooLarge(maxTotal), at }]);
    }
    const read = readYaml({ file, text, budget, maxBytes: maxTotal });
    problems.push(...read.problems);
    for (const document of read.documents) {
      for (const { value, path } of openLists(document.value)) {
        const manifest = readObject(document, { value, path }, problems);
        if (manifest !== null) manifests.push(manifest);
        if (manifests.length <= maxObjects) continue;
        const hint = 'use fewer objects in one delivery';
        const message = `the source has more than ${maxObjects} objects`;
        throwProblems([...problems, { code: 'SOURCE_INVALID', message, hint, at: document.place(path) }]);
      }
    }
  }
  problems.push(...duplicates(manifests, options.namespace ?? ''));
  throwProblems(problems);
  return manifests;
}

/** What is wrong with files of more than that many bytes, and what to do. */
export function tooLarge(most: number): { readonly message: string; readonly hint: string } {
  return { message: `the files up to this one are larger than ${most} bytes together`, hint: whereTooLarge };
}

/** What to do about a source that is too large. */
export const whereTooLarge =
  'name fewer of them in files, in include or in the kustomization: manifests of other workloads belong to a delivery of their own';

/**
 * The objects of a document: the items of a `List`, and of lists in it; otherwise the document itself. As in kubectl, an item of a
 * `ConfigMapList` that names neither kind nor apiVersion has those of the list, and a list whose items are null is empty.
 */
function openLists(value: Json, path: Path = []): readonly { readonly value: Json; readonly path: Path }[] {
  if (value === null && path.length === 0) return [];
  if (!isObject(value) || typeof value.kind !== 'string' || !value.kind.endsWith('List')) return [{ value, path }];
  const { apiVersion, items, kind } = value;
  if (!Object.hasOwn(value, 'items') || !(items === null || Array.isArray(items))) return [{ value, path }];
  const typed = kind === 'List' ? {} : { apiVersion: apiVersion ?? null, kind: kind.slice(0, -'List'.length) };
  return (items ?? []).flatMap((item: Json, index) => {
    const isTyped = isObject(item) && isMissing(item.kind) && isMissing(item.apiVersion);
    return openLists(isTyped ? Object.assign(Object.create(null), item, typed) : item, [...path, 'items', index]);
  });
}

function isMissing(text: Json | undefined): boolean {
  return typeof text !== 'string' || text === '';
}

const names: readonly { readonly path: readonly string[]; readonly good: RegExp; readonly hint: string }[] = [
  {
    path: ['apiVersion'],
    good: /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[a-z0-9]{1,63}$/,
    hint: 'write a version such as v1 or apps/v1',
  },
  { path: ['kind'], good: /^[A-Za-z][A-Za-z0-9]{0,62}$/, hint: 'write a kind such as Deployment' },
  // Allowed as part of a path of the API server; most kinds allow less.
  {
    path: ['metadata', 'name'],
    good: /^(?!\.{1,2}$)[A-Za-z0-9._:-]{1,253}$/,
    hint: 'give the object a name: letters, digits, "-" and "."',
  },
];

function readObject(
  document: YamlDocument,
  { value, path }: { value: Json; path: Path },
  problems: InputProblem[],
): Manifest | null {
  const before = problems.length;
  const complain = (inner: Path, message: string, hint: string) =>
    problems.push({ code: 'SOURCE_INVALID', message, hint, at: document.place([...path, ...inner]) });
  if (!isObject(value)) {
    complain([], `found ${typeWords(value)} instead of a Kubernetes object`, 'write apiVersion, kind, metadata');
    return null;
  }
  const metadata = objectAt(value, 'metadata');
  const title = typeof value.kind === 'string' ? value.kind : 'the object';
  if (Object.hasOwn(metadata, 'generateName')) {
    const hint = 'give the object a name: a generated name makes a new object at every apply';
    complain(['metadata', 'generateName'], `${title} has a generateName`, hint);
  } else {
    for (const { path: inner, good, hint } of names) {
      const found = inner.length === 1 ? value[inner[0] ?? ''] : metadata.name;
      if (typeof found === 'string' && good.test(found)) continue;
      complain(inner, `${inner.join('.')} of ${title} is ${foundWords(found)}`, hint);
    }
  }
  const { namespace } = metadata;
  if (
    namespace !== undefined &&
    !(typeof namespace === 'string' && /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace))
  ) {
    complain(['metadata', 'namespace'], `metadata.namespace of ${title} is ${foundWords(namespace)}`, 'write a name');
  }
  for (const key of ['labels', 'annotations']) {
    for (const [name, found] of Object.entries(objectAt(metadata, key))) {
      if (typeof found === 'string') continue;
      const message = `metadata.${key} of ${title} has ${quoted(name)} as ${typeWords(found)}`;
      complain(['metadata', key, name], message, 'labels and annotations are text: put the value in quotes');
    }
  }
  if (problems.length > before) return null;
  const object = withoutStatus(value);
  places.set(object, (inner, of) => document.place([...path, ...inner], of));
  return { object, at: document.place(path) };
}

function withoutStatus(object: JsonObject): JsonObject {
  if (!Object.hasOwn(object, 'status')) return object;
  const copy: { [key: string]: Json } = Object.create(null);
  for (const [key, value] of Object.entries(object)) if (key !== 'status') copy[key] = value;
  return copy;
}

/** All versions of a group have the same kinds. */
function duplicates(manifests: readonly Manifest[], defaultNamespace: string): readonly InputProblem[] {
  const seen = new Map<string, Place>();
  return manifests.flatMap(({ object, at }): InputProblem[] => {
    const { name, namespace } = objectAt(object, 'metadata');
    const apiVersion = String(object.apiVersion);
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
    const key = JSON.stringify([group, object.kind, namespace ?? defaultNamespace, name]);
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, at);
      return [];
    }
    const message = `${object.kind} ${name} is there twice, first at ${first.file}:${first.line}`;
    return [{ code: 'SOURCE_INVALID', message, hint: 'remove one of them', at }];
  });
}
