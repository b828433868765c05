import { at, isObject, type Json, listAt, objectAt, stringAt } from '../release/json.ts';
import { type Image, imagesIn, imageText, isSameRepository, parseImage } from './image.ts';
import { readYaml, type TextFile } from './yaml.ts';
import { withItem, withoutKey, withPair, withValue } from './yaml-edit.ts';

/** Where a new image is written in the files of a source. Each edit is a guess by convention: what it renders to decides. */

/** The image of a container, as it is rendered, and what it shall be. */
export interface ImageChange {
  readonly container: string;
  readonly current: Image;
  readonly wanted: Image;
}

/** New texts of files, by path. */
export type Edit = ReadonlyMap<string, string>;

/** Writes the image into the manifest that has the container; none where no document of the files is the object that has it. */
export function editsOfManifests(
  files: readonly TextFile[],
  isIts: (object: Json) => boolean,
  { container, current, wanted }: ImageChange,
): readonly Edit[] {
  return files.flatMap((file) =>
    valuesIn(file).flatMap((object, document) => {
      if (!isIts(object)) return [];
      const places = imagesIn(object).filter((one) => one.container === container && one.image === imageText(current));
      return places.map(
        ({ path }): Edit => new Map([[file.file, withValue(file, { document, path }, imageText(wanted))]]),
      );
    }),
  );
}

/** Writes the image into `images` of a kustomization: into the entry that makes the rendered image, or into a new one. */
export function editsOfKustomization(file: TextFile, { current, wanted }: ImageChange): readonly Edit[] {
  const [root = null] = valuesIn(file);
  const images = listAt(root, 'images');
  const index = images.findIndex((one) => {
    const name = stringAt(one, 'newName') ?? stringAt(one, 'name');
    return name !== null && isSameRepository(name, current.repository);
  });
  const isMoved = !isSameRepository(wanted.repository, current.repository);
  if (index < 0) {
    const entry = {
      name: current.repository,
      ...(isMoved ? { newName: wanted.repository } : {}),
      ...(wanted.tag === null ? {} : { newTag: wanted.tag }),
      ...(wanted.digest === null ? {} : { digest: wanted.digest }),
    };
    return [new Map([[file.file, withItem(file, 'images', entry)]])];
  }
  const spot = (key: string) => ({ document: 0, path: ['images', index, key] });
  const has = (key: string) => at(root, 'images', index, key) !== undefined;
  let { text } = file;
  const edit = (make: (one: TextFile) => string) => {
    text = make({ file: file.file, text });
  };
  if (isMoved) edit((one) => withValue(one, spot('newName'), wanted.repository));
  // A tag that becomes a digest, or the other way round, keeps its line.
  const [gone, come] = wanted.tag === null ? (['newTag', 'digest'] as const) : (['digest', 'newTag'] as const);
  const [value, other] = wanted.tag === null ? [wanted.digest, null] : [wanted.tag, wanted.digest];
  if (other === null && has(gone) && !has(come)) edit((one) => withPair(one, spot(gone), come, value ?? ''));
  else {
    edit((one) => withValue(one, spot(come), value ?? ''));
    if (other !== null) edit((one) => withValue(one, spot(gone), other));
    else edit((one) => withoutKey(one, spot(gone)));
  }
  return [new Map([[file.file, text]])];
}

/** The values of a chart: its own, and the files that a source names, of which a later one wins. */
export interface ChartValues {
  readonly own: TextFile;
  readonly named: readonly TextFile[];
}

/**
 * Writes the image into the values of a chart, by the conventions of charts: a map with `repository` and `tag` or `digest` (and
 * `registry`), or a text `image`. A map without `digest` gets the digest behind its tag too, as a second guess.
 */
export function editsOfValues(values: ChartValues, { current, wanted }: ImageChange): readonly Edit[] {
  const files = [values.own, ...values.named];
  const roots = files.map((file) => valuesIn(file)[0] ?? null);
  const merged = roots.reduce<Json>(merge, {});
  const target = (path: readonly string[]): TextFile => {
    const index = roots.findLastIndex(
      (root, one) => (one > 0 || values.named.length === 0) && at(root, ...path) !== undefined,
    );
    return files[index] ?? values.named.at(-1) ?? values.own;
  };
  const write = (changes: readonly (readonly [readonly string[], string])[]): Edit => {
    const texts = new Map<string, string>();
    for (const [path, value] of changes) {
      const { file, text } = target(path);
      texts.set(file, withValue({ file, text: texts.get(file) ?? text }, { document: 0, path }, value));
    }
    return texts;
  };
  return placesOf(merged, current).flatMap((place) => {
    if (place.is === 'text') return [write([[place.path, imageText(wanted)]])];
    const key = (name: string) => [...place.path, name];
    const map = objectAt(merged, ...place.path);
    const moved: [readonly string[], string][] = isSameRepository(wanted.repository, current.repository)
      ? []
      : movedTo(wanted.repository, stringAt(map, 'registry')).map(([name, value]) => [key(name), value]);
    const hasDigest = Object.hasOwn(map, 'digest');
    const tag: [readonly string[], string][] = wanted.tag === null ? [] : [[key('tag'), wanted.tag]];
    if (wanted.digest === null) {
      const cleared: typeof moved = (stringAt(map, 'digest') ?? '') === '' ? [] : [[key('digest'), '']];
      return [write([...moved, ...tag, ...cleared])];
    }
    const both: typeof moved = [...moved, ...tag, [key('digest'), wanted.digest]];
    const joined: typeof moved = [...moved, [key('tag'), `${wanted.tag}@${wanted.digest}`]];
    return [write(both), ...(hasDigest || wanted.tag === null ? [] : [write(joined)])];
  });
}

/** A place in values that makes the image: a map of its parts, or a text. */
interface ValuePlace {
  readonly is: 'map' | 'text';
  readonly path: readonly string[];
}

function placesOf(merged: Json, { repository }: Image): readonly ValuePlace[] {
  const found: ValuePlace[] = [];
  const visit = (value: Json | undefined, path: readonly string[]): void => {
    if (typeof value === 'string' && path.at(-1)?.toLowerCase().endsWith('image') === true) {
      const image = parseImage(value);
      if (image !== null && isSameRepository(image.repository, repository)) found.push({ is: 'text', path });
    }
    if (!isObject(value)) return;
    const name = stringAt(value, 'repository');
    const registry = stringAt(value, 'registry') ?? '';
    const whole = name === null ? null : registry === '' ? name : `${registry}/${name}`;
    // A registry for all images is often a value of its own, such as global.imageRegistry.
    if (whole !== null && (isSameRepository(whole, repository) || repository.endsWith(`/${whole}`))) {
      found.push({ is: 'map', path });
    }
    for (const [key, inner] of Object.entries(value)) visit(inner, [...path, key]);
  };
  visit(merged, []);
  return found;
}

/** The values of a repository, where its registry is a value of its own or not. */
function movedTo(repository: string, registry: string | null): readonly (readonly [string, string])[] {
  const slash = repository.indexOf('/');
  if (registry === null || registry === '' || slash < 0) return [['repository', repository]];
  return [
    ['registry', repository.slice(0, slash)],
    ['repository', repository.slice(slash + 1)],
  ];
}

/** Maps are put together, and anything else is replaced, as helm does. */
function merge(below: Json, above: Json): Json {
  if (!isObject(below) || !isObject(above)) return above ?? below;
  const merged: Record<string, Json> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const old = Object.hasOwn(below, key) ? below[key] : undefined;
    merged[key] = old === undefined ? value : merge(old, value);
  }
  return merged;
}

/** The documents of a file; none when it is no YAML that means one thing. */
function valuesIn(file: TextFile): readonly Json[] {
  const { documents, problems } = readYaml(file);
  return problems.length > 0 ? [] : documents.map(({ value }) => value);
}
